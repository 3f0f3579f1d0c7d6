"""An engine's answer that is not whole is an error, whatever it looks like."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence

import pytest
from tests.remote.conftest import StartOxigraph, free_port
from tests.remote.lying_server import (
    ABORT,
    STALL,
    TRICKLE,
    LyingServer,
    chunked,
    head,
    response,
)

from miwdap_kg.engine import Engine
from miwdap_kg.errors import (
    EngineError,
    MiwdapError,
    QueryEvaluationError,
    QueryTimeout,
    QueryTooLarge,
    ServiceUnavailable,
)
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.inspection import QueryLimits
from miwdap_kg.execution.remote import RemoteExecution
from miwdap_kg.formats import CSV, JSON, NTRIPLES, TSV, XML, Format

SELECT = "SELECT ?s { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
ROWS = (
    b'{"head":{"vars":["s"]},"results":{"bindings":['
    b'{"s":{"type":"literal","value":"a"}},{"s":{"type":"literal","value":"b"}}]}}'
)
TRIPLES = b'<http://e/1> <http://e/p> "a" .\n<http://e/2> <http://e/p> "b" .\n'
OF_ROWS = "Content-Type: application/sparql-results+json"
OF_TRIPLES = "Content-Type: application/n-triples"
CHUNKED = "Transfer-Encoding: chunked"
VIRTUOSO = "Server: Virtuoso/07.20.3229 (Linux)"


def ask(
    server: LyingServer, query: str = SELECT, format_: Format | None = None, **given: object
) -> bytes:
    """Return the answer that comes of what the server sends."""
    output = io.BytesIO()
    execution = RemoteExecution(Engine(server.address), **{"seconds": 20.0, **given})
    usual = NTRIPLES if query.startswith("CONSTRUCT") else CSV
    try:
        execution.execute(QueryRequest(query, format_ or usual), output)
    finally:
        execution.close()
    return output.getvalue()


def refused(reply: Sequence[bytes], query: str = SELECT) -> str:
    """Return the message of the error that a reply leads to."""
    with LyingServer([reply]) as server, pytest.raises(EngineError) as caught:
        ask(server, query)
    return str(caught.value).partition("did not do what was asked. ")[2]


# Whole answers


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([response(ROWS, OF_ROWS)], id="length"),
        pytest.param([head(OF_ROWS, CHUNKED), chunked(ROWS[:50], ROWS[50:])], id="chunks"),
        pytest.param([head(OF_ROWS), ROWS], id="to the end of the connection"),
        pytest.param([response(ROWS, "Content-Type: application/json; charset=utf-8")], id="json"),
        pytest.param(
            [response(ROWS[:-1] + b',\n "meta": {"query-time-ms":5,"of":[{}]}}', OF_ROWS)],
            id="with more members, as QLever has",
        ),
    ],
)
def test_whole_rows_are_taken(reply: Sequence[bytes]) -> None:
    """JSON says where it ends, so that it may come in any way."""
    with LyingServer([reply]) as server:
        assert b"s\r\na\r\nb\r\n" == ask(server)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([response(TRIPLES, OF_TRIPLES)], id="length"),
        pytest.param([head(OF_TRIPLES, CHUNKED), chunked(*TRIPLES.splitlines(True))], id="chunks"),
        pytest.param([response(b"# None\n" + TRIPLES, OF_TRIPLES)], id="with a remark ahead"),
        pytest.param([response(TRIPLES, "Content-Type: text/turtle")], id="as Turtle"),
    ],
)
def test_whole_triples_are_taken(reply: Sequence[bytes]) -> None:
    """Triples are taken when HTTP says where they end."""
    with LyingServer([reply]) as server:
        assert TRIPLES == ask(server, CONSTRUCT)


def test_request_is_a_form_that_asks_for_one_format() -> None:
    """The engine is asked by POST for the format that can be trusted, whatever is wanted."""
    with LyingServer([[response(ROWS, OF_ROWS)]]) as server:
        answers = [ask(server, format_=each) for each in (JSON, XML, CSV, TSV)]

    (asked,) = {request.partition(b"Host")[0] for request in server.requests}
    assert b"POST /sparql HTTP/1.1\r\n" == asked
    assert all(b"accept: application/sparql-results+json\r\n" in each for each in server.requests)
    assert all(each.endswith(b"query=SELECT+%3Fs+%7B+%3Fs+%3Fp+%3Fo+%7D")
               for each in server.requests)  # fmt: skip
    assert [ROWS, b"<?xml version", b"s\r\na\r\nb", b'?s\n"a"\n"b"'] == [
        answer[: len(whole)]
        for answer, whole in zip(
            answers, (ROWS, b"<?xml version", b"s\r\na\r\nb", b'?s\n"a"\n"b"'), strict=True
        )
    ]


# Answers that are cut


@pytest.mark.parametrize("end", range(0, len(ROWS), 7))
def test_rows_that_end_early_are_refused(end: int) -> None:
    """Wherever JSON breaks off, even at the end of a row, it is not taken for whole."""
    said = refused([head(OF_ROWS), ROWS[:end]])

    assert said.startswith("Its answer breaks off, or is none: ")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([response(ROWS, OF_ROWS, length=len(ROWS) + 1)], id="rows, length"),
        pytest.param([head(OF_ROWS, CHUNKED), chunked(ROWS, ends=False)], id="rows, chunks"),
        pytest.param([head(OF_ROWS, CHUNKED), chunked(ROWS[:60]), ABORT], id="rows, aborted"),
    ],
)
def test_connection_that_ends_early_is_noticed(reply: Sequence[bytes]) -> None:
    """What HTTP announces and does not bring is missed, though the JSON looks whole."""
    assert refused(reply).startswith(
        ("It broke off in the midst of its answer: ", "Its answer breaks off, or is none: ")
    )


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(
            [response(TRIPLES[:31], OF_TRIPLES, length=len(TRIPLES))],
            "It broke off in the midst of its answer: ",
            id="length",
        ),
        pytest.param(
            [head(OF_TRIPLES, CHUNKED), chunked(TRIPLES[:32], ends=False)],
            "It broke off in the midst of its answer: ",
            id="chunks",
        ),
        pytest.param(
            [head(OF_TRIPLES), TRIPLES],
            "Its answer does not say how long it is, so that a part could be taken for all.",
            id="no length",
        ),
        pytest.param(
            [response(TRIPLES[:40], OF_TRIPLES)],
            "Its answer breaks off, or is none: ",
            id="a broken line",
        ),
        pytest.param(
            [response(TRIPLES + b"## Query cancelled due to timeout ##\n", OF_TRIPLES)],
            "It remarks in the midst of its answer: Query cancelled due to timeout.",
            id="a remark behind",
        ),
    ],
)
def test_triples_that_end_early_are_refused(reply: Sequence[bytes], said: str) -> None:
    """N-Triples has no end of its own, so HTTP must tell it, and a remark is a bad sign."""
    assert refused(reply, CONSTRUCT).startswith(said)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(
            [response(ROWS, OF_ROWS, VIRTUOSO, "X-SPARQL-MaxRows: 2")],
            "It cuts answers behind 2 rows, and this one has as many.",
            id="cut at the most rows",
        ),
        pytest.param(
            [response(
                ROWS, OF_ROWS, VIRTUOSO, "X-SQL-State: S1TAT",
                "X-SQL-Message: RC...: Returning incomplete results, query interrupted by result "
                "timeout.  Activity: 3.791K rnd",
            )],
            "It gives a part of the answer for all: RC...: Returning incomplete results, query "
            "interrupted by result timeout.",
            id="cut at a timeout",
        ),
        pytest.param(
            [response(ROWS, OF_ROWS, status="206 Partial Content")],
            "It gives a part of the answer for all: status 206.",
            id="partial content",
        ),
    ],
)  # fmt: skip
def test_part_that_says_so_is_refused(reply: Sequence[bytes], said: str) -> None:
    """The ways in which engines say that there is more are all errors here."""
    assert refused(reply).startswith(said)


def test_graph_cut_by_virtuoso_is_found_by_asking_again() -> None:
    """Virtuoso cuts graphs without a word; as many rows are asked for, where it says so."""
    triples = [response(TRIPLES, OF_TRIPLES, VIRTUOSO)]
    rows = [response(ROWS, OF_ROWS, VIRTUOSO, "X-SPARQL-MaxRows: 2")]

    with LyingServer([triples, rows]) as server, pytest.raises(EngineError, match="behind 2 rows"):
        ask(server, CONSTRUCT)
    assert server.requests[1].endswith(b"LIMIT+2")


def test_graph_not_cut_by_virtuoso_is_given() -> None:
    """When the rows come without that sign, the graph was whole, and is not doubted again."""
    triples = [response(TRIPLES, OF_TRIPLES, VIRTUOSO)]
    output = io.BytesIO()
    with LyingServer([triples, [response(ROWS, OF_ROWS, VIRTUOSO)], triples]) as server:
        execution = RemoteExecution(Engine(server.address))
        for _ in range(2):
            execution.execute(QueryRequest(CONSTRUCT, NTRIPLES), output)
        execution.close()

    assert 2 * TRIPLES == output.getvalue()
    assert 3 == len(server.requests)


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"<html>", "text/html", "It answers with 'text/html', where "),
        (b"<sparql/>", "application/sparql-results+xml", "It answers with 'application/sparql-"),
        (b"", "application/sparql-results+json", "Its answer breaks off, or is none: "),
        (b"{}", "application/sparql-results+json", "Its answer breaks off, or is none: "),
        (b'{"error":"no"}', "application/json", "Its answer breaks off, or is none: "),
        (ROWS + b"x", "application/json", "Its answer breaks off, or is none: "),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes, kind: str, said: str) -> None:
    """A page, an empty body or any other JSON is no answer without rows."""
    assert refused([response(body, f"Content-Type: {kind}")]).startswith(said)


def test_nothing_of_a_broken_answer_is_said_to_be_whole() -> None:
    """The rows before the break may be out already; the exception says that they are not all."""
    many = ROWS[:-3] + b',{"s":{"type":"literal","value":"c"}}' * 20_000
    output = io.BytesIO()

    with LyingServer([[head(OF_ROWS), many]]) as server:
        execution = RemoteExecution(Engine(server.address))
        with pytest.raises(EngineError, match="breaks off"):
            execution.execute(QueryRequest(SELECT, JSON), output)
        execution.close()

    assert output.getvalue().startswith(ROWS[:-3])
    assert not output.getvalue().endswith(b"]}}")


def test_engine_killed_in_the_midst_of_its_answer(start_oxigraph: StartOxigraph) -> None:
    """An engine that dies while it answers leaves an error, and the next query another."""
    pairs = "SELECT * { VALUES ?a { %s } VALUES ?b { %s } VALUES ?c { %s } }"
    numbers = " ".join(map(str, range(300)))
    with start_oxigraph() as server:
        execution = RemoteExecution(server.engine)
        output = _Killing(server.process.kill)

        with pytest.raises(EngineError, match="broke off in the midst of its answer"):
            execution.execute(QueryRequest(pairs % ((numbers,) * 3), TSV), output)
        with pytest.raises(ServiceUnavailable, match=r"cannot be reached: .*refused"):
            execution.execute(QueryRequest("ASK {}", JSON), io.BytesIO())
        execution.close()


class _Killing(io.BytesIO):
    """A file that ends something when it is first written to."""

    def __init__(self, end: object) -> None:
        super().__init__()
        self._end = end

    def write(self, data: object) -> int:
        self._end()  # type: ignore[operator]
        return len(bytes(data))  # type: ignore[arg-type]


# Deadlines and sizes


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([STALL], id="nothing"),
        pytest.param([head(OF_ROWS, CHUNKED), STALL], id="a head"),
        pytest.param([head(OF_ROWS), ROWS[:60], STALL], id="a part"),
        pytest.param([head(OF_ROWS), ROWS[:60], TRICKLE], id="ever a little more"),
    ],
)
def test_deadline_ends_the_wait(reply: Sequence[bytes]) -> None:
    """However slowly an engine answers, the query ends about when it should."""
    started = time.monotonic()

    with (
        LyingServer([reply]) as server,
        pytest.raises(QueryTimeout, match=r"stopped after 0.3 seconds"),
    ):
        ask(server, seconds=0.3)

    assert time.monotonic() - started < 5
    assert 1 == len(server.requests)


def test_answer_that_is_too_large_is_cut() -> None:
    """The limit of this endpoint holds for an engine's answers too, and ends their transfer."""
    many = ROWS[:-3] + b',{"s":{"type":"literal","value":"c"}}' * 100_000 + b"]}}"

    with LyingServer([[response(many, OF_ROWS)]]) as server, pytest.raises(QueryTooLarge):
        ask(server, limits=QueryLimits(answer_bytes=10_000))


