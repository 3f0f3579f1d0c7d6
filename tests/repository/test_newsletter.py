"""The newsletter: each of its 64 statements is in the graph of its passage, and nothing beyond."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from rdflib import DCTERMS, ORG, PROV, RDF, SKOS, Dataset, Graph, Literal, Namespace, URIRef
from rdflib.namespace import FOAF

from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.workshop.dataset import named_graphs, read_rdf

MIW = Namespace(NAMESPACES["miw"])
ID = Namespace(NAMESPACES["id"])
OA = Namespace(NAMESPACES["oa"])
SCHEMA = Namespace(NAMESPACES["schema"])
VCARD = Namespace(NAMESPACES["vcard"])
Triple = tuple[URIRef, URIRef, URIRef | Literal]

PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMESPACES.items())
FIELDS = "id:field-ict, id:field-postal-system, id:field-digital-government, id:field-statistics"
MEASURES = ("1", "1a", "1b", "2", "3", "3a", "3b")
TITLE = "The MIC World Development Action Plan 2020"
POLICY = "basic policy on Japan's institutional and business expansion in the world for the future"
SUPPORT = (
    "has been supporting the global expansion of Japanese businesses in a wide range of fields"
)
IN_ORDER = (
    "ICT, postal system, digital government, statistics, fire services, "
    "and administrative counseling systems"
)
SELECTION = (
    "focus on and promote initiatives with consideration of country- and region-specific fields "
    "in combination"
)
HEADLINE = f'MIC formulated \\"{TITLE}\\" (MIWDAP2020)'

# Each number is one of the newsletter's statements; the triples are those that carry it.
STATEMENTS = {
    # A. The publication itself
    1: """
        id:newsletter-31-2 prov:wasAttributedTo id:international-policy-division .
        id:international-policy-division a org:OrganizationalUnit ;
            skos:prefLabel "International Policy Division"@en ;
            org:unitOf id:global-strategy-bureau .
        id:global-strategy-bureau a org:OrganizationalUnit ;
            skos:prefLabel "Global Strategy Bureau"@en .
    """,
    2: """
        id:newsletter a schema:Periodical ; skos:prefLabel "CT × Japan"@en ;
            dcterms:title "CT × Japan -Policy Information -"@en .
    """,
    3: """
        id:newsletter-31-2 a miw:SourceDocument ; schema:genre "Newsletter"@en ;
            dcterms:publisher id:mic .
        id:newsletter dcterms:publisher id:mic .
        id:mic a org:FormalOrganization ;
            skos:prefLabel "Ministry of Internal Affairs and Communications"@en ;
            skos:altLabel "MIC"@en ; dcterms:spatial id:place-392 .
        id:place-392 a miw:Place ; skos:prefLabel "Japan"@en .
    """,
    4: """
        id:newsletter-31-2 dcterms:rights
            "Please Feel free to use articles in this publication, with proper credits."@en .
    """,
    5: f"""
        id:newsletter-31-2 dcterms:title "{HEADLINE}"@en .
        id:newsletter-31-2-article a schema:Article ; skos:prefLabel "{HEADLINE}"@en ;
            schema:isPartOf id:newsletter-31-2 ; schema:about id:plan .
        id:plan a miw:Plan ; miw:formulatedBy id:mic .
    """,
    6: 'id:mic skos:prefLabel "総務省"@ja .',
    7: 'id:newsletter-31-2-article schema:articleSection "TOPIC"@en .',
    8: """
        id:newsletter-31-2 a schema:PublicationIssue ; schema:issueNumber "2" ;
            schema:isPartOf id:newsletter-31 .
        id:newsletter-31 a schema:PublicationVolume ; schema:volumeNumber "31" ;
            schema:isPartOf id:newsletter .
    """,
    9: """
        id:newsletter-31-2 schema:datePublished "2020-09-10"^^xsd:date ;
            miw:publishedOn "2020-09-10"^^xsd:date .
    """,
    10: """
        id:newsletter-31-2 dcat:contactPoint id:international-policy-division .
        id:international-policy-division org:unitOf id:global-strategy-bureau .
        id:global-strategy-bureau org:unitOf id:mic .
    """,
    11: """
        id:international-policy-division vcard:hasAddress id:address-mic .
        id:mic vcard:hasAddress id:address-mic .
        id:address-mic a vcard:Address ; vcard:street-address "2-1-2 Kasumigaseki" ;
            vcard:locality "Chiyoda-ku" ; vcard:region "Tokyo" ; vcard:postal-code "100-8926" ;
            vcard:country-name "Japan" ; dcterms:spatial id:place-chiyoda .
        id:place-chiyoda a miw:Place ; skos:prefLabel "Chiyoda-ku"@en ;
            dcterms:isPartOf id:place-tokyo .
        id:place-tokyo a miw:Place ; skos:prefLabel "Tokyo"@en ; dcterms:isPartOf id:place-392 .
    """,
    12: """
        id:international-policy-division vcard:hasTelephone <tel:+81-3-5253-5924> .
        <tel:+81-3-5253-5924> a vcard:Fax .
    """,
    # B. The plan: names, dates, who, what
    13: f'id:plan a miw:Plan ; skos:prefLabel "{TITLE}"@en .',
    14: 'id:plan skos:altLabel "MIWDAP2020"@en .',
    15: f"""
        id:plan skos:prefLabel "{TITLE}"@en ; skos:altLabel "MIWDAP2020"@en ; skos:note
            "The <u>MIC W</u>orld <u>D</u>evelopment <u>A</u>ction <u>P</u>lan 2020"@en .
    """,
    16: "id:basic-policy a miw:Policy ; miw:formulatedBy id:mic .",
    17: f"""
        id:basic-policy skos:prefLabel "{POLICY}"@en ;
            miw:about id:topic-institutional-expansion, id:topic-business-expansion .
        id:topic-institutional-expansion a miw:Topic ;
            skos:prefLabel "Japan's institutional expansion in the world"@en .
        id:topic-business-expansion a miw:Topic ;
            skos:prefLabel "Japan's business expansion in the world"@en .
    """,
    18: 'id:basic-policy miw:formulatedOn "2020-04-30"^^xsd:date .',
    19: """
        id:plan skos:altLabel "Action Plan of support for development 2020"@en ;
            miw:formulatedBy id:mic ; dcterms:relation id:basic-policy ; skos:historyNote
            "Then MIC made its Action Plan of support for development 2020"@en .
    """,
    20: 'id:plan miw:purpose "defines specific actions to be taken"@en .',
    21: f"""
        id:mic miw:approach "{SUPPORT}"@en .
        id:topic-business-expansion skos:altLabel "global expansion of Japanese businesses"@en .
    """,
    22: f"""
        id:newsletter-31-2 miw:hasEnumeration id:list-six-fields .
        id:list-six-fields a miw:Enumeration ; miw:enumerates miw:Field ; miw:isOpen true ;
            miw:about id:topic-business-expansion ; skos:note "{IN_ORDER}"@en ;
            miw:listsMember {FIELDS}, id:field-fire-services, id:field-administrative-counseling .
        id:field-ict a miw:Field ; skos:prefLabel "ICT"@en .
        id:field-postal-system a miw:Field ; skos:prefLabel "postal system"@en .
        id:field-digital-government a miw:Field ; skos:prefLabel "digital government"@en .
        id:field-statistics a miw:Field ; skos:prefLabel "statistics"@en .
        id:field-fire-services a miw:Field ; skos:prefLabel "fire services"@en .
        id:field-administrative-counseling a miw:Field ;
            skos:prefLabel "administrative counseling systems"@en .
    """,
    23: """
        id:mic miw:addresses id:topic-global-issues .
        id:topic-global-issues a miw:Topic ; skos:prefLabel "global issues"@en .
    """,
    24: """
        id:mic miw:addresses id:topic-covid-19 .
        id:topic-covid-19 a miw:Topic ; skos:prefLabel "COVID-19"@en ;
            skos:altLabel "novel coronavirus disease"@en ; skos:broader id:topic-global-issues .
    """,
    25: """
        id:place-392 miw:approach
            "utilizing Japan's innovative technology and high-quality services"@en .
    """,
    26: """
        id:place-392 miw:addresses id:topic-global-issues ;
            skos:note "will be able to contribute further to solving global issues"@en .
    """,
    27: """
        id:place-392 miw:addresses id:topic-sdgs .
        id:topic-sdgs a miw:Topic ; skos:prefLabel "SDGs"@en ;
            skos:broader id:topic-global-issues ; miw:formulatedBy id:united-nations .
        id:united-nations a org:FormalOrganization ; skos:prefLabel "United Nations"@en .
    """,
    28: """
        id:plan miw:commitment "MIC will make full use of its policy resources"@en ;
            miw:about id:topic-policy-resources .
        id:topic-policy-resources a miw:Topic ; skos:prefLabel "policy resources"@en .
    """,
    29: 'id:plan miw:purpose "to contribute to the further development of the world"@en .',
    # C. Five principles
    30: """
        id:plan miw:hasEnumeration id:list-five-principles .
        id:list-five-principles a miw:Enumeration ;
            skos:prefLabel "MIC's Five Principles of World Development"@en ;
            skos:altLabel "Basic Philosophy"@en ; miw:enumerates miw:Principle ;
            miw:statedCount 5 ; miw:isOpen false .
    """,
    31: """
        id:list-five-principles miw:statedCount 5 ; prov:wasAttributedTo id:mic ;
            miw:purpose "will serve as MIC's basic philosophy"@en .
        id:principle-1 miw:formulatedBy id:mic . id:principle-2 miw:formulatedBy id:mic .
        id:principle-3 miw:formulatedBy id:mic . id:principle-4 miw:formulatedBy id:mic .
        id:principle-5 miw:formulatedBy id:mic .
    """,
    32: """
        id:list-five-principles miw:purpose
            "to exercise its comprehensive strengths in diplomatic arena sufficiently"@en .
    """,
    33: """
        id:plan miw:hasPrinciple id:principle-1 .
        id:list-five-principles miw:listsMember id:principle-1 .
        id:principle-1 a miw:Principle ; miw:ordinal 1 ; skos:prefLabel "Promotion of SDGs"@en ;
            miw:about id:topic-sdgs .
    """,
    34: """
        id:plan miw:hasPrinciple id:principle-2 .
        id:list-five-principles miw:listsMember id:principle-2 .
        id:principle-2 a miw:Principle ; miw:ordinal 2 ;
            skos:prefLabel "Enhancement of global competitiveness"@en ;
            miw:about id:topic-global-competitiveness .
        id:topic-global-competitiveness a miw:Topic ; skos:prefLabel "global competitiveness"@en .
    """,
    35: """
        id:plan miw:hasPrinciple id:principle-3 .
        id:list-five-principles miw:listsMember id:principle-3 .
        id:principle-3 a miw:Principle ; miw:ordinal 3 ; skos:altLabel "DFFT"@en ;
            skos:prefLabel "Promotion of Data Free Flow with Trust (DFFT)"@en ;
            miw:about id:topic-dfft .
        id:topic-dfft a miw:Topic ; skos:altLabel "DFFT"@en ;
            skos:prefLabel "Data Free Flow with Trust"@en .
    """,
    36: """
        id:plan miw:hasPrinciple id:principle-4 .
        id:list-five-principles miw:listsMember id:principle-4 .
        id:principle-4 a miw:Principle ; miw:ordinal 4 ; skos:altLabel "FOIP"@en ;
            skos:prefLabel "Realization of the Free and Open Indo-Pacific (FOIP) Strategy"@en ;
            miw:about id:topic-foip .
        id:topic-foip a miw:Topic ; skos:prefLabel "Free and Open Indo-Pacific"@en ;
            skos:altLabel "FOIP"@en, "Free and Open Indo-Pacific (FOIP) Strategy"@en ;
            dcterms:spatial id:region-indo-pacific .
        id:region-indo-pacific a miw:PolicyRegion ; skos:prefLabel "Indo-Pacific"@en .
    """,
    37: """
        id:plan miw:hasPrinciple id:principle-5 .
        id:list-five-principles miw:listsMember id:principle-5 .
        id:principle-5 a miw:Principle ; miw:ordinal 5 ;
            skos:prefLabel "Total Mobilization of Policy Resources"@en ;
            miw:about id:topic-policy-resources .
    """,
    # D. Twenty projects
    38: """
        id:plan miw:hasEnumeration id:list-twenty-projects .
        id:list-twenty-projects a miw:Enumeration ; skos:prefLabel "Twenty (20) Projects"@en ;
            skos:altLabel "Priority Promotion Projects"@en ; miw:enumerates miw:Project ;
            miw:statedCount 20 ; miw:isOpen false ; miw:duration "P3Y"^^xsd:duration .
    """,
    39: """
        id:list-twenty-projects miw:about id:topic-policy-resources ;
            miw:purpose "To effectively use the limited policy resources"@en .
    """,
    40: """
        id:list-twenty-projects miw:guidedBy id:principle-1, id:principle-2, id:principle-3,
            id:principle-4, id:principle-5 .
        id:list-five-principles skos:altLabel "five principles of world development"@en .
    """,
    41: f'id:list-twenty-projects miw:approach "{SELECTION}"@en .',
    42: """
        id:plan miw:hasEnumeration id:list-three-perspectives .
        id:list-three-perspectives a miw:Enumeration ; skos:prefLabel "three perspectives"@en ;
            miw:enumerates miw:Perspective ; miw:statedCount 3 ; miw:isOpen false ;
            prov:wasAttributedTo id:mic .
        id:perspective-1 miw:formulatedBy id:mic . id:perspective-2 miw:formulatedBy id:mic .
        id:perspective-3 miw:formulatedBy id:mic .
        id:list-twenty-projects miw:approach "first, MIC has set three perspectives"@en .
    """,
    43: """
        id:plan miw:hasPerspective id:perspective-1 .
        id:list-three-perspectives miw:listsMember id:perspective-1 .
        id:perspective-1 a miw:Perspective ; miw:ordinal 1 ; skos:prefLabel
        "Promotion of international cooperation toward the achievement of the SDGs"@en ;
            miw:about id:topic-international-cooperation, id:topic-sdgs .
        id:topic-international-cooperation a miw:Topic ;
            skos:prefLabel "international cooperation"@en .
    """,
    44: """
        id:plan miw:hasPerspective id:perspective-2 .
        id:list-three-perspectives miw:listsMember id:perspective-2 .
        id:perspective-2 a miw:Perspective ; miw:ordinal 2 ;
            skos:prefLabel "Enhancement of global competitiveness"@en ;
            miw:about id:topic-global-competitiveness .
    """,
    45: """
        id:plan miw:hasPerspective id:perspective-3 .
        id:list-three-perspectives miw:listsMember id:perspective-3 .
        id:perspective-3 a miw:Perspective ; miw:ordinal 3 ;
            skos:prefLabel "Promotion of international digital strategy"@en ;
            miw:about id:topic-international-digital-strategy .
        id:topic-international-digital-strategy a miw:Topic ;
            skos:prefLabel "international digital strategy"@en .
    """,
    46: """
        id:list-twenty-projects miw:statedCount 20 ; prov:wasAttributedTo id:mic ;
            miw:basedOn id:perspective-1, id:perspective-2, id:perspective-3 .
    """,
    47: """
        id:plan miw:hasEnumeration id:list-major-fields .
        id:list-twenty-projects miw:selectedFrom id:list-major-fields .
        id:list-major-fields a miw:Enumeration ; skos:prefLabel "major fields"@en ;
            miw:enumerates miw:Field ; miw:isOpen true ;
            miw:listsMember id:field-digital-infrastructure, id:field-digital-utilization,
                id:field-public-service-improvements .
        id:field-digital-infrastructure a miw:Field ; skos:prefLabel "digital infrastructure"@en .
        id:field-digital-utilization a miw:Field ; skos:prefLabel "digital utilization"@en .
        id:field-public-service-improvements a miw:Field ;
            skos:prefLabel "public service improvements"@en .
    """,
    48: """
        id:list-twenty-projects miw:duration "P3Y"^^xsd:duration ;
            miw:about id:topic-policy-resources ; miw:commitment
            "MIC will focus policy resources over the next three years"@en .
    """,
    49: """
        id:list-twenty-projects miw:commitment
            "will continue to strengthen and follow up on the projects"@en .
    """,
    # E. COVID-19 measures
    50: """
        id:plan miw:hasEnumeration id:list-covid-19-efforts .
        id:list-covid-19-efforts a miw:Enumeration ; miw:about id:topic-covid-19 ; skos:prefLabel
        "Further Enhancement of Initiatives based on Measures against COVID-19"@en .
    """,
    51: """
        id:meeting-g20-2020-04-30 a miw:Meeting ; miw:heldOn "2020-04-30"^^xsd:date ;
            skos:prefLabel "Extraordinary G20 Digital Economy Ministerial Meeting"@en ;
            schema:eventAttendanceMode schema:OnlineEventAttendanceMode ;
            skos:note "held as a video conference"@en ; miw:about id:topic-digital-economy ;
            prov:wasAssociatedWith id:g20 .
        id:g20 a org:Organization ; skos:prefLabel "G20"@en .
        id:topic-digital-economy a miw:Topic ; skos:prefLabel "digital economy"@en .
    """,
    52: """
        id:ministerial-statement-2020-04-30 a miw:MinisterialStatement ;
            skos:prefLabel "urgent ministerial statement"@en ;
            miw:issuedAt id:meeting-g20-2020-04-30 .
    """,
    53: """
        id:ministerial-statement-2020-04-30 miw:respondsTo id:topic-covid-19 ; miw:purpose
            "to counter the spread of the infection under reinforced cooperation"@en .
    """,
    54: """
        id:list-covid-19-efforts prov:wasAttributedTo id:mic ; miw:commitment
            "for the time being, MIC will focus on and promote measures"@en .
    """
    + "".join(
        f"id:measure-{each} miw:basedOn id:ministerial-statement-2020-04-30 .\n"
        for each in MEASURES
    ),
    55: 'id:list-covid-19-efforts miw:purpose "contribute to counter the infectious disease"@en .\n'
    + "".join(f"id:measure-{each} miw:respondsTo id:topic-covid-19 .\n" for each in MEASURES),
    56: """
        id:list-covid-19-efforts miw:enumerates miw:Measure ; miw:isOpen true ;
            skos:altLabel "Examples of specific efforts"@en .
    """,
    57: """
        id:plan miw:hasInitiative id:measure-1 .
        id:list-covid-19-efforts miw:listsMember id:measure-1 .
        id:measure-1 a miw:Measure ; skos:notation "1" ; skos:prefLabel
        "Improvements in Internet connectivity by digital infrastructure reinforcement"@en ;
            miw:purpose "Improvements in Internet connectivity"@en ;
            miw:approach "by digital infrastructure reinforcement"@en ;
            miw:about id:topic-internet-connectivity .
        id:topic-internet-connectivity a miw:Topic ; skos:prefLabel "Internet connectivity"@en .
    """,
    58: """
        id:plan miw:hasInitiative id:measure-1a .
        id:list-covid-19-efforts miw:listsMember id:measure-1a .
        id:measure-1a a miw:Measure ; skos:notation "1-a" ; miw:broaderInitiative id:measure-1 ;
            skos:prefLabel "Construction of a stratospheric platform"@en ;
            miw:about id:topic-stratospheric-platform .
        id:topic-stratospheric-platform a miw:Topic ; skos:prefLabel "stratospheric platform"@en .
    """,
    59: """
        id:plan miw:hasInitiative id:measure-1b .
        id:list-covid-19-efforts miw:listsMember id:measure-1b .
        id:measure-1b a miw:Measure ; skos:notation "1-b" ; miw:broaderInitiative id:measure-1 ;
            skos:prefLabel "Support for the development of a broadband communications network"@en ;
            miw:about id:topic-broadband .
        id:topic-broadband a miw:Topic ; skos:prefLabel "broadband communications network"@en .
    """,
    60: """
        id:plan miw:hasInitiative id:measure-2 .
        id:list-covid-19-efforts miw:listsMember id:measure-2 .
        id:measure-2 a miw:Measure ; skos:notation "2" ; skos:prefLabel
        "Promotion of data utilization that protects and ensures people's privacy and security"@en ;
            miw:approach "protects and ensures people's privacy and security"@en ;
            miw:about id:topic-data-utilization, id:topic-privacy, id:topic-security .
        id:topic-data-utilization a miw:Topic ; skos:prefLabel "data utilization"@en .
        id:topic-privacy a miw:Topic ; skos:prefLabel "privacy"@en .
        id:topic-security a miw:Topic ; skos:prefLabel "security"@en .
    """,
    61: """
        id:measure-2 miw:about id:topic-human-flow-data ; miw:approach
            "Cooperation by providing tools for analyzing human flow data"@en .
        id:topic-human-flow-data a miw:Topic ; skos:prefLabel "human flow data"@en .
    """,
    62: """
        id:plan miw:hasInitiative id:measure-3 .
        id:list-covid-19-efforts miw:listsMember id:measure-3 .
        id:measure-3 a miw:Measure ; skos:notation "3" ; skos:prefLabel
        "Promoting the utilization of digital technologies, such as telemedicine and telework"@en ;
            miw:about id:topic-digital-technologies, id:topic-telemedicine, id:topic-telework .
        id:topic-digital-technologies a miw:Topic ; skos:prefLabel "digital technologies"@en .
        id:topic-telemedicine a miw:Topic ; skos:prefLabel "telemedicine"@en ;
            skos:broader id:topic-digital-technologies .
        id:topic-telework a miw:Topic ; skos:prefLabel "telework"@en ;
            skos:broader id:topic-digital-technologies .
    """,
    63: """
        id:plan miw:hasInitiative id:measure-3a .
        id:list-covid-19-efforts miw:listsMember id:measure-3a .
        id:measure-3a a miw:Measure ; skos:notation "3-a" ; miw:broaderInitiative id:measure-3 ;
            skos:prefLabel "Expansion in the world of the telemedicine system"@en ;
            miw:about id:topic-telemedicine .
    """,
    64: """
        id:plan miw:hasInitiative id:measure-3b .
        id:list-covid-19-efforts miw:listsMember id:measure-3b .
        id:measure-3b a miw:Measure ; skos:notation "3-b" ; miw:broaderInitiative id:measure-3 ;
            skos:prefLabel "Survey of advanced cases of initiatives, such as telework"@en ;
            miw:about id:topic-telework .
    """,
}


class Quote(NamedTuple):
    """A row of the list of statements: the line of the newsletter and the words on it."""

    line: int
    words: str


@pytest.fixture(scope="module")
def newsletter(root: Path) -> Dataset:
    """What the file of the newsletter says: passages in the default graph, statements in theirs."""
    return read_rdf(root / "data" / "newsletter.trig")


@pytest.fixture(scope="module")
def stated(newsletter: Dataset) -> Graph:
    """All that the newsletter states, without what the project says about its passages."""
    union = Graph()
    for _, graph in named_graphs(newsletter):
        union += graph
    return union


@pytest.fixture(scope="module")
def text(shared: Path) -> str:
    """The newsletter's text, with its line ends as they are."""
    return (shared / "sources" / "newsletter-vol31-no2.txt").read_bytes().decode("utf-8")


