"""Places: the areas of the M49 list are those of the table of facts, all of them and no others."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef

from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.workshop.dataset import read_files

MIW = Namespace(NAMESPACES["miw"])
ID = Namespace(NAMESPACES["id"])
UN = Namespace("http://metadata.un.org/sdg/codes/geoArea#")
WIKIDATA = "http://www.wikidata.org/entity/"

# How many areas of each level the list has.
LEVELS = {
    "world": 1,
    "region": 5,
    "sub-region": 17,
    "intermediate-region": 7,
    "country-or-area": 248,
}
GROUPS = {"group-ldc": 45, "group-lldc": 32, "group-sids": 53}
TARGETS = ("un_lod_iri", "omg_lcc_iri", "eu_country_iri", "wikidata_iri", "geonames_iri")

# Where two published tables give different Wikidata items, ours is the UN's; see tools/m49.py.
DIFFERING = {"010", "732"}

Row = Mapping[str, str]


@pytest.fixture(scope="module")
def rows(shared: Path) -> dict[str, Row]:
    """The rows of the table of facts, by code."""
    path = shared / "reference" / "m49_iso_links.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["m49"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def un_areas(shared: Path) -> Graph:
    """What the UN publishes on its codes."""
    return read_files([shared / "reference" / "un_sdg_geoArea_m49.ttl"]).default_graph


@pytest.fixture(scope="module")
def reference(root: Path) -> Graph:
    """What is stated as reference: areas, groups, goals, topics."""
    return read_files(sorted((root / "data" / "reference").glob("*.ttl"))).default_graph


@pytest.fixture(scope="module")
def links(root: Path) -> Graph:
    """The links that are written from the table of facts."""
    return read_files([root / "data" / "links" / "m49.ttl"]).default_graph


def place(code: str) -> URIRef:
    return ID[f"place-{code}"]


def codes(graph: Graph) -> list[str]:
    return sorted(map(str, graph.objects(None, SKOS.notation)))


# What the table says


def test_areas_are_the_rows_of_the_table(rows: dict[str, Row], reference: Graph) -> None:
    """Codes, names, levels, ISO codes, larger areas and groups are the table's, and no others."""
    expected = {triple for row in rows.values() for triple in statements(row)}
    areas = set(reference.subjects(RDF.type, MIW.Place))

    assert len(rows) == sum(LEVELS.values())
    assert {triple for triple in reference if triple[0] in areas} == expected


def statements(row: Row) -> set[tuple[URIRef, URIRef, URIRef | Literal]]:
    values = {
        SKOS.notation: row["m49"],
        MIW.areaLevel: row["level"],
        MIW.iso3166Alpha2: row["iso3166_alpha2"],
        MIW.iso3166Alpha3: row["iso3166_alpha3"],
    }
    groups = [ID[f"group-{key}"] for key in ("ldc", "lldc", "sids") if row[key] == "1"]
    labels = [Literal(row[f"name_{language}"], language) for language in ("en", "ja")]
    area = place(row["m49"])
    return {
        (area, RDF.type, MIW.Place),
        *((area, SKOS.prefLabel, label) for label in labels),
        *((area, predicate, Literal(text)) for predicate, text in values.items() if text),
        *((area, MIW.inCountryGroup, group) for group in groups),
        *((area, DCTERMS.isPartOf, place(code)) for code in [row["parent_m49"]] if code),
    }


def test_links_are_those_of_the_table(rows: dict[str, Row], un_areas: Graph, links: Graph) -> None:
    """Each IRI of a row is an exact match; where the UN has another Wikidata item, a close one."""
    expected = set()
    for code, row in rows.items():
        targets = {URIRef(row[column]) for column in TARGETS if row[column]}
        mine = {each for each in targets if str(each).startswith(WIKIDATA)}
        theirs = un_items(un_areas, row)
        if not mine.isdisjoint(theirs) or not mine:
            mine = theirs = set()
        expected |= {(place(code), SKOS.exactMatch, each) for each in (targets - mine) | theirs}
        expected |= {(place(code), SKOS.closeMatch, each) for each in mine}

    found = {triple for triple in links if triple[1] in (SKOS.exactMatch, SKOS.closeMatch)}

    assert found == expected
    assert {str(area)[-3:] for area in links.subjects(SKOS.closeMatch)} == DIFFERING


