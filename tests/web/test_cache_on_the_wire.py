"""Answers from memory, as a real server sends them."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from miwdap_kg.web.cache import Cache
from miwdap_kg.web.prebuilt import PrebuiltResponses

DEADLINE_SECONDS = 20.0
LONG = b"".join(b"<http://example.org/%d> <http://example.org/p> 1 .\n" % n for n in range(150_000))
HEADERS = [
    (b"content-type", b"text/turtle; charset=utf-8"),
    (b"etag", b'"5f2"'),
    (b"vary", b"Accept"),
    (b"content-security-policy", b"default-src 'self'"),
    (b"access-control-allow-origin", b"*"),
]


class App:
    """An application with a short answer, a long one, one that waits, and one that breaks."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}
        self.at_the_gate = threading.Event()
        self.gate = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.asked[path] = self.asked.get(path, 0) + 1
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        if path == "/short":
            await send({"type": "http.response.body", "body": b"<a> <b> <c> ."})
            return
        half = len(LONG) // 2
        await send({"type": "http.response.body", "body": LONG[:half], "more_body": True})
        if path == "/breaks":
            raise ConnectionAbortedError("broken on purpose")
        if path.startswith("/waits"):
            self.at_the_gate.set()
            await asyncio.to_thread(self.gate.wait, DEADLINE_SECONDS)
        await send({"type": "http.response.body", "body": LONG[half:]})


class Served:
    """A server in a thread, with its application, cache and port."""

    def __init__(self, protocol: type[HttpToolsProtocol]) -> None:
        self.app = App()
        self.cache = Cache(self.app, max_bytes=64 << 20)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(
                self.cache,
                http=protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self.listener]}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the server."""
        self.app.gate.set()
        self._server.should_exit = True
        self._thread.join(DEADLINE_SECONDS)
        self.listener.close()

    def connection(self) -> closing[http.client.HTTPConnection]:
        """Return a connection that is kept alive until it is closed."""
        return closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS))

    def socket(self) -> socket.socket:
        """Return a bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_SECONDS)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of a GET."""
        with self.connection() as connection:
            return get(connection, path, **headers)


def get(
    connection: http.client.HTTPConnection, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    response = connection.getresponse()
    body = response.read()
    pairs = [(name.lower(), value) for name, value in response.getheaders()]
    assert len(pairs) == len(dict(pairs))
    return response.status, dict(pairs), body


@pytest.fixture(params=[PrebuiltResponses, HttpToolsProtocol], ids=["prebuilt", "plain"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A server that can send prebuilt responses, and one that cannot."""
    server = Served(request.param)
    yield server
    server.stop()


@pytest.mark.parametrize("path", ["/short", "/long"])
def test_answer_from_memory_is_the_same(served: Served, path: str) -> None:
    """The application's answer and the kept one differ in nothing but how the length is told."""
    answers = [served.get(path) for _ in range(3)]

    assert 1 == served.app.asked[path]
    status, headers, body = answers[0]
    headers.pop("transfer-encoding", None)
    headers |= {"content-length": str(len(body))}
    for other in answers[1:]:
        assert (status, body) == (other[0], other[2])
        assert headers | {"date": ""} == other[1] | {"date": ""}
        assert other[1]["date"].endswith("GMT")


def test_connection_goes_on_after_each_kind_of_answer(served: Served) -> None:
    """GET, HEAD and 304 follow each other on one connection."""
    with served.connection() as connection:
        answers = [
            get(connection, "/short"),
            get(connection, "/short"),
            get(connection, "/short", "HEAD"),
            get(connection, "/short", if_none_match='"5f2"'),
            get(connection, "/long", accept_encoding="gzip"),
            get(connection, "/long", accept_encoding="gzip"),
            get(connection, "/short"),
        ]

    short = b"<a> <b> <c> ."
    assert [200, 200, 200, 304, 200, 200, 200] == [status for status, _, _ in answers]
    assert [short, short, b"", b"", short] == [answers[at][2] for at in (0, 1, 2, 3, 6)]
    assert LONG == gzip.decompress(answers[4][2]) == gzip.decompress(answers[5][2])
    assert {"/short": 1, "/long": 1} == served.app.asked


