"""The tree of a query's groups, each part with its tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from miwdap_kg.sparql import Token

__all__ = [
    "Edit",
    "Element",
    "Group",
    "Kind",
    "Part",
    "Piece",
    "Place",
    "Query",
    "Select",
    "Statement",
    "walk",
]

Kind = Literal[
    "triples", "filter", "bind", "values", "optional", "minus", "graph", "service", "union"
]


@dataclass(frozen=True, slots=True)
class Part:
    """Some tokens that stand side by side in the text."""

    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where the text goes on behind it."""
        return self.tokens[-1].start + len(self.tokens[-1].text)

    def of(self, text: str) -> str:
        """Return its words, from the text that it was read from."""
        return text[self.start : self.end]

    def variables(self) -> frozenset[str]:
        """Return the names of the variables that it mentions."""
        return frozenset(each.text[1:] for each in self.tokens if each.kind == "variable")


@dataclass(frozen=True, slots=True)
class Piece(Part):
    """A predicate with its objects; *object* is None where there are several, or no plain term."""

    path: Part
    object: Part | None


@dataclass(frozen=True, slots=True)
class Statement(Part):
    """A subject with its predicates and objects; *subject* is None when it is no plain term."""

    subject: Part | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Element(Part):
    """One part of a group, with the groups in it; *name* is the term of a GRAPH or SERVICE."""

    kind: Kind
    groups: tuple[Group, ...] = ()
    name: Token | None = None
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class Select(Part):
    """A sub-select; *modifiers* is all behind its WHERE group, *group_by* a part of that."""

    projection: Part
    where: Group
    modifiers: tuple[Token, ...]
    group_by: Part | None
    groups: tuple[Group, ...]

    @property
    def is_of_all(self) -> bool:
        """Whether it is a `SELECT *`."""
        return self.projection.tokens[-1].text == "*"

    def projects(self, variable: str) -> bool:
        """Tell whether the variable of a name is one of its results."""
        return self.is_of_all or variable in self.projection.variables()


@dataclass(frozen=True, slots=True)
class Group(Part):
    """What stands between two braces, and these: elements, or a sub-select alone."""

    elements: tuple[Element, ...] = ()
    select: Select | None = None


@dataclass(frozen=True, slots=True)
class Query(Part):
    """A query: where its form begins, its FROM clauses, and the groups that stand in no other."""

    form_start: int
    dataset: Part | None
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """The text to put in place of what stands from *start* to *end*."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A group, the term of the GRAPH that it stands in, and its group if that is a variable.

    *is_apart* tells that the variable in it is not the one in the group, but another.
    """

    group: Group
    graph: str | None = None
    body: Group | None = None
    is_apart: bool = False

    @property
    def variable(self) -> str:
        """The name of the variable, or nothing."""
        return "" if self.graph is None or self.body is None else self.graph[1:]

    def inner(self) -> Iterator[Place]:
        """Yield the places of the groups in this one."""
        for element in self.group.elements:
            for group in element.groups if element.kind != "service" else ():
                if element.kind == "graph" and element.name is not None:
                    is_variable = element.name.kind == "variable"
                    yield Place(group, element.name.text, group if is_variable else None)
                else:
                    # MINUS would take the variable as one in common.
                    is_apart = self.is_apart or element.kind == "minus"
                    yield Place(group, self.graph, self.body, is_apart)
        if self.group.select is not None:
            select = self.group.select
            is_apart = self.is_apart or not select.projects(self.variable)
            yield Place(select.where, self.graph, self.body, is_apart)
            for group in select.groups:
                yield Place(group, self.graph, self.body, True)


def walk(groups: Iterable[Group]) -> Iterator[Place]:
    """Yield the place of each group, the outer before the inner."""
    places = [Place(group) for group in groups]
    while places:
        place = places.pop(0)
        yield place
        places[:0] = place.inner()
