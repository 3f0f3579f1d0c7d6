"""The formatter: exact texts, what it keeps, what it refuses, and its command."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from miwdap_kg.errors import AuthoringError, NotCanonical, RdfSyntaxError
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.workshop import layout
from miwdap_kg.workshop.layout import format_text, main
from miwdap_kg.workshop.tokens import tokenise
from miwdap_kg.workshop.turtle import write_trig

ROOT = Path(__file__).parents[2]
PREFIXES = "".join(f"@prefix {prefix}: <{base}> .\n" for prefix, base in NAMESPACES.items())

CANONICAL = """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix id: <https://w3id.org/miwdap/id/> .
@prefix passage: <https://w3id.org/miwdap/passage/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

# 2. Basic Philosophy: MIC's Five Principles of World Development

passage:newsletter-33 miw:quote "Principle 1: Promotion of SDGs" ; miw:start 1593 ; miw:end 1623 \
; miw:line 23 .
passage:newsletter-33 {
    id:plan miw:hasPrinciple id:principle-1 .
    id:principle-1
        a miw:Principle ;
        skos:prefLabel "Promotion of SDGs"@en ;
        miw:ordinal 1 ;
    .
}
"""


def body(text: str, *, path: str = "data/plan.trig") -> str:
    """Return the formatted *text*, which may use all prefixes, without its prefix lines."""
    lines = format_text(PREFIXES + text, path=path).splitlines(True)
    return "".join(line for line in lines if not line.startswith("@prefix")).removeprefix("\n")


def statements(text: str) -> pyoxigraph.Dataset:
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.TRIG))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


# What is kept, and what is made one


def test_the_knowledge_models_example_is_left_as_it_is() -> None:
    """A canonical file is its own format."""
    assert format_text(CANONICAL, path="data/newsletter.trig") == CANONICAL


def test_any_other_layout_becomes_the_same_text() -> None:
    """Prefixes, indentation, quotes, order of predicates and spelling of terms are made one."""
    text = """
    PREFIX sk: <http://www.w3.org/2004/02/skos/core#>
    @prefix : <https://w3id.org/miwdap/id/> .
    @prefix owl: <http://www.w3.org/2002/07/owl#>. @prefix m: <https://w3id.org/miwdap/def#>.
    PREFIX passage: <https://w3id.org/miwdap/passage/>


    # 2. Basic Philosophy: MIC's Five Principles of World Development



    passage:newsletter-33 m:line 23; m:quote '''Principle 1: Promotion of \\u0053DGs''' ;
        m:start 1593 ; m:end 1623 .
    GRAPH <https://w3id.org/miwdap/passage/newsletter-33>{

        :plan m:hasPrinciple :principle-1.
    :principle-1 m:ordinal 1;; sk:prefLabel 'Promotion of SDGs'@en; m:ordinal 1; a m:Principle

    }"""

    assert format_text(text, path="data/newsletter.trig") == CANONICAL


def test_the_authors_order_of_statements_values_and_blocks_is_kept() -> None:
    """Only predicates move, and those that are said twice come together."""
    text = (
        "passage:b { id:z a miw:Plan . id:a miw:about id:topic-y . }\n"
        "passage:a { id:z a miw:Plan . }\n"
        'id:z skos:altLabel "b", "a" ; miw:x 1 ; skos:altLabel "c" . id:z miw:x 2 .\n'
    )

    expected = """\
passage:b {
    id:z a miw:Plan .
    id:a miw:about id:topic-y .
}

passage:a {
    id:z a miw:Plan .
}

id:z
    skos:altLabel
        "b" ,
        "a" ,
        "c" ;
    miw:x 1 ;
.
id:z miw:x 2 .
"""
    assert expected == body(text)


def test_comments_and_single_blank_lines_between_statements_are_kept() -> None:
    """Several blank lines become one; none stand at the edges of a block."""
    text = """\


# one
# two


id:a a miw:Plan . # behind
# three
passage:a { # in

    # four
    id:a a miw:Plan .

    # five
    id:b a miw:Plan . # six
}   # seven
# eight
"""
    expected = """\
# one
# two

id:a a miw:Plan . # behind
# three
passage:a {
    # in

    # four
    id:a a miw:Plan .

    # five
    id:b a miw:Plan . # six
} # seven

