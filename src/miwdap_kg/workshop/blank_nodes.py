"""Labels for blank nodes that depend on nothing but the statements they stand in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from rdflib import BNode, Literal, URIRef

from miwdap_kg.workshop.terms import ntriples_term

__all__ = ["Quad", "stable_labels"]

Term = URIRef | Literal | BNode
Quad = tuple[URIRef | BNode, URIRef, Term, URIRef | None]
"""Subject, predicate, object, and the graph's name, which is None for the default graph."""

Colours = dict[BNode, str]


def stable_labels(quads: Iterable[Quad]) -> Mapping[BNode, str]:
    """Return `b0`, `b1` … for the blank nodes in *quads*, the same for the same statements.

    Each node is coloured by what is said of it and what leads to it, again and again until no
    colour splits; nodes that are still alike are told apart one at a time. That is exact for
    blank nodes in trees and lists, which is all that Turtle's brackets can say; rings of blank
    nodes that differ only at a distance are labelled, but not always the same way.
    """
    edges: dict[BNode, list[tuple[str, Term]]] = defaultdict(list)
    for subject, predicate, value, graph in quads:
        # A node that leads to itself is otherwise taken for one that leads to its like.
        ring = " to itself" if subject == value else ""
        if isinstance(subject, BNode):
            edges[subject].append((f"> {predicate} {graph}{ring}", value))
        if isinstance(value, BNode):
            edges[value].append((f"< {predicate} {graph}", subject))
    colours = _refined(dict.fromkeys(edges, ""), edges)
    while len(classes := _classes(colours)) < len(colours):
        alike = min((nodes for nodes in classes.items() if len(nodes[1]) > 1), key=lambda x: x[0])
        colours[alike[1][0]] = _digest(colours[alike[1][0]], "the first")
        colours = _refined(colours, edges)
    ordered = sorted(colours, key=colours.__getitem__)
    return {node: f"b{number}" for number, node in enumerate(ordered)}


def _refined(colours: Colours, edges: Mapping[BNode, list[tuple[str, Term]]]) -> Colours:
    count = 0
    while count < (count := len(set(colours.values()))):
        before = colours
        colours = {
            node: _digest(
                before[node], *sorted(f"{edge} {_colour(end, before)}" for edge, end in edges[node])
            )
            for node in before
        }
    return colours


def _colour(term: Term, colours: Colours) -> str:
    return colours[term] if isinstance(term, BNode) else ntriples_term(term, {})


def _classes(colours: Colours) -> dict[str, list[BNode]]:
    classes: dict[str, list[BNode]] = defaultdict(list)
    for node, colour in colours.items():
        classes[colour].append(node)
    return classes


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
