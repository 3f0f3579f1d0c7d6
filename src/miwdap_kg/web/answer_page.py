"""Shows the answer to a query as a page for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import quote, urlencode

from miwdap_kg.execution.runner import Answer
from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format
from miwdap_kg.solutions import is_true
from miwdap_kg.web.protocol import MAX_URL_BYTES, Asked
from miwdap_kg.web.results import FirstLines, Row, table_of_triples, table_of_tsv

__all__ = ["ROWS_SHOWN", "AnswerPage", "Download", "answer_page", "link_to"]

ROWS_SHOWN: Final = 1000
"""The most rows that a page shows; the formats for programs hold all of them."""


@dataclass(frozen=True, slots=True)
class Download:
    """The whole answer in one format."""

    label: str
    media_type: str
    href: str


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """The answer to a query; *truth* is that of an ASK, *count* that of all rows.

    There are no *downloads* of a query that is too long for a link.
    """

    template: ClassVar[str] = "answer.html"

    asked: Asked
    downloads: tuple[Download, ...]
    milliseconds: float
    truth: bool | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    count: int = 0
    of_triples: bool = False
    is_cut: bool = False
    """Whether there are more rows than this endpoint gives."""

    @property
    def title(self) -> str:
        """The answer in a few words."""
        if self.truth is not None:
            return "Yes" if self.truth else "No"
        noun = "statement" if self.of_triples else "row"
        number = f"The first {self.count:,}" if self.is_cut else f"{self.count:,}"
        return f"{number} {noun}{'' if self.count == 1 else 's'}"


async def answer_page(asked: Asked, answer: Answer, *, seconds: float) -> AnswerPage:
    """Return the page that shows an answer, of which only the first rows are kept.

    Raises:
        QueryError: the answer stays incomplete.
    """
    form = answer.head["form"]
    if form == "ask":
        content = b"".join([piece async for piece in answer.pieces()])
        return AnswerPage(
            asked=asked,
            downloads=_downloads(asked, SOLUTION_FORMATS),
            milliseconds=seconds * 1000,
            truth=is_true(content),
        )
    of_triples = form in ("construct", "describe")
    # Both formats have a row on each line, so rows are counted without being kept.
    first = FirstLines(ROWS_SHOWN if of_triples else ROWS_SHOWN + 1)
    async for piece in answer.pieces():
        first.write(piece)
    columns: tuple[str, ...] = ("subject", "predicate", "object")
    rows: tuple[Row, ...] = ()
    if of_triples:
        rows = table_of_triples(first.lines())
    else:
        columns, rows = table_of_tsv(first.lines())
    return AnswerPage(
        asked=asked,
        downloads=_downloads(asked, GRAPH_FORMATS if of_triples else SOLUTION_FORMATS),
        milliseconds=seconds * 1000,
        columns=columns,
        rows=rows,
        count=first.count if of_triples else first.count - 1,
        of_triples=of_triples,
        is_cut=bool(answer.head.get("incomplete")),
    )


def link_to(asked: Asked, format_name: str | None = None) -> str:
    """Return the address that asks this, in a format or as the client likes."""
    parameters = [
        ("query", asked.text),
        *(("default-graph-uri", name) for name in asked.default_graphs),
        *(("named-graph-uri", name) for name in asked.named_graphs),
        *([] if format_name is None else [("format", format_name)]),
    ]
    return f"/sparql?{urlencode(parameters, quote_via=quote)}"


def _downloads(asked: Asked, formats: tuple[Format, ...]) -> tuple[Download, ...]:
    links = [(each, link_to(asked, each.name)) for each in formats]
    return tuple(
        Download(each.label, each.media_type, href)
        for each, href in links
        if len(href) <= MAX_URL_BYTES
    )
