"""What a store is opened from: handed to another process, and opened before or behind a fork."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from miwdap_kg.data_source import DataSource
from miwdap_kg.disk_store import kept_store
from miwdap_kg.rdf_files import rdf_files

NQUADS = '<a:1> <a:p> "x" <g:1> .\n<a:1> <a:p> "x" <g:2> .\n'

# Prepares a store in a thread, forks twice, and writes what each child finds and what it rolls.
FORK = """
import json, os, sys, threading
from miwdap_kg.data_source import DataSource
source = DataSource.of_dict(json.loads(sys.argv[1]))
prepared = []
thread = threading.Thread(target=lambda: prepared.append(source.prepare()))
thread.start()
thread.join()
for _ in range(2):
    if child := os.fork():
        os.waitpid(child, 0)
    else:
        query = "SELECT (COUNT(*) AS ?n) (RAND() AS ?r) (STRUUID() AS ?u) { GRAPH ?g { ?s ?p ?o } }"
        answer = next(prepared[0].open().query(query))
        print(json.dumps([int(answer[0].value), answer[1].value, answer[2].value]), flush=True)
        os._exit(0)
print(prepared[0].contents.statements)
"""


def in_release(path: Path, stores: Path) -> DataSource:
    """Return the file as a release in memory."""
    return DataSource.of_release(path)


def in_memory(path: Path, stores: Path) -> DataSource:
    """Return the file in memory."""
    return DataSource.of_files([path])


def on_disk(path: Path, stores: Path) -> DataSource:
    """Return the file in a store on disk."""
    return DataSource.on_disk(kept_store(rdf_files([path]), stores))


SOURCES = pytest.mark.parametrize(
    ("make", "statements", "opens_after_fork"),
    [(in_release, 3, False), (in_memory, 2, False), (on_disk, 2, True)],
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of N-Quads."""
    path = tmp_path / "a.nq"
    path.write_text(NQUADS)
    return path


@SOURCES
def test_source_opens(
    path: Path,
    tmp_path: Path,
    make: Callable[[Path, Path], DataSource],
    statements: int,
    opens_after_fork: bool,
) -> None:
    """A source that came as JSON opens the store that was meant."""
    source = DataSource.of_dict(json.loads(json.dumps(make(path, tmp_path / "s").to_dict())))

    assert opens_after_fork is source.opens_after_fork
    assert statements == len(source.open()) == source.prepare().contents.statements
    assert {"g:1": 1, "g:2": 1} == source.prepare().contents.named_graphs


@SOURCES
def test_forked_processes_have_random_numbers_of_their_own(
    path: Path,
    tmp_path: Path,
    make: Callable[[Path, Path], DataSource],
    statements: int,
    opens_after_fork: bool,
) -> None:
    """Each child that is forked after a store was prepared reads it, and rolls other numbers."""
    source = make(path, tmp_path / "s")
    done = subprocess.run(
        [sys.executable, "-c", FORK, json.dumps(source.to_dict())],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    *children, told = map(json.loads, done.stdout.splitlines())
    assert statements == told
    assert [2, 2] == [count for count, _, _ in children]
    assert 2 == len({random for _, random, _ in children})
    assert 2 == len({identifier for _, _, identifier in children})


def test_source_needs_no_engine() -> None:
    """A process that only hands a source on never loads the engine."""
    program = (
        "import sys\n"
        "import miwdap_kg.data_source, miwdap_kg.disk_store, miwdap_kg.cli.graph\n"
        "print([name for name in sys.modules if name.startswith(('pyoxigraph', 'rdflib'))])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert "[]\n" == done.stdout