@pytest.fixture(scope="module")
def quotes(shared: Path) -> dict[int, Quote]:
    """The list of statements, by number."""
    table = (shared / "sources" / "newsletter_statements.md").read_text(encoding="utf-8")
    rows = re.findall(r'^\| S(\d\d) \| (\d+) \| "(.+?)" \| ', table, re.MULTILINE)
    return {int(number): Quote(int(line), words) for number, line, words in rows}


def passage(number: int) -> URIRef:
    return URIRef(f"{NAMESPACES['passage']}newsletter-{number}")


def value(newsletter: Dataset, number: int, predicate: URIRef) -> str | None:
    found = newsletter.default_graph.value(passage(number), predicate, any=False)
    return None if found is None else str(found)


def readable(triples: Iterator[Triple] | set[Triple]) -> list[str]:
    return sorted(
        " ".join(shorten(term) if isinstance(term, URIRef) else term.n3() for term in triple)
        for triple in triples
    )


def triples_of(number: int) -> set[Triple]:
    return set(Graph().parse(data=PREFIXES + STATEMENTS[number], format="turtle"))


# What it says


def test_the_table_holds_all_statements():
    """The table names each of the 64 statements, and at least one triple for each."""
    assert list(range(1, 65)) == sorted(STATEMENTS)
    assert [number for number in STATEMENTS if not triples_of(number)] == []


