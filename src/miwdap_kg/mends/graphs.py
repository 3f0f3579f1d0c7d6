"""Mends what the engine gets wrong within GRAPH with a variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from miwdap_kg.mends.patterns import Edit, Element, Group, Part, Place, Select
from miwdap_kg.sparql import Token

__all__ = ["NEW_VARIABLE", "ONE_SOLUTION", "graph_mends"]

ONE_SOLUTION: Final = "VALUES () { () }"
"""A pattern that can stand where there was one that has no effect."""

NEW_VARIABLE: Final = "?miwdapOneForEachSolution"
"""A variable that a mended query may have, and no other."""

_NO_SOLUTION: Final = "VALUES () { }"
_AGGREGATES: Final = frozenset("COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT HAVING".split())


def graph_mends(place: Place, text: str, *, may_copy: bool) -> Iterator[list[Edit]]:
    """Yield the edits that mend one fault or another of a group.

    The engine puts the variable into the triple patterns. It forgets it where there are none, and
    where a sub-select does not project it; and it takes it for one that both sides of a MINUS have.

    Args:
        place: the group, in a GRAPH with a variable.
        text: the query that it was read from.
        may_copy: whether a part of the query may stand in it twice.
    """
    yield from _idle_minuses(place)
    yield from _unbound_graph(place)
    yield from _sub_select(place, text, may_copy=may_copy)


def _idle_minuses(place: Place) -> Iterator[list[Edit]]:
    left: frozenset[str] = frozenset()
    for element in place.group.elements:
        right = element.variables()
        if element.kind == "minus" and not left & right and place.variable not in left | right:
            yield [Edit(element.start, element.end, ONE_SOLUTION)]
        left |= right


def _unbound_graph(place: Place) -> Iterator[list[Edit]]:
    """Bind the variable first where a group would forget it."""
    graph, group = place.graph, place.group
    if place.is_apart or place.body is None or _mentions(place.body, place.variable):
        return
    if group.select is None:
        if _forgets(group, place.variable):
            yield [Edit(group.start, group.start + 1, f"{{ GRAPH {graph} {{}}")]
    elif group is place.body and not _depends(group):
        begin = Edit(group.start, group.start + 1, f"{{ GRAPH {graph} {{}} {{")
        yield [begin, Edit(group.end, group.end, "}")]


def _sub_select(place: Place, text: str, *, may_copy: bool) -> Iterator[list[Edit]]:
    select, graph = place.group.select, place.graph
    if select is None or place.variable in select.variables() or not _depends(select.where):
        return
    if any(each.keyword in ("LIMIT", "OFFSET") for each in select.modifiers):
        return
    projection = Edit(select.projection.end, select.projection.end, f" {graph}")
    if select.is_of_all:
        if select.where.select is None:
            start = select.where.start
            yield [Edit(start, start + 1, f"{{ GRAPH {graph} {{}}")]
    elif select.group_by is not None:
        behind = select.group_by.end
        yield [projection, Edit(behind, behind, f" {graph}")]
    elif not _is_aggregated(select):
        yield [projection]
    elif may_copy:
        yield [Edit(select.start, select.end, _by_graph(select, text, f"{graph}"))]


def _by_graph(select: Select, text: str, graph: str) -> str:
    """Return an aggregate over each graph's solutions, or over none where a graph has none."""
    projection, where = select.projection.of(text), select.where.of(text)
    rest = Part(select.modifiers).of(text) if select.modifiers else ""
    some = f"{projection} {graph} WHERE {where} GROUP BY {graph} {rest}"
    maybe = f"GRAPH {graph} {{}} OPTIONAL {{ {where} VALUES {NEW_VARIABLE} {{ 1 }} }}"
    empty = f"WHERE {{ {maybe} }} GROUP BY {graph} HAVING (COUNT({NEW_VARIABLE}) = 0)"
    none = f"{projection} WHERE {{ {_NO_SOLUTION} }} {rest}"
    return f"{{ {some} }} UNION {{ {{ SELECT {graph} {empty} }} {{ {none} }} }}"


def _forgets(group: Group, variable: str) -> bool:
    """Tell whether some part of a group has solutions in which the engine has no graph."""
    forgotten = False
    for element in group.elements:
        if _binds(element, variable) or (element.kind == "optional" and not forgotten):
            return False
        if element.kind in ("optional", "minus") and forgotten:
            return True
        if element.kind == "union":
            forgotten |= any(each.select is not None for each in element.groups)
        forgotten |= element.kind in ("values", "graph", "service")
    return forgotten


def _binds(element: Element, variable: str) -> bool:
    if element.kind == "union":
        return all(_binds_within(each, variable) for each in element.groups)
    is_graph = element.kind == "graph" and element.name is not None
    return element.kind == "triples" or (is_graph and _is(element.name, variable))


def _binds_within(group: Group, variable: str) -> bool:
    if group.select is not None:
        projected = variable in group.select.projection.variables()
        return projected and _binds_within(group.select.where, variable)
    return any(_binds(each, variable) for each in group.elements)


def _mentions(group: Group, variable: str) -> bool:
    """Tell whether a triple pattern or an expression in a group has the variable."""
    inner: list[Group] = []
    if group.select is not None:
        select = group.select
        inner = [select.where, *select.groups]
        depth = 0
        for token in (*select.projection.tokens, *select.modifiers):
            depth += (token.text == "(") - (token.text == ")")
            if depth > 0 and _is(token, variable) and not _is_in(token, inner):
                return True
    for element in group.elements:
        inner += element.groups
        if element.kind in ("triples", "filter", "bind") and any(
            _is(token, variable) and not _is_in(token, element.groups) for token in element.tokens
        ):
            return True
    return any(_mentions(each, variable) for each in inner)


def _is(token: Token | None, variable: str) -> bool:
    return token is not None and token.kind == "variable" and token.text[1:] == variable


def _is_in(token: Token, groups: Iterable[Group]) -> bool:
    return any(each.start < token.start < each.end for each in groups)


def _depends(group: Group) -> bool:
    """Tell whether the solutions of a group may differ from graph to graph."""
    inner = [group.select.where] if group.select is not None else []
    inner += [each for element in group.elements for each in element.groups]
    return any(each.kind == "triples" for each in group.elements) or any(map(_depends, inner))


def _is_aggregated(select: Select) -> bool:
    return any(
        token.keyword in _AGGREGATES and not _is_in(token, select.groups)
        for token in (*select.projection.tokens, *select.modifiers)
    )
