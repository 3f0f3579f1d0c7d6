"""The servers that are measured, each started as its users do, with the same data."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.asking import wait_for_answer
from benchmarks.environments import PEERS, environment
from benchmarks.processes import free_port, running
from benchmarks.virtuoso import virtuoso

__all__ = [
    "CEILING",
    "OURS",
    "OURS_ON_DISK",
    "OXIGRAPH",
    "OXIGRAPH_ON_DISK",
    "RDFLIB_ENDPOINT",
    "VIRTUOSO",
    "Server",
    "Servers",
    "our_command",
]

OURS: Final = "miwdap-kg"
OURS_ON_DISK: Final = "miwdap-kg, on disk"
OXIGRAPH: Final = "oxigraph, in memory"
OXIGRAPH_ON_DISK: Final = "oxigraph, on disk"
RDFLIB_ENDPOINT: Final = "rdflib-endpoint"
VIRTUOSO: Final = "Virtuoso"
CEILING: Final = "constant bytes"

_CEILING: Final = Path(__file__).with_name("constant_bytes.py")
_START_SECONDS: Final = 60.0
_LOAD_SECONDS: Final = 3_600.0
_ADDRESS: Final = re.compile(r"^(http://\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: what it is, where it answers, and its process."""

    name: str
    endpoint: str
    pid: int


@dataclass(frozen=True, slots=True)
class Servers:
    """Starts servers; *workplace* keeps the peers' programs and takes logs and stores."""

    workplace: Path

    def ours(
        self,
        *,
        name: str = OURS,
        release: Path | None = None,
        data: Path | None = None,
        **settings: object,
    ) -> AbstractContextManager[Server]:
        """Start `miwdap-kg serve` on a release, or on a file in memory.

        Args:
            name: what to call it.
            release: the folder of a release.
            data: a file of RDF.
            settings: any settings of `miwdap-kg`.
        """
        command = [*our_command("serve"), "--port", "0"]
        if release is not None:
            command += ["--release", str(release)]
        if data is not None:
            command += ["--data", str(data)]
        given = {f"MIWDAP_{key.upper()}": str(value) for key, value in settings.items()}
        return self._that_tells_its_address(name, command, given)

    def ours_on_disk(self, data: Path, stores: Path) -> AbstractContextManager[Server]:
        """Start `miwdap-kg serve` on a file in a store below *stores*, filled when it is new."""
        return self.ours(name=OURS_ON_DISK, data=data, store="disk", stores=stores)

    def ceiling(self) -> AbstractContextManager[Server]:
        """Start the application that sends constant bytes, on the same kind of server as ours."""
        port = free_port()
        command = [sys.executable, str(_CEILING), "--port", str(port)]
        return self._at(CEILING, command, f"http://127.0.0.1:{port}/bytes/0", _START_SECONDS)

    @contextmanager
    def oxigraph(self, data: Path) -> Iterator[Server]:
        """Start the oxigraph server with a file in memory."""
        port = free_port()
        command = [self._oxigraph, "serve", "--bind", f"127.0.0.1:{port}"]
        endpoint = f"http://127.0.0.1:{port}/query"
        with self._at(OXIGRAPH, command, endpoint, _START_SECONDS) as server:
            _send_to_graph_store(f"http://127.0.0.1:{port}/store", data)
            yield server

    def oxigraph_on_disk(self, store: Path) -> AbstractContextManager[Server]:
        """Start the oxigraph server on a store that `oxigraph_load` has filled."""
        port = free_port()
        bind = f"127.0.0.1:{port}"
        command = [self._oxigraph, "serve-read-only", "--location", str(store), "--bind", bind]
        return self._at(OXIGRAPH_ON_DISK, command, f"http://{bind}/query", _START_SECONDS)

    def rdflib_endpoint(self, data: Path) -> AbstractContextManager[Server]:
        """Start rdflib-endpoint with a file in memory."""
        port = free_port()
        programs = environment(RDFLIB_ENDPOINT, kept_in=self.workplace / "environments")
        script = PEERS / "rdflib_endpoint_server.py"
        command = [str(programs / "python"), str(script), "--port", str(port), str(data)]
        endpoint = f"http://127.0.0.1:{port}/sparql"
        return self._at(RDFLIB_ENDPOINT, command, endpoint, _LOAD_SECONDS)

    def oxigraph_load(self, data: Path, store: Path) -> float:
        """Fill a store on disk with `oxigraph load`, and return the seconds it took."""
        command = [self._oxigraph, "load", "--location", str(store), "--file", str(data)]
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began

    @contextmanager
    def virtuoso(self, data: Path) -> Iterator[Server]:
        """Start Virtuoso with a file in a new database; it must be installed."""
        folder = self.workplace / "virtuoso"
        with virtuoso(data, folder, log=self._log(VIRTUOSO)) as (endpoint, pid):
            yield Server(VIRTUOSO, endpoint, pid)

    @property
    def _oxigraph(self) -> str:
        programs = environment("oxigraph", kept_in=self.workplace / "environments")
        return str(programs / "oxigraph")

    @contextmanager
    def _at(
        self, name: str, command: Sequence[str], endpoint: str, deadline_seconds: float
    ) -> Iterator[Server]:
        with running(command, log=self._log(name)) as process:
            wait_for_answer(endpoint, deadline_seconds=deadline_seconds)
            yield Server(name, endpoint, process.pid)

    @contextmanager
    def _that_tells_its_address(
        self, name: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> Iterator[Server]:
        log = self._log(name)
        with running(command, log=log, environment=environment) as process:
            address = _told_address(process, log)
            wait_for_answer(f"{address}sparql", deadline_seconds=_START_SECONDS)
            yield Server(name, f"{address}sparql", process.pid)

    def _log(self, name: str) -> Path:
        return self.workplace / "logs" / f"{re.sub(r'[^a-z]+', '-', name.lower())}.log"


def our_command(*arguments: str) -> list[str]:
    """Return the command line of `miwdap-kg` in this environment, as its users call it."""
    return [str(Path(sys.executable).parent / "miwdap-kg"), *arguments]


def _told_address(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _LOAD_SECONDS
    while time.monotonic() < end:
        if found := _ADDRESS.search(log.read_text(encoding="utf-8", errors="replace")):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.002)
    said = log.read_text(encoding="utf-8", errors="replace")
    raise RuntimeError(f"The server did not start: see {log}\n{said}")


def _send_to_graph_store(address: str, data: Path) -> None:
    parts = urlsplit(address)
    media_type = "application/n-quads" if data.suffix == ".nq" else "application/n-triples"
    target = parts.path if data.suffix == ".nq" else f"{parts.path}?default"
    connection = http.client.HTTPConnection(parts.netloc, timeout=_LOAD_SECONDS)
    try:
        with data.open("rb") as content:
            size = str(os.fstat(content.fileno()).st_size)
            headers = {"Content-Type": media_type, "Content-Length": size}
            connection.request("POST", target, body=content, headers=headers)
        response = connection.getresponse()
        said = response.read()
    finally:
        connection.close()
    if response.status >= 300:
        raise RuntimeError(f"oxigraph did not take {data.name}: {response.status} {said!r}")
