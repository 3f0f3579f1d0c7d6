"""Looks at the server between the loads: its processes, descriptors and memory when quiet."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

from benchmarks.figures import slope
from benchmarks.processes import cpu_seconds, descriptors, family, is_runnable, pss_megabytes

__all__ = ["Look", "Watch"]

_PATIENCE_SECONDS: Final = 30.0
_GROWTH_MEGABYTES: Final = 16.0
_GROWTH_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the quiet server."""

    minutes: float
    processes: int
    descriptors: int
    megabytes: float


@dataclass(slots=True)
class Watch:
    """The looks at one server. The first is at a warm one: everything has been asked before it."""

    pid: int
    looks: list[Look] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    async def look(self) -> Look:
        """Wait until the server is quiet, and no larger than at first, and note how it is.

        What was stopped a moment ago may still be put away; what is left after that has leaked.
        """
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            before = cpu_seconds(self.pid)
            await asyncio.sleep(0.2)
            is_quiet = cpu_seconds(self.pid) - before < 0.05 and not is_runnable(self.pid)
            found = Look(
                minutes=(time.monotonic() - self._began) / 60,
                processes=len(family(self.pid)),
                descriptors=descriptors(self.pid),
                megabytes=pss_megabytes(self.pid),
            )
            if (is_quiet and not self._lost(found)) or time.monotonic() > end:
                self.looks.append(found)
                return found

    @property
    def leaked_processes(self) -> int:
        """How many processes more there are at the end than at the first look."""
        return max(0, self.looks[-1].processes - self.looks[0].processes)

    @property
    def leaked_descriptors(self) -> int:
        """How many descriptors more there are at the end than at the first look."""
        return max(0, self.looks[-1].descriptors - self.looks[0].descriptors)

    @property
    def megabytes_a_minute(self) -> float:
        """By how much the memory grows, from look to look."""
        return slope([(look.minutes, look.megabytes) for look in self.looks])

    @property
    def growth_megabytes(self) -> float:
        """By how much the memory has grown at that pace since the first look."""
        return self.megabytes_a_minute * (self.looks[-1].minutes - self.looks[0].minutes)

    @property
    def is_flat(self) -> bool:
        """Whether the memory stays what it is, but for what no measure can tell from noise."""
        return self.growth_megabytes <= max(
            _GROWTH_MEGABYTES, _GROWTH_SHARE * self.looks[0].megabytes
        )

    def _lost(self, found: Look) -> bool:
        if not self.looks:
            return False
        first = self.looks[0]
        return found.processes > first.processes or found.descriptors > first.descriptors
