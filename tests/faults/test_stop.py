"""How a server ends: when told to, in time, and never with half an answer that looks whole."""

from __future__ import annotations

import json
import signal
import socket
import time
from contextlib import ExitStack
from urllib.parse import quote

import pytest

from .conftest import Start, get, is_whole, read_all, runs, status, wait_until

GRACE_SECONDS = 1.0

# Longer than anyone waits: the engine counts billions of rows, and its process has to be ended.
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
# Takes about a second: every statement with every passage.
SHORT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d a <https://w3id.org/miwdap/def#Passage> }"


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_idle_server_ends_at_once(start: Start, told: signal.Signals) -> None:
    """A server with nothing to do ends when told, with exit code 0 and without a word."""
    server = start(shutdown_seconds=20)
    assert 200 == status(server.get("/healthz"))
    assert 200 == status(server.ask("ASK {}"))

    server.process.send_signal(told)
    code, seconds = server.end()

    assert 0 == code
    assert seconds < 5
    # One line for the query that was asked, and nothing else.
    assert ["query"] == [json.loads(line)["event"] for line in server.said().splitlines()]


def test_idle_connection_does_not_hold_up_the_end(start: Start) -> None:
    """A connection that a client keeps open and does not use is closed."""
    server = start(shutdown_seconds=20)
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(1 << 16)

        server.process.terminate()
        code, seconds = server.end()

    assert 0 == code
    assert seconds < 5


def test_all_who_wait_for_the_same_are_told_of_the_end(start: Start) -> None:
    """One query was computed for all of them; each gets a response of its own."""
    server = start(shutdown_seconds=GRACE_SECONDS)
    with ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(4)]
        for connection in connections:
            connection.sendall(get(f"/sparql?query={quote(RUNAWAY)}"))
        assert 200 == status(server.get("/healthz"))

        server.process.terminate()
        code, _ = server.end()
        responses = [read_all(connection) for connection in connections]

    assert 0 == code
    assert [503] * 4 == [status(each) for each in responses]
    assert all(b"The server is stopping." in each for each in responses)
    assert "Traceback" not in server.said()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_runaway_query_does_not_hold_up_the_end(start: Start, told: signal.Signals) -> None:
    """Soon after the grace period all processes have ended, and the client was told."""
    server = start(shutdown_seconds=GRACE_SECONDS)
    with server.connect() as connection:
        connection.sendall(get(f"/sparql?query={quote(RUNAWAY)}"))
        # What comes later is answered, so the query has been taken up.
        assert 200 == status(server.get("/healthz"))
        family = server.family()

        server.process.send_signal(told)
        code, seconds = server.end()
        response = read_all(connection)

    assert 0 == code
    assert GRACE_SECONDS <= seconds < GRACE_SECONDS + 2
    wait_until(lambda: not any(map(runs, family)), seconds=1)
    assert not is_whole(response)
    assert 503 == status(response)
    assert b"Retry-After: 5" in response.replace(b"retry-after", b"Retry-After")
    assert b"The server is stopping." in response
    assert "Traceback" not in server.said()


def test_second_ctrl_c_does_not_wait(start: Start) -> None:
    """Who presses Ctrl-C twice does not want to wait."""
    server = start(shutdown_seconds=60)
    with server.connect() as connection:
        connection.sendall(get(f"/sparql?query={quote(RUNAWAY)}"))
        assert 200 == status(server.get("/healthz"))

        server.process.send_signal(signal.SIGINT)
        # A connection is refused as soon as the first signal has been taken in.
        deadline = time.monotonic() + 30
        while is_open(server.port):
            assert time.monotonic() < deadline
            # Asked without a pause, the server runs out of descriptors, and its log fills the pipe.
            time.sleep(0.05)
        server.process.send_signal(signal.SIGINT)
        code, seconds = server.end()
        response = read_all(connection)

    assert 0 == code
    assert seconds < 5
    assert not is_whole(response)


def test_running_answer_is_finished(start: Start) -> None:
    """An answer that can be given in time is given, whole."""
    server = start(shutdown_seconds=60)
    with server.connect() as connection:
        connection.sendall(get(f"/sparql?query={quote(SHORT)}"))
        assert 200 == status(server.get("/healthz"))

        server.process.terminate()
        response = read_all(connection)
        code, _ = server.end()

    assert 0 == code
    assert is_whole(response)


def is_open(port: int) -> bool:
    """Tell whether something listens at a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_killed_server_leaves_nobody_behind(start: Start) -> None:
    """Even when the server cannot say good-bye, nursery and workers end within a second."""
    server = start(query_seconds=60)
    with server.connect() as connection:
        connection.sendall(get(f"/sparql?query={quote(RUNAWAY)}"))
        wait_until(lambda: server.number('miwdap_workers{lane="heavy"}') == 1)
        family = server.family()
        server.process.kill()
        server.end()

        wait_until(lambda: not any(map(runs, family)), seconds=1.5)
        assert len(family) >= 5
        assert b"" == read_all(connection)
