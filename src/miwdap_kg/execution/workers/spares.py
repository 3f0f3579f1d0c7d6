"""The workers in reserve: a fresh one, and those that rest after a question not so long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from miwdap_kg.execution.workers.limits import WorkerLimits
from miwdap_kg.execution.workers.line import Line

__all__ = ["Spares"]

_REST_SECONDS: Final = 5.0


class Spares:
    """Workers that stand by.

    A fresh one shares its memory with the nursery until it writes there, which slows its first
    questions down; so one that has worked before is taken first. What it has grown to is given back
    when it was not needed for a while.

    Args:
        hire: returns a new worker, or None if none can be had.
        end: ends one that has rested for long.
        limits: as many may rest as there are workers at most.
    """

    def __init__(
        self, hire: Callable[[], Line | None], end: Callable[[Line], None], limits: WorkerLimits
    ) -> None:
        self._hire, self._end = hire, end
        self._most = limits.light + limits.heavy
        self._fresh: Line | None = None
        self._rested: list[tuple[float, Line]] = []
        self._is_watching = False

    def take(self) -> Line | None:
        """Return the worker that is ready soonest; None if none can be had."""
        if self._rested:
            return self._rested.pop()[1]
        line, self._fresh = self._fresh, None
        return line or self._hire()

    def prepare(self) -> None:
        """Hire a fresh one, if there is none."""
        if self._fresh is None:
            self._fresh = self._hire()

    def rest(self, line: Line) -> bool:
        """Keep a worker that has nothing to do; False when it is of no use any more."""
        if line.is_doomed or line.is_nice or len(self._rested) >= self._most:
            return False
        line.lane = "light"
        self._rested.append((time.monotonic(), line))
        self._watch()
        return True

    def forget(self, line: Line) -> None:
        """Forget a worker that has ended."""
        if line is self._fresh:
            self._fresh = None
        self._rested = [each for each in self._rested if each[1] is not line]

    def _watch(self) -> None:
        if self._rested and not self._is_watching:
            self._is_watching = True
            asyncio.get_running_loop().call_later(_REST_SECONDS, self._look)

    def _look(self) -> None:
        self._is_watching = False
        before = time.monotonic() - _REST_SECONDS
        for since, line in tuple(self._rested):
            if since <= before:
                self._end(line)
        self._watch()
