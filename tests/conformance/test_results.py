"""Two answers are the same when the standard says so, and only then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.conformance.results import Answer, read, same
from tests.conformance.suite import cases, file_iri
from tests.conformance.test_evaluation import TYPES

TSV, TURTLE = "text/tab-separated-values", "text/turtle"
JSON, XML, CSV = TYPES[".srj"], TYPES[".srx"], TYPES[".csv"]

SAME = {
    "rows in another order": ("?x\n1\n2", "?x\n2\n1"),
    "columns in another order": ("?x\t?y\n1\t2", "?y\t?x\n2\t1"),
    "numbers written otherwise": ("?x\n1.50\n1e3\n02", "?x\n1.5\n1000.0e0\n2"),
    "language tags in capitals": ('?x\n"a"@en-GB', '?x\n"a"@EN-gb'),
    "other labels": ("?x\t?y\n_:a\t_:b\n_:b\t_:a", "?x\t?y\n_:1\t_:2\n_:2\t_:1"),
    "other labels in another order": ("?x\t?y\n_:a\t1\n_:b\t2", "?x\t?y\n_:a\t2\n_:b\t1"),
    "nothing in a cell": ("?x\t?y\n1\t", "?y\t?x\n\t1"),
}

DIFFERENT = {
    "a row more": ("?x\n1", "?x\n1\n1"),
    "another variable": ("?x\n1", "?y\n1"),
    "another number": ("?x\n1.5", "?x\n1.25"),
    "another datatype": ("?x\n1", "?x\n1.0"),
    "a string for a number": ("?x\n1", '?x\n"1"'),
    "a string for an IRI": ("?x\n<x:a>", '?x\n"x:a"'),
    "another language": ('?x\n"a"@en', '?x\n"a"@ja'),
    "an empty string for nothing": ('?x\t?y\n1\t""', "?x\t?y\n1\t"),
    "one blank node for two": ("?x\t?y\n_:a\t_:b", "?x\t?y\n_:a\t_:a"),
    "two blank nodes for one": ("?x\t?y\n_:a\t_:a", "?x\t?y\n_:a\t_:b"),
    "blank nodes that change places": (
        "?x\t?y\n_:a\t_:b\n_:b\t_:c",
        "?x\t?y\n_:a\t_:b\n_:c\t_:b",
    ),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_answers_are_the_same(one: str, other: str) -> None:
    """Order, labels, and the way that a number is written make no difference."""
    assert same(read(one.encode(), TSV), read(other.encode(), TSV))


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_answers_are_different(one: str, other: str) -> None:
    """All else makes a difference, whichever of the two is expected."""
    assert not same(read(one.encode(), TSV), read(other.encode(), TSV))
    assert not same(read(other.encode(), TSV), read(one.encode(), TSV))


def test_order_counts_where_it_is_asked_for() -> None:
    """Rows that are ordered by a variable have its values in the same order."""
    one, other = (read(text.encode(), TSV) for text in ("?x\t?y\n1\t1\n2\t2", "?x\t?y\n2\t2\n1\t1"))

    assert same(one, other)
    assert not same(one, other, order_by=["x"])
    assert same(one, replace(one, rows=one.rows[:]), order_by=["x", "y"])


def test_graphs_are_compared_as_graphs() -> None:
    """Triples are a set, and their blank nodes have any label."""
    one = read(b"_:a <x:p> _:b . _:b <x:p> 1, 1 .", TURTLE)

    assert same(one, read(b"<x:> <x:p> [] .", TURTLE)) is False
    assert same(one, read(b"[] <x:p> [ <x:p> 01 ] .", TURTLE))
    assert not same(one, read(b"_:a <x:p> _:b . _:a <x:p> 1 .", TURTLE))
    assert not same(one, Answer(boolean=True))
    assert not same(Answer(boolean=False), Answer(boolean=True))


def test_every_format_is_read_alike() -> None:
    """The same rows in JSON, XML, TSV and as RDF are the same answer."""
    rows = '?a\t?b\t?c\n<x:a>\t"b"@en\t_:c\n\t1\t"<&>"'
    as_json = """{"head": {"vars": ["a", "b", "c"]}, "results": {"bindings": [
        {"a": {"type": "uri", "value": "x:a"}, "b": {"type": "literal", "value": "b",
         "xml:lang": "en"}, "c": {"type": "bnode", "value": "n"}},
        {"b": {"type": "literal", "value": "1",
         "datatype": "http://www.w3.org/2001/XMLSchema#integer"},
         "c": {"type": "literal", "value": "<&>"}}]}}"""
    as_xml = """<sparql xmlns="http://www.w3.org/2005/sparql-results#">
        <head><variable name="a"/><variable name="b"/><variable name="c"/></head><results>
        <result><binding name="a"><uri>x:a</uri></binding><binding name="b">
        <literal xml:lang="en">b</literal></binding><binding name="c"><bnode>n</bnode></binding>
        </result><result><binding name="b">
        <literal datatype="http://www.w3.org/2001/XMLSchema#integer">1</literal></binding>
        <binding name="c"><literal>&lt;&amp;></literal></binding></result></results></sparql>"""
    as_rdf = """
        @prefix rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#> .
        [] a rs:ResultSet ; rs:resultVariable "a", "b", "c" ;
        rs:solution [ rs:binding [ rs:variable "a" ; rs:value <x:a> ],
            [ rs:variable "b" ; rs:value "b"@en ], [ rs:variable "c" ; rs:value [] ] ],
        [ rs:binding [ rs:variable "b" ; rs:value 1 ], [ rs:variable "c" ; rs:value "<&>" ] ] ."""
    expected = read(rows.encode(), TSV)

    assert 2 == len(expected.rows)
    for text, media_type in ((as_json, JSON), (as_xml, XML), (as_rdf, TURTLE)):
        assert same(expected, read(text.encode(), media_type)), media_type


def test_expected_answers_are_not_met_by_less() -> None:
    """Each answer of the suite is the same as itself, and not as what lacks a part of it."""
    files = [case.result for case in cases() if case.kind == "evaluation" and case.result]
    assert len(files) > 200
    for path in files:
        expected = read(path.read_bytes(), TYPES[path.suffix], base=file_iri(path))
        less = expected
        if expected.rows:
            less = replace(expected, rows=expected.rows[1:])
        elif expected.triples:
            less = replace(expected, triples=frozenset([*expected.triples][1:]))
        elif expected.boolean is not None:
            less = replace(expected, boolean=not expected.boolean)

        assert same(expected, expected), path
        assert less == expected or not same(expected, less), path
