"""What is told from a query's tokens: form, projection, dataset, and prologue."""

from __future__ import annotations

import time
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.sparql import _DECLARATIONS, _KEPT_CHARACTERS, outline

PREFIX = "PREFIX ex: <http://example.org/>\n"

# Form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * {}", "select"),
        ("select * {}", "select"),
        ("ASK {}", "ask"),
        ("ASK{}", "ask"),
        ("ASKWHERE{}", "ask"),
        ("SELECTDISTINCT?x{}", "select"),
        ("CONSTRUCT {} WHERE {}", "construct"),
        ("DESCRIBE <http://e.org/>", "describe"),
        (f"{PREFIX}SELECT * {{}}", "select"),
        ("BASE <http://e.org/ask>\nSELECT * {}", "select"),
        ("# ASK\nSELECT * {}", "select"),
        ("PREFIX ask: <http://e.org/ask#>\nSELECT * {}", "select"),
        ("PREFIX : <http://e.org/#>\nCONSTRUCT { :select :ask :describe } {}", "construct"),
        ("INSERT DATA { <a:b> <a:b> <a:b> }", "update"),
        ("delete where { ?s ?p ?o }", "update"),
        ("LOAD <http://e.org/>", "update"),
        ("CLEAR ALL", "update"),
        ("DROP ALL", "update"),
        ("CREATE GRAPH <a:b>", "update"),
        ("COPY <a:b> TO <a:c>", "update"),
        ("MOVE <a:b> TO <a:c>", "update"),
        ("ADD <a:b> TO <a:c>", "update"),
        (f"{PREFIX}WITH ex:g DELETE {{}} WHERE {{}}", "update"),
        ("", None),
        ("# SELECT", None),
        ("hello", None),
        ("{ SELECT * {} }", None),
        ("'SELECT'", None),
        ("?select", None),
        ("<select>", None),
    ],
)
def test_form(text: str, form: str | None) -> None:
    """The first keyword outside of prologue, comments, strings and IRIs is the form."""
    assert form == outline(text).form


# Projection


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("SELECT ?a $b WHERE {}", ("a", "b")),
        ("SELECT DISTINCT ?a {}", ("a",)),
        ("SELECT * {}", ()),
        ("SELECT (COUNT(?x) AS ?n) ?a {}", ("n", "a")),
        ("SELECT (?x + ?y as ?sum) {}", ("sum",)),
        ("SELECT (EXISTS { ?s ?p ?o } AS ?is) ?a WHERE {}", ("is", "a")),
        ("SELECT (EXISTS { SELECT (1 AS ?x) {} } AS ?is) {}", ("is",)),
        ("SELECT ?a FROM <a:b> WHERE { ?c ?d ?e }", ("a",)),
        ("SELECT ?a { SELECT ?b {} }", ("a",)),
        ("SELECT ?計画 {}", ("計画",)),
        ("SELECT # ?no\n ?a {}", ("a",)),
        ("ASK { ?a ?b ?c }", ()),
        ("CONSTRUCT { ?a ?b ?c } WHERE {}", ()),
        ("DESCRIBE ?a {}", ()),
    ],
)
def test_projection(text: str, variables: tuple[str, ...]) -> None:
    """The projected variables are those of the outermost SELECT, in their order."""
    assert variables == outline(text).variables


# Dataset


@pytest.mark.parametrize(
    ("text", "graphs", "named"),
    [
        ("SELECT * FROM <a:1> FROM <a:2> {}", ("a:1", "a:2"), ()),
        ("SELECT * FROM NAMED <a:1> WHERE {}", (), ("a:1",)),
        ("SELECT * FROM <a:1> from named <a:2> {}", ("a:1",), ("a:2",)),
        ("SELECT * FROM <a:1> FROM <a:1> {}", ("a:1",), ()),
        (f"{PREFIX}ASK FROM ex:g {{}}", ("http://example.org/g",), ()),
        (f"{PREFIX}ASK FROM ex:a\\#b {{}}", ("http://example.org/a#b",), ()),
        (f"{PREFIX}DESCRIBE <a:b> FROM ex:g", ("http://example.org/g",), ()),
        (f"{PREFIX}CONSTRUCT {{ ?s ?p (1 2) }} FROM ex:g WHERE {{}}",
         ("http://example.org/g",), ()),
        ("CONSTRUCT FROM <a:1> WHERE { ?s ?p ?o }", ("a:1",), ()),
        ("SELECT (EXISTS { ?s ?p ?o } AS ?is) FROM <a:1> {}", ("a:1",), ()),
        ("BASE <http://e.org/a/b> SELECT * FROM <c#d> {}", ("http://e.org/a/c#d",), ()),
        ("BASE <http://e.org/a> PREFIX : <#> ASK FROM :d {}", ("http://e.org/a#d",), ()),
        ("BASE <http://e.org/> ASK FROM <http://x.org/y#> {}", ("http://x.org/y#",), ()),
        (r"ASK FROM <a:\u0041\U00000042> {}", ("a:AB",), ()),
        ("SELECT * { ?s ?p 'FROM <a:1>' }", (), ()),
        ("SELECT * # FROM <a:1>\n {}", (), ()),
        ("SELECT ?from { ?s <a:FROM> ?from }", (), ()),
        ("SELECT * FROM unknown:g {}", (), ()),
    ],
)  # fmt: skip
def test_dataset(text: str, graphs: tuple[str, ...], named: tuple[str, ...]) -> None:
    """FROM and FROM NAMED tell the graphs by their whole IRIs, each once."""
    found = outline(text)

    assert (graphs, named) == (found.from_graphs, found.from_named_graphs)