# What is tried again


def waits_of(replies: Sequence[Sequence[bytes]]) -> tuple[list[float], int, MiwdapError | bytes]:
    """Return how long was waited between attempts, how many there were, and the outcome."""
    waits: list[float] = []
    with LyingServer(replies) as server:
        try:
            outcome: MiwdapError | bytes = ask(server, pause=waits.append)
        except MiwdapError as error:
            outcome = error
    return waits, len(server.requests), outcome


GOOD = [response(ROWS, OF_ROWS)]


def busy(status: str, *headers: str) -> list[bytes]:
    """Return the reply of an engine that says how it is."""
    return [response(b"later", *headers, status=status)]


@pytest.mark.parametrize("status", ["429 Too Many", "502 Bad", "503 Busy", "504 Slow"])
def test_engine_that_says_when_is_asked_again(status: str) -> None:
    """After `Retry-After` seconds the query is sent again."""
    waits, attempts, outcome = waits_of([busy(status, "Retry-After: 2"), GOOD])

    assert ([2.0], 2, b"s\r\na\r\nb\r\n") == (waits, attempts, outcome)


def test_connection_that_ends_without_an_answer_is_made_again() -> None:
    """A connection that was closed before any byte of an answer is no answer."""
    waits, attempts, outcome = waits_of([[ABORT], [], GOOD])

    assert ([0.1, 0.2], 3, b"s\r\na\r\nb\r\n") == (waits, attempts, outcome)


