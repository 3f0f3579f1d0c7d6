"""An output that takes so many bytes, and so many rows, and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO, Final

from miwdap_kg.errors import QueryTooLarge, RowLimitReached
from miwdap_kg.formats import CSV, JSON, TSV, XML, Format

__all__ = ["BoundedOutput", "RowCutter"]

# Where a row begins, as the engine writes it; where a string does, in which that could stand as
# well; and at the end what the next piece decides.
_ROWS: Final[Mapping[str, re.Pattern[bytes]]] = {
    JSON.name: re.compile(rb'(?P<string>")|(?P<row>)[\[,]\{|(?P<wait>[\[,])\Z'),
    XML.name: re.compile(rb"(?P<row>)<result>|(?P<wait><[^>]*)\Z|(?P<string>(?!))"),
    CSV.name: re.compile(rb'(?P<string>")|\n(?P<row>)(?=.)|(?P<wait>\n)\Z', re.DOTALL),
    TSV.name: re.compile(rb"\n(?P<row>)(?=.)|(?P<wait>\n)\Z|(?P<string>(?!))", re.DOTALL),
}

# What a string holds before the quotation mark at its end.
_STRINGS: Final[Mapping[str, re.Pattern[bytes]]] = {
    JSON.name: re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL),
    CSV.name: re.compile(rb'[^"]*'),
}


class BoundedOutput:
    """A file before another one; what is too much for it is an exception, which stops the engine.

    Args:
        output: where it goes.
        size: the most bytes.
        rows: cuts rows, when they are limited.
    """

    def __init__(self, output: IO[bytes], *, size: int, rows: RowCutter | None = None) -> None:
        self._output = output
        self._size = size
        self._rows = rows
        self._written = 0

    def write(self, data: bytes) -> int:
        """Write some of the answer.

        Raises:
            QueryTooLarge: it has too many bytes.
            RowLimitReached: it has too many rows; those before are written, and the answer closed.
        """
        self._written += len(data)
        if self._written > self._size:
            raise QueryTooLarge("answer in bytes", found=self._written, limit=self._size)
        if self._rows is None:
            self._output.write(data)
            return len(data)
        if not self._rows.is_cut:
            # The engine tries once more to write what it had when it was stopped.
            self._output.write(self._rows.feed(data))
        if self._rows.is_cut:
            raise RowLimitReached(self._rows.limit)
        return len(data)

    def end(self) -> None:
        """Write what was held back until it was known that no more comes."""
        if self._rows is not None:
            self._output.write(self._rows.held)

    def flush(self) -> None:
        """Do nothing; the file behind this one is flushed by its owner."""


class RowCutter:
    """Cuts an answer in one of the formats of solutions behind so many rows, and closes it.

    >>> cutter = RowCutter(TSV, 1)
    >>> cutter.feed(b"?x\\n1\\n"), cutter.feed(b"2\\n3\\n"), cutter.is_cut
    (b'?x\\n1', b'\\n', True)
    """

    def __init__(self, format_: Format, limit: int) -> None:
        self.limit = limit
        self.held = b""
        """What the next piece decides."""
        self.is_cut = False
        self._format = format_
        self._left = limit
        self._is_in_string = False

    def feed(self, data: bytes) -> bytes:
        """Return what may be written now."""
        data, self.held = self.held + data, b""
        rows, at = _ROWS[self._format.name], 0
        while True:
            if self._is_in_string:
                # A string is let through as it comes, and never read twice, however long it is.
                inside = _STRINGS[self._format.name].match(data, at)
                at = at if inside is None else inside.end()
                if data[at : at + 1] != b'"':
                    self.held = data[at:]
                    return data[:at]
                self._is_in_string = False
                at += 1
            match = rows.search(data, at)
            if match is None:
                return data
            at = match.end()
            if match["wait"] is not None:
                self.held = data[match.start() :]
                return data[: match.start()]
            if match["string"] is not None:
                self._is_in_string = True
            elif self._left == 0:
                self.is_cut = True
                return data[: match.start("row")] + self._close()
            else:
                self._left -= 1

    def _close(self) -> bytes:
        remark = f"INCOMPLETE: only the first {self.limit:,} rows"
        if self._format.name == JSON.name:
            return f'],"incomplete":"{remark}"}}}}'.encode()
        if self._format.name == XML.name:
            return self._format.remark(remark) + b"</results></sparql>"
        return b""
