"""Turns the first rows of an answer into a table, while counting all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from miwdap_kg.namespaces import NAMESPACES, shorten

__all__ = [
    "Cell",
    "FirstLines",
    "Row",
    "read_term",
    "read_triple",
    "table_of_triples",
    "table_of_tsv",
]

_LONG: Final = 40
_XSD: Final = NAMESPACES["xsd"]
_NUMBERS: Final = frozenset(
    f"{_XSD}{name}" for name in ("integer", "decimal", "double", "float", "nonNegativeInteger")
)
# What SPARQL 1.1 TSV (§4) and N-Triples (§7) have in common.
_TERM: Final = re.compile(
    r"""<(?P<iri>[^<>\s]*)>
    | "(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<language>[A-Za-z0-9\-]+)|\^\^<(?P<datatype>[^<>\s]*)>)?
    | (?P<node>_:\S+)
    | (?P<number>[+\-]?[\d.]+(?:[eE][+\-]?\d+)?)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED: Final = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One term as a reader sees it; *link* is where it leads, *note* its datatype if not plain."""

    text: str
    link: str = ""
    language: str = ""
    note: str = ""
    is_number: bool = False

    @property
    def is_long(self) -> bool:
        """Tell whether the text should have room to wrap."""
        return len(self.text) > _LONG


Row = tuple[Cell | None, ...]
"""One row of a table; an unbound cell is None."""


class FirstLines:
    """A file that keeps the first lines written to it and counts them all."""

    def __init__(self, limit: int) -> None:
        self.count = 0
        self._limit = limit
        self._kept = bytearray()

    def write(self, data: bytes) -> int:
        """Take some more of the answer."""
        content = bytes(data)
        if self.count < self._limit:
            self._kept += content
        self.count += content.count(b"\n")
        return len(content)

    def flush(self) -> None:
        """Do nothing; there is no file behind this one."""

    def lines(self) -> list[str]:
        """Return the first whole lines, without their ends."""
        whole = bytes(self._kept).rpartition(b"\n")[0].decode("utf-8")
        # Not splitlines: it would also break at characters that are text here.
        return whole.split("\n")[: self._limit] if self.count else []


def table_of_tsv(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Return the variables and the rows of an answer in SPARQL TSV."""
    variables = tuple(name.removeprefix("?") for name in lines[0].split("\t")) if lines[0] else ()
    rows = tuple(
        tuple(read_term(term) if term else None for term in line.split("\t")) if variables else ()
        for line in lines[1:]
    )
    return variables, rows


def table_of_triples(lines: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of an answer in N-Triples."""
    return tuple(tuple(map(read_term, read_triple(line))) for line in lines if line)


def read_triple(line: str) -> Iterator[str]:
    """Yield the three terms of a line of N-Triples, as they are written there."""
    yield from line.removesuffix(".").rstrip().split(" ", 2)


def read_term(term: str) -> Cell:
    """Return a term, written as in TSV or N-Triples, as a cell.

    >>> read_term('"計画"@ja')
    Cell(text='計画', link='', language='ja', note='', is_number=False)
    >>> read_term("<https://w3id.org/miwdap/id/plan>").text
    'id:plan'
    """
    match = _TERM.fullmatch(term)
    if match is None or match["node"]:
        return Cell(term)
    if match["number"]:
        return Cell(term, is_number=True)
    if match["iri"] is not None:
        iri = _unescape(match["iri"])
        is_web = iri.startswith(("http://", "https://"))
        return Cell(shorten(iri).strip("<>"), link=iri if is_web else "")
    datatype = match["datatype"] or ""
    is_number = datatype in _NUMBERS
    return Cell(
        text=_unescape(match["text"]),
        language=match["language"] or "",
        note="" if is_number or not datatype else shorten(datatype).strip("<>"),
        is_number=is_number,
    )


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(match: re.Match[str]) -> str:
    short, long, single = match.groups()
    if single is not None:
        return _ESCAPED.get(single, single)
    return chr(int(short or long, 16))
