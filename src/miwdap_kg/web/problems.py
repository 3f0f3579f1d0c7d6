"""The only place where an exception becomes a response (RFC 9457)."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miwdap_kg.errors import (
    AnswerStalled,
    EngineError,
    LookupFailure,
    NotAcceptable,
    ParameterError,
    QueryCrashed,
    QueryError,
    QueryEvaluationError,
    QueryNotAllowed,
    QueryOutOfMemory,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    RequestError,
    RowLimitReached,
    ServiceUnavailable,
    UnknownFunction,
    UnsupportedMediaType,
)
from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format
from miwdap_kg.namespaces import BASE
from miwdap_kg.web import html
from miwdap_kg.web.negotiation import is_html_wanted

__all__ = [
    "PROBLEMS",
    "PROBLEM_JSON",
    "Kind",
    "Problems",
    "http_problem",
    "kind_of",
    "problem_response",
]

_LOG: Final = logging.getLogger(__name__)

PROBLEM_JSON: Final = Format(
    "problem", "Problem", "application/problem+json", "json", "page", ("application/json",)
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its status, the end of its type's IRI, its title in a few words.

    *fields* are the error's attributes that go into the body under the same names.
    """

    status: int
    slug: str
    title: str
    fields: tuple[str, ...] = ()
    retry_after: int | None = None


PROBLEMS: Final[Mapping[type[Exception], Kind]] = MappingProxyType(
    {
        QuerySyntaxError: Kind(
            400, "query-syntax", "The query is not SPARQL 1.1", ("line", "column", "problem")
        ),
        QueryNotAllowed: Kind(403, "query-not-allowed", "This is never done here"),
        ParameterError: Kind(
            400, "query-parameter", "A parameter of the query is wrong", ("name", "allowed")
        ),
        QueryTimeout: Kind(
            503, "query-timeout", "The query took too long", ("seconds",), retry_after=60
        ),
        QueryOutOfMemory: Kind(500, "query-memory", "The query took too much memory"),
        QueryCrashed: Kind(500, "query-crashed", "The query ended the process that ran it"),
        AnswerStalled: Kind(503, "answer-stalled", "Nobody read the answer", ("seconds",)),
        RowLimitReached: Kind(413, "row-limit", "The answer has too many rows", ("limit",)),
        QueryTooLarge: Kind(
            413, "query-too-large", "Too large for this endpoint", ("what", "found", "limit")
        ),
        UnknownFunction: Kind(400, "unknown-function", "A function is not known here"),
        QueryEvaluationError: Kind(500, "query-evaluation", "The query could not be evaluated"),
        EngineError: Kind(502, "engine", "The engine behind this endpoint failed"),
        QueryError: Kind(500, "query", "The query could not be answered"),
        UnsupportedMediaType: Kind(
            415, "media-type", "The request body cannot be read", ("found", "accepted")
        ),
        RequestError: Kind(400, "request", "The request breaks the SPARQL protocol"),
        LookupFailure: Kind(404, "not-found", "Not found", ("name", "closest")),
        NotAcceptable: Kind(406, "not-acceptable", "No such format", ("asked", "offered")),
        ServiceUnavailable: Kind(503, "busy", "Not now", retry_after=5),
    }
)
"""What each error is over HTTP; an error that has no row of its own takes its nearest base's."""

_INTERNAL: Final = Kind(500, "internal", "Something went wrong here")
_OF_STATUS: Final = {
    404: PROBLEMS[LookupFailure],
    405: Kind(405, "method-not-allowed", "Not with this method"),
    414: Kind(414, "uri-too-long", "The address is too long"),
    416: Kind(416, "range", "No such range of the file"),
}


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """A problem as a page.

    *number* tells this occurrence from others, *query* is what was asked, to be mended, and
    *line* its wrong line in three parts: before the wrong place, there, and after.
    """

    template: ClassVar[str] = "problem.html"

    status: int
    title: str
    detail: str
    number: str
    query: str
    line: tuple[str, str, str] | None


