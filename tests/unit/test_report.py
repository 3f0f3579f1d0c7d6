"""The three forms of a validation report, and what can be read back from them."""

from __future__ import annotations

import json
import re

import pytest
from rdflib import RDF, SH, Graph, Literal, URIRef

from miwdap_kg.namespaces import expand
from miwdap_kg.workshop.report import REPORT_FORMATS, to_json, to_text, to_turtle
from miwdap_kg.workshop.validation import Result, ValidationReport

ROOT = URIRef("https://w3id.org/miwdap/report")

RESULTS = (
    Result(
        severity="violation",
        rule="principle-label",
        focus_node=expand("id:principle-1"),
        path=expand("skos:prefLabel"),
        messages={"en": "It has no label.", "ja": "名称がありません。"},
    ),
    Result(
        severity="violation",
        rule="link-pattern",
        focus_node="https://example.org/a",
        path=expand("skos:exactMatch"),
        value='see "http://example.org/x y"\nor ask',
        graph=expand("graph:links"),
        messages={"en": "It is no link.", "ja": "リンクではありません。"},
    ),
    Result(
        severity="warning",
        rule="members",
        focus_node=expand("id:list-twenty-projects"),
        value="https://example.org/not-a-path",
        messages={"en": "20 stated, 0 listed."},
    ),
)
REPORT = ValidationReport(RESULTS, rules=40, statements=2752)
CLEAN = ValidationReport((), rules=40, statements=2752)


def test_text_tells_each_result() -> None:
    """In words: the outcome, then each result with its rule and its place, in prefixed names."""
    assert """\
The graph of 2,752 statements does not conform to 40 rules: 2 violations, 1 warning.

VIOLATION  id:principle-1
  It has no label.
  rule: principle-label
  path: skos:prefLabel

VIOLATION  <https://example.org/a>
  It is no link.
  rule: link-pattern
  path: skos:exactMatch
  value: see "http://example.org/x y"
or ask
  graph: graph:links

WARNING  id:list-twenty-projects
  20 stated, 0 listed.
  rule: members
  value: <https://example.org/not-a-path>
""" == to_text(REPORT)


def test_text_in_japanese() -> None:
    """The messages come in Japanese where that is asked for."""
    text = to_text(REPORT, "ja")

    assert "違反" in text.splitlines()[0]
    assert "  名称がありません。\n" in text
    assert "  規則: " in text
    assert re.search("It has no label|VIOLATION|conform", text) is None


def test_text_of_a_graph_that_conforms_is_one_line() -> None:
    """Without results there is nothing more to say."""
    assert (
        "The graph of 2,752 statements conforms to 40 rules: 0 violations, 0 warnings.\n"
        == to_text(CLEAN)
    )


def test_json_holds_everything() -> None:
    """As JSON, each result has all its fields, with null where there is nothing."""
    document = json.loads(to_json(REPORT))

    assert {
        "conforms": False,
        "statements": 2752,
        "rules": 40,
        "violations": 2,
        "warnings": 1,
        "results": [
            {
                "severity": each.severity,
                "rule": each.rule,
                "focus_node": each.focus_node,
                "path": each.path,
                "value": each.value,
                "graph": each.graph,
                "messages": each.messages,
            }
            for each in RESULTS
        ],
    } == document


def test_json_of_a_graph_that_conforms() -> None:
    """A graph that conforms has an empty list of results."""
    document = json.loads(to_json(CLEAN))

    assert (True, []) == (document["conforms"], document["results"])


def test_json_is_written_for_people() -> None:
    """Japanese stays readable, and the file ends in a line end."""
    text = to_json(REPORT)

    assert "名称がありません。" in text
    assert text.endswith("}\n")


@pytest.fixture
def graph() -> Graph:
    """The report as another parser reads it."""
    return Graph().parse(data=to_turtle(REPORT), format="turtle")


def test_turtle_is_a_shacl_report(graph: Graph) -> None:
    """As Turtle, it is SHACL's report with one result each."""
    results = list(graph.objects(ROOT, SH.result))

    assert (ROOT, RDF.type, SH.ValidationReport) in graph
    assert (ROOT, SH.conforms, Literal(False)) in graph
    assert len(RESULTS) == len(results)


def test_turtle_has_every_part_of_a_result(graph: Graph) -> None:
    """A result has its severity, shape, focus node, path, value and messages."""
    node = URIRef(f"{ROOT}#result-2")

    assert {
        (RDF.type, SH.ValidationResult),
        (SH.resultSeverity, SH.Violation),
        (SH.sourceShape, URIRef(expand("shape:link-pattern"))),
        (SH.focusNode, URIRef("https://example.org/a")),
        (SH.resultPath, URIRef(expand("skos:exactMatch"))),
        (SH.value, Literal('see "http://example.org/x y"\nor ask')),
        (SH.resultMessage, Literal("It is no link.", lang="en")),
        (SH.resultMessage, Literal("リンクではありません。", lang="ja")),
    } == set(graph.predicate_objects(node))


def test_turtle_of_a_graph_that_conforms() -> None:
    """A report without results says that the graph conforms."""
    graph = Graph().parse(data=to_turtle(CLEAN), format="turtle")

    assert {
        (ROOT, RDF.type, SH.ValidationReport),
        (ROOT, SH.conforms, Literal(True)),
    } == set(graph)


@pytest.mark.parametrize(
    "value",
    ["", "plain", 'quote " and \\', "https://e.org/<x>", "a://b c", "計画", "://", "\x00\x07"],
)
def test_any_value_can_be_written(value: str) -> None:
    """Whatever a wrong value holds, the report can be read back."""
    report = ValidationReport((Result("violation", "r", "https://e.org/a", value=value),), 1, 1)
    graph = Graph().parse(data=to_turtle(report), format="turtle")

    assert [Literal(value)] == list(graph.objects(None, SH.value))


def test_formats_are_the_three() -> None:
    """A report comes as text, Turtle or JSON, under these names."""
    assert {"text": to_text, "turtle": to_turtle, "json": to_json} == dict(REPORT_FORMATS)
