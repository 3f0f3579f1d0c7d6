"""Each error over HTTP: its status, its body, and the page that shows it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miwdap_kg import errors
from miwdap_kg.errors import (
    LookupFailure,
    MiwdapError,
    NotAcceptable,
    ParameterError,
    QueryEvaluationError,
    QueryNotAllowed,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    RequestError,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.settings import Settings
from miwdap_kg.web.app import create_app
from miwdap_kg.web.problems import PROBLEMS, Problems, problem_response

from .conftest import BROWSER, Client

EXAMPLES: dict[MiwdapError, tuple[int, str, dict[str, Any]]] = {
    QuerySyntaxError("found '}'", line=1, column=2): (
        400,
        "query-syntax",
        {"line": 1, "column": 2},
    ),
    QueryNotAllowed("No updates."): (403, "query-not-allowed", {}),
    ParameterError("x", "is wrong.", allowed=["y"]): (
        400,
        "query-parameter",
        {"name": "x", "allowed": ["y"]},
    ),
    QueryTimeout(2.5): (503, "query-timeout", {"seconds": 2.5}),
    QueryTooLarge("answer in bytes", found=2, limit=1): (
        413,
        "query-too-large",
        {"what": "answer in bytes", "found": 2, "limit": 1},
    ),
    QueryEvaluationError("out of memory"): (500, "query-evaluation", {}),
    RequestError("Two queries."): (400, "request", {}),
    UnsupportedMediaType("text/x", ["text/y"]): (
        415,
        "media-type",
        {"found": "text/x", "accepted": ["text/y"]},
    ),
    LookupFailure("query", "mesures", ["measures"]): (
        404,
        "not-found",
        {"name": "mesures", "closest": ["measures"]},
    ),
    NotAcceptable("png", ["csv"]): (406, "not-acceptable", {"asked": "png", "offered": ["csv"]}),
    ServiceUnavailable("Later."): (503, "busy", {}),
    errors.AnswerStalled(15): (503, "answer-stalled", {"seconds": 15}),
    errors.EngineError("example.org", "closed the connection."): (502, "engine", {}),
    errors.QueryCrashed("the worker ended with SIGSEGV"): (500, "query-crashed", {}),
    errors.QueryOutOfMemory(): (500, "query-memory", {}),
    errors.UnknownFunction("The function <a:b> is not known here."): (400, "unknown-function", {}),
    errors.RowLimitReached(10): (413, "row-limit", {"limit": 10}),
}

# What only the workshop, the command line or the start of a server meets.
NEVER_OVER_HTTP = {
    errors.AuthoringError,
    errors.ConfigurationError,
    errors.EngineInUse,
    errors.EvidenceError,
    errors.ReleaseError,
    errors.StoreFailure,
    errors.ValidationFailure,
}


def tree(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for each in root.__subclasses__():
        yield from tree(each)


def scope(accept: str = "", path: str = "/sparql") -> Scope:
    headers = [(b"accept", accept.encode())] if accept else []
    return {"type": "http", "method": "GET", "path": path, "headers": headers}


def test_table_and_tree_agree() -> None:
    """Each error of ours has a row in the table, or never comes near HTTP."""
    never = {each for root in NEVER_OVER_HTTP for each in tree(root)}
    ours = {each for each in tree(MiwdapError) if each.__module__ == errors.__name__}

    assert ours - never - {MiwdapError} == set(PROBLEMS)


def test_each_row_has_an_example_and_a_type_of_its_own() -> None:
    """The examples below are of every class that is raised, and no two kinds share a type."""
    bases = {errors.QueryError}

    assert set(PROBLEMS) - bases == {type(each) for each in EXAMPLES}
    assert len(PROBLEMS) == len({each.slug for each in PROBLEMS.values()})


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda each: type(each).__name__)
def test_problem_as_json(error: MiwdapError, caplog: pytest.LogCaptureFixture) -> None:
    """The body is a problem of RFC 9457 with the error's own fields in it."""
    status, slug, fields = EXAMPLES[error]

    with caplog.at_level(logging.CRITICAL):
        response = problem_response(error, scope())

    body = json.loads(bytes(response.body))
    assert status == response.status_code == body["status"]
    assert "application/problem+json" == response.headers["content-type"]
    assert f"https://w3id.org/miwdap/problem/{slug}" == body["type"]
    assert str(error) == body["detail"]
    assert PROBLEMS[type(error)].title == body["title"]
    assert fields == {name: body[name] for name in fields}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda each: type(each).__name__)
def test_problem_as_page(error: MiwdapError, caplog: pytest.LogCaptureFixture) -> None:
    """A browser gets the same as a page, every word of it as text."""
    with caplog.at_level(logging.CRITICAL):
        response = problem_response(error, scope(BROWSER))

    page = bytes(response.body).decode()
    assert EXAMPLES[error][0] == response.status_code
    assert "text/html; charset=utf-8" == response.headers["content-type"]
    assert f"<h1>{PROBLEMS[type(error)].title}</h1>" in page
    assert escaped(str(error)) in page


def escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;").replace(">", "&gt;")
    )