def test_each_statement_has_its_passage(newsletter: Dataset):
    """The file has one graph for each statement and no other."""
    names = {name for name, _ in named_graphs(newsletter)}

    assert {passage(number) for number in range(1, 65)} == names


@pytest.mark.parametrize("number", STATEMENTS, ids=lambda number: f"S{number:02}")
def test_the_passage_carries_its_statement(newsletter: Dataset, number: int):
    """Each triple that carries a statement is in the graph of its passage."""
    missing = triples_of(number) - set(newsletter.graph(passage(number)))

    assert readable(missing) == []


def test_measures_form_a_tree_of_two_levels(stated: Graph):
    """Measures 1 and 3 have two parts each, measure 2 has none."""
    tree = {(str(child), str(parent)) for child, parent in stated[: MIW.broaderInitiative]}

    assert tree == {
        (ID["measure-1a"].toPython(), ID["measure-1"].toPython()),
        (ID["measure-1b"].toPython(), ID["measure-1"].toPython()),
        (ID["measure-3a"].toPython(), ID["measure-3"].toPython()),
        (ID["measure-3b"].toPython(), ID["measure-3"].toPython()),
    }


@pytest.mark.parametrize(
    ("key", "stated_count", "listed", "is_open"),
    [
        ("list-five-principles", 5, 5, False),
        ("list-three-perspectives", 3, 3, False),
        ("list-six-fields", None, 6, True),
        ("list-major-fields", None, 3, True),
        ("list-twenty-projects", 20, 0, False),
        ("list-covid-19-efforts", None, 7, True),
    ],
)
def test_lists_say_what_is_known(
    stated: Graph, key: str, stated_count: int | None, listed: int, is_open: bool
):
    """A list gives the number stated, the members named, and whether there may be more."""
    found = stated.value(ID[key], MIW.statedCount, any=False)

    assert stated_count == (None if found is None else found.toPython())
    assert listed == len(set(stated[ID[key] : MIW.listsMember]))
    assert is_open is stated.value(ID[key], MIW.isOpen, any=False).toPython()


