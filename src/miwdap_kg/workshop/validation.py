"""Holds a graph against the shapes and checks, and reports what does not conform."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

import pyshacl
from pyparsing import ParseBaseException
from pyshacl.errors import ReportableRuntimeError
from rdflib import SH, Dataset, Graph, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.term import Node

from miwdap_kg.errors import (
    AuthoringError,
    QueryError,
    QueryHeaderError,
    QuerySyntaxError,
    ValidationFailure,
)
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.in_process import InProcessExecution
from miwdap_kg.formats import JSON
from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.queries import read_header, read_query
from miwdap_kg.solutions import Iri, Solutions, Value
from miwdap_kg.sparql import outline
from miwdap_kg.store import Store
from miwdap_kg.workshop.dataset import default_graph, named_graphs, read_rdf
from miwdap_kg.workshop.turtle import write_nquads

__all__ = ["Check", "Result", "Severity", "ShapeLibrary", "ValidationReport", "validate"]

Severity = Literal["violation", "warning", "info"]

_SEVERITIES: Final[Mapping[str, Severity]] = {
    str(SH.Violation): "violation",
    str(SH.Warning): "warning",
    str(SH.Info): "info",
}
_SHAPE: Final = NAMESPACES["shape"]
_CHECK_KEYS: Final = frozenset({"summary", "summary_ja", "severity", "message", "message_ja"})


@dataclass(frozen=True, slots=True)
class Check:
    """A rule about named graphs that SHACL cannot state: a SELECT whose rows break the rule."""

    name: str
    severity: Severity
    messages: Mapping[str, str]
    text: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the check in a file.

        Raises:
            QueryHeaderError: the header lacks a key, or has one that checks do not have.
            AuthoringError: the query is not SPARQL, or projects no ?focus.
        """
        text = read_query(path)
        header = read_header(path, text)
        if set(header) != _CHECK_KEYS:
            wrong = ", ".join(sorted(set(header) ^ _CHECK_KEYS))
            raise QueryHeaderError(path, f"the header lacks or should not have: {wrong}.")
        if header["severity"] not in _SEVERITIES.values():
            raise QueryHeaderError(path, f"'{header['severity']}' is no severity.")
        try:
            Store.check(text)
        except QuerySyntaxError as error:
            raise AuthoringError(
                path, f"column {error.column}: {error.problem}", line=error.line
            ) from error
        if "focus" not in outline(text).variables:
            raise AuthoringError(path, "projects no ?focus. Name it after SELECT.")
        messages = {"en": str(header["message"]), "ja": str(header["message_ja"])}
        return cls(path.stem, header["severity"], messages, text)


@dataclass(frozen=True, slots=True)
class ShapeLibrary:
    """All rules: the shapes as one graph, and the checks over named graphs."""

    graph: Graph
    checks: tuple[Check, ...]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the rules in a folder: its `*.ttl`, and the `*.rq` in `checks`.

        Raises:
            AuthoringError: a file is broken, or there is none.
        """
        graph = Graph()
        paths = sorted(folder.glob("*.ttl"))
        if not paths:
            raise AuthoringError(folder, "holds no shapes (*.ttl).")
        for path in paths:
            for triple in read_rdf(path).default_graph:
                graph.add(triple)
        checks = sorted((folder / "checks").glob("*.rq"))
        return cls(graph, tuple(Check.read(path) for path in checks))


@dataclass(frozen=True, slots=True)
class Result:
    """One place where a rule is broken: the rule, the focus node, the value, and what to do."""

    severity: Severity
    rule: str
    focus_node: str
    path: str | None = None
    value: str | None = None
    graph: str | None = None
    messages: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The results of a validation, sorted; `conforms` when none of them is a violation."""

    results: tuple[Result, ...]
    rules: int
    statements: int

    @property
    def conforms(self) -> bool:
        """Tell whether no rule of severity violation is broken."""
        return not self.count("violation")

    def count(self, severity: Severity) -> int:
        """Return the number of results of a severity."""
        return sum(each.severity == severity for each in self.results)

    def summary(self, language: Literal["en", "ja"] = "en") -> str:
        """Return the outcome in one sentence."""
        if language == "ja":
            outcome = "適合しています" if self.conforms else "適合していません"
            return (
                f"{self.statements:,}件の記述からなるグラフは、{self.rules}件の規則に{outcome}"
                f"（違反{self.count('violation')}件、警告{self.count('warning')}件）。"
            )
        outcome = "conforms" if self.conforms else "does not conform"
        return (
            f"The graph of {self.statements:,} statements {outcome} to {self.rules} rules: "
            f"{self._counted('violation')}, {self._counted('warning')}."
        )

    def _counted(self, severity: Severity) -> str:
        number = self.count(severity)
        return f"{number:,} {severity}{'' if number == 1 else 's'}"


