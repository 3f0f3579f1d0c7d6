"""A filled, read-only store of one dataset, and the only place where the engine is called."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Final, Self, cast

import pyoxigraph as ox

from miwdap_kg.diagnosis import diagnose
from miwdap_kg.errors import AuthoringError, QueryEvaluationError, RdfSyntaxError
from miwdap_kg.formats import by_file_name
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.queries import Term

__all__ = ["NOT_IN_DEFAULT_GRAPH", "Answer", "Store"]

NOT_IN_DEFAULT_GRAPH: Final = frozenset(
    {f"{NAMESPACES['graph']}interpretation", f"{NAMESPACES['graph']}shapes"}
)
"""The named graphs that a release's default graph leaves out."""

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

_UNIONS_KEPT: Final = 8


class Store:
    """A dataset in memory, answering SPARQL. Open one with `of_release` or `of_files`."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._scoped = lru_cache(maxsize=_UNIONS_KEPT)(self._scope)

    @classmethod
    def of_release(cls, nquads: Path) -> Self:
        """Return the store of a release: its named graphs, and their union as default graph.

        The union is a set: a triple that stands in several named graphs counts once.
        """
        store = ox.Store()
        store.bulk_extend(_with_union(_parse(nquads)))
        return cls(store)

    @classmethod
    def of_nquads(cls, content: bytes) -> Self:
        """Return the store of N-Quads in memory, with their union as `of_release` makes it."""
        store = ox.Store()
        store.bulk_extend(_with_union(ox.parse(content, format=ox.RdfFormat.N_QUADS)))
        return cls(store)

    @classmethod
    def of_files(
        cls, files: Sequence[Path], *, progress: Callable[[int], None] | None = None
    ) -> Self:
        """Return the store of RDF files, default and named graphs exactly as in the files.

        Args:
            files: Turtle, TriG, N-Triples, N-Quads, RDF/XML or JSON-LD, `.gz` or not.
            progress: is called with the number of quads read so far.

        Raises:
            NotAcceptable: a file's extension tells no RDF format.
            RdfSyntaxError: a file is not what its extension tells.
            AuthoringError: a file cannot be read.
        """
        store = ox.Store()
        read = 0
        for path in files:
            # A label of a blank node holds in its file, and may be another node's in the next.
            quads = _parse(path, rename_blank_nodes=True)
            while batch := _take(quads, 100_000):
                store.bulk_extend(batch)
                read += len(batch)
                if progress is not None:
                    progress(read)
        return cls(store)

    def __len__(self) -> int:
        """Return the number of triples in the default graph and all named graphs."""
        return len(self._store)

    def named_graphs(self) -> dict[str, int]:
        """Return the number of triples in each named graph, by name."""
        query = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
        rows = cast(ox.QuerySolutions, self._store.query(query))
        return {row["g"].value: int(cast(ox.Literal, row["n"]).value) for row in rows}

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
            QueryEvaluationError: the engine failed.
        """
        try:
            if default_graphs or named_graphs:
                return self._scoped(tuple(default_graphs), tuple(named_graphs)).query(
                    text,
                    # These stand above a FROM in the query itself.
                    default_graph=ox.DefaultGraph(),
                    named_graphs=[ox.NamedNode(name) for name in named_graphs],
                    substitutions=_substitutions(bindings),
                )
            return self._store.query(text, substitutions=_substitutions(bindings))
        except SyntaxError as error:
            raise diagnose(text, str(error)) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryEvaluationError(str(error)) from error

    @classmethod
    def check(cls, query: str) -> None:
        """Raise QuerySyntaxError when *query* is not SPARQL 1.1, without asking any data."""
        cls(ox.Store()).query(query)

    def _scope(self, default_graphs: tuple[str, ...], named_graphs: tuple[str, ...]) -> ox.Store:
        # The engine counts a triple twice that stands in two chosen graphs, so the chosen graphs
        # are copied into a store of their own, where a set is a set.
        store = ox.Store()
        store.bulk_extend(
            ox.Quad(quad.subject, quad.predicate, quad.object)
            for name in default_graphs
            for quad in self._store.quads_for_pattern(None, None, None, ox.NamedNode(name))
        )
        store.bulk_extend(
            quad
            for name in named_graphs
            for quad in self._store.quads_for_pattern(None, None, None, ox.NamedNode(name))
        )
        return store


def _with_union(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    for quad in quads:
        yield quad
        name = quad.graph_name
        if isinstance(name, ox.NamedNode) and name.value not in NOT_IN_DEFAULT_GRAPH:
            yield ox.Quad(quad.subject, quad.predicate, quad.object)


def _parse(path: Path, *, rename_blank_nodes: bool = False) -> Iterator[ox.Quad]:
    rdf_format = ox.RdfFormat.from_media_type(by_file_name(path).media_type)
    try:
        with _open(path) as file:
            yield from ox.parse(
                file,
                format=rdf_format,
                base_iri=path.resolve().as_uri(),
                rename_blank_nodes=rename_blank_nodes,
            )
    except SyntaxError as error:
        raise RdfSyntaxError.of_parser(path, error) from error
    except FileNotFoundError as error:
        raise AuthoringError(path, "there is no such file.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise AuthoringError(path, f"cannot be read: {error}") from error


def _open(path: Path) -> IO[bytes]:
    if path.name.endswith(".gz"):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def _take(quads: Iterator[ox.Quad], count: int) -> list[ox.Quad]:
    return [quad for _, quad in zip(range(count), quads, strict=False)]


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
