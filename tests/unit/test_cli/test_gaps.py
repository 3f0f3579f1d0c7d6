"""The verb `gaps`."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from miwdap_kg.cli.gaps import _COLUMNS
from miwdap_kg.queries import QueryLibrary
from miwdap_kg.workshop.build import build

from .conftest import Ask

ROOT = Path(__file__).parents[3]

PREFIXES = """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix id: <https://w3id.org/miwdap/id/> .
@prefix passage: <https://w3id.org/miwdap/passage/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PAPER = f"""\
{PREFIXES}
id:paper
    a miw:SourceDocument ;
    skos:prefLabel "The paper"@en , "文書"@ja ;
    miw:reliability miw:OfficialSource ;
    skos:editorialNote "Its cover was read."@en , "表紙だけを読んだ。"@ja ;
.
passage:paper-1 miw:quote "three projects, made in May and published on 2 June" .
passage:paper-1 {{
    id:plan
        miw:formulatedOn "2020-05"^^xsd:gYearMonth ;
        miw:publishedOn "2020-06"^^xsd:gYearMonth , "2020-06-02"^^xsd:date ;
        miw:hasEnumeration id:list-twenty-projects , id:list-fields ;
    .
    id:list-twenty-projects
        a miw:Enumeration ;
        skos:prefLabel "Three Projects"@en ;
        miw:statedCount 3 ;
        miw:isOpen false ;
    .
    id:list-fields
        a miw:Enumeration ;
        skos:prefLabel "Fields"@en , "分野"@ja ;
        miw:listsMember id:field-a ;
        miw:isOpen true ;
    .
}}
passage:paper-2 miw:paraphrase "[The plan is good.]"@en .
passage:paper-2 {{ id:plan skos:note "good"@en . }}
"""
TRANSLATION = f"""\
{PREFIXES}
id:list-twenty-projects skos:prefLabel "3プロジェクト"@ja .
"""
PROJECTS = """\
passage:paper-3 miw:quote "A, B and C" .
passage:paper-3 {
    id:list-twenty-projects miw:listsMember id:project-a , id:project-b , id:project-c .
}
"""
TITLES = {
    "list-members": (
        "How many members each list states, how many are named, and how many are missing"
    ),
    "lists-without-a-count": (
        "Lists that a source announces without saying how many members they have"
    ),
    "official-wording-missing": (
        "Names for which no source gives the wording in a language, "
        "and what this project calls them"
    ),
    "dates-without-a-day": "Dates that no source gives to the day",
    "documents-read-in-part": (
        "Documents of which only a part was read, or whose words were not kept"
    ),
}


@pytest.fixture
def release(text: Path, tmp_path: Path) -> Path:
    """A release of the small text with the stored queries and a paper that leaves gaps."""
    return _release(text, tmp_path, PAPER)


def _release(text: Path, folder: Path, paper: str | None) -> Path:
    shutil.copytree(ROOT / "queries" / "gaps", text / "queries" / "gaps")
    shutil.copytree(ROOT / "queries" / "lists", text / "queries" / "lists")
    if paper is not None:
        (text / "data" / "paper.trig").write_text(paper, encoding="utf-8")
        (text / "data" / "translation.ttl").write_text(TRANSLATION, encoding="utf-8")
    return build(text, folder / "with-gaps").folder


def cells(line: str) -> list[str]:
    return [each for each in line.split("  ") if each]


def test_report(execute: Ask, release: Path):
    """The Twenty Projects come first; then each part has its title, its query and its rows."""
    outcome = execute("gaps", MIWDAP_RELEASE=str(release))

    assert (0, "") == (outcome.status, outcome.err)
    first, *rest = outcome.out.splitlines()
    assert "Three Projects: 3 stated, 0 listed, 3 missing" == first
    found = [[each.strip() for each in cells(line)] for line in rest if "──" not in line]
    assert [
        [],
        [TITLES["list-members"]],
        ["miwdap-kg run list-members"],
        [],
        ["list", "stated", "listed", "missing", "examples only"],
        ["Three Projects", "3", "0", "3", "no"],
        ["Fields", "1", "yes"],
        [],
        [TITLES["lists-without-a-count"]],
        ["miwdap-kg run lists-without-a-count"],
        [],
        ["list", "listed", "examples only", "announced in"],
        ["Fields", "1", "yes", "id:paper"],
        [],
        [TITLES["official-wording-missing"]],
        ["miwdap-kg run official-wording-missing"],
        [],
        ["what it is", "name", "not from a source in"],
        ["list", "Three Projects", "ja"],
        [],
        [TITLES["dates-without-a-day"]],
        ["miwdap-kg run dates-without-a-day"],
        [],
        ["thing", "date", "stated", "in"],
        ["The plan", "formulated on", "2020-05", "id:paper"],
        [],
        [TITLES["documents-read-in-part"]],
        ["miwdap-kg run documents-read-in-part"],
        [],
        ["document", "text at hand", "quotes", "retellings", "what was read"],
        ["The paper", "no", "1", "1", "Its cover was read."],
    ] == found


def test_report_in_japanese(execute: Ask, release: Path):
    """Titles, headings, names, notes and yes or no are Japanese."""
    outcome = execute("gaps", "--language", "ja", MIWDAP_RELEASE=str(release))

    lines = outcome.out.splitlines()
    assert "3プロジェクト：示された数3、挙げられた数0、足りない数3" == lines[0]
    assert "一覧ごとの、示された数、挙げられた数、足りない数" == lines[2]
    assert ["分野", "1", "はい"] == lines[8].split()
    assert ["文書", "いいえ", "1", "1", "表紙だけを読んだ。"] == lines[-1].split()


def test_nothing_is_missing_any_more(execute: Ask, text: Path, tmp_path: Path):
    """When all members are named the first line says so; it does not go away."""
    release = _release(text, tmp_path, PAPER + PROJECTS)

    outcome = execute("gaps", MIWDAP_RELEASE=str(release))

    assert "Three Projects: 3 stated, 3 listed, 0 missing" == outcome.out.splitlines()[0]
    assert 0 == outcome.status


def test_a_text_without_gaps(execute: Ask, text: Path, tmp_path: Path):
    """Each part says that it has nothing to tell, and the exit code is 0 all the same."""
    release = _release(text, tmp_path, None)

    outcome = execute("gaps", MIWDAP_RELEASE=str(release))

    assert (0, "") == (outcome.status, outcome.err)
    assert TITLES["list-members"] == outcome.out.splitlines()[1]
    assert len(TITLES) == outcome.out.count("Nothing is known to be missing.\n")


def test_json(execute: Ask, release: Path):
    """JSON holds all columns of each query, in both languages, under the query's name."""
    outcome = execute("gaps", "--format", "json", MIWDAP_RELEASE=str(release))

    found = json.loads(outcome.out)
    assert list(TITLES) == list(found)
    assert {
        "list": "https://w3id.org/miwdap/id/list-twenty-projects",
        "label": "Three Projects",
        "label_ja": "3プロジェクト",
        "stated": 3,
        "listed": 0,
        "missing": 3,
        "open": False,
    } == found["list-members"][0]
    assert None is found["list-members"][1]["stated"]
    assert "2020-05" == found["dates-without-a-day"][0]["date"]


