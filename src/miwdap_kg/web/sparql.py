"""The SPARQL endpoint: each answer in the format that the client likes best."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from miwdap_kg import __version__
from miwdap_kg.formats import GRAPH_FORMATS, HTML, SOLUTION_FORMATS, Format, Negotiated, by_name
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.release import Release
from miwdap_kg.settings import Settings
from miwdap_kg.sparql import outline
from miwdap_kg.web import html, protocol, routes
from miwdap_kg.web.answer_page import answer_page
from miwdap_kg.web.description import SPARQL_GET, SPARQL_POST
from miwdap_kg.web.protocol import Asked
from miwdap_kg.web.threads import Threads

__all__ = ["add_sparql", "entity_tag", "url_too_long"]

_SHORT: Final = 10_000

# What gives another answer each time, blank nodes of a template among it. A name that only looks
# like one of these, say in a comment, costs an entity tag and nothing else.
_VOLATILE: Final = re.compile(r"\b(?:RAND|NOW|UUID|STRUUID|BNODE)\b|_:|\[", re.IGNORECASE)


def add_sparql(app: FastAPI, graph: KnowledgeGraph, settings: Settings, threads: Threads) -> None:
    """Let *app* answer queries at `/sparql`, each in one of the *threads*."""

    async def get(request: Request) -> Response:
        asked = protocol.what_is_asked(_url_parameters(request))
        if asked is not None:
            return await answer(request, asked)
        if html.is_wanted(_accept(request), (*SOLUTION_FORMATS, *GRAPH_FORMATS)):
            return RedirectResponse("/", 303, {"vary": "Accept"})
        raise protocol.no_query()

    async def post(request: Request) -> Response:
        body = protocol.body_of(
            request.headers.get("content-type", ""), max_query_bytes=settings.max_query_bytes
        )
        content = await protocol.read_body(
            request.stream(),
            body,
            announced=_announced(request),
            is_held_back="expect" in request.headers,
        )
        parameters = _url_parameters(request)
        if body.media_type == protocol.FORM:
            parameters += protocol.read_parameters(content, "The form")
            asked = protocol.what_is_asked(parameters)
        else:
            asked = protocol.what_is_asked(parameters, direct=content)
        if asked is None:
            raise protocol.no_query()
        return await answer(request, asked)

    async def answer(request: Request, asked: Asked) -> Response:
        request.state.query = asked.text
        if len(asked.text) <= _SHORT:
            chosen = _choose(asked, _accept(request))
        else:
            # To read a long query takes so long that the others would have to wait.
            chosen = await threads.run(lambda: _choose(asked, _accept(request)))
        headers = {"vary": "Accept"}
        if chosen.format is HTML:
            page = await threads.run(lambda: answer_page(graph.execution, asked))
            return html.page_response(page, headers=headers)
        if request.method != "POST" and graph.release is not None:
            tag = entity_tag(graph.release, asked, chosen)
            headers |= {} if tag is None else {"etag": tag}
            if tag in _tags(request.headers.get("if-none-match", "")):
                return Response(None, 304, headers)
        name = f"answer.{chosen.format.extension}"
        headers["content-disposition"] = f'inline; filename="{name}"'
        content = await threads.run(lambda: _content(graph, asked, chosen.format))
        return Response(content, 200, headers, chosen.content_type)

    routes.add(app, "/sparql", get, "/sparql/", **SPARQL_GET)
    routes.add(app, "/sparql", post, "/sparql/", method="POST", **SPARQL_POST)


def url_too_long(found: int) -> HTTPException:
    """Return the error for an address that is longer than any that is taken."""
    return HTTPException(
        414,
        f"The address has {found:,} bytes or more; at most {protocol.MAX_URL_BYTES:,} are taken. "
        f"Send the query by POST, as {protocol.QUERY}.",
    )


def entity_tag(release: Release, asked: Asked, chosen: Negotiated) -> str | None:
    """Return the entity tag of an answer, told from the question alone; None when it varies.

    A release never changes, so the same question has the same answer.
    """
    if _VOLATILE.search(asked.text):
        return None
    question = [
        *(release.digest, __version__, asked.text, chosen.media_type),
        *(asked.default_graphs, asked.named_graphs),
    ]
    return f'"{hashlib.sha256(json.dumps(question).encode()).hexdigest()[:32]}"'


def _content(graph: KnowledgeGraph, asked: Asked, format_: Format) -> bytes:
    # The engine's results must be read in the thread that asked, so this is one piece of work.
    output = io.BytesIO()
    graph.execution.execute(asked.in_format(format_), output)
    return output.getvalue()


def _choose(asked: Asked, accept: str | None) -> Negotiated:
    form = outline(asked.text).form
    if form is None or form == "update":
        # Not a query: the execution says what is wrong with it.
        return Negotiated(SOLUTION_FORMATS[0], SOLUTION_FORMATS[0].media_type)
    offered = GRAPH_FORMATS if form in ("construct", "describe") else SOLUTION_FORMATS
    if asked.format_name is not None:
        named = by_name(asked.format_name, (*offered, HTML))
        return Negotiated(named, named.media_type)
    return html.negotiate_with_html(accept, offered)


def _url_parameters(request: Request) -> list[tuple[str, str]]:
    encoded: bytes = request.scope["query_string"]
    if len(encoded) > protocol.MAX_URL_BYTES:
        raise url_too_long(len(encoded))
    return protocol.read_parameters(encoded, "The query string")


def _accept(request: Request) -> str | None:
    return ", ".join(request.headers.getlist("accept")) or None


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _tags(if_none_match: str) -> Sequence[str]:
    return [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
