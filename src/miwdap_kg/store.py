"""A filled, read-only store of one dataset, and the only place where the engine is called."""

from __future__ import annotations

import io
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final, Self, cast

import pyoxigraph as ox

from miwdap_kg.contents import Contents, unopened
from miwdap_kg.diagnosis import diagnose
from miwdap_kg.errors import (
    QueryEvaluationError,
    QueryTooLarge,
    RdfSyntaxError,
    StoreFailure,
    UnknownFunction,
)
from miwdap_kg.mends import mended
from miwdap_kg.namespaces import BASE, NAMESPACES
from miwdap_kg.queries import Term
from miwdap_kg.rdf_files import Meter, OnRead, RdfFile, rdf_files

__all__ = ["NOT_IN_DEFAULT_GRAPH", "Answer", "Store", "fill_on_disk"]

NOT_IN_DEFAULT_GRAPH: Final = frozenset(
    {f"{NAMESPACES['graph']}interpretation", f"{NAMESPACES['graph']}shapes"}
)
"""The named graphs that a release's default graph leaves out."""

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

_UNION: Final = (
    "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } FILTER(?g NOT IN ("
    + ", ".join(f"<{name}>" for name in sorted(NOT_IN_DEFAULT_GRAPH))
    + ")) }"
)
_SIZES: Final = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"

_LARGEST_UNION: Final = 500_000
_COPIED_AT_ONCE: Final = 10_000
_MOST_NAMES: Final = 100_000

_ENGINES_FOLDER: Final = "engine"


class Store:
    """A dataset, answering SPARQL: opened from a release, from files, or from a folder on disk."""

    def __init__(
        self,
        store: ox.Store,
        *,
        contents: Contents | None = None,
        largest_union: int = _LARGEST_UNION,
    ) -> None:
        self._store = store
        self._contents = contents
        self._unions = _Unions(store, most_statements=largest_union)

    @classmethod
    def empty(cls) -> Self:
        """Return a store without data."""
        return cls(ox.Store())

    @classmethod
    def of_release(cls, nquads: Path) -> Self:
        """Return the store of a release: its named graphs, and their union as default graph.

        The union is a set: a triple that stands in several named graphs counts once.
        """
        store = ox.Store()
        _load(store, rdf_files([nquads]))
        store.update(_UNION)
        return cls(store)

    @classmethod
    def of_nquads(cls, content: bytes) -> Self:
        """Return the store of N-Quads in memory, with their union as `of_release` makes it."""
        store = ox.Store()
        store.bulk_load(cast(IO[bytes], io.BytesIO(content)), ox.RdfFormat.N_QUADS)
        store.update(_UNION)
        return cls(store)

    @classmethod
    def of_files(cls, files: Sequence[Path], *, progress: OnRead | None = None) -> Self:
        """Return the store of RDF files, default and named graphs exactly as in the files.

        Args:
            files: Turtle, TriG, N-Triples, N-Quads, RDF/XML or JSON-LD, as they are or compressed.
            progress: is told how far the reading is.

        Raises:
            NotAcceptable: a file's extension tells no RDF format.
            RdfSyntaxError: a file is not what its extension tells.
            AuthoringError: a file cannot be read.
        """
        store = ox.Store()
        _load(store, rdf_files(files), progress)
        return cls(store)

    @classmethod
    def open_on_disk(cls, folder: Path) -> Self:
        """Return the store that `fill_on_disk` has filled, to be read only.

        A process that forks opens it in each child and never before: the engine has threads.

        Raises:
            StoreFailure: the folder holds no store, or a broken one.
        """
        contents = Contents.read(folder)
        try:
            store = ox.Store.read_only(str(folder / _ENGINES_FOLDER))
        except OSError as error:
            raise unopened(folder, error) from error
        return cls(store, contents=contents)

    def __len__(self) -> int:
        """Return the number of triples in the default graph and all named graphs."""
        return len(self._store) if self._contents is None else self._contents.statements

    @property
    def contents(self) -> Contents:
        """What is in the store; it is counted when it is first asked for, and known on disk."""
        if self._contents is None:
            self._contents = _count(self._store)
        return self._contents

    def named_graphs(self) -> Mapping[str, int]:
        """Return the number of triples in each named graph, by name."""
        return self.contents.named_graphs

    def query(
        self,
        text: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        bindings: Mapping[str, Term] | None = None,
    ) -> Answer:
        """Return the engine's answer; read it in the thread that asked.

        When *default_graphs* or *named_graphs* are given, they are the whole dataset (SPARQL 1.1
        §13.2): the default graph is the union of the first as a set, empty when there is none.

        Raises:
            QuerySyntaxError: the text is not a SPARQL 1.1 query.
            QueryTooLarge: several graphs chosen together as the default graph are too large.
            QueryEvaluationError: the engine failed.
        """
        try:
            store, dataset = self._dataset(default_graphs, named_graphs)
            asked = mended(text, lambda ask: bool(store.query(ask, **dataset)), base=BASE)
            return store.query(asked, substitutions=_substitutions(bindings), **dataset)
        except SyntaxError as error:
            raise diagnose(text, str(error)) from error
        except (OSError, RuntimeError, ValueError) as error:
            if found := re.search(r"custom function (<.*>) is not supported", str(error)):
                raise UnknownFunction(f"The function {found[1]} is not known here.") from error
            raise QueryEvaluationError(str(error)) from error

    @classmethod
    def check(cls, query: str) -> None:
        """Raise QuerySyntaxError when *query* is not SPARQL 1.1, without asking any data."""
        cls(ox.Store()).query(query)

    def _dataset(
        self, default_graphs: Sequence[str], named_graphs: Sequence[str]
    ) -> tuple[ox.Store, dict[str, Any]]:
        if not default_graphs and not named_graphs:
            return self._store, {}
        chosen = [ox.NamedNode(name) for name in dict.fromkeys(default_graphs)]
        named = [ox.NamedNode(name) for name in dict.fromkeys(named_graphs)]
        # These stand above a FROM in the query itself.
        if len(chosen) <= 1:
            return self._store, {"default_graph": chosen, "named_graphs": named}
        union = self._unions.of(tuple(chosen), tuple(named))
        return union, {"default_graph": ox.DefaultGraph(), "named_graphs": named}