# Prologue


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("ASK {}", {}),
        ("PREFIX a: <b:c> PREFIX : <b:d> ASK {}", {"a": "b:c", "": "b:d"}),
        ("prefix a:<b:c>prefix:<b:d>ASK {}", {"a": "b:c", "": "b:d"}),
        ("PREFIXa:<b:c>ASK {}", {"a": "b:c"}),
        ("PREFIX PREFIXa: <b:c> ASK {}", {"PREFIXa": "b:c"}),
        ("PREFIX a: <b:c> PREFIX a: <b:d> ASK {}", {"a": "b:d"}),
        ("PREFIX a: <c> BASE <http://e.org/b/> PREFIX b: <c> ASK {}",
         {"a": "https://w3id.org/miwdap/c", "b": "http://e.org/b/c"}),
        ("VERSION '1.2' PREFIX a: <b:c> ASK {}", {"a": "b:c"}),
        (r"PREFIX a: <b:\U00110000> ASK {}", {"a": r"b:\U00110000"}),
        ("ASK { PREFIX a: <b:c> }", {}),
    ],
)  # fmt: skip
def test_prologue(text: str, prefixes: dict[str, str]) -> None:
    """Prefixes have whole IRIs; the last declaration of one holds."""
    assert prefixes == outline(text).prologue.prefixes


# Any text


@given(text=st.text())
def test_outline_never_fails(text: str) -> None:
    """Whatever the text is, it has an outline."""
    assert outline(text).variables is not None


PIECES = ["SELECT", "FROM", "NAMED", "<#>", "<", "'", '"""', "\\", "{", "}", "(", ")", "?x", " ",
          "PREFIX", "ex:", "BASE", "<http://[>", "<\\u0041>", "<\\UFFFFFFFF>", "#", "\n", "AS",
          "WHERE", "VALUES", "SERVICE", "CONSTRUCT", "1.e", "@en", "_:a"]  # fmt: skip


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
def test_outline_never_fails_on_pieces_of_queries(pieces: list[str]) -> None:
    """However pieces of queries are put together, they have an outline."""
    assert outline("".join(pieces)).variables is not None


@pytest.mark.parametrize("unit", ["FROM <a:b> ", "FROM NAMED a:b ", "?x ", "(1 AS ?x) ", "ASKX "])
@pytest.mark.parametrize("start", ["SELECT ", "CONSTRUCT {} ", "PREFIX a: <b:c> "])
def test_outline_takes_linear_time(start: str, unit: str) -> None:
    """Twice the text takes about twice the time, whatever the text repeats."""

    def seconds(count: int) -> float:
        text = start + unit * count
        timings = []
        for _ in range(3):
            before = time.process_time()
            outline(text)
            timings.append(time.process_time() - before)
        return min(timings)

    small, large = seconds(1_000), seconds(8_000)

    # Eight times the text: a quadratic reader would take 64 times as long.
    assert large < 0.01 + 24 * small


def test_outline_stops_at_the_pattern() -> None:
    """The form of a query with a long pattern is told at once."""
    text = "SELECT ?x { " + "?s ?p ?o . " * 20_000 + "}"

    before = time.process_time()
    found = outline(text)

    assert ("select", ("x",)) == (found.form, found.variables)
    assert time.process_time() - before < 0.01


# The W3C's queries

SERVICES = [
    "service/service01.rq",
    "service/service02.rq",
    "service/service03.rq",
    "service/service04a.rq",
    "service/service05.rq",
    "service/service06.rq",
    "service/service07.rq",
    "syntax-fed/syntax-service-01.rq",
    "syntax-fed/syntax-service-02.rq",
    "syntax-fed/syntax-service-03.rq",
]


@pytest.fixture(scope="module")
def w3c(shared: Path) -> dict[str, str]:
    """The queries of the W3C's test suite by path."""
    folder = shared / "conformance" / "w3c-sparql11"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.rq"))
    }


def engine_form(text: str) -> str | None:
    """Return the form that the engine takes a query for, or None where it is none."""
    try:
        answer = pyoxigraph.Store().query(text, base_iri="http://example.org/")
    except SyntaxError:
        return None
    except RuntimeError:
        return "select"
    if isinstance(answer, pyoxigraph.QueryBoolean):
        return "ask"
    return "select" if isinstance(answer, pyoxigraph.QuerySolutions) else "construct"


def test_w3c_forms_are_the_engines(w3c: dict[str, str]) -> None:
    """Each query of the W3C's suite that the engine takes has the engine's form."""
    expected = {name: engine_form(text) for name, text in w3c.items() if name not in SERVICES}
    queries = {name: form for name, form in expected.items() if form is not None}
    found = {name: outline(w3c[name]).form for name in queries}

    assert len(queries) > 250
    assert queries == {
        name: "construct" if form == "describe" else form for name, form in found.items()
    }


def test_what_is_remembered_of_declarations_is_small() -> None:
    """However many a query declares, all of them are known, and few are kept in memory."""
    declared = "".join(f"PREFIX p{n}: <http://example.org/{n}/>\n" for n in range(2_000))
    found = outline(f"{declared}ASK {{}}")

    assert found.form == "ask"
    assert 2_000 == len(found.prologue.prefixes)
    assert len(declared) == found.prologue.end
    cut = _DECLARATIONS.match(declared, 0, _KEPT_CHARACTERS)
    assert cut is not None
    assert len(cut.group()) <= _KEPT_CHARACTERS