def test_csv(execute: Ask, release: Path):
    """CSV is one table with every column; what a query does not have is empty."""
    outcome = execute("gaps", "--format", "csv", MIWDAP_RELEASE=str(release))

    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert [
        ("list-members", "Three Projects", "3", "false"),
        ("list-members", "Fields", "", "true"),
        ("lists-without-a-count", "Fields", "", "true"),
        ("official-wording-missing", "Three Projects", "", ""),
        ("dates-without-a-day", "The plan", "", ""),
        ("documents-read-in-part", "The paper", "", ""),
    ] == [(row["query"], row["label"], row["stated"], row["open"]) for row in rows]


def test_release_without_the_queries(ask: Ask):
    """A release that lacks a query names it."""
    outcome = ask("gaps")

    assert (1, "") == (outcome.status, outcome.out)
    assert "No query 'list-members'." in outcome.err


def test_twenty_projects_of_the_text_at_hand(execute: Ask, release_folder: Path):
    """The real text: the newsletter counts twenty, and no document names one of them."""
    outcome = execute("gaps", MIWDAP_RELEASE=str(release_folder))

    assert "Twenty (20) Projects: 20 stated, 0 listed, 20 missing" == outcome.out.splitlines()[0]


def test_every_query_about_gaps_is_in_the_report():
    """The report leaves out only what its topic is not: the newsletter alone."""
    library = QueryLibrary.read(ROOT / "queries")
    stored = {name for name, query in library.items() if query.topic == "gaps"}

    assert stored - {"not-in-the-newsletter"} == set(_COLUMNS) - {"list-members"}


def test_columns_are_those_of_the_queries():
    """Each column of the report is one of its query, and a Japanese one stands beside it."""
    library = QueryLibrary.read(ROOT / "queries")

    for name, columns in _COLUMNS.items():
        assert set(columns) <= set(library[name].variables)
        assert {"label", "label_ja"} <= set(library[name].variables)
