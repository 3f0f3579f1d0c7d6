"""What those who run the server ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from miwdap_kg import __version__
from miwdap_kg.errors import ServiceUnavailable
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.web import routes
from miwdap_kg.web.description import HEALTH
from miwdap_kg.web.exposition import CONTENT_TYPE
from miwdap_kg.web.log_writer import dropped_lines
from miwdap_kg.web.metrics import Metrics
from miwdap_kg.web.request_log import LOGGER

__all__ = ["add_operations"]

# What is true now need not be in a moment.
_HEADERS: Final = {"cache-control": "no-store"}

_READY: Final[dict[str, Any]] = {
    "operation_id": "ready",
    "tags": ["Operations"],
    "summary": "Tell whether queries are answered",
    "description": "Whoever shares requests among several servers asks this, and sends none to "
    "one that is not ready.",
    "responses": {
        "200": {
            "description": "Queries are answered.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["status"],
                        "properties": {"status": {"const": "ready"}},
                    }
                }
            },
        },
        "503": {"description": "They are not, and the problem's detail says why."},
    },
}

_METRICS: Final[dict[str, Any]] = {
    "operation_id": "metrics",
    "tags": ["Operations"],
    "summary": "Tell the numbers of the server",
    "description": "Requests, queries, kills, cache and process, in the text format of Prometheus.",
    "responses": {
        "200": {
            "description": "The numbers.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
}


def add_operations(
    app: FastAPI,
    graph: KnowledgeGraph,
    metrics: Metrics | None = None,
    ready: Callable[[], str | None] = lambda: None,
) -> None:
    """Let *app* answer at `/healthz`, `/readyz` and `/metrics`.

    None of them asks the data anything, so running queries do not make a server look dead.

    Args:
        app: the application.
        graph: what it serves.
        metrics: what `/metrics` shows.
        ready: tells why queries cannot be answered now, as a sentence, or None when they can.
    """
    release = None if graph.release is None else graph.release.version
    status = {"status": "ok", "release": release, "software": __version__}
    shown = metrics or Metrics(release=release)
    shown.show(
        "log_lines_dropped_total",
        "Lines of the log that nobody read in time.",
        lambda: dropped_lines(LOGGER),
        type="counter",
    )

    async def health(request: Request) -> Response:
        return JSONResponse(status, headers=_HEADERS)

    async def is_ready(request: Request) -> Response:
        reason = ready()
        if reason is not None:
            raise ServiceUnavailable(f"Not ready to answer queries: {reason}")
        return JSONResponse({"status": "ready"}, headers=_HEADERS)

    async def numbers(request: Request) -> Response:
        return Response(shown.render(), headers={**_HEADERS, "content-type": CONTENT_TYPE})

    routes.add(app, "/healthz", health, "/health", **HEALTH)
    routes.add(app, "/readyz", is_ready, **_READY)
    routes.add(app, "/metrics", numbers, **_METRICS)
