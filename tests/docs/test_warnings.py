"""The warnings of the release at hand are those that the documents explain."""

from __future__ import annotations

import json
import re
from pathlib import Path

from miwdap_kg.namespaces import expand

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "warnings.md"


def test_each_warning_is_explained(release_folder: Path) -> None:
    """A new warning needs its explanation, and one that is gone takes its explanation with it."""
    page = PAGE.read_text(encoding="utf-8")
    explained = re.findall(r"(?m)^## `([a-z0-9-]+)`: `([a-z]+:[a-z0-9-]+)`$", page)
    report = json.loads((release_folder / "report.json").read_text(encoding="utf-8"))

    found = [
        (each["rule"], each["focus_node"])
        for each in report["results"]
        if each["severity"] == "warning"
    ]

    assert explained
    assert sorted(found) == sorted((rule, expand(thing)) for rule, thing in explained)


def test_nothing_but_warnings_is_in_the_report(release_folder: Path) -> None:
    """The page speaks of all results: a release has no violation, and no other severity."""
    report = json.loads((release_folder / "report.json").read_text(encoding="utf-8"))

    assert {each["severity"] for each in report["results"]} == {"warning"}


def test_rules_that_warn_are_named(root: Path) -> None:
    """Every rule that may warn is named on the page, whether or not it does so today."""
    page = PAGE.read_text(encoding="utf-8")
    shapes = "".join(path.read_text(encoding="utf-8") for path in (root / "shapes").glob("*.ttl"))
    rules = {
        block.partition("\n")[0].removeprefix("shape:")
        for block in re.split(r"(?m)^(?=shape:)", shapes)
        if re.search(r"sh:severity sh:(Warning|Info)\b", block)
    }
    checks = {
        path.stem
        for path in (root / "shapes" / "checks").glob("*.rq")
        if re.search(r"(?m)^#\+ severity: (warning|info)$", path.read_text(encoding="utf-8"))
    }

    assert rules | checks
    assert [rule for rule in sorted(rules | checks) if f"`{rule}`" not in page] == []
