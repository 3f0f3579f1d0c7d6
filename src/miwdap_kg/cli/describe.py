"""The verb `describe`: all that is said about a thing, with the passages that say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from miwdap_kg.cli.graph import open_graph
from miwdap_kg.cli.terminal import lines, paragraph, quoted, shown
from miwdap_kg.cli.things import Things
from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.solutions import Iri, Text, Value

if TYPE_CHECKING:
    from rich.console import RenderableType

    from miwdap_kg.knowledge_graph import KnowledgeGraph

__all__ = ["describe"]

_SAID: Final = """\
PREFIX miw: <https://w3id.org/miwdap/def#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?thing ?predicate ?other ?label ?graph ?quote WHERE {
  GRAPH ?graph { ?thing ?predicate ?other }
  OPTIONAL { ?graph miw:quote|miw:paraphrase ?quote }
  OPTIONAL { ?other rdfs:label ?label FILTER(LANG(?label) = "en") }
}
ORDER BY ?predicate ?other ?label ?graph ?quote
"""

_SAID_WITH: Final = _SAID.replace("?thing ?predicate ?other }", "?other ?predicate ?thing }")

_STATED: Final = """\
SELECT ?passage ?subject ?predicate ?object WHERE {
  GRAPH ?passage { ?subject ?predicate ?object }
}
ORDER BY ?subject ?predicate ?object
"""

_TYPE: Final = f"{NAMESPACES['rdf']}type"
_LABEL: Final = f"{NAMESPACES['rdfs']}label"
_PREFERRED: Final = f"{NAMESPACES['skos']}prefLabel"
_STRUCTURE: Final = f"{NAMESPACES['graph']}structure"


@dataclass(slots=True)
class _Statement:
    """What is said of a thing, or with it: a predicate, the other end, and all who say so."""

    predicate: str
    other: Value
    label: str | None
    sources: list[tuple[str, str | None]] = field(default_factory=list)


def describe(
    thing: Annotated[
        str,
        typer.Argument(
            metavar="THING",
            help="A key (plan), a prefixed name (miw:Plan, passage:newsletter-33), or an IRI.",
        ),
    ],
) -> None:
    """Write labels and classes of the thing, then its statements, then those that lead to it."""
    from miwdap_kg.settings import Settings

    graph = open_graph(Settings.read())
    iri = Things(graph).find(thing)
    said = _statements(graph, _SAID, iri)
    lines(_head(iri, said))
    lines(_section("What is said of it", said))
    lines(_section("What leads to it", _statements(graph, _SAID_WITH, iri), inverse=True))
    if iri in graph.named_graphs and iri.startswith(NAMESPACES["passage"]):
        lines(_passage(graph, iri))


def _statements(graph: KnowledgeGraph, query: str, iri: str) -> list[_Statement]:
    from miwdap_kg.queries import Term

    found: dict[tuple[str, ...], _Statement] = {}
    for row in graph.select(query, thing=Term(iri)):
        if _is_derived_label(row):
            continue
        other = row["other"]
        key = (str(row["predicate"]), type(other).__name__, _value(other))
        label = row.get("label")
        statement = found.setdefault(
            key, _Statement(key[0], other, None if label is None else str(label))
        )
        quote = row.get("quote")
        source = (str(row["graph"]), None if quote is None else str(quote))
        if source not in statement.sources:
            statement.sources.append(source)
    return sorted(found.values(), key=_reading_order)


def _is_derived_label(row: Mapping[str, Value]) -> bool:
    # The build repeats each skos:prefLabel as rdfs:label for tools that know no SKOS.
    return row["predicate"] == _LABEL and row["graph"] == _STRUCTURE


def _reading_order(statement: _Statement) -> Any:
    from rdflib import Literal, URIRef

    from miwdap_kg.workshop.reading_order import Kinds, natural_key, predicate_key

    leads = isinstance(statement.other, Iri)
    if leads:
        value = Kinds([]).value_key(URIRef(str(statement.other)))
    else:
        language = statement.other.language if isinstance(statement.other, Text) else None
        value = Kinds([]).value_key(Literal(str(statement.other), lang=language))
    return (
        predicate_key(URIRef(statement.predicate), leads=leads),
        natural_key(statement.predicate),
        value,
    )


def _head(iri: str, said: Sequence[_Statement]) -> Iterator[RenderableType]:
    yield paragraph((shorten(iri), "bold"))
    for predicate in (_PREFERRED, _LABEL):
        labels = [each for each in said if each.predicate == predicate]
        if labels:
            yield paragraph(" · ".join(str(each.other) for each in labels), indent=2)
            break
    classes = [each for each in said if each.predicate == _TYPE]
    if classes:
        yield paragraph(", ".join(_named(each.other, each.label) for each in classes), indent=2)


def _section(
    title: str, statements: Iterable[_Statement], *, inverse: bool = False
) -> Iterator[RenderableType]:
    first = True
    for each in statements:
        if first:
            yield paragraph("")
            yield paragraph((title, "bold"))
            first = False
        predicate = (shorten(each.predicate), "cyan")
        other = _named(each.other, each.label)
        yield (
            paragraph(other, "  ", predicate, indent=2)
            if inverse
            else paragraph(predicate, "  ", other, indent=2)
        )
        for source, quote in each.sources:
            words = "" if quote is None else f"  {quoted(quote)}"
            yield paragraph((f"{shorten(source)}{words}", "dim"), indent=6)


def _passage(graph: KnowledgeGraph, iri: str) -> Iterator[RenderableType]:
    from miwdap_kg.queries import Term

    yield paragraph("")
    yield paragraph(("What it states", "bold"))
    for row in graph.select(_STATED, passage=Term(iri)):
        yield paragraph(
            f"{shown(row['subject'])}  ",
            (shown(row["predicate"]), "cyan"),
            f"  {_value(row['object'])}",
            indent=2,
        )


def _named(value: Value, label: str | None) -> str:
    return _value(value) if label is None else f"{_value(value)} ({label})"


def _value(value: Value) -> str:
    return shown(value, with_language=True)
