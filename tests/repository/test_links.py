"""Links: each comes from a row that was found and verified, and each such row is a link or not."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from rdflib import DCTERMS, FOAF, ORG, OWL, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.queries import QueryLibrary
from miwdap_kg.workshop.dataset import default_graph, read_files

MIW = Namespace(NAMESPACES["miw"])
ID = Namespace(NAMESPACES["id"])
LINK = Namespace(NAMESPACES["link"])
EUROVOC = Namespace("http://eurovoc.europa.eu/")
WIKIDATA = Namespace("http://www.wikidata.org/entity/")
UN_SDG = Namespace("http://metadata.un.org/sdg/")
AREAS = "http://metadata.un.org/sdg/codes/geoArea/"
GOALS = [str(number) for number in range(1, 18)]

METHODS = {"same-code", "published-mapping", "compared-labels", "official-page"}
PAGES = {FOAF.homepage, FOAF.page}
MAPPINGS = {
    *(SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.relatedMatch),
    *(OWL.sameAs, DCTERMS.subject, DCTERMS.type),
}

# What the working names of the rows are in this graph.
KEYS = {
    "org/mic": "mic",
    "org/mofa-japan": "mofa-japan",
    "org/g20": "g20",
    "org/un": "united-nations",
    "org/itu": "itu",
    "org/upu": "upu",
    "org/asean": "asean",
    "place/japan": "place-392",
    "place/tokyo": "place-tokyo",
    "place/chiyoda": "place-chiyoda",
    "region/africa": "place-002",
    "region/asia": "place-142",
    "region/eastern-asia": "place-030",
    "region/europe": "place-150",
    "region/north-america": "place-021",
    "region/oceania": "place-009",
    "region/south-east-asia": "place-035",
    "region/indo-pacific": "region-indo-pacific",
    "region/latin-america": "region-latin-america",
    "principle/sdgs": "principle-1",
    "principle/global-competitiveness": "principle-2",
    "principle/dfft": "principle-3",
    "principle/foip": "principle-4",
    "principle/mobilisation": "principle-5",
    "perspective/international-cooperation-sdgs": "perspective-1",
    "perspective/global-competitiveness": "perspective-2",
    "perspective/digital-strategy": "perspective-3",
    "field/ict": "field-ict",
    "field/postal": "field-postal-system",
    "field/digital-government": "field-digital-government",
    "field/statistics": "field-statistics",
    "field/fire-services": "field-fire-services",
    "field/administrative-counselling": "field-administrative-counseling",
    "field/digital-infrastructure": "field-digital-infrastructure",
    "field/digital-utilisation": "field-digital-utilization",
    "field/public-service-improvement": "field-public-service-improvements",
    "concept/digital-economy": "topic-digital-economy",
    "concept/international-cooperation": "topic-international-cooperation",
    "concept/sdgs": "topic-sdgs",
    "measure/broadband": "topic-broadband",
    "measure/human-flow-data": "topic-human-flow-data",
    "measure/internet-connectivity": "topic-internet-connectivity",
    "measure/stratospheric-platform": "topic-stratospheric-platform",
    "measure/telemedicine": "topic-telemedicine",
    "measure/telework": "topic-telework",
    "topic/5g": "topic-5g",
    "topic/covid-19": "topic-covid-19",
    "plan/miwdap2020": "plan",
    "doc/newsletter-series": "newsletter",
    "event/g20-demm-2020-04-30": "meeting-g20-2020-04-30",
    **{f"sdg/{number}": f"sdg-{number}" for number in GOALS},
}

# The rows on privacy and security together: which of our two topics they are related to.
PRIVACY_AND_SECURITY = {
    EUROVOC["5181"]: "topic-privacy",
    EUROVOC["2828"]: "topic-privacy",
    WIKIDATA.Q23647168: "topic-privacy",
    WIKIDATA.Q456632: "topic-privacy",
    EUROVOC.c_04ae3ba8: "topic-security",
}

# Rows that are no link, by working name: the key that such a thing would have here.
NOT_DESCRIBED = {
    "org/statistics-bureau": "statistics-bureau",
    "org/nta": "national-tax-agency",
    "org/digital-agency": "digital-agency",
    "law/mic-establishment-act": "law-mic-establishment-act",
    "place/kasumigaseki": "place-kasumigaseki",
    "region/middle-east": "region-middle-east",
    "concept/development-aid": "topic-development-aid",
    "concept/development-cooperation": "topic-development-cooperation",
    "concept/infrastructure": "topic-infrastructure",
    "concept/sustainable-development": "topic-sustainable-development",
    "topic/covid-19-pandemic": "topic-covid-19-pandemic",
    "sdg/3.d": "sdg-3-d",
    "sdg/9.1": "sdg-9-1",
    "sdg/9.c": "sdg-9-c",
    "sdg/9.c.1": "sdg-9-c-1",
    "sdg/16.10": "sdg-16-10",
    "sdg/17.6": "sdg-17-6",
    "sdg/17.8": "sdg-17-8",
    "sdg/17.9": "sdg-17-9",
    "sdg/17.18": "sdg-17-18",
}
NOT_ABOUT_A_THING = {
    "type/plan": "a class is mapped in the ontology, not linked as a thing",
    "type/newsletter": "a class is mapped in the ontology, not linked as a thing",
    "dataset": "the themes of the dataset itself belong to its catalogue",
}
NO_IRI = "a code of COFOG is a notation of a scheme that has no verified IRI"

# Remarks of rows that are on no link, and links that have a remark of their own.
NOT_REPEATED = {
    ID.plan: "that the page is the source of Japanese labels is said with the labels",
}
ADDED_NOTES = {ID["topic-privacy"]}


class Row(NamedTuple):
    """A verified row of the table of links."""

    thing: str
    predicate: str
    iri: str
    label: str
    seen_at: str
    note: str

    @property
    def name(self) -> str:
        return f"{self.thing} {self.predicate} {self.iri}"


class Statement(NamedTuple):
    """A link as a plain statement."""

    subject: URIRef
    predicate: URIRef
    object: URIRef | Literal


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    """The rows that were verified."""
    path = shared / "reference" / "links.csv"
    with path.open(encoding="utf-8", newline="") as file:
        verified = [each for each in csv.DictReader(file) if each["confidence"] == "verified"]
    columns = ("local_concept", "predicate", "external_iri", "label", "seen_at", "note")
    return [Row(*(each[column] for column in columns)) for each in verified]


@pytest.fixture(scope="module")
def written(root: Path) -> Graph:
    """The links that people keep."""
    return read_files([root / "data" / "links.ttl"]).default_graph


@pytest.fixture(scope="module")
def generated(root: Path) -> Graph:
    """The links of the areas of the M49 list, which a script writes."""
    return read_files([root / "data" / "links" / "m49.ttl"]).default_graph


@pytest.fixture(scope="module")
def links(written: Graph, generated: Graph) -> Graph:
    """All links."""
    return written + generated


def statements(graph: Graph) -> set[Statement]:
    """The links of *graph* as plain statements."""
    return {Statement(*each) for each in graph if str(each[0]).startswith(NAMESPACES["id"])}


def link_nodes(graph: Graph) -> Iterator[tuple[URIRef, Statement]]:
    """Yield each link that is described, with the statement that it describes."""
    for link in graph.subjects(RDF.type, MIW.Link):
        parts = (MIW.subject, MIW.predicate, MIW.object)
        yield link, Statement(*(graph.value(link, each, any=False) for each in parts))


# Rows


def expected(row: Row) -> Statement | None:
    """Return the link that a row becomes, or None where it becomes none."""
    target = URIRef(row.iri)
    if row.thing == "measure/privacy-security":
        return Statement(ID[PRIVACY_AND_SECURITY[target]], SKOS.relatedMatch, target)
    if row.thing not in KEYS or row.predicate.startswith("skos:notation"):
        return None
    thing, kind = ID[KEYS[row.thing]], row.thing.partition("/")[0]
    if row.predicate.startswith("org:identifier"):
        return Statement(thing, ORG.identifier, Literal(row.iri))
    if row.iri == f"{AREAS}419":
        # Latin America and the Caribbean is an area of the list, and no region of a policy.
        thing = ID["place-419"]
    if kind == "place" and row.predicate == "owl:sameAs":
        # Two places are one only as concepts are.
        return Statement(thing, SKOS.exactMatch, target)
    if row.predicate == "dcat:theme":
        return Statement(thing, DCTERMS.subject if kind == "plan" else SKOS.broadMatch, target)
    if kind in ("org", "event") and row.predicate.startswith("skos:"):
        # Only concepts are mapped.
        return Statement(thing, DCTERMS.subject, target)
    prefix, _, name = row.predicate.partition(":")
    return Statement(thing, URIRef(NAMESPACES[prefix] + name), target)


def test_there_are_as_many_rows_as_were_verified(rows: list[Row]) -> None:
    """The tables above are about these rows; a new row needs a decision."""
    assert len(rows) == 169


def test_each_verified_row_is_a_link(rows: list[Row], links: Graph) -> None:
    """A row on one of our things is a link of just the strength that the row has, or a weaker."""
    wanted = {row.name: statement for row in rows if (statement := expected(row)) is not None}
    found = statements(links)

    assert len(wanted) > 130
    assert [name for name, statement in wanted.items() if statement not in found] == []


def test_each_row_that_is_no_link_has_a_reason(rows: list[Row], root: Path) -> None:
    """A row is left out because we say nothing of its thing, or because it names no thing."""
    left_out = [row for row in rows if expected(row) is None]
    reasons = {
        row.name: NOT_DESCRIBED.get(row.thing)
        or NOT_ABOUT_A_THING.get(row.thing)
        or (NO_IRI if "COFOG" in row.predicate else None)
        for row in left_out
    }
    described = set(default_graph(read_files(data_files(root))).subjects(RDF.type))

    assert [name for name, reason in reasons.items() if reason is None] == []
    assert {row.thing for row in left_out} >= set(NOT_DESCRIBED) | set(NOT_ABOUT_A_THING)
    assert [key for key in NOT_DESCRIBED.values() if ID[key] in described] == []


def data_files(root: Path) -> list[Path]:
    files = (root / "data").rglob("*")
    return sorted(path for path in files if path.suffix in (".ttl", ".trig"))


def test_no_link_comes_from_nowhere(rows: list[Row], written: Graph, shared: Path) -> None:
    """A link that people keep is one of a row, or leads to a goal that the UN describes."""
    un = read_files([shared / "reference" / "un_sdg_goals_targets_indicators.ttl"]).default_graph
    goal = URIRef("http://metadata.un.org/sdg/ontology#Goal")
    goals = {
        Statement(ID[f"sdg-{number}"], SKOS.exactMatch, UN_SDG[number])
        for number in GOALS
        if (UN_SDG[number], RDF.type, goal) in un
    }
    of_rows = {expected(row) for row in rows}

    assert len(goals) == len(GOALS)
    assert goals <= statements(written)
    assert statements(written) - of_rows - goals == set()


def test_links_say_where_they_were_seen(rows: list[Row], written: Graph) -> None:
    """The place is the row's, without the searcher's remarks; of a page it is its address."""
    seen = {each: str(written.value(link, MIW.seenAt)) for link, each in link_nodes(written)}
    places = {statement: place_of(row) for row in rows if (statement := expected(row)) in seen}
    number = Statement(ID.mic, ORG.identifier, Literal("2000012020001"))

    assert seen[number].startswith(places.pop(number))
    assert {statement: seen[statement] for statement in places} == places


def place_of(row: Row) -> str:
    match row.seen_at:
        case "pages corpus":
            return row.iri
        case "www.soumu.go.jp pages":
            return "pages of www.soumu.go.jp"
        case place:
            return re.sub(r" \([^()]*\)|, \d{11}", "", place)


def test_links_keep_the_remarks_of_their_rows(rows: list[Row], written: Graph) -> None:
    """What was remarked on a row stands on the link, so that the next reader need not find out."""
    remarked = {expected(row): row for row in rows if row.note}
    noted = {each for link, each in link_nodes(written) if (link, SKOS.note, None) in written}

    assert {row.name for statement, row in remarked.items() if statement in noted}
    for statement, row in remarked.items():
        if statement in statements(written) and statement.subject not in NOT_REPEATED:
            assert statement in noted, row.name
    assert {each.subject for each in noted - set(remarked)} == ADDED_NOTES


def test_targets_have_the_name_that_their_owner_gives(
    rows: list[Row], written: Graph, shared: Path
) -> None:
    """A target has one name: EuroVoc's own, else that of the row without its remarks."""
    with (shared / "reference" / "eurovoc_subset.csv").open(encoding="utf-8", newline="") as file:
        eurovoc = {row["iri"]: row["label_en_2026"] for row in csv.DictReader(file)}
    of_rows = {row.iri: row.label for row in rows}
    targets = {each.object for each in statements(written) if isinstance(each.object, URIRef)}

    assert set(written.subjects(RDFS.label)) == targets
    for target in targets:
        label = written.value(target, RDFS.label, any=False)
        if str(target) in eurovoc:
            assert label == Literal(eurovoc[str(target)], "en"), target
        elif str(target) in of_rows:
            assert str(label) in of_rows[str(target)], target


