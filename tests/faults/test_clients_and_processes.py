"""Clients that read slowly or go, and processes that are killed: what that costs whom."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from .conftest import Found, Server, Start, get, memory_megabytes, read_all, status, wait_until

LARGE = "SELECT * {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {} # {}"
LONG = "SELECT (COUNT(*) AS ?n) ('{}' AS ?m) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}"
HEAVY = 'miwdap_workers{lane="heavy"}'


@pytest.fixture(scope="module")
def server(start: Start) -> Server:
    """A server whose patience is short."""
    return start(query_seconds=3, workers=2, cache_mb=0)


def begin(server: Server, query: str, *, receive_bytes: int = 0) -> socket.socket:
    """Return a connection on which a query was asked."""
    connection = socket.socket()
    if receive_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(get(f"/sparql?query={quote(query)}&format=tsv"))
    return connection


@pytest.mark.parametrize("where", ["running", "answering"])
def test_client_that_hangs_up(server: Server, where: str) -> None:
    """The worker of a client that goes is free within a second."""
    wait_until(server.is_idle)
    before = server.kills("client-gone")
    query = LONG.format(where) if where == "running" else LARGE.format(10**6, where)
    connection = begin(server, query)
    if where == "answering":
        assert b"HTTP/1.1 200" in connection.recv(1000)
    wait_until(lambda: server.number(HEAVY) == 1)
    connection.close()
    started = time.monotonic()
    wait_until(server.is_idle)

    assert time.monotonic() - started < 1
    assert before + 1 <= server.kills("client-gone")


def test_hundred_clients_that_hang_up_at_once(server: Server) -> None:
    """They leave nothing that runs."""
    for number in range(100):
        begin(server, LONG.format(f"gone {number}")).close()
    wait_until(server.is_idle)

    assert 200 == server.query("ASK {}").status


def test_slow_reader_is_served_whole(server: Server) -> None:
    """Who reads slowly, but reads, gets the whole answer, even beyond the deadline of queries."""
    before = server.kills("stalled"), server.kills("deadline")
    content = bytearray()
    started = time.monotonic()
    with begin(server, LARGE.format(40_000, "slow"), receive_bytes=16 * 1024) as connection:
        while chunk := connection.recv(64 * 1024):
            content += chunk
            if time.monotonic() - started < 4:
                time.sleep(0.02)
    _, _, body = bytes(content).partition(b"\r\n\r\n")

    assert body.endswith(b"0\r\n\r\n")
    assert 40_001 == dechunked(body).count(b"\n")
    assert before == (server.kills("stalled"), server.kills("deadline"))


def dechunked(body: bytes) -> bytes:
    """Return a body without the lengths of its chunks."""
    content, at = bytearray(), 0
    while True:
        end = body.index(b"\r\n", at)
        length = int(body[at:end], 16)
        if not length:
            return bytes(content)
        content += body[end + 2 : end + 2 + length]
        at = end + 2 + length + 2


def test_client_that_stalls(server: Server) -> None:
    """Who does not read at all is cut, and its worker is free; memory stays flat meanwhile."""
    wait_until(server.is_idle)
    before = server.kills("stalled")
    memory = memory_megabytes(server.family())
    highest = 0.0
    with begin(server, LARGE.format(10**6, "stalled"), receive_bytes=16 * 1024) as connection:
        wait_until(lambda: server.number(HEAVY) == 1)
        deadline = time.monotonic() + 10
        while server.kills("stalled") == before:
            assert time.monotonic() < deadline
            highest = max(highest, memory_megabytes({server.process.pid, *server.workers()}))
            assert 200 == server.query(f"ASK {{ FILTER({time.monotonic()} > 0) }}").status
        wait_until(server.is_idle)
        content = read_all(connection)

    assert not content.endswith(b"\r\n0\r\n\r\n")
    assert highest < memory + 50


def niced(server: Server) -> list[int]:
    """Return the workers that have less right to the processor than others."""
    return [pid for pid in server.workers() if os.getpriority(os.PRIO_PROCESS, pid) > 0]


def test_worker_that_is_killed_from_outside(server: Server) -> None:
    """The query that it runs is told so; what waits behind it is answered."""
    wait_until(server.is_idle)
    before = server.kills("crash")
    with ThreadPoolExecutor(20) as clients:
        long = clients.submit(server.query, LONG.format("killed"))
        wait_until(lambda: server.number(HEAVY) == 1)
        light = [
            clients.submit(server.query, f"ASK {{ FILTER({number} >= 0) }}") for number in range(16)
        ]
        # The one to which others go before.
        wait_until(lambda: niced(server) != [])
        (pid,) = niced(server)
        os.kill(pid, signal.SIGKILL)

        found: Found = long.result()
        assert (500, "query-crashed") == (found.status, found.problem)
        assert "the worker that ran it ended with SIGKILL" in json.loads(found.body)["detail"]
        assert {200} == {each.result().status for each in light}
    wait_until(server.is_idle)
    assert before + 1 == server.kills("crash")


def test_nursery_that_is_killed(start: Start) -> None:
    """It is built again while requests wait, and they are answered."""
    server = start()
    for _ in range(2):
        wait_until(server.is_idle)
        nursery = server.nursery
        with ThreadPoolExecutor(16) as clients:
            os.kill(nursery, signal.SIGKILL)
            found = list(
                clients.map(
                    lambda number: server.query(f"ASK {{ FILTER({number} >= 0) }}"), range(16)
                )
            )
        assert {200} == {each.status for each in found}
        wait_until(lambda dead=nursery: server.nursery != dead)
    wait_until(server.is_idle)


def test_many_requests_on_one_connection(server: Server) -> None:
    """Problems leave a connection as it was."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for number in range(5):
        for path, expected in (
            (f"/sparql?query={quote(f'ASK {{ FILTER({number} >= 0) }}')}", 200),
            (f"/sparql?query={quote(LONG.format(number))}&timeout=0.1", 503),
            ("/sparql?query=ASK", 400),
        ):
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            assert expected == response.status
    connection.close()


def test_nothing_was_said_about_all_this(server: Server) -> None:
    """What clients do to themselves is no news; each log line is one of a query that ended."""
    assert status(server.get("/healthz")) == 200
    said = server.said()

    assert "never retrieved" not in said
    assert "Task was destroyed" not in said
    assert "RuntimeError" not in said
