"""The program that fills a store on disk: `python -m miwdap_kg.disk_loader FOLDER FILE…`."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Final

from miwdap_kg.errors import MiwdapError
from miwdap_kg.execution.wire import wire_of
from miwdap_kg.rdf_files import Reading
from miwdap_kg.store import fill_on_disk

__all__ = ["main"]

_BYTES_A_PROCESSOR: Final = 1_200_000_000
_MEMORY_OF_GROUP: Final = Path("/sys/fs/cgroup/memory.max")


def main(arguments: Sequence[str]) -> int:
    """Fill a folder, tell each step as a line of JSON, and return the exit code.

    The program ends at once when its standard input is closed, as it is when its parent is killed.
    """
    folder, *files = map(Path, arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_processors()
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        fill_on_disk(files, folder, progress=_tell_reading, on_sorting=_tell_sorting)
    except MiwdapError as error:
        _tell(wire_of(error).decode())
        return 1
    return 0


def _limit_processors() -> None:
    # The engine collects a million statements for each processor at a time.
    if hasattr(os, "sched_setaffinity"):
        usable = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, usable[: max(2, _memory() // _BYTES_A_PROCESSOR)])


def _memory() -> int:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(memory, int(_MEMORY_OF_GROUP.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no group, or one without a limit
        return memory


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def _tell_reading(reading: Reading) -> None:
    _tell(json.dumps({"reading": asdict(reading)}))


def _tell_sorting() -> None:
    _tell(json.dumps({"sorting": True}))


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
