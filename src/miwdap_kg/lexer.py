"""Splits the text of a SPARQL query into tokens, as the engine in this process reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

__all__ = ["Bracket", "Reading", "Token", "read", "tokens"]

Bracket = Literal[
    "group", "subquery", "template", "data", "expression", "list", "node", "term", "reifier",
    "annotation",
]  # fmt: skip
"""What an opening bracket begins: a *list* is a collection, a path, or a row of VALUES, *data* the
rows of VALUES, *term* and *reifier* a triple as SPARQL 1.2 writes it, `<<( … )>>` and `<< … >>`."""

Reading = tuple[str, str, int, Bracket | Literal["", "end"]]
"""A token as a plain tuple: its kind, its text, where it starts, and what it opens or ends."""

# The characters of names as pyoxigraph 0.5.13 has them: those of SPARQL 1.1 §19.8 up to U+FFFF.
# A repetition is written as one of ASCII with the others between: that is read twice as fast.
_FIRST: Final = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_MORE: Final = f"{_FIRST}\u00b7\u0300-\u036f\u203f-\u2040"
_IN_VARIABLE: Final = f"[A-Za-z0-9_]*(?:[{_MORE}][A-Za-z0-9_]*)*"
_IN_NAME: Final = rf"[A-Za-z0-9_\-]*(?:[{_MORE}][A-Za-z0-9_\-]*)*"
_NAME: Final = rf"{_IN_NAME}(?:\.+[A-Za-z0-9_\-{_MORE}]{_IN_NAME})*"
_ESCAPED: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_LOCAL: Final = (
    rf"(?:[A-Za-z0-9_:{_FIRST}]|{_ESCAPED})[A-Za-z0-9_:\-]*"
    rf"(?:(?:\.+(?=[A-Za-z0-9_:\-{_MORE}%\\])|[{_MORE}]|{_ESCAPED})[A-Za-z0-9_:\-]*)*"
)
_IN_IRI: Final = r"""[^<>"{}|^`\\\x00-\x20]*"""
_NUMBER: Final = (
    r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+"  # SPARQL 1.1: 146-148
)
# An escape that names no character makes the engine take the string for none.
_ESCAPE: Final = (
    r"""\\(?:[tbnrf"'\\]|u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}"""
    r"|U00(?:00(?![Dd][89A-Fa-f])|0[1-9A-Fa-f]|10)[0-9A-Fa-f]{4})"
)


def _strings(quote: str) -> tuple[str, str, str]:
    # Strings with one kind of quotation mark: right ones, those with a wrong escape, unclosed ones.
    # Where `'''` opens no long string, the engine sees an empty one and then a short one.
    short = rf"{quote}[^{quote}\\\r\n]*(?:{_ESCAPE}[^{quote}\\\r\n]*)*{quote}"
    long_ = (
        rf"{quote * 3}[^{quote}\\]*(?:(?:{_ESCAPE}|{quote}{{1,2}}(?!{quote}))[^{quote}\\]*)*"
        rf"{quote * 3}"
    )
    any_long = rf"{quote * 2}(?!{short}){quote}(?:[^{quote}\\]|\\.|{quote}(?!{quote * 2}))*"
    any_short = rf"{quote}(?:[^{quote}\\\r\n]|\\[^\r\n])*"
    return (
        f"{long_}|(?!{any_long}){short}",
        f"{any_long}{quote * 3}|(?!{any_long}){any_short}{quote}",
        f"{any_long}|{any_short}",
    )


_STRING, _BROKEN, _UNCLOSED = (
    "|".join(both) for both in zip(_strings('"'), _strings("'"), strict=True)
)

# Strings and IRIs come before signs, so that no keyword is ever found inside them; a character
# that fits nothing is a token of its own, for the engine to refuse. Where a repetition ends nothing
# else can follow, so that the time is linear in the length of the text. Possessive quantifiers
# would say so, but the Python of Debian 12 (3.11.2) misreads them. A kind that its first character
# tells has no name here, and the space behind a token is taken with it: both make it fast.
_TOKEN: Final = re.compile(
    rf"""
    (
        [?$](?=[A-Za-z0-9_{_FIRST}]){_IN_VARIABLE}
    |   (?:[A-Za-z]|_(?!:)|[{_FIRST}]){_NAME}(?::(?:{_LOCAL})?)?
    |   [}}();,\[\]*/]|\{{(?!\|)|\.(?![0-9])
    |   \#[^\r\n]*
        # The engine takes `\u+041` too.
    |   <{_IN_IRI}(?:(?:\\u[+0-9A-Fa-f]{{4}}|\\U[+0-9A-Fa-f]{{8}}){_IN_IRI})*>
    |   {_STRING} | (?P<broken>{_BROKEN}) | (?P<unclosed>{_UNCLOSED})
    |   {_NUMBER}
    |   @[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?
    |   _:(?:[A-Za-z0-9_]|[{_FIRST}]){_NAME}
    |   :(?:{_LOCAL})?
    |   \|\||&&|\^\^|<=|>=|!=|<<\(|<<|>>|\{{\||\|\}}|[^\x20\t\r\n]
    )
    [\x20\t\r\n]*
    """,
    re.VERBOSE | re.DOTALL,
)
_KEYWORD: Final = re.compile(rf"{_NUMBER}|[A-Za-z_]+{_IN_VARIABLE}|.")
_STARTS_NAME: Final = re.compile(f"[{_FIRST}]")
# A comment goes on to the end of its line: so there is one way to read each blank, and no more.
_SELECT: Final = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*[\r\n])*SELECT", re.IGNORECASE)

