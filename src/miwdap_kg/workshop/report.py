"""Writes a validation report as text for people, as JSON, and as SHACL's report graph in Turtle."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from rdflib import RDF, SH, Graph, URIRef
from rdflib import Literal as RdfLiteral

from miwdap_kg.namespaces import BASE, NAMESPACES, shorten
from miwdap_kg.workshop.turtle import write_turtle
from miwdap_kg.workshop.validation import Result, ValidationReport

__all__ = ["REPORT_FORMATS", "to_json", "to_text", "to_turtle"]

_WORDS: Final = {
    "en": {
        **{severity: severity.upper() for severity in ("violation", "warning", "info")},
        **{label: label for label in ("rule", "path", "value", "graph")},
    },
    "ja": {
        "violation": "違反",
        "warning": "警告",
        "info": "情報",
        "rule": "規則",
        "path": "パス",
        "value": "値",
        "graph": "グラフ",
    },
}
_SEVERITIES: Final = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}


def to_text(report: ValidationReport, language: Literal["en", "ja"] = "en") -> str:
    """Return the report in words: the outcome, then each result with its rule and its place."""
    words = _WORDS[language]
    lines = [report.summary(language)]
    for each in report.results:
        lines.append("")
        lines.append(f"{words[each.severity]}  {_name(each.focus_node)}")
        lines.append(f"  {each.messages.get(language, '')}")
        lines.extend(f"  {label}: {value}" for label, value in _details(each, words))
    return "\n".join(lines) + "\n"


def to_json(report: ValidationReport) -> str:
    """Return the report as a JSON object with `conforms`, the counts, and the results."""
    return (
        json.dumps(
            {
                "conforms": report.conforms,
                "statements": report.statements,
                "rules": report.rules,
                "violations": report.count("violation"),
                "warnings": report.count("warning"),
                "results": [
                    {
                        "severity": each.severity,
                        "rule": each.rule,
                        "focus_node": each.focus_node,
                        "path": each.path,
                        "value": each.value,
                        "graph": each.graph,
                        "messages": dict(sorted(each.messages.items())),
                    }
                    for each in report.results
                ],
            },
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )


def to_turtle(report: ValidationReport) -> str:
    """Return the report as SHACL §3.6 defines it, with an IRI for the report and each result."""
    graph = Graph()
    root = URIRef(f"{BASE}report")
    graph.add((root, RDF.type, SH.ValidationReport))
    graph.add((root, SH.conforms, RdfLiteral(report.conforms)))
    for number, each in enumerate(report.results, start=1):
        node = URIRef(f"{root}#result-{number}")
        graph.add((root, SH.result, node))
        graph.add((node, RDF.type, SH.ValidationResult))
        graph.add((node, SH.resultSeverity, _SEVERITIES[each.severity]))
        graph.add((node, SH.sourceShape, URIRef(f"{NAMESPACES['shape']}{each.rule}")))
        graph.add((node, SH.focusNode, _term(each.focus_node)))
        if each.path is not None and _is_iri(each.path):
            graph.add((node, SH.resultPath, URIRef(each.path)))
        if each.value is not None:
            graph.add((node, SH.value, _term(each.value)))
        for language, message in each.messages.items():
            graph.add((node, SH.resultMessage, RdfLiteral(message, lang=language)))
    return write_turtle(graph)


REPORT_FORMATS: Final[Mapping[str, Callable[[ValidationReport], str]]] = MappingProxyType(
    {"text": to_text, "turtle": to_turtle, "json": to_json}
)
"""The formats of a report by name."""


def _details(result: Result, words: Mapping[str, str]) -> list[tuple[str, str]]:
    details = [("rule", result.rule), ("path", result.path), ("value", result.value)]
    details.append(("graph", result.graph))
    return [(words[label], _name(value)) for label, value in details if value is not None]


def _name(value: str) -> str:
    return shorten(value) if _is_iri(value) else value


def _term(value: str) -> URIRef | RdfLiteral:
    return URIRef(value) if _is_iri(value) else RdfLiteral(value)


def _is_iri(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^\x00-\x20<>\"{}|^`\\]*", value) is not None
