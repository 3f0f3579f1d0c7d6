"""What `ontology/usage.ttl` says of a property's use is how the data uses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from miwdap_kg.namespaces import NAMESPACES, expand, shorten
from miwdap_kg.workshop.dataset import assemble, default_graph, graph_name, read_rdf

ROOT = Path(__file__).parents[2]
DOMAIN = URIRef(expand("schema:domainIncludes"))
RANGE = URIRef(expand("schema:rangeIncludes"))
KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


@pytest.fixture(scope="module")
def usage() -> Graph:
    """What the file says."""
    return read_rdf(ROOT / "ontology" / "usage.ttl").default_graph


@pytest.fixture(scope="module")
def data() -> Graph:
    """The default graph of the release, the judgements of the project, and the ontology."""
    dataset = assemble(ROOT)
    return default_graph(dataset) + dataset.graph(graph_name("interpretation"))


def own_properties(graph: Graph) -> set[Node]:
    return {
        each
        for kind in KINDS
        for each in graph.subjects(RDF.type, kind)
        if str(each).startswith(NAMESPACES["miw"])
    }


def kinds_of(graph: Graph, node: Node) -> set[Node]:
    """Return the classes of a thing with the broader ones, or the datatype of a value."""
    if isinstance(node, Literal):
        return {RDF.langString if node.language else node.datatype or XSD.string}
    types = set(graph.objects(node, RDF.type))
    return {
        broader for each in types for broader in graph.transitive_objects(each, RDFS.subClassOf)
    }


def names(nodes: Iterable[Node]) -> list[str]:
    return sorted(shorten(str(each)) for each in nodes)


def test_each_property_of_ours_says_its_use(usage: Graph, data: Graph) -> None:
    """A property of ours has at least one class that it starts from, and one that it leads to."""
    ours = own_properties(data)

    assert ours
    assert names(ours - set(usage.subjects(DOMAIN))) == []
    assert names(ours - set(usage.subjects(RANGE))) == []


def test_only_classes_and_datatypes_are_named(usage: Graph, data: Graph) -> None:
    """What a property starts from and leads to is a declared class, or belongs to OWL, RDF, XSD."""
    named = {*usage.objects(None, DOMAIN), *usage.objects(None, RANGE)}
    declared = set(data.subjects(RDF.type, OWL.Class))
    built_in = (str(OWL), str(RDF), str(XSD))

    assert names(each for each in named - declared if not str(each).startswith(built_in)) == []


def test_properties_named_are_declared(usage: Graph, data: Graph) -> None:
    """Each property of the file is one that the ontology declares."""
    declared = {each for kind in KINDS for each in data.subjects(RDF.type, kind)}

    assert names(set(usage.subjects()) - declared) == []


@pytest.mark.parametrize("side", [DOMAIN, RANGE], ids=["starts from", "leads to"])
def test_data_uses_properties_as_said(usage: Graph, data: Graph, side: URIRef) -> None:
    """Things of the data with a property of ours are of a class that the file names for it."""
    wrong = defaultdict(set)
    for term in own_properties(data):
        expected = set(usage.objects(term, side))
        if expected & {OWL.Thing, RDF.Property}:
            continue  # Anything may stand there.
        for subject, value in data.subject_objects(term):
            found = kinds_of(data, subject if side == DOMAIN else value)
            if not found & expected:
                wrong[shorten(str(term))].add((shorten(str(subject)), *names(found)))

    assert {term: sorted(uses)[:3] for term, uses in wrong.items()} == {}