@pytest.mark.parametrize(
    ("error", "seconds"), [(QueryTimeout(1), "60"), (ServiceUnavailable(""), "5")]
)
def test_what_passes_says_when(error: MiwdapError, seconds: str) -> None:
    """A 503 says after how many seconds to ask again."""
    assert seconds == problem_response(error, scope()).headers["retry-after"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/problem+json"),
        ("*/*", "application/problem+json"),
        ("image/png", "application/problem+json"),
        ("text/turtle", "application/problem+json"),
        ("application/sparql-results+json, text/html;q=0.1", "application/problem+json"),
        ("application/json", "application/problem+json"),
        (BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_form_of_a_problem_follows_the_accept_header(accept: str, expected: str) -> None:
    """A problem is a page only for those who like pages best; it never becomes a 406."""
    response = problem_response(RequestError("x"), scope(accept))

    assert expected == response.headers["content-type"]
    assert "Accept" == response.headers["vary"]


def test_page_of_a_syntax_error_shows_the_place(files_client: Client) -> None:
    """The wrong word is marked in its line, and the query stands there to be mended."""
    response = files_client.ask("SELECT ?x\nWHERE { ?x a foo:Bar }", accept=BROWSER)

    assert "WHERE { ?x a <mark>foo:Bar</mark> }" in response.text
    assert "SELECT ?x\nWHERE { ?x a foo:Bar }</textarea>" in response.text


def test_page_of_a_syntax_error_at_the_end(files_client: Client) -> None:
    """A query that ends too early is marked where it ends."""
    response = files_client.ask("SELECT ?x WHERE {", accept=BROWSER)

    assert "SELECT ?x WHERE {<mark>⏎</mark>" in response.text


@pytest.mark.parametrize(
    "path", ["/sparkl", "/sparql/x", "/dumpz/", "/static/none.css", "/healthz/"]
)
@pytest.mark.parametrize("accept", [None, BROWSER], ids=["program", "browser"])
def test_unknown_path(client: Client, path: str, accept: str | None) -> None:
    """An unknown address is a problem like any other."""
    response = client.get(path, accept=accept)

    assert 404 == response.status_code
    assert escaped(f"No page '{path}'.") in response.text.replace("'", "&#39;")


def test_unknown_path_names_the_nearest(client: Client) -> None:
    """A slip in an address is told the address that was meant."""
    response = client.get("/sparkl")

    assert "/sparql" in response.json()["closest"]
    assert "Did you mean '/sparql'" in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/sparql", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/sparql/", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/", "GET, HEAD, OPTIONS"),
        ("POST", "/healthz", "GET, HEAD, OPTIONS"),
        ("PATCH", "/dumps/", "GET, HEAD, OPTIONS"),
        ("POST", "/dumps/latest/report.txt", "GET, HEAD, OPTIONS"),
        ("POST", "/static/miwdap.css", "GET, HEAD, OPTIONS"),
    ],
)
def test_wrong_method(client: Client, method: str, path: str, allowed: str) -> None:
    """A method that an address does not know is told those that it does."""
    response = client.request(method, path)

    assert 405 == response.status_code
    assert allowed == response.headers["allow"]
    assert allowed.split(", ") == response.json()["allowed"]
    assert f"{method} is not known at {path}." in response.json()["detail"]


class Broken:
    """An execution with a mistake in it."""

    def execute(self, request: object, output: object) -> None:
        """Fail in a way that nobody thought of."""
        raise ZeroDivisionError("secret of the house")


@pytest.mark.parametrize("accept", [None, BROWSER], ids=["program", "browser"])
def test_mistake_of_ours_is_a_number(accept: str | None, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody thought of is told as a number; its trace stands in the log under that number."""
    graph = KnowledgeGraph(Broken(), queries={}, named_graphs={})  # type: ignore[arg-type]
    client = Client(create_app(graph, Settings.read()))

    response = client.ask("ASK {}", accept=accept)

    [record] = caplog.records
    number = record.getMessage().rpartition(" ")[2]
    assert 500 == response.status_code
    assert number in response.text
    assert "secret" not in response.text
    assert "ZeroDivisionError" not in response.text
    assert record.exc_info is not None
    assert ZeroDivisionError is record.exc_info[0]
    assert "*" == response.headers["access-control-allow-origin"]
    assert "nosniff" == response.headers["x-content-type-options"]


async def fails_midway(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError


async def is_cancelled(scope: Scope, receive: Receive, send: Send) -> None:
    raise asyncio.CancelledError


async def is_left(scope: Scope, receive: Receive, send: Send) -> None:
    raise ClientDisconnect


def messages_of(app: ASGIApp) -> list[Message]:
    """Return what an application sends for one request."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("nothing reads the request")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Problems(app)(scope(), receive, send))
    return sent


def test_begun_response_is_cut() -> None:
    """When something fails midway, the response is not ended as if it were whole."""
    with pytest.raises(ZeroDivisionError):
        messages_of(fails_midway)


def test_cancelled_request_is_told_that_the_server_stops() -> None:
    """Only a server that stops cancels its requests; who waits is told to ask again."""
    start, body = messages_of(is_cancelled)

    assert 503 == start["status"]
    assert b"The server is stopping." in body["body"]


def test_client_that_left_gets_nothing() -> None:
    """A client that hangs up is no mistake of ours."""
    assert [] == messages_of(is_left)