def test_requests_sent_ahead_are_answered_in_order(served: Served) -> None:
    """A client that does not wait for one answer before it asks for the next."""
    served.get("/short")
    served.get("/long")
    requests = [b"GET /short", b"GET /long", b"HEAD /long", b"GET /short"]
    with served.socket() as connection:
        for at, each in enumerate(requests):
            end = b"Connection: close\r\n\r\n" if at == 3 else b"\r\n"
            connection.sendall(each + b" HTTP/1.1\r\nHost: x\r\n" + end)
        content = b"".join(iter(lambda: connection.recv(1 << 20), b""))

    short = b"<a> <b> <c> ."
    lengths = [len(short), len(LONG), 0, len(short)]
    for length in lengths:
        head, _, content = content.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert content[:length] in (short, LONG, b"")
        content = content[length:]
    assert b"" == content
    assert b"connection: close" in head


def test_old_client_gets_its_connection_closed(served: Served) -> None:
    """HTTP/1.0 has no connections that are kept."""
    served.get("/short")
    for _ in range(2):
        with served.socket() as connection:
            connection.sendall(b"GET /short HTTP/1.0\r\n\r\n")
            content = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        assert content.endswith(b"connection: close\r\n\r\n<a> <b> <c> .")


def test_slow_reader_gets_all_of_a_kept_answer(served: Served) -> None:
    """It reads nothing while another is answered, and then all that it has asked for."""
    served.get("/long")
    request = b"GET /long HTTP/1.1\r\nHost: x\r\n"
    with served.socket() as connection:
        connection.sendall(request + b"\r\n" + request + b"Connection: close\r\n\r\n")
        assert 200 == served.get("/short")[0]
        content = b"".join(iter(lambda: connection.recv(1 << 16), b""))

    assert 2 == content.count(LONG)


def test_server_survives_clients_that_leave_within_an_answer(served: Served) -> None:
    """They hang up in the middle of what comes from memory, and of what is computed."""
    for path in ("/long?1", "/long?2", "/long?2", "/long?2"):
        with served.socket() as connection:
            connection.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
            connection.recv(100)

    assert LONG == served.get("/long?2")[2]


def test_clients_that_ask_together_share_one_computation(served: Served) -> None:
    """The first of them leaves, and the answer is not lost for the others."""
    with served.socket() as first, ThreadPoolExecutor(8) as threads:
        first.sendall(b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
        assert served.app.at_the_gate.wait(DEADLINE_SECONDS)
        others = [threads.submit(served.get, "/waits") for _ in range(8)]
        wait_for_waiting(served, 8)
        first.close()
        served.app.gate.set()
        answers = [each.result(DEADLINE_SECONDS) for each in others]

    assert {(200, len(LONG))} == {(status, len(body)) for status, _, body in answers}
    assert 1 == served.app.asked["/waits"]


def test_beginning_of_an_encoded_answer_comes_before_its_end(served: Served) -> None:
    """Half of the answer is made, and all of that half can be read."""
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
    content = b""
    with served.connection() as connection:
        connection.request("GET", "/waits", headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        while len(content) < len(LONG) // 2:
            content += decoder.decompress(response.read1(1 << 16))
        assert not served.app.gate.is_set()
        served.app.gate.set()
        content += decoder.decompress(response.read())

    assert LONG == content
    assert decoder.eof


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_broken_answer_never_looks_whole(served: Served, coding: str) -> None:
    """Its connection is closed within the body, in every coding."""
    for _ in range(2):
        with pytest.raises(http.client.IncompleteRead) as broken:
            served.get("/breaks", accept_encoding=coding)
        content = broken.value.partial
        if coding == "gzip":
            decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
            content = decoder.decompress(content)
            assert not decoder.eof
        assert LONG[: len(LONG) // 2] == content

    assert 2 == served.app.asked["/breaks"]


def wait_for_waiting(served: Served, count: int) -> None:
    """Wait until so many requests wait for the answer of another."""

    def waiting() -> int:
        return sum(each._waiting for each in served.cache._flights.values())

    deadline = time.monotonic() + DEADLINE_SECONDS
    while waiting() < count:
        assert time.monotonic() < deadline
        served.app.gate.wait(0.005)
