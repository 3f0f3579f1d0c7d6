"""The tokens of a query: those of the standard where engines agree, and the engine's where not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.lexer import read, tokens


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


def words(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("?x $y", [("variable", "?x"), ("variable", "$y")]),
        ("? $ ?", [("sign", "?"), ("sign", "$"), ("sign", "?")]),
        ("<http://e.org/#a>", [("iri", "<http://e.org/#a>")]),
        (r"<http://e.org/\u0041#b>", [("iri", r"<http://e.org/\u0041#b>")]),
        (r"<a:\u+041#b>", [("iri", r"<a:\u+041#b>")]),
        ("1 < 2", [("number", "1"), ("sign", "<"), ("number", "2")]),
        ("?a<?b", [("variable", "?a"), ("sign", "<"), ("variable", "?b")]),
        ("?a <= 1.5e3", [("variable", "?a"), ("sign", "<="), ("number", "1.5e3")]),
        ('"a # b" # c', [("string", '"a # b"')]),
        ("'it''s'", [("string", "'it'"), ("string", "'s'")]),
        (r'"say \"hi\""', [("string", r'"say \"hi\""')]),
        ('"""a "b" \n c"""', [("string", '"""a "b" \n c"""')]),
        ("''''a'''", [("string", "''''a'''")]),
        ('""', [("string", '""')]),
        ('"""a"} \n', [("string", '""'), ("string", '"a"'), ("sign", "}")]),
        ('"""a" # \\z"""', [("string", '""'), ("string", '"a"')]),
        ('"""a" # \\uD800"""', [("string", '""'), ("string", '"a"')]),
        ('"a\nb', [("unclosed", '"a'), ("word", "b")]),
        ('"""a\nb', [("unclosed", '"""a\nb')]),
        (r'"a\z"', [("broken", r'"a\z"')]),
        (r"'\uD800'", [("broken", r"'\uD800'")]),
        ('"x"@en-GB', [("string", '"x"'), ("language", "@en-GB")]),
        ("ex:a.b.", [("name", "ex:a.b"), ("sign", ".")]),
        (r"ex:a\#b", [("name", r"ex:a\#b")]),
        ("ex: :a :", [("name", "ex:"), ("name", ":a"), ("name", ":")]),
        ("ex:1a%2Fb", [("name", "ex:1a%2Fb")]),
        ("ex:-1", [("name", "ex:"), ("sign", "-"), ("number", "1")]),
        ("_:a.b.", [("blank", "_:a.b"), ("sign", ".")]),
        ("1SERVICE", [("number", "1"), ("word", "SERVICE")]),
        ("true-1", [("word", "true"), ("sign", "-"), ("number", "1")]),
        ("DISTINCT-?x", [("word", "DISTINCT"), ("sign", "-"), ("variable", "?x")]),
        ("true.FILTER", [("word", "true"), ("sign", "."), ("word", "FILTER")]),
        ("?o.5", [("variable", "?o"), ("number", ".5")]),
        ("a||b&&c^^d", [("word", "a"), ("sign", "||"), ("word", "b"), ("sign", "&&"),
                        ("word", "c"), ("sign", "^^"), ("word", "d")]),
        ("# all\r?x", [("variable", "?x")]),
        ("計画:名", [("name", "計画:名")]),
        ("?計画 名", [("variable", "?計画"), ("word", "名")]),
        ("\x00\u3000“", [("sign", "\x00"), ("sign", "\u3000"), ("sign", "“")]),
    ],
)  # fmt: skip
def test_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    """A text falls into the tokens that the engine reads, without its comments."""
    assert expected == kinds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FILTER(?a<?b&&?c>?d)", "FILTER ( ?a < ?b && ?c > ?d )"),
        ("FILTER(?a<=?b&&?c>?d)", "FILTER ( ?a <= ?b && ?c > ?d )"),
        ("FILTER(?a<<b:c>)", "FILTER ( ?a < <b:c> )"),
        ("FILTER(?a=<b:c>)", "FILTER ( ?a = <b:c> )"),
        ("FILTER(?a<<<(?s ?p <o:o>)>>)", "FILTER ( ?a < <<( ?s ?p <o:o> ) >> )"),
        ("{FILTER<f:f>(?a<(1)||(2)>?b)}", "{ FILTER <f:f> ( ?a < ( 1 ) || ( 2 ) > ?b ) }"),
        ("{?s <p:p>(<p:q>/<p:r>)<o:o>}", "{ ?s <p:p> ( <p:q> / <p:r> ) <o:o> }"),
        ("{?s a(1 <o:o>)}", "{ ?s a ( 1 <o:o> ) }"),
        ("{1a(1 <o:o>)}", "{ 1 a ( 1 <o:o> ) }"),
        ("{?FILTER <p:p>(1 <o:o>)}", "{ ?FILTER <p:p> ( 1 <o:o> ) }"),
        ("{FILTER(1)?s<p:p><o:o>}", "{ FILTER ( 1 ) ?s <p:p> <o:o> }"),
        ("{FILTER(EXISTS{?s<p:p>?o}<1)}", "{ FILTER ( EXISTS { ?s <p:p> ?o } < 1 ) }"),
        ("SELECT(1<(2)AS?x){?s<p:p>?o}", "SELECT ( 1 < ( 2 ) AS ?x ) { ?s <p:p> ?o }"),
        ("{}ORDER BY ?a<f:f>(?b)", "{ } ORDER BY ?a <f:f> ( ?b )"),
        ("{{SELECT*{}ORDER BY<f:f>(1<(2)+(3>1))}}",
         "{ { SELECT * { } ORDER BY <f:f> ( 1 < ( 2 ) + ( 3 > 1 ) ) } }"),
        ("{VALUES(?x){(<a:a><a:b>)}}", "{ VALUES ( ?x ) { ( <a:a> <a:b> ) } }"),
        ("FILTER(true-1<(1)+(2>1))", "FILTER ( true - 1 < ( 1 ) + ( 2 > 1 ) )"),
        ("FILTER('a'^^<t:t><(1)+(2>1))", "FILTER ( 'a' ^^ <t:t> < ( 1 ) + ( 2 > 1 ) )"),
    ],
)  # fmt: skip
def test_less_than_begins_no_iri_behind_an_operand(text: str, expected: str) -> None:
    """In an expression, `<` is an operator where one can stand, and begins an IRI elsewhere."""
    assert expected.split() == words(text)


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("SELECT (1 AS ?x) { }", "expression group"),
        ("CONSTRUCT { ?s ?p (1) } WHERE { }", "template list group"),
        ("ASK { { SELECT * { } } }", "group subquery group"),
        ("ASK { { # only\n # words\n sElEcTdistinct?x{ } } }", "group subquery group"),
        ("ASK { VALUES ?x { 1 } VALUES (?x) { (1) } }", "group data expression data list"),
        ("ASK { ?s <p:p> (1) ; <p:q> [ ] }", "group list node"),
        ("ASK { ?s ?p <<( ?s ?p ?o )>> , << ?s ?p ?o >> {| ?p ?o |} }",
         "group term reifier annotation"),
        ("ASK { FILTER f:f(STR(1)) FILTER EXISTS { } }", "group expression expression group"),
    ],
)  # fmt: skip
def test_brackets_tell_what_they_open(text: str, opened: str) -> None:
    """Each opening bracket says what it begins, and is closed."""
    brackets = [bracket for *_, bracket in read(text) if bracket]

    assert opened.split() == [each for each in brackets if each != "end"]
    assert len(brackets) == 2 * len(opened.split())


