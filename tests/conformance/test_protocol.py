"""The requests of the suite's protocol tests, sent byte by byte to the server that users start."""

from __future__ import annotations

import json

import pytest
from tests.conformance.client import Response, send
from tests.conformance.parameters import each
from tests.conformance.suite import Case, Request

from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS

TYPES = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {each.media_type for each in SOLUTION_FORMATS},
    "RDF": {each.media_type for each in GRAPH_FORMATS},
}
QUERY = [("Content-Type", "application/sparql-query"), ("Accept", "text/tab-separated-values")]
EVERYTHING = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?g ?s ?p ?o"


def ask(port: int, request: Request) -> Response:
    """Return the response to a request of the suite."""
    return send(port, request.method, request.target, request.headers, request.body)


@pytest.mark.parametrize("case", each("protocol"))
def test_response_is_as_described(case: Case, served: int) -> None:
    """The status is one of those allowed, and an answer has the expected format and value."""
    assert case.requests
    for request in case.requests:
        response = ask(served, request)

        assert response.status // 100 in request.status_classes, response
        if request.format is not None:
            assert response.media_type in TYPES[request.format]
            answer = response.answer()
            assert request.boolean is None or request.boolean == answer.boolean
            assert (request.format == "RDF") is (answer.triples is not None)


@pytest.mark.parametrize("case", each("protocol", applies=False))
def test_update_is_refused(case: Case, served: int) -> None:
    """An update is refused as one, and not a triple has changed."""
    before = send(served, "POST", "/sparql", QUERY, EVERYTHING.encode())
    update = case.requests[0]

    response = ask(served, update)

    assert (403, "application/problem+json") == (response.status, response.media_type)
    assert json.loads(response.body)["type"].endswith("problem/query-not-allowed")
    after = send(served, "POST", "/sparql", QUERY, EVERYTHING.encode())
    assert before.body == after.body
    assert 3 == len(after.answer().rows)


@pytest.mark.parametrize("dataset", ["", "FROM <graph>", "FROM NAMED <graph>"])
def test_relative_iri_has_the_same_base_everywhere(dataset: str, served: int) -> None:
    """Without a BASE, an IRI is relative to the service's own, in FROM as in patterns."""
    query = f"SELECT ?iri {dataset} {{ VALUES ?iri {{ <graph> <https://w3id.org/miwdap/graph> }} }}"

    response = send(served, "POST", "/sparql", QUERY, query.encode())

    assert [("uri", "https://w3id.org/miwdap/graph")] * 2 == response.answer().column("iri")
