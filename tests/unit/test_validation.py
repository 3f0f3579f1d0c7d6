"""Holding graphs against shapes and checks: what conforms, what does not, what cannot be told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import Dataset, Graph

from miwdap_kg.errors import AuthoringError, QueryHeaderError, RdfSyntaxError, ValidationFailure
from miwdap_kg.namespaces import NAMESPACES, expand
from miwdap_kg.workshop.dataset import assemble, read_files
from miwdap_kg.workshop.validation import (
    Check,
    Result,
    Severity,
    ShapeLibrary,
    ValidationReport,
    validate,
)

PREFIXES = "".join(f"@prefix {prefix}: <{base}> .\n" for prefix, base in NAMESPACES.items())


@pytest.fixture
def library(small_text: Path) -> ShapeLibrary:
    """The rules of the small text."""
    return ShapeLibrary.read(small_text / "shapes")


def graph_of(turtle: str) -> Graph:
    return Graph().parse(data=PREFIXES + turtle, format="turtle")


def library_of(turtle: str) -> ShapeLibrary:
    return ShapeLibrary(graph_of(turtle), ())


def dataset_of(tmp_path: Path, trig: str) -> Dataset:
    path = tmp_path / "data.trig"
    path.write_text(PREFIXES + trig, encoding="utf-8")
    return read_files([path])


LABELLED = 'id:principle-1 a miw:Principle ; miw:ordinal 1 ; skos:prefLabel "A"@en , "B"@ja .'
UNLABELLED = "id:principle-1 a miw:Principle ; miw:ordinal 1 ."
UNNUMBERED = 'id:principle-1 a miw:Principle ; skos:prefLabel "A"@en , "B"@ja .'


# Outcome


def test_text_conforms(small_text: Path, library: ShapeLibrary) -> None:
    """The small text keeps its rules: two shapes and a check."""
    report = validate(assemble(small_text), library)

    assert (True, (), 3) == (report.conforms, report.results, report.rules)


def test_violation_does_not_conform(library: ShapeLibrary) -> None:
    """A broken rule is a result, in both languages, with its rule, its place and its path."""
    report = validate(graph_of(UNLABELLED), library)

    expected = Result(
        severity="violation",
        rule="principle-label",
        focus_node=expand("id:principle-1"),
        path=expand("skos:prefLabel"),
    )
    assert not report.conforms
    assert (expected,) == report.results
    assert {
        "en": "A principle has a label in English and one in Japanese.",
        "ja": "原則には英語と日本語の名称が必要です。",
    } == report.results[0].messages


def test_warning_conforms(library: ShapeLibrary) -> None:
    """A warning is a result, and the graph conforms all the same."""
    report = validate(graph_of(UNNUMBERED), library)

    assert (True, ["warning"]) == (report.conforms, [each.severity for each in report.results])


@pytest.mark.parametrize(
    ("counts", "summary"),
    [
        ((0, 0), "The graph of 1,000 statements conforms to 7 rules: 0 violations, 0 warnings."),
        ((0, 1), "The graph of 1,000 statements conforms to 7 rules: 0 violations, 1 warning."),
        (
            (1, 2),
            "The graph of 1,000 statements does not conform to 7 rules: 1 violation, 2 warnings.",
        ),
    ],
    ids=["none", "a warning", "a violation"],
)
def test_summary(counts: tuple[int, int], summary: str) -> None:
    """The outcome is one sentence with its numbers."""
    severities: tuple[Severity, ...] = ("violation",) * counts[0] + ("warning",) * counts[1]
    results = tuple(Result(each, "rule", f"a:{n}") for n, each in enumerate(severities))

    assert summary == ValidationReport(results, rules=7, statements=1000).summary()


def test_results_are_sorted(library: ShapeLibrary) -> None:
    """Violations come first, and then the order is that of rule and place."""
    things = "\n".join(f"id:principle-{number} a miw:Principle ." for number in (3, 1, 2))
    report = validate(graph_of(things), library)

    assert [
        (severity, rule, expand(f"id:principle-{number}"))
        for severity, rule in (("violation", "principle-label"), ("warning", "principle-ordinal"))
        for number in (1, 2, 3)
    ] == [(each.severity, each.rule, each.focus_node) for each in report.results]


def test_results_do_not_depend_on_the_hash_seed(small_text: Path, tmp_path: Path) -> None:
    """Two processes with different hash seeds report the same, byte for byte."""
    data = tmp_path / "data.ttl"
    data.write_text(
        PREFIXES + "\n".join(f"id:principle-{number} a miw:Principle ." for number in range(9)),
        encoding="utf-8",
    )
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from miwdap_kg.workshop.dataset import read_files\n"
        "from miwdap_kg.workshop.report import to_json, to_text, to_turtle\n"
        "from miwdap_kg.workshop.validation import ShapeLibrary, validate\n"
        "report = validate(read_files([Path(sys.argv[1])]), ShapeLibrary.read(Path(sys.argv[2])))\n"
        "print(to_text(report), to_json(report), to_turtle(report))\n"
    )

    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, data, small_text / "shapes"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert 1 == len(outputs)


def test_one_place_is_told_once(library: ShapeLibrary) -> None:
    """A rule that is broken once is one result, even where two shapes ask for it."""
    shapes = library.graph + graph_of(
        "shape:Again a sh:NodeShape ; sh:targetClass miw:Principle ;"
        " sh:property shape:principle-label ."
    )

    report = validate(graph_of(UNLABELLED), ShapeLibrary(shapes, ()))

    assert 1 == len(report.results)


def test_value_is_told() -> None:
    """A wrong value stands in its result."""
    shapes = library_of(
        "shape:S a sh:NodeShape ; sh:targetClass miw:Field ; sh:property shape:code ."
        'shape:code a sh:PropertyShape ; sh:path miw:code ; sh:pattern "^[0-9]+$" ;'
        ' sh:message "A code is a number."@en .'
    )
    report = validate(graph_of('id:a a miw:Field ; miw:code "x1" .'), shapes)

    assert [("x1", {"en": "A code is a number."})] == [
        (each.value, each.messages) for each in report.results
    ]


def test_class_tree_counts(small_text: Path) -> None:
    """A shape for a class holds for its subclasses, whose tree stands in the data or beside it."""
    shapes = ShapeLibrary.read(small_text / "shapes")
    tree = graph_of("miw:SubPrinciple rdfs:subClassOf miw:Principle .")
    data = graph_of("id:a a miw:SubPrinciple ; miw:ordinal 1 .")

    reports = [validate(data, shapes), validate(data + tree, shapes),
               validate(data, shapes, ontology=tree)]  # fmt: skip

    assert [True, False, False] == [each.conforms for each in reports]


def test_class_tree_is_not_counted_as_data(library: ShapeLibrary) -> None:
    """The statements that are counted are those of the data."""
    data = graph_of(LABELLED)

    report = validate(data, library, ontology=graph_of("miw:A rdfs:subClassOf miw:B ."))

    assert len(data) == report.statements


# Checks over named graphs


def test_check_looks_at_named_graphs(tmp_path: Path, library: ShapeLibrary) -> None:
    """A check tells the graph, and its message names what it found."""
    dataset = dataset_of(
        tmp_path,
        'passage:letter-1 { id:a miw:purpose "b" } graph:translation { id:a miw:purpose "c" }',
    )

    report = validate(dataset, library)

    expected = Result(
        severity="violation",
        rule="plan-in-a-passage",
        focus_node=expand("id:a"),
        graph=expand("graph:translation"),
    )
    assert (expected,) == report.results
    assert {
        "en": "id:a has a purpose in graph:translation; only a passage may say so.",
        "ja": "id:a の目的が graph:translation にあります。引用箇所だけに書けます。",
    } == report.results[0].messages


def test_shapes_look_at_the_union(tmp_path: Path, library: ShapeLibrary) -> None:
    """What stands in several graphs is one graph for the shapes, without judgements."""
    data = (
        'passage:letter-1 {{ id:a a miw:Principle ; miw:ordinal 1 ; skos:prefLabel "A"@en }}'
        ' graph:{graph} {{ id:a skos:prefLabel "B"@ja }}'
    )

    reports = [
        validate(dataset_of(tmp_path, data.format(graph=name)), library)
        for name in ("translation", "interpretation")
    ]

    assert [True, False] == [each.conforms for each in reports]


def test_checks_do_not_look_at_a_plain_graph(tmp_path: Path, library: ShapeLibrary) -> None:
    """Without named graphs there is nothing for a check to look at."""
    report = validate(dataset_of(tmp_path, 'id:a miw:purpose "b" .'), library)

    assert () == report.results


def test_default_graph_of_a_check_is_the_union(tmp_path: Path) -> None:
    """A pattern outside of GRAPH sees the default graph of a release."""
    check = Check(
        "any",
        "warning",
        {"en": "{?focus} {?value} {?path}"},
        "SELECT ?focus ?value { ?focus ?p ?value }",
    )
    dataset = dataset_of(tmp_path, 'passage:a-1 { id:a miw:p "b" } passage:a-2 { id:a miw:p "b" }')

    report = validate(dataset, ShapeLibrary(Graph(), (check,)))

    assert [(expand("id:a"), "b", "id:a b –")] == [
        (each.focus_node, each.value, each.messages["en"]) for each in report.results
    ]


def test_progress_names_what_is_looked_at(tmp_path: Path, library: ShapeLibrary) -> None:
    """Progress is told by shapes and the name of each check."""
    steps: list[str] = []

    validate(dataset_of(tmp_path, "passage:a-1 { id:a miw:p 1 }"), library, progress=steps.append)

    assert ["shapes", "check plan-in-a-passage"] == steps


# Rules that are none

CHECK = """\
#+ summary: A
#+ summary_ja: B
#+ severity: violation
#+ message: C
#+ message_ja: D
SELECT ?focus WHERE { ?focus ?p ?o }
"""


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (CHECK.replace("#+ message: C\n", ""), QueryHeaderError,
         ": the header lacks or should not have: message."),
        (CHECK.replace("summary_ja:", "summary_jp:"), QueryHeaderError,
         ": the header lacks or should not have: summary_ja, summary_jp."),
        (CHECK.replace("violation", "error"), QueryHeaderError, ": 'error' is no severity."),
        (CHECK.replace("?focus", "?thing"), AuthoringError,
         ": projects no ?focus. Name it after SELECT."),
        (CHECK.replace("SELECT ?focus", "ASK"), AuthoringError,
         ": projects no ?focus. Name it after SELECT."),
        (CHECK.replace("?o }", "?o"), AuthoringError,
         ", line 6: column 35: the query ends too early; expected"),
        (CHECK.replace("?p ?o", "a miw:Plan"), AuthoringError,
         ", line 6: column 32: the prefix 'miw:' is not declared."),
        ("SELECT ?focus {}", QueryHeaderError, ", line 1: has no header."),
    ],
    ids=["key missing", "key misspelled", "severity", "no focus", "no SELECT", "no SPARQL",
         "prefix", "no header"],
)  # fmt: skip
def test_bad_check_is_refused(
    tmp_path: Path, text: str, error: type[AuthoringError], message: str
) -> None:
    """A check that is none is named, with what is wrong."""
    path = tmp_path / "rule.rq"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(error) as caught:
        Check.read(path)

    assert str(caught.value).startswith(f"{path}{message}")


def test_folder_without_shapes_is_refused(tmp_path: Path) -> None:
    """A folder that holds no rules is named."""
    with pytest.raises(AuthoringError) as caught:
        ShapeLibrary.read(tmp_path)

    assert f"{tmp_path}: holds no shapes (*.ttl)." == str(caught.value)


def test_broken_shapes_are_refused(small_text: Path) -> None:
    """Shapes that cannot be read are named, with line and column."""
    path = small_text / "shapes" / "broken.ttl"
    path.write_text("<a:1> <a:p> .", encoding="utf-8")

    with pytest.raises(RdfSyntaxError) as caught:
        ShapeLibrary.read(small_text / "shapes")

    assert (path, 1, 13) == (caught.value.path, caught.value.line, caught.value.column)


SHAPE = "shape:S a sh:NodeShape ; sh:targetClass miw:Field ; sh:property shape:P . "


@pytest.mark.parametrize(
    ("shapes", "reason"),
    [
        ("shape:P a sh:PropertyShape ; sh:path miw:code ; sh:minCount 1 , 2 .", "minCount"),
        ("shape:P a sh:PropertyShape ; sh:minCount 1 .", "sh:path"),
        ('shape:P a sh:PropertyShape ; sh:path miw:code ; sh:pattern "(" .', "unterminated"),
        ("shape:P a sh:PropertyShape ; sh:path miw:code ; sh:maxCount 0 ; sh:severity miw:Bad .",
         "has the severity https://w3id.org/miwdap/def#Bad. Give it sh:Violation"),
        ('shape:S sh:sparql shape:Q . shape:Q sh:select "SELEC $this {}" . '
         "shape:P a sh:PropertyShape ; sh:path miw:code .", "Expected"),
    ],
    ids=["two counts", "no path", "pattern", "severity", "query"],
)  # fmt: skip
def test_shapes_that_cannot_be_evaluated_are_a_failure(
    shapes: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A broken rule is a failure, which is not the same as “does not conform”."""
    data = graph_of('id:a a miw:Field ; miw:code "x" .')

    with pytest.raises(ValidationFailure) as caught:
        validate(data, library_of(SHAPE + shapes))

    assert reason in str(caught.value)


def test_check_whose_row_has_no_focus_is_a_failure(tmp_path: Path) -> None:
    """A check that finds a place without naming it cannot be reported."""
    check = Check("sum", "violation", {}, "SELECT (MAX(?x) AS ?focus) { ?s <a:none> ?x }")

    with pytest.raises(ValidationFailure) as caught:
        validate(dataset_of(tmp_path, "graph:a { id:a miw:p 1 }"), ShapeLibrary(Graph(), (check,)))

    assert "The check 'sum' failed: a row binds no ?focus." == str(caught.value)


def test_rules_of_the_plan_can_all_be_read(root: Path) -> None:
    """Every shape and check of the project is one."""
    library = ShapeLibrary.read(root / "shapes")

    assert len(library.checks) == len(list((root / "shapes" / "checks").glob("*.rq")))
