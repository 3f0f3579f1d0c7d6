"""Reads answers in every result format, and tells whether two of them are the same answer."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import pyoxigraph as ox

__all__ = ["Answer", "read", "same"]

Term = tuple[str, ...]
Row = tuple[Term, ...]

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_LANG_STRING: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_SRX: Final = "{http://www.w3.org/2005/sparql-results#}"
_UNBOUND: Final = ("unbound",)
_INTEGERS: Final = frozenset(
    f"{_XSD}{name}"
    for name in (
        *("integer", "nonPositiveInteger", "negativeInteger", "nonNegativeInteger"),
        *("positiveInteger", "long", "int", "short", "byte"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)
_RESULT_SET: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: a boolean, rows of terms by variable, or the triples of a graph."""

    boolean: bool | None = None
    variables: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    triples: frozenset[Row] | None = None

    def column(self, variable: str) -> list[Term]:
        """Return the values of one variable, row by row, blank nodes without their labels."""
        position = self.variables.index(variable)
        values = [row[position] for row in self.rows]
        return [("bnode",) if value[0] == "bnode" else value for value in values]


def same(expected: Answer, found: Answer, *, order_by: Sequence[str] = ()) -> bool:
    """Tell whether two answers are the same, but for the labels of blank nodes.

    Rows may come in any order, but the values of the variables in *order_by* come in the same.
    """
    if expected.boolean is not None or found.boolean is not None:
        return expected.boolean == found.boolean
    if expected.triples is not None or found.triples is not None:
        if expected.triples is None or found.triples is None:
            return False
        return _match([*expected.triples], [*found.triples])
    if set(expected.variables) != set(found.variables):
        return False
    if any(expected.column(each) != found.column(each) for each in order_by):
        return False
    positions = [found.variables.index(each) for each in expected.variables]
    rows = [tuple(row[position] for position in positions) for row in found.rows]
    return _match([*expected.rows], rows)


def read(content: bytes, media_type: str, *, base: str = "") -> Answer:
    """Return the answer that *content* holds.

    >>> read(b"?n\\n7", "text/tab-separated-values").rows
    ((('literal', '7', 'http://www.w3.org/2001/XMLSchema#integer'),),)
    """
    if media_type == "application/sparql-results+json":
        return _of_json(json.loads(content))
    if media_type == "application/sparql-results+xml":
        return _of_xml(content)
    if media_type == "text/csv":
        return _of_csv(content.decode())
    if media_type == "text/tab-separated-values":
        return _of_tsv(content.decode())
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    assert rdf_format is not None, f"{media_type} is no format of answers"
    triples = list(ox.parse(content, format=rdf_format, base_iri=base or None))
    if any(triple.object.value == f"{_RESULT_SET}ResultSet" for triple in triples):
        return _of_result_set(triples)
    return Answer(
        triples=frozenset(
            (_of_engine(each.subject), _of_engine(each.predicate), _of_engine(each.object))
            for each in triples
        )
    )


def _of_json(content: Mapping[str, object]) -> Answer:
    if "boolean" in content:
        return Answer(boolean=bool(content["boolean"]))
    variables = tuple(content["head"]["vars"])  # type: ignore[index]
    rows = content["results"]["bindings"]  # type: ignore[index]

    def term(value: Mapping[str, str] | None) -> Term:
        if value is None:
            return _UNBOUND
        if value["type"] in ("uri", "bnode"):
            return (value["type"], value["value"])
        assert value["type"] in ("literal", "typed-literal"), value
        return _literal(value["value"], value.get("datatype"), value.get("xml:lang"))

    return Answer(
        variables=variables,
        rows=tuple(tuple(term(row.get(name)) for name in variables) for row in rows),
    )


def _of_xml(content: bytes) -> Answer:
    root = ElementTree.fromstring(content)
    boolean = root.find(f"{_SRX}boolean")
    if boolean is not None:
        return Answer(boolean=(boolean.text or "").strip() == "true")
    variables = tuple(each.attrib["name"] for each in root.iterfind(f"{_SRX}head/{_SRX}variable"))

    def term(element: ElementTree.Element | None) -> Term:
        if element is None:
            return _UNBOUND
        value = element[0]
        kind, text = value.tag.removeprefix(_SRX), value.text or ""
        if kind in ("uri", "bnode"):
            return (kind, text.strip())
        assert kind == "literal", kind
        language = value.get("{http://www.w3.org/XML/1998/namespace}lang")
        return _literal(text, value.get("datatype"), language)

    rows = []
    for result in root.iterfind(f"{_SRX}results/{_SRX}result"):
        bound = {each.attrib["name"]: each for each in result}
        assert set(bound) <= set(variables), bound
        rows.append(tuple(term(bound.get(name)) for name in variables))
    return Answer(variables=variables, rows=tuple(rows))


