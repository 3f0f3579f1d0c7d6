"""Measures what planning a query asks of the engine, from the query's tokens alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from miwdap_kg.execution.names import Names
from miwdap_kg.lexer import Bracket, read
from miwdap_kg.sparql import Prologue

__all__ = ["Complexity", "measure"]

_BOTTOMLESS: Final = 5_000
_GLUED: Final = (
    "'{name}(' may be a name, or FILTER and a function. Write a space behind FILTER, or the name "
    "as an IRI in angle brackets."
)
_READ_TWICE: Final = ("REGEX", "SUBSTR", "REPLACE", "GROUP_CONCAT")
_APART: Final = ("UNION", "MINUS", "EXISTS")
_NAMED: Final = ("GRAPH", "SERVICE", "SILENT")
_CLAUSES: Final = frozenset(("group", "subquery", "data", "expression"))
_OWN_PATTERNS: Final = {"list": 0, "node": 1, "term": 0, "reifier": 1, "annotation": 2}
_OPERATORS: Final = frozenset(("||", "&&", "+", "-", "*", "/", "!"))


@dataclass(frozen=True, slots=True)
class Complexity:
    """How large a query is, in the four ways that an engine can suffer from.

    Each is what the worst part of the query has, and never less than the engine will meet.

    *depth* counts brackets inside of one another: the engine's parser recurses over them.
    *chain* counts the operators, clauses, patterns and columns that stand in one row, with the
    longest row inside of it, and so on: they become a tree of that depth, over which all recurses.
    *patterns* is the number of triple patterns that are joined with one another; the time that
    planning takes grows with its cube. Where several groups are planned apart, it is the number
    that would take as long in a single one.
    *doublings* counts the parts inside of one another each of which makes the engine read or plan
    twice what is in it: OPTIONAL, sub-SELECT, some functions, `!`, and `/` inside a path.
    """

    depth: int
    chain: int
    patterns: int
    doublings: int
    misread: tuple[int, str] | None = None
    """Where an engine may read other tokens than these, and why; without a reason, since a prefix
    is not declared. Then the numbers count for nothing."""


def measure(text: str, prologue: Prologue) -> Complexity:
    """Return how complex a query is. It never fails, and takes time linear in the text.

    >>> from miwdap_kg.sparql import outline
    >>> text = "ASK { ?s ?p ?o ; ?q ?r FILTER(?o + 2 > ?r) }"
    >>> measure(text, outline(text).prologue)
    Complexity(depth=2, chain=5, patterns=2, doublings=0, misread=None)
    """
    return _Measuring(Names(prologue.prefixes)).of(text, prologue.end)


class _Open:
    """What has been seen so far between an opening bracket and its closing one."""

    __slots__ = (
        "alternative", "awaits_subject", "below", "deepest", "doublings", "has_bar", "is_apart",
        "is_path", "joined", "links", "longest", "needs_verb", "opens", "pending", "scope",
        "sequence",
    )  # fmt: skip

    def __init__(
        self,
        opens: Bracket,
        scope: _Open | None,
        *,
        is_apart: bool = False,
        is_path: bool = False,
        doublings: int = 0,
    ) -> None:
        self.opens = opens
        # The group to whose patterns those in here are added, and whether it is planned alone.
        self.scope = self if scope is None else scope
        self.is_apart = is_apart
        # The patterns in here, and those of a group that may yet turn out a branch of a UNION.
        self.joined = self.pending = 0
        self.awaits_subject = opens == "group"
        self.needs_verb = opens == "node" or opens == "annotation"
        self.is_path = is_path
        # The chain: its links so far, the longest below it, and the longest of former arguments.
        self.links = self.below = self.longest = 0
        self.doublings = doublings
        self.deepest = 0
        # The steps of the present path, and the longest that does not become patterns.
        self.sequence = self.alternative = 0
        self.has_bar = is_path

    def join(self, count: int) -> None:
        scope = self.scope
        scope.joined += count
        scope.links += count

    def end_argument(self) -> None:
        self.longest = max(self.longest, self.links + self.below)
        self.links = self.below = 0

    def end_alternative(self) -> None:
        if self.has_bar and self.sequence > self.alternative:
            self.alternative = self.sequence
        self.sequence = 0

    def end_path(self) -> None:
        self.end_alternative()
        self.has_bar = self.is_path


class _Measuring:
    """What is open while the tokens go by, and what was the worst so far."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._misread: tuple[int, str] | None = None
        self._stack = [_Open("subquery", None)]
        self._nowhere = _Open("data", None)
        self._depth = 0
        self._effort = 0
        self._is_negated = False

    def of(self, text: str, start: int) -> Complexity:
        stack, names = self._stack, self._names
        inside = stack[-1]
        keyword = name = ""
        for kind, value, position, bracket in read(text, start):
            if bracket == "end":
                self._close()
                inside = stack[-1]
            elif bracket:
                if name and value == "(" and name.upper().startswith("FILTER"):
                    self._misread = position, _GLUED.format(name=name)
                    break
                inside = self._opened(bracket, keyword, inside)
                stack.append(inside)
                self._is_negated = False
                if len(stack) > _BOTTOMLESS:
                    # It is not worth the time to say how deep it is.
                    break
            elif kind == "sign":
                self._sign(value, inside)
            elif kind == "word":
                keyword, name = value.upper(), ""
                self._word(value, keyword, inside)
                continue
            else:
                self._term(value, keyword, inside)
                if kind == "name":
                    keyword, name = "", value
                    if (problem := names.problem(value)) is not None:
                        self._misread = position, problem
                        break
                    continue
            keyword = name = ""
        return self._end()

    def _end(self) -> Complexity:
        self._depth = max(self._depth, len(self._stack) - 1)
        while len(self._stack) > 1:
            self._close()
        query = self._stack[0]
        query.end_argument()
        return Complexity(
            depth=self._depth,
            chain=query.longest,
            patterns=round(self._effort ** (1 / 3)),
            doublings=query.deepest,
            misread=self._misread,
        )

    def _opened(self, bracket: Bracket, keyword: str, inside: _Open) -> _Open:
        if bracket == "expression":
            if inside.opens != "expression":
                inside.links += 1
            is_twice = self._is_negated or keyword.endswith(_READ_TWICE)
            return _Open(bracket, inside.scope, doublings=int(is_twice))
        if bracket in ("group", "subquery", "data", "template"):
            inside.links += 1
            inside.end_path()
            if bracket == "group":
                is_apart = inside.opens != "group" or keyword.endswith(_APART)
                is_optional = keyword.endswith("OPTIONAL")
                return _Open(bracket, None, is_apart=is_apart, doublings=int(is_optional))
            inside.scope.joined += 1
            return _Open(bracket, self._nowhere, doublings=int(bracket == "subquery"))
        is_path = bracket == "list" and (inside.needs_verb or inside.is_path)
        if bracket != "annotation":
            self._term(bracket, keyword, inside)
        inside.join(_OWN_PATTERNS[bracket])
        return _Open(bracket, inside.scope, is_path=is_path)

    def _close(self) -> None:
        # Brackets are counted when they close, since most close at once.
        self._depth = max(self._depth, len(self._stack) - 1)
        closed = self._stack.pop()
        closed.end_path()
        closed.end_argument()
        inside = self._stack[-1]
        inside.below = max(inside.below, closed.longest)
        deepest = closed.doublings + closed.alternative + closed.deepest
        inside.deepest = max(inside.deepest, deepest)
        if closed.opens in _CLAUSES:
            inside.awaits_subject = inside.opens == "group"
        if closed.opens == "group":
            closed.joined += closed.pending
            if closed.is_apart:
                self._effort += closed.joined**3
            else:
                inside.joined += inside.pending
                inside.pending = closed.joined

    def _sign(self, value: str, inside: _Open) -> None:
        if inside.opens == "expression":
            self._is_negated = value == "!"
            if value in _OPERATORS:
                inside.links += 1
            elif value == "," or value == ";":
                inside.end_argument()
        elif value == ".":
            inside.end_path()
            inside.awaits_subject = inside.opens == "group"
        elif value == ";" or value == ",":
            inside.join(1)
            inside.end_path()
            inside.needs_verb = value == ";"
        elif value == "/":
            inside.join(1)
            inside.sequence += 1
            inside.needs_verb = True
        elif value == "|":
            inside.links += 1
            inside.has_bar = True
            inside.end_alternative()
            inside.needs_verb = True
        elif value == "~":
            inside.join(1)

    def _word(self, value: str, keyword: str, inside: _Open) -> None:
        if value == "a":
            inside.needs_verb = False
        elif value.endswith(("true", "false")):
            self._term(value, keyword, inside)
        elif inside.opens == "group":
            inside.awaits_subject = keyword.endswith(_NAMED)
            if keyword.endswith("UNION") and inside.pending:
                self._effort += inside.pending**3
                inside.pending = 0
                inside.joined += 1

    def _term(self, value: str, keyword: str, inside: _Open) -> None:
        opens = inside.opens
        self._is_negated = False
        if inside.awaits_subject or (value[0] == "." and opens == "group"):
            # `?o.5` is a full stop and another subject.
            inside.awaits_subject = False
            inside.needs_verb = True
            inside.join(1)
        elif opens == "list":
            if not inside.is_path:
                inside.join(2)
        elif opens == "subquery":
            inside.links += keyword not in ("FROM", "NAMED")
        else:
            inside.needs_verb = False
