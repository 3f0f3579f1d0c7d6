"""Declarations of prefixes at the head of a graph: those that it uses, in the table's order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Final

from miwdap_kg.formats import RDF_XML, TRIG, TURTLE, Format
from miwdap_kg.namespaces import NAMESPACES

__all__ = ["TidyHead"]

_KEPT_BYTES: Final = 64 * 1024
"""A longer graph declares all prefixes: to look for those that it uses would take too long."""


@dataclass(frozen=True, slots=True)
class _Syntax:
    """How a format declares a prefix, and how a use of it begins."""

    declaration: re.Pattern[bytes]
    use: bytes


_LINES: Final = _Syntax(re.compile(rb"@prefix ([a-z]+): <[^>]*> \.\n"), b"%s:")
_SYNTAXES: Final[Mapping[str, _Syntax]] = {
    TURTLE.name: _LINES,
    TRIG.name: _LINES,
    RDF_XML.name: _Syntax(re.compile(rb' xmlns:([a-z]+)="[^"]*"'), b"<%s:"),
}


class TidyHead:
    """A file before another one, for a graph whose engine has declared all prefixes of the table.

    The engine does so in an order that changes from answer to answer; but the same question is to
    have the same bytes.
    """

    def __init__(self, output: IO[bytes], format_: Format) -> None:
        self._output = output
        self._syntax = _SYNTAXES.get(format_.name)
        self._kept: bytearray | None = bytearray()

    def write(self, data: bytes) -> int:
        """Write some of the graph."""
        if self._kept is None:
            self._output.write(data)
        else:
            self._kept += data
            if len(self._kept) > _KEPT_BYTES:
                self._let_out(is_whole=False)
        return len(data)

    def end(self) -> None:
        """Write what was held back until it was known that no more comes."""
        if self._kept is not None:
            self._let_out(is_whole=True)

    def flush(self) -> None:
        """Do nothing; the file behind this one is flushed by its owner."""

    def _let_out(self, *, is_whole: bool) -> None:
        content, self._kept = bytes(self._kept or b""), None
        self._output.write(self._tidy(content, is_whole=is_whole))

    def _tidy(self, content: bytes, *, is_whole: bool) -> bytes:
        syntax = self._syntax
        first = None if syntax is None else syntax.declaration.search(content)
        if syntax is None or first is None:
            return content
        declared: dict[bytes, bytes] = {}
        end = first.start()
        while (found := syntax.declaration.match(content, end)) is not None:
            declared[found[1]] = found[0]
            end = found.end()
        before, behind = content[: first.start()], content[end:]
        names = [name.encode() for name in NAMESPACES if name.encode() in declared]
        if is_whole:
            # What looks like a use within a string costs a line and changes nothing.
            uses = {each: syntax.use % each for each in names}
            names = [each for each in names if uses[each] in before or uses[each] in behind]
        head = b"".join(declared[each] for each in names)
        return b"".join((before, head, behind))
