"""The other sources: each fact that was read in one is in a passage of it, and no guess is."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import RDF, SKOS, Dataset, Graph, Literal, Namespace, URIRef
from tests.repository.official_facts import (
    ANYWHERE,
    CONTRADICTIONS,
    FACTS,
    JIJI,
    NEWSLETTER,
    NOT_STATED,
    V2,
    WP20,
    WP21,
    WP22,
    WP23,
    V,
)

from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.workshop.dataset import assemble, default_graph, graph_name
from miwdap_kg.workshop.evidence import check, document_of, passages

MIW = Namespace(NAMESPACES["miw"])
ID = Namespace(NAMESPACES["id"])
PASSAGE = Namespace(NAMESPACES["passage"])
OA = Namespace(NAMESPACES["oa"])
SCHEMA = Namespace(NAMESPACES["schema"])
Triple = tuple[URIRef, URIRef, URIRef | Literal]

PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMESPACES.items())
STATED = [
    pytest.param(fact, id=f"{key} {type(fact).__name__} {fact.document}")
    for key, facts in FACTS.items()
    for fact in facts
]
TEXTS = {
    "newsletter-vol31-no2.txt": NEWSLETTER,
    "white-paper-2020-extract.txt": WP20,
    "white-paper-2021-extract.txt": WP21,
    "white-paper-2022-extract.txt": WP22,
    "white-paper-2023-extract.txt": WP23,
}


@pytest.fixture(scope="module")
def dataset(root: Path) -> Dataset:
    """All named graphs of the text at hand."""
    return assemble(root)


@pytest.fixture(scope="module")
def evidence(dataset: Dataset) -> Graph:
    """What is said about passages and documents."""
    return dataset.graph(graph_name("evidence"))


@pytest.fixture(scope="module")
def stated(dataset: Dataset, evidence: Graph) -> dict[str, Graph]:
    """What the passages of each document state, by the document's key."""
    graphs: dict[str, Graph] = defaultdict(Graph)
    for passage, document in evidence.subject_objects(OA.hasSource):
        graphs[key_of(document)] += dataset.graph(passage)
    return dict(graphs)


@pytest.fixture(scope="module")
def everywhere(stated: dict[str, Graph], evidence: Graph) -> Graph:
    """What any passage states, and what is said about passages and documents, but for remarks."""
    union = Graph()
    for graph in (evidence, *stated.values()):
        union += graph
    # A remark of ours may say that a name is our own reading; that states nothing.
    union.remove((None, SKOS.editorialNote, None))
    return union


@pytest.fixture(scope="module")
def known(dataset: Dataset) -> Graph:
    """The default graph of the release."""
    return default_graph(dataset)


def key_of(iri: object) -> str:
    return str(iri).removeprefix(str(ID))


def triples_of(turtle: str) -> set[Triple]:
    return set(Graph().parse(data=PREFIXES + turtle, format="turtle"))


def readable(triples: set[Triple]) -> list[str]:
    return sorted(
        " ".join(shorten(term) if isinstance(term, URIRef) else term.n3() for term in triple)
        for triple in triples
    )


# The list of facts

# In the list of facts, sources of this kind are secondary in whichever row they stand.
SECONDARY = re.compile(r"\b(G20ST|JPBM|PW|DT|KAI)\b")
# Lines that are no row of a table but have a mark, by what they begin with.
LINES = {
    "総務省における海外展開5原則": "2-list",
    "- History": "2-history",
    "- What puts the new principles into practice": "2-practice",
    "- perspective 2": "3-perspective-2",
    "- perspective 3": "3-perspective-3",
    "- Titles / numbers": "10",
}


def marks_of(words: str) -> set[str]:
    marks = set(re.findall(r"\b(V2?|I|NOT FOUND)\b", words))
    return marks | {"V2"} if "V" in marks and SECONDARY.search(words) else marks


