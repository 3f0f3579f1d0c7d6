"""Queries that take too much: each is ended in words, and nobody else notices anything."""

from __future__ import annotations

import csv
import http.client
import io
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from .conftest import (
    DEADLINE_SECONDS,
    Found,
    Server,
    Start,
    descriptors,
    memory_megabytes,
    query_on,
    wait_until,
)

EVERYTHING = "?a ?b ?c . ?d ?e ?f"
RUNAWAYS = {
    "aggregate": f"SELECT (COUNT(*) AS ?n) (NUMBER AS ?m) {{ {EVERYTHING} . ?g ?h ?i }}",
    "sort": f"SELECT ?a ?f {{ {EVERYTHING} }} ORDER BY DESC(STR(?c)) STR(?f) ?a LIMIT NUMBER",
    "product": f"ASK {{ {EVERYTHING} . ?g ?h ?i FILTER(CONCAT(STR(?c), STR(?i)) = 'NUMBER') }}",
}
MAY_ALSO_END = {"aggregate": [], "sort": ["query-memory"], "product": []}
"""A fast machine fills a worker with what is to be sorted before the deadline comes."""
LIGHT_P99_SECONDS = 0.25
BUSY_MACHINE = 4
"""Other tests run beside these: runaways may also cost so many times what is waited anyway."""


@pytest.fixture(scope="module")
def server(start: Start) -> Server:
    """The server that is asked too much."""
    return start(query_seconds=4, worker_memory_mb=256)


@pytest.fixture(autouse=True)
def server_lives_on(server: Server) -> Iterator[None]:
    """After each test the same process still answers, and nothing runs on."""
    yield
    assert 200 == server.query("ASK {}").status
    assert server.process.poll() is None
    wait_until(server.is_idle)


def runaway(kind: str, number: int) -> str:
    """Return a query that would run for hours, unlike that of any other number."""
    return RUNAWAYS[kind].replace("NUMBER", str(number))


