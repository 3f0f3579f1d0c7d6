"""The join queries answer over this graph with another government's file loaded beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.queries import QueryLibrary, Term
from miwdap_kg.solutions import Value
from miwdap_kg.store import Store

LIBRARY = QueryLibrary.read(Path(__file__).parents[2] / "queries")
UN = "http://metadata.un.org/sdg/"
GEO_AREA = f"{UN}codes/geoArea/"
JOINS = {
    "targets-of-goals": "un_sdg_goals_targets_indicators.ttl",
    "names-of-countries": "un_sdg_geoArea_m49.ttl",
    "statistics-on-a-field": "un_sdg_subject_mappings.ttl",
}


def ask(graph: KnowledgeGraph, name: str, beside: Path, **bindings: str) -> list[dict[str, Value]]:
    """The rows of a join query over the two dumps that a reader downloads, and a file beside."""
    files = [graph.dump_path("nq"), graph.dump_path("turtle"), beside]
    terms = {key: Term(value) for key, value in bindings.items()}
    rows = KnowledgeGraph.of_store(Store.of_files(files)).select(LIBRARY[name].text, **terms)
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def test_each_join_query_has_its_file() -> None:
    """No join query goes without a test."""
    assert set(JOINS) == {name for name, query in LIBRARY.items() if query.topic == "joins"}


@pytest.mark.parametrize("name", JOINS)
def test_without_the_other_file_there_is_no_row(graph: KnowledgeGraph, name: str) -> None:
    """This graph holds nothing of the United Nations' own data."""
    assert [] == list(graph.run(name))


def test_targets_are_those_of_the_goals(graph: KnowledgeGraph, shared: Path) -> None:
    """Each initiative meets all targets of its goal, and none of another's."""
    path = shared / "reference" / JOINS["targets-of-goals"]
    text = path.read_text(encoding="utf-8")
    targets = {
        goal: set(re.findall(rf"^sdg:({goal}\.[0-9a-z]+) skos:broader sdg:{goal} \.", text, re.M))
        for goal in map(str, range(1, 18))
    }
    assert all(targets.values())
    rows = ask(graph, "targets-of-goals", path)
    judged = {(row["initiative"], row["goal"]) for row in graph.run("goals-of-initiatives")}

    assert judged == {(row["initiative"], row["goal"]) for row in rows}
    for initiative, goal in judged:
        number = str(goal).removeprefix(f"{NAMESPACES['id']}sdg-")
        found = {
            str(row["target"]).removeprefix(UN)
            for row in rows
            if (row["initiative"], row["goal"]) == (initiative, goal)
        }
        assert targets[number] == found


def test_country_has_its_names_in_six_languages(graph: KnowledgeGraph, shared: Path) -> None:
    """Viet Nam is called as the United Nations call it."""
    path = shared / "reference" / JOINS["names-of-countries"]
    rows = ask(graph, "names-of-countries", path, country=f"{NAMESPACES['id']}place-704")

    assert {
        ("ar", "فيتنام"),
        ("en", "Viet Nam"),
        ("es", "Vietnam"),
        ("fr", "Viet Nam (le)"),
        ("ru", "Вьетнам"),
        ("zh", "越南"),
    } == {(str(row["language"]), str(row["name"])) for row in rows}
    assert {f"{GEO_AREA}704"} == {str(row["area"]) for row in rows}


def test_every_country_of_a_project_is_found(graph: KnowledgeGraph, shared: Path) -> None:
    """No country of a project is lost on the way to the United Nations' graph."""
    rows = ask(graph, "names-of-countries", shared / "reference" / JOINS["names-of-countries"])

    assert {row["country"] for row in graph.run("projects-by-country")} == {
        row["country"] for row in rows
    }


def test_field_meets_what_is_on_its_subject(graph: KnowledgeGraph, shared: Path) -> None:
    """ICT, as EuroVoc has it, is the subject of these targets and this indicator of the UN."""
    rows = ask(
        graph, "statistics-on-a-field", shared / "reference" / JOINS["statistics-on-a-field"]
    )
    ict = [row for row in rows if shorten(str(row["concept"])) == "id:field-ict"]

    assert {f"{UN}17.8", f"{UN}5.b", f"{UN}9.c", f"{UN}C170602"} == {
        str(row["sdg_item"]) for row in ict
    }
    assert {("skos:exactMatch", "http://eurovoc.europa.eu/5188")} == {
        (shorten(str(row["relation"])), str(row["eurovoc"])) for row in ict
    }