def rows(section: str, lines: list[str]) -> Iterator[tuple[str, set[str]]]:
    """Yield the key and the marks of each row of a section's table.

    The table of activities has no column of marks: a sentence above it marks them all. That a
    part of a row is inferred may stand in any of its cells.
    """
    table = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line.startswith("|") and not line.startswith("|---")
    ]
    head, *body = table or [[]]
    above = "V" if any("(V for the activity" in line for line in lines) else ""
    for number, cells in enumerate(body, 1):
        own = cells[head.index("Mark")] if "Mark" in head else " ".join([above, *cells])
        marks = marks_of(own) | (marks_of(" ".join(cells)) & {"I"})
        if section in "24":
            yield f"{section}.{number}", marks
        elif section == "5":
            yield f"5.{number:02}", marks
        else:
            yield cells[0], marks


def marked_lines(section: str, lines: list[str]) -> Iterator[tuple[str, set[str]]]:
    """Yield the key and the marks of each line outside of tables that has a mark."""
    for line in lines:
        if line.startswith("|") or "(V for the activity" in line:
            continue
        if item := re.match(r"(\d+)\. ", line):
            yield f"{section}.{item[1]}", marks_of(line)
        elif marks := marks_of(line):
            key = next((key for start, key in LINES.items() if line.startswith(start)), line)
            yield key, marks


@pytest.fixture(scope="module")
def marks(shared: Path) -> dict[str, set[str]]:
    """The marks of all that the list of facts holds, by key."""
    text = (shared / "sources" / "official_facts.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## (\d+)\. ", text, flags=re.MULTILINE)
    found: list[tuple[str, set[str]]] = []
    for section, words in zip(parts[::2], parts[1::2], strict=True):
        lines = words.splitlines()[1:]
        found += [*rows(section, lines), *marked_lines(section, lines)]
    assert len(found) == len(dict(found))
    return dict(found)


def test_the_table_holds_all_facts(marks: dict[str, set[str]]):
    """Each row or line that was read in a source is in the table with its marks, and no other."""
    read = {key: each & {"V", "V2"} for key, each in marks.items() if each & {"V", "V2"}}

    assert read == {key: {type(fact).__name__ for fact in facts} for key, facts in FACTS.items()}


def test_the_table_holds_all_guesses(marks: dict[str, set[str]]):
    """Each row or line that is inferred, wholly or in part, or not found, is in the table."""
    assert {key for key, each in marks.items() if each & {"I", "NOT FOUND"}} == set(NOT_STATED)


def test_the_table_holds_all_contradictions(marks: dict[str, set[str]]):
    """Each contradiction of the list is in the table."""
    assert {key for key in marks if key.startswith("9.")} == set(CONTRADICTIONS)


def test_the_list_of_facts_was_read_whole(marks: dict[str, set[str]]):
    """Each section has as many rows as a reader counts."""
    counts = defaultdict(int)
    for key in marks:
        counts[re.split(r"[.-]|(?<=[A-Z])", key)[0]] += 1

    assert dict(counts) == {
        "P": 16,
        "2": 8,
        "3": 2,
        "4": 4,
        "5": 15,
        "G": 10,
        "N": 7,
        "8": 10,
        "9": 9,
        "10": 1,
    }


# What documents state


@pytest.mark.parametrize("fact", STATED)
def test_the_document_states_the_fact(stated: dict[str, Graph], fact: V | V2):
    """Each triple that carries a fact is in a passage of the document where it was read."""
    triples = triples_of(fact.triples)

    assert triples
    assert readable(triples - set(stated[fact.document])) == []


@pytest.mark.parametrize("fact", STATED)
def test_the_document_is_as_reliable_as_its_mark(evidence: Graph, fact: V | V2):
    """What is marked V was read in a primary or official source, what is marked V2 in another."""
    reliability = evidence.value(ID[fact.document], MIW.reliability, any=False)

    if isinstance(fact, V):
        assert reliability in (MIW.PrimarySource, MIW.OfficialSource)
    else:
        assert reliability == MIW.SecondarySource


