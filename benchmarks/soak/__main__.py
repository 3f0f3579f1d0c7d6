"""`python -m benchmarks.soak`: a long mixed load on loopback that ends with a table, or exit 1."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.bench import ROOT
from benchmarks.processes import end_cleanly_on_signals, family
from benchmarks.servers import Server, Servers, our_command
from benchmarks.soak.actors import ACTORS, Stage
from benchmarks.soak.tally import Tally
from benchmarks.soak.truth import Truth
from benchmarks.soak.watch import Watch

_WORKPLACE: Final = ROOT / ".bench" / "soak"
_MOST_LOOKS: Final = 11
_END_SECONDS: Final = 15.0
# The cache is full before the first look, so that what it keeps is not taken for a leak.
_SETTINGS: Final[dict[str, Any]] = {"cache_mb": 4}

_Actor = Callable[[Stage], Awaitable[None]]


def main() -> int:
    """Run the soak, print the table, and return 1 when anything in it is not as it must be."""
    options = _options()
    end_cleanly_on_signals()
    _WORKPLACE.mkdir(parents=True, exist_ok=True)
    release = options.release or _built()
    truth = Truth.of_release(release, _WORKPLACE)
    tally = Tally()
    with Servers(_WORKPLACE).ours(release=release, **_SETTINGS) as server:
        port = urlsplit(server.endpoint).port
        assert port is not None
        stage = Stage(port, truth, tally, Random(options.seed), count(1))
        watch = Watch(server.pid)
        asyncio.run(_soak(stage, watch, options.minutes, _crowd(options.only)))
        left = _left_after_the_end(server)
    return _end(tally, watch, left)


def _crowd(names: list[str] | None) -> list[_Actor]:
    return [
        actor for actor, many in ACTORS for _ in range(many) if not names or _name(actor) in names
    ]


def _name(actor: _Actor) -> str:
    return actor.__name__.replace("_", "-")


async def _soak(stage: Stage, watch: Watch, minutes: float, crowd: list[_Actor]) -> None:
    began = time.monotonic()
    looks = min(max(3, int(minutes)), _MOST_LOOKS)
    for number in range(looks):
        # The first stretch warms the server up, so that all it needs is there at the first look.
        end = time.monotonic() + minutes * 60 / looks
        await asyncio.gather(*(_act(actor, stage, end) for actor in crowd))
        look = await watch.look()
        asked = sum(kind.asked for kind in stage.tally.kinds.values())
        _tell(
            began,
            f"look {number + 1} of {looks}: {asked:,} requests, {stage.tally.wrong} wrong; "
            f"{look.processes} processes, {look.descriptors} descriptors, "
            f"{look.megabytes:.0f} MB",
        )


async def _act(actor: _Actor, stage: Stage, end: float) -> None:
    while time.monotonic() < end:
        try:
            await actor(stage)
        except (OSError, TimeoutError, EOFError) as error:
            stage.tally.note(_name(actor), f"{type(error).__name__}: {error}")
            await asyncio.sleep(0.1)


def _left_after_the_end(server: Server) -> int:
    os.kill(server.pid, signal.SIGTERM)
    end = time.monotonic() + _END_SECONDS
    while (left := len(family(server.pid))) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def _end(tally: Tally, watch: Watch, left: int) -> int:
    print("| client | requests | right | refused | cut | wrong |\n|---|---|---|---|---|---|")
    for name, kind in tally.kinds.items():
        counts = (kind.asked, kind.right, kind.refused, kind.cut, kind.wrong)
        print(f"| {name} | {' | '.join(f'{each:,}' for each in counts)} |")
    middle, slowest = tally.latency("light")
    checks = list(_checks(tally, watch, left))
    print("\n| what must hold | found | |\n|---|---|---|")
    for what, found, is_good in checks:
        print(f"| {what} | {found} | {'yes' if is_good else 'NO'} |")
    print(f"\nLight questions: half within {middle:.1f} ms, 99 % within {slowest:.1f} ms.")
    first, last = watch.looks[0], watch.looks[-1]
    print(f"Memory: {first.megabytes:.0f} MB at first, {last.megabytes:.0f} MB at the end.")
    for name, kind in tally.kinds.items():
        for example in kind.examples:
            print(f"wrong, {name}: {example}", file=sys.stderr)
    return 0 if all(is_good for _, _, is_good in checks) else 1


def _checks(tally: Tally, watch: Watch, left: int) -> Iterator[tuple[str, str, bool]]:
    quiet = [name for name, kind in tally.kinds.items() if not kind.right]
    yield "wrong answers: 0", str(tally.wrong), tally.wrong == 0
    yield (
        "every kind of client was answered",
        f"not {', '.join(quiet)}" if quiet else f"all {len(tally.kinds)}",
        not quiet,
    )
    yield "leaked processes: 0", str(watch.leaked_processes), watch.leaked_processes == 0
    yield "leaked descriptors: 0", str(watch.leaked_descriptors), watch.leaked_descriptors == 0
    yield "processes left after the end: 0", str(left), left == 0
    yield (
        "memory is flat",
        f"{watch.megabytes_a_minute:+.2f} MB a minute, {watch.growth_megabytes:+.1f} MB in all",
        watch.is_flat,
    )


def _built() -> Path:
    folder = _WORKPLACE / "release"
    shutil.rmtree(folder, ignore_errors=True)
    command = our_command("build", "--output", str(folder), "--quiet")
    subprocess.run(command, check=True, cwd=ROOT)
    return folder


def _tell(began: float, line: str) -> None:
    minutes, seconds = divmod(int(time.monotonic() - began), 60)
    print(f"[{minutes:2d}:{seconds:02d}] {line}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long; 10 by default")
    parser.add_argument(
        "--only",
        action="append",
        metavar="CLIENT",
        choices=[_name(actor) for actor, _ in ACTORS],
        help="load with this kind of client alone, to find what is to blame; may be repeated: "
        + ", ".join(_name(actor) for actor, _ in ACTORS),
    )
    parser.add_argument("--seed", type=int, default=1, help="what the clients' choices hang on")
    parser.add_argument(
        "--release", type=Path, help="a built release; without it the text at hand is built"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
