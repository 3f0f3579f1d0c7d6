"""What the suite calls SPARQL is taken, and what it calls none is refused, over HTTP."""

from __future__ import annotations

import json

import pytest
from tests.conformance.conftest import Endpoint
from tests.conformance.parameters import each
from tests.conformance.suite import Case

ANY = "application/sparql-results+json, text/turtle"

# To be read is one thing, and to know a function of example.org another.
UNKNOWN_FUNCTION = "syntax-query/test_4"


@pytest.mark.parametrize("case", each("positive"))
def test_right_query_is_taken(case: Case, endpoint: Endpoint) -> None:
    """A query of SPARQL 1.1 has an answer; a function that is not known is named as that."""
    response = endpoint.ask(case, ANY)

    if case.id == UNKNOWN_FUNCTION:
        assert 400 == response.status
        assert "http://example/function" in json.loads(response.body)["detail"]
    else:
        assert 200 == response.status, response.body


@pytest.mark.parametrize("case", each("negative"))
def test_wrong_query_is_refused(case: Case, endpoint: Endpoint) -> None:
    """What is not SPARQL 1.1 is refused for its syntax, and the place is told."""
    response = endpoint.ask(case, ANY)

    assert (400, "application/problem+json") == (response.status, response.media_type)
    problem = json.loads(response.body)
    assert problem["type"].endswith("problem/query-syntax")
    assert problem["line"] >= 1


@pytest.mark.parametrize("case", [*each("positive", applies=False)])
def test_query_to_another_server_is_refused(case: Case, endpoint: Endpoint) -> None:
    """A query with SERVICE is refused as that, and not for its syntax."""
    response = endpoint.ask(case, ANY)

    assert (403, "application/problem+json") == (response.status, response.media_type)
    assert json.loads(response.body)["type"].endswith("problem/query-not-allowed")