def test_no_document_stands_beside_the_table(stated: dict[str, Graph]):
    """Each document is one of the table's, or stands in a contradiction of it."""
    documents = {fact.document for facts in FACTS.values() for fact in facts}

    assert {*documents, JIJI} == set(stated)
    assert JIJI in CONTRADICTIONS["9.3"].statements


def test_the_press_agency_is_a_secondary_source(evidence: Graph):
    """The only document that stands in no fact is news."""
    assert evidence.value(ID[JIJI], MIW.reliability, any=False) == MIW.SecondarySource


def test_the_six_fields_stand_in_the_order_of_the_newsletter(known: Graph, evidence: Graph):
    """The press release names the same six fields as the newsletter, in the same order."""
    fields = list(known.objects(ID["list-six-fields"], MIW.listsMember))
    lists = {
        "en": str(known.value(ID["list-six-fields"], SKOS.note, any=False)),
        "ja": str(evidence.value(PASSAGE["press-release-2020-05-01-3"], MIW.quote, any=False)),
    }
    order = {"en": [], "ja": []}
    for language, words in lists.items():
        for field in fields:
            labels = known.objects(field, SKOS.prefLabel)
            (label,) = [str(label) for label in labels if label.language == language]
            order[language].append((words.index(label), key_of(field)))

    assert len(fields) == 6
    assert [key for _, key in sorted(order["en"])] == [key for _, key in sorted(order["ja"])]


# What no document states


@pytest.mark.parametrize("key", NOT_STATED)
def test_no_document_states_a_guess(stated: dict[str, Graph], everywhere: Graph, key: str):
    """What is inferred stands in no passage, nor is it said about a document."""
    found = [
        f"{document}: {pattern}"
        for document, patterns in NOT_STATED[key].items()
        for pattern in patterns
        if (everywhere if document == ANYWHERE else stated[document]).query(
            f"ASK {{ {pattern} }}", initNs=NAMESPACES
        )
    ]

    assert found == []


def test_guesses_are_about_known_things(known: Graph):
    """Each thing that a guess is about is in the graph, so that the guess could be stated."""
    patterns = " ".join(
        pattern
        for documents in NOT_STATED.values()
        for patterns in documents.values()
        for pattern in patterns
    )
    things = {ID[key] for key in re.findall(r"\bid:([a-z0-9-]+)", patterns)}

    assert things
    assert [shorten(thing) for thing in things if (thing, None, None) not in known] == []


# Contradictions


@pytest.mark.parametrize("key", CONTRADICTIONS)
def test_the_contradiction_is_told_in_two_languages(evidence: Graph, key: str):
    """A contradiction has a name and a note in English and in Japanese, and is about something."""
    contradiction = ID[CONTRADICTIONS[key].contradiction]

    assert (contradiction, RDF.type, MIW.Contradiction) in evidence
    assert (contradiction, SCHEMA.about, None) in evidence
    for predicate in (SKOS.prefLabel, SKOS.editorialNote):
        languages = [words.language for words in evidence.objects(contradiction, predicate)]
        assert sorted(languages) == ["en", "ja"]


@pytest.mark.parametrize("key", CONTRADICTIONS)
def test_both_sides_stand_side_by_side(dataset: Dataset, evidence: Graph, key: str):
    """Each side stands in a passage of its document, and the contradiction names the passage."""
    contradiction, statements = CONTRADICTIONS[key]
    contrasted = list(evidence.objects(ID[contradiction], MIW.contrasts))
    missing = {
        document: readable(
            triples_of(triples)
            - {
                triple
                for passage in contrasted
                if evidence.value(passage, OA.hasSource) == ID[document]
                for triple in dataset.graph(passage)
            }
        )
        for document, triples in statements.items()
    }

    assert len(contrasted) >= 2
    assert {document: triples for document, triples in missing.items() if triples} == {}