# eight
"""
    assert expected == body(text)


@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_comment_above_the_prefixes_stays_above_them(blank: str) -> None:
    """An example of a rule starts with the sentence that says what is right or wrong in it."""
    head = f"# Wrong: no type.\n{blank}@prefix id: <https://w3id.org/miwdap/id/> .\n"
    text = f"{head}# then\n[] id:a id:b ."

    expected = f"{head}\n# then\n[] id:a id:b .\n"
    assert expected == format_text(text, path="shapes/examples/rule/invalid.ttl")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'passage:a-1 miw:end 2 ; miw:section "1" ; miw:start 1 ; miw:page 4 '
            '; miw:quote "a\\nb" .',
            'passage:a-1 miw:quote "a\\nb" ; miw:start 1 ; miw:end 2 ; miw:page 4 '
            '; miw:section "1" .\n',
            id="where the words stand is one line",
        ),
        pytest.param(
            'passage:a-1 miw:quote "a" ; skos:editorialNote "b" .',
            'passage:a-1\n    miw:quote "a" ;\n    skos:editorialNote "b" ;\n.\n',
            id="with anything else it is several",
        ),
        pytest.param(
            'passage:a-1 { passage:a-1 miw:quote "a" ; miw:start 1 . }',
            'passage:a-1 {\n    passage:a-1\n        miw:quote "a" ;\n        miw:start 1 ;\n'
            "    .\n}\n",
            id="in a block it is several",
        ),
        pytest.param(
            'id:a miw:quote "a" ; miw:start 1 .',
            'id:a\n    miw:quote "a" ;\n    miw:start 1 ;\n.\n',
            id="of anything else it is several",
        ),
    ],
)
def test_a_passage_is_one_line(text: str, expected: str) -> None:
    """Outside a block, where nothing but the place of the words is said."""
    assert expected == body(text)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("1.50", "1.50"),
        ("+1", '"+1"^^xsd:integer'),
        ("1e3", '"1e3"^^xsd:double'),
        ("true", "true"),
        ('"""a\nb"""', '"""a\nb"""'),
        ('"a\\nb"', '"""a\nb"""'),
        ("'say \"it\"'@en-GB", '"say \\"it\\""@en-GB'),
        ('"\\U0001F600\\t"', '"\U0001f600\\t"'),
        ('"x"^^xsd:string', '"x"'),
        ('"2020"^^<http://www.w3.org/2001/XMLSchema#gYear>', '"2020"^^xsd:gYear'),
        ("id:a\\,b", "<https://w3id.org/miwdap/id/a,b>"),
        ("<http://example.org/\\u00E9>", "<http://example.org/é>"),
        ("rdf:nil", "()"),
        ("( 1 ( ) [ ] )", "( 1 () [] )"),
        ("[ a miw:Plan ]", "[ a miw:Plan ]"),
        ("_:x", "_:x"),
    ],
)
def test_a_term_has_one_spelling(term: str, expected: str) -> None:
    """The writer's, whatever the author's was."""
    assert body(f"id:a miw:x {term} .") == f"id:a miw:x {expected} .\n"


def test_twins_in_brackets_stay_two() -> None:
    """Two things of which the same is said are two things."""
    assert body("id:a miw:x [ miw:y 1 ], [ miw:y 1 ], 1, 1 .") == (
        "id:a\n    miw:x\n        [ miw:y 1 ] ,\n        [ miw:y 1 ] ,\n        1 ;\n.\n"
    )


def test_brackets_as_a_subject_become_empty_brackets() -> None:
    """What stands in them and what follows them is said of the same thing."""
    text = "[ miw:x 1 ] . [ miw:x 1 ] miw:x 2 ; a miw:Plan . ( 1 ) miw:x 1 ."

    assert body(text) == (
        "[] miw:x 1 .\n[]\n    a miw:Plan ;\n    miw:x\n        1 ,\n        2 ;\n.\n"
        "( 1 ) miw:x 1 .\n"
    )


def test_blocks_without_a_name_and_empty_blocks_are_kept() -> None:
    """The author's grouping stands even where it says nothing."""
    assert body("{ id:a a miw:Plan } passage:a {}") == (
        "{\n    id:a a miw:Plan .\n}\n\npassage:a {\n}\n"
    )