# The words it is read from


def test_the_text_is_the_one_that_was_read(newsletter: Dataset, text: str):
    """The checksum is that of the newsletter's text."""
    known = newsletter.default_graph.value(ID["newsletter-31-2"], MIW.textSha256, any=False)

    assert hashlib.sha256(text.encode()).hexdigest() == str(known)


def test_the_list_of_statements_is_read_whole(quotes: dict[int, Quote]):
    """The list beside the project has the same 64 statements as the table above."""
    assert sorted(STATEMENTS) == sorted(quotes)


@pytest.mark.parametrize("number", STATEMENTS, ids=lambda number: f"S{number:02}")
def test_the_quote_is_that_of_the_list(newsletter: Dataset, quotes: dict[int, Quote], number: int):
    """A passage has the words and the line of the list of statements."""
    line = value(newsletter, number, MIW.line)

    assert quotes[number].words == value(newsletter, number, MIW.quote)
    assert str(quotes[number].line) == line


@pytest.mark.parametrize("number", STATEMENTS, ids=lambda number: f"S{number:02}")
def test_the_quote_stands_at_its_position(newsletter: Dataset, text: str, number: int):
    """The text between start and end is the quote, and begins on the line named."""
    quote = value(newsletter, number, MIW.quote)
    start, end = (int(value(newsletter, number, edge) or -1) for edge in (MIW.start, MIW.end))

    assert quote == text[start:end]
    assert int(value(newsletter, number, MIW.line) or 0) == text.count("\n", 0, start) + 1


