"""What those who run a server ask it: is it alive, is it ready, and its numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.middleware import Middleware

from miwdap_kg import __version__
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.store import Store
from miwdap_kg.web.headers import CommonHeaders
from miwdap_kg.web.metrics import Measured, Metrics
from miwdap_kg.web.operations import add_operations
from miwdap_kg.web.problems import Problems

from .conftest import BROWSER, Client


@pytest.fixture(scope="module")
def islands(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """A graph of one triple."""
    path: Path = tmp_path_factory.mktemp("islands") / "islands.nt"
    path.write_text('<http://example.org/honshu> <http://example.org/area> "227960" .\n')
    return KnowledgeGraph.of_store(Store.of_files([path]))


def client_of(
    graph: KnowledgeGraph, metrics: Metrics, ready: Callable[[], str | None] = lambda: None
) -> Client:
    """Return a client of an application that has the operations alone."""
    app = FastAPI(
        middleware=[
            Middleware(CommonHeaders),
            Middleware(Measured, metrics=metrics),
            Middleware(Problems),
        ]
    )
    add_operations(app, graph, metrics, ready)
    return Client(app)


@pytest.mark.parametrize("path", ["/healthz", "/health"])
def test_health_has_two_addresses(islands: KnowledgeGraph, path: str) -> None:
    """Alive is who answers, under the name that the one or the other asks by."""
    response = client_of(islands, Metrics()).get(path)

    assert {"status": "ok", "release": None, "software": __version__} == response.json()


def test_alive_though_not_ready(islands: KnowledgeGraph) -> None:
    """A server that only waits for its workers must not be restarted for it."""
    client = client_of(islands, Metrics(), lambda: "the data is being loaded.")

    assert 200 == client.get("/healthz").status_code
    assert 503 == client.get("/readyz").status_code


def test_ready(islands: KnowledgeGraph) -> None:
    """Who can answer queries says so."""
    response = client_of(islands, Metrics()).get("/readyz")

    assert (200, {"status": "ready"}) == (response.status_code, response.json())


def test_not_ready_says_why_and_until_when(islands: KnowledgeGraph) -> None:
    """Who cannot answer says why, as a problem, and when to ask again."""
    response = client_of(islands, Metrics(), lambda: "the data is being loaded.").get("/readyz")

    assert 503 == response.status_code
    assert "application/problem+json" == response.headers["content-type"]
    assert response.headers["retry-after"].isdecimal()
    assert "Not ready to answer queries: the data is being loaded." == response.json()["detail"]


def test_readiness_is_asked_each_time(islands: KnowledgeGraph) -> None:
    """What changes is seen with the next question."""
    reasons = iter(["no worker answers.", None])
    client = client_of(islands, Metrics(), lambda: next(reasons))

    assert [503, 200] == [client.get("/readyz").status_code for _ in range(2)]


def test_metrics_are_text_of_prometheus(islands: KnowledgeGraph) -> None:
    """The numbers come with the media type and the version that Prometheus asks for."""
    metrics = Metrics()
    metrics.hit(200, 17)

    response = client_of(islands, metrics).get("/metrics")

    assert "text/plain; version=0.0.4; charset=utf-8" == response.headers["content-type"]
    found = {each.name: each for each in text_string_to_metric_families(response.text)}
    (hits,) = found["miwdap_cache_hits"].samples
    assert ("miwdap_cache_hits_total", 1) == (hits.name, hits.value)


def test_operations_are_counted_as_such(islands: KnowledgeGraph) -> None:
    """The questions of those who watch do not pass for those of users."""
    metrics = Metrics()
    client = client_of(islands, metrics, lambda: "no worker answers.")
    client.get("/healthz")
    client.get("/readyz")

    text = client.get("/metrics").text

    assert 'miwdap_requests_total{kind="operations",status="200"} 1\n' in text
    assert 'miwdap_requests_total{kind="operations",status="503"} 1\n' in text


@pytest.mark.parametrize("path", ["/healthz", "/health", "/readyz", "/metrics"])
def test_nothing_of_it_is_kept(islands: KnowledgeGraph, path: str) -> None:
    """What is true now may not be told later, and HEAD answers as GET does."""
    client = client_of(islands, Metrics())
    get, head = client.get(path, accept=BROWSER), client.request("HEAD", path, accept=BROWSER)

    assert "no-store" == get.headers["cache-control"]
    assert (200, b"") == (head.status_code, head.content)
    assert get.headers["content-type"] == head.headers["content-type"]


def test_operations_are_described(islands: KnowledgeGraph) -> None:
    """Each has words and an identifier in the description of the interface."""
    paths = client_of(islands, Metrics()).get("/openapi.json").json()["paths"]

    assert {"/healthz", "/readyz", "/metrics"} == set(paths)
    assert all(each["get"]["summary"] and each["get"]["description"] for each in paths.values())
    assert {"200", "503"} == set(paths["/readyz"]["get"]["responses"])