def _of_csv(content: str) -> Answer:
    # CSV keeps no types: an IRI and a string of the same letters are the same in it.
    header, *rows = csv.reader(io.StringIO(content, newline=""))

    def term(cell: str) -> Term:
        return ("bnode", cell) if cell.startswith("_:") else ("cell", cell)

    return Answer(variables=tuple(header), rows=tuple(tuple(map(term, row)) for row in rows))


def _of_tsv(content: str) -> Answer:
    header, *rows = content.removesuffix("\n").replace("\r", "").split("\n")

    def term(cell: str) -> Term:
        if not cell:
            return _UNBOUND
        # A cell is a term in Turtle's own words, so that a parser of Turtle can read it.
        (triple,) = ox.parse(f"<x:s> <x:p> {cell} .", format=ox.RdfFormat.TURTLE)
        assert isinstance(triple.object, ox.BlankNode) is cell.startswith("_:"), cell
        return ("bnode", cell) if cell.startswith("_:") else _of_engine(triple.object)

    names = header.split("\t")
    assert all(name.startswith("?") for name in names), header
    return Answer(
        variables=tuple(name.removeprefix("?") for name in names),
        rows=tuple(tuple(map(term, row.split("\t"))) for row in rows),
    )


def _of_result_set(triples: Sequence[ox.Quad]) -> Answer:
    # The first working group wrote rows as RDF, and some tests still do.
    def objects(subject: object, name: str) -> list[Any]:
        wanted = f"{_RESULT_SET}{name}"
        return [
            each.object
            for each in triples
            if each.predicate.value == wanted and subject in (None, each.subject)
        ]

    variables = tuple(each.value for each in objects(None, "resultVariable"))
    rows = []
    for solution in objects(None, "solution"):
        bound = {
            objects(binding, "variable")[0].value: _of_engine(objects(binding, "value")[0])
            for binding in objects(solution, "binding")
        }
        rows.append(tuple(bound.get(name, _UNBOUND) for name in variables))
    return Answer(variables=variables, rows=tuple(rows))


def _of_engine(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Term:
    if isinstance(term, ox.NamedNode):
        return ("uri", term.value)
    if isinstance(term, ox.BlankNode):
        return ("bnode", term.value)
    assert isinstance(term, ox.Literal), term
    return _literal(term.value, term.datatype.value, term.language)


def _literal(text: str, datatype: str | None, language: str | None) -> Term:
    if language:
        return ("literal", text, _LANG_STRING, language.lower())
    datatype = datatype or f"{_XSD}string"
    return ("literal", _value(text, datatype), datatype)


def _value(text: str, datatype: str) -> str:
    """Return the one way to write the value that *text* stands for: 2 for 2.0 and for 02."""
    try:
        if datatype in _INTEGERS:
            return str(int(text))
        if datatype == f"{_XSD}decimal":
            return f"{Decimal(text).normalize():f}"
        if datatype in (f"{_XSD}double", f"{_XSD}float"):
            return repr(float(text))
        if datatype == f"{_XSD}boolean":
            return {"0": "false", "1": "true"}.get(text, text)
    except (ValueError, InvalidOperation):
        pass
    return text


def _match(expected: list[Row], found: list[Row]) -> bool:
    """Tell whether the rows are the same for some one-to-one mapping of the blank nodes."""
    if len(expected) != len(found):
        return False
    # What has no blank node is settled at once, and leaves little to be tried.
    plain = sorted(row for row in expected if not _blank_nodes(row))
    if plain != sorted(row for row in found if not _blank_nodes(row)):
        return False
    return _search(
        [row for row in expected if _blank_nodes(row)],
        [row for row in found if _blank_nodes(row)],
        {},
    )


def _blank_nodes(row: Row) -> list[str]:
    return [term[1] for term in row if term[0] == "bnode"]


def _search(expected: list[Row], found: list[Row], mapping: dict[str, str]) -> bool:
    if not expected:
        return True
    first, *rest = expected
    for position, candidate in enumerate(found):
        extended = _unify(first, candidate, mapping)
        others = found[:position] + found[position + 1 :]
        if extended is not None and _search(rest, others, extended):
            return True
    return False


def _unify(one: Row, other: Row, mapping: dict[str, str]) -> dict[str, str] | None:
    if len(one) != len(other):
        return None
    extended = dict(mapping)
    for left, right in zip(one, other, strict=True):
        if left[0] != "bnode" or right[0] != "bnode":
            if left != right:
                return None
        elif extended.setdefault(left[1], right[1]) != right[1]:
            return None
    return extended if len(set(extended.values())) == len(extended) else None