class LightClients:
    """Clients that ask small questions, each one another, as long as the block lasts."""

    def __init__(self, server: Server, count: int) -> None:
        self.seconds: list[float] = []
        self.failed: list[Found | OSError | http.client.HTTPException] = []
        self._server = server
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(count)]

    def __enter__(self) -> LightClients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def p99(self) -> float:
        """Return what ninety-nine of a hundred stay below."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]

    def _run(self, client: int) -> None:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._server.port, timeout=DEADLINE_SECONDS
        )
        number = 0
        while not self._done.is_set():
            number += 1
            started = time.monotonic()
            try:
                found = query_on(connection, f"ASK {{ FILTER({client * 10**6 + number} > 0) }}")
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(error)
                return
            self.seconds.append(time.monotonic() - started)
            if found.status != 200 or b"true" not in found.body:
                self.failed.append(found)
            # A person, and not a load test.
            self._done.wait(0.02)
        connection.close()


@pytest.mark.parametrize("kind", RUNAWAYS)
def test_runaways_beside_light_clients(server: Server, kind: str) -> None:
    """Whatever runs away, small questions are answered as if it were not there."""
    with LightClients(server, 20) as alone:
        time.sleep(0.5)
    with LightClients(server, 20) as light, ThreadPoolExecutor(6) as heavy:
        found = list(heavy.map(lambda n: server.query(runaway(kind, n), timeout=1), range(6)))

    assert {"query-timeout", "busy", *MAY_ALSO_END[kind]} >= {each.problem for each in found}
    waits = [each for each in found if each.problem != "query-memory"]
    assert all((503, True) == (each.status, "retry-after" in each.headers) for each in waits)
    assert [] == light.failed
    assert len(light.seconds) > 100
    assert light.p99() < max(LIGHT_P99_SECONDS, BUSY_MACHINE * alone.p99())


def test_memory_bomb_by_doubling_a_string(server: Server) -> None:
    """A query that takes too much memory is told so; others are answered meanwhile."""
    doubled = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))
    bomb = f"SELECT (STRLEN(?x30) AS ?n) {{ BIND('0123456789abcdef' AS ?x0) {doubled} }}"
    before = server.kills("memory")
    with LightClients(server, 4) as light:
        found = server.query(bomb)

    assert 500 == found.status
    assert "query-memory" == found.problem
    assert [] == light.failed
    assert before + 1 == server.kills("memory")
    assert before + 1 == server.kills("memory")


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "(a{1000}){1000}", "(((a{100}){100}){100})", "(.*){50}x"]
)
def test_regex_bombs(server: Server, pattern: str) -> None:
    """A pattern that other engines choke on is answered, or stopped at the deadline."""
    query = (
        f'SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER(REGEX(CONCAT(STR(?o), "{"a" * 40}!"), '
        f'"{pattern}")) }}'
    )
    found = server.query(query, timeout=1)

    assert found.status == 200 or found.problem in ("query-timeout", "query-memory")


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ FILTER ({'(' * 5000}1{')' * 5000}) }}",
        f"ASK {'{' * 5000}{'}' * 5000}",
        f"ASK {{ {'{ ' * 5000}?s ?p ?o {'} ' * 5000} }}",
        f"ASK {{ FILTER ({'1 || ' * 5000}1) }}",
        f"ASK {{ {'?s ?p ?o . ' * 3000} }}",
        f"ASK {{ ?s ?p ?o {'; ?p ?o ' * 3000} }}",
        f"ASK {{ ?s ?p {', '.join(f'?o{n}' for n in range(3000))} }}",
        f"ASK {{ ?s {'/'.join(['<x:p>'] * 3000)} ?o }}",
        f"ASK {{ {'OPTIONAL { ' * 1000}?s ?p ?o{' }' * 1000} }}",
        f"ASK {{ {' UNION '.join(['{ ?s ?p ?o }'] * 3000)} }}",
        f"ASK {{ FILTER ({'!' * 5000}true) }}",
        f"ASK {{ FILTER ({'- ' * 5000}1 < 0) }}",
        f"ASK {{ ?s {'(' * 1000}<x:p>{')*' * 1000} ?o }}",
        f"ASK {{ ?s ?p {'[ ?p ' * 2000}1{' ]' * 2000} }}",
        f"ASK {{ ?s ?p {'( ' * 2000}1{' )' * 2000} }}",
    ],
    ids=[
        "parentheses", "braces", "groups", "or", "patterns", "predicates", "objects", "path",
        "optional", "union", "not", "minus", "path-brackets", "blank-nodes", "lists",
    ],
)  # fmt: skip
def test_queries_that_no_engine_survives(server: Server, query: str) -> None:
    """They are refused before they run, so that they cost no worker."""
    before = server.kills("crash"), server.kills("deadline")
    started = time.monotonic()
    body = query.encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_SECONDS)
    connection.request("POST", "/sparql", body, {"Content-Type": "application/sparql-query"})
    response = connection.getresponse()
    found = Found(response.status, response.headers, response.read(), is_cut=False)
    connection.close()

    assert found.status in (400, 413)
    assert found.problem in ("query-syntax", "query-too-large")
    assert time.monotonic() - started < 3
    assert before == (server.kills("crash"), server.kills("deadline"))


def test_deadline_before_the_first_byte(server: Server) -> None:
    """A query that has said nothing by its deadline is a 503, and says when to come again."""
    found = server.query(runaway("aggregate", 0), timeout=0.2)

    assert (503, "query-timeout") == (found.status, found.problem)
    assert "60" == found.headers["retry-after"]
    assert not found.is_cut
    assert 0.2 == json.loads(found.body)["seconds"]


SELECTED = f"SELECT * {{ {EVERYTHING} }}"
CONSTRUCTED = f"CONSTRUCT {{ ?a ?b ?f }} {{ {EVERYTHING} }}"
SIGN = b"INCOMPLETE: The query was stopped after 0.5 seconds."


@pytest.mark.parametrize(
    ("query", "accept", "end"),
    [
        (SELECTED, "application/sparql-results+json", None),
        (SELECTED, "text/csv", b"\n"),
        (SELECTED, "text/tab-separated-values", b"\n"),
        (SELECTED, "application/sparql-results+xml", b"-->"),
        (CONSTRUCTED, "application/ld+json", None),
        (CONSTRUCTED, "application/rdf+xml", b"-->"),
        (CONSTRUCTED, "text/turtle", b"\n"),
        (CONSTRUCTED, "application/n-triples", b"\n"),
        (CONSTRUCTED, "application/trig", b"\n"),
    ],
)
def test_deadline_within_the_answer(
    server: Server, query: str, accept: str, end: bytes | None
) -> None:
    """An answer that is stopped can be taken for whole by nobody, and says so where it can."""
    found = server.query(query, accept, timeout=0.5)

    assert 200 == found.status
    assert found.is_cut
    assert found.headers["content-type"].startswith(accept)
    assert len(found.body) > 100_000
    assert (end is not None and found.body.endswith(end)) or end is None
    assert (SIGN in found.body[-300:]) is (b"csv" not in accept.encode() and "json" not in accept
                                           and "tab" not in accept)  # fmt: skip
    assert is_format(accept, found.body)


def is_format(accept: str, body: bytes) -> bool:
    """Tell whether the begin of a document, as far as it goes, is of a format."""
    if accept.endswith("xml"):
        parser = ElementTree.XMLPullParser()
        parser.feed(body)
        return len(list(parser.read_events())) > 100
    if accept == "application/n-triples":
        return len(list(ox.parse(body, format=ox.RdfFormat.N_TRIPLES))) > 100
    if accept in ("text/turtle", "application/trig"):
        # Nothing is wrong with it but that the last subject goes on.
        format_ = ox.RdfFormat.from_media_type(accept)
        read = 0
        try:
            for _ in ox.parse(body, format=format_):
                read += 1
        except SyntaxError as error:
            return read > 100 and (error.lineno or 0) >= body.count(b"\n") - 1
        return read > 100
    if accept == "text/csv":
        return {6} == {len(row) for row in csv.reader(io.StringIO(body.decode()))}
    if accept == "text/tab-separated-values":
        return {5} == {line.count("\t") for line in body.decode().splitlines()}
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    return body.startswith((b"{", b"["))


def test_random_answers_differ(server: Server) -> None:
    """No two workers draw the same random numbers, nor do two that follow each other."""
    query = "SELECT (RAND() AS ?r) (STR(UUID()) AS ?u) (STRUUID() AS ?s) {{ BIND({} AS ?n) }}"

    def draw(number: int) -> tuple[str, ...]:
        found = server.query(query.format(number % 3), "text/csv")
        assert 200 == found.status
        return tuple(found.body.decode().splitlines()[1].split(","))

    with ThreadPoolExecutor(8) as clients:
        drawn = list(clients.map(draw, range(60)))
        # Fresh workers, which follow those that are ended.
        for _ in range(4):
            list(
                clients.map(
                    lambda n: server.query(f"{SELECTED} LIMIT {10**8 + n}", timeout=0.1), range(4)
                )
            )
            drawn += list(clients.map(draw, range(8)))

    for column in zip(*drawn, strict=True):
        assert len(drawn) == len(set(column))


def test_idle_server_does_nothing(server: Server) -> None:
    """With nothing to do, no process of the server takes any time."""
    wait_until(server.is_idle)
    family = server.family()
    before = sum(map(processor_ticks, family))
    threading.Event().wait(1.0)

    assert sum(map(processor_ticks, family)) - before <= 3


def processor_ticks(pid: int) -> int:
    """Return the processor time of a process, in hundredths of a second."""
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_two_hundred_connections_at_once(start: Start, server: Server) -> None:
    """Each gets its answer, or is told when to come again."""
    ready = threading.Barrier(200)

    def ask(number: int) -> Found:
        ready.wait(DEADLINE_SECONDS)
        return server.query(
            f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER(STRLEN(STR(?o)) > {number}) }}"
        )

    with ThreadPoolExecutor(200) as clients:
        found = list(clients.map(ask, range(200)))

    assert {200, 503} >= {each.status for each in found}
    for each in found:
        if each.status == 503:
            assert "busy" == each.problem
            assert int(each.headers["retry-after"]) > 0
        else:
            assert 1 == len(json.loads(each.body)["results"]["bindings"])
    assert sum(each.status == 200 for each in found) >= 64


def test_thousand_runaways_leave_nothing_behind(start: Start) -> None:
    """Processes, descriptors and memory are as before, whatever was asked a thousand times.

    It takes 1,000 x 0.2 s / 16 and what new workers cost: a quarter of a minute.
    """
    server = start(query_seconds=4, heavy_workers=16, workers=6)

    def run_away(number: int) -> Found:
        return server.query(runaway("aggregate", number), timeout=0.2)

    with ThreadPoolExecutor(16) as clients:
        assert {503} == {each.status for each in clients.map(run_away, range(40))}
        wait_until(server.is_idle)
        wait_until(lambda: len(server.workers()) == 7)
        before = server.family()
        memory, files = memory_megabytes(before), descriptors(before)
        found = list(clients.map(run_away, range(40, 1000)))
    wait_until(server.is_idle)
    wait_until(lambda: len(server.workers()) == 7)
    after = server.family()

    assert {503} == {each.status for each in found}
    assert {"query-timeout"} == {each.problem for each in found}
    assert 1000 == server.kills("deadline")
    assert len(before) == len(after)
    assert descriptors(after) <= files + 3
    assert memory_megabytes(after) < memory + 15


# The limits that are told


def told_limits(server: Server) -> dict[str, float]:
    """Return the limits that the service description has, by name."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_SECONDS)
    connection.request("GET", "/sparql", headers={"Accept": "application/n-triples"})
    content = connection.getresponse().read()
    connection.close()
    values: dict[str, dict[str, str]] = {}
    for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES):
        name = quad.predicate.value.removeprefix("https://schema.org/")
        values.setdefault(str(quad.subject), {})[name] = quad.object.value  # type: ignore[union-attr]
    limits = (each for each in values.values() if "maxValue" in each)
    return {each["propertyID"]: float(each["maxValue"]) for each in limits}