def un_items(un_areas: Graph, row: Row) -> set[URIRef]:
    matches = un_areas.objects(URIRef(row["un_lod_iri"]), SKOS.exactMatch)
    return {URIRef(each) for each in matches if str(each).startswith(WIKIDATA)}


# What the UN says


def test_the_un_has_each_area_under_our_link(rows: dict[str, Row], un_areas: Graph) -> None:
    """The UN describes each IRI that we link to, with the same codes where it gives any."""
    for code, row in rows.items():
        area = URIRef(row["un_lod_iri"])
        numbers = [int(number) for number in un_areas.objects(area, UN.m49code)]

        assert (area, SKOS.prefLabel, None) in un_areas, code
        assert numbers in ([], [int(code)]), code
        for predicate, column in [(UN.iso2code, "iso3166_alpha2"), (UN.iso3code, "iso3166_alpha3")]:
            given = [str(value) for value in un_areas.objects(area, predicate)]
            assert given in ([], [row[column]]), code


def test_the_un_agrees_on_geonames(rows: dict[str, Row], un_areas: Graph) -> None:
    """The UN matches each country to the place of GeoNames that the table has."""
    places = {
        code: number(row["geonames_iri"]) for code, row in rows.items() if row["geonames_iri"]
    }
    matches = {
        code: [str(each) for each in un_areas.objects(URIRef(row["un_lod_iri"]), SKOS.exactMatch)]
        for code, row in rows.items()
    }

    assert len(places) == LEVELS["country-or-area"]
    for code, known in places.items():
        assert known in [number(each) for each in matches[code] if "geonames.org" in each], code


def number(iri: str) -> str:
    return iri.rstrip("/").rpartition("/")[2]


# How the areas hang together


def test_every_level_is_complete(reference: Graph) -> None:
    """There are as many areas of each level as the list has."""
    assert Counter(map(str, reference.objects(None, MIW.areaLevel))) == LEVELS


def test_every_area_is_part_of_the_next_level(reference: Graph) -> None:
    """From each area the way up goes through the levels, in order, to the world."""
    order = list(LEVELS)
    for area in reference.subjects(MIW.areaLevel):
        steps = [area]
        while (above := reference.value(steps[-1], DCTERMS.isPartOf, any=False)) is not None:
            steps.append(above)
            assert len(steps) <= len(order), shorten(str(area))
        levels = [order.index(str(reference.value(step, MIW.areaLevel))) for step in steps]

        assert steps[-1] == place("001"), shorten(str(area))
        assert levels == sorted(set(levels), reverse=True), shorten(str(area))


def test_groups_are_described_and_have_their_countries(reference: Graph) -> None:
    """Each group has a name in both languages, and as many countries as the list marks."""
    members = Counter(reference.objects(None, MIW.inCountryGroup))
    names = Counter(
        (group, label.language)
        for group in members
        for label in reference.objects(group, SKOS.prefLabel)
        if isinstance(label, Literal)
    )

    assert members == {ID[key]: count for key, count in GROUPS.items()}
    assert names == {(ID[key], language): 1 for key in GROUPS for language in ("en", "ja")}


def test_no_two_areas_share_a_name(reference: Graph) -> None:
    """A name leads to one area, in either language."""
    areas = reference.subjects(SKOS.notation)
    labels = Counter(label for area in areas for label in reference.objects(area, SKOS.prefLabel))

    assert len(labels) == 2 * sum(LEVELS.values())


