"""Writes what a run found as a report in EARL, the W3C's vocabulary for test results."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from tests.conformance.known import reason, status
from tests.conformance.suite import Case

__all__ = ["Outcome", "gather", "report"]

Outcome = Literal["passed", "failed", "inapplicable", "untested"]

_SUBJECT = "https://w3id.org/miwdap/software"


def report(
    cases: Iterable[Case], found: Mapping[str, Outcome], *, version: str, when: datetime
) -> str:
    """Return the report in Turtle, with one assertion for each test.

    Args:
        cases: every test of the suite.
        found: what the tests that ran came to, by IRI.
        version: which version of the software ran.
        when: when it ran.
    """
    return "\n".join(_lines(cases, found, version, when))


def gather(
    folder: Path, worker: str, workers: int, found: Mapping[str, Outcome]
) -> Mapping[str, Outcome]:
    """Return what all workers of a run found to the last of them that ends, to others nothing.

    Args:
        folder: where they leave what they found; it is made, and removed in the end.
        worker: which of them this is.
        workers: how many there are.
        found: what this one found.
    """
    folder.mkdir(exist_ok=True)
    part = folder / f"{worker}.json"
    part.with_suffix(".new").write_text(json.dumps(found), encoding="utf-8")
    part.with_suffix(".new").rename(part)
    parts = list(folder.glob("*.json"))
    if len(parts) < workers:
        return {}
    try:
        (folder / "taken").mkdir()
    except OSError:
        # Another, which ended at the same time, was quicker.
        return {}
    gathered: dict[str, Outcome] = {}
    for each in parts:
        gathered |= json.loads(each.read_text(encoding="utf-8"))
    shutil.rmtree(folder)
    return gathered


def _lines(
    cases: Iterable[Case], found: Mapping[str, Outcome], version: str, when: datetime
) -> Iterator[str]:
    yield from (
        "@prefix dcterms: <http://purl.org/dc/terms/> .",
        "@prefix doap: <http://usefulinc.com/ns/doap#> .",
        "@prefix earl: <http://www.w3.org/ns/earl#> .",
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .",
        "",
        f"<{_SUBJECT}>",
        "    a doap:Project , earl:Software , earl:TestSubject , earl:Assertor ;",
        '    doap:name "miwdap-kg" ;',
        f'    doap:release [ doap:revision "{version}" ] ;',
        ".",
    )
    for case in cases:
        outcome = found.get(case.iri) or ("untested" if _can_run(case) else "inapplicable")
        why = reason(case).replace("\\", "\\\\").replace('"', '\\"')
        info = f' ; dcterms:description "{why}"@en' if why and outcome != "passed" else ""
        yield from (
            "",
            "[]",
            "    a earl:Assertion ;",
            f"    earl:assertedBy <{_SUBJECT}> ;",
            f"    earl:subject <{_SUBJECT}> ;",
            f"    earl:test <{case.iri}> ;",
            "    earl:mode earl:automatic ;",
            f"    earl:result [ a earl:TestResult ; earl:outcome earl:{outcome}{info} ;",
            f'        dcterms:date "{when.isoformat(timespec="seconds")}"^^xsd:dateTime ] ;',
            ".",
        )
    yield ""


def _can_run(case: Case) -> bool:
    return status(case) != "inapplicable" or case.kind == "protocol"