def test_attempts_end() -> None:
    """After the third attempt the client is told, and may decide itself."""
    waits, attempts, outcome = waits_of([busy("503 Busy", "Retry-After: 1")])

    assert ([1.0, 1.0], 3) == (waits, attempts)
    assert isinstance(outcome, ServiceUnavailable)
    assert "is busy (503). Ask again in a moment." in str(outcome)


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (busy("503 Busy"), ServiceUnavailable, "is busy (503)"),
        (busy("503 Busy", "Retry-After: 3600"), ServiceUnavailable, "is busy (503)"),
        (busy("504 Slow"), QueryTimeout, "stopped after 20 seconds"),
        (busy("400 Bad"), QueryEvaluationError, "could not evaluate the query: 127.0.0.1:"),
        (
            [response(b"Virtuoso S1T00 Error SR171: Transaction timed out", status="500 Failed")],
            QueryTimeout,
            "stopped after 20 seconds",
        ),
        (busy("500 Failed"), QueryEvaluationError, "says: later"),
        (busy("401 Unauthorized"), EngineError, "It refuses us (401)."),
        (busy("404 Not Found"), EngineError, "It answers with status 404. later"),
        (busy("301 Moved", "Location: https://e/x"), EngineError, "sends us on to https://e/x."),
    ],
)
def test_what_would_not_change_is_not_tried_again(
    reply: Sequence[bytes], kind: type[MiwdapError], said: str
) -> None:
    """An error that another attempt would meet again comes at once, as what it means here."""
    waits, attempts, outcome = waits_of([reply])

    assert ([], 1) == (waits, attempts)
    assert type(outcome) is kind
    assert said in str(outcome)


