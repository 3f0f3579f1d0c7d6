"""Requests that must be refused, as bytes, each with the statuses that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from benchmarks.soak.wire import get

__all__ = ["BAD_REQUESTS", "BadRequest"]


@dataclass(frozen=True, slots=True)
class BadRequest:
    """A request, what is wrong with it, and how it may be refused."""

    name: str
    content: bytes
    statuses: Sequence[int]


def _post(body: bytes, content_type: str) -> bytes:
    head = (
        f"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _ask(query: str, accept: str = "*/*") -> bytes:
    return get(f"/sparql?query={quote(query, safe='')}", accept)


_QUERY: Final = "application/sparql-query"
_NESTED: Final = f"SELECT * WHERE {{ FILTER {'(' * 5000}1{')' * 5000} }}"
_LONG: Final = b"SELECT * WHERE { ?s ?p ?o } #" + b"x" * 1_000_000

BAD_REQUESTS: Final = (
    BadRequest("no SPARQL", _ask("SELECT WHERE"), (400,)),
    BadRequest("two queries", get("/sparql?query=ASK%7B%7D&query=ASK%7B%7D"), (400,)),
    BadRequest("no UTF-8", get("/sparql?query=%FF"), (400,)),
    BadRequest("no time", get("/sparql?query=ASK%7B%7D&timeout=never"), (400,)),
    BadRequest("an update", _post(b"CLEAR ALL", "application/sparql-update"), (403,)),
    BadRequest("an update as a query", _ask("CLEAR ALL"), (400, 403)),
    BadRequest("a SERVICE", _ask("ASK { SERVICE <http://127.0.0.1:9/> { } }"), (403,)),
    BadRequest("no such page", get("/nothing"), (404,)),
    BadRequest("no such method", get("/sparql", method="DELETE"), (405,)),
    BadRequest("no such format", _ask("ASK { }", "image/png"), (406,)),
    BadRequest("a body too large", _post(_LONG, _QUERY), (413,)),
    BadRequest("too deep", _post(_NESTED.encode(), _QUERY), (400, 413)),
    BadRequest("an address too long", get(f"/sparql?query={'x' * 80_000}"), (414, 431)),
    BadRequest("no query", _post(b"{}", "application/json"), (415,)),
    BadRequest("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", (400,)),
)
"""All of them; each is sent over a connection of its own."""