class _Unions:
    """Stores with several graphs merged as default graph, kept as long as they are small.

    The engine counts a triple twice that stands in two chosen graphs. So the chosen graphs are
    copied into a store of their own, where a set is a set.
    """

    def __init__(self, store: ox.Store, *, most_statements: int) -> None:
        self._store = store
        self._most = most_statements
        self._kept: OrderedDict[object, tuple[ox.Store, int]] = OrderedDict()
        self._lock = Lock()

    def of(
        self, default_graphs: tuple[ox.NamedNode, ...], named_graphs: tuple[ox.NamedNode, ...]
    ) -> ox.Store:
        key = (frozenset(default_graphs), frozenset(named_graphs))
        with self._lock:
            union = self._kept.pop(key, None)
        union = union or self._copied(default_graphs, named_graphs)
        with self._lock:
            self._kept[key] = union
            while sum(size for _, size in self._kept.values()) > self._most:
                self._kept.popitem(last=False)
        return union[0]

    def _copied(
        self, default_graphs: tuple[ox.NamedNode, ...], named_graphs: tuple[ox.NamedNode, ...]
    ) -> tuple[ox.Store, int]:
        union = ox.Store()
        copied = 0
        rest = self._quads(default_graphs, named_graphs)
        while quads := list(islice(rest, _COPIED_AT_ONCE)):
            # `bulk_extend` would begin with room for a million statements.
            union.extend(quads)
            copied += len(quads)
            if copied > self._most:
                raise QueryTooLarge(
                    "number of triples in several graphs together, as far as counted,",
                    found=copied,
                    limit=self._most,
                )
        return union, copied

    def _quads(
        self, default_graphs: Iterable[ox.NamedNode], named_graphs: Iterable[ox.NamedNode]
    ) -> Iterator[ox.Quad]:
        for name in default_graphs:
            for quad in self._store.quads_for_pattern(None, None, None, name):
                yield ox.Quad(quad.subject, quad.predicate, quad.object)
        for name in named_graphs:
            yield from self._store.quads_for_pattern(None, None, None, name)


def fill_on_disk(
    files: Sequence[Path],
    folder: Path,
    *,
    progress: OnRead | None = None,
    on_sorting: Callable[[], None] | None = None,
) -> Contents:
    """Fill an empty folder with the store of RDF files, and return what is in it.

    The engine takes about 2 GB of memory for it, however large the files are. What it leaves is
    sorted, so that reading is several times faster than from what it wrote first.

    Args:
        files, progress: as for `Store.of_files`.
        on_sorting: is called when all is read.

    Raises:
        NotAcceptable, RdfSyntaxError, AuthoringError: as for `Store.of_files`.
        StoreFailure: the folder cannot be written to.
    """
    try:
        store = ox.Store(folder / _ENGINES_FOLDER)
        _load(store, rdf_files(files), progress)
        if on_sorting is not None:
            on_sorting()
        store.optimize()
        store.flush()
        contents = _count(store)
        contents.write(folder)
    except OSError as error:
        raise StoreFailure(
            folder,
            f"cannot be written: {error}. About 300 bytes are needed for each statement; "
            "make room, or set MIWDAP_STORES to a folder with more.",
        ) from error
    return contents


def _load(store: ox.Store, files: Sequence[RdfFile], progress: OnRead | None = None) -> None:
    meter = Meter(files, progress)
    for file in files:
        with meter.open(file) as content:
            try:
                # The engine gives the blank nodes of each call names of their own. Given a path or
                # bytes it may cut a file into parts, and give a node another name in each.
                store.bulk_load(
                    cast(IO[bytes], content),
                    ox.RdfFormat.from_media_type(file.format.media_type),
                    base_iri=file.path.resolve().as_uri(),
                )
            except SyntaxError as error:
                raise RdfSyntaxError.of_parser(file.path, error) from error


def _count(store: ox.Store) -> Contents:
    # The query looks at every statement, named graph or not.
    sizes: dict[str, int] = {}
    if next(store.named_graphs(), None) is not None:
        rows = islice(cast(ox.QuerySolutions, store.query(_SIZES)), _MOST_NAMES)
        sizes = {row["g"].value: int(cast(ox.Literal, row["n"]).value) for row in rows}
    return Contents(len(store), sizes)


def _substitutions(
    bindings: Mapping[str, Term] | None,
) -> dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] | None:
    return {ox.Variable(name): _engine_term(term) for name, term in (bindings or {}).items()}


def _engine_term(term: Term) -> ox.NamedNode | ox.Literal:
    if term.datatype is not None:
        return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))
    if term.language is not None:
        return ox.Literal(term.value, language=term.language)
    return ox.NamedNode(term.value)
