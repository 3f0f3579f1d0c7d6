"""What those who run the server ask it."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from miwdap_kg import __version__
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.web import routes
from miwdap_kg.web.description import HEALTH

__all__ = ["add_operations"]


def add_operations(app: FastAPI, graph: KnowledgeGraph) -> None:
    """Let *app* answer at `/healthz`."""
    release = None if graph.release is None else graph.release.version
    status = {"status": "ok", "release": release, "software": __version__}

    async def health(request: Request) -> Response:
        # It needs no thread, so that running queries do not make a server look dead.
        return JSONResponse(status, headers={"cache-control": "no-store"})

    routes.add(app, "/healthz", health, **HEALTH)