# Links


def test_each_link_stands_as_a_statement_and_is_described(links: Graph) -> None:
    """To each plain statement there is one miw:Link, and to each miw:Link its statement."""
    described = Counter(statement for _, statement in link_nodes(links))

    assert len(described) > 1000
    assert described == Counter(statements(links))


def test_each_link_says_how_it_was_found(links: Graph) -> None:
    """Method, confidence and place stand once on each link, and the first two are known words."""
    for link, statement in link_nodes(links):
        method = str(links.value(link, MIW.method, any=False))

        assert method in METHODS, link
        assert (method == "official-page") == (statement.predicate in PAGES), link
        assert links.value(link, MIW.confidence, any=False) == Literal("verified"), link
        assert links.value(link, MIW.seenAt, any=False), link


def test_keys_of_links_say_from_where_to_where(links: Graph) -> None:
    """A key is the key of the thing, then the name of the dataset, then the name in it."""
    for link, statement in link_nodes(links):
        thing = str(statement.subject).removeprefix(NAMESPACES["id"])

        assert link == LINK[f"{thing}-{slug(statement)}"]


SLUGS = {
    "http://data.e-stat.go.jp/lod/sac/": "e-stat",
    "http://dbpedia.org/resource/": "dbpedia",
    str(EUROVOC): "eurovoc",
    AREAS: "un-geoarea",
    "http://metadata.un.org/sdg": "un-sdg",
    "http://publications.europa.eu/resource/authority/country/": "eu-country",
    "http://publications.europa.eu/resource/authority/data-theme/": "eu-data-theme",
    str(WIKIDATA): "wikidata",
    "https://sws.geonames.org/": "geonames",
    "https://www.omg.org/spec/LCC/Countries/ISO3166-1-CountryCodes/": "lcc-country",
    "https://www.omg.org/spec/LCC/Countries/UN-M49-RegionCodes/": "lcc-region",
}


