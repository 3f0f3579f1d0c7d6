"""What was measured: comparisons with a peer, single measures, and the file that keeps both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figures import Spread, ratios

__all__ = ["Comparison", "Measure", "Results"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One workload on our server and on a peer, in interleaved rounds; more is better.

    *goal* is the row of the table of goals it belongs to, if any, and *at_least* what it asks.
    *note* says why there is no number, or what to know about it.
    """

    part: str
    workload: str
    setting: str
    ours: str
    against: str
    our_values: tuple[float, ...]
    their_values: tuple[float, ...]
    unit: str = "answers/s"
    goal: str = ""
    at_least: float | None = None
    note: str = ""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours over theirs, round by round; nothing when one of them has no number."""
        return ratios(self.our_values, self.their_values)

    @property
    def spread(self) -> Spread | None:
        """The spread of the ratios, if there are any."""
        return Spread.of(self.ratios) if self.ratios else None

    @property
    def reached(self) -> bool | None:
        """Whether the median reaches the goal; None without a goal."""
        if self.at_least is None:
            return None
        return self.spread is not None and self.spread.median >= self.at_least


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing measured in one server, such as seconds or megabytes; less is better."""

    part: str
    name: str
    unit: str
    values: tuple[float, ...]
    goal: str = ""
    at_most: float | None = None
    note: str = ""

    @property
    def spread(self) -> Spread | None:
        """The spread of the values, if there are any."""
        return Spread.of(self.values) if self.values else None

    @property
    def reached(self) -> bool | None:
        """Whether the median stays within the goal; None without a goal."""
        if self.at_most is None:
            return None
        return self.spread is not None and self.spread.median <= self.at_most


@dataclass(slots=True)
class Results:
    """All that was measured, by part, with the circumstances of each part."""

    comparisons: list[Comparison] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    circumstances: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Results:
        """Return what the file holds; nothing when there is no file."""
        if not path.is_file():
            return cls()
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            [Comparison(**_tuples(each)) for each in kept["comparisons"]],
            [Measure(**_tuples(each)) for each in kept["measures"]],
            kept["circumstances"],
        )

    def write(self, path: Path) -> None:
        """Write all to a file of JSON."""
        content = {
            "circumstances": self.circumstances,
            "measures": [asdict(each) for each in self.measures],
            "comparisons": [asdict(each) for each in self.comparisons],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content, ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    def replace(
        self,
        part: str,
        found: Iterable[Comparison | Measure],
        circumstances: dict[str, Any],
    ) -> None:
        """Put what was *found* for a part in the place of what stood there."""
        everything = list(found)
        self.comparisons = [each for each in self.comparisons if each.part != part]
        self.measures = [each for each in self.measures if each.part != part]
        self.comparisons += [each for each in everything if isinstance(each, Comparison)]
        self.measures += [each for each in everything if isinstance(each, Measure)]
        self.circumstances[part] = circumstances

    def of_goal(self, goal: str) -> Sequence[Comparison | Measure]:
        """Return all that a row of the table of goals is made of."""
        everything: list[Comparison | Measure] = [*self.comparisons, *self.measures]
        return [each for each in everything if each.goal == goal]


def _tuples(record: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in record.items()}
