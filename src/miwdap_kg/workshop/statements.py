"""The layout of a statement: what stands on which line, whoever made the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rdflib import RDF, BNode, Literal, URIRef

from miwdap_kg.workshop.terms import Names

__all__ = [
    "STEP",
    "Collection",
    "Nested",
    "Predicate",
    "Statement",
    "Value",
    "lay_out",
    "lay_out_value",
]

STEP = "    "
SHORT_LIST = 60


@dataclass(frozen=True, slots=True)
class Nested:
    """A blank node that is written in place: `[ … ]`."""

    predicates: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """An RDF list: `( … )`."""

    items: tuple[Value, ...]


Value = URIRef | Literal | BNode | Nested | Collection


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate with its values, in the order in which they are written."""

    iri: URIRef
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of one subject in one go; an empty `Nested` is a subject without a name."""

    subject: Value
    predicates: tuple[Predicate, ...]


def lay_out(statement: Statement, names: Names, *, indent: str = "", one_line: bool = False) -> str:
    """Return *statement* as text without a line end.

    A single predicate with a single value stays on the subject's line. Otherwise each predicate
    has a line, ends in ` ;`, and ` .` stands alone below; several values have a line each.
    With *one_line* everything stays on the subject's line.
    """
    predicates = statement.predicates
    head = f"{indent}{lay_out_value(statement.subject, names, indent=indent)}"
    if one_line:
        return f"{head} {' ; '.join(_one_line(each, names) for each in predicates)} ."
    if _is_single(predicates):
        return f"{head} {_predicate(predicates[0], names, indent)} ."
    return f"{head}\n{_lines(predicates, names, indent)}{indent}."


def lay_out_value(value: Value, names: Names, *, indent: str = "", one_line: bool = False) -> str:
    """Return *value* as text that starts on a line indented by *indent*."""
    if isinstance(value, Nested):
        return _nested(value, names, indent)
    if isinstance(value, Collection):
        return _collection(value, names, indent)
    if isinstance(value, BNode):
        return f"_:{value}"
    if isinstance(value, URIRef):
        return "()" if value == RDF.nil else names.iri(value)
    return names.literal(value, one_line=one_line)


def _is_single(predicates: Sequence[Predicate]) -> bool:
    return len(predicates) == 1 and len(predicates[0].values) == 1


def _one_line(predicate: Predicate, names: Names) -> str:
    values = (lay_out_value(each, names, one_line=True) for each in predicate.values)
    return f"{names.verb(predicate.iri)} {' , '.join(values)}"


def _lines(predicates: Sequence[Predicate], names: Names, indent: str) -> str:
    inner = indent + STEP
    return "".join(f"{inner}{_predicate(each, names, inner)} ;\n" for each in predicates)


def _predicate(predicate: Predicate, names: Names, indent: str) -> str:
    verb = names.verb(predicate.iri)
    if len(predicate.values) == 1:
        return f"{verb} {lay_out_value(predicate.values[0], names, indent=indent)}"
    inner = indent + STEP
    values = (lay_out_value(each, names, indent=inner) for each in predicate.values)
    return f"{verb}\n{inner}" + f" ,\n{inner}".join(values)


def _nested(nested: Nested, names: Names, indent: str) -> str:
    if not nested.predicates:
        return "[]"
    if _is_single(nested.predicates):
        short = _predicate(nested.predicates[0], names, indent)
        if "\n" not in short:
            return f"[ {short} ]"
    return f"[\n{_lines(nested.predicates, names, indent)}{indent}]"


def _collection(collection: Collection, names: Names, indent: str) -> str:
    if not collection.items:
        return "()"
    inner = indent + STEP
    items = [lay_out_value(each, names, indent=inner) for each in collection.items]
    short = f"( {' '.join(items)} )"
    if len(short) <= SHORT_LIST and "\n" not in short:
        return short
    return "(\n" + "".join(f"{inner}{each}\n" for each in items) + f"{indent})"