def test_turkey_is_a_partner_only_where_it_is_printed(stated: dict[str, Graph]):
    """Two White Papers print Turkey among the ombudsmen's partners, the other sources Iran."""

    def documents_on(*things: str) -> set[str]:
        return {
            document
            for document, graph in stated.items()
            for each in things
            if ID[each] in graph.all_nodes()
        }

    turkey = documents_on("place-792", "agreement-ombudsman-turkey")
    iran = documents_on("place-364", "agreement-ombudsman-iran-2016")

    assert turkey == {WP21, WP22}
    assert iran == {WP23, "bilateral-cooperation-page"}


# Projects of the White Papers


HEADINGS = (
    "（ア）デジタルインフラ",
    "（イ）デジタル技術利活用",
    "（ウ）デジタルコンテンツ",
    "（エ）国民サービスの品質向上",
)
WITHOUT_A_PLACE = {"project-submarine-cables-jict", "project-ombudsman-cooperation"}
SHORT_NAMES = {"米国": "place-840"}
# Projects are Japan's; and the world is named only in "the three largest of the world".
NOT_WHERE = {"place-392", "place-001"}


@pytest.fixture(scope="module")
def by_field(dataset: Dataset, known: Graph, evidence: Graph) -> dict[URIRef, list[URIRef]]:
    """The passages on each project under the four headings of the White Paper 2020."""
    found: dict[URIRef, list[URIRef]] = defaultdict(list)
    projects = set(known.subjects(RDF.type, MIW.Project))
    for passage, section in evidence.subject_objects(MIW.section):
        if evidence.value(passage, OA.hasSource) == ID[WP20] and str(section) in HEADINGS:
            for project in set(dataset.graph(passage).subjects()) & projects:
                found[project].append(passage)
    return dict(found)


def test_no_project_is_said_to_be_one_of_the_twenty(dataset: Dataset, known: Graph):
    """No project is part of the plan, of its initiatives, or of the Twenty Projects."""
    projects = set(known.subjects(RDF.type, MIW.Project))
    plan = {ID.plan, ID["list-twenty-projects"]}
    judged = dataset.graph(graph_name("interpretation"))
    measures = set(known.subjects(RDF.type, MIW.Measure))

    assert len(projects) > 40
    assert set() == projects & measures
    assert measures == set(known.objects(None, MIW.hasInitiative))
    assert list(known.objects(ID["list-twenty-projects"], MIW.listsMember)) == []
    assert set() == {
        (shorten(subject), shorten(predicate), shorten(value))
        for subject, predicate, value in known + judged
        if (subject in projects and value in plan) or (subject in plan and value in projects)
    }


def test_the_white_paper_2020_gives_fifteen_projects(by_field: dict[URIRef, list[URIRef]]):
    """At least fifteen projects stand under its headings of fields."""
    assert len(by_field) >= 15


def test_projects_have_labels_and_a_field_or_topic(
    stated: dict[str, Graph], known: Graph, by_field: dict[URIRef, list[URIRef]]
):
    """Each of these is called something in both languages, and is in a field or about a topic."""
    for project in by_field:
        languages = [label.language for label in known.objects(project, SKOS.prefLabel)]
        subjects = [
            *stated[WP20].objects(project, MIW.inField),
            *stated[WP20].objects(project, MIW.about),
        ]
        assert (project, sorted(languages)) == (project, ["en", "ja"])
        assert (project, bool(subjects)) == (project, True)


