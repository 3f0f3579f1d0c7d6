"""The grammar of SPARQL 1.1: what it takes, where it stops, and what it expects there."""

from __future__ import annotations

import time
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.grammar import KEYWORDS, find_misfit

# Queries that are wrong by a rule that no grammar can state; the suite calls them bad.
BEYOND_GRAMMAR = {
    "aggregates/agg08.rq",
    "aggregates/agg09.rq",
    "aggregates/agg10.rq",
    "aggregates/agg11.rq",
    "aggregates/agg12.rq",
    "grouping/group06.rq",
    "grouping/group07.rq",
    "syntax-query/syn-bad-01.rq",
    "syntax-query/syn-bad-02.rq",
    "syntax-query/syn-bad-03.rq",
    "syntax-query/syn-bad-values-too-few.rq",
    "syntax-query/syn-bad-values-too-many.rq",
    "syntax-query/syntax-BINDscope6.rq",
    "syntax-query/syntax-BINDscope7.rq",
    "syntax-query/syntax-BINDscope8.rq",
    "syntax-query/syntax-SELECTscope2.rq",
}
# Queries with a token that is none, which the reader of tokens lets through.
BAD_TOKENS = {
    "syntax-query/syn-bad-pname-01.rq",
    "syntax-query/syn-bad-pname-02.rq",
    "syntax-query/syn-bad-pname-03.rq",
    "syntax-query/syn-bad-pname-04.rq",
}


def is_query(text: str) -> bool:
    """Tell whether the engine takes a text for a query; it may still fail to answer it."""
    try:
        pyoxigraph.Store().query(text, base_iri="http://example.org/")
    except SyntaxError:
        return False
    except (OSError, RuntimeError):
        return True
    return True


@pytest.fixture(scope="module")
def w3c(shared: Path) -> dict[str, str]:
    """The queries of the W3C's test suite by path."""
    folder = shared / "conformance" / "w3c-sparql11"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.rq"))
    }


def test_w3c_suite_is_judged_as_by_the_engine(w3c: dict[str, str]) -> None:
    """The grammar takes what the engine takes, and a little more where no grammar can tell."""
    local = {
        name: text.replace("http://example.org/", "http://127.0.0.1:9/")
        .replace("http://example1.org/", "http://127.0.0.1:9/")
        .replace("http://example2.org/", "http://127.0.0.1:9/")
        for name, text in w3c.items()
    }
    different = {
        name for name, text in local.items() if is_query(text) != (find_misfit(text) is None)
    }

    assert len(w3c) > 300
    assert BEYOND_GRAMMAR | BAD_TOKENS == different


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p 1, -1, +1.5, 1e3, 'a'@en, \"b\"^^<a:b>, true, (), [], _:a }",
        "SELECT * { ?s a/^<a:b>*|!(a|^<a:b>)+ ?o ; <a:c>? ?d ;; <a:e> ?f . }",
        "SELECT (GROUP_CONCAT(DISTINCT ?a ; SEPARATOR = ', ') AS ?all) {}",
        "SELECT * { VALUES (?a ?b) { (1 UNDEF) () } VALUES ?c { <a:b> } }",
        "SELECT * { FILTER(?a NOT IN (1, 2) && !BOUND(?b) || REGEX(?c, 'd', 'i')) }",
        "SELECT * {} GROUP BY ?a (?b AS ?c) STR(?d) HAVING (?e) (?f) ORDER BY DESC(?g) ?h LIMIT 1",
        "SELECT * {} OFFSET 1 LIMIT 2 VALUES ?x { 1 }",
        "CONSTRUCT WHERE { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p (1 2) } WHERE {}",
        "DESCRIBE ?a <a:b> WHERE { ?a ?b ?c }",
        "ASK { GRAPH ?g { ?s ?p ?o } MINUS { ?s ?p ?o } OPTIONAL {} BIND(NOW() AS ?n) }",
        "ASK { { ?s ?p ?o } UNION { } UNION { } FILTER NOT EXISTS { ?s ?p ?o } }",
        "ASK { SERVICE SILENT <a:b> { [ <a:b> 1 ] <a:c> 2 . [ <a:d> 3 ] } }",
    ],
)
def test_query_fits(text: str) -> None:
    """What the grammar of SPARQL 1.1 allows has no misfit."""
    assert find_misfit(text) is None


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("SELECT ?x WHERE ?x a ?y", "?x", ("'{'",)),
        ("ASK { ?s ?p }", "}", ("a variable, an IRI, a literal or a blank node",)),
        ("ASK { ?s ?p ?o } }", "}",
         ("a modifier such as ORDER BY or LIMIT", "the end of the query", "'VALUES'")),
        ("SELECT (COUNT(?y)) {}", ")", ("an operator", "'AS'")),
        ("ASK { FILTER(?a = ) }", ")", ("an expression",)),
        ("ASK { FILTER ?a }", "?a", ("an IRI", "a function", "'('")),
        ("ASK { BIND(1 ?a) }", "?a", ("an operator", "'AS'")),
        ("SELECT * {} LIMIT ?n", "?n", ("a number",)),
        ("PREFIX ex <a:b> ASK {}", "ex", ("a prefix that ends in ':'",)),
        ("PREFIX ex: ASK {}", "ASK", ("an IRI in angle brackets",)),
        ("ASK { GRAPH { } }", "{", ("a variable or an IRI",)),
        ("ASK { BIND(1 AS 2) }", "2", ("a variable",)),
        ("ASK { FILTER(BOUND(1)) }", "1", ("a variable",)),
        ("ASK { FILTER(GROUP_CONCAT(?x; SEPARATOR=1)) }", "1", ("a string",)),
        ("ASK { ?s <a:b> ?o ?p }", "?p",
         ("a clause such as FILTER or OPTIONAL", "','", "'.'", "';'", "'}'")),
    ],
)  # fmt: skip
def test_misfit(text: str, found: str, expected: tuple[str, ...]) -> None:
    """The first token that cannot stand there is told, with what could, in words."""
    misfit = find_misfit(text)

    assert misfit is not None
    assert misfit.token is not None
    assert (found, expected) == (misfit.token.text, misfit.expected)


