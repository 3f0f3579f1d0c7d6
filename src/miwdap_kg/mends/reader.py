"""Reads the text of a query into the tree of its groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from miwdap_kg.mends.patterns import Element, Group, Kind, Part, Piece, Query, Select, Statement
from miwdap_kg.sparql import Token, tokens

__all__ = ["read_query"]

_MAX_DEPTH: Final = 60
_CLOSING: Final = {"(": ")", "{": "}", "[": "]"}
_FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_MODIFIERS: Final = ("HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")
_ELEMENTS: Final = ("OPTIONAL", "MINUS", "GRAPH", "SERVICE", "VALUES", "FILTER", "BIND")
_TERMS: Final = ("variable", "iri", "name", "number", "blank")
_OPERANDS: Final = ("variable", "string", "number", "language", "iri", "name")


def read_query(text: str) -> Query | None:
    """Return the tree of a query; None when it is not surely read as an engine reads it.

    >>> query = read_query("ASK { ?s ?p ?o FILTER(?o > 1) }")
    >>> [element.kind for element in query.groups[0].elements]
    ['triples', 'filter']
    """
    found = tuple(tokens(text))
    try:
        return _Reader(found).query()
    except (_Unreadable, IndexError):
        return None


class _Unreadable(Exception):
    """The text is not what this reader knows."""


class _Reader:
    def __init__(self, found: Sequence[Token]) -> None:
        self._found = found
        self._at = 0
        self._depth = 0

    def query(self) -> Query:
        while self._keyword() not in _FORMS:
            self._take()
        form = self._take()
        groups: list[Group] = []
        if form.keyword == "CONSTRUCT" and self._next() == "{":
            self._balanced()
        dataset: list[Token] = []
        while self._next() != "{":
            if dataset or self._keyword() == "FROM":
                dataset.append(self._found[self._at])
            groups += self._loose()
        if dataset and dataset[-1].keyword == "WHERE":
            dataset.pop()
        groups.append(self._group())
        while self._at < len(self._found):
            groups += self._loose()
        named = Part(tuple(dataset)) if dataset else None
        return Query(tuple(self._found), form.start, named, tuple(groups))

    def _group(self) -> Group:
        start = self._at
        self._take("{")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Unreadable
        select = self._select() if self._keyword() == "SELECT" else None
        elements = []
        while self._next() != "}":
            if self._next() == ".":
                self._take()
            else:
                elements.append(self._element())
        self._take()
        self._depth -= 1
        if select is not None and elements:
            raise _Unreadable
        return Group(self._since(start), tuple(elements), select)

    def _select(self) -> Select:
        start = self._at
        self._take()
        groups: list[Group] = []
        while self._next() != "{" and self._keyword() != "WHERE":
            groups += self._loose()
        projection = Part(self._since(start))
        if self._keyword() == "WHERE":
            self._take()
        where = self._group()
        behind = self._at
        group_by: Part | None = None
        while self._next() != "}":
            if self._keyword() == "GROUP":
                begin = self._at
                self._take()
                while self._next() != "}" and self._keyword() not in _MODIFIERS:
                    groups += self._loose()
                group_by = Part(self._since(begin))
            else:
                groups += self._loose()
        return Select(
            self._since(start), projection, where, self._since(behind), group_by, tuple(groups)
        )

    def _element(self) -> Element:
        start = self._at
        keyword = self._keyword()
        name: Token | None = None
        if self._next() == "{":
            groups = [self._group()]
            while self._keyword() == "UNION":
                self._take()
                groups.append(self._group())
            return Element(self._since(start), "union", tuple(groups))
        if keyword in ("OPTIONAL", "MINUS"):
            self._take()
            group = self._group()
            kind: Kind = "optional" if keyword == "OPTIONAL" else "minus"
            return Element(self._since(start), kind, (group,))
        if keyword in ("GRAPH", "SERVICE"):
            self._take()
            if self._keyword() == "SILENT":
                self._take()
            name = self._take()
            if name.kind not in ("variable", "iri", "name"):
                raise _Unreadable
            group = self._group()
            kind = "graph" if keyword == "GRAPH" else "service"
            return Element(self._since(start), kind, (group,), name)
        if keyword == "VALUES":
            self._values()
            return Element(self._since(start), "values")
        if keyword in ("FILTER", "BIND"):
            self._take()
            inner: list[Group] = []
            while self._next() not in ("(", "{"):
                if self._take().kind not in ("word", "iri", "name"):
                    raise _Unreadable
            inner += self._loose()
            return Element(
                self._since(start), "filter" if keyword == "FILTER" else "bind", (*inner,)
            )
        statement = self._statement()
        return Element(self._since(start), "triples", statement=statement)

    def _statement(self) -> Statement:
        start = self._at
        subject = self._node()
        pieces: list[Piece] = []
        if subject is not None or self._next() not in (".", "}"):
            pieces.append(self._piece())
        while self._next() == ";":
            self._take()
            if self._next() not in (";", ".", "}") and not self._begins_element():
                pieces.append(self._piece())
        return Statement(self._since(start), subject, tuple(pieces))

    def _piece(self) -> Piece:
        start = self._at
        if self._found[self._at].kind == "variable":
            self._take()
        else:
            self._path()
        path = Part(self._since(start))
        objects = [self._node()]
        while self._next() == ",":
            self._take()
            objects.append(self._node())
        only = objects[0] if len(objects) == 1 else None
        return Piece(self._since(start), path, only)

    def _path(self) -> None:
        while True:
            if self._next() == "^":
                self._take()
            if self._next() == "!":
                self._take()
                if self._next() == "^":
                    self._take()
            if self._next() == "(":
                self._balanced()
            elif self._found[self._at].kind in ("iri", "name") or self._next() == "a":
                self._take()
            else:
                raise _Unreadable
            if self._next() in ("*", "?", "+"):
                self._take()
            if self._next() not in ("/", "|"):
                return
            self._take()

    def _node(self) -> Part | None:
        start = self._at
        if self._next() in ("[", "("):
            self._balanced()
            return None
        if self._next() in ("+", "-"):
            self._take()
        token = self._take()
        if token.kind == "string":
            if self._found[self._at].kind == "language":
                self._take()
            elif self._next() == "^^":
                self._take()
                self._take()
        elif token.kind not in _TERMS and token.keyword not in ("TRUE", "FALSE"):
            raise _Unreadable
        return Part(self._since(start))

    def _values(self) -> None:
        self._take()
        while self._next() != "{":
            self._take()
        self._balanced()

    def _loose(self) -> list[Group]:
        """Pass over a token, or over an expression in parentheses; return the groups in it."""
        if self._next() == "{":
            return [self._group()]
        if self._keyword() == "VALUES":
            self._values()
            return []
        if self._next() != "(":
            if self._take().text in _CLOSING.values():
                raise _Unreadable
            return []
        groups: list[Group] = []
        before = self._take()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Unreadable
        while self._next() != ")":
            token = self._found[self._at]
            # An engine without a tokeniser may take this `<` as “less than”.
            if token.kind == "iri" and (before.text == ")" or before.kind in _OPERANDS):
                raise _Unreadable
            groups += self._loose()
            before = self._found[self._at - 1]
        self._take()
        self._depth -= 1
        return groups

    def _balanced(self) -> None:
        expected = [_CLOSING[self._take().text]]
        while expected:
            token = self._take()
            if token.text in _CLOSING:
                expected.append(_CLOSING[token.text])
            elif token.text in _CLOSING.values() and token.text != expected.pop():
                raise _Unreadable

    def _begins_element(self) -> bool:
        return self._next() == "{" or self._keyword() in _ELEMENTS

    def _next(self) -> str:
        return self._found[self._at].text

    def _keyword(self) -> str:
        return self._found[self._at].keyword

    def _take(self, text: str | None = None) -> Token:
        token = self._found[self._at]
        if token.kind == "unclosed" or (text is not None and token.text != text):
            raise _Unreadable
        self._at += 1
        return token

    def _since(self, start: int) -> tuple[Token, ...]:
        return tuple(self._found[start : self._at])
