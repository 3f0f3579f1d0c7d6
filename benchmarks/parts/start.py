"""Measures how soon a server of a built release answers, and the memory it then needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench
from benchmarks.goals import goal_named
from benchmarks.processes import pss_megabytes, wait_until_quiet
from benchmarks.results import Measure

__all__ = ["measure"]

_IDLE_SECONDS: Final = 1.0


def measure(bench: Bench, release: Path) -> Iterator[Measure]:
    """Yield the seconds to the first answer and the memory of the idle process tree."""
    seconds, megabytes = [], []
    for _ in range(bench.options.rounds):
        began = time.perf_counter()
        with bench.servers.ours(release=release) as server:
            seconds.append(time.perf_counter() - began)
            wait_until_quiet(server.pid)
            time.sleep(_IDLE_SECONDS)
            megabytes.append(pss_megabytes(server.pid))
        bench.tell(f"start: {seconds[-1]:.2f} s, then {megabytes[-1]:.0f} MB")
    for title, values in (
        ("start of a built release to first answer", seconds),
        ("memory of the idle process tree", megabytes),
    ):
        goal = goal_named(title)
        yield Measure(
            part="start",
            name=title,
            unit=goal.unit,
            values=tuple(values),
            goal=goal.key,
            at_most=goal.limit,
        )
