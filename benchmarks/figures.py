"""Statistics of a few measured values: spreads, ratios round by round, and slopes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

__all__ = ["Spread", "percentile", "ratios", "slope"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The smallest, the middle and the largest of some values."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of *values*.

        >>> Spread.of([3.0, 1.0, 2.0])
        Spread(low=1.0, median=2.0, high=3.0)
        """
        return cls(min(values), statistics.median(values), max(values))

    def written(self, digits: int | None = None) -> str:
        """Return the three as `low / median / high`, or the one that they are."""
        if self.low == self.high:
            return short(self.median, digits)
        return " / ".join(short(each, digits) for each in (self.low, self.median, self.high))


def short(value: float, digits: int | None = None) -> str:
    """Return a number in at most three significant digits, or with *digits* after the point.

    >>> short(0.8512), short(12.34), short(1234.5)
    ('0.85', '12.3', '1,234')
    """
    if digits is None:
        digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """Return ours over theirs, round by round.

    A peer that is measured in fewer rounds is compared in those that it has.

    >>> ratios([10, 30, 40], [20, 10])
    (0.5, 3.0)
    """
    return tuple(mine / other for mine, other in zip(ours, theirs, strict=False))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of *values* do not exceed.

    >>> percentile([1, 2, 3, 4], 50)
    2
    """
    ranked = sorted(values)
    position = -(-len(ranked) * percent // 100)  # rounded up
    return ranked[max(0, int(position) - 1)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much y grows with x: the median of the slopes between all pairs of points.

    A few wild points do not change it (Theil and Sen). With fewer than two x it is 0.

    >>> slope([(0, 10.0), (1, 12.0), (2, 14.0), (3, 500.0), (4, 18.0)])
    2.0
    """
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2) if b[0] != a[0]]
    return statistics.median(slopes) if slopes else 0.0
