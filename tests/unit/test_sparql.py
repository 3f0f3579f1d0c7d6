"""What is told from a query's tokens: form, projection, dataset, SERVICE, and size."""

from __future__ import annotations

import time
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.sparql import outline, tokens

PREFIX = "PREFIX ex: <http://example.org/>\n"
CLAUSE = "<http://example.org/sparql> { ?a ?b ?c }"

# Tokens


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("?x $y", [("variable", "?x"), ("variable", "$y")]),
        ("<http://e.org/#a>", [("iri", "<http://e.org/#a>")]),
        (r"<http://e.org/\u0041#b>", [("iri", r"<http://e.org/\u0041#b>")]),
        ("1 < 2", [("number", "1"), ("sign", "<"), ("number", "2")]),
        ("?a<?b", [("variable", "?a"), ("sign", "<"), ("variable", "?b")]),
        ("?a <= 1.5e3", [("variable", "?a"), ("sign", "<="), ("number", "1.5e3")]),
        ('"a # b" # c', [("string", '"a # b"')]),
        ("'it''s'", [("string", "'it'"), ("string", "'s'")]),
        (r'"say \"hi\""', [("string", r'"say \"hi\""')]),
        ('"""a "b" \n c"""', [("string", '"""a "b" \n c"""')]),
        ("''''a'''", [("string", "''''a'''")]),
        ('""', [("string", '""')]),
        ('"a\nb', [("unclosed", '"a'), ("word", "b")]),
        ('"""a\nb', [("unclosed", '"""a\nb')]),
        ('"x"@en-GB', [("string", '"x"'), ("language", "@en-GB")]),
        ("ex:a.b.", [("name", "ex:a.b"), ("sign", ".")]),
        (r"ex:a\#b", [("name", r"ex:a\#b")]),
        ("ex: :a :", [("name", "ex:"), ("name", ":a"), ("name", ":")]),
        ("ex:1a%2Fb", [("name", "ex:1a%2Fb")]),
        ("_:a.b.", [("blank", "_:a.b"), ("sign", ".")]),
        ("1SERVICE", [("number", "1"), ("word", "SERVICE")]),
        ("a||b&&c^^d", [("word", "a"), ("sign", "||"), ("word", "b"), ("sign", "&&"),
                        ("word", "c"), ("sign", "^^"), ("word", "d")]),
        ("# all\r?x", [("variable", "?x")]),
        ("計画:名", [("name", "計画:名")]),
    ],
)  # fmt: skip
def test_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    """A text falls into the tokens of SPARQL 1.1 §19.8, without its comments."""
    assert expected == kinds(text)


@given(text=st.text())
def test_tokens_leave_out_comments_and_space_only(text: str) -> None:
    """Every token stands in the text where it says it starts."""
    found = list(tokens(text))

    assert [token.text for token in found] == [
        text[token.start : token.start + len(token.text)] for token in found
    ]


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


# SERVICE

