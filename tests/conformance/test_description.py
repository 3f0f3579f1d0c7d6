"""The service description is there, is RDF, and keeps to its vocabulary."""

from __future__ import annotations

import pytest
import rdflib
from rdflib.namespace import RDF
from tests.conformance.client import send
from tests.conformance.parameters import each
from tests.conformance.suite import Case

from miwdap_kg.formats import GRAPH_FORMATS

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")

# The vocabulary's properties, each with the class that its subjects have.
PROPERTIES = {
    "Service": "endpoint feature defaultEntailmentRegime defaultSupportedEntailmentProfile "
    "extensionFunction extensionAggregate languageExtension supportedLanguage propertyFeature "
    "defaultDataset availableGraphs resultFormat inputFormat",
    "Dataset": "defaultGraph namedGraph",
    "NamedGraph": "name graph entailmentRegime supportedEntailmentProfile",
}
CLASSES = set(
    "Service Feature Language Function Aggregate EntailmentRegime EntailmentProfile "
    "GraphCollection Dataset Graph NamedGraph".split()
)
INSTANCES = {
    "supportedLanguage": {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"},
    "feature": set(
        "DereferencesURIs UnionDefaultGraph RequiresDataset EmptyGraphs BasicFederatedQuery".split()
    ),
}


def described(port: int, accept: str | None = None) -> rdflib.Graph:
    """Return what the endpoint says of itself."""
    headers = [] if accept is None else [("Accept", accept)]
    response = send(port, "GET", "/sparql", headers, host=f"127.0.0.1:{port}")
    assert 200 == response.status, response
    names = {"application/ld+json": "json-ld", "application/rdf+xml": "xml"}
    form = names.get(response.media_type, response.media_type)
    graph = rdflib.Dataset(default_union=True) if "trig" in form else rdflib.Graph()
    return graph.parse(data=response.body, format=form, publicID=address(port))


def address(port: int) -> str:
    """Return the address of the endpoint."""
    return f"http://127.0.0.1:{port}/sparql"


def returns_rdf(port: int) -> None:
    for accept in (None, *(one.media_type for one in GRAPH_FORMATS)):
        assert len(described(port, accept)) > 0, accept


def has_endpoint_triple(port: int) -> None:
    services = list(described(port).subjects(RDF.type, SD.Service))

    assert 1 == len(services)
    found = list(described(port).objects(None, SD.endpoint))
    assert [rdflib.URIRef(address(port))] == found


def conforms_to_schema(port: int) -> None:
    graph = described(port)

    for kind, names in PROPERTIES.items():
        for name in names.split():
            for subject in graph.subjects(SD[name]):
                types = set(graph.objects(subject, RDF.type))
                assert SD[kind] in types, (subject, name)
    properties = {name for names in PROPERTIES.values() for name in names.split()}
    for subject, predicate, value in graph:
        if predicate.startswith(SD):
            name = predicate.removeprefix(SD)
            assert name in properties
            known = INSTANCES.get(name, set())
            assert not value.startswith(SD) or value.removeprefix(SD) in known, (subject, value)
        if predicate == RDF.type and value.startswith(SD):
            assert value.removeprefix(SD) in CLASSES


CHECKS = {
    "returns-rdf": returns_rdf,
    "has-endpoint-triple": has_endpoint_triple,
    "conforms-to-schema": conforms_to_schema,
}


@pytest.mark.parametrize("case", each("description"))
def test_description_is_as_the_standard_has_it(case: Case, served: int) -> None:
    """What the suite says of a service description is true of ours."""
    CHECKS[case.name](served)
