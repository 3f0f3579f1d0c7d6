"""The verb `serve`."""

from __future__ import annotations

import gzip
import re
import signal
import socket
from pathlib import Path

import pytest

from miwdap_kg.release import Release

from .conftest import Ask, Outcome, Serve


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve(serve: Serve, small_release: Path, number: signal.Signals):
    """It says what it serves and where as soon as it listens, answers, and ends cleanly."""
    server = serve()
    answer = server.csv("SELECT ?o { ?s <https://w3id.org/miwdap/def#ordinal> ?o }")
    statements = Release.open(small_release).default_graph

    assert (
        f"MIWDAP2020 knowledge graph, release 2000-01-01, {statements} statements"
    ) == server.banner
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", server.address)
    assert "o\r\n1\r\n" == answer
    assert Outcome(0, "", "") == server.stop(number)


def test_first_start_builds(serve: Serve, tmp_path: Path):
    """Without a release it is built first, by another process and quietly in a pipe."""
    server = serve(MIWDAP_RELEASE="")

    assert server.banner.startswith("MIWDAP2020 knowledge graph, release 2000-01-01, ")
    assert 1 == len(list((tmp_path / "releases").iterdir()))
    assert Outcome(0, "", "") == server.stop()


def test_first_start_shows_progress(execute_on_terminal: Ask):
    """On a terminal the process that builds shows what it does, whichever verb needed it."""
    outcome = execute_on_terminal("query", "ASK { ?s ?p ?o }", MIWDAP_RELEASE="")

    assert 0 == outcome.status
    assert "Building the release: loading" in outcome.out
    assert outcome.out.endswith("true\r\n")


def test_text_that_cannot_be_built(execute: Ask, text: Path):
    """When the first start cannot build, what is wrong is told, and nothing is served."""
    (text / "data" / "catalog.ttl").write_text("broken")
    outcome = execute("serve", "--port", "0", MIWDAP_RELEASE="")

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(f"{text / 'data' / 'catalog.ttl'}, line 1: column ")
    assert "could not be built; what is wrong stands above" in outcome.err


def test_the_workshop_is_not_loaded(serve: Serve):
    """The serving process never loads rdflib or pySHACL."""
    server = serve(PYTHONPROFILEIMPORTTIME="1")
    server.csv("SELECT * { ?s ?p ?o }")
    imported = set(re.findall(r"\| +([\w.]+)$", server.stop().err, re.MULTILINE))

    assert {"pyoxigraph", "uvicorn", "miwdap_kg.web.app"} <= imported
    assert [] == [each for each in imported if each.startswith(("rdflib", "pyshacl"))]
    assert [] == [each for each in imported if each.startswith("miwdap_kg.workshop")]


def test_serve_files(serve: Serve, tmp_path: Path):
    """With --data the files are served, default and named graphs exactly as in them."""
    (tmp_path / "a.ttl").write_text("<x:s> <x:p> 1 .")
    with gzip.open(tmp_path / "b.trig.gz", "wt") as file:
        file.write("<x:g> { <x:s> <x:p> 2 }")
    server = serve("--data", "a.ttl", "b.trig.gz")

    assert "a.ttl, b.trig.gz, 2 statements" == server.banner
    assert "o\r\n1\r\n" == server.csv("SELECT ?o { ?s ?p ?o }")
    assert "g,o\r\nx:g,2\r\n" == server.csv("SELECT ?g ?o { GRAPH ?g { ?s ?p ?o } }")


def test_reading_shows_progress(execute_on_terminal: Ask, tmp_path: Path):
    """A terminal sees that the files are being read."""
    (tmp_path / "a.nt").write_text(
        "".join(f"<x:s> <x:p> <x:o{number}> .\n" for number in range(300_000))
    )
    outcome = execute_on_terminal("query", "ASK { <x:s> <x:p> <x:o1> }", "--data", "a.nt")

    assert 0 == outcome.status
    assert "statements/s" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "none.ttl"], "none.ttl: there is no such file."),
        (["--data", "broken.ttl"], "broken.ttl, line 1: column "),
        (["a.ttl"], "files to serve come after --data."),
        (["--port", "65536"], "or equal to 65535"),
        (["--host", "no.such.host.invalid"], "Cannot listen at 'no.such.host.invalid'"),
        (["--release", "."], "No release in ."),
    ],
    ids=["missing", "broken", "stray", "port", "host", "release"],
)
def test_serve_that_is_wrong(
    ask: Ask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
):
    """What cannot be served is told: exit code 2."""
    monkeypatch.chdir(tmp_path)
    Path("broken.ttl").write_text("broken")
    outcome = ask("serve", "--port", "0", *arguments)

    assert (2, "") == (outcome.status, outcome.out)
    assert message in outcome.err


def test_port_in_use(execute: Ask, tmp_path: Path):
    """A port in use is one sentence with a way out, before anything is built."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = execute("serve", "--port", port, MIWDAP_RELEASE="")

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(f"Port {port} at 127.0.0.1 is in use. ")
    assert 1 == len(outcome.err.splitlines())
    assert not (tmp_path / "releases").exists()
