"""Real engines, each in a process and with data of its own, and the release in them."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.conftest import missing

from miwdap_kg.engine import Engine
from miwdap_kg.execution.remote import RemoteExecution
from miwdap_kg.graph_store import GraphStore
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.push import USUAL_DEFAULT_GRAPH, push
from miwdap_kg.release import Release

START_SECONDS = 60.0

# Small, with no limit that would cut an answer. Ports are of this machine alone.
VIRTUOSO_INI = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
TempStorage = TempDatabase

[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
MaxCheckpointRemap = 2000

[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
MaxClientConnections = 10
CheckpointInterval = 0
CaseMode = 2
DirsAllowed = .
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
ThreadsPerQuery = 2

[HTTPServer]
ServerPort = 127.0.0.1:{http_port}
ServerThreads = 10
MaxKeepAlives = 10
KeepAliveTimeout = 10

[SPARQL]
{limits}
"""


@dataclass(frozen=True)
class Running:
    """An engine that runs: how it is asked, and its process."""

    engine: Engine
    process: subprocess.Popen[bytes]


StartOxigraph = Callable[..., contextlib.AbstractContextManager[Running]]
StartVirtuoso = Callable[..., contextlib.AbstractContextManager[Running]]


@pytest.fixture(scope="session")
def start_oxigraph() -> StartOxigraph:
    """A function that runs an Oxigraph server, in memory unless it gets a folder."""
    program = Path(sys.executable).parent / "oxigraph"
    if not program.is_file():
        missing("no oxigraph here: make setup")

    @contextlib.contextmanager
    def run(folder: Path | None = None) -> Iterator[Running]:
        port = free_port()
        location = [] if folder is None else ["--location", str(folder)]
        command = [str(program), "serve", *location, "--bind", f"127.0.0.1:{port}"]
        with running(command, f"http://127.0.0.1:{port}/query") as process:
            yield Running(Engine(f"http://127.0.0.1:{port}/query"), process)

    return run


@pytest.fixture(scope="session")
def start_virtuoso(
    requires_tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> StartVirtuoso:
    """A function that runs Virtuoso with a new database, and limits if it gets any."""
    program = requires_tool("virtuoso-t")

    @contextlib.contextmanager
    def run(limits: str = "") -> Iterator[Running]:
        folder = tmp_path_factory.mktemp("virtuoso")
        port = free_port()
        ini = VIRTUOSO_INI.format(sql_port=free_port(), http_port=port, limits=limits)
        (folder / "virtuoso.ini").write_text(ini, encoding="utf-8")
        command = [program, "+foreground", "+configfile", "virtuoso.ini"]
        address = f"http://127.0.0.1:{port}/sparql"
        with running(command, address, folder=folder) as process:
            engine = Engine(address, "dba", "dba", default_graph=USUAL_DEFAULT_GRAPH)
            yield Running(engine, process)
        shutil.rmtree(folder)

    return run


@pytest.fixture(scope="session")
def release(release_folder: Path) -> Release:
    """The release of the text at hand."""
    return Release.open(release_folder)


@pytest.fixture(scope="session")
def oxigraph(start_oxigraph: StartOxigraph, release: Release) -> Iterator[Engine]:
    """An Oxigraph server that holds the release."""
    with start_oxigraph() as server:
        with GraphStore(server.engine) as store:
            pushed = push(release, store, default_graph=None, at_once=True)
        assert {} == pushed.differences
        yield server.engine


@pytest.fixture(scope="session")
def virtuoso(start_virtuoso: StartVirtuoso, release: Release) -> Iterator[Engine]:
    """A Virtuoso that holds the release, as well as it can."""
    with start_virtuoso() as server:
        with GraphStore(server.engine) as store:
            push(release, store, default_graph=USUAL_DEFAULT_GRAPH, at_once=False)
        yield server.engine


@pytest.fixture(scope="session")
def on_oxigraph(oxigraph: Engine, graph: KnowledgeGraph) -> Iterator[KnowledgeGraph]:
    """The graph, answered by the Oxigraph server."""
    with answered_by(oxigraph, graph) as answered:
        yield answered


@pytest.fixture(scope="session")
def on_virtuoso(virtuoso: Engine, graph: KnowledgeGraph) -> Iterator[KnowledgeGraph]:
    """The graph, answered by Virtuoso."""
    with answered_by(virtuoso, graph) as answered:
        yield answered


@contextlib.contextmanager
def answered_by(engine: Engine, graph: KnowledgeGraph) -> Iterator[KnowledgeGraph]:
    """Yield the same graph over an engine elsewhere."""
    execution = RemoteExecution(engine, named_graphs=graph.named_graphs, seconds=60)
    yield KnowledgeGraph(
        execution,
        queries=graph.queries,
        named_graphs=graph.named_graphs,
        release=graph.release,
    )
    execution.close()


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def running(
    command: Sequence[str], address: str, *, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run an engine as soon as it answers at an address, and end it."""
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(process, address)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(process: subprocess.Popen[bytes], address: str) -> None:
    """Wait until an engine answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{process.args} ended with {process.returncode}"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(address, params={"query": "ASK {}"}).is_success:
                return
    raise AssertionError(f"{process.args} does not answer")
