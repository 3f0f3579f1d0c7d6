"""A real server in a process of its own, to be treated badly."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

SERVE = (sys.executable, "-m", "miwdap_kg", "serve")
DEADLINE_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """A server that runs, and the address it said it listens at."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        """The port in its address."""
        return urlsplit(self.address).port or 0

    def connect(self) -> socket.socket:
        """Return a connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_SECONDS)

    def send(self, request: bytes) -> bytes:
        """Send bytes, and return all that comes back until the connection is closed."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_all(connection)

    def get(self, path: str) -> bytes:
        """Return the response to a GET, head and body."""
        return self.send(get(path))

    def ask(self, query: str) -> bytes:
        """Return the response to a query."""
        return self.get(f"/sparql?query={quote(query)}")

    def post(self, body: bytes, content_type: str = "application/sparql-query") -> bytes:
        """Return the response to a POST of a query."""
        head = (
            f"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return self.send(head.encode() + body)

    def end(self) -> tuple[int, float]:
        """Wait until it has ended; return its exit code and the seconds that took."""
        started = time.monotonic()
        code = self.process.wait(timeout=DEADLINE_SECONDS)
        return code, time.monotonic() - started

    def said(self) -> str:
        """Return what it wrote to its standard error, once it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read()


def get(path: str) -> bytes:
    """Return a GET request that closes its connection."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


def read_all(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes, however it closes."""
    content = bytearray()
    try:
        while chunk := connection.recv(1 << 16):
            content += chunk
    except ConnectionResetError:
        pass
    return bytes(content)


def status(response: bytes) -> int:
    """Return the status of a response."""
    return int(response.split(b" ", 2)[1])


def is_whole(response: bytes) -> bool:
    """Tell whether a response is a 200 with as many bytes as it announced."""
    head, _, body = response.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    return head.startswith(b"HTTP/1.1 200") and lengths == [len(body)]


Start = Callable[..., Server]


@pytest.fixture(scope="module")
def start(release_folder: Path) -> Iterator[Start]:
    """A function that starts a server with settings, and waits until it listens."""
    started: list[subprocess.Popen[str]] = []

    def start_server(**settings: object) -> Server:
        given = {"port": 0, "release": release_folder, **settings}
        process = subprocess.Popen(
            SERVE,
            env={**os.environ, **{f"MIWDAP_{name.upper()}": str(v) for name, v in given.items()}},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("http://"):
                return Server(process, line.strip())
        raise AssertionError(f"the server did not start: {process.communicate()[1]}")

    yield start_server
    for process in started:
        process.kill()
        process.communicate()
