"""Queries that the engine gets wrong are rewritten so that it gets them right, and no others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miwdap_kg.mends import mended
from miwdap_kg.queries import QueryLibrary

BASE = "http://example.org/"
PREFIX = "PREFIX : <http://example.org/>\n"
DATA = """\
@prefix : <http://example.org/> .
:a :p :b .
:one { :x :p :y }
:two { :x :q :z , :w }
"""

Rows = Counter[tuple[tuple[str, str], ...]]


def store_of(trig: str) -> ox.Store:
    """Return a store of TriG."""
    store = ox.Store()
    store.load(trig.encode(), format=ox.RdfFormat.TRIG)
    return store


def rows(store: ox.Store, query: str) -> Rows:
    """Return the engine's own solutions: what each binds, `:` for the prefix."""
    answer = store.query(query)
    assert isinstance(answer, ox.QuerySolutions)
    names = [variable.value for variable in answer.variables]
    return Counter(
        tuple(sorted((name, short(row[name])) for name in names if row[name] is not None))
        for row in answer
    )


def short(term: object) -> str:
    """Return a term in the words of this file."""
    if isinstance(term, ox.NamedNode):
        return term.value.replace(BASE, ":")
    assert isinstance(term, ox.Literal)
    return term.value


def mend(query: str, store: ox.Store) -> str:
    """Return what a query is rewritten to, over a store."""
    return mended(query, lambda question: bool(store.query(question)), base=BASE)


def solutions(*given: str) -> Rows:
    """Return solutions from a text such as `s=:a o=1`."""
    return Counter(
        tuple(sorted(tuple(pair.split("=", 1)) for pair in each.split()))  # type: ignore[misc]
        for each in given
    )


CASES = {
    "path to a term that is in no triple": ("?s :p* :o", solutions("s=:o")),
    "path from one": (":o :p? ?s", solutions("s=:o")),
    "path to a literal": ("?s :p? 7", solutions("s=7")),
    "path backwards": ("?s ^:p* :o", solutions("s=:o")),
    "path over a choice": ("?s (:p|^:q)* :o", solutions("s=:o")),
    "path from a term to itself": ("VALUES ?s { 1 } :o :p* :o", solutions("s=1")),
    "path beside others": (
        "VALUES ?t { 1 } OPTIONAL { ?s :p* :o ; :q? :o . }",
        solutions("t=1 s=:o"),
    ),
    "path in EXISTS": ("VALUES ?s { :o :a } FILTER EXISTS { ?s :p* :o }", solutions("s=:o")),
    "path in a named graph": ("GRAPH :one { ?s :p* :a }", solutions("s=:a")),
    "VALUES in GRAPH": ("GRAPH ?g { VALUES ?t { 1 } }", solutions("g=:one t=1", "g=:two t=1")),
    "VALUES of the graph itself": (
        "GRAPH ?g { VALUES (?g ?t) { (UNDEF 1) (:one 2) (:a 3) } }",
        solutions("g=:one t=1", "g=:two t=1", "g=:one t=2"),
    ),
    "VALUES of a graph in two spellings": (
        "GRAPH $g { VALUES ?t { 1 } VALUES ?g { :one :a } }",
        solutions("g=:one t=1"),
    ),
    "VALUES before OPTIONAL": (
        "GRAPH ?g { { VALUES ?s { :x } OPTIONAL { ?s :p ?o } } UNION { ?o :r ?s } }",
        solutions("g=:one s=:x o=:y", "g=:two s=:x"),
    ),
    "VALUES in a branch": (
        "GRAPH ?g { { VALUES ?o { 1 } } UNION { :x :p ?o } }",
        solutions("g=:one o=1", "g=:two o=1", "g=:one o=:y"),
    ),
    "a named graph in GRAPH": (
        "GRAPH ?g { GRAPH :one { ?s :p :y } }",
        solutions("g=:one s=:x", "g=:two s=:x"),
    ),
    "sub-select": (
        "GRAPH ?g { SELECT ?o { ?s ?p ?o } }",
        solutions("g=:one o=:y", "g=:two o=:z", "g=:two o=:w"),
    ),
    "sub-select of constants": (
        "GRAPH ?g { SELECT ?t { VALUES ?t { 1 } } }",
        solutions("g=:one t=1", "g=:two t=1"),
    ),
    "sub-select of everything": (
        "GRAPH ?g { SELECT * { ?s :p ?o } }",
        solutions("g=:one s=:x o=:y"),
    ),
    "sub-select of what differs": (
        "GRAPH ?g { SELECT DISTINCT ?s { ?s ?p ?o } }",
        solutions("g=:one s=:x", "g=:two s=:x"),
    ),
    "sub-select in EXISTS": (
        "GRAPH ?g { ?s :q ?o FILTER EXISTS { SELECT ?s { ?s :p ?y } } }",
        solutions(),
    ),
    "aggregate": (
        "GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s :q ?o } }",
        solutions("g=:one n=0", "g=:two n=2"),
    ),
    "aggregate of a sub-select": (
        "GRAPH ?g { SELECT (COUNT(?s) AS ?n) { { SELECT DISTINCT ?s { ?s :q ?o } } } }",
        solutions("g=:one n=0", "g=:two n=1"),
    ),
    "aggregate beside a pattern": (
        "GRAPH ?g { ?s :p ?o { SELECT (SUM(?x) AS ?n) { ?s :q ?x } } }",
        solutions("g=:one s=:x o=:y n=0"),
    ),
    "aggregate with a condition": (
        "GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s :q ?o } HAVING (COUNT(*) > 0) }",
        solutions("g=:two n=2"),
    ),
    "groups": (
        "GRAPH ?g { SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY ?p }",
        solutions("g=:one p=:p n=1", "g=:two p=:q n=2"),
    ),
    "MINUS of something else": (
        "GRAPH ?g { ?a :p ?b MINUS { ?c :p ?d } }",
        solutions("g=:one a=:x b=:y"),
    ),
    "languages": (
        "{ SELECT (GROUP_CONCAT(?x) AS ?y) { VALUES ?x { 'a'@en 'b'@en } } } FILTER(LANG(?y) = '')",
        Counter([(("y", "a b"),)]),
    ),
}


