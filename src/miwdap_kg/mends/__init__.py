"""Rewrites a query that the engine would answer wrongly into another of the same meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from miwdap_kg.mends.graphs import NEW_VARIABLE, ONE_SOLUTION, graph_mends
from miwdap_kg.mends.patterns import Edit, Part, Place, Query, walk
from miwdap_kg.mends.reader import read_query
from miwdap_kg.sparql import Token

__all__ = ["mended"]

# What has none of these needs no mending, and most queries have none. Each search takes a time that
# is linear in the length of the text.
_EMPTY_PATH: Final = re.compile(r"[*?](?<=[\w>)][*?])\s")
_GRAPH: Final = re.compile(r"GRAPH\s*[?$]", re.IGNORECASE)
_LOST: Final = re.compile(r"\b(?:SELECT|VALUES|MINUS|UNION|GRAPH\s*[^\s?$])", re.IGNORECASE)
_REMARKS: Final = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_RELATIVE: Final = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.\-]*:)[^<>\"{}|^`\\\x00-\x20]*>")
_MOST_ROUNDS: Final = 8
_MOST_GROWTH: Final = 16 * 1024


def mended(text: str, holds: Callable[[str], bool], *, base: str) -> str:
    """Return a query that asks the same, and that the engine answers as SPARQL 1.1 has it.

    Where nothing needs mending, or it is not sure how the text is read, that is the text itself.
    These are mended:

    - a relative IRI without a BASE is relative to *base*;
    - GROUP_CONCAT has no language, even where all its strings have one (§18.5.1.7);
    - a path of length zero has its solution even where its term is in no triple (§18.4);
    - `GRAPH ?g` binds `?g` even where it holds VALUES or a sub-select (§18.6);
    - MINUS of what has no variable in common takes nothing away, within `GRAPH ?g` too (§18.5).

    Args:
        text: the query.
        holds: answers an ASK over the same dataset.
        base: the IRI that relative ones are relative to.
    """
    if _RELATIVE.search(text):
        text = f"BASE <{base}> {text}"
    if not _is_suspect(text) or NEW_VARIABLE in text:
        return text
    result = text
    for _ in range(_MOST_ROUNDS):
        query = read_query(result)
        edits = [] if query is None else _apart(_mends(query, result, holds))
        if not edits:
            return result
        for each in sorted(edits, key=lambda edit: edit.start, reverse=True):
            result = result[: each.start] + each.text + result[each.end :]
        if len(result) > len(text) + _MOST_GROWTH:
            break
    return text


def _apart(mends: Iterable[Sequence[Edit]]) -> list[Edit]:
    """Return the edits of those mends that can be made at once; the others wait for a round."""
    chosen: list[Edit] = []
    for mend in mends:
        if not any(one.start < two.end and two.start < one.end for one in mend for two in chosen):
            chosen += mend
    return chosen


def _is_suspect(text: str) -> bool:
    words = text.upper()
    if "GRAPH" not in words and "GROUP_CONCAT" not in words and not _EMPTY_PATH.search(text):
        return False
    text = _REMARKS.sub("", text)
    graph = _GRAPH.search(text)
    return (
        "GROUP_CONCAT" in text.upper()
        or _EMPTY_PATH.search(text) is not None
        or (graph is not None and _LOST.search(text, graph.end()) is not None)
    )


def _mends(query: Query, text: str, holds: Callable[[str], bool]) -> Iterator[list[Edit]]:
    """Yield the edits that mend one fault or another, the outer before the inner."""
    if edits := list(_group_concats(query.tokens)):
        yield edits
    # What a label of a blank node stands in must not be parted, nor be there twice.
    has_labels = any(each.kind == "blank" for each in query.tokens)
    for place in walk(query.groups):
        if place.body is not None:
            yield from graph_mends(place, text, may_copy=not has_labels)
        elif not has_labels:
            yield from _empty_paths(query, text, place, holds)


def _group_concats(found: Sequence[Token]) -> Iterator[Edit]:
    words = [each.keyword or each.text for each in found]
    opened: list[Token | None] = []
    for position, token in enumerate(found):
        if token.text == "(":
            is_bare = words[position - 1] == "GROUP_CONCAT" and words[position - 3] != "STR"
            opened.append(found[position - 1] if is_bare else None)
        elif token.text == ")" and opened and (name := opened.pop()) is not None:
            yield Edit(name.start, name.start, "STR(")
            yield Edit(token.start, token.start, ")")


# Paths of length zero. The engine passes over the one whose term is no node of the graph; but then
# this is the only solution there is, and it is written in place of the path.


def _empty_paths(
    query: Query, text: str, place: Place, holds: Callable[[str], bool]
) -> Iterator[list[Edit]]:
    for statement in (each.statement for each in place.group.elements if each.statement):
        for piece in statement.pieces:
            if statement.subject is None or piece.object is None:
                continue
            if not _may_be_empty(piece.path.tokens):
                continue
            ends = (statement.subject, piece.object)
            terms = [end for end in ends if end.tokens[0].kind != "variable"]
            if not terms or not holds(_is_only_solution(query, text, terms, place.graph)):
                continue
            found = ONE_SOLUTION
            for end in ends:
                if end not in terms:
                    found = f"VALUES {end.of(text)} {{ {terms[0].of(text)} }}"
            others = [each.of(text) for each in statement.pieces if each != piece]
            if others:
                found = f"{statement.subject.of(text)} {' ; '.join(others)} . {found}"
            yield [Edit(statement.start, statement.end, found)]


def _may_be_empty(path: Sequence[Token]) -> bool:
    """Tell whether a path is a single step with `*` or `?`, in either direction."""
    depth = 0
    for token in path:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text in ("/", "|"):
            return False
    return path[-1].text in ("*", "?")


def _is_only_solution(query: Query, text: str, terms: Sequence[Part], graph: str | None) -> str:
    """Return the question whether a path from or to a term can only be the one of length zero."""
    within = "{}" if graph is None else f"GRAPH {graph} {{{{ {{}} }}}}"
    term = terms[0].of(text)
    patterns = [f"?s ?p {term}"]
    if terms[0].tokens[0].kind in ("iri", "name"):
        patterns.append(f"{term} ?p ?o")
    conditions = [f"FILTER NOT EXISTS {{ {within.format(each)} }}" for each in patterns]
    if len(terms) == 2:
        conditions.append(f"FILTER(SAMETERM({term}, {terms[1].of(text)}))")
    if graph is not None:
        conditions.insert(0, f"GRAPH {graph} {{ }}")
    dataset = query.dataset.of(text) if query.dataset else ""
    return f"{text[: query.form_start]} ASK {dataset} {{ {' '.join(conditions)} }}"
