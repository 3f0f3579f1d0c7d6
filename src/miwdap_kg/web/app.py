"""`create_app`, the application that serves one graph over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from miwdap_kg import __version__
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.settings import Settings
from miwdap_kg.web.description import ABOUT
from miwdap_kg.web.dumps import add_dumps
from miwdap_kg.web.headers import CommonHeaders
from miwdap_kg.web.operations import add_operations
from miwdap_kg.web.pages import add_pages
from miwdap_kg.web.problems import Problems, http_problem
from miwdap_kg.web.sparql import add_sparql
from miwdap_kg.web.threads import Threads

__all__ = ["create_app"]

_QUERIES_AT_ONCE: Final = 16
_PATIENCE_SECONDS: Final = 5.0
_STATIC: Final = Path(__file__).parent / "static"


def create_app(graph: KnowledgeGraph, settings: Settings) -> FastAPI:
    """Return the ASGI application that serves *graph*.

    >>> app = create_app(KnowledgeGraph.open(), Settings.read())
    >>> app.title
    'miwdap-kg'
    """
    threads = Threads(_QUERIES_AT_ONCE, patience_seconds=_PATIENCE_SECONDS)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        threads.close()

    app = FastAPI(
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
        middleware=[Middleware(CommonHeaders), Middleware(Problems)],
        exception_handlers={HTTPException: http_problem},
    )
    add_pages(app, graph)
    add_sparql(app, graph, settings, threads)
    if graph.release is not None:
        add_dumps(app, graph.release)
    add_operations(app, graph)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    return app