def validate(
    dataset: Dataset | Graph,
    library: ShapeLibrary,
    *,
    ontology: Graph | None = None,
    union: Graph | None = None,
    progress: Callable[[str], None] | None = None,
) -> ValidationReport:
    """Return the report on a graph, or on a dataset: its default graph, and its named graphs.

    Args:
        dataset: a graph is held against the shapes alone; a dataset with named graphs against
            the checks too. Its default graph is the set-union, as in a release.
        library: the rules.
        ontology: the class tree, where the data does not carry it.
        union: the dataset's default graph, where the caller has it already.
        progress: is called with what is being looked at.

    Raises:
        ValidationFailure: a shape or a check cannot be evaluated.
    """
    say = progress or (lambda _: None)
    graph = dataset
    if isinstance(dataset, Dataset):
        graph = default_graph(dataset) if union is None else union
    results: set[Result] = set()
    say("shapes")
    results.update(_shape_results(graph + ontology if ontology else graph, library.graph))
    if isinstance(dataset, Dataset) and any(named_graphs(dataset)):
        # On the engine that will serve the release, which is some twenty times faster at this.
        execution = InProcessExecution(Store.of_nquads(write_nquads(dataset).encode()))
        for check in library.checks:
            say(f"check {check.name}")
            results.update(_check_results(execution, check))
    order = list(_SEVERITIES.values())
    return ValidationReport(
        results=tuple(sorted(results, key=lambda each: (order.index(each.severity), _key(each)))),
        rules=len(set(library.graph.subjects(SH.message))) + len(library.checks),
        statements=len(graph),
    )


def _key(result: Result) -> tuple[str, ...]:
    return (
        result.rule,
        result.focus_node,
        result.path or "",
        result.value or "",
        result.graph or "",
    )


def _shape_results(graph: Graph, shapes: Graph) -> Iterator[Result]:
    try:
        _, report, text = pyshacl.validate(
            graph, shacl_graph=shapes, inference="none", advanced=False
        )
    except (ReportableRuntimeError, ParseBaseException, re.error) as error:
        raise ValidationFailure(f"The shapes could not be evaluated: {error}") from error
    if not isinstance(report, Graph):
        raise ValidationFailure(f"The shapes could not be evaluated: {text}")
    for node in report.objects(None, SH.result):
        found: dict[URIRef, Any] = {
            name: report.value(node, name)
            for name in (SH.sourceShape, SH.focusNode, SH.resultPath, SH.value, SH.resultSeverity)
        }
        # pySHACL reports one message of a SPARQL constraint; the shape has it in both languages.
        messages = {
            each.language or "en": str(each)
            for each in (
                *report.objects(node, SH.resultMessage),
                *shapes.objects(found[SH.sourceShape], SH.message),
            )
            if isinstance(each, RdfLiteral)
        }
        severity = _SEVERITIES.get(str(found[SH.resultSeverity]))
        if severity is None:
            raise ValidationFailure(
                f"{found[SH.sourceShape]} has the severity {found[SH.resultSeverity]}. "
                "Give it sh:Violation, sh:Warning or sh:Info."
            )
        yield Result(
            severity=severity,
            rule=str(found[SH.sourceShape]).removeprefix(_SHAPE),
            focus_node=str(found[SH.focusNode]),
            path=_text(found[SH.resultPath]),
            value=_text(found[SH.value]),
            messages=messages,
        )


def _check_results(execution: InProcessExecution, check: Check) -> Iterator[Result]:
    output = io.BytesIO()
    try:
        execution.execute(QueryRequest(check.text, JSON), output)
    except QueryError as error:
        raise ValidationFailure(f"The check '{check.name}' failed: {error}") from error
    for row in Solutions.of_json(output.getvalue()):
        if "focus" not in row:
            raise ValidationFailure(f"The check '{check.name}' failed: a row binds no ?focus.")
        yield Result(
            severity=check.severity,
            rule=check.name,
            focus_node=str(row["focus"]),
            path=_text(row.get("path")),
            value=_text(row.get("value")),
            graph=_text(row.get("graph")),
            messages={
                language: _fill(message, row) for language, message in check.messages.items()
            },
        )


def _fill(message: str, row: Mapping[str, Value]) -> str:
    def word(match: re.Match[str]) -> str:
        term = row.get(match[1])
        return "–" if term is None else shorten(term) if isinstance(term, Iri) else str(term)

    return re.sub(r"\{\?(\w+)\}", word, message)


def _text(term: Node | Value | None) -> str | None:
    if isinstance(term, bool):
        return "true" if term else "false"
    return None if term is None else str(term)
