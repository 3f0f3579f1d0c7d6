"""A client that asks an application without a socket between."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.settings import Settings
from miwdap_kg.store import Store
from miwdap_kg.web.app import create_app

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


class Client:
    """Asks an ASGI application, one request at a time."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Return the response to one request; `accept=None` sends no Accept header."""
        return asyncio.run(self._request(method, path, **given))

    def get(self, path: str, **given: Any) -> httpx.Response:
        """Return the response to a GET."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """Return the response to a POST."""
        return self.request("POST", path, **given)

    def ask(self, query: str, accept: str | None = None, **parameters: Any) -> httpx.Response:
        """Return the answer to a query by GET."""
        return self.get("/sparql", params={"query": query, **parameters}, accept=accept)

    async def _request(
        self, method: str, path: str, *, accept: str | None = None, **given: Any
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            del client.headers["accept"]
            client.headers["accept-encoding"] = "identity"
            headers = httpx.Headers(given.pop("headers", None))
            if accept is not None:
                headers["accept"] = accept
            return await client.request(method, path, headers=headers, **given)


@pytest.fixture(scope="session")
def client(graph: KnowledgeGraph) -> Client:
    """A client of the application that serves the release."""
    return Client(create_app(graph, Settings.read()))


@pytest.fixture(scope="session")
def files_client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A client of an application that serves a file, with one named graph in it."""
    path: Path = tmp_path_factory.mktemp("files") / "islands.trig"
    path.write_text(
        """\
PREFIX : <http://example.org/>
:honshu :area 227960 ; :name "本州"@ja, "Honshu"@en ; :neighbour [] .
:more { :kyushu :area 36782.5 ; :note "<b>bold</b> & \\"quoted\\"\\nsecond line" . }
""",
        encoding="utf-8",
    )
    graph = KnowledgeGraph.of_store(Store.of_files([path]))
    return Client(create_app(graph, Settings.read()))