HIDDEN = {
    "plain": f"SELECT * {{ SERVICE {CLAUSE} }}",
    "lower case": f"SELECT * {{ service {CLAUSE} }}",
    "mixed case": f"SELECT * {{ sErViCe {CLAUSE} }}",
    "silent": f"SELECT * {{ SERVICE SILENT {CLAUSE} }}",
    "new line": f"SELECT * {{ SERVICE\n\n{CLAUSE} }}",
    "comment between": f"SELECT * {{ SERVICE # here\n{CLAUSE} }}",
    "no space": f"SELECT * {{ SERVICE{CLAUSE} }}",
    "variable": "SELECT * { SERVICE ?x { ?a ?b ?c } }",
    "in a subquery": f"SELECT * {{ {{ SELECT * {{ SERVICE {CLAUSE} }} }} }}",
    "in EXISTS": f"SELECT * {{ FILTER EXISTS {{ SERVICE {CLAUSE} }} }}",
    "in the projection": f"SELECT (EXISTS {{ SERVICE {CLAUSE} }} AS ?x) {{}}",
    "after less-than": f"SELECT * {{ FILTER(1 < 2) SERVICE {CLAUSE} }}",
    "between less and greater": f"SELECT * {{ FILTER(?a<?b) SERVICE {CLAUSE} FILTER(?c>?d) }}",
    "after a number": f"SELECT * {{ ?s ?p 1SERVICE {CLAUSE} }}",
    "after a decimal": f"SELECT * {{ ?s ?p 1.5SERVICE {CLAUSE} }}",
    "after a double": f"SELECT * {{ ?s ?p 1e5SERVICE {CLAUSE} }}",
    "after a boolean": f"SELECT * {{ ?s ?p trueSERVICE {CLAUSE} }}",
    "glued SILENT": f"SELECT * {{ SERVICESILENT {CLAUSE} }}",
    "glued name": f"{PREFIX}SELECT * {{ SERVICEex:x {{ ?a ?b ?c }} }}",
    "glued empty prefix": "PREFIX : <http://e.org/>\nSELECT * { SERVICE:x { ?a ?b ?c } }",
    "comment after less-than": (
        f'SELECT * {{ ?a ?p ?o FILTER(?a <#> """\n ?b) SERVICE {CLAUSE} #"""\n }}'
    ),
    "string after less-than": (
        f"SELECT * {{ ?a ?p ?o FILTER(?a <'>\"\"\"' ) SERVICE {CLAUSE} #\"\"\"\n }}"
    ),
    "comment in an escaped IRI": (
        f"SELECT * {{ ?s ?p <http://e.org/\\u0041#> SERVICE {CLAUSE} }}"
    ),
    "unclosed long string": f'SELECT * {{ VALUES ?x {{"""abc"}} SERVICE {CLAUSE} }}',
}  # fmt: skip


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_service_is_found(text: str) -> None:
    """A SERVICE clause is found wherever it hides."""
    assert outline(text).has_service


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_hidden_service_is_one_for_the_engine(text: str) -> None:
    """The engine takes each of these texts for a query, so that each would reach another server."""
    harmless = text.replace("http://example.org/sparql", "http://127.0.0.1:9/")
    harmless = harmless.replace("http://example.org/", "http://127.0.0.1:9/")

    try:
        pyoxigraph.Store().query(harmless)
        is_query = True
    except (OSError, RuntimeError):
        is_query = True
    except SyntaxError:
        is_query = False

    assert is_query


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service ?p ?o }",
        "SELECT * { ?s ?p 'SERVICE <http://e.org/> {}' }",
        'SELECT * { ?s ?p """\nSERVICE <http://e.org/> {}\n""" }',
        "SELECT * {} # SERVICE <http://e.org/> {}",
        "SELECT * { ?s <http://e.org/SERVICE> ?o }",
        "PREFIX service: <http://e.org/>\nSELECT * { ?s service:kind service:SERVICE }",
        "PREFIX service: <http://e.org/>\nSELECT * { GRAPH service:g { ?s ?p ?o } }",
        f"{PREFIX}SELECT * {{ ?s ex:SERVICE ?o }}",
        f"{PREFIX}SELECT * {{ ?s ?p _:service ; ex:p 'x'@service }}",
        "SELECT * { ?s <http://e.org/#p> 'a service' FILTER(?s != <http://e.org/#s>) }",
        "SELECT * { VALUES ?x { 'service' <http://e.org/#s> } }",
    ],
)
def test_the_mere_word_service_is_no_clause(text: str) -> None:
    """Variables, strings, comments, IRIs and names may hold the word."""
    assert not outline(text).has_service


# Size


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("ASK {}", 1),
        ("ASK { { {} } {} }", 3),
        ("ASK { ?s ?p [ ?q ( 1 2 ) ] }", 3),
        ("ASK { FILTER((1 + (2)) > 0) }", 4),
        ("ASK { ?s ?p '((((' } # ((((", 1),
        ("))))((", 0),
        ("", 0),
    ],
)
def test_depth(text: str, depth: int) -> None:
    """The depth is that of nested brackets outside of strings and comments."""
    assert depth == outline(text).depth


def test_tokens_do_not_count_the_rows_of_values() -> None:
    """A long VALUES block is no burden on the engine's stack, and does not count."""
    rows = " ".join(f"(<http://e.org/{n}> {n})" for n in range(1000))

    found = outline(f"SELECT * {{ VALUES (?a ?b) {{ {rows} }} ?a ?c ?d }}")

    assert 13 == found.tokens


def test_brackets_that_an_engine_may_see_are_counted() -> None:
    """Where a comparison may hide what follows, all brackets count as nested."""
    hidden = "(" * 500

    found = outline(f'ASK {{ FILTER(?a <#> """\n ?b || {hidden}1 {")" * 500}) #"""\n }}')

    assert found.depth > 500


# Any text


@given(text=st.text())
def test_outline_never_fails(text: str) -> None:
    """Whatever the text is, it has an outline."""
    assert outline(text).depth >= 0


PIECES = ["SELECT", "FROM", "NAMED", "<#>", "<", "'", '"""', "\\", "{", "}", "(", ")", "?x", " ",
          "PREFIX", "ex:", "BASE", "<http://[>", "<\\u0041>", "<\\UFFFFFFFF>", "#", "\n", "AS",
          "WHERE", "VALUES", "SERVICE", "CONSTRUCT", "1.e", "@en", "_:a"]  # fmt: skip


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
def test_outline_never_fails_on_pieces_of_queries(pieces: list[str]) -> None:
    """However pieces of queries are put together, they have an outline."""
    assert outline("".join(pieces)).depth >= 0


@pytest.mark.parametrize(
    "unit",
    ["a.", "a-", '\\"""\n', '"\\', "<a", "SERVICE ", "(", "1.e", "a:\\", "a:%4", "@a-", "_:a.",
     "} FROM ", "{ } FROM ", "(a <#> ", "FROM NAMED <a:b> ", "'''\\", "VALUES { "],
)  # fmt: skip
@pytest.mark.parametrize("start", ["", '"""', "CONSTRUCT ", "SELECT "])
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


def test_w3c_services_are_found(w3c: dict[str, str]) -> None:
    """SERVICE is found in exactly those queries of the W3C's suite that have such a clause."""
    found = [name for name, text in w3c.items() if outline(text).has_service]

    assert SERVICES == found
