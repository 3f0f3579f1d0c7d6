"""A real server in a process of its own, to be treated badly."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

SERVE = (sys.executable, "-m", "miwdap_kg", "serve")
DEADLINE_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """A server that runs, and the address it said it listens at."""

    process: subprocess.Popen[str]
    address: str
    stderr: IO[str]

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

    def query(self, query: str, accept: str = "", **parameters: object) -> Found:
        """Return the answer to a query, and whether it was cut."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS)
        try:
            return query_on(connection, query, accept, **parameters)
        finally:
            connection.close()

    def family(self) -> set[int]:
        """Return the process ids of server, nursery and workers."""
        return {self.process.pid, self.nursery, *self.workers()}

    @property
    def nursery(self) -> int:
        """The process id of the nursery, as soon as there is one."""
        wait_until(lambda: children(self.process.pid))
        return children(self.process.pid)[0]

    def workers(self) -> set[int]:
        """Return the process ids of the workers."""
        return {each for nursery in children(self.process.pid) for each in children(nursery)}

    def number(self, name: str) -> float:
        """Return a number of its metrics, named as there, labels and all."""
        text = self.get("/metrics").decode()
        match = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(match[1]) if match else 0.0

    def kills(self, reason: str) -> float:
        """Return how many workers were ended for a reason."""
        return self.number(f'miwdap_kills_total{{reason="{reason}"}}')

    def is_idle(self) -> bool:
        """Tell whether no query runs or waits, and the workers are as many as at rest."""
        return (
            self.number("miwdap_queue_length") == 0
            and self.number('miwdap_workers{lane="heavy"}') == 0
            and self.number('miwdap_workers{lane="light"}') >= 2
            and status(self.get("/readyz")) == 200
        )

    def end(self) -> tuple[int, float]:
        """Wait until it has ended; return its exit code and the seconds that took."""
        started = time.monotonic()
        code = self.process.wait(timeout=DEADLINE_SECONDS)
        return code, time.monotonic() - started

    def said(self) -> str:
        """Return what it wrote to its standard error, once it has ended."""
        self.stderr.seek(0)
        return self.stderr.read()


@dataclass(frozen=True)
class Found:
    """A response as a client finds it; *is_cut* when the connection ended before the body did."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    is_cut: bool

    @property
    def problem(self) -> str:
        """The kind of problem that the response tells."""
        assert self.headers["content-type"] == "application/problem+json", self.body[:200]
        said: dict[str, Any] = json.loads(self.body)
        assert self.status == said["status"]
        return str(said["type"]).rpartition("/")[2]


def query_on(
    connection: http.client.HTTPConnection, query: str, accept: str = "", **parameters: object
) -> Found:
    """Return the answer to a query on a connection that stays open."""
    path = f"/sparql?{urlencode({'query': query, **parameters}, quote_via=quote)}"
    connection.request("GET", path, headers={"Accept": accept} if accept else {})
    response = connection.getresponse()
    is_cut = False
    try:
        body = response.read()
    except http.client.IncompleteRead as error:
        body, is_cut = error.partial, True
    return Found(response.status, response.headers, body, is_cut)


def wait_until(condition: Callable[[], object], seconds: float = DEADLINE_SECONDS) -> None:
    """Wait for a condition, so long at most."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    """Return the process ids of the children of a process."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(each) for each in text.split()]


def runs(pid: int) -> bool:
    """Tell whether a process is there, and more than a body to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def memory_megabytes(pids: set[int]) -> float:
    """Return the memory of some processes; what they share counts once."""
    found = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:  # it ended meanwhile
            continue
        match = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
        found += int(match[1]) if match else 0
    return found / 1024


def descriptors(pids: set[int]) -> int:
    """Return how many files and sockets some processes have open."""
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


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
    started: list[tuple[subprocess.Popen[str], IO[str]]] = []

    def start_server(**settings: object) -> Server:
        given = {"port": 0, "release": release_folder, **settings}
        # A file, since a pipe that nobody reads would hold up a server that says much.
        said = tempfile.TemporaryFile("w+")  # noqa: SIM115  # lives as long as the server
        process = subprocess.Popen(
            SERVE,
            env={**os.environ, **{f"MIWDAP_{name.upper()}": str(v) for name, v in given.items()}},
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        started.append((process, said))
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("http://"):
                return Server(process, line.strip(), said)
        said.seek(0)
        raise AssertionError(f"the server did not start: {said.read()}")

    yield start_server
    for process, said in started:
        process.kill()
        process.communicate()
        said.close()
