"""Draws how far each goal is, as a small SVG on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import Final

from benchmarks.figures import Spread
from benchmarks.goals import GOALS, Goal
from benchmarks.results import Measure, Results

__all__ = ["plot"]

_LEAST, _MOST = 0.25, 64.0
_LEFT, _RIGHT, _TOP, _ROW, _WIDTH = 450, 24, 56, 26, 1000

_STYLE: Final = """\
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.small { font-size: 11px; fill: #59636e; }
.grid { stroke: #d1d9e0; }
.goal { stroke: #1f2328; stroke-width: 1.5; }
.yes { fill: #1a7f37; stroke: #1a7f37; }
.no { fill: #c2410c; stroke: #c2410c; }
.span { stroke-width: 2; opacity: 0.45; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
  .goal { stroke: #f0f6fc; } .yes { fill: #3fb950; stroke: #3fb950; }
  .no { fill: #f0883e; stroke: #f0883e; }
}
"""


def plot(results: Results) -> str:
    """Return the drawing: a row for each goal, with all that was measured for it.

    What lies right of the line reaches the goal. A dot is a median; the bar spans all rounds.
    """
    rows = [goal for goal in GOALS if results.of_goal(goal.key)]
    height = _TOP + _ROW * len(rows) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-labelledby="title">\n',
        '<title id="title">What was measured over what is wanted, for each goal</title>\n',
        f"<style>\n{_STYLE}</style>\n",
        *_scale(height),
    ]
    for number, goal in enumerate(rows):
        parts += _row(results, goal, _TOP + _ROW * number + _ROW // 2)
    return "".join([*parts, "</svg>\n"])


def _scale(height: int) -> Iterator[str]:
    yield f'<text class="small" x="{_LEFT}" y="16">measured over wanted</text>\n'
    for power in range(int(math.log2(_LEAST)), int(math.log2(_MOST)) + 1):
        value = 2.0**power
        x = _x(value)
        kind = "goal" if value == 1 else "grid"
        yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="{_TOP - 14}" y2="{height - 12}"/>\n'
        label = "goal" if value == 1 else f"{value:g}"
        yield f'<text class="small" text-anchor="middle" x="{x}" y="{_TOP - 20}">{label}</text>\n'


def _row(results: Results, goal: Goal, y: int) -> Iterator[str]:
    peer = f" / {goal.against}" if goal.against else ""
    yield (
        f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(goal.title)}'
        f'<tspan class="small">{escape(peer)}</tspan></text>\n'
    )
    for each in results.of_goal(goal.key):
        if each.spread is None:
            yield f'<text class="small" x="{_LEFT + 4}" y="{y + 4}">no number</text>\n'
            continue
        kind = "yes" if each.reached else "no"
        found = _over_wanted(each.spread, goal, less_is_better=isinstance(each, Measure))
        low, middle, high = (_x(value) for value in (found.low, found.median, found.high))
        yield f'<line class="span {kind}" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>\n'
        yield f'<circle class="{kind}" cx="{middle}" cy="{y}" r="4"/>\n'


def _over_wanted(spread: Spread, goal: Goal, *, less_is_better: bool) -> Spread:
    if not less_is_better:
        return Spread(*(each / goal.limit for each in (spread.low, spread.median, spread.high)))
    # Memory may even shrink while an answer streams.
    return Spread(
        *(goal.limit / max(each, 1e-3) for each in (spread.high, spread.median, spread.low))
    )


def _x(value: float) -> float:
    bounded = min(max(value, _LEAST), _MOST)
    share = math.log(bounded / _LEAST) / math.log(_MOST / _LEAST)
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)