@pytest.mark.parametrize("number", STATEMENTS, ids=lambda number: f"S{number:02}")
def test_the_quote_can_be_found_by_its_words(newsletter: Dataset, text: str, number: int):
    """A quote is unique in the text, or is so with the words around it; then only they stand."""
    quote = value(newsletter, number, MIW.quote) or ""
    prefix, suffix = (value(newsletter, number, edge) for edge in (OA.prefix, OA.suffix))
    start = int(value(newsletter, number, MIW.start) or -1)

    if text.count(quote) == 1:
        assert (prefix, suffix) == (None, None)
    else:
        assert text.count(f"{prefix}{quote}{suffix}") == 1
        assert text.startswith(f"{prefix}{quote}{suffix}", start - len(prefix or ""))


@pytest.mark.parametrize("number", STATEMENTS, ids=lambda number: f"S{number:02}")
def test_quotes_are_short(newsletter: Dataset, number: int):
    """A quote carries the statement and no more: at most 30 words."""
    words = (value(newsletter, number, MIW.quote) or "").split()

    assert 1 <= len(words) <= 30


def test_passages_stand_in_the_order_of_the_text(root: Path):
    """The file can be read beside the newsletter."""
    lines = (root / "data" / "newsletter.trig").read_text(encoding="utf-8")
    starts = [int(start) for start in re.findall(r" ; miw:start (\d+) ; ", lines)]

    assert len(starts) == 64
    assert sorted(starts) == starts


