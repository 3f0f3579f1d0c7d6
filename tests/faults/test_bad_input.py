"""Requests that no client should send: each is refused in words, and the server lives on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from miwdap_kg.web.protocol import MAX_URL_BYTES

from .conftest import Server, Start, read_all, status, wait_until

LIMITS = {"max_query_bytes": 200_000, "max_answer_bytes": 50_000}
XML = "application/sparql-results+xml"


@pytest.fixture(scope="module")
def server(start: Start) -> Server:
    """The server that is treated badly."""
    return start(**LIMITS)


@pytest.fixture(autouse=True)
def server_lives_on(server: Server) -> Iterator[None]:
    """After each test the same process still answers."""
    yield
    assert 200 == status(server.ask("ASK {}"))
    assert server.process.poll() is None


def problem(response: bytes) -> dict[str, Any]:
    """Return the problem in a response."""
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    found: dict[str, Any] = json.loads(body)
    return found


def test_nested_parentheses(server: Server) -> None:
    """Nesting that would overrun the engine's stack never reaches it."""
    response = server.ask(f"ASK {{ FILTER ({'(' * 5000}1{')' * 5000}) }}")

    assert 413 == status(response)
    assert "depth of nested brackets" == problem(response)["what"]


def test_many_operators(server: Server) -> None:
    """So with a chain of operators, however flat it is."""
    response = server.post(f"ASK {{ FILTER ({'1 || ' * 5000}1) }}".encode())

    assert 413 == status(response)
    assert "number of operators, clauses and columns in a row" == problem(response)["what"]


@pytest.mark.parametrize(
    "content_type", ["application/sparql-query", "application/x-www-form-urlencoded"]
)
def test_ten_megabytes(server: Server, content_type: str) -> None:
    """A body far beyond the limit is refused, and not kept."""
    response = server.post(b"query=" + b"x" * 10_000_000, content_type)

    assert 413 == status(response)
    assert "request body in bytes" == problem(response)["what"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/sparql?query=ASK%00%7B%7D", "The query cannot be read at line 1, column 4"),
        ("/sparql?query=%00", "The query cannot be read at line 1, column 1"),
        ("/sparql?query=%C3%28", "The query string is not UTF-8: byte 1 is 0xc3."),
        ("/sparql?query=%ED%A0%80", "The query string is not UTF-8"),
    ],
    ids=["NUL", "NUL-alone", "broken-UTF-8", "lone-surrogate"],
)
def test_bytes_that_are_no_query(server: Server, path: str, told: str) -> None:
    """NUL and what is no UTF-8 are named, where they stand."""
    response = server.get(path)

    assert 400 == status(response)
    assert problem(response)["detail"].startswith(told)


def test_answer_beyond_the_limit(server: Server) -> None:
    """An answer that is too large is refused as a whole as long as nothing of it has gone."""
    response = server.ask("SELECT * { ?s ?p ?o }")

    assert 413 == status(response)
    assert "answer in bytes" == problem(response)["what"]
    assert LIMITS["max_answer_bytes"] == problem(response)["limit"]


def test_answer_far_beyond_the_limit(start: Start) -> None:
    """Later it is cut so that nobody takes it for whole."""
    found = start(max_answer_bytes=300_000).query("SELECT * { ?s ?p ?o }", XML)

    assert 200 == found.status
    assert found.is_cut
    assert 150_000 < len(found.body) < 301_000
    assert b"<!-- INCOMPLETE: The answer in bytes is " in found.body[-300:]


@pytest.mark.parametrize("length", [MAX_URL_BYTES + 100, 3 * MAX_URL_BYTES, 1_000_000])
def test_address_too_long(server: Server, length: int) -> None:
    """However long the address is, the way out is told: POST."""
    response = server.get(f"/sparql?query=ASK%7B%7D{'%20' * (length // 3)}")

    assert 414 == status(response)
    assert "Send the query by POST" in problem(response)["detail"]


def test_longest_address(server: Server) -> None:
    """An address as long as is taken is taken, headers beside it, however it arrives."""
    query = "query=ASK%7B%7D" + "%20" * ((MAX_URL_BYTES - 15) // 3)
    request = (
        f"GET /sparql?{query} HTTP/1.1\r\nHost: x\r\nX-Long: {'x' * 8000}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()

    with server.connect() as connection:
        connection.sendall(request[:-10])
        # What comes later is answered, so all but the end has been read.
        assert 200 == status(server.get("/healthz"))
        connection.sendall(request[-10:])
        response = read_all(connection)

    assert 200 == status(response)


def test_head_has_no_body(server: Server) -> None:
    """HEAD is answered with headers alone."""
    response = server.send(
        b"HEAD /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )

    head, _, body = response.partition(b"\r\n\r\n")
    assert b"content-length: 26" in head.lower()
    assert b"" == body


def test_head_of_a_long_answer(start: Start) -> None:
    """It is answered whole, and the rest of the answer is not computed."""
    server = start()
    whole = 'miwdap_queries_total{{lane="{}",outcome="complete"}}'.format
    before = server.number(whole("light")) + server.number(whole("heavy"))
    query = b"SELECT%20*%20%7B%3Fa%20%3Fb%20%3Fc.%3Fd%20%3Fe%20%3Ff%7D"
    response = server.send(
        b"HEAD /sparql?query=" + query + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )

    head, _, body = response.partition(b"\r\n\r\n")
    assert 200 == status(response)
    assert b"content-type: application/sparql-results+json" in head.lower()
    assert b"" == body
    wait_until(server.is_idle)
    assert before + 1 == server.number(whole("light")) + server.number(whole("heavy"))


def test_error_has_the_id_of_its_log_line(start: Start) -> None:
    """Who asks about an error can say which it was."""
    server = start(query_seconds=0.5)
    runaway = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    found = [server.query(each) for each in ("SELECT nonsense", "CLEAR ALL", runaway)]
    server.process.terminate()
    server.end()

    lines = {line["id"]: line for line in map(json.loads, server.said().splitlines())}
    assert [400, 403, 503] == [each.status for each in found]
    for each in found:
        assert each.status == lines[each.headers["miwdap-query-id"]]["status"]
        assert each.headers["server-timing"].startswith("queue;dur=")


def test_what_is_no_http(server: Server) -> None:
    """Noise is refused by the server itself."""
    assert 400 == status(server.send(b"\x16\x03\x01\x02\x00\r\n\r\n"))


def test_client_that_hangs_up_midway(server: Server) -> None:
    """A client that leaves in the middle of its request is no mistake of ours."""
    with server.connect() as connection:
        connection.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 1000\r\n\r\nASK {"
        )

    assert 200 == status(server.get("/healthz"))