def test_what_the_writer_writes_is_canonical() -> None:
    """Writer and formatter lay out alike: a written file needs no formatting."""
    graphs = {
        URIRef(name): Graph().parse(data=PREFIXES + text, format="turtle")
        for name, text in {
            DATASET_DEFAULT_GRAPH_ID: """
                [] a owl:AllDisjointClasses ; owl:members ( miw:Measure miw:Project ) .
                id:plan a miw:Plan ; skos:prefLabel "Plan"@en, "計画"@ja .
                id:mic a org:Organization .""",
            f"{NAMESPACES['graph']}shapes": """
                shape:plan sh:property [ sh:path ( miw:x miw:y ) ; sh:in ( "a" [] ) ] ; miw:x _:n .
                shape:list sh:select "SELECT *\\nWHERE { }" ; miw:x _:n . _:n miw:z 1.50 .""",
            f"{NAMESPACES['passage']}newsletter-1": "id:plan miw:x 1 .",
        }.items()
    }

    text = write_trig(graphs, comment="Made by the build.")

    assert text == format_text(text, path="plan.trig")


# What is refused


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("id:a # why\n  a miw:Plan .", id="after the subject"),
        pytest.param("id:a a miw:Plan ; # why\n  miw:x 1 .", id="between predicates"),
        pytest.param("id:a a miw:Plan # why\n .", id="before the dot"),
        pytest.param("id:a miw:x 1 , # why\n 2 .", id="between values"),
        pytest.param("id:a miw:x ( 1 # why\n ) .", id="in a list"),
        pytest.param("id:a miw:x [ # why\n ] .", id="in brackets"),
        pytest.param("passage:a # why\n { }", id="before a block"),
    ],
)
def test_a_comment_inside_a_statement_is_refused(text: str) -> None:
    """The author is told where to put it."""
    with pytest.raises(NotCanonical) as caught:
        format_text(PREFIXES + text, path="data/plan.trig")

    line = PREFIXES.count("\n") + 1
    assert caught.value.line == line
    assert str(caught.value) == (
        f"data/plan.trig, line {line}: a comment stands inside a statement, where the formatter "
        "cannot keep it. Put it above the statement, or say it as a triple with "
        "skos:editorialNote."
    )


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("@base <http://example.org/> .", 1, "'@base' is not used here. Write each IRI"),
        ("BASE <http://example.org/>", 1, "'BASE' is not used here. Write each IRI"),
        ("\n<plan> a <plan> .", 2, "<plan> is not in full. Write the whole IRI, or a prefix."),
        ("\n<urn:a> a <> .", 2, "<> is not in full. Write the whole IRI, or a prefix."),
    ],
)
def test_an_iri_that_hangs_on_the_files_place_is_refused(
    text: str, line: int, problem: str
) -> None:
    """An IRI means the same wherever the file lies."""
    with pytest.raises(NotCanonical) as caught:
        format_text(text, path="plan.ttl")

    assert str(caught.value).startswith(f"plan.ttl, line {line}: {problem}")


