"""What the system says of this process, under the names that Prometheus gives it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from miwdap_kg.web.exposition import NumberType

__all__ = ["ProcessNumber", "process_numbers"]

_SELF: Final = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class ProcessNumber:
    """A number with its name, its type and a sentence about it."""

    name: str
    type: NumberType
    about: str
    value: float


def process_numbers() -> Iterator[ProcessNumber]:
    """Yield what can be told; without `/proc` that is the time of the processor alone."""
    yield ProcessNumber(
        "process_cpu_seconds_total",
        "counter",
        "Seconds of processor time that the main process has used.",
        time.process_time(),
    )
    try:
        # Behind the name of the program, which may hold spaces, the fields are counted from 3.
        fields = (_SELF / "stat").read_text().rpartition(")")[2].split()
        booted = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text().splitlines()
            if line.startswith("btime ")
        )
        descriptors = len(os.listdir(_SELF / "fd"))  # noqa: PTH208  # counts, and makes no paths
    except (OSError, StopIteration):
        return
    yield ProcessNumber(
        "process_start_time_seconds",
        "gauge",
        "When the main process started, in seconds since 1970.",
        booted + int(fields[22 - 3]) / os.sysconf("SC_CLK_TCK"),
    )
    yield ProcessNumber(
        "process_virtual_memory_bytes",
        "gauge",
        "Address space of the main process.",
        int(fields[23 - 3]),
    )
    yield ProcessNumber(
        "process_resident_memory_bytes",
        "gauge",
        "Memory that the main process holds, without its workers.",
        int(fields[24 - 3]) * os.sysconf("SC_PAGE_SIZE"),
    )
    yield ProcessNumber(
        "process_open_fds", "gauge", "Open file descriptors of the main process.", descriptors
    )
    yield ProcessNumber(
        "process_max_fds",
        "gauge",
        "How many file descriptors the main process may open.",
        resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    )