_SIGNS: Final = frozenset(
    (
        *"(){}[],;.|/*+-^!=<>&~%?$@",
        "||",
        "&&",
        "^^",
        "<=",
        ">=",
        "!=",
        "<<(",
        "<<",
        ">>",
        "{|",
        "|}",
    )
)
_KINDS: Final[dict[str, str]] = {
    **dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_", "word"),
    **dict.fromkeys("0123456789.", "number"),
    **dict.fromkeys("?$", "variable"),
    **dict.fromkeys("\"'", "string"),
    ":": "name",
    "@": "language",
    "<": "iri",
    "#": "comment",
}
"""What the first character tells of a token that is no sign."""

_WRONG: Final = ("broken", "unclosed")
_LESS: Final = ("<", "<=")
_OPENING: Final[dict[str, Bracket]] = {
    "(": "list",
    "{": "group",
    "[": "node",
    "<<(": "term",
    "<<": "reifier",
    "{|": "annotation",
}
_CLOSING: Final[dict[Bracket, str]] = {
    "expression": ")",
    "list": ")",
    "group": "}",
    "subquery": "}",
    "template": "}",
    "data": "}",
    "node": "]",
    "term": ")",
    "reifier": ">>",
    "annotation": "|}",
}


class Token(NamedTuple):
    """One token: its kind, its text as written, and where in the query it starts."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The word in upper case, or nothing when this is no bare word."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens of a query without its comments, from a token's *start* on.

    >>> [token.kind for token in tokens("ASK { ?s a <#C> } # all")]
    ['word', 'sign', 'variable', 'word', 'iri', 'sign']
    """
    for kind, value, position, _ in read(text, start):
        yield Token(kind, value, position)


def read(text: str, start: int = 0) -> Iterator[Reading]:
    """Yield the tokens of a query as plain tuples; a bracket says what it opens or ends.

    Reading can *start* at the query's form, behind its prologue.

    Where the standard takes the longest match, `(?a<?b&&?c>?d)` has an IRI in it. Every engine
    takes the `<` behind an operand as “less than” instead, and so does this.
    """
    opened: list[Bracket] = ["subquery"]
    inside: Bracket = "subquery"
    kind, value = "", ""
    keyword, previous = "", ""
    is_operand = awaits_data = False
    matches: Iterator[re.Match[str]] | None = _TOKEN.finditer(text, start)
    while matches is not None:
        behind = None
        for match in matches:
            found = match[1]
            if found in _SIGNS:
                sort = "sign"
            elif (sort := _KINDS.get(found[0], "")) == "comment":
                continue
            elif sort == "word" or sort == "string" or not sort:
                sort = _kind(sort, found, match)
            last_kind, last = kind, value
            before, previous = previous, keyword
            kind, value, start = sort, found, match.start()
            bracket: Bracket | Literal["", "end"] = ""
            if inside == "expression" and is_operand and found[0] == "<" and found not in _LESS:
                kind, value = "sign", "<=" if value[1] == "=" else "<"
                behind = _TOKEN.finditer(text, start + len(value))
            if kind == "word" and ("-" in value or "." in value):
                # A keyword has none of these: `true-1`, `DISTINCT-?x`, `true.FILTER(…)`.
                for piece in _KEYWORD.finditer(text, start, match.end(1)):
                    if piece.start() > start:
                        yield kind, value, start, ""
                        last_kind, last = kind, value
                    value, start = piece.group(), piece.start()
                    kind = "sign" if value in _SIGNS else _KINDS.get(value[0], "word")
            keyword = ""
            if kind == "word":
                keyword = value.upper()
                is_operand = value.endswith(("true", "false"))
                awaits_data = awaits_data or keyword.endswith("VALUES")
            elif kind != "sign":
                is_operand = True
            elif value in _OPENING:
                if value == "(":
                    inside = _round(inside, last_kind, last, before)
                elif value == "{":
                    inside = _curly(text, start, last, awaits_data)
                    awaits_data = False
                else:
                    inside = _OPENING[value]
                opened.append(inside)
                bracket = inside
                is_operand = False
            else:
                is_operand = value in (")", "}", "]", ">>")
                if value == _CLOSING[inside] and len(opened) > 1:
                    opened.pop()
                    inside = opened[-1]
                    bracket = "end"
            yield kind, value, start, bracket
            if behind is not None:
                break
        matches = behind


def _kind(sort: str, found: str, match: re.Match[str]) -> str:
    if sort == "string":
        return next((each for each in _WRONG if match[each] is not None), sort)
    if ":" in found:
        return "blank" if found.startswith("_:") else "name"
    return sort or ("word" if _STARTS_NAME.match(found) else "sign")


def _round(inside: Bracket, last_kind: str, last: str, before: str) -> Bracket:
    if inside in ("expression", "subquery"):
        return "expression"
    if inside != "group":
        return "list"
    if last_kind == "word":
        # `a`, and `true` before a path; no keyword and no function ends like these.
        return "list" if last.endswith(("a", "true", "false")) else "expression"
    is_call = last_kind in ("iri", "name") and before.endswith("FILTER")
    return "expression" if is_call else "list"


def _curly(text: str, start: int, last: str, awaits_data: bool) -> Bracket:
    if awaits_data:
        return "data"
    if last.upper() == "CONSTRUCT":
        return "template"
    return "subquery" if _SELECT.match(text, start + 1) else "group"
