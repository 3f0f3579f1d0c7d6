"""The verb `gaps`: what the sources announce and do not say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from miwdap_kg.cli.graph import open_graph
from miwdap_kg.cli.terminal import lines, paragraph, shown, table, write
from miwdap_kg.namespaces import expand
from miwdap_kg.solutions import Value

if TYPE_CHECKING:
    from miwdap_kg.queries import Query

__all__ = ["gaps"]

Language = Literal["en", "ja"]
Row = Mapping[str, Value]

_FIRST: Final = expand("id:list-twenty-projects")
"""The list for which people ask: it has the first line of the report."""

_LISTS: Final = "list-members"

# The queries that make up the report, in its order, and the columns that a person is shown: the
# heading in English and in Japanese. Where a heading is said in two languages, so is the value.
_COLUMNS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    _LISTS: {
        "label": ("list", "一覧"),
        "stated": ("stated", "示された数"),
        "listed": ("listed", "挙げられた数"),
        "missing": ("missing", "足りない数"),
        "open": ("examples only", "例示のみ"),
    },
    "lists-without-a-count": {
        "label": ("list", "一覧"),
        "listed": ("listed", "挙げられた数"),
        "open": ("examples only", "例示のみ"),
        "document": ("announced in", "予告する文書"),
    },
    "official-wording-missing": {
        "kind_label": ("what it is", "種類"),
        "label": ("name", "名称"),
        "language": ("not from a source in", "典拠にない言語"),
    },
    "dates-without-a-day": {
        "label": ("thing", "対象"),
        "property_label": ("date", "日付の種類"),
        "date": ("stated", "典拠の値"),
        "document": ("in", "文書"),
    },
    "documents-read-in-part": {
        "label": ("document", "文書"),
        "text_at_hand": ("text at hand", "本文の有無"),
        "quotes": ("quotes", "引用"),
        "retellings": ("retellings", "要旨"),
        "note": ("what was read", "読んだ範囲"),
    },
}
_YES_NO: Final[Mapping[Language, tuple[str, str]]] = {"en": ("no", "yes"), "ja": ("いいえ", "はい")}
_NOTHING: Final[Mapping[Language, str]] = {"en": "Nothing is known to be missing.", "ja": "なし"}
_COUNTS: Final[Mapping[Language, str]] = {
    "en": "{label}: {stated} stated, {listed} listed, {missing} missing",
    "ja": "{label}：示された数{stated}、挙げられた数{listed}、足りない数{missing}",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the report: a stored query with the rows of its answer."""

    query: Query
    rows: Sequence[Row]


def gaps(
    format: Annotated[  # noqa: A002  # the name of the option
        Literal["text", "json", "csv"],
        typer.Option("--format", help="How the report is written; json and csv hold all columns."),
    ] = "text",
    language: Annotated[
        Language, typer.Option("--language", help="The language of a text report.")
    ] = "en",
) -> None:
    """Write the report; a gap is a result, so the exit code is 0."""
    from miwdap_kg.settings import Settings

    graph = open_graph(Settings.read())
    parts = []
    for name in _COLUMNS:
        query = graph.queries[name]
        rows: Sequence[Row] = graph.select(query.text).rows
        parts.append(_Part(query, sorted(rows, key=_urgency) if name == _LISTS else rows))
    if format == "text":
        _write_text(parts, language)
        return
    writers: Mapping[str, Callable[[Sequence[_Part]], str]] = {"json": _json, "csv": _csv}
    write(writers[format](parts).encode())


def _urgency(row: Row) -> tuple[bool, int]:
    """Return what sorts lists: that of the Twenty Projects, then those that miss most."""
    missing = row.get("missing", -1)
    return row["list"] != _FIRST, -missing if isinstance(missing, int) else 0


def _write_text(parts: Sequence[_Part], language: Language) -> None:
    first = next((row for row in parts[0].rows if row["list"] == _FIRST), None)
    if first is not None:
        counts = {name: _cell(first, name, language) for name in _COLUMNS[_LISTS]}
        lines([paragraph((_COUNTS[language].format(**counts), "bold"))])
    for part in parts:
        title = part.query.summary if language == "en" else part.query.summary_ja
        lines(
            [
                paragraph(""),
                paragraph((title, "bold")),
                paragraph((f"miwdap-kg run {part.query.name}", "dim")),
                paragraph(""),
            ]
        )
        columns = _COLUMNS[part.query.name]
        if not part.rows:
            lines([paragraph(_NOTHING[language])])
            continue
        cells = ([_cell(row, name, language) for name in columns] for row in part.rows)
        headings = [heading[language == "ja"] for heading in columns.values()]
        table(headings, _merged(cells))


def _cell(row: Row, name: str, language: Language) -> str:
    in_language = f"{name}_ja" if language == "ja" and f"{name}_ja" in row else name
    value = row.get(in_language)
    return _YES_NO[language][value] if isinstance(value, bool) else shown(value)


def _merged(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield the rows; those that differ in the last column alone become one."""
    for alike, group in groupby(rows, key=lambda row: row[:-1]):
        yield [*alike, ", ".join(row[-1] for row in group)]


def _json(parts: Sequence[_Part]) -> str:
    found = {
        part.query.name: [
            {name: _plain(row.get(name)) for name in part.query.variables} for row in part.rows
        ]
        for part in parts
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _csv(parts: Sequence[_Part]) -> str:
    # One table with every column that one of the queries has.
    variables = dict.fromkeys(name for part in parts for name in part.query.variables)
    output = io.StringIO()
    writer = csv.writer(output)  # with the line ends of RFC 4180
    writer.writerow(["query", *variables])
    for part in parts:
        for row in part.rows:
            values = (_plain(row.get(name)) for name in variables)
            # Booleans and what is not there as SPARQL 1.1 writes them in CSV.
            cells = (json.dumps(each) if isinstance(each, bool) else each for each in values)
            writer.writerow([part.query.name, *cells])
    return output.getvalue()


def _plain(value: Value | None) -> str | int | bool | None:
    return value if value is None or isinstance(value, bool | int) else str(value)