def test_engine_that_is_not_there_is_named_by_host_alone() -> None:
    """Who cannot be reached is named without user and password."""
    port = free_port()
    engine = Engine(f"http://127.0.0.1:{port}/sparql", user="reader", password="geheim")
    execution = RemoteExecution(engine, pause=lambda seconds: None)

    with pytest.raises(ServiceUnavailable) as caught:
        execution.execute(QueryRequest(SELECT, JSON), io.BytesIO())
    execution.close()

    assert str(caught.value).startswith(f"The engine at 127.0.0.1:{port} cannot be reached: ")
    assert "geheim" not in f"{caught.value}{engine}{caught.value.__cause__!r}"


@pytest.mark.parametrize(
    ("challenge", "shown"),
    [
        ('WWW-Authenticate: Basic realm="e"', b"Authorization: Basic cmVhZGVyOmdlaGVpbQ=="),
        ('WWW-Authenticate: Digest realm="e", nonce="n", qop="auth"', b"Authorization: Digest "),
    ],
    ids=["basic", "digest"],
)
def test_credentials_are_shown_when_asked_for(challenge: str, shown: bytes) -> None:
    """User and password go out in the way that is asked for, and not before."""
    output = io.BytesIO()
    unknown = busy("401 Unauthorized", challenge)
    # Digest asks once more, as its first request has no answer to a challenge yet.
    replies = [unknown, unknown, GOOD] if "Digest" in challenge else [unknown, GOOD]

    with LyingServer(replies) as server:
        execution = RemoteExecution(Engine(server.address, user="reader", password="geheim"))
        execution.execute(QueryRequest(SELECT, CSV), output)
        execution.close()

    assert b"s\r\na\r\nb\r\n" == output.getvalue()
    assert b"uthorization" not in server.requests[0]
    assert shown in server.requests[-1]


def test_password_without_user_is_a_bearer_token() -> None:
    """A token is sent with each request, as QLever wants it."""
    with LyingServer([GOOD]) as server:
        execution = RemoteExecution(Engine(server.address, password="token"))
        execution.execute(QueryRequest(SELECT, CSV), io.BytesIO())
        execution.close()

    assert b"authorization: Bearer token" in server.requests[0]
