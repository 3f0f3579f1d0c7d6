"""An engine elsewhere behind the whole endpoint: the same pages, answers, limits and errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.remote.conftest import Running, StartOxigraph

from miwdap_kg.engine import Engine
from miwdap_kg.graph_store import GraphStore
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.push import push
from miwdap_kg.release import Release

ROOT = "/plan"
PLAN = "SELECT ?label { <https://w3id.org/miwdap/id/plan> <http://www.w3.org/2004/02/skos/core#prefLabel> ?label } ORDER BY ?label"  # noqa: E501  # a query in one line
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?i) }"


@pytest.fixture(scope="module")
def behind(start_oxigraph: StartOxigraph, release: Release) -> Iterator[Running]:
    """An engine that holds the release."""
    with start_oxigraph() as server:
        with GraphStore(server.engine) as store:
            push(release, store, default_graph=None, at_once=True)
        yield server


@pytest.fixture(scope="module")
def client(behind: Running, release_folder: Path) -> Iterator[httpx.Client]:
    """A client of a server that asks that engine, below a path of a reverse proxy."""
    with (
        serving(behind.engine, release_folder) as address,
        httpx.Client(base_url=address) as asking,
    ):
        yield asking


class serving:  # noqa: N801  # used like a function
    """Runs a server that asks an engine, and yields its address."""

    def __init__(self, engine: Engine, release: Path) -> None:
        settings = {
            "engine": engine.address,
            "engine_default_graph": engine.default_graph or "",
            "release": release,
            "port": 0,
            "query_seconds": 2,
            "root_path": ROOT,
            "forwarded_allow_ips": "127.0.0.1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "miwdap_kg", "serve"],
            env={
                **os.environ,
                **{f"MIWDAP_{name.upper()}": str(v) for name, v in settings.items()},
            },
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("http://"):
                return line.strip()
        raise AssertionError(f"the server ended with {self._process.wait()}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()


def ask(client: httpx.Client, query: str, accept: str = "text/csv") -> httpx.Response:
    """Return the response to a query."""
    return client.get("/sparql", params={"query": query}, headers={"accept": accept})


def test_answers_are_those_of_the_engine(client: httpx.Client, graph: KnowledgeGraph) -> None:
    """A query over HTTP has the rows that the engine in this process has."""
    found = ask(client, PLAN, "application/sparql-results+json")

    assert 200 == found.status_code
    labels = [row["label"]["value"] for row in found.json()["results"]["bindings"]]
    assert [str(row["label"]) for row in graph.select(PLAN)] == labels


def test_answer_is_known_by_its_tag(client: httpx.Client) -> None:
    """The tag is made of the release and the question, as without an engine."""
    tag = ask(client, PLAN).headers["etag"]

    again = client.get(
        "/sparql", params={"query": PLAN}, headers={"accept": "text/csv", "if-none-match": tag}
    )

    assert (304, b"") == (again.status_code, again.content)


def test_first_page_is_made_of_the_engines_answers(client: httpx.Client) -> None:
    """The page has the principles with their quotes, and its links stay below the root."""
    page = client.get("/", headers={"accept": "text/html"}).text

    assert "Promotion of SDGs" in page
    assert f'href="{ROOT}/static/miwdap.css"' in page


def test_proxy_tells_the_address_that_clients_know(client: httpx.Client) -> None:
    """What a trusted proxy forwards makes the address of the endpoint on the page."""
    forwarded = {"host": "example.org", "x-forwarded-proto": "https", "accept": "text/html"}

    page = client.get("/", headers=forwarded).text

    assert f"https://example.org{ROOT}/sparql" in page


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("SELECT ?x WHERE ?x a ?y", 400, "query-syntax"),
        ("DROP ALL", 403, "query-not-allowed"),
        ("ASK { SERVICE <http://e/> { ?s ?p ?o } }", 403, "query-not-allowed"),
    ],
)
def test_refusals_are_ours(client: httpx.Client, query: str, status: int, kind: str) -> None:
    """What is wrong with a query is said by us, with the place, whatever the engine is."""
    found = ask(client, query, "application/json")

    assert (status, kind) == (found.status_code, found.json()["type"].rpartition("/")[2])


def test_deadline_is_ours(client: httpx.Client) -> None:
    """A query that the engine would work on for hours ends at our deadline."""
    started = time.monotonic()

    found = ask(client, ENDLESS, "application/json")

    assert (503, "query-timeout") == (
        found.status_code,
        json.loads(found.content)["type"].rpartition("/")[2],
    )
    assert time.monotonic() - started < 10


def test_engine_that_is_gone_is_a_problem_of_its_own(
    start_oxigraph: StartOxigraph, release_folder: Path
) -> None:
    """Without its engine the endpoint says 503; the files of the release are there all the same."""
    with (
        start_oxigraph() as server,
        serving(server.engine, release_folder) as address,
        httpx.Client(base_url=address) as client,
    ):
        before = ask(client, "ASK {}", "application/json")
        server.process.kill()
        server.process.wait()
        after = ask(client, "ASK { ?s ?p ?o }", "application/json")
        files = client.get("/dumps/", headers={"accept": "application/json"})

    assert (200, 503, 200) == (before.status_code, after.status_code, files.status_code)
    assert "cannot be reached" in after.json()["detail"]
    assert after.headers["retry-after"]
