"""Queries that look for gaps and contradictions find them, whatever the data of the day holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.queries import QueryLibrary
from miwdap_kg.solutions import Iri, Value
from miwdap_kg.store import Store

LIBRARY = QueryLibrary.read(Path(__file__).parents[2] / "queries")
PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMESPACES.items())


def ask(folder: Path, name: str, trig: str) -> list[dict[str, Value | None]]:
    """The rows that the query *name* gives over *trig*, with its union as default graph."""
    path = folder / "made-up.trig"
    path.write_text(PREFIXES + trig, encoding="utf-8")
    rows = KnowledgeGraph.of_store(Store.of_release(path)).select(LIBRARY[name].text)
    return [
        {key: shorten(value) if isinstance(value, Iri) else value for key, value in row.items()}
        for row in rows.to_dicts()
    ]


def columns(rows: list[dict[str, Value | None]], *names: str) -> list[tuple[Value | None, ...]]:
    return [tuple(None if row[name] is None else str(row[name]) for name in names) for row in rows]


def passage(name: str, document: str, statements: str) -> str:
    return (
        f'graph:evidence {{ passage:{name} a miw:Passage ; miw:quote "{name}" ; '
        f"oa:hasSource id:{document} . }}\n"
        f"passage:{name} {{ {statements} }}\n"
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(
            '"2020-04-30"^^xsd:date',
            '"2020-05-01"^^xsd:date',
            [("false", "2020-04-30", "id:example-a", "2020-05-01", "id:example-b")],
            id="two days contradict each other",
        ),
        pytest.param(
            '"2020-05-01"^^xsd:date',
            '"2020-05"^^xsd:gYearMonth',
            [("true", "2020-05", "id:example-b", "2020-05-01", "id:example-a")],
            id="a month is less exact than its day",
        ),
        pytest.param(
            '"2019"^^xsd:gYear',
            '"2020-05"^^xsd:gYearMonth',
            [("false", "2019", "id:example-a", "2020-05", "id:example-b")],
            id="a month contradicts another year",
        ),
        pytest.param('"2020-05-01"^^xsd:date', '"2020-05-01"^^xsd:date', [], id="one day agrees"),
    ],
)
def test_dates_that_differ_stand_side_by_side(
    tmp_path: Path, first: str, second: str, expected: list[tuple[str, ...]]
) -> None:
    """Two dates of one kind for one thing make one row; different kinds or things make none."""
    rows = ask(
        tmp_path,
        "differing-dates",
        passage("a-1", "example-a", f"id:example miw:heldOn {first} .")
        + passage("b-1", "example-b", f"id:example miw:heldOn {second} .")
        + passage("b-2", "example-b", 'id:example miw:signedOn "1999"^^xsd:gYear .')
        + passage("b-3", "example-b", 'id:example-other miw:heldOn "1999"^^xsd:gYear .'),
    )

    found = columns(rows, "compatible", "date", "document", "other_date", "other_document")
    assert expected == [(str(each[0]).lower(), *each[1:]) for each in found]


def test_a_date_of_the_projects_alone_is_no_contradiction(tmp_path: Path) -> None:
    """Only passages state dates: a judgement of the project is not set against a document."""
    rows = ask(
        tmp_path,
        "differing-dates",
        passage("a-1", "example-a", 'id:example miw:heldOn "2020"^^xsd:gYear .')
        + 'graph:interpretation { id:example miw:heldOn "2021"^^xsd:gYear . }',
    )

    assert rows == []


def test_timeline_names_the_older_plan(tmp_path: Path) -> None:
    """A plan that replaces another says so beside its date."""
    rows = ask(
        tmp_path,
        "timeline",
        Path(__file__).parents[2].joinpath("ontology/miwdap.ttl").read_text(encoding="utf-8")
        + labels("example-new", "example-old")
        + passage("a-1", "example-a", 'id:example-new miw:formulatedOn "2022-07-21"^^xsd:date .')
        + passage("a-2", "example-a", "id:example-new dcterms:replaces id:example-old .")
        + passage(
            "a-3", "example-a", 'id:example-old miw:formulatedOn "2018-02"^^xsd:gYearMonth .'
        ),
    )

    assert columns(rows, "date", "thing", "replaces", "replaces_label") == [
        ("2018-02", "id:example-old", None, None),
        ("2022-07-21", "id:example-new", "id:example-old", "example-old"),
    ]


def test_gap_closes_when_the_newsletter_says_it(tmp_path: Path) -> None:
    """What the newsletter states is no gap; what another document states is, and names it."""
    rows = ask(
        tmp_path,
        "not-in-the-newsletter",
        labels("example")
        + passage(
            "n-1",
            "newsletter-31-2",
            'id:example a miw:Plan ; skos:prefLabel "例"@ja ; dcterms:replaces id:example-old .',
        )
        + passage("b-1", "example-b", 'id:example miw:publishedOn "2020-05"^^xsd:gYearMonth .')
        + passage("b-2", "example-b", "id:example dcterms:replaces id:example-older ."),
    )

    assert columns(rows, "thing", "property", "value", "said_by", "quote") == [
        ("id:example", "miw:formulatedOn", None, None, None),
        ("id:example", "miw:publishedOn", "2020-05", "id:example-b", "b-1"),
        ("id:example", "miw:statedFigure", None, None, None),
    ]


@pytest.mark.parametrize(
    ("named", "missing"),
    [("id:example-x", ["2"]), ("id:example-x, id:example-y, id:example-z", [])],
    ids=["one of three", "all three"],
)
def test_members_that_are_counted_and_not_named_are_missing(
    tmp_path: Path, named: str, missing: list[str]
) -> None:
    """A member that only another document names stays missing in the newsletter."""
    rows = ask(
        tmp_path,
        "not-in-the-newsletter",
        labels("example")
        + passage(
            "n-1", "newsletter-31-2", f"id:example miw:statedCount 3 ; miw:listsMember {named} ."
        )
        + passage("b-1", "example-b", "id:example miw:listsMember id:example-y ."),
    )

    found = columns(rows, "thing", "property", "missing")
    assert found == [("id:example", "miw:listsMember", number) for number in missing]


def labels(*keys: str) -> str:
    return "".join(
        f'graph:translation {{ id:{key} skos:prefLabel "{key}"@en, "例"@ja . }}\n' for key in keys
    )
