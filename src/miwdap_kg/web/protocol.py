"""Reads a request of the SPARQL 1.1 Protocol (§2.1) into what it asks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from miwdap_kg.errors import QueryNotAllowed, QueryTooLarge, RequestError, UnsupportedMediaType
from miwdap_kg.execution import QueryRequest
from miwdap_kg.formats import Format
from miwdap_kg.web.request_key import unquoted

__all__ = [
    "FORM",
    "MAX_URL_BYTES",
    "QUERY",
    "UPDATE",
    "Asked",
    "Body",
    "body_of",
    "format_named",
    "no_query",
    "read_body",
    "read_parameters",
    "what_is_asked",
]

MAX_URL_BYTES: Final = 60 * 1024
"""The longest query string taken; a longer query is sent by POST.

The HTTP parser reads no address of more than 65,535 bytes, path and all.
"""

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

_HOW_TO_ASK: Final = (
    "Ask with GET /sparql?query=…, with a POST of the form field 'query', "
    f"or with a POST of the query itself as {QUERY}."
)
_NO_UPDATES: Final = (
    "This is an update, and this endpoint only answers queries. "
    "The data changes with each release; propose a change in the repository."
)
_FORM_OVERHEAD: Final = 16 * 1024
_READ_AT_MOST: Final = 32 * 1024 * 1024
_ABSOLUTE_IRI: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[^\x00-\x20<>\"{}|^`\\%]|%[0-9A-Fa-f]{2})*"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the dataset it is for, and how the answer is wanted.

    *format_name* is the format asked for by name, *seconds* how long the query may run at most,
    *has_bom* whether CSV begins with the mark that lets spreadsheets see that it is UTF-8.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format_name: str | None = None
    seconds: float | None = None
    has_bom: bool = False

    def in_format(self, format_: Format) -> QueryRequest:
        """Return the request for the answer in a format."""
        return QueryRequest(
            self.text,
            format_,
            default_graphs=self.default_graphs,
            named_graphs=self.named_graphs,
        )


@dataclass(frozen=True, slots=True)
class Body:
    """What kind of body a request has, and how many bytes of it are taken."""

    media_type: str
    limit: int


def body_of(content_type: str, *, max_query_bytes: int) -> Body:
    """Return the kind of body that a `Content-Type` header announces.

    Raises:
        QueryNotAllowed: it is an update.
        UnsupportedMediaType: it is no query, or not in UTF-8.
    """
    media_type, *parameters = (piece.strip() for piece in content_type.split(";"))
    media_type = media_type.lower()
    if media_type == UPDATE:
        raise QueryNotAllowed(_NO_UPDATES)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            media_type = ""
    if media_type == QUERY:
        return Body(media_type, max_query_bytes)
    if media_type == FORM:
        # A byte of the query can take three in a form.
        return Body(media_type, 3 * max_query_bytes + _FORM_OVERHEAD)
    accepted = [f"{each}; charset=utf-8" for each in (QUERY, FORM)]
    raise UnsupportedMediaType(content_type, accepted)


async def read_body(
    stream: AsyncIterable[bytes], body: Body, *, announced: int = 0, is_held_back: bool = False
) -> bytes:
    """Return a request's body, or refuse it when it is too large.

    What is too much is read to its end and forgotten, within reason: a client that is still
    sending when its connection is closed never sees the answer.

    Args:
        stream: the pieces of the body.
        body: how many bytes of it are taken.
        announced: how many bytes the client says it has.
        is_held_back: whether the client asks first if it may send them (`Expect: 100-continue`).

    Raises:
        QueryTooLarge: the body is, or is announced to be, larger than its limit.
    """
    content = bytearray()
    found = 0
    if announced <= body.limit or (announced <= _READ_AT_MOST and not is_held_back):
        async for chunk in stream:
            found += len(chunk)
            if found <= body.limit:
                content += chunk
            elif found > _READ_AT_MOST:
                break
    found = max(found, announced)
    if found > body.limit:
        raise QueryTooLarge("request body in bytes", found=found, limit=body.limit)
    return bytes(content)


def read_parameters(encoded: bytes, where: str) -> list[tuple[str, str]]:
    """Return the parameters in a query string or a form, `+` and `%` decoded once.

    Raises:
        RequestError: they are not UTF-8.
    """
    found = []
    for part in encoded.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            found.append((_decode(name, where), _decode(value, where)))
    return found


def what_is_asked(
    parameters: Sequence[tuple[str, str]], *, direct: bytes | None = None
) -> Asked | None:
    """Return what the parameters, and a query sent as the body, ask; None when there is no query.

    Raises:
        QueryNotAllowed: it is an update.
        RequestError: there are several queries, or a parameter has a value that it cannot have.
    """
    if any(name == "update" for name, _ in parameters):
        raise QueryNotAllowed(_NO_UPDATES)
    queries = [value for name, value in parameters if name == "query"]
    if direct is not None:
        queries.append(_utf8(direct, "The query"))
    if len(queries) > 1:
        raise RequestError(f"Found {len(queries)} queries in one request. {_HOW_TO_ASK}")
    if not queries:
        return None
    return Asked(
        text=queries[0],
        default_graphs=tuple(_graphs(parameters, "default-graph-uri")),
        named_graphs=tuple(_graphs(parameters, "named-graph-uri")),
        format_name=format_named(parameters),
        seconds=_seconds(parameters),
        has_bom=_is_on(parameters, "bom"),
    )


def no_query() -> RequestError:
    """Return the error for a request that has no query."""
    return RequestError(f"Found no query in the request. {_HOW_TO_ASK}")


def _graphs(parameters: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    graphs = [value for name, value in parameters if name == wanted]
    for each in graphs:
        if not _is_absolute_iri(each):
            raise RequestError(
                f"{wanted} is '{each}', which is no absolute IRI. "
                "Give the full name of the graph, without angle brackets."
            )
    return list(dict.fromkeys(graphs))


def _is_absolute_iri(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return _ABSOLUTE_IRI.fullmatch(text) is not None


def format_named(parameters: Sequence[tuple[str, str]]) -> str | None:
    """Return the name of the format that the parameters ask for, if they ask for one."""
    # SPARQLWrapper sends its format under all three names.
    for wanted in ("format", "output", "results"):
        for name, value in parameters:
            if name == wanted and value:
                return value
    return None


def _seconds(parameters: Sequence[tuple[str, str]]) -> float | None:
    for name, value in parameters:
        if name == "timeout" and value:
            if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", value) or float(value) == 0:
                raise RequestError(
                    f"timeout is '{value}'. Give a number of seconds above 0, such as 10 or 0.5."
                )
            return float(value)
    return None


def _is_on(parameters: Sequence[tuple[str, str]], wanted: str) -> bool:
    for name, value in parameters:
        if name == wanted:
            if value.lower() not in ("", "0", "1", "false", "true"):
                raise RequestError(f"{wanted} is '{value}'. Give true or false.")
            return value.lower() in ("1", "true")
    return False


def _decode(text: bytes, where: str) -> str:
    return _utf8(unquoted(text), where)


def _utf8(content: bytes, what: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(
            f"{what} is not UTF-8: byte {error.start + 1} is {content[error.start]:#04x}."
        ) from error
