"""`create_app`, the application that serves one graph over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from miwdap_kg import __version__
from miwdap_kg.errors import MiwdapError
from miwdap_kg.execution.runner import Runner
from miwdap_kg.execution.threads import ThreadRunner
from miwdap_kg.execution.worker_execution import WorkerExecution
from miwdap_kg.execution.workers import Workers
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.settings import Settings
from miwdap_kg.web.cache import Cache
from miwdap_kg.web.description import ABOUT
from miwdap_kg.web.dumps import add_dumps
from miwdap_kg.web.headers import CommonHeaders
from miwdap_kg.web.metrics import Measured, Metrics
from miwdap_kg.web.operations import add_operations
from miwdap_kg.web.pages import add_pages
from miwdap_kg.web.problems import Problems, http_problem
from miwdap_kg.web.request_log import QueryLog
from miwdap_kg.web.sparql import SparqlEndpoint, add_sparql
from miwdap_kg.web.worker_config import WorkerConfig

__all__ = ["App", "create_app"]

_STATIC: Final = Path(__file__).parent / "static"


class App(FastAPI):
    """The application: the endpoint without any detour, all else as FastAPI has it."""

    door: ASGIApp
    """What a request meets first."""
    failure: MiwdapError | None = None
    """Why it could not start."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            scope["app"] = self
            await self.door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(graph: KnowledgeGraph, settings: Settings) -> App:
    """Return the ASGI application that serves *graph*.

    >>> app = create_app(KnowledgeGraph.open(), Settings.read())
    >>> app.title
    'miwdap-kg'
    """
    runner = _runner(graph, settings)
    metrics = Metrics(release=None if graph.release is None else graph.release.version)
    log = QueryLog(log_cache_hits=settings.log_cache_hits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await runner.start()
        except MiwdapError as error:
            app.failure = error
            raise
        if isinstance(graph.execution, WorkerExecution):
            graph.execution.attach(asyncio.get_running_loop())
        yield
        await runner.close()
        log.flush()

    app = App(
        title="miwdap-kg",
        version=__version__,
        description=ABOUT,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        # The pages that FastAPI makes of these load scripts from another host.
        docs_url=None,
        redoc_url=None,
        # A redirected POST loses its body in some clients.
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[Middleware(Problems)],
        exception_handlers={HTTPException: http_problem},
    )
    endpoint = SparqlEndpoint(runner, settings, metrics, log)
    add_pages(app, graph)
    add_sparql(app, endpoint)
    if graph.release is not None:
        add_dumps(app, graph.release)
    add_operations(app, graph, metrics, runner.why_not_ready)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    cache = Cache(
        CommonHeaders(Measured(_Fork(Problems(endpoint), super(App, app).__call__), metrics)),
        max_bytes=settings.cache_mb * 1024 * 1024,
        on_hit=lambda status, size, query_id: _hit(metrics, log, status, size, query_id),
        on_miss=metrics.miss,
    )
    metrics.show("cache_bytes", "Bytes that the kept answers take.", lambda: cache.kept.held)
    if isinstance(runner, Workers):
        metrics.watch(runner.status)
    app.door = cache
    return app


class _Fork:
    """Lets queries go straight to the endpoint: on small answers a framework is the cost."""

    def __init__(self, endpoint: ASGIApp, others: ASGIApp) -> None:
        self._endpoint = endpoint
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path in ("/sparql", "/sparql/") and scope["method"] in ("GET", "HEAD", "POST"):
            await self._endpoint(scope, receive, send)
        else:
            await self._others(scope, receive, send)


def _hit(metrics: Metrics, log: QueryLog, status: int, size: int, query_id: str) -> None:
    metrics.hit(status, size)
    if log.log_cache_hits:
        log.hit(query_id, status, size)


def _runner(graph: KnowledgeGraph, settings: Settings) -> Runner:
    execution = graph.execution
    if isinstance(execution, WorkerExecution):
        return execution.runner
    # Imported here because a server with workers does without the engine.
    from miwdap_kg.web.worker import in_process

    config = WorkerConfig.of(settings, release=graph.release)
    return ThreadRunner(in_process(config, execution), queue=settings.queue)