@pytest.mark.parametrize(("pattern", "expected"), CASES.values(), ids=CASES)
def test_mended_query_has_the_answer_of_the_standard(pattern: str, expected: Rows) -> None:
    """What the engine answers to the mended query is what SPARQL 1.1 says."""
    store = store_of(DATA)
    query = f"{PREFIX}SELECT * {{ {pattern} }}"

    assert expected == rows(store, mend(query, store))


@pytest.mark.parametrize(("pattern", "expected"), CASES.values(), ids=CASES)
def test_engine_still_needs_the_mend(pattern: str, expected: Rows) -> None:
    """The engine alone has another answer; when it has not, the mend can go."""
    assert expected != rows(store_of(DATA), f"{PREFIX}SELECT * {{ {pattern} }}")


UNTOUCHED = {
    "no fault": "SELECT * { ?s :p ?o OPTIONAL { ?s :q ?x } FILTER(?o > 1) } ORDER BY ?s",
    "path to a term of the graph": "SELECT * { ?s :p* :b }",
    "path between variables": "SELECT * { ?s :p* ?o }",
    "path of two steps": "SELECT * { ?s :p*/:q :o }",
    "path between two terms": "ASK { :o :p* :n }",
    "path in a graph that is not there": "SELECT * { GRAPH :none { ?s :p* :o } }",
    "path in some graph": "SELECT * { GRAPH ?g { ?s :p* :o } }",
    "path of a labelled blank node": "SELECT * { _:s :p* :o . _:s :p ?x }",
    "words in a string": "SELECT * { ?s :p 'GROUP_CONCAT(?x) GRAPH ?g { SELECT ?x { } }' }",
    "words in a remark": "SELECT * { ?s :p ?o } # GROUP_CONCAT(?x) ?s :p* :o .",
    "GRAPH with triples": "SELECT * { GRAPH ?g { ?s :p ?o VALUES ?o { :b } } }",
    "GRAPH with branches": "SELECT * { GRAPH ?g { { ?s :p ?o } UNION { ?s :q ?o } } }",
    "GRAPH that is projected": "SELECT * { GRAPH ?g { SELECT ?g ?s { ?s :p ?o } } }",
    "GRAPH with a variable of its own": "SELECT * { GRAPH ?g { SELECT ?s { ?s :p ?g } } }",
    "GRAPH in two spellings": "SELECT * { GRAPH $g { VALUES ?t { 1 } BIND(?g AS ?x) } }",
    "GRAPH cut short": "SELECT * { GRAPH ?g { SELECT ?s { ?s :p ?o } LIMIT 1 } }",
    "MINUS of the same": "SELECT * { GRAPH ?g { ?s :p ?o MINUS { ?s :q ?x } } }",
    "MINUS outside": "SELECT * { ?a :p ?b MINUS { ?c :p ?d } }",
    "GROUP_CONCAT as a string": "SELECT (STR(GROUP_CONCAT(?o)) AS ?x) { ?s :p ?o }",
    "another server": "SELECT * { SERVICE <http://e.org/> { GRAPH ?g { VALUES ?t { 1 } } } }",
    "what can be read two ways": "SELECT * { GRAPH ?g { VALUES ?t { 1 } } FILTER(?a <x:#> 1) }",
    "no SPARQL": "SELECT * { GRAPH ?g { VALUES ?t { 1 } ",
    "an open string": "SELECT * { GRAPH ?g { VALUES ?t { 1 } } } '",
}


