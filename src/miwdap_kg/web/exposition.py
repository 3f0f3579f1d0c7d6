"""The text in which Prometheus reads numbers (exposition format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

__all__ = ["CONTENT_TYPE", "Histogram", "Labels", "NumberType", "family", "histograms"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

NumberType = Literal["counter", "gauge"]

Labels = Mapping[str, str]

# 50 ms is where a query leaves the light lane, 15 s the deadline that is set by default.
_BOUNDS: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0),
)


class Histogram:
    """How many durations, in seconds, fell below each of some bounds."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(_BOUNDS, seconds)] += 1
        self.sum += seconds


def family(
    name: str,
    type_: NumberType,
    about: str,
    samples: Iterable[tuple[Labels, float]],
) -> Iterator[str]:
    """Yield the lines of all numbers of one name.

    >>> print(*family("workers", "gauge", "Workers.", [({"lane": "light"}, 2)]), sep="\\n")
    # HELP workers Workers.
    # TYPE workers gauge
    workers{lane="light"} 2
    """
    yield from _head(name, type_, about)
    for labels, value in samples:
        yield _sample(name, labels, value)


def histograms(name: str, about: str, samples: Iterable[tuple[Labels, Histogram]]) -> Iterator[str]:
    """Yield the lines of all histograms of one name."""
    yield from _head(name, "histogram", about)
    for labels, histogram in samples:
        count = 0
        for bound, found in zip((*map(str, _BOUNDS), "+Inf"), histogram.counts, strict=True):
            count += found
            yield _sample(f"{name}_bucket", {**labels, "le": bound}, count)
        yield _sample(f"{name}_sum", labels, histogram.sum)
        yield _sample(f"{name}_count", labels, count)


def _head(name: str, type_: str, about: str) -> Iterator[str]:
    escaped = about.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {name} {escaped}"
    yield f"# TYPE {name} {type_}"


def _sample(name: str, labels: Labels, value: float) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{pairs}}} {value}" if pairs else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
