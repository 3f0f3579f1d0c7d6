"""The application as a whole: what it loads, what responses carry, what it says of itself."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import httpx
import pytest

from miwdap_kg import __version__
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.settings import Settings
from miwdap_kg.web.app import create_app

from .conftest import BROWSER, Client


def test_serving_loads_no_workshop() -> None:
    """The shop needs neither rdflib nor pySHACL, and imports nothing of the workshop."""
    program = (
        "import sys, miwdap_kg.web.app, miwdap_kg.web.server\n"
        "print([name for name in ('rdflib', 'pyshacl', 'owlrl', 'miwdap_kg.workshop')"
        " if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "[]\n" == done.stdout


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/sparql?query=ASK%7B%7D", 200),
        ("GET", "/sparql?query=SELEKT", 400),
        ("GET", "/nowhere", 404),
        ("PUT", "/sparql", 405),
        ("GET", "/static/miwdap.css", 200),
        ("GET", "/dumps/", 200),
        ("GET", "/healthz", 200),
    ],
)
def test_every_response_carries_the_common_headers(
    client: Client, method: str, path: str, status: int
) -> None:
    """Good or bad, a response may be read by any site's scripts and is protected in a browser."""
    response = client.request(method, path)

    assert status == response.status_code
    assert "*" == response.headers["access-control-allow-origin"]
    assert "ETag" in response.headers["access-control-expose-headers"]
    assert "nosniff" == response.headers["x-content-type-options"]
    assert response.headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["cache-control"] in ("no-cache", "no-store")


@pytest.mark.parametrize("path", ["/sparql", "/sparql/", "/dumps/", "/"])
def test_preflight(client: Client, path: str) -> None:
    """A browser that asks ahead for another site's script is let through."""
    response = client.request(
        "OPTIONS",
        path,
        headers={
            "origin": "https://example.org",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )

    assert 204 == response.status_code
    assert b"" == response.content
    assert "*" == response.headers["access-control-allow-origin"]
    assert "POST" in response.headers["access-control-allow-methods"]
    assert "*" == response.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/", "/dumps/", "/healthz", "/static/miwdap.css"])
def test_head_beside_get(client: Client, path: str) -> None:
    """Wherever GET answers, HEAD does, with the same headers."""
    get = client.request("GET", path, accept=BROWSER)
    head = client.request("HEAD", path, accept=BROWSER)

    assert 200 == get.status_code == head.status_code
    assert get.headers == head.headers


def test_application_that_ends_leaves_no_thread(graph: KnowledgeGraph) -> None:
    """The threads of queries end with the application, so that the process can."""
    before = set(threading.enumerate())
    app = create_app(graph, Settings.read())

    async def use() -> set[threading.Thread]:
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                await client.get("/sparql", params={"query": "ASK {}"})
            return set(threading.enumerate()) - before

    threads = asyncio.run(use())
    for each in threads:
        each.join(timeout=10)

    assert any(each.name.startswith("query") for each in threads)
    assert not any(each.is_alive() for each in threads)


def test_health(client: Client, graph: KnowledgeGraph) -> None:
    """Whoever runs the server sees that it answers, and what."""
    response = client.get("/healthz")

    assert graph.release is not None
    expected = {"status": "ok", "release": graph.release.version, "software": __version__}
    assert expected == response.json()


def test_health_without_a_release(files_client: Client) -> None:
    """A server of plain files is as healthy."""
    assert {"status": "ok", "release": None, "software": __version__} == files_client.get(
        "/healthz"
    ).json()


def test_description_has_every_route(client: Client) -> None:
    """Each operation is described in words, with an identifier of its own."""
    description = client.get("/openapi.json").json()
    operations = [
        operation for path in description["paths"].values() for operation in path.values()
    ]

    assert {
        *("/", "/sparql", "/dumps/", "/dumps/{version}/{file}"),
        *("/healthz", "/readyz", "/metrics"),
    } == set(description["paths"])
    assert {"get", "post"} == set(description["paths"]["/sparql"])
    assert all(each["summary"] and each["description"] for each in operations)
    assert len(operations) == len({each["operationId"] for each in operations})
    assert __version__ == description["info"]["version"]


def test_description_names_the_parameters(client: Client) -> None:
    """What the endpoint takes and gives stands in the description."""
    paths = client.get("/openapi.json").json()["paths"]
    get, post = paths["/sparql"]["get"], paths["/sparql"]["post"]

    names = ["query", "default-graph-uri", "named-graph-uri", "format"]
    assert names == [each["name"] for each in get["parameters"]]
    assert {"application/sparql-query", "application/x-www-form-urlencoded"} == set(
        post["requestBody"]["content"]
    )
    assert {"text/csv", "text/turtle", "text/html"} <= set(get["responses"]["200"]["content"])
    assert {"200", "304", "400", "403", "406", "413", "503"} == set(get["responses"])
    assert "415" in post["responses"]


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_that_loads_from_elsewhere(client: Client, path: str) -> None:
    """The framework's own pages load from another host, so there are none."""
    assert 404 == client.get(path).status_code