class Problems:
    """Turns whatever is raised within into a response, unless one has been begun.

    A begun response is cut, so that it never looks whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
            return
        except ClientDisconnect:
            return
        except asyncio.CancelledError:
            # Only a server that stops cancels its requests.
            if begun:
                raise
            response = problem_response(
                ServiceUnavailable("The server is stopping. Ask again in a moment."), scope
            )
        except Exception as error:  # the web's outermost door; it is logged with its trace
            if begun:
                raise
            response = problem_response(error, scope)
        await response(scope, receive, send)


async def http_problem(request: Request, error: Exception) -> Response:
    """Return the response for what the framework itself refuses: no such path, wrong method."""
    return problem_response(error, request.scope)


def problem_response(error: Exception, scope: Scope) -> Response:
    """Return the response that tells what went wrong, as JSON or as a page."""
    if isinstance(error, HTTPException):
        kind, detail, fields = _refusal(error, scope)
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        if error.status_code == 405:
            headers["allow"] = ", ".join(_methods(scope))
    else:
        kind = kind_of(error)
        detail, headers = str(error), {}
        fields = {name: getattr(error, name) for name in kind.fields}
    if kind.status >= 500 and kind.retry_after is None:
        number = uuid.uuid4()
        # An error that we know has a line for its query, with all there is to say.
        trace = error if kind is _INTERNAL else None
        said = "" if trace else f" {detail}"
        _LOG.error("%s %s: %s%s", scope["method"], scope["path"], number, said, exc_info=trace)
        fields["instance"] = f"urn:uuid:{number}"
        if kind is _INTERNAL:
            detail = "This is our mistake, not yours. Tell us the number of this occurrence."
    if kind.retry_after is not None:
        headers["retry-after"] = str(kind.retry_after)
    headers |= scope.get("state", {}).get("query_headers", {})
    return _response(kind, detail, fields, headers, Request(scope))


def kind_of(error: Exception) -> Kind:
    """Return what an error is over HTTP."""
    return next((PROBLEMS[each] for each in type(error).__mro__ if each in PROBLEMS), _INTERNAL)


def _refusal(error: HTTPException, scope: Scope) -> tuple[Kind, str, dict[str, Any]]:
    kind = _OF_STATUS.get(error.status_code) or Kind(error.status_code, "http", error.detail)
    if error.status_code == 404:
        path = scope["path"].removeprefix(_root(scope))
        failure = LookupFailure("page", path, _paths(scope), see="/")
        return kind, str(failure), {"name": failure.name, "closest": failure.closest}
    if error.status_code == 405:
        allowed = _methods(scope)
        detail = f"{scope['method']} is not known at {scope['path']}. Use {' or '.join(allowed)}."
        return kind, detail, {"allowed": allowed}
    return kind, error.detail, {}


def _response(
    kind: Kind, detail: str, fields: dict[str, Any], headers: dict[str, str], request: Request
) -> Response:
    headers = {**headers, "vary": "Accept", "cache-control": "no-store"}
    accept = request.headers.get("accept")
    if is_html_wanted(accept, (PROBLEM_JSON, *SOLUTION_FORMATS, *GRAPH_FORMATS)):
        return html.page_response(
            _page(kind, detail, fields, getattr(request.state, "query", "")),
            root=_root(request.scope),
            status=kind.status,
            headers=headers,
        )
    body = {
        "type": f"{BASE}problem/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        **fields,
    }
    content = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    return Response(content, kind.status, headers, PROBLEM_JSON.media_type)


def _page(kind: Kind, detail: str, fields: Mapping[str, Any], query: str) -> ProblemPage:
    return ProblemPage(
        status=kind.status,
        title=kind.title,
        detail=detail,
        number=fields.get("instance", "").removeprefix("urn:uuid:"),
        query=query,
        line=_wrong_line(query, fields) if kind is PROBLEMS[QuerySyntaxError] else None,
    )


def _wrong_line(query: str, fields: Mapping[str, Any]) -> tuple[str, str, str] | None:
    lines = query.split("\n")
    if fields["line"] > len(lines):
        return None
    line = lines[fields["line"] - 1].rstrip("\r")
    before, after = line[: fields["column"] - 1], line[fields["column"] - 1 :]
    wrong = re.split(r"\s", after, maxsplit=1)[0]
    return before, wrong, after.removeprefix(wrong)


def _paths(scope: Scope) -> Iterator[str]:
    for route in scope["app"].routes:
        path = getattr(route, "path", "")
        if "{" not in path:
            yield path


def _methods(scope: Scope) -> list[str]:
    allowed = {"OPTIONS"}
    # A mounted application has moved the root; the routes are those of the outer one.
    outer = {**scope, "root_path": _root(scope)}
    for route in scope["app"].routes:
        if route.matches(outer)[0] is not Match.NONE:
            allowed |= getattr(route, "methods", None) or {"GET", "HEAD"}
    return sorted(allowed)


def _root(scope: Scope) -> str:
    # Within what is mounted, such as the static files, the root path has grown.
    root: str = scope.get("app_root_path", scope.get("root_path", ""))
    return root
