"""Tells from a SPARQL query's tokens its form, what it projects, and its dataset."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import urljoin

from miwdap_kg.lexer import Token, tokens

__all__ = ["Form", "Prologue", "QueryOutline", "Token", "outline", "tokens"]

Form = Literal["select", "ask", "construct", "describe", "update"]

_BASE: Final = "https://w3id.org/miwdap/"
"""What IRIs are relative to in a query that has no BASE."""

_ESCAPE: Final = re.compile(r"\\u([+0-9A-Fa-f]{4})|\\U([+0-9A-Fa-f]{8})")
_KEPT_CHARACTERS: Final = 4_096
"""So much of a query's beginning may be remembered; what is declared behind it is read anew."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_NAME_AND_IRI: Final = r"((?:[A-Za-z][A-Za-z0-9_-]*)?):[ \t\r\n]*(<[^<>\"{}|^`\\\x00-\x20]*>)"
_DECLARATION: Final = re.compile(_NAME_AND_IRI)
_DECLARATIONS: Final = re.compile(rf"(?:[ \t\r\n]*(?:PREFIX|prefix)[ \t\r\n]+{_NAME_AND_IRI})+")

_UPDATES: Final = (
    *("INSERT", "DELETE", "LOAD", "CLEAR", "DROP"),
    *("CREATE", "ADD", "MOVE", "COPY", "WITH"),
)
_FORMS: Final[Mapping[str, Form]] = {
    "SELECT": "select",
    "ASK": "ask",
    "CONSTRUCT": "construct",
    "DESCRIBE": "describe",
    **dict.fromkeys(_UPDATES, "update"),
}
_QUERIES: Final = tuple(word for word, form in _FORMS.items() if form != "update")


@dataclass(frozen=True, slots=True)
class Prologue:
    """What BASE and PREFIX declare: the base, whole IRIs by prefix; and where the form begins."""

    base: str = ""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    end: int = 0

    def resolve(self, token: Token) -> str | None:
        """Return the whole IRI that a token stands for, or None when it stands for none.

        >>> Prologue("http://example.org/a", {}).resolve(Token("iri", "<b>", 0))
        'http://example.org/b'
        """
        if token.kind == "iri":
            return _whole(token.text, self.base)
        prefix, _, local = token.text.partition(":")
        if token.kind == "name" and prefix in self.prefixes:
            return self.prefixes[prefix] + local.replace("\\", "")
        return None


@dataclass(frozen=True, slots=True)
class QueryOutline:
    """What a query's tokens tell before its pattern: form, projection, dataset, and prologue.

    *form* is None when no form is found; the engine then says what is wrong. *variables* are the
    projected ones, empty for `SELECT *`.
    """

    form: Form | None
    variables: tuple[str, ...]
    from_graphs: tuple[str, ...]
    from_named_graphs: tuple[str, ...]
    prologue: Prologue


# Asked for twice in the life of a query: for what the answer is, and for whether it may run.
@lru_cache(maxsize=4)
def outline(text: str) -> QueryOutline:
    """Return the outline of a query. It never fails: what is no SPARQL has no form.

    >>> outline("SELECT ?plan FROM <http://example.org/g> WHERE { ?plan ?p ?o }").variables
    ('plan',)
    """
    declared = _DECLARATIONS.match(text, 0, _KEPT_CHARACTERS)
    known = Prologue(_BASE) if declared is None else _known(declared.group())
    rest = tokens(text, 0 if declared is None else declared.end())
    before, form, start = _until_form(rest)
    prologue = _prologue(before, start, known)
    head = list(_head(rest, form)) if form is not None else []
    from_graphs, from_named_graphs = _dataset(head, prologue)
    return QueryOutline(
        form=form,
        variables=tuple(_projection(head)) if form == "select" else (),
        from_graphs=from_graphs,
        from_named_graphs=from_named_graphs,
        prologue=prologue,
    )


def _until_form(rest: Iterator[Token]) -> tuple[list[Token], Form | None, int]:
    before: list[Token] = []
    for token in rest:
        keyword = token.keyword
        if keyword in _FORMS:
            return before, _FORMS[keyword], token.start
        if keyword.startswith(_QUERIES):
            # An engine without a tokeniser takes `ASKWHERE` as two keywords.
            word = next(each for each in _QUERIES if keyword.startswith(each))
            return before, _FORMS[word], token.start
        if token.text == "{":
            break
        before.append(token)
    return before, None, 0


# Programs ask many queries with the same declarations, and reading those is most of the work.
@lru_cache(maxsize=256)
def _known(declarations: str) -> Prologue:
    found = _DECLARATION.findall(declarations)
    return Prologue(_BASE, {name: _whole(iri, _BASE) for name, iri in found})


def _prologue(found: Sequence[Token], end: int, known: Prologue) -> Prologue:
    base, prefixes = known.base, dict(known.prefixes)
    before = name = ""
    for token in found:
        if token.kind != "iri":
            before, name = name, token.text
            continue
        if name.upper() == "BASE":
            base = _whole(token.text, base)
        elif name.endswith(":"):
            # `PREFIX:<…>` and `PREFIXex:<…>` have no space where an engine needs none.
            is_glued = before.upper() != "PREFIX" and name.upper().startswith("PREFIX")
            prefixes[name[len("PREFIX") : -1] if is_glued else name[:-1]] = _whole(token.text, base)
        before = name = ""
    return Prologue(base, prefixes, end)


def _whole(written: str, base: str) -> str:
    try:
        iri = _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), written[1:-1])
        if _SCHEME.match(iri) or not base:
            return iri
        return urljoin(base, iri) + ("#" if iri.endswith("#") else "")
    except (ValueError, OverflowError):
        return written[1:-1]


def _head(rest: Iterator[Token], form: Form) -> Iterator[Token]:
    # What stands between the form and the pattern; a CONSTRUCT's template comes before its FROM.
    round_, curly = 0, 0
    token = next(rest, None)
    while token is not None:
        after = None
        if round_ == curly == 0 and token.keyword.startswith("WHERE"):
            return
        round_ += (token.text == "(") - (token.text == ")")
        if round_ == 0 and token.text in ("{", "}"):
            if form != "construct":
                return
            curly += 1 if token.text == "{" else -1
            if token.text == "}":
                after = next(rest, None)
                if after is None or not after.keyword.startswith(("FROM", "WHERE")):
                    return
        elif curly == 0:
            yield token
        token = after or next(rest, None)


def _dataset(head: Sequence[Token], prologue: Prologue) -> tuple[tuple[str, ...], tuple[str, ...]]:
    graphs: list[str] = []
    named: list[str] = []
    for position, token in enumerate(head):
        if token.keyword != "FROM":
            continue
        rest = head[position + 1 : position + 3]
        target = graphs
        if rest and rest[0].keyword == "NAMED":
            target, rest = named, rest[1:]
        if rest and (iri := prologue.resolve(rest[0])) is not None:
            target.append(iri)
    return tuple(dict.fromkeys(graphs)), tuple(dict.fromkeys(named))


def _projection(head: Sequence[Token]) -> Iterator[str]:
    depth = 0
    previous = ""
    for token in head:
        if token.keyword == "FROM":
            return
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "variable" and (depth == 0 or (depth == 1 and previous == "AS")):
            yield token.text[1:]
        previous = token.keyword
