"""The numbers to reach, from which the parts take their goals and the report its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.servers import CEILING, OXIGRAPH, OXIGRAPH_ON_DISK, RDFLIB_ENDPOINT

__all__ = ["GOALS", "Goal", "goal_named", "goal_of"]

_SMALL: Final = ("SELECT 20", "aggregate")
_WHOLE: Final = ("whole graph, CSV", "whole graph, JSON")
_ALL: Final = ("ASK", *_SMALL, "CONSTRUCT", *_WHOLE)


@dataclass(frozen=True, slots=True)
class Goal:
    """A row of the table: what is compared with what, and the number that is wanted.

    *limit* is the least ratio, or for a measure without a peer the most. *aim* is what would be
    better still.
    """

    title: str
    against: str
    limit: float
    workloads: tuple[str, ...] = ()
    mode: str = ""
    connections: int | None = None
    aim: float | None = None
    unit: str = ""

    @property
    def wanted(self) -> str:
        """The number as the table shows it."""
        if self.unit:
            return f"at most {self.limit:g} {self.unit}"
        return f"{self.limit:g}" + (f" (aim {self.aim:g})" if self.aim else "")

    @property
    def key(self) -> str:
        """What names the row in a file of results."""
        return f"{self.title} | {self.against}" if self.against else self.title


GOALS: Final = (
    Goal("repeated, each of the six", CEILING, 0.85, _ALL, "repeated"),
    Goal("repeated ASK", OXIGRAPH, 1, ("ASK",), "repeated"),
    Goal("repeated SELECT 20, aggregate", OXIGRAPH, 2, _SMALL, "repeated"),
    Goal("repeated CONSTRUCT", OXIGRAPH, 5, ("CONSTRUCT",), "repeated"),
    Goal("repeated whole graph", OXIGRAPH, 10, _WHOLE, "repeated"),
    Goal("unique ASK", OXIGRAPH, 0.35, ("ASK",), "unique", aim=0.5),
    Goal("unique SELECT 20, aggregate", OXIGRAPH, 0.55, _SMALL, "unique", aim=0.8),
    Goal(
        "unique CONSTRUCT, whole graph as CSV",
        OXIGRAPH,
        0.8,
        ("CONSTRUCT", "whole graph, CSV"),
        "unique",
        aim=1.0,
    ),
    Goal("unique whole graph as JSON", OXIGRAPH, 1.0, ("whole graph, JSON",), "unique", aim=1.2),
    Goal(
        "unique CONSTRUCT, whole graph as CSV and JSON",
        OXIGRAPH_ON_DISK,
        2,
        ("CONSTRUCT", *_WHOLE),
        "unique",
    ),
    Goal("unique ASK, 1 connection", RDFLIB_ENDPOINT, 1.5, ("ASK",), "unique", 1),
    Goal("unique ASK, 32 connections", RDFLIB_ENDPOINT, 2, ("ASK",), "unique", 32),
    Goal(
        "unique, the other five",
        RDFLIB_ENDPOINT,
        10,
        (*_SMALL, "CONSTRUCT", *_WHOLE),
        "unique",
    ),
    Goal("mix, 1 M triples, in memory", OXIGRAPH_ON_DISK, 1.2, ("mix, 1 M",), "unique", 4),
    Goal("mix, 10 M triples, in memory", OXIGRAPH_ON_DISK, 1.9, ("mix, 10 M",), "unique", 4),
    Goal("mix, 1 M triples, in memory", RDFLIB_ENDPOINT, 20, ("mix, 1 M",), "unique", 4),
    Goal("load of 10 M triples on disk", OXIGRAPH_ON_DISK, 0.9, ("load, 10 M",)),
    Goal("start of a built release to first answer", "", 1.0, unit="s"),
    Goal("memory of the idle process tree", "", 120, unit="MB"),
    Goal("memory while 500 MB stream, above idle", "", 50, unit="MB"),
)
"""The rows in the order of the report."""


def goal_of(workload: str, against: str, *, mode: str = "", connections: int = 0) -> Goal | None:
    """Return the goal that a comparison belongs to, if it belongs to one."""
    for goal in GOALS:
        if (
            goal.against == against
            and workload in goal.workloads
            and goal.mode == mode
            and goal.connections in (None, connections)
        ):
            return goal
    return None


def goal_named(title: str) -> Goal:
    """Return the goal of a measure that has no peer."""
    return next(goal for goal in GOALS if goal.title == title)