P = "@prefix id: <urn:id:> .\n"


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        (
            "@prefix id: <urn:id:> .\nid:a id:b skos:c .",
            *(2, 11, "the prefix 'skos:' is not declared. Add '@prefix skos: "),
        ),
        ("x:a a x:b .", 1, 1, "the prefix 'x:' is not declared. Add '@prefix x: <…> .'"),
        (P + "id:a id:b 1 ;\n  id:c\n  .", 4, 3, "expected a value, found '.'."),
        (P + "id:a id:b 1", 2, 12, "expected ';', ',' or '.' after a value, found the end of"),
        (P + "id:a id:b 1 id:c 2 .", 2, 13, "expected ';', ',' or '.' after a value, found 'id:c'"),
        (P + "id:a .", 2, 6, "expected a predicate, found '.'."),
        (P + "id:a 1 2 .", 2, 6, "expected a predicate, found '1'."),
        (P + "a id:b 2 .", 2, 1, "expected a statement, found 'a'."),
        (P + "id:a id:b [ id:c 1 .", 2, 20, "expected ';', ',' or ']' after a value, found '.'."),
        (P + "id:a id:b ( 1 .", 2, 15, "expected a value, found '.'."),
        (P + 'id:a id:b "x"^^"y" .', 2, 16, "expected a datatype, found '\"y\"'."),
        (P + 'id:a id:b "x\ny" .', 2, 11, "this text has no closing quotation mark"),
        (P + 'id:a id:b "C:\\dir" .', 2, 11, "this text has no closing quotation mark"),
        (P + 'id:a id:b """x" .', 2, 11, "this text has no closing quotation mark"),
        (P + "id:a id:b <urn:x y> .", 2, 11, "this IRI has no closing '>', or a space"),
        (P + "id:a id:b &x .", 2, 11, "'&' starts nothing that Turtle knows."),
        (P + r'id:a id:b "\uD800" .', 2, 11, r"'\uD800' stands for no Unicode character."),
        ("@prefix <urn:x:> .", 1, 9, "expected a prefix such as 'id:', found '<urn:x:>'."),
        ("@prefix id: id:x .", 1, 13, "expected an IRI in angle brackets, found 'id:x'."),
        ("@prefix id: <urn:x:>\nid:a a id:b .", 2, 1, "expected '.' after the prefix, found"),
        (P + "id:g {\n  id:a a id:b .\n", 4, 1, "expected a statement, found the end of the file"),
        (P + "GRAPH id:g id:a a id:b .", 2, 12, "expected '{' after the graph's name, found"),
        (P + "GRAPH ( ) { }", 2, 11, "expected an IRI as the name of this graph."),
        (P + "id:a a id:b . }", 2, 15, "expected a statement, found '}'."),
        (P + "id:a id:b <urn:%zz> .", 2, 11, "Invalid IRI percent encoding"),
        (P + "id:a id:b " + "[ id:b " * 60, 2, 361, "more than 50 brackets inside each other."),
    ],
)
def test_broken_syntax_is_refused_with_its_place(
    text: str, line: int, column: int, problem: str
) -> None:
    """The error knows line and column and says what was expected and what was found."""
    with pytest.raises(RdfSyntaxError) as caught:
        format_text(text, path="data/plan.trig")

    error = caught.value
    assert (line, column) == (error.line, error.column)
    assert error.problem.startswith(problem)
    assert str(error).startswith(f"data/plan.trig, line {line}: column {column}: {problem}")


def test_turtle_has_no_graph_blocks() -> None:
    """The ending of the file's name tells which of the two it is."""
    with pytest.raises(RdfSyntaxError, match=r"expected a predicate, found '{'"):
        format_text(P + "id:g { id:a a id:b }", path="plan.ttl")


