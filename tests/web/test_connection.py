"""Clients that are too slow: with the head of a request, with its body, with reading the answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from miwdap_kg.web import connection
from miwdap_kg.web.connection import Connection

SECONDS = 0.4
DEADLINE_SECONDS = 10.0
PIECE = b"0123456789abcdef" * 4096
PIECES = 400


class App:
    """An application that reads the request, and gives an answer of 26 MB."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive()).get("more_body", False):
            pass
        if message["type"] == "http.disconnect":
            self.outcomes.append("gone")
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(PIECES if scope["path"] == "/long" else 1):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        self.outcomes.append("done")


class Served:
    """The application on a socket."""

    def __init__(self) -> None:
        self.app = App()
        self.listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            self.app, http=Connection, ws="none", lifespan="off", log_config=None
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True
        )
        self.thread.start()

    def connect(self) -> socket.socket:
        """Return a connection that takes little ahead."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        client.settimeout(DEADLINE_SECONDS)
        client.connect(self.listener.getsockname())
        return client


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A server that is soon out of patience."""
    for name in ("_HEAD_SECONDS", "_BODY_SECONDS", "_STALL_SECONDS"):
        monkeypatch.setattr(connection, name, SECONDS)
    served = Served()
    yield served
    served.server.should_exit = True
    served.thread.join(DEADLINE_SECONDS)
    served.listener.close()


def is_ended(client: socket.socket) -> bool:
    """Tell whether the server has ended the connection, without an answer."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "begin",
    [
        b"GET / HTTP/1.1\r\nHost: test\r\nX-Long: ",
        b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ],
    ids=["head", "body", "chunks"],
)
def test_request_that_has_no_end(served: Served, begin: bytes) -> None:
    """The connection is closed, in good time."""
    with served.connect() as client:
        client.sendall(begin)
        started = time.monotonic()

        assert is_ended(client)
        assert SECONDS * 0.5 < time.monotonic() - started < DEADLINE_SECONDS


def test_body_that_comes_in_time(served: Served) -> None:
    """What has come whole has no deadline any more; nor has the next request."""
    with served.connect() as client:
        for _ in range(2):
            client.sendall(b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody")
            received = b""
            while not received.endswith(b"0\r\n\r\n"):
                received += client.recv(65536)
            time.sleep(SECONDS * 1.5)

        assert ["done", "done"] == served.app.outcomes


def test_client_that_does_not_read(served: Served) -> None:
    """What waits for it is given up, and the connection with it."""
    with served.connect() as client:
        client.sendall(b"GET /long HTTP/1.1\r\nHost: test\r\n\r\n")
        end = time.monotonic() + DEADLINE_SECONDS
        while served.server.server_state.connections or not served.app.outcomes:
            assert time.monotonic() < end
            time.sleep(0.05)
        received = b""
        while piece := client.recv(1 << 20):
            received += piece

        assert not received.endswith(b"0\r\n\r\n")
        assert len(received) < len(PIECE) * PIECES


def test_client_that_reads_slowly(served: Served) -> None:
    """As long as it reads, it is waited for."""
    with served.connect() as client:
        client.sendall(b"GET /long HTTP/1.1\r\nHost: test\r\n\r\n")
        started = time.monotonic()
        while time.monotonic() - started < SECONDS * 5:
            assert client.recv(512 * 1024)
            time.sleep(SECONDS / 10)
        size = 0
        while piece := client.recv(1 << 20):
            size += len(piece)
            if piece.endswith(b"0\r\n\r\n"):
                break

        assert size
        assert ["done"] == served.app.outcomes
