"""Measures stored queries in Python, next to rdflib's engine on the same data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import rdflib

from benchmarks.bench import Bench
from benchmarks.results import Comparison
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.queries import QueryLibrary

__all__ = ["measure"]

_QUERIES: Final = ("principles", "list-members")


def measure(bench: Bench, release: Path) -> Iterator[Comparison]:
    """Yield the ratio for each query; every answer is read to its end."""
    graph = KnowledgeGraph.open(release)
    library = QueryLibrary.read(release / "queries")
    peer = _peer(release)
    bench.tell("python: rdflib has read the release")
    for name in _QUERIES:
        text = library[name].text

        def ask_ours(text: str = text) -> int:
            return len(list(graph.select(text)))

        def ask_peer(text: str = text) -> int:
            return len(list(peer.query(text)))

        ours, theirs = [], []
        problem = "" if ask_ours() == ask_peer() else "wrong answer: the numbers of rows differ"
        for _ in range(0 if problem else bench.options.rounds):
            ours.append(1 / _timed(ask_ours))
            theirs.append(1 / _timed(ask_peer))
        yield Comparison(
            part="python",
            workload=f"stored query '{name}' in Python",
            setting="one process each",
            ours="KnowledgeGraph",
            against="rdflib",
            our_values=tuple(ours),
            their_values=tuple(theirs),
            note=problem,
        )
    bench.tell("python: done")


def _peer(release: Path) -> rdflib.Dataset:
    peer = rdflib.Dataset()
    peer.parse(next(release.glob("miwdap-*.nq")), format="nquads")
    for triple in rdflib.Graph().parse(next(release.glob("miwdap-*.ttl"))):
        peer.default_graph.add(triple)
    return peer


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
