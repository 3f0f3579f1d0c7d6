"""Compares answers to one query from several engines: the same rows, however they are written."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import pyoxigraph as ox

from benchmarks.asking import CSV, JSON, TURTLE, Answer

__all__ = ["Content", "difference", "read"]

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS: Final = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal", "double", "float"))
_KNOWN: Final = {JSON, CSV, TURTLE, "text/n3"}


@dataclass(frozen=True, slots=True)
class Content:
    """The rows or triples of an answer, in any order, and how many bytes they were sent in."""

    rows: Counter[Hashable]
    bytes: int

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.rows.total()


def read(answer: Answer) -> Content:
    """Return what an answer holds.

    Raises:
        ValueError: it is no 200, or of another media type than any we ask for.
    """
    if answer.status != 200:
        raise ValueError(f"status {answer.status}: {answer.body[:200]!r}")
    if answer.media_type not in _KNOWN:
        raise ValueError(f"the answer is {answer.media_type}")
    return Content(Counter(_rows(answer)), len(answer.body))


def difference(expected: Content, found: Content) -> str:
    """Return how an answer differs from the expected one, or nothing.

    >>> one = Content(Counter({"a": 1}), 10)
    >>> difference(one, Content(Counter({"a": 2}), 20))
    '2 rows, not 1; for example too much: a'
    """
    if expected.rows == found.rows:
        return ""
    parts = [f"{len(found):,} rows, not {len(expected):,}"]
    for what, rows in (
        ("too much", found.rows - expected.rows),
        ("missing", expected.rows - found.rows),
    ):
        if rows:
            parts.append(f"for example {what}: {min(map(str, rows))[:300]}")
    return "; ".join(parts)


def _rows(answer: Answer) -> Iterable[Hashable]:
    if answer.media_type == CSV:
        yield from _csv_rows(answer.body)
    elif answer.media_type == JSON:
        yield from _json_rows(answer.body)
    else:
        for quad in set(ox.parse(answer.body, format=ox.RdfFormat.TURTLE)):
            yield tuple(_term(each) for each in (quad.subject, quad.predicate, quad.object))


def _csv_rows(body: bytes) -> Iterable[Hashable]:
    rows = csv.reader(io.StringIO(body.decode("utf-8"), newline=""))
    names = next(rows)
    for row in rows:
        yield tuple(
            (name, _value(cell)) for name, cell in zip(names, row, strict=True) if cell != ""
        )


def _json_rows(body: bytes) -> Iterable[Hashable]:
    content = json.loads(body)
    if "boolean" in content:
        yield bool(content["boolean"])
        return
    for row in content["results"]["bindings"]:
        yield tuple(sorted((name, _json_term(term)) for name, term in row.items()))


def _json_term(term: dict[str, Any]) -> tuple[str, str, str]:
    if term["type"] == "bnode":
        return ("bnode", "", "")
    if term["type"] == "uri":
        return ("uri", term["value"], "")
    # An old draft of the format, which some engines keep to, has typed-literal.
    return _literal(term["value"], term.get("datatype", ""), term.get("xml:lang", ""))


def _term(term: object) -> tuple[str, str, str]:
    if isinstance(term, ox.NamedNode):
        return ("uri", term.value, "")
    if isinstance(term, ox.Literal):
        return _literal(term.value, term.datatype.value, term.language or "")
    return ("bnode", "", "")


def _literal(value: str, datatype: str, language: str) -> tuple[str, str, str]:
    if language:
        return ("literal", value, f"@{language.lower()}")
    if datatype == f"{_XSD}boolean":
        return ("literal", {"1": "true", "0": "false"}.get(value, value), datatype)
    if datatype in _NUMBERS:
        return ("literal", _value(value), datatype)
    return ("literal", value, "" if datatype == f"{_XSD}string" else datatype)


def _value(text: str) -> str:
    # Engines write one number in several ways: 1.50, 1.5, 0.15E1.
    if text[:1] not in "+-.0123456789" or not text:
        return text
    try:
        return format(Decimal(text).normalize(), "f")
    except InvalidOperation:
        return text