def test_sections_are_words_of_the_text(newsletter: Dataset, text: str):
    """The name of a section is part of its heading."""
    sections = {str(name) for name in newsletter.default_graph.objects(None, MIW.section)}

    assert len(sections) == 4
    assert [name for name in sections if name not in text] == []


# What it does not say


def things(stated: Graph, name: str) -> set[URIRef]:
    return {URIRef(str(thing)) for thing in stated.subjects(RDF.type, MIW[name])}


def between(stated: Graph, some: set[URIRef], others: set[URIRef]) -> list[str]:
    """Return the triples that lead from one set of things to the other, either way."""
    return readable(
        (subject, predicate, value)
        for subject, predicate, value in stated
        if (subject in some and value in others) or (subject in others and value in some)
    )


def test_no_project_is_named(stated: Graph):
    """None of the Twenty is named, and the measures are not said to be among them (F 1)."""
    measures = things(stated, "Measure")

    assert set() == things(stated, "Project")
    assert list(stated[ID["list-twenty-projects"] : MIW.listsMember]) == []
    assert {ID[f"measure-{each}"] for each in MEASURES} == measures
    assert measures == set(stated[ID.plan : MIW.hasInitiative])
    assert between(stated, measures, {ID["list-twenty-projects"]}) == []


def test_nothing_is_placed_in_a_field(stated: Graph):
    """Which initiative stands in which field is not said (F 2)."""
    initiatives = things(stated, "Measure") | {ID["list-twenty-projects"]}

    assert readable(stated.triples((None, MIW.inField, None))) == []
    assert between(stated, initiatives, things(stated, "Field")) == []


