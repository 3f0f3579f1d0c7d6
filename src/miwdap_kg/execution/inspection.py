"""Looks at a query before it runs, and refuses what must never reach the engine."""

from __future__ import annotations

from dataclasses import dataclass

from miwdap_kg.errors import QueryNotAllowed, QueryTooLarge
from miwdap_kg.sparql import QueryOutline, outline

__all__ = ["QueryLimits", "inspect"]


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How large a query and its answer may be.

    Depth and tokens are bounded because long chains of anything overrun the engine's stack, which
    ends the process; no query that a person or a tool writes comes near these limits.
    """

    query_bytes: int = 256 * 1024
    answer_bytes: int = 256 * 1024 * 1024
    depth: int = 200
    tokens: int = 1_000


def inspect(text: str, limits: QueryLimits) -> QueryOutline:
    """Return the outline of a query that may run.

    Raises:
        QueryTooLarge: the text is too long or too deeply nested.
        QueryNotAllowed: it is an update, or it has a SERVICE clause.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limits.query_bytes:
        raise QueryTooLarge("query in bytes", found=size, limit=limits.query_bytes)
    found = outline(text)
    if found.depth > limits.depth:
        raise QueryTooLarge("depth of nested brackets", found=found.depth, limit=limits.depth)
    if found.tokens > limits.tokens:
        raise QueryTooLarge("number of tokens", found=found.tokens, limit=limits.tokens)
    if found.form == "update":
        raise QueryNotAllowed(
            "This is an update, and this endpoint only answers queries. "
            "The data changes with each release; propose a change in the repository."
        )
    if found.has_service:
        raise QueryNotAllowed(
            "The query has a SERVICE clause, which would make this endpoint ask another server. "
            "Run it in a federation engine of your own, or load both dumps into one store."
        )
    return found
