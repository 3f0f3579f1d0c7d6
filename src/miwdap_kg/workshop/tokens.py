"""The tokens of authored Turtle and TriG, with the line and column where each stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from miwdap_kg.errors import RdfSyntaxError
from miwdap_kg.workshop.terms import PN_CHARS, PN_CHARS_BASE

__all__ = ["Token", "tokenise", "unescape"]


class Token(NamedTuple):
    """A piece of text that means something by itself; lines and columns count from 1."""

    kind: str
    text: str
    line: int
    column: int
    end_line: int

    def __str__(self) -> str:
        first_line = self.text.partition("\n")[0]
        return self.text if self.kind == "end" else f"'{first_line:.40}'"


# The terminals of https://www.w3.org/TR/trig/#sec-grammar; where two fit, the first is meant.
_UCHAR: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ESCAPE: Final = rf"\\[tbnrf\"'\\]|{_UCHAR}"
_ODD: Final = r"%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?#@%-]"
_PREFIX: Final = rf"[{PN_CHARS_BASE}](?:[.{PN_CHARS}]*[{PN_CHARS}])?"
_LOCAL_FIRST: Final = rf"[:_0-9{PN_CHARS_BASE}]|{_ODD}"
_LOCAL: Final = rf"(?:{_LOCAL_FIRST})(?:(?:[.:{PN_CHARS}]|{_ODD})*(?:[:{PN_CHARS}]|{_ODD}))?"
_TERMINALS: Final = {
    "space": r"[ \t\r\n]+",
    "comment": r"#[^\r\n]*",
    "iri": rf"<(?:[^\x00-\x20<>\"{{}}|^`\\]|{_UCHAR})*>",
    "long_text": rf'"""(?:"{{0,2}}(?:[^"\\]|{_ESCAPE}))*"""'
    rf"|'''(?:'{{0,2}}(?:[^'\\]|{_ESCAPE}))*'''",
    "text": rf'"(?!"")(?:[^"\\\r\n]|{_ESCAPE})*"' + rf"|'(?!'')(?:[^'\\\r\n]|{_ESCAPE})*'",
    "blank": rf"_:[_0-9{PN_CHARS_BASE}](?:[.{PN_CHARS}]*[{PN_CHARS}])?",
    "double": r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+",
    "decimal": r"[+-]?[0-9]*\.[0-9]+",
    "integer": r"[+-]?[0-9]+",
    "name": rf"(?:{_PREFIX})?:(?:{_LOCAL})?",
    "at": r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*",
    "word": r"[A-Za-z]+",
    "mark": r"\^\^|[.;,\[\](){}]",
}
_TOKEN: Final = re.compile("|".join(f"(?P<{kind}>{body})" for kind, body in _TERMINALS.items()))
_ESCAPED: Final = re.compile(rf"{_UCHAR}|\\(.)")
_CHARACTERS: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def tokenise(text: str, *, path: Path | str) -> Iterator[Token]:
    """Yield the tokens of *text*, comments included, and last a token of the kind `end`.

    Raises:
        RdfSyntaxError: something in *text* is no token of Turtle or TriG.

    >>> [token.text for token in tokenise("id:plan a miw:Plan . # and more", path="plan.ttl")]
    ['id:plan', 'a', 'miw:Plan', '.', '# and more', 'the end of the file']
    """
    position, line, line_start = 0, 1, 0
    while position < len(text):
        column = position - line_start + 1
        match = _TOKEN.match(text, position)
        if match is None:
            raise RdfSyntaxError(path, line, column, _unreadable(text[position]))
        found, kind = match.group(), str(match.lastgroup)
        end_line = line + found.count("\n")
        if kind != "space":
            yield Token(kind, found, line, column, end_line)
        if end_line > line:
            line, line_start = end_line, position + found.rindex("\n") + 1
        position = match.end()
    yield Token("end", "the end of the file", line, position - line_start + 1, line)


def unescape(token: Token, text: str, *, path: Path | str) -> str:
    """Return *text*, which stands in *token*, with its backslash escapes resolved.

    Raises:
        RdfSyntaxError: an escape stands for no character.
    """

    def character(match: re.Match[str]) -> str:
        if match[1] is not None:
            return _CHARACTERS.get(match[1], match[1])
        code = int(match.group()[2:], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            problem = f"'{match.group()}' stands for no Unicode character."
            raise RdfSyntaxError(path, token.line, token.column, problem)
        return chr(code)

    return _ESCAPED.sub(character, text)


def _unreadable(character: str) -> str:
    if character in "\"'":
        return (
            "this text has no closing quotation mark on its line, or a backslash before a "
            r"character that needs none. Text of several lines stands in "
            '"""…"""; a backslash is written twice.'
        )
    if character == "<":
        return "this IRI has no closing '>', or a space or another character that no IRI has."
    return f"'{character}' starts nothing that Turtle knows."