def test_told_limits_of_workers_hold(start: Start) -> None:
    """What the service description tells of time, memory, rows and queue is what ends a query."""
    limits = {"query_seconds": 2, "worker_memory_mb": 64, "max_rows": 7, "queue": 3}
    server = start(**limits, workers=1, heavy_workers=1)
    told = told_limits(server)
    assert limits == {name: told[name] for name in limits}

    doubled = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))
    bomb = f"SELECT (STRLEN(?x30) AS ?n) {{ BIND('0123456789abcdef' AS ?x0) {doubled} }}"
    assert "query-memory" == server.query(bomb).problem

    rows = server.query("SELECT * { ?s ?p ?o }")
    assert "rows=7" == rows.headers["miwdap-incomplete"]
    assert 7 == len(json.loads(rows.body)["results"]["bindings"])

    with ThreadPoolExecutor(20) as clients:
        found = list(clients.map(lambda n: server.query(runaway("aggregate", n)), range(20)))
    timeouts = [json.loads(each.body) for each in found if each.problem == "query-timeout"]
    refused = [each for each in found if each.problem == "busy"]
    assert {2} == {each["seconds"] for each in timeouts}
    # One at work, three that wait for it, and no more than these for both lanes.
    assert 20 == len(timeouts) + len(refused)
    assert len(refused) >= 10