def test_a_formatter_that_changes_a_statement_writes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The net below everything: both texts are read again by a parser of other people."""
    right = layout.lay_out
    monkeypatch.setattr(layout, "lay_out", lambda *a, **b: right(*a, **b).replace("1", "2"))

    with pytest.raises(AuthoringError, match=r"^plan\.ttl: the formatter would change what"):
        format_text(PREFIXES + "id:a miw:x 1 .", path="plan.ttl")


# All texts

VALUES = st.sampled_from(
    [
        *("1", "01", "-1.50", ".5", "1e9", "true", "'x'", '"x"@en', '"x"@EN', '"""a\n"b" """'),
        *('"\\"\\u00e9\\\\"', "<urn:x:y>", "id:a", "id:a\\~b", "skos:x.y", "[]", "[ a miw:A ]"),
        *("[ miw:x 1, 2 ; a miw:B ; ]", "( 1 [ miw:y () ] 'x' )", "_:n", "passage:a"),
    ]
)
VERBS = st.sampled_from(["a", "miw:x", "skos:prefLabel", "miw:quote", "miw:start", "rdfs:label"])
SUBJECTS = st.sampled_from(["id:a", "passage:a", "<urn:x:y>", "[]", "[ miw:z 1 ]", "_:n", "(1)"])
SPACES = st.sampled_from([" ", "\n", "\n\n\n", "\t ", " \r\n"])
BETWEEN = SPACES | st.sampled_from([" # behind\n", "\n# above\n", "\n\n#\n\n\n# two\n", "#a\n#b\n"])


@st.composite
def statement_texts(draw: st.DrawFn) -> str:
    parts = [draw(SUBJECTS)]
    for number in range(draw(st.integers(1, 3))):
        values = draw(st.lists(VALUES, min_size=1, max_size=3))
        parts += [*([";"] if number else []), draw(VERBS), " , ".join(values)]
    parts += draw(st.sampled_from([["."], [";", "."], [";", ";", "."]]))
    return "".join(f"{part}{draw(SPACES)}" for part in parts[:-1]) + "."


@st.composite
def authored_texts(draw: st.DrawFn) -> str:
    def sequence() -> str:
        several = draw(st.lists(statement_texts(), max_size=3))
        return "".join(f"{each}{draw(BETWEEN)}" for each in several)

    text = draw(BETWEEN) + PREFIXES + draw(BETWEEN)
    for name in draw(st.lists(st.sampled_from(["", "passage:a", "GRAPH id:b"]), max_size=3)):
        text += f"{sequence()}{name} {{{draw(BETWEEN)}{sequence()}}}{draw(BETWEEN)}"
    return text + sequence()


@settings(deadline=None)
@given(authored_texts())
def test_formatting_keeps_statements_and_comments_and_is_done_in_one_go(text: str) -> None:
    """Whatever the text, a second formatting finds nothing left to do."""
    formatted = format_text(text, path="plan.trig")

    assert formatted == format_text(formatted, path="plan.trig")
    assert statements(text) == statements(formatted)
    comments = [
        [token.text for token in tokenise(each, path="") if token.kind == "comment"]
        for each in (text, formatted)
    ]
    assert comments[0] == comments[1]
    assert "\n\n\n" not in formatted
    assert not formatted.startswith("\n")
    assert formatted == "" or formatted.endswith("\n")


def authored_files() -> list[Path]:
    folders = (ROOT / name for name in ("data", "ontology", "shapes"))
    return sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix in (".trig", ".ttl")
    )


@pytest.mark.parametrize("path", authored_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_the_repository_is_canonical(path: Path) -> None:
    """`make format` would change nothing."""
    text = path.read_bytes().decode("utf-8")

    assert text == format_text(text, path=path)


# The command


def test_the_command_formats_files_and_names_those_it_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A canonical file is neither written nor named."""
    canonical, other = tmp_path / "canonical.trig", tmp_path / "other.ttl"
    canonical.write_bytes(CANONICAL.encode())
    other.write_bytes((PREFIXES + "id:a a miw:Plan.").encode())

    code = main([str(canonical), str(other)])

    assert code == 0
    assert other.read_bytes().endswith(b"\n\nid:a a miw:Plan .\n")
    assert canonical.read_bytes() == CANONICAL.encode()
    assert capsys.readouterr() == (f"{other}: formatted\n", "")


def test_the_command_checks_without_changing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What differs is named with its first line and what to run; the exit code is 1."""
    canonical, other = tmp_path / "canonical.trig", tmp_path / "other.trig"
    canonical.write_bytes(CANONICAL.encode())
    other.write_bytes(CANONICAL.replace("        a miw:", "      a miw:").encode())

    code = main(["--check", str(canonical), str(other)])

    assert code == 1
    assert b"\n      a miw:" in other.read_bytes()
    assert capsys.readouterr() == (
        "",
        f"{other}, line 12: the layout differs from the formatter's from here on. "
        "Run 'make format'.\n",
    )


@pytest.mark.parametrize(
    ("content", "code", "problem"),
    [
        (b"id:a a id:b .", 2, ", line 1: column 1: the prefix 'id:' is not declared."),
        (b"# caf\xe9", 2, ": byte 5 is not UTF-8. Save the file as UTF-8.\n"),
        (None, 2, ": No such file or directory.\n"),
        (b"<urn:a> # why\n a <urn:b> .", 1, ", line 1: a comment stands inside a statement"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--check"]])
def test_the_command_names_what_it_cannot_format(
    content: bytes | None,
    code: int,
    problem: str,
    options: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback reaches the author, and the other files are formatted all the same."""
    broken, fine = tmp_path / "broken.ttl", tmp_path / "fine.trig"
    if content is not None:
        broken.write_bytes(content)
    fine.write_bytes(CANONICAL.encode())

    found = main([*options, str(broken), str(fine)])

    assert found == code
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"{broken}{problem}")
