"""Counts what every kind of client got: right answers, refusals, cuts, and what was wrong."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from benchmarks.figures import percentile

__all__ = ["Kind", "Tally"]

_KEPT: Final = 200_000
_EXAMPLES: Final = 5


@dataclass(slots=True)
class Kind:
    """What one kind of client got."""

    right: int = 0
    refused: int = 0
    cut: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """The number of requests."""
        return self.right + self.refused + self.cut + self.wrong


class Tally:
    """The counts by kind of client."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}

    def note(self, name: str, problem: str, *, status: int = 0, began: float = 0.0) -> None:
        """Count one answer: right when there is no *problem*, else 'refused', 'cut', or wrong.

        Refused is who was told to come back, cut who could see that the answer is not whole.
        """
        kind = self.kinds.setdefault(name, Kind())
        kind.statuses[status] += 1
        if problem == "refused":
            kind.refused += 1
        elif problem == "cut":
            kind.cut += 1
        elif problem:
            kind.wrong += 1
            if len(kind.examples) < _EXAMPLES:
                kind.examples.append(problem[:500])
        else:
            kind.right += 1
        if began and len(kind.milliseconds) < _KEPT:
            kind.milliseconds.append((time.perf_counter() - began) * 1000)

    @property
    def wrong(self) -> int:
        """How many answers were wrong, of all kinds."""
        return sum(kind.wrong for kind in self.kinds.values())

    def latency(self, name: str) -> tuple[float, float]:
        """Return the 50th and the 99th percentile of a kind, in milliseconds."""
        times = self.kinds[name].milliseconds if name in self.kinds else []
        return (percentile(times, 50), percentile(times, 99)) if times else (0.0, 0.0)
