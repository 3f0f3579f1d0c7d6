"""The answer to a SELECT as Python values."""

from __future__ import annotations

import copy
import json
import math
import pickle
from datetime import date
from decimal import Decimal

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.solutions import BlankNode, Iri, Solutions, Text, Value, is_true, value_of

XSD = "http://www.w3.org/2001/XMLSchema#"


def literal(value: str, datatype: str) -> dict[str, str]:
    return {"type": "literal", "value": value, "datatype": f"{XSD}{datatype}"}


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ({"type": "uri", "value": "https://e.org/"}, Iri("https://e.org/")),
        ({"type": "bnode", "value": "b0"}, BlankNode("b0")),
        ({"type": "literal", "value": "計画", "xml:lang": "ja"}, Text("計画", "ja")),
        ({"type": "literal", "value": "plain"}, "plain"),
        ({"type": "literal", "value": ""}, ""),
        (literal("text", "string"), "text"),
        *((literal("+5", name), 5) for name in (
            "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
            "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte")),
        *((literal("-5", name), -5) for name in ("negativeInteger", "nonPositiveInteger")),
        (literal("1.50", "decimal"), Decimal("1.50")),
        (literal(".5", "decimal"), Decimal("0.5")),
        (literal("1.5e3", "double"), 1500.0),
        (literal("-INF", "float"), -math.inf),
        (literal("2020-04-30", "date"), date(2020, 4, 30)),
        (literal("true", "boolean"), True),
        (literal("1", "boolean"), True),
        (literal("false", "boolean"), False),
        (literal("0", "boolean"), False),
        (literal("2020-04", "gYearMonth"), "2020-04"),
        (literal("2020", "gYear"), "2020"),
        (literal("P3Y", "duration"), "P3Y"),
        (literal("2020-04-30T12:00:00Z", "dateTime"), "2020-04-30T12:00:00Z"),
        ({"type": "literal", "value": "x", "datatype": "https://e.org/own"}, "x"),
    ],
)  # fmt: skip
def test_value(term: dict[str, str], value: Value) -> None:
    """Each RDF term has its Python value, of its own type."""
    found = value_of(term)

    assert (type(value), value) == (type(found), found)


def test_not_a_number_is_a_float() -> None:
    """NaN equals nothing, itself included, and is a float all the same."""
    assert math.isnan(value_of(literal("NaN", "double")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lexical", "datatype"),
    [
        ("five", "integer"),
        ("1.0", "integer"),
        ("1_000", "integer"),
        ("٥", "integer"),
        ("9" * 5000, "integer"),
        ("1e3", "decimal"),
        ("NaN", "decimal"),
        ("1,5", "decimal"),
        ("infinity", "double"),
        ("1_0.0", "double"),
        ("2020-13-01", "date"),
        ("20200430", "date"),
        ("2020-W18-4", "date"),
        ("2020-04-30Z", "date"),
        ("yes", "boolean"),
        ("True", "boolean"),
        ("", "boolean"),
    ],
)
def test_ill_typed_literal_is_its_lexical_form(lexical: str, datatype: str) -> None:
    """A literal whose form is not of its datatype is a text, and no error."""
    found = value_of(literal(lexical, datatype))

    assert (str, lexical) == (type(found), found)


@given(number=st.integers(-(10**30), 10**30))
def test_engine_and_reader_agree_on_integers(number: int) -> None:
    """Whatever integer the engine writes, the same integer comes out."""
    answer = pyoxigraph.Store().query(f"SELECT ('{number}'^^<{XSD}integer> AS ?n) {{}}")
    content = answer.serialize(format=pyoxigraph.QueryResultsFormat.JSON)

    assert content is not None
    assert [{"n": number}] == Solutions.of_json(content).to_dicts()


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=6, max_value=10**9))
def test_reader_keeps_decimals(number: Decimal) -> None:
    """A decimal keeps its digits."""
    assert number == value_of(literal(format(number, "f"), "decimal"))


@pytest.fixture
def solutions() -> Solutions:
    """Two rows, one of them without a label."""
    bindings = [
        {
            "plan": {"type": "uri", "value": "https://e.org/1"},
            "label": {"type": "literal", "value": "計画", "xml:lang": "ja"},
        },
        {"plan": {"type": "uri", "value": "https://e.org/2"}},
    ]
    document = {"head": {"vars": ["plan", "label"]}, "results": {"bindings": bindings}}
    return Solutions.of_json(json.dumps(document).encode())


def test_solutions_are_a_sequence_of_rows(solutions: Solutions) -> None:
    """Rows are counted, indexed and gone through; an unbound variable is not in its row."""
    assert 2 == len(solutions)
    assert {"plan": "https://e.org/2"} == solutions[1]
    assert ["https://e.org/1", "https://e.org/2"] == [row["plan"] for row in solutions]


def test_to_dicts_has_every_variable(solutions: Solutions) -> None:
    """As dictionaries, all rows have all variables."""
    assert [
        {"plan": "https://e.org/1", "label": "計画"},
        {"plan": "https://e.org/2", "label": None},
    ] == solutions.to_dicts()


def test_no_rows_are_an_answer() -> None:
    """An answer without rows still has its variables."""
    empty = Solutions.of_json(b'{"head":{"vars":["x"]},"results":{"bindings":[]}}')

    assert (("x",), 0, []) == (empty.variables, len(empty), empty.to_dicts())


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))],
    ids=["copy", "deep copy", "pickle"],
)
def test_text_keeps_its_language(duplicate: object) -> None:
    """A copy of a text has the language of the text."""
    text = duplicate(Text("計画", "ja"))  # type: ignore[operator]

    assert (Text, "計画", "ja") == (type(text), text, text.language)


@pytest.mark.parametrize(
    ("content", "answer"),
    [(b'{"head":{},"boolean":true}', True), (b'{"head":{},"boolean":false}', False)],
    ids=["true", "false"],
)
def test_answer_of_an_ask(content: bytes, answer: bool) -> None:
    """The answer of an ASK is a boolean."""
    assert answer is is_true(content)