def test_no_measure_is_tied_to_a_principle_or_perspective(stated: Graph):
    """Only the whole sets guide the selection of the Twenty (F 3)."""
    thoughts = things(stated, "Principle") | things(stated, "Perspective")

    assert between(stated, things(stated, "Measure"), thoughts) == []
    assert {ID["list-twenty-projects"]} == set(stated.subjects(MIW.guidedBy, None))


def test_no_partner_country_is_named(stated: Graph):
    """Places are the address, the ministry's country, and a word inside FOIP (F 4)."""
    spatial = {(str(thing), str(place)) for thing, place in stated[: DCTERMS.spatial]}

    assert readable(stated.triples((None, MIW.inPlace, None))) == []
    assert readable(stated.triples((None, MIW.inRegion, None))) == []
    assert spatial == {
        (str(ID.mic), str(ID["place-392"])),
        (str(ID["address-mic"]), str(ID["place-chiyoda"])),
        (str(ID["topic-foip"]), str(ID["region-indo-pacific"])),
    }
    assert {ID["place-392"], ID["place-tokyo"], ID["place-chiyoda"]} == things(stated, "Place")


def test_the_division_only_issues_the_newsletter(stated: Graph):
    """No bureau, office or person is responsible for the plan or a measure (F 5)."""
    units = set(stated.subjects(RDF.type, ORG.OrganizationalUnit))

    assert {ID["newsletter-31-2"]} == {
        thing for unit in units for thing in stated.subjects(None, unit) if thing not in units
    }
    assert list(stated.subjects(RDF.type, FOAF.Person)) == []
    assert readable(stated.triples((None, MIW.conductedBy, None))) == []


