"""Writes docs/reference/conformance.md: what of the W3C's test suite passes, and what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.conformance.known import FAILURES, INAPPLICABLE, status
from tests.conformance.suite import Case, cases

__all__ = ["PAGE", "page"]

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "conformance.md"

_TEMPLATE: Final = Path(__file__).with_name("page.md")
_ABOUT: Final = {
    "csv-tsv-res": "results in CSV and TSV",
    "json-res": "results in JSON",
    "graph-store-protocol": "graph store protocol",
    "http-rdf-update": "graph store protocol, an older version",
    "protocol": "SPARQL protocol",
    "service": "federated query",
    "service-description": "service description",
    "syntax-fed": "syntax of federated query",
    "syntax-query": "syntax of queries",
}


def page() -> str:
    """Return the page, as the suite and what is known of it have it."""
    tables = {"suites": _suites(), "failures": _failures(), "inapplicable": _inapplicable()}
    text = _TEMPLATE.read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = text.replace(f"{{{name}}}", "\n".join(lines))
    return text


def _suites() -> Iterator[str]:
    rows = []
    for folder in dict.fromkeys(case.folder for case in cases()):
        found = [case for case in cases() if case.folder == folder]
        rows.append((f"`{folder}`", _ABOUT.get(folder, "queries"), *_counts(found)))
    rows.append(("all", "", *_counts(cases())))
    columns = ("suite", "about", "tests", "passed", "known failures", "not applicable")
    return _table(columns, rows)


def _failures() -> Iterator[str]:
    return _table(("test", "reason"), [(f"`{name}`", why) for name, why in FAILURES.items()])


def _inapplicable() -> Iterator[str]:
    rows = []
    for begin, why in INAPPLICABLE.items():
        number = sum(case.id.startswith(begin) for case in cases())
        rows.append((f"`{begin}…`", str(number), why))
    return _table(("tests", "number", "reason"), rows)


def _counts(found: Sequence[Case]) -> tuple[str, ...]:
    counted = Counter(map(status, found))
    outcomes = (counted["passed"], counted["failed"], counted["inapplicable"])
    return (str(len(found)), *(str(each or "") for each in outcomes))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
