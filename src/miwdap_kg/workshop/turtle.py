"""Writes graphs as Turtle, TriG, N-Triples and N-Quads, the same bytes for the same statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from rdflib import RDF, XSD, BNode, Dataset, Graph, Literal, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from miwdap_kg.errors import MiwdapError
from miwdap_kg.workshop.blank_nodes import Quad, stable_labels
from miwdap_kg.workshop.reading_order import Kinds, graph_key, predicate_key
from miwdap_kg.workshop.statements import (
    STEP,
    Collection,
    Nested,
    Predicate,
    Statement,
    Value,
    lay_out,
    lay_out_value,
)
from miwdap_kg.workshop.terms import Names, ntriples_term

__all__ = ["Graphs", "write_nquads", "write_ntriples", "write_trig", "write_turtle"]

Graphs = Mapping[URIRef, Graph] | Dataset
"""Named graphs; in a mapping the default graph, if there is one, has rdflib's own name for it."""


def write_turtle(graph: Graph, *, comment: str | None = None) -> str:
    """Return *graph* as Turtle in reading order, below *comment* and the prefixes it uses.

    >>> plan = URIRef("https://w3id.org/miwdap/id/plan")
    >>> graph = Graph().add((plan, RDF.type, URIRef("https://w3id.org/miwdap/def#Plan")))
    >>> print(write_turtle(graph), end="")
    @prefix miw: <https://w3id.org/miwdap/def#> .
    @prefix id: <https://w3id.org/miwdap/id/> .
    <BLANKLINE>
    id:plan a miw:Plan .
    """
    return _write(list(_quads(graph, None)), comment)


def write_trig(graphs: Graphs, *, comment: str | None = None) -> str:
    """Return *graphs* as TriG: the default graph, then a block for each graph that is not empty."""
    return _write(list(_all_quads(graphs)), comment)


def write_ntriples(graph: Graph) -> str:
    """Return *graph* as canonical N-Triples, one statement a line, sorted by code point."""
    return _sorted_lines(list(_quads(graph, None)))


def write_nquads(graphs: Graphs) -> str:
    """Return *graphs* as canonical N-Quads, one statement a line, sorted by code point."""
    return _sorted_lines(list(_all_quads(graphs)))


def _all_quads(graphs: Graphs) -> Iterator[Quad]:
    named = (
        [(graph.identifier, graph) for graph in graphs.graphs()]
        if isinstance(graphs, Dataset)
        else graphs.items()
    )
    for name, graph in named:
        if not isinstance(name, URIRef):
            raise MiwdapError(f"The graph {name} cannot be written: give it an IRI for a name.")
        yield from _quads(graph, None if name == DATASET_DEFAULT_GRAPH_ID else name)


def _quads(graph: Graph, name: URIRef | None) -> Iterator[Quad]:
    for subject, predicate, value in graph:
        if (
            isinstance(subject, URIRef | BNode)
            and isinstance(predicate, URIRef)
            and isinstance(value, URIRef | BNode | Literal)
        ):
            yield (subject, predicate, value, name)
        else:
            raise MiwdapError(
                f"'{subject} {predicate} {value}' cannot be written: it is no RDF. A subject is an "
                "IRI or a blank node, a predicate an IRI. Correct it where it is stated."
            )


def _sorted_lines(quads: list[Quad]) -> str:
    labels = stable_labels(quads)
    lines = {
        " ".join(ntriples_term(term, labels) for term in quad if term is not None) + " .\n"
        for quad in quads
    }
    return "".join(sorted(lines))


def _write(quads: list[Quad], comment: str | None) -> str:
    names = Names()
    kinds = Kinds((subject, predicate, value) for subject, predicate, value, _ in quads)
    by_graph: dict[URIRef | None, list[Quad]] = defaultdict(list)
    for quad in quads:
        by_graph[quad[3]].append(quad)
    labels = stable_labels(quads)
    placeable = _placeable(quads)
    default = _Statements(by_graph.pop(None, []), kinds, labels, placeable)
    parts = list(_paragraphs(lay_out(each, names) for each in default))
    for name in sorted((name for name in by_graph if name is not None), key=graph_key):
        statements = _Statements(by_graph[name], kinds, labels, placeable)
        block = "".join(f"{lay_out(each, names, indent=STEP)}\n" for each in statements)
        parts.append(f"{names.iri(name)} {{\n{block}}}\n")
    lines = comment.splitlines() if comment is not None else []
    head = "".join(f"# {line}".rstrip() + "\n" for line in lines) + names.declarations()
    return "\n".join([head, *parts] if head else parts)


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    """Join statements of one line each; what takes several lines stands between blank lines."""
    short = ""
    for text in texts:
        if "\n" not in text:
            short += f"{text}\n"
            continue
        if short:
            yield short
        yield f"{text}\n"
        short = ""
    if short:
        yield short


