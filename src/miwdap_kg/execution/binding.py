"""Sets variables of a query to terms, in its text, for engines that are sent nothing but text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

import pyoxigraph as ox

from miwdap_kg.errors import ParameterError, QueryEvaluationError
from miwdap_kg.queries import Term
from miwdap_kg.sparql import Token, outline, tokens

__all__ = ["bind", "without_dataset"]

_Kind = Literal["pattern", "template", "values"]

_VARIABLE: Final = "variable"


def bind(text: str, bindings: Mapping[str, Term]) -> str:
    """Return the query with its variables set: their terms stand in VALUES blocks of its patterns.

    The outermost pattern is joined with the term, and so is each inner one with an expression that
    speaks of the variable, since an expression sees its own pattern alone. Inside a subquery the
    name means another variable, which stays free. All this is as the engine in this process
    does it with its substitutions; it also asks that the variable be projected.

    Raises:
        QueryEvaluationError: a variable is not projected.
        ParameterError: a term is no IRI, or the variable is made by the query's own SELECT.

    >>> bind("SELECT ?s ?o { ?s ?p ?o }", {"s": Term("http://example.org/a")})
    'SELECT ?s ?o { VALUES ?s { <http://example.org/a> } ?s ?p ?o }'
    >>> bind("SELECT ?x { BIND('a' AS ?x) }", {"x": Term('"}', "http://www.w3.org/2001/XMLSchema#string")})
    'SELECT ?x { BIND(\\'a\\' AS ?x) VALUES ?x { "\\\\"}" } }'
    """
    if not bindings:
        return text
    found = list(tokens(text))
    outlined = outline(text)
    made = set(_made_outside(found))
    for name in bindings:
        if not name.isidentifier():
            raise ParameterError(name, "no variable has such a name.")
        if outlined.variables and name not in outlined.variables:
            raise QueryEvaluationError(f"it does not project ?{name}, which is to be set.")
        if name in made:
            raise ParameterError(
                name, "the SELECT makes its value, so that a remote engine cannot be given one."
            )
    blocks = {
        name: f"VALUES ?{name} {{ {_written(name, term)} }} " for name, term in bindings.items()
    }
    return _inserted(text, dict(_places(text, found, blocks)))


def without_dataset(text: str) -> str:
    """Return the query without its FROM clauses, which some engines add to the graphs chosen.

    >>> without_dataset("ASK FROM <http://example.org/g> FROM NAMED ex:g { ?s ?p ?o }")
    'ASK { ?s ?p ?o }'
    """
    found = list(tokens(text))
    pieces, done, depth = [], 0, 0
    for position, token in enumerate(found):
        depth += (token.text in ("{", "(")) - (token.text in ("}", ")"))
        if depth == 0 and token.keyword == "FROM":
            following = found[position + 1 : position + 3]
            is_named = bool(following) and following[0].keyword == "NAMED"
            if len(following) > is_named and following[is_named].kind in ("iri", "name"):
                graph = following[is_named]
                pieces.append(text[done : token.start])
                done = graph.start + len(graph.text)
                done += text[done : done + 1] == " "
    return "".join([*pieces, text[done:]])


@dataclass(slots=True)
class _Group:
    """What stands between two curly brackets."""

    kind: _Kind
    start: int
    is_subquery: bool
    is_inside_subquery: bool
    is_inside: bool
    """Whether it stands in another group, or in an expression of the SELECT."""
    spoken_of: set[str] = field(default_factory=set)
    """The variables in its expressions."""
    made: set[str] = field(default_factory=set)
    """The variables that a BIND of its own makes."""
    end: int = 0
    depth: int = 0
    """How many round brackets are open in it."""


def _places(
    text: str, found: Sequence[Token], blocks: Mapping[str, str]
) -> Iterator[tuple[int, str]]:
    patterns = [group for group in _groups(found) if group.kind == "pattern"]
    outermost = next((group for group in patterns if not group.is_inside), None)
    everything = "".join(blocks.values())
    if outermost is None or _is_short_construct(found):
        yield len(text), f"\n{everything.rstrip()}"
        return
    if outermost.is_subquery:
        yield outermost.start, f" {everything}{{"
        yield outermost.end, "}"
    for group in patterns:
        if group.is_subquery or group.is_inside_subquery:
            continue
        wanted = [name for name in blocks if group is outermost or name in group.spoken_of]
        # A BIND must make a new variable; so what it makes is compared behind it.
        before = "".join(blocks[name] for name in wanted if name not in group.made)
        after = "".join(blocks[name] for name in wanted if name in group.made)
        if before:
            yield group.start, f" {before.rstrip()}"
        if after:
            yield group.end, after


def _groups(found: Sequence[Token]) -> Sequence[_Group]:
    """Return all groups in the order in which they begin."""
    groups: list[_Group] = []
    within: list[_Group] = []
    awaits_values = False
    outer_depth = 0
    for position, token in enumerate(found):
        before = found[position - 1] if position else None
        after = found[position + 1] if position + 1 < len(found) else None
        current = within[-1] if within else None
        if token.keyword == "VALUES":
            awaits_values = True
        elif token.text == "{":
            is_template = before is not None and before.keyword == "CONSTRUCT"
            kind: _Kind = "values" if awaits_values else "template" if is_template else "pattern"
            awaits_values = False
            group = _Group(
                kind,
                token.start + 1,
                is_subquery=after is not None and after.keyword.startswith("SELECT"),
                is_inside_subquery=any(
                    each.is_subquery or each.is_inside_subquery for each in within
                ),
                is_inside=bool(within) or outer_depth > 0,
            )
            groups.append(group)
            within.append(group)
        elif token.text == "}" and within:
            within.pop().end = token.start
        elif current is None:
            outer_depth += (token.text == "(") - (token.text == ")")
        else:
            current.depth += (token.text == "(") - (token.text == ")")
            if token.kind == _VARIABLE and current.depth > 0 and not awaits_values:
                is_made = before is not None and before.keyword == "AS"
                (current.made if is_made else current.spoken_of).add(token.text[1:])
    return groups


def _made_outside(found: Sequence[Token]) -> Iterator[str]:
    """Yield the variables that the outermost SELECT or GROUP BY makes with AS."""
    depth = 0
    for before, token in pairwise(found):
        depth += (before.text == "{") - (before.text == "}")
        if depth == 0 and before.keyword == "AS" and token.kind == _VARIABLE:
            yield token.text[1:]


def _is_short_construct(found: Sequence[Token]) -> bool:
    """Tell whether this is a `CONSTRUCT WHERE { … }`, which holds triples alone."""
    words = [token for token in found if token.keyword or token.text == "{"]
    for position, token in enumerate(words):
        if token.keyword == "CONSTRUCT":
            following = [each.text for each in words[position + 1 : position + 2]]
            return following != ["{"]
    return False


def _written(name: str, term: Term) -> str:
    try:
        if term.datatype is not None:
            return str(ox.Literal(term.value, datatype=ox.NamedNode(term.datatype)))
        if term.language is not None:
            return str(ox.Literal(term.value, language=term.language))
        return str(ox.NamedNode(term.value))
    except ValueError as error:
        raise ParameterError(name, f"'{term.value}' cannot be written: {error}.") from error


def _inserted(text: str, places: Mapping[int, str]) -> str:
    pieces = []
    done = 0
    for place in sorted(places):
        pieces += [text[done:place], places[place]]
        done = place
    return "".join([*pieces, text[done:]])
