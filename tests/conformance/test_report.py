"""The report of the run and the page of the reference say of each test what it comes to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rdflib
from tests.conformance import earl
from tests.conformance.known import FAILURES, INAPPLICABLE, reason, status
from tests.conformance.page import PAGE, page
from tests.conformance.parameters import each
from tests.conformance.suite import cases

EARL = rdflib.Namespace("http://www.w3.org/ns/earl#")


def outcomes(report: str) -> Counter[tuple[str, str]]:
    """Return how often a report has each pair of test and outcome."""
    graph = rdflib.Graph().parse(data=report, format="turtle")
    found: Counter[tuple[str, str]] = Counter()
    for assertion in graph.subjects(rdflib.RDF.type, EARL.Assertion):
        (test,) = graph.objects(assertion, EARL.test)
        (result,) = graph.objects(assertion, EARL.result)
        (outcome,) = graph.objects(result, EARL.outcome)
        (mode,) = graph.objects(assertion, EARL.mode)
        (subject,) = graph.objects(assertion, EARL.subject)
        assert EARL.automatic == mode
        assert (subject, rdflib.RDF.type, EARL.TestSubject) in graph
        found[str(test), str(outcome).removeprefix(EARL)] += 1
    return found


def test_page_says_what_a_run_must_find() -> None:
    """The page is written from what every run is held to."""
    hint = "run '.venv/bin/python -m tests.conformance.page'"

    assert page() == PAGE.read_text(encoding="utf-8"), hint


def test_every_test_of_the_suite_runs() -> None:
    """Each test is a parameter of ours, but for those of a protocol that is not spoken here."""
    kinds = ("evaluation", "positive", "negative", "protocol", "description")
    parameters = [
        parameter.values[0]
        for kind in kinds
        for applies in (True, False)
        for parameter in each(kind, applies=applies)
    ]
    others = [case for case in cases() if case.kind == "store"]

    assert Counter(case.iri for case in cases()) == Counter(
        case.iri for case in [*parameters, *others]
    )
    assert {"inapplicable"} == {status(case) for case in others}


def test_what_is_known_is_about_tests_of_the_suite() -> None:
    """No failure and no reason is kept for a test that there is not."""
    names = {case.id for case in cases()}

    assert set(FAILURES) <= names
    assert [] == [begin for begin in INAPPLICABLE if not any(n.startswith(begin) for n in names)]
    assert len(FAILURES) <= 12


def test_report_has_one_assertion_for_each_test() -> None:
    """Whatever a run found, the report is RDF and says it of each test once."""
    expected = {case.iri: status(case) for case in cases()}

    report = earl.report(cases(), expected, version="0.1.0", when=datetime(2026, 1, 1, tzinfo=UTC))

    assert Counter(expected.items()) == outcomes(report)
    assert all(reason(case) in report for case in cases())


def test_report_of_a_run_says_what_the_run_found(tmp_path: Path) -> None:
    """Each test that ran has its outcome in the report, and each other one says that it did not."""
    path = tmp_path / "earl.ttl"
    ran = [case for case in cases() if case.name in ("csv03", "jsonres01")]

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"),
            *("tests/conformance/test_evaluation.py", "-k", "csv03 or jsonres01"),
            *("--earl", str(path)),
        ],
        cwd=PAGE.parents[2],
        env={name: value for name, value in os.environ.items() if "PYTEST" not in name},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert 0 == done.returncode, done.stdout
    expected = {case.iri: "untested" for case in cases() if status(case) != "inapplicable"}
    expected |= {case.iri: "inapplicable" for case in cases() if case.kind == "store"}
    expected |= {case.iri: status(case) for case in ran}
    found = outcomes(path.read_text(encoding="utf-8"))
    assert len(cases()) == len(found)
    assert set(expected.items()) <= set(found)


def test_last_worker_has_what_all_have_found(tmp_path: Path) -> None:
    """What several processes found comes together in the one that ends last."""
    folder = tmp_path / "parts"

    assert {} == earl.gather(folder, "gw1", 3, {"x:a": "passed"})
    assert {} == earl.gather(folder, "gw0", 3, {})
    assert {"x:a": "passed", "x:b": "failed"} == earl.gather(folder, "gw2", 3, {"x:b": "failed"})
    assert not folder.exists()


@pytest.mark.parametrize("found", [{}, {"http://example.org/no-test-of-the-suite": "passed"}])
def test_report_of_nothing_says_that(found: dict[str, earl.Outcome]) -> None:
    """A test that did not run is untested, and a result of no test is not told."""
    report = earl.report(cases(), found, version="0.1.0", when=datetime(2026, 1, 1, tzinfo=UTC))

    assert {"untested", "inapplicable"} == {outcome for _, outcome in outcomes(report)}
    assert len(cases()) == len(outcomes(report))