def test_projects_are_where_their_words_say(
    stated: dict[str, Graph],
    known: Graph,
    evidence: Graph,
    by_field: dict[URIRef, list[URIRef]],
):
    """A country or region that the words of a passage name is among the places of its project."""
    names = dict(SHORT_NAMES)
    for class_ in (MIW.Place, MIW.PolicyRegion):
        for place in known.subjects(RDF.type, class_):
            for predicate in (SKOS.prefLabel, SKOS.altLabel):
                for label in known.objects(place, predicate):
                    if label.language == "ja" and key_of(place) not in NOT_WHERE:
                        names[re.sub(r" \(.*\)", "", str(label))] = key_of(place)
    pattern = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
    places = {
        key_of(project): {
            key_of(place)
            for predicate in (MIW.inPlace, MIW.inRegion)
            for place in stated[WP20].objects(project, predicate)
        }
        for project in by_field
    }
    named = {
        key_of(project): {
            names[name]
            for passage in found
            for name in pattern.findall(str(evidence.value(passage, MIW.quote)))
        }
        for project, found in by_field.items()
    }

    assert {project for project, found in places.items() if not found} == WITHOUT_A_PLACE
    assert len(set().union(*named.values())) >= 15
    assert {
        project: missing for project, each in named.items() if (missing := each - places[project])
    } == {}


# Figures


def figures_of(graph: Graph, thing: str, unit: str) -> dict[str, float]:
    return {
        key_of(figure): float(graph.value(figure, SCHEMA.value, any=False))
        for figure in graph.objects(ID[thing], MIW.statedFigure)
        if graph.value(figure, SCHEMA.unitText, any=False) == Literal(unit)
    }


@pytest.mark.parametrize(
    ("thing", "unit", "values"),
    [
        ("project-telemedicine-brazil-chile", "medical institutions", {WP20: 100, WP21: 270}),
        ("project-mobile-network-myanmar", "subscribers", {WP20: 24e6, WP21: 27.4e6}),
        (
            "project-ombudsman-training-viet-nam",
            "trainees",
            {WP20: 270, WP21: 270, WP22: 270, WP23: 280},
        ),
        ("jict", "JPY", {WP22: 78.8e9, WP23: 102.9e9}),
        ("jpd3", "members", {WP22: 100, WP23: 100}),
    ],
)
def test_editions_keep_their_own_figures(
    stated: dict[str, Graph], thing: str, unit: str, values: dict[str, float]
):
    """A figure of one edition stands beside that of another, even when the number is the same."""
    figures = {document: figures_of(stated[document], thing, unit) for document in values}
    keys = [key for each in figures.values() for key in each]

    assert {document: list(each.values()) for document, each in figures.items()} == {
        document: [value] for document, value in values.items()
    }
    assert len(keys) == len(set(keys)) == len(values)


def test_a_figure_belongs_to_one_document(stated: dict[str, Graph]):
    """No two documents speak of the same figure, its key names the document, its value is one."""
    documents: dict[str, list[str]] = defaultdict(list)
    for document, graph in stated.items():
        for figure in set(graph.subjects(RDF.type, MIW.Figure)):
            documents[key_of(figure)].append(document)
            assert len(set(graph.objects(figure, SCHEMA.value))) == 1
            assert len(set(graph.objects(figure, MIW.asPrinted))) == 1

    assert documents
    assert {key: each for key, each in documents.items() if len(each) > 1} == {}
    assert [
        key
        for key, (document,) in documents.items()
        if not key.endswith(f"-{document.replace('white-paper-', 'wp')}")
    ] == []


# Quotes


@pytest.mark.parametrize("name", TEXTS)
def test_all_quotes_stand_in_the_text(dataset: Dataset, shared: Path, name: str):
    """The text confirms each quote of its document at the place that the passage gives."""
    text = (shared / "sources" / name).read_bytes()
    document = str(ID[TEXTS[name]])
    quoted = [each for each in passages(dataset) if each.document == document]

    result = check(dataset, text, document=document)

    assert document_of(dataset, text) == document
    assert [str(error) for error in result.errors] == []
    assert result.confirmed == len(quoted) > 0
    assert [each.iri for each in quoted if None in (each.start, each.end, each.line)] == []
    assert result.recorded_sha256 == result.sha256 == hashlib.sha256(text).hexdigest()