def test_the_only_japanese_is_the_name_of_the_ministry(stated: Graph):
    """No Japanese title stands in the newsletter (F 6)."""
    japanese = {
        value for value in stated.objects() if isinstance(value, Literal) and value.language == "ja"
    }

    assert {Literal("総務省", lang="ja")} == japanese


def test_the_plan_has_no_date(stated: Graph):
    """Only the basic policy, the meeting and the issue are dated (F 7)."""
    dates = {
        (shorten(thing), str(value))
        for thing, _, value in stated
        if isinstance(value, Literal) and re.match(r"\d{4}-\d\d", str(value))
    }

    assert dates == {
        ("id:basic-policy", "2020-04-30"),
        ("id:meeting-g20-2020-04-30", "2020-04-30"),
        ("id:newsletter-31-2", "2020-09-10"),
    }


def test_the_three_years_have_no_start_and_no_end(stated: Graph):
    """The next three years are a length of time, not a period (F 8)."""
    assert readable(stated.triples((None, SCHEMA.startDate, None))) == []
    assert readable(stated.triples((None, SCHEMA.endDate, None))) == []


def test_the_two_lists_of_fields_stay_apart(stated: Graph):
    """No field of one list is mapped to a field of the other (F 9)."""
    six, major = (
        {URIRef(str(field)) for field in stated[ID[f"list-{name}-fields"] : MIW.listsMember]}
        for name in ("six", "major")
    )

    assert set() == six & major
    assert between(stated, six, major) == []
    assert between(stated, {ID["list-six-fields"]}, {ID["list-major-fields"]}) == []


def test_principles_and_perspectives_stay_apart(stated: Graph):
    """Equal words are no relation between a principle and a perspective (F 10)."""
    assert between(stated, things(stated, "Principle"), things(stated, "Perspective")) == []


def test_no_money_no_target_no_other_plan(stated: Graph):
    """The newsletter has no figure and names no plan before or after (F 11)."""
    assert set() == things(stated, "Figure")
    assert {ID.plan} == things(stated, "Plan")
    assert readable(stated.triples((None, DCTERMS.replaces, None))) == []


def test_the_meeting_has_no_host(stated: Graph):
    """Place, presidency and participants are not said, nor whether MIC took part (F 12)."""
    meeting = ID["meeting-g20-2020-04-30"]

    assert [ID.g20] == list(stated[meeting : PROV.wasAssociatedWith])
    assert readable(stated.triples((None, MIW.presidency, None))) == []
    assert between(stated, {meeting}, {ID.mic} | things(stated, "Place")) == []


def test_the_only_contact_is_the_fax(stated: Graph):
    """No phone, e-mail, address on the web or named licence (F 13)."""
    numbers = set(stated.objects(None, VCARD.hasTelephone))
    foreign = {
        str(value)
        for value in stated.objects()
        if str(value).startswith(("mailto:", "http")) and shorten(value).startswith("<")
    }

    assert {URIRef("tel:+81-3-5253-5924")} == numbers
    assert VCARD.Fax in stated[next(iter(numbers)) : RDF.type]
    assert set() == foreign
    assert readable(stated.triples((None, DCTERMS.license, None))) == []


@pytest.mark.parametrize("word", ["HAPS", "5G", "submarine", "cybersecurity", "smart city", "ISDB"])
def test_words_of_other_documents_do_not_slip_in(stated: Graph, word: str):
    """What the newsletter does not name stands in no text of its passages (F 14)."""
    texts = [str(value) for value in stated.objects() if isinstance(value, Literal)]

    assert [each for each in texts if word.lower() in each.lower()] == []


def test_labels_are_words_of_the_newsletter(stated: Graph, text: str):
    """Labels of principles, perspectives, fields and measures are its words letter by letter."""
    named = [
        thing
        for name in ("Principle", "Perspective", "Field", "Measure")
        for thing in things(stated, name)
    ]
    labels = {str(label) for thing in named for label in stated[thing : SKOS.prefLabel]}

    assert len(named) == 5 + 3 + 9 + 7
    assert [label for label in labels if label not in text] == []
