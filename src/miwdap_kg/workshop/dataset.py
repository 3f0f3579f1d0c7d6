"""Assembles the named graphs of a release from the text that people write."""

from __future__ import annotations

import contextlib
import gzip
import logging
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph
from rdflib import XSD, BNode, Dataset, Graph, Literal, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from miwdap_kg.errors import AuthoringError, QuerySyntaxError, RdfSyntaxError
from miwdap_kg.formats import by_file_name
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.queries import QueryLibrary
from miwdap_kg.store import NOT_IN_DEFAULT_GRAPH, Store
from miwdap_kg.text import text_files
from miwdap_kg.workshop import derivation

__all__ = [
    "assemble",
    "default_graph",
    "graph_name",
    "named_graphs",
    "read_files",
    "read_rdf",
]


def graph_name(name: str) -> URIRef:
    """Return the IRI of one of the graphs that are not passages, such as `evidence`."""
    return URIRef(f"{NAMESPACES['graph']}{name}")


def read_rdf(path: Path) -> Dataset:
    """Return the dataset in an RDF file, `.gz` or not.

    Raises:
        NotAcceptable: the extension tells no RDF format.
        RdfSyntaxError: the file is not what its extension tells.
        AuthoringError: the file cannot be read.
    """
    format_ = by_file_name(path)
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except FileNotFoundError as error:
        raise AuthoringError(path, "there is no such file.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise AuthoringError(path, f"cannot be read: {error}") from error
    dataset = Dataset()
    # rdflib's own parsers let some broken files pass, do not know the column, and rewrite literals
    # ("01.50" becomes "1.50"); the engine's parser is strict and keeps each lexical form.
    try:
        with _without_traces():
            for quad in pyoxigraph.parse(
                content,
                format=pyoxigraph.RdfFormat.from_media_type(format_.media_type),
                base_iri=path.resolve().as_uri(),
                rename_blank_nodes=True,
            ):
                if isinstance(quad.object, pyoxigraph.Triple):
                    raise AuthoringError(path, "holds a triple term (RDF 1.2); write RDF 1.1.")
                name = quad.graph_name
                graph = (
                    dataset.default_graph
                    if isinstance(name, pyoxigraph.DefaultGraph)
                    else dataset.graph(_node(name))
                )
                graph.add((_node(quad.subject), _node(quad.predicate), _term(quad.object)))
    except SyntaxError as error:
        raise RdfSyntaxError.of_parser(path, error) from error
    return dataset


@contextlib.contextmanager
def _without_traces() -> Iterator[None]:
    # rdflib logs a traceback for each ill-typed literal; to find those is the shapes' task.
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _node(node: pyoxigraph.NamedNode | pyoxigraph.BlankNode) -> URIRef | BNode:
    return URIRef(node.value) if isinstance(node, pyoxigraph.NamedNode) else BNode(node.value)


def _term(
    term: pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal,
) -> URIRef | BNode | Literal:
    if not isinstance(term, pyoxigraph.Literal):
        return _node(term)
    if term.language is not None:
        return Literal(term.value, lang=term.language)
    is_string = term.datatype.value == str(XSD.string)
    datatype = None if is_string else URIRef(term.datatype.value)
    return Literal(term.value, datatype=datatype, normalize=False)


def assemble(text: Path) -> Dataset:
    """Return all named graphs of the text in a folder, with what is derived from them.

    Which file goes to which graph is knowledge_model's table: the part of a document's TriG file
    outside of any graph block is evidence, each block is the graph of its passage.

    Raises:
        RdfSyntaxError: a file is broken.
        AuthoringError: a document's file does not say which document it is, a passage has half
            a position, or a stored query is not SPARQL.
    """
    dataset = Dataset()
    for path in text_files(text):
        if path.suffix not in (".trig", ".ttl"):
            continue
        read = read_rdf(path)
        target = _target(path)
        if path.suffix == ".trig":
            derivation.derive_evidence(path, read.default_graph)
        for name, graph in named_graphs(read):
            _extend(dataset.graph(name), graph)
        _extend(dataset.graph(target), read.default_graph)
    derivation.derive_structure(default_graph(dataset), dataset.graph(graph_name("structure")))
    derivation.derive_queries(_queries(text / "queries"), dataset.graph(graph_name("queries")))
    return dataset


def read_files(paths: Iterable[Path]) -> Dataset:
    """Return one dataset of several RDF files, default and named graphs as in the files."""
    dataset = Dataset()
    for path in paths:
        read = read_rdf(path)
        _extend(dataset.default_graph, read.default_graph)
        for name, graph in named_graphs(read):
            _extend(dataset.graph(name), graph)
    return dataset


def named_graphs(dataset: Dataset) -> Iterator[tuple[URIRef, Graph]]:
    """Yield the name and the graph of each named graph that is not empty, sorted by name."""
    graphs = {
        graph.identifier: graph
        for graph in dataset.graphs()
        if graph.identifier != DATASET_DEFAULT_GRAPH_ID and len(graph)
    }
    for name in sorted(graphs):
        yield URIRef(name), graphs[name]


def default_graph(dataset: Dataset) -> Graph:
    """Return the default graph of a release: the set-union of its graphs, without inference."""
    union = Graph()
    _extend(union, dataset.default_graph)
    for name, graph in named_graphs(dataset):
        if str(name) not in NOT_IN_DEFAULT_GRAPH:
            _extend(union, graph)
    return union


def _target(path: Path) -> URIRef:
    if path.suffix == ".trig":
        return graph_name("evidence")
    folder = path.parent.name
    return graph_name(path.stem if folder == "data" else folder)


def _queries(folder: Path) -> QueryLibrary:
    library = QueryLibrary.read(folder)
    for query in library.values():
        try:
            Store.check(query.text)
        except QuerySyntaxError as error:
            path = folder / query.topic / f"{query.name}.rq"
            raise AuthoringError(
                path, f"column {error.column}: {error.problem}", line=error.line
            ) from error
    return library


def _extend(graph: Graph, triples: Graph) -> None:
    for triple in triples:
        graph.add(triple)
