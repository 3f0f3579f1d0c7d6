"""Looks at a query before it runs, and refuses what must never reach the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from miwdap_kg.diagnosis import diagnose, place
from miwdap_kg.errors import QueryNotAllowed, QuerySyntaxError, QueryTooLarge
from miwdap_kg.execution.complexity import Complexity, measure
from miwdap_kg.execution.service import NO_SERVICES, ServicePolicy, has_service
from miwdap_kg.sparql import QueryOutline, outline

__all__ = ["Inspected", "QueryLimits", "inspect"]

_WHAT: Final = {
    "depth": "depth of nested brackets",
    "chain": "number of operators, clauses and columns in a row",
    "patterns": "number of triple patterns in one group",
    "doublings": "number of OPTIONAL, sub-SELECT, REGEX, SUBSTR, REPLACE, GROUP_CONCAT, '!' and "
    "'/' inside one another",
}
_PARTS: Final = re.compile(r"\w+|[^\w\s]")
_MAY_STICK: Final = re.compile(r"[0-9][A-Za-z_]|true|false|undef", re.IGNORECASE)
"""What has tokens in it with nothing between them, such as `1true1true`."""


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How large a query and its answer may be.

    The last four are bounded because they overrun the engine's stack, which ends the process, or
    keep it planning for longer than a query may run; `Complexity` says what they count. A query
    that a person or a tool writes comes near none of them: of those of this project and of the
    W3C's suite the largest has 7, 49, 14 and 2.
    """

    query_bytes: int = 256 * 1024
    answer_bytes: int = 256 * 1024 * 1024
    rows: int = 0
    depth: int = 200
    chain: int = 1_000
    patterns: int = 100
    doublings: int = 15


@dataclass(frozen=True, slots=True)
class Inspected:
    """A query that may run: the text for the engine, and the outline of what was asked."""

    text: str
    outline: QueryOutline


def inspect(text: str, limits: QueryLimits, services: ServicePolicy = NO_SERVICES) -> Inspected:
    """Return a query that may run; an allowed SERVICE clause asks through the gateway.

    Raises:
        QueryTooLarge: the text is too long, too deeply nested, or too long to plan.
        QueryNotAllowed: it is an update, or it has a SERVICE clause that is not allowed.
        QuerySyntaxError: it has half a character, or a name that an engine might misread.
    """
    size = len(text) if text.isascii() else _size(text)
    if size > limits.query_bytes:
        raise QueryTooLarge("query in bytes", found=size, limit=limits.query_bytes)
    found = outline(text)
    if found.form == "update":
        raise QueryNotAllowed(
            "This is an update, and this endpoint only answers queries. "
            "The data changes with each release; propose a change in the repository."
        )
    may_ask = has_service(text)
    if may_ask or not _is_small(text[found.prologue.end :], limits):
        _check(measure(text, found.prologue), limits, text)
    return Inspected(services.rewrite(text, found.prologue) if may_ask else text, found)


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        line, column = place(text, error.start)
        code = ord(text[error.start])
        raise QuerySyntaxError(
            f"found half a character (U+{code:04X}), which is none.", line=line, column=column
        ) from error


def _is_small(text: str, limits: QueryLimits) -> bool:
    if _MAY_STICK.search(text):
        return False
    # Each token has a part of its own. It makes two links and two patterns within a list, which a
    # round bracket begins, and half a pattern elsewhere; only brackets themselves make more.
    brackets = text.count("(") + text.count("{") + text.count("[")
    before, bracket, behind = text.partition("(")
    apart, listed = len(_PARTS.findall(before)), len(_PARTS.findall(bracket + behind))
    return (
        apart // 2 + 2 * (listed + brackets) <= limits.patterns
        and 2 * (apart + listed + brackets) <= limits.chain
        and brackets <= limits.depth
        and brackets + text.count("/") <= limits.doublings
    )


def _check(found: Complexity, limits: QueryLimits, text: str) -> None:
    if found.misread is not None:
        start, problem = found.misread
        if not problem:
            raise diagnose(text, "")
        line, column = place(text, start)
        raise QuerySyntaxError(problem, line=line, column=column)
    for name, what in _WHAT.items():
        number, limit = getattr(found, name), getattr(limits, name)
        if number > limit:
            raise QueryTooLarge(what, found=number, limit=limit)
