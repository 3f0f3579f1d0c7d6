"""The list of the Twenty Projects can be added as data alone; shown with a fictitious document."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import URIRef
from tests.docs.code_blocks import blocks

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.namespaces import NAMESPACES, expand
from miwdap_kg.text import text_files
from miwdap_kg.workshop.build import build
from miwdap_kg.workshop.dataset import assemble, default_graph
from miwdap_kg.workshop.evidence import check
from miwdap_kg.workshop.layout import format_text
from miwdap_kg.workshop.validation import ShapeLibrary, validate

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "fixtures" / "twenty-projects"
HOW_TO = ROOT / "docs" / "how-to" / "add-the-twenty-projects.md"
ADDED = sorted(path.relative_to(EXAMPLE) for path in (EXAMPLE / "data").rglob("*.t*"))
DOCUMENT = Path("data") / "example-plan-list.trig"
LIST = f"{NAMESPACES['id']}list-twenty-projects"
INCOMPLETE = ("enumeration-incomplete", LIST)


def with_the_list(folder: Path) -> Path:
    """Write the text of the project and the example beside it to *folder*, and return it."""
    files = [(ROOT, path.relative_to(ROOT)) for path in text_files(ROOT)]
    for base, name in [*files, *((EXAMPLE, name) for name in ADDED)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(base / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The text of the project with the example; a test must not change it."""
    return with_the_list(tmp_path_factory.mktemp("with-the-list"))


@pytest.fixture(scope="module")
def release(text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its release."""
    return build(text, tmp_path_factory.mktemp("release") / "release").folder


def results(release: Path) -> set[tuple[str, str]]:
    """Return the rule and the thing of each result in a release's report."""
    report = json.loads((release / "report.json").read_text(encoding="utf-8"))
    return {(each["rule"], each["focus_node"]) for each in report["results"]}


def first_line_of_gaps(release: Path) -> str:
    """Return how the verb `gaps` begins."""
    done = subprocess.run(
        [sys.executable, "-m", "miwdap_kg", "gaps"],
        env={**os.environ, "MIWDAP_RELEASE": str(release)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[0]


def test_only_files_of_data_are_added() -> None:
    """The example changes no file that is there: no data, no code, no ontology, no shape."""
    assert [str(path) for path in ADDED] == [
        "data/catalog/example-plan-list.ttl",
        "data/example-plan-list.trig",
        "data/translation/example-plan-list.ttl",
    ]
    assert [path for path in ADDED if (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", [*ADDED, "example-plan-list.txt"], ids=str)
def test_each_file_says_that_it_is_fictitious(name: Path | str) -> None:
    """Nobody can take the example for the plan's own list, in either language."""
    content = (EXAMPLE / name).read_text(encoding="utf-8")

    assert "fictitious" in content.lower()
    assert "架空" in content


@pytest.mark.parametrize("name", ADDED, ids=str)
def test_files_are_laid_out(name: Path) -> None:
    """The example looks like the data that people will write after it."""
    content = (EXAMPLE / name).read_text(encoding="utf-8")

    assert format_text(content, path=name) == content


def test_quotes_are_in_the_text(text: Path) -> None:
    """Every quote and position of the example is confirmed by its text."""
    content = (EXAMPLE / "example-plan-list.txt").read_bytes()
    document = f"{NAMESPACES['id']}example-plan-list"

    outcome = check(assemble(text), content, document=document)

    assert (outcome.confirmed, list(outcome.errors)) == (21, [])
    assert outcome.recorded_sha256 == outcome.sha256


def test_the_warning_goes_away(release: Path, release_folder: Path) -> None:
    """With the list the gap is no longer warned of; nothing else changes in the report."""
    assert INCOMPLETE in results(release_folder)
    assert results(release) == results(release_folder) - {INCOMPLETE}


def test_queries_count_twenty(release: Path) -> None:
    """The list and the report of gaps say 20 stated, 20 listed, 0 missing."""
    rows = KnowledgeGraph.open(release).run("list-members", list="id:list-twenty-projects")

    assert [(row["stated"], row["listed"], row["missing"]) for row in rows] == [(20, 20, 0)]
    assert first_line_of_gaps(release).endswith(": 20 stated, 20 listed, 0 missing")


def test_projects_are_found_as_all_others_are(release: Path) -> None:
    """Each has a name in both languages, and opens to the words that make it part of the plan."""
    graph = KnowledgeGraph.open(release)
    contents = graph.run("list-contents", list="id:list-twenty-projects")

    found = {str(row["label"]): (str(row["label_ja"]), str(row["quote"])) for row in contents}
    assert found == {
        f"Example project {number}": (
            f"例のプロジェクト{number}",
            f"例のプロジェクト{number}（実施：架空省）",
        )
        for number in range(1, 21)
    }
    assert len(graph.evidence("plan", "miw:hasInitiative", "project-example-20")) == 1


def test_one_project_less_is_seen(text: Path, tmp_path: Path) -> None:
    """Without the last project 19 are listed, and the warning is back."""
    less = Path(shutil.copytree(text, tmp_path / "text"))
    content = (less / DOCUMENT).read_text(encoding="utf-8")
    last = content.index("\npassage:example-plan-list-21 miw:quote")
    (less / DOCUMENT).write_text(content[:last], encoding="utf-8")
    labels = less / "data" / "translation" / "example-plan-list.ttl"
    kept = re.sub(r"(?m)^id:project-example-20 .*\n", "", labels.read_text(encoding="utf-8"))
    labels.write_text(kept, encoding="utf-8")

    dataset = assemble(less)
    report = validate(dataset, ShapeLibrary.read(less / "shapes"))

    listed = default_graph(dataset).objects(URIRef(LIST), URIRef(expand("miw:listsMember")))
    assert len(set(listed)) == 19
    assert report.conforms
    assert INCOMPLETE in {(each.rule, each.focus_node) for each in report.results}


def test_a_project_outside_of_the_list_is_refused(text: Path, tmp_path: Path) -> None:
    """A project of the plan that its list does not name breaks a rule."""
    wrong = Path(shutil.copytree(text, tmp_path / "text"))
    content = (wrong / DOCUMENT).read_text(encoding="utf-8")
    listing = "    id:list-twenty-projects miw:listsMember id:project-example-20 .\n"
    assert listing in content
    (wrong / DOCUMENT).write_text(content.replace(listing, ""), encoding="utf-8")

    report = validate(assemble(wrong), ShapeLibrary.read(wrong / "shapes"))

    broken = {each.rule for each in report.results if each.severity == "violation"}
    assert broken == {"plan-project-is-listed"}


def test_how_to_shows_the_example() -> None:
    """What the how-to shows as data stands letter by letter in the example."""
    files = [(EXAMPLE / name).read_text(encoding="utf-8") for name in ADDED]
    shown = [each for each in blocks(HOW_TO) if each.language in ("trig", "turtle")]

    assert {each.language for each in shown} == {"trig", "turtle"}
    assert [each.line for each in shown if not any(each.text in file for file in files)] == []