@given(text=st.text())
def test_tokens_leave_out_comments_and_space_only(text: str) -> None:
    """Every token stands in the text where it says it starts."""
    found = list(tokens(text))

    assert [token.text for token in found] == [
        text[token.start : token.start + len(token.text)] for token in found
    ]


@given(text=st.text(alphabet="?x:a.-_1<>=(){}'\"\\ #\n|&/!"))
def test_tokens_leave_out_nothing(text: str) -> None:
    """What stands between the tokens is space and comments."""
    end = 0
    for token in [*tokens(text), None]:
        between = text[end : token.start if token else len(text)]
        assert all(not line.strip() or "#" in line for line in between.splitlines())
        end = token.start + len(token.text) if token else 0


@pytest.mark.parametrize(
    "unit",
    ["a.", "a-", '\\"""\n', '"\\', "<a", "SERVICE ", "(", "1.e", "a:\\", "a:%4", "@a-", "_:a.",
     "} FROM ", "{ } FROM ", "(a <#> ", "FROM NAMED <a:b> ", "'''\\", "VALUES { ", '"""\\z', "a.a:",
     "''' '", "1<a>", "{#\n", "ex:a.", "\u3000", "名."],
)  # fmt: skip
@pytest.mark.parametrize("start", ["", '"""', "ASK { FILTER(1"])
def test_reading_takes_linear_time(start: str, unit: str) -> None:
    """Twice the text takes about twice the time, whatever the text repeats."""

    def seconds(count: int) -> float:
        text = start + unit * count
        timings = []
        for _ in range(3):
            before = time.process_time()
            for _ in read(text):
                pass
            timings.append(time.process_time() - before)
        return min(timings)

    small, large = seconds(1_000), seconds(8_000)

    # Eight times the text: a quadratic reader would take 64 times as long.
    assert large < 0.01 + 24 * small


@pytest.mark.parametrize(
    "blank", [" ", "\n", "# a # b\n", "#"], ids=["space", "line", "comments", "sign"]
)
def test_blanks_behind_a_bracket_are_read_once(blank: str) -> None:
    """Many blanks where a SELECT could stand cost no more than their number."""
    text = "ASK {" + blank * 20_000 + "\n}"

    assert ["ASK", "{", "}"] == [token.text for token in tokens(text)]