@pytest.mark.parametrize("query", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_needs_no_mending_is_left_alone(query: str) -> None:
    """Without a fault of these kinds, or without being sure of it, the text stays the same."""
    text = PREFIX + query

    assert text == mend(text, store_of(DATA))


def test_library_is_left_alone(root: Path) -> None:
    """No stored query is rewritten, but for the language of what GROUP_CONCAT joins."""
    store = store_of(DATA)
    texts = [query.text for query in QueryLibrary.read(root / "queries").values()]

    assert len(texts) >= 50
    assert [] == [
        text for text in texts if mend(text, store) != text and "GROUP_CONCAT" not in text
    ]


def test_relative_iri_has_a_base() -> None:
    """An IRI that is not whole is relative to the base that is given, unless the query has one."""
    assert f"BASE <{BASE}> ASK {{ <s> ?p <> }}" == mend("ASK { <s> ?p <> }", store_of(DATA))
    assert solutions("s=:a") == rows(
        store_of(DATA), mend("SELECT ?s { ?s <p> <b> }", store_of(DATA))
    )
    assert solutions() == rows(
        store_of(DATA), mend("BASE <http://e.net/> SELECT ?s { ?s <p> <b> }", store_of(DATA))
    )


def test_what_from_names_decides_about_paths() -> None:
    """Whether a term is in a triple is told from the graphs that the query names."""
    store = store_of(DATA)
    query = f"{PREFIX}SELECT * FROM :one WHERE {{ ?s :p* :NAME }}"

    assert solutions("s=:b") == rows(store, mend(query.replace("NAME", "b"), store))
    assert query.replace("NAME", "y") == mend(query.replace("NAME", "y"), store)


@pytest.mark.parametrize(
    "text",
    [
        "GRAPH ?g " * 20_000,
        "ASK { " + "GRAPH ?g { " * 20_000,
        "SELECT " + "GROUP_CONCAT(" * 20_000,
        "SELECT (" + "GROUP_CONCAT(" * 20_000 + ")" * 20_001 + " { }",
        "\n" * 200_000 + "#" + " " * 50_000,
        "<" * 200_000,
        "ASK { " + "?s :p* :o . " * 20_000,
    ],
    ids=["graphs", "open graphs", "concats", "nested concats", "lines", "iris", "paths"],
)
def test_long_text_takes_no_long_time(text: str) -> None:
    """The time is about linear in the length, whatever the text is."""
    started = time.process_time()

    mended(text, lambda _: False, base=BASE)

    assert time.process_time() - started < 5


# Made up queries. One by one, the graphs give the answer that GRAPH with a variable must give.

TERMS = st.sampled_from([":a", ":b", ":c"])
VARIABLES = st.sampled_from(["?x", "?y", "?z"])
PREDICATES = st.sampled_from([":p", ":q", "^:q", "(:p|^:q)"])
PATHS = st.sampled_from([":p*", ":q?"])
TRIPLES = st.one_of(
    st.builds("{} {} {} .".format, VARIABLES, PREDICATES, st.one_of(VARIABLES, TERMS)),
    st.builds("{} {} {} .".format, VARIABLES, PATHS, VARIABLES),
)
VALUES = st.builds("VALUES {} {{ {} {} }}".format, VARIABLES, TERMS, TERMS)
LEAVES = st.one_of(TRIPLES, VALUES)


def composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return patterns made of smaller ones."""
    return st.one_of(
        st.builds("{} {}".format, inner, inner),
        st.builds("{{ {} }} UNION {{ {} }}".format, inner, inner),
        st.builds("{} OPTIONAL {{ {} }}".format, inner, inner),
        st.builds("{} FILTER EXISTS {{ {} }}".format, inner, inner),
        st.builds("{{ SELECT {} {{ {} }} }}".format, VARIABLES, inner),
        st.builds("{{ SELECT DISTINCT * {{ {} }} }}".format, inner),
        st.builds("{{ SELECT (COUNT(*) AS ?n) {{ {} }} }}".format, inner),
        st.builds(
            "{{ SELECT {0} (COUNT(*) AS ?m) {{ {1} }} GROUP BY {0} }}".format, VARIABLES, inner
        ),
    )


PATTERNS = st.recursive(LEAVES, composed, max_leaves=5)
GRAPHS = st.lists(
    st.builds("{} {} {} .".format, TERMS, st.sampled_from([":p", ":q"]), TERMS), max_size=4
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(pattern=PATTERNS, graphs=st.lists(GRAPHS, min_size=1, max_size=3))
def test_graphs_one_by_one_have_the_same_answer(pattern: str, graphs: Sequence[list[str]]) -> None:
    """GRAPH with a variable is the union of GRAPH with each name."""
    names = [f":g{number}" for number, triples in enumerate(graphs) if triples]
    blocks = [f":g{number} {{ {' '.join(each)} }}" for number, each in enumerate(graphs)]
    store = store_of(f"@prefix : <{BASE}> .\n" + "\n".join(blocks))
    expected: Rows = Counter()
    for name in names:
        one = mend(f"{PREFIX}SELECT * {{ GRAPH {name} {{ {pattern} }} }}", store)
        for row, count in rows(store, one).items():
            expected[tuple(sorted([*row, ("g", name)]))] += count

    found = rows(store, mend(f"{PREFIX}SELECT * {{ GRAPH ?g {{ {pattern} }} }}", store))

    assert expected == found


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    path=st.sampled_from([":p*", ":p?", "^:p*", "(:p|:q)*", "(^:p/:q)?", "(:p*)?"]),
    backwards=st.booleans(),
    pattern=PATTERNS,
    triples=GRAPHS,
)
def test_path_of_length_zero_needs_no_triple(
    path: str, backwards: bool, pattern: str, triples: Sequence[str]
) -> None:
    """A path to a term is the same whether the term stands in some other triple, or in none."""
    step = f":o {path} ?x ." if backwards else f"?x {path} :o ."
    query = f"{PREFIX}SELECT ?x {{ {{ SELECT DISTINCT ?x {{ {step} }} }} {pattern} }}"
    without = store_of(f"@prefix : <{BASE}> . {' '.join(triples)}")
    having = store_of(f"@prefix : <{BASE}> . {' '.join(triples)}")
    apart = f"{PREFIX}SELECT * {{ {step} }}"
    having.add(ox.Quad(*(ox.NamedNode(f"{BASE}{name}") for name in ("o", "unlike", "other"))))

    assert rows(having, apart) == rows(without, mend(apart, without))
    assert mend(query, without) != query
