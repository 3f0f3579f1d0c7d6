"""Writes what was measured as Markdown: the table of goals first, then every number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.figures import Spread, short
from benchmarks.goals import GOALS, Goal
from benchmarks.results import Comparison, Measure, Results

__all__ = ["report", "table_of_goals"]

_REMARKS: Final = Path(__file__).with_name("remarks.md")

_HEAD: Final = """\
# Measurements

`make bench` measures, prints the first table, and writes this page, the plot and [every number](results.json).
[How we measure](../docs/explanation/benchmarks.md) says what is compared with what, and why that is fair.

Ratios are ours over the peer's, round by round, and more is better; times and memory are ours alone, and less is better.
A row with several measurements shows the one that is furthest from its goal.

"""  # noqa: E501  # a sentence is a line

_PARTS: Final = {
    "start": "Start and idle memory",
    "release": "The release: six questions, repeated and unique",
    "stream": "Memory while an answer streams",
    "python": "Stored queries in Python",
    "mix": "A shopper's mix at one million triples",
    "large": "A shopper's mix at ten million triples",
    "building": "Building a release",
}


def report(results: Results) -> str:
    """Return the whole page."""
    lines = [_HEAD, table_of_goals(results), "\n![How far each goal is](ratios.svg)\n"]
    if missed := list(_missed(results)):
        lines.append("\n## Not reached\n\n" + "".join(f"- {each}\n" for each in missed))
    if _REMARKS.is_file():
        lines.append("\n" + _REMARKS.read_text(encoding="utf-8"))
    for part, title in _PARTS.items():
        if part in results.circumstances:
            lines += [f"\n## {title}\n\n", _circumstances(results, part)]
            lines += _details(results, part)
    return "".join(lines)


def table_of_goals(results: Results) -> str:
    """Return the goals with what was measured for each."""
    rows = [
        (
            goal.title,
            goal.against or "–",
            goal.wanted,
            *_found(goal, results.of_goal(goal.key)),
        )
        for goal in GOALS
    ]
    head = ("workload", "against", "at least", "min / median / max", "reached")
    return _table(head, rows)


def _found(goal: Goal, found: Sequence[Comparison | Measure]) -> tuple[str, str]:
    if not found:
        return "not measured", "–"
    worst = min(found, key=lambda each: _closeness(goal, each))
    said = worst.spread.written() if worst.spread else worst.note or "no number"
    if len(found) > 1 and isinstance(worst, Comparison):
        said += f" ({worst.workload}, {worst.setting})"
    reached = sum(bool(each.reached) for each in found)
    if reached == len(found):
        return said, "yes"
    return said, "no" if len(found) == 1 else f"{reached} of {len(found)}"


def _closeness(goal: Goal, found: Comparison | Measure) -> float:
    if found.spread is None:
        return 0.0
    if isinstance(found, Measure):
        return goal.limit / max(found.spread.median, 1e-9)
    return found.spread.median / goal.limit


def _missed(results: Results) -> Iterator[str]:
    for goal in GOALS:
        for each in results.of_goal(goal.key):
            if each.reached is False:
                said = each.spread.written() if each.spread else "no number"
                what = (
                    f"{each.workload}, {each.setting}, against {each.against}"
                    if isinstance(each, Comparison)
                    else each.name
                )
                note = f" ({each.note})" if each.note else ""
                yield f"{what}: {said}, wanted {goal.wanted}{note}"


def _circumstances(results: Results, part: str) -> str:
    facts = results.circumstances[part]
    rounds = f"{facts['rounds']} round{'s' if facts['rounds'] > 1 else ''}"
    peers = ", ".join(f"{name} {version}" for name, version in facts["peers"].items())
    return (
        f"Taken {facts['taken']} in {facts['minutes']:g} minutes at {facts['commit']}: "
        f"{rounds}; {facts['machine']}; Python {facts['python']}; "
        f"{peers}; uvicorn with {facts['ceiling']}.\n\n"
    )


def _details(results: Results, part: str) -> Iterator[str]:
    comparisons = [each for each in results.comparisons if each.part == part]
    measures = [each for each in results.measures if each.part == part]
    if comparisons:
        several = len({each.ours for each in comparisons}) > 1
        head = ("workload", "setting", "ours", "peer", "ratio, min / median / max", "remark")
        yield _table(
            head,
            (
                (
                    each.workload,
                    each.setting,
                    _middle(each.our_values, each.unit) + (f" ({each.ours})" if several else ""),
                    f"{_middle(each.their_values, each.unit)} ({each.against})",
                    each.spread.written() if each.spread else "–",
                    each.note,
                )
                for each in comparisons
            ),
        )
        yield "\nOf ours and the peer the medians are shown.\n"
    if comparisons and measures:
        yield "\n"
    if measures:
        yield _table(
            ("measure", "min / median / max", "unit", "remark"),
            (
                (each.name, each.spread.written() if each.spread else "–", each.unit, each.note)
                for each in measures
            ),
        )


def _middle(values: Sequence[float], unit: str) -> str:
    if not values:
        return "–"
    middle = Spread.of(values).median
    if unit == "loads/s":
        return f"{short(1 / middle)} s"
    return f"{short(middle)} {unit}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = ([cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)
