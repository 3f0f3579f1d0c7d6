"""Each query of the suite has the answer that the suite expects, over HTTP."""

from __future__ import annotations

import json
import re

import pytest
from tests.conformance.conftest import Endpoint
from tests.conformance.parameters import each
from tests.conformance.results import read, same
from tests.conformance.suite import Case, file_iri

# What each kind of result file holds, and so what is asked for.
TYPES = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".ttl": "text/turtle",
    ".rdf": "application/rdf+xml",
}


@pytest.mark.parametrize("case", each("evaluation"))
def test_answer_is_the_expected_one(case: Case, endpoint: Endpoint) -> None:
    """The answer is the same but for blank nodes' labels, and for order where none is asked."""
    assert case.result is not None
    media_type = TYPES[case.result.suffix]
    expected = read(case.result.read_bytes(), media_type, base=file_iri(case.result))
    if expected.triples is None and media_type in (TYPES[".ttl"], TYPES[".rdf"]):
        media_type = TYPES[".srj"]

    response = endpoint.ask(case, media_type)

    assert (200, media_type) == (response.status, response.media_type), response
    found = response.answer()
    assert same(expected, found, order_by=order_by(case.text())), (expected, found)


@pytest.mark.parametrize("case", each("evaluation", applies=False))
def test_query_to_another_server_is_refused(case: Case, endpoint: Endpoint) -> None:
    """A query with SERVICE is refused as that, and no other server is asked."""
    response = endpoint.ask(case, "application/sparql-results+json")

    assert (403, "application/problem+json") == (response.status, response.media_type)
    assert json.loads(response.body)["type"].endswith("problem/query-not-allowed")


def order_by(query: str) -> list[str]:
    """Return the variables that the whole answer is ordered by."""
    last = re.search(r"\}\s*ORDER BY((?:\s+\?\w+)+)\s*$", query, re.IGNORECASE)
    return re.findall(r"\w+", last[1]) if last else []
