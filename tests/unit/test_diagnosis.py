"""What a beginner reads when a query is wrong: the place, what was found, and what to do."""

from __future__ import annotations

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.diagnosis import diagnose

QUERY = """\
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?label
WHERE {
  ?principle skos:prefLabel ?label .
}
"""

START = "'ASK', 'BASE', 'CONSTRUCT', 'DESCRIBE', 'PREFIX' or 'SELECT'"

WRONG = {
    "misspelled keyword": (
        QUERY.replace("SELECT", "SELCT"),
        (2, 1, f"found 'SELCT'; expected {START}. SELECT may be meant."),
    ),
    "no query at all": ("hello", (1, 1, f"found 'hello'; expected {START}.")),
    "empty": ("", (1, 1, f"the query ends too early; expected {START}.")),
    "undeclared prefix": (
        QUERY.replace("PREFIX skos:", "PREFIX rdfs:"),
        (
            4,
            14,
            "the prefix 'skos:' is not declared. Add a line "
            "'PREFIX skos: <http://www.w3.org/2004/02/skos/core#>' at the top.",
        ),
    ),
    "unknown undeclared prefix": (
        "SELECT ?x { ?x ex:p ?y }",
        (1, 16, "the prefix 'ex:' is not declared. Add a line 'PREFIX ex: <…>' at the top."),
    ),
    "missing bracket": (
        QUERY.replace("}", ""),
        (
            4,
            37,
            "the query ends too early; expected a variable, an IRI, a literal or a blank node, "
            "a clause such as FILTER or OPTIONAL or '}'. "
            "The '{' at line 3, column 7 is not closed.",
        ),
    ),
    "one bracket too many": (
        "SELECT ?x { ?x ?y ?z } }",
        (
            1,
            24,
            "found '}'; expected a modifier such as ORDER BY or LIMIT, the end of the query "
            "or 'VALUES'.",
        ),
    ),
    "missing object": (
        "SELECT ?x { ?x ?y }",
        (1, 19, "found '}'; expected a variable, an IRI, a literal or a blank node."),
    ),
    "missing full stop": (
        "SELECT ?x {\r\n  ?x ?y ?z\r\n  ?x ?v ?w\r\n}",
        (
            3,
            3,
            "found '?x'; expected a clause such as FILTER or OPTIONAL, ',', '.', ';' or '}'.",
        ),
    ),
    "unquoted text": (
        "SELECT ?x { ?x ?y Japan }",
        (
            1,
            19,
            "found 'Japan'; expected a variable, an IRI, a literal or a blank node. "
            "A variable begins with '?', and a string stands between quotation marks.",
        ),
    ),
    "unclosed string": (
        "SELECT ?x { ?x ?y 'Japan }",
        (
            1,
            19,
            "found 'Japan }; expected a variable, an IRI, a literal or a blank node. "
            "The string that begins here is not closed.",
        ),
    ),
    "typographic quotation marks": (
        "SELECT ?x { ?x ?y “Japan” }",
        (
            1,
            19,
            "found '“'; expected a variable, an IRI, a literal or a blank node. "
            "A string stands between straight quotation marks.",
        ),
    ),
    "wrong escape": (
        r"SELECT ?x { ?x ?y 'a\z' }",
        (
            1,
            19,
            r"found 'a\z'; expected a variable, an IRI, a literal or a blank node. "
            r"Behind '\' in a string stands one of t, b, n, r, f, quotation marks, '\', "
            "or u with four hexadecimal digits.",
        ),
    ),
    "ideographic space": (
        "SELECT ?x {\u3000?x ?y ?z }",
        (
            1,
            12,
            "found 'U+3000'; expected a variable, an IRI, a literal or a blank node, "
            "a clause such as FILTER or OPTIONAL, '}' or 'SELECT'. "
            "This is a space that SPARQL does not know; type another one.",
        ),
    ),
    "IRI with a space": (
        "SELECT ?x { ?x <a b> ?z }",
        (1, 16, "found '<a b>'; expected a predicate. An IRI ends with '>' and has no spaces."),
    ),
    "relative IRI": (
        "SELECT ?x { ?x <label> ?z }",
        (
            1,
            16,
            "<label> is no whole IRI, and the query has no BASE. "
            "Write all of it, such as <https://example.org/x>.",
        ),
    ),
    "comma between variables": (
        "SELECT ?x, ?y { ?x ?p ?y }",
        (1, 10, "found ','; expected a variable, '(', '{', 'FROM' or 'WHERE'."),
    ),
    "no variables": (
        "SELECT WHERE { ?x ?p ?y }",
        (1, 8, "found 'WHERE'; expected a variable, '(', '*', 'DISTINCT' or 'REDUCED'."),
    ),
    "aggregate without AS": (
        "SELECT (COUNT(?x)) { ?x ?p ?y }",
        (1, 18, "found ')'; expected an operator or 'AS'."),
    ),
    "too many arguments": (
        "ASK { ?x ?y ?z FILTER(STR(?z, 1) = '') }",
        (1, 29, "found ','; expected an operator or ')'."),
    ),
    "FILTER without brackets": (
        "ASK { ?x ?y ?z FILTER ?z > 3 }",
        (1, 23, "found '?z'; expected an IRI, a function or '('."),
    ),
    "LIMIT in words": (
        "SELECT * { ?x ?y ?z } LIMIT ten",
        (1, 29, "found 'ten'; expected a number."),
    ),
    "LIMIT before ORDER BY": (
        "SELECT * { ?x ?y ?z } LIMIT 1 ORDER BY ?x",
        (1, 31, "found 'ORDER'; expected the end of the query, 'OFFSET' or 'VALUES'."),
    ),
    "projected but not grouped": (
        "SELECT ?x (COUNT(?y) AS ?n) { ?x ?p ?y }",
        (
            1,
            1,
            "with GROUP BY, or with an aggregate such as COUNT, each projected variable must be "
            "grouped by or stand in an aggregate.",
        ),
    ),
    "star with GROUP BY": (
        "\nSELECT * { ?x ?p ?y } GROUP BY ?x",
        (2, 1, "SELECT * cannot be used with GROUP BY; name the variables."),
    ),
    "used name after AS": (
        "SELECT ?x (?y AS ?x) { ?x ?p ?y }",
        (1, 1, "the variable after AS must be a new one."),
    ),
    "used name in BIND": (
        "SELECT ?x { ?x ?p ?y BIND(1 AS ?x) }",
        (
            1,
            1,
            "the grammar is right, but a rule beyond it is broken. A variable after AS or in "
            "BIND must be new, a row of VALUES has a value for each variable, a blank node stays "
            "in one group, and no aggregate stands in another.",
        ),
    ),
    "IRI with a bad escape": (
        "SELECT ?x { ?x <http://e.org/%zz> ?y }",
        (
            1,
            1,
            "one of its IRIs is not valid. Look for a '%' without two hexadecimal digits behind "
            "it, and for brackets.",
        ),
    ),
    "after Japanese text": (
        "SELECT ?計画 { ?計画 ?p '目標' ; }  }",
        (1, 31, "found '}'; expected a modifier such as ORDER BY or LIMIT, the end of the query "
         "or 'VALUES'."),
    ),
}  # fmt: skip


def engine_message(text: str) -> str:
    """Return what the engine says of a query that it refuses."""
    with pytest.raises(SyntaxError) as caught:
        pyoxigraph.Store().query(text)
    return str(caught.value)


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG)
def test_diagnosis(text: str, expected: tuple[int, int, str]) -> None:
    """A wrong query is told by line, column, what was found, and what was expected or to do."""
    error = diagnose(text, engine_message(text))

    assert expected == (error.line, error.column, error.problem)


def test_first_problem_is_told_first() -> None:
    """Of an undeclared prefix and a later break of the grammar, the first is told."""
    error = diagnose("SELECT * { ?x ex:p }", "error at 1:20")

    assert (1, 15) == (error.line, error.column)


def test_shown_text_is_short() -> None:
    """Of a long token only the beginning is shown."""
    error = diagnose(f"ASK {{ ?x ?y {'y' * 1000} }}", "error at 1:1")

    assert len(error.problem) < 250


@given(text=st.text(), message=st.text(max_size=20))
def test_any_text_has_a_diagnosis(text: str, message: str) -> None:
    """Whatever the text and the engine's words are, a place in the text is told."""
    error = diagnose(text, message)

    assert error.line >= 1
    assert error.column >= 1