def _placeable(quads: Iterable[Quad]) -> frozenset[BNode]:
    """Return the blank nodes that can be written in place of a label.

    They stand in one graph, are the object of at most one statement, and do not lead back to
    themselves.
    """
    parents: dict[BNode, list[URIRef | BNode]] = defaultdict(list)
    graphs: dict[BNode, set[URIRef | None]] = defaultdict(set)
    for subject, _, value, graph in quads:
        for term in (subject, value):
            if isinstance(term, BNode):
                graphs[term].add(graph)
        if isinstance(value, BNode):
            parents[value].append(subject)
    once = {node for node, names in graphs.items() if len(names) == 1 and len(parents[node]) <= 1}
    return frozenset(node for node in once if not _is_in_ring(node, parents))


def _is_in_ring(node: BNode, parents: Mapping[BNode, list[URIRef | BNode]]) -> bool:
    seen: set[URIRef | BNode] = {node}
    above = parents[node]
    while len(above) == 1 and isinstance(above[0], BNode):
        if above[0] in seen:
            return True
        seen.add(above[0])
        above = parents.get(above[0], [])
    return False


class _Statements:
    """The statements of one graph in reading order."""

    def __init__(
        self,
        quads: Iterable[Quad],
        kinds: Kinds,
        labels: Mapping[BNode, str],
        placeable: frozenset[BNode],
    ) -> None:
        self._kinds = kinds
        self._labels = labels
        self._placeable = placeable
        self._about: dict[URIRef | BNode, dict[URIRef, set[URIRef | BNode | Literal]]] = (
            defaultdict(lambda: defaultdict(set))
        )
        self._objects: set[BNode] = set()
        for subject, predicate, value, _ in quads:
            self._about[subject][predicate].add(_plain(value))
            if isinstance(value, BNode):
                self._objects.add(value)

    def __iter__(self) -> Iterator[Statement]:
        iris = (subject for subject in self._about if isinstance(subject, URIRef))
        for iri in sorted(iris, key=self._kinds.subject_key):
            yield Statement(iri, self._predicates(iri))
        nodes = (node for node in self._about if isinstance(node, BNode))
        yield from sorted(
            (
                Statement(self._subject(node), self._predicates(node))
                for node in nodes
                if node not in self._placeable or node not in self._objects
            ),
            key=lambda statement: lay_out(statement, Names()),
        )

    def _subject(self, node: BNode) -> Value:
        return Nested(()) if node in self._placeable else BNode(self._labels[node])

    def _predicates(self, subject: URIRef | BNode) -> tuple[Predicate, ...]:
        about = self._about[subject]
        ordered = sorted(
            about,
            key=lambda iri: predicate_key(
                iri, leads=any(not isinstance(value, Literal) for value in about[iri])
            ),
        )
        return tuple(Predicate(iri, self._values(about[iri])) for iri in ordered)

    def _values(self, values: Iterable[URIRef | BNode | Literal]) -> tuple[Value, ...]:
        named = sorted(
            (value for value in values if not isinstance(value, BNode)), key=self._kinds.value_key
        )
        blank = (self._blank(value) for value in values if isinstance(value, BNode))
        return (*named, *sorted(blank, key=lambda value: lay_out_value(value, Names())))

    def _blank(self, node: BNode) -> Value:
        if node not in self._placeable:
            return BNode(self._labels[node])
        items = self._items(node)
        return Nested(self._predicates(node)) if items is None else Collection(tuple(items))

    def _items(self, head: BNode) -> list[Value] | None:
        """Return the items of the list that starts at *head*, or None where it is no plain list."""
        items: list[Value] = []
        cell: URIRef | BNode | Literal = head
        while isinstance(cell, BNode) and cell in self._placeable and cell in self._about:
            about = self._about[cell]
            if set(about) != {RDF.first, RDF.rest} or any(len(each) > 1 for each in about.values()):
                return None
            (first,), (cell,) = about[RDF.first], about[RDF.rest]
            items.append(self._blank(first) if isinstance(first, BNode) else first)
        return items if cell == RDF.nil else None


def _plain(value: URIRef | BNode | Literal) -> URIRef | BNode | Literal:
    """Return *value*; a text without language, which has one datatype, without naming that."""
    is_string = isinstance(value, Literal) and value.datatype == XSD.string
    return Literal(str(value)) if is_string else value