def slug(statement: Statement) -> str:
    target = str(statement.object)
    if statement.predicate == ORG.identifier:
        return f"corporate-number-{target}"
    if statement.predicate == FOAF.homepage:
        return "homepage"
    if statement.predicate == FOAF.page:
        return f"page-{words(target.rpartition('/')[2].partition('.')[0])}"
    base = next(base for base in SLUGS if target.startswith(base))
    return f"{SLUGS[base]}-{words(target.removeprefix(base))}".rstrip("-")


def words(name: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name)
    return re.sub(r"[^a-z0-9]+", "-", apart.lower()).strip("-")


def test_organisations_alone_are_the_same_as_something(links: Graph) -> None:
    """owl:sameAs joins all that is said of two things, so nothing but organisations has it."""
    organisations = {ID[key] for name, key in KEYS.items() if name.startswith("org/")}

    assert set(links.subjects(OWL.sameAs)) == organisations


def test_known_traps_are_avoided(links: Graph) -> None:
    """Antitrust is not trust, one office is not all ombudsmen, one virus is not all of its kind."""
    targets = {str(each.object) for each in statements(links)}
    to_coronaviruses = set(links.predicates(None, EUROVOC.c_814bb9e4)) - {MIW.object}

    assert targets.isdisjoint({str(EUROVOC["4574"]), str(EUROVOC["2140"])})
    assert targets.isdisjoint({str(EUROVOC["2540"]), str(EUROVOC["5798"])})
    assert str(EUROVOC["1860"]) in targets
    assert to_coronaviruses == {SKOS.broadMatch}
    assert [each for each in targets if each.startswith(f"{WIKIDATA}Q1023")] == []


# Linksets


def test_each_link_is_in_a_linkset(graph: KnowledgeGraph, links: Graph, root: Path) -> None:
    """The linksets hold every link that leads to a dataset, so no dataset is forgotten."""
    library = QueryLibrary.read(root / "queries")
    counted = graph.select(library["linksets"].text).to_dicts()
    listed = graph.select(library["link-targets"].text).to_dicts()
    mappings = [each for each in statements(links) if each.predicate in MAPPINGS]

    assert sum(int(row["links"]) for row in counted) == len(mappings)
    assert Counter(row["dataset"] for row in listed) == sum(
        (Counter({row["dataset"]: int(row["links"])}) for row in counted), Counter()
    )
