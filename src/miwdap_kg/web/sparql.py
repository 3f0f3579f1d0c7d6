"""The SPARQL endpoint: hands each question to where the data is, and passes the answer on."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from miwdap_kg.errors import MiwdapError
from miwdap_kg.execution.runner import Answer, Job, Runner
from miwdap_kg.formats import FORMATS
from miwdap_kg.settings import Settings
from miwdap_kg.web import html, protocol, routes
from miwdap_kg.web.answer_page import answer_page
from miwdap_kg.web.description import SPARQL_GET, SPARQL_POST
from miwdap_kg.web.exchange import Exchange
from miwdap_kg.web.metrics import Metrics
from miwdap_kg.web.problems import kind_of
from miwdap_kg.web.protocol import Asked
from miwdap_kg.web.question import Question
from miwdap_kg.web.request_log import QueryLog, QueryRecord, query_ids, server_timing

__all__ = ["AnswerCut", "SparqlEndpoint", "add_sparql", "url_too_long"]

_VARY: Final = (b"vary", b"Accept")
_VARY_BY_HOST: Final = (b"vary", b"Accept, Host")
_REMARKS: Final = {each.name: each.remark for each in FORMATS if each.kind != "page"}


class AnswerCut(Exception):
    """Ends a connection whose answer is incomplete; what there was to say has been said."""


class SparqlEndpoint:
    """The ASGI application at `/sparql`.

    Args:
        runner: answers the questions.
        settings: how large a request may be.
        metrics: counts them.
        log: has a line for each.
    """

    def __init__(self, runner: Runner, settings: Settings, metrics: Metrics, log: QueryLog) -> None:
        self._runner = runner
        self._max_query_bytes = settings.max_query_bytes
        self._metrics = metrics
        self._log = log
        self._ids = query_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request by GET, HEAD or POST."""
        question = await self._question(scope, receive)
        job = self._runner.ask(question.pack())
        exchange = Exchange(question, job, next(self._ids), scope, send)
        try:
            answer = await job.soon
            if answer is None:
                answer = await self._unless_gone(job, receive)
            if answer is not None:
                await self._respond(exchange, answer, receive)
        except MiwdapError as error:
            exchange.outcome = kind_of(error).slug
            exchange.status = exchange.status or kind_of(error).status
            state = scope.setdefault("state", {})
            state["query"] = exchange.query()
            state["query_headers"] = {
                "miwdap-query-id": exchange.id,
                "server-timing": server_timing(*exchange.seconds()),
            }
            raise
        finally:
            if exchange.outcome != "complete":
                # Nobody waits any more, whatever the reason.
                self._runner.drop(job)
            # The answer leaves when the event loop turns; what there is to say of it comes after.
            asyncio.get_running_loop().call_soon(self._note, exchange.record())

    def _note(self, record: QueryRecord | None) -> None:
        if record is not None:
            self._metrics.computed(record)
            self._log.computed(record)

    async def _question(self, scope: Scope, receive: Receive) -> Question:
        query_string: bytes = scope["query_string"]
        if len(query_string) > protocol.MAX_URL_BYTES:
            raise url_too_long(len(query_string))
        accept, if_none_match = b"", b""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = accept + b", " + value if accept else value
            elif name == b"if-none-match":
                if_none_match = value
        if scope["method"] != "POST":
            address = b"" if b"query" in query_string else _address(scope)
            return Question(query_string, accept, if_none_match, address=address)
        headers = Headers(scope=scope)
        body = protocol.body_of(
            headers.get("content-type", ""), max_query_bytes=self._max_query_bytes
        )
        length = headers.get("content-length", "")
        content = await protocol.read_body(
            Request(scope, receive).stream(),
            body,
            announced=int(length) if length.isdecimal() else 0,
            is_held_back="expect" in headers,
        )
        return Question(query_string, accept, b"", content, body.media_type)

    async def _unless_gone(self, job: Job, receive: Receive) -> Answer | None:
        gone = asyncio.ensure_future(_disconnect(receive))
        try:
            await asyncio.wait((job.later, gone), return_when=asyncio.FIRST_COMPLETED)
            return job.later.result() if job.later.done() else None
        finally:
            gone.cancel()

    async def _respond(self, exchange: Exchange, answer: Answer, receive: Receive) -> None:
        head = answer.head
        exchange.answer = answer
        if head["kind"] in ("home", "page"):
            response = await _page(exchange, answer)
            await response(exchange.scope, receive, exchange.send)
            exchange.outcome = "complete"
            return
        headers = [_VARY_BY_HOST if head["form"] == "description" else _VARY]
        if head.get("tag"):
            headers.append((b"etag", head["tag"].encode()))
        if head["kind"] == "unchanged":
            await exchange.start(304, headers)
            await exchange.send({"type": "http.response.body", "body": b""})
            return
        headers += [
            (b"content-type", head["type"].encode()),
            (b"content-disposition", b'inline; filename="answer.%s"' % head["extension"].encode()),
            (b"miwdap-query-id", exchange.id.encode()),
            (b"server-timing", server_timing(*exchange.seconds()).encode()),
        ]
        if head.get("incomplete"):
            headers.append((b"miwdap-incomplete", head["incomplete"].encode()))
        if answer.body is not None:
            headers.append((b"content-length", b"%d" % len(answer.body)))
            await exchange.start(200, headers)
            exchange.outcome = "complete"
            await exchange.send({"type": "http.response.body", "body": answer.body})
        else:
            await exchange.start(200, headers)
            await self._stream(exchange, answer, receive)

    async def _stream(self, exchange: Exchange, answer: Answer, receive: Receive) -> None:
        if exchange.scope["method"] == "HEAD":
            await exchange.send({"type": "http.response.body", "body": b""})
            # All that was asked for has come; the rest is not computed.
            self._runner.drop(exchange.job)
            exchange.outcome = "complete"
            return
        gone = asyncio.ensure_future(_disconnect(receive))
        # To drop the job ends its worker and so its answer, which stays incomplete.
        gone.add_done_callback(
            lambda it: None if it.cancelled() else self._runner.drop(exchange.job)
        )
        try:
            async for piece in answer.pieces():
                await exchange.send(
                    {"type": "http.response.body", "body": piece, "more_body": True}
                )
        except MiwdapError as error:
            if not gone.done():
                exchange.outcome = kind_of(error).slug
            remark = _REMARKS[answer.head["format"]](f"INCOMPLETE: {error}")
            await exchange.send({"type": "http.response.body", "body": remark, "more_body": True})
            raise AnswerCut(str(error)) from error
        finally:
            gone.cancel()
        exchange.outcome = "complete"
        await exchange.send({"type": "http.response.body", "body": b""})


