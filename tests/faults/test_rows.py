"""Answers that have more rows than are given: they say so, and have just so many."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import pytest

from .conftest import Server, Start

ROWS = 100
ALL = "SELECT ?s ?p ?o { ?s ?p ?o }"
JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
NOTE = "INCOMPLETE: only the first 100 rows"


@pytest.fixture(scope="module")
def server(start: Start) -> Server:
    """A server that gives a hundred rows."""
    return start(max_rows=ROWS)


def rows(accept: str, body: bytes) -> int:
    """Return how many rows an answer has."""
    if accept == JSON:
        return len(json.loads(body)["results"]["bindings"])
    if accept == XML:
        return body.count(b"</result>") if ElementTree.fromstring(body) is not None else 0
    if accept == "text/csv":
        return len(list(csv.reader(io.StringIO(body.decode())))) - 1
    return body.count(b"\n") - 1


FORMATS = (JSON, XML, "text/csv", "text/tab-separated-values")


@pytest.mark.parametrize("accept", FORMATS)
def test_cut_answer(server: Server, accept: str) -> None:
    """The answer is well-formed, has so many rows, and says in head and body that it is cut."""
    found = server.query(ALL, accept)

    assert 200 == found.status
    assert not found.is_cut
    assert f"rows={ROWS}" == found.headers["miwdap-incomplete"]
    assert "etag" not in found.headers
    assert ROWS == rows(accept, found.body)
    assert (NOTE.encode() in found.body) is (accept in (JSON, XML))


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("limit", [0, 1, ROWS - 1, ROWS])
def test_answer_that_fits(server: Server, accept: str, limit: int) -> None:
    """An answer of as many rows as are given is whole, and says nothing else."""
    found = server.query(f"{ALL} LIMIT {limit}", accept)

    assert 200 == found.status
    assert "miwdap-incomplete" not in found.headers
    assert limit == rows(accept, found.body)
    assert b"INCOMPLETE" not in found.body


def test_graphs_have_no_rows(server: Server) -> None:
    """The answer to a CONSTRUCT is not cut."""
    found = server.query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "application/n-triples")

    assert 200 == found.status
    assert "miwdap-incomplete" not in found.headers
    assert found.body.count(b"\n") > 2 * ROWS


@pytest.mark.parametrize("accept", FORMATS)
def test_cut_beyond_what_can_be_held_back(start: Start, accept: str) -> None:
    """An answer whose head has gone when it is cut is cut so that everybody sees it."""
    big = start(max_rows=60_000)
    found = big.query("SELECT * { ?a ?b ?c . ?d ?e ?f }", accept)

    assert 200 == found.status
    assert len(found.body) > 8 * 1024 * 1024
    assert found.is_cut


def test_page_of_a_cut_answer(server: Server) -> None:
    """People are told as programs are."""
    found = server.query(ALL, "text/html")

    assert 200 == found.status
    assert f"rows={ROWS}" == found.headers["miwdap-incomplete"]
    assert f"<h1>The first {ROWS} rows</h1>" in found.body.decode()
    assert "Incomplete: this endpoint gives no more rows" in found.body.decode()