def test_what_the_list_does_not_have_is_left_out(reference: Graph) -> None:
    """An area that is not in the UN's list, as Taiwan and Sark are not, is not made up here."""
    assert {"158", "680"}.isdisjoint(codes(reference))
    assert Literal("TW") not in set(reference.objects(None, MIW.iso3166Alpha2))


def test_passages_name_areas_as_the_list_does(root: Path, reference: Graph) -> None:
    """Where a passage names an area, the words are those of the list; else they are an altLabel."""
    passages = read_files(sorted((root / "data").glob("*.trig")))
    named = [
        (shorten(str(thing)), str(label), label.language)
        for graph in passages.graphs()
        for thing, label in graph.subject_objects(SKOS.prefLabel)
        if (thing, SKOS.notation, None) in reference
    ]

    assert ("id:place-392", "Japan", "en") in named
    assert [
        each
        for each in named
        if (URIRef(ID[each[0][3:]]), SKOS.prefLabel, Literal(each[1], each[2])) not in reference
    ] == []


# The script


def run(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "tools" / "m49.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def test_files_are_what_the_script_writes(root: Path, shared: Path) -> None:
    """The kept script gives, from the table, the files as they are, letter by letter."""
    done = run(root, "--check", shared / "reference" / "m49_iso_links.csv")

    assert (done.returncode, done.stderr) == (0, "")


TABLE = """\
m49,level,parent_m49,name_en,name_ja,iso3166_alpha2,iso3166_alpha3,un_lod_iri,omg_lcc_iri,eu_country_iri,wikidata_iri,geonames_iri,ldc,lldc,sids
900,country-or-area,001,"An ""odd"" Land",国,,,http://metadata.un.org/sdg/codes/geoArea/900,,,,,0,1,
001,world,,World,世界,,,,,,,,,,
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A made-up table of two areas."""
    path = tmp_path / "areas.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_script_writes_then_finds_nothing_to_do(root: Path, table: Path, tmp_path: Path) -> None:
    """What is written passes the check; what is changed by hand does not, and is named."""
    written = run(root, table, "--data", tmp_path)
    areas = tmp_path / "reference" / "m49.ttl"
    text = areas.read_text(encoding="utf-8")
    first = run(root, "--check", table, "--data", tmp_path)
    areas.write_text(text.replace("国", "地域"), encoding="utf-8")
    second = run(root, "--check", table, "--data", tmp_path)

    assert (written.returncode, written.stderr) == (0, "")
    assert text.index("id:place-001") < text.index("id:place-900")
    assert 'An \\"odd\\" Land' in text
    assert (first.returncode, first.stderr) == (0, "")
    assert second.returncode == 1
    assert str(areas) in second.stderr
    assert "links" not in second.stderr


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param("parent_m49", "part_of", "line 1: has no column 'parent_m49'", id="column"),
        pytest.param("001,world", "900,world", "line 2: the code 900 comes twice", id="code"),
        pytest.param("country-or-area,001", "country-or-area,", "line 2: following", id="parent"),
    ],
)
def test_script_names_what_is_wrong_with_the_table(
    root: Path, table: Path, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    """A table that cannot be used is refused with the line, and nothing is written."""
    table.write_text(TABLE.replace(old, new), encoding="utf-8")

    done = run(root, table, "--data", tmp_path)

    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reference").exists()


def test_script_names_a_table_that_is_not_there(root: Path, tmp_path: Path) -> None:
    """A missing table is one sentence, not a traceback."""
    done = run(root, tmp_path / "nowhere.csv")

    assert (done.returncode, done.stderr) == (
        2,
        f"{tmp_path / 'nowhere.csv'}: No such file or directory.\n",
    )


def test_script_shows_how_to_use_it(root: Path) -> None:
    """The help has an example that can be typed."""
    assert "Example: .venv/bin/python tools/m49.py --check areas.csv" in run(root, "--help").stdout