@pytest.mark.parametrize(
    ("text", "unclosed"),
    [
        ("ASK { ?s ?p ?o", 4),
        ("ASK { { ?s ?p ?o }", 4),
        ("ASK { { ?s ?p ( 1 ", 14),
        ("ASK { FILTER(1 = [", None),
        ("ASK", None),
    ],
)
def test_misfit_at_the_end(text: str, unclosed: int | None) -> None:
    """A text that ends too early tells which bracket was opened last and never closed."""
    misfit = find_misfit(text)
    start = misfit.unclosed.start if misfit and misfit.token is None and misfit.unclosed else None

    assert unclosed == start


def test_keywords_are_words() -> None:
    """The keywords hold forms, clauses and functions, in upper case and sorted."""
    assert {"SELECT", "OPTIONAL", "SERVICE", "STRLEN", "GROUP_CONCAT"} <= set(KEYWORDS)
    assert sorted(each.upper() for each in set(KEYWORDS)) == list(KEYWORDS)


@given(text=st.text())
def test_any_text_is_judged(text: str) -> None:
    """Whatever the text is, it fits or has a misfit with something expected."""
    misfit = find_misfit(text)

    assert misfit is None or misfit.expected


WORDS = ["SELECT", "*", "?x", "WHERE", "{", "}", "(", ")", "<a:b>", ".", ";", ",", "FILTER", "1",
         "'a'", "=", "a", "OPTIONAL", "AS", "BIND", "VALUES", "[", "]", "/", "^", "|"]  # fmt: skip


@given(words=st.lists(st.sampled_from(WORDS), max_size=12))
def test_what_the_engine_takes_fits(words: list[str]) -> None:
    """No text is called wrong that the engine takes for a query."""
    text = " ".join(["SELECT * {", *words, "}"])

    assert find_misfit(text) is None or not is_query(text)


@pytest.mark.parametrize(
    "unit", ["{ ", "?s ?p ?o . ", "FILTER(1 = 1) ", "OPTIONAL {} ", "?s ?p (", "?s ?p [ ?q "]
)
def test_judging_takes_linear_time(unit: str) -> None:
    """Twice the query takes about twice the time, and depth costs no stack."""

    def seconds(count: int) -> float:
        text = "ASK { " + unit * count
        timings = []
        for _ in range(3):
            before = time.process_time()
            find_misfit(text)
            timings.append(time.process_time() - before)
        return min(timings)

    small, large = seconds(500), seconds(4_000)

    assert large < 0.01 + 24 * small
