"""Loads a release into an engine elsewhere, and looks whether all of it has arrived."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import httpx
import pyoxigraph as ox

from miwdap_kg.errors import EngineInUse
from miwdap_kg.graph_store import GraphStore
from miwdap_kg.namespaces import BASE, NAMESPACES
from miwdap_kg.release import Release
from miwdap_kg.store import NOT_IN_DEFAULT_GRAPH

__all__ = ["USUAL_DEFAULT_GRAPH", "Pushed", "differences", "push"]

USUAL_DEFAULT_GRAPH: Final = f"{NAMESPACES['graph']}default"
"""The graph that holds the default graph, in an engine that has none of its own."""

_LEDGER: Final = f"{NAMESPACES['graph']}pushed"
_IDENTIFIER: Final = "http://purl.org/dc/terms/identifier"
_ENTRIES: Final = (
    f"SELECT ?graph ?entry WHERE {{ GRAPH <{_LEDGER}> {{ ?graph <{_IDENTIFIER}> ?entry }} }}"
)
_LEDGER_EVERY: Final = 50
_BATCH: Final = 5_000

Progress = Callable[[str], None]
Differences = Mapping[str | None, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push has done.

    *replaced* and *removed* count graphs. *differences* are as the function of that name tells.
    """

    replaced: int
    removed: int
    differences: Differences


def push(
    release: Release,
    store: GraphStore,
    *,
    default_graph: str | None,
    at_once: bool,
    replaces_others: bool = False,
    progress: Progress = lambda step: None,
) -> Pushed:
    """Make an engine hold a release, and nothing of another one; done again it does no harm.

    Args:
        release: what to load.
        store: the engine's graphs.
        default_graph: the named graph that is to hold the default graph; None for the engine's own.
        at_once: whether all is sent in one request, which an engine with transactions does at
            once for its readers; else graph by graph, where readers may see graphs of both
            releases until it is done. With a *default_graph*, only those that have changed since
            the last push are sent.
        replaces_others: whether graphs that are not of this project may be lost, where all graphs
            are replaced.
        progress: is called with what is done next.

    Raises:
        EngineInUse: others' graphs would be lost.
        EngineError: the engine does not take it.
        ServiceUnavailable: the engine cannot be reached.
    """
    progress("looking what is there")
    present = store.counts()
    if at_once:
        others = sorted(name for name in present if not name.startswith(BASE))
        if others and not replaces_others:
            raise EngineInUse(store.engine.host, others)
        progress(f"sending {len(release.graphs):,} graphs in one request")
        store.put_all(_Quads(release.dump("nq"), default_graph))
        replaced = len(release.graphs) + 1
        removed = len(set(present) - {*release.graphs, default_graph})
    else:
        replaced, removed = _push_each(release, store, default_graph, present, progress)
    progress("counting what has arrived")
    return Pushed(replaced, removed, differences(release, store, default_graph=default_graph))


def differences(release: Release, store: GraphStore, *, default_graph: str | None) -> Differences:
    """Return the graphs of which an engine does not hold as many triples as the release.

    To each belong the numbers of the release and of the engine; None stands for the engine's own
    default graph.
    """
    expected: dict[str | None, int] = dict(release.graphs.items())
    expected[default_graph] = release.default_graph
    found: dict[str | None, int] = dict(store.counts().items())
    if default_graph is None:
        found[None] = store.count(None)
    return {
        name: (count, found.get(name, 0))
        for name, count in expected.items()
        if found.get(name, 0) != count
    }


def _push_each(
    release: Release,
    store: GraphStore,
    default_graph: str | None,
    present: Mapping[str, int],
    progress: Progress,
) -> tuple[int, int]:
    graphs = _graphs(release.dump("nq"), default_graph)
    digests = {name: hashlib.sha256(triples).hexdigest() for name, triples in graphs.items()}
    # What was pushed is written down in a graph of its own. Readers do not see it: where the
    # default graph is a named one, they name the graphs that they ask.
    keeps_ledger = default_graph is not None
    known = _read_ledger(store) if keeps_ledger else {}
    ledger: dict[str, str] = {}
    changed = []
    for name, digest in digests.items():
        if name is not None and known.get(name) == _entry(digest, present.get(name, 0)):
            ledger[name] = known[name]
        else:
            changed.append(name)
    for done, name in enumerate(changed):
        if keeps_ledger and done % _LEDGER_EVERY == 0:
            _write_ledger(store, ledger)
        progress(f"graph {done + 1:,} of {len(changed):,}")
        store.put(name, graphs[name])
        if name is not None:
            ledger[name] = _entry(digests[name], release.graphs.get(name, release.default_graph))
    kept = {*graphs, _LEDGER} if keeps_ledger else set(graphs)
    old = [name for name in present if name.startswith(BASE) and name not in kept]
    for name in old:
        progress(f"removing {name}")
        store.remove(name)
    if keeps_ledger:
        # An engine may take two literals for one; then its own number tells that nothing is lost.
        now = store.counts()
        _write_ledger(
            store,
            {name: _entry(digests[name], now.get(name, 0)) for name in graphs if name is not None},
        )
    return len(changed), len(old)


def _entry(digest: str, count: int) -> str:
    return f"sha256:{digest} {count}"


def _read_ledger(store: GraphStore) -> dict[str, str]:
    return {str(row["graph"]): str(row["entry"]) for row in store.rows(_ENTRIES)}


def _write_ledger(store: GraphStore, entries: Mapping[str, str]) -> None:
    identifier = ox.NamedNode(_IDENTIFIER)
    store.put(
        _LEDGER,
        _written(
            ox.Triple(ox.NamedNode(name), identifier, ox.Literal(entry))
            for name, entry in entries.items()
        ),
    )


def _graphs(nquads: Path, default_graph: str | None) -> dict[str | None, bytes]:
    """Return the triples of each graph as N-Triples, the default graph last."""
    graphs: dict[str | None, list[ox.Triple]] = {}
    union: dict[ox.Triple, None] = {}
    for quad in _parse(nquads):
        name = quad.graph_name
        if isinstance(name, ox.NamedNode):
            graphs.setdefault(name.value, []).append(quad.triple)
            if name.value not in NOT_IN_DEFAULT_GRAPH:
                union[quad.triple] = None
    return {
        **{name: _written(triples) for name, triples in sorted(graphs.items(), key=str)},
        default_graph: _written(union),
    }


class _Quads(httpx.SyncByteStream):
    """The named graphs of a release and their union, as N-Quads; can be read again."""

    def __init__(self, nquads: Path, default_graph: str | None) -> None:
        self._nquads = nquads
        self._default = ox.DefaultGraph() if default_graph is None else ox.NamedNode(default_graph)

    def __iter__(self) -> Iterator[bytes]:
        quads = self._all()
        while batch := list(islice(quads, _BATCH)):
            yield _written(batch, ox.RdfFormat.N_QUADS)

    def _all(self) -> Iterator[ox.Quad]:
        for quad in _parse(self._nquads):
            yield quad
            name = quad.graph_name
            if isinstance(name, ox.NamedNode) and name.value not in NOT_IN_DEFAULT_GRAPH:
                yield ox.Quad(quad.subject, quad.predicate, quad.object, self._default)


def _parse(nquads: Path) -> Iterator[ox.Quad]:
    return ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS)


def _written(
    statements: Iterable[ox.Triple] | Iterable[ox.Quad],
    rdf_format: ox.RdfFormat = ox.RdfFormat.N_TRIPLES,
) -> bytes:
    output = io.BytesIO()
    ox.serialize(statements, output, format=rdf_format)
    return output.getvalue()