def add_sparql(app: FastAPI, endpoint: SparqlEndpoint) -> None:
    """Let *app* describe the endpoint."""

    async def passed_on(request: Request) -> Response:
        return _PassedOn(endpoint)

    routes.add(app, "/sparql", passed_on, "/sparql/", **SPARQL_GET)
    routes.add(app, "/sparql", passed_on, "/sparql/", method="POST", **SPARQL_POST)


class _PassedOn(Response):
    def __init__(self, endpoint: SparqlEndpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(scope, receive, send)


def url_too_long(found: int) -> HTTPException:
    """Return the error for an address that is longer than any that is taken."""
    return HTTPException(
        414,
        f"The address has {found:,} bytes or more; at most {protocol.MAX_URL_BYTES:,} are taken. "
        f"Send the query by POST, as {protocol.QUERY}.",
    )


async def _page(exchange: Exchange, answer: Answer) -> Response:
    root = exchange.scope.get("root_path", "")
    if answer.head["kind"] == "home":
        return RedirectResponse(f"{root}/", 303, {"vary": "Accept"})
    asked = exchange.question.asked() or Asked("")
    page = await answer_page(asked, answer, seconds=sum(exchange.seconds()))
    exchange.status = 200
    headers = {"vary": "Accept", "miwdap-query-id": exchange.id}
    headers["server-timing"] = server_timing(*exchange.seconds())
    if answer.head.get("incomplete"):
        headers["miwdap-incomplete"] = answer.head["incomplete"]
    return html.page_response(page, root=root, headers=headers)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _address(scope: Scope) -> bytes:
    url = Request(scope).url
    return str(url.replace(path=f"{scope.get('root_path', '')}/sparql", query="")).encode()
