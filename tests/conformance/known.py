"""What is known beforehand of some tests: those that fail, and those that do not apply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from tests.conformance.suite import Case

__all__ = ["FAILURES", "INAPPLICABLE", "Status", "reason", "status"]

Status = Literal["passed", "failed", "inapplicable"]

FAILURES: Final[Mapping[str, str]] = {
    "csv-tsv-res/csv03": (
        "The engine stores a number as its value: 1.0E6 in the data is 1000000 in the answer."
    ),
    "csv-tsv-res/tsv03": (
        "The engine stores every kind of integer as xsd:integer: "
        "an xsd:negativeInteger in the data is an xsd:integer in the answer."
    ),
    "functions/bnode01": (
        "The engine gives BNODE of the same string the same blank node in all solutions, "
        "and not another one in each."
    ),
}
"""Why each test that is known to fail does so, by its folder and name."""

_ANOTHER_SERVER: Final = (
    "SERVICE is refused with 403 unless the operator allows its address, which is tested instead."
)

INAPPLICABLE: Final[Mapping[str, str]] = {
    "graph-store-protocol/": "It is about writing graphs, and the endpoint only reads.",
    "http-rdf-update/": "The W3C has put `graph-store-protocol` in its place.",
    "service/": _ANOTHER_SERVER,
    "syntax-fed/": _ANOTHER_SERVER,
    "protocol/update_": (
        "An update is refused with 403 and changes nothing, which is tested instead."
    ),
}
"""Why tests do not apply, by the beginning of their folder and name."""


def status(case: Case) -> Status:
    """Return what a run must find of a test."""
    if case.id in FAILURES:
        return "failed"
    return "inapplicable" if reason(case) else "passed"


def reason(case: Case) -> str:
    """Return why a test does not pass, or nothing when it does."""
    reasons = [why for begin, why in INAPPLICABLE.items() if case.id.startswith(begin)]
    return FAILURES.get(case.id) or next(iter(reasons), "")
