"""The head of a graph: the prefixes that it uses, in one order, so that bytes are the same."""

from __future__ import annotations

import io
from typing import IO, cast

import pyoxigraph as ox
import pytest

from miwdap_kg.execution import declarations
from miwdap_kg.execution.declarations import TidyHead
from miwdap_kg.formats import JSON_LD, NTRIPLES, RDF_XML, TRIG, TURTLE, Format
from miwdap_kg.namespaces import NAMESPACES

TRIPLES = [
    ox.Triple(
        ox.NamedNode(f"{NAMESPACES['id']}plan"),
        ox.NamedNode(f"{NAMESPACES['skos']}prefLabel"),
        ox.Literal("<org:b> and miw:c", language="en"),
    ),
    ox.Triple(
        ox.NamedNode(f"{NAMESPACES['id']}plan"),
        ox.NamedNode(f"{NAMESPACES['dcterms']}issued"),
        ox.NamedNode("http://example.org/"),
    ),
]


def written(format_: Format, triples: list[ox.Triple] = TRIPLES) -> bytes:
    """Return a graph as it leaves, all prefixes having been declared."""
    output = io.BytesIO()
    tidy = TidyHead(output, format_)
    rdf_format = ox.RdfFormat.from_media_type(format_.media_type)
    ox.serialize(triples, cast(IO[bytes], tidy), rdf_format, prefixes=dict(NAMESPACES))
    tidy.end()
    return output.getvalue()


@pytest.mark.parametrize("format_", [TURTLE, TRIG, RDF_XML, NTRIPLES, JSON_LD], ids=str)
def test_graph_is_the_same(format_: Format) -> None:
    """Whatever is left out of the head, the graph has the same triples."""
    content = written(format_)
    found = ox.parse(content, format=ox.RdfFormat.from_media_type(format_.media_type))

    assert set(TRIPLES) == {quad.triple for quad in found}


def test_turtle_declares_what_it_uses() -> None:
    """In the table's order; what looks like a use within a string costs a line."""
    lines = written(TURTLE).decode().split("\n")
    declared = [line.split()[1] for line in lines if line.startswith("@prefix")]

    assert ["miw:", "id:", "dcterms:", "org:", "skos:"] == declared


def test_xml_declares_what_it_uses() -> None:
    """As attributes of the root."""
    head = written(RDF_XML).decode().split("<rdf:Description")[0]

    assert [each for each in NAMESPACES if f"xmlns:{each}=" in head] == ["dcterms", "rdf", "skos"]


@pytest.mark.parametrize("format_", [TURTLE, TRIG, RDF_XML, NTRIPLES, JSON_LD], ids=str)
def test_empty_graph(format_: Format) -> None:
    """It can be read, and has nothing in it."""
    content = written(format_, [])

    assert not list(ox.parse(content, format=ox.RdfFormat.from_media_type(format_.media_type)))


@pytest.mark.parametrize("format_", [TURTLE, RDF_XML], ids=str)
def test_same_graph_has_the_same_bytes(format_: Format) -> None:
    """The engine declares prefixes in another order each time."""
    assert len({written(format_) for _ in range(10)}) == 1


@pytest.mark.parametrize("format_", [TURTLE, RDF_XML], ids=str)
def test_long_graph_declares_all(format_: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves in pieces, and has the same bytes each time as well."""
    monkeypatch.setattr(declarations, "_KEPT_BYTES", 10_000)
    plan = TRIPLES[0].subject
    triples = [ox.Triple(plan, TRIPLES[0].predicate, ox.Literal(str(n))) for n in range(5_000)]
    found = {written(format_, triples) for _ in range(5)}
    content = found.pop().decode()

    assert not found
    assert [each for each in NAMESPACES if f"{each}" in content[:10_000]] == list(NAMESPACES)
