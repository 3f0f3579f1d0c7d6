"""The data as text: every file reads alike everywhere, and every statement stands where it may."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import (
    DCTERMS,
    FOAF,
    ORG,
    OWL,
    RDF,
    RDFS,
    SKOS,
    BNode,
    Dataset,
    Literal,
    Namespace,
    URIRef,
)
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.workshop.dataset import assemble, default_graph, graph_name, named_graphs, read_rdf

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in (ROOT / "data").rglob("*") if path.suffix in (".trig", ".ttl"))
DOCUMENTS = [path for path in FILES if path.suffix == ".trig"]

MIW = Namespace(NAMESPACES["miw"])
OA = Namespace(NAMESPACES["oa"])
OWN = tuple(NAMESPACES[prefix] for prefix in ("id", "passage", "scheme"))
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

BIBLIOGRAPHIC = {
    *(DCTERMS.title, DCTERMS.publisher, DCTERMS.rights, DCTERMS.license),
    *(FOAF.page, MIW.publishedOn),
}
MAPPINGS = {
    *(SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.relatedMatch, OWL.sameAs),
    *(DCTERMS.subject, DCTERMS.type, FOAF.page, FOAF.homepage, ORG.identifier),
}
LABELS = {SKOS.prefLabel, SKOS.altLabel, SKOS.definition}
# What may be said of a thing outside of the graphs of passages, by graph; see graph-wide rules of
# the knowledge model. Areas of the M49 list are whole in the graph of references, contradictions in
# that of evidence. What stands in the graph of interpretation must have a judgement.
ALLOWED = {
    "evidence": {MIW.reliability, MIW.textSha256, SKOS.editorialNote, RDF.type, *BIBLIOGRAPHIC},
    "structure": {SKOS.inScheme, SKOS.topConceptOf, RDFS.label},
    "reference": {RDF.type, *LABELS},
    "translation": LABELS,
    "links": MAPPINGS,
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def dataset(root: Path) -> Dataset:
    """All named graphs of the text at hand."""
    return assemble(root)


def statements(dataset: Dataset) -> Iterator[tuple[str, URIRef, URIRef, URIRef | Literal]]:
    """Yield what is said of things, with the name of the graph; `passage` stands for all these."""
    for name, graph in named_graphs(dataset):
        prefix, _, key = shorten(name).partition(":")
        for subject, predicate, value in graph:
            if str(subject).startswith(NAMESPACES["id"]):
                yield (prefix if prefix == "passage" else key), subject, predicate, value


def contradictions(dataset: Dataset) -> set[URIRef]:
    evidence = dataset.graph(graph_name("evidence"))
    return {URIRef(str(each)) for each in evidence.subjects(RDF.type, MIW.Contradiction)}


# Files


def test_there_is_data():
    """The tests below look at the files of this repository."""
    assert "data/newsletter.trig" in [name_of(path) for path in DOCUMENTS]
    assert len(FILES) > len(DOCUMENTS)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_two_libraries_read_the_same(path: Path):
    """The workshop's parser and the shop's find the same statements, letter by letter."""
    theirs = {
        tuple(
            pyoxigraph.DefaultGraph() if term == DATASET_DEFAULT_GRAPH_ID else as_engine_term(term)
            for term in quad
        )
        for quad in read_rdf(path).quads()
    }

    ours = {
        (quad.subject, quad.predicate, quad.object, quad.graph_name)
        for quad in pyoxigraph.parse(path=path)
    }

    assert ours == theirs


def as_engine_term(term: object) -> pyoxigraph.NamedNode | pyoxigraph.Literal:
    """Return rdflib's term as the engine's, with its text letter by letter."""
    if not isinstance(term, Literal):
        return pyoxigraph.NamedNode(str(term))
    if term.language:
        return pyoxigraph.Literal(str(term), language=term.language)
    datatype = None if term.datatype is None else pyoxigraph.NamedNode(str(term.datatype))
    return pyoxigraph.Literal(str(term), datatype=datatype)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_is_anonymous(path: Path):
    """Data has no blank nodes, so that everything can be named and compared."""
    terms = {term for quad in read_rdf(path).quads() for term in quad}

    assert [term for term in terms if isinstance(term, BNode)] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_keys_are_plain(path: Path):
    """Keys of ours are one level of lower-case letters, digits and hyphens; so none is Japanese."""
    quads = read_rdf(path).quads()
    terms = {str(term) for quad in quads for term in quad if isinstance(term, URIRef)}
    keys = {iri.removeprefix(base) for iri in terms for base in OWN if iri.startswith(base)}

    assert keys
    assert [key for key in keys if not KEY.fullmatch(key)] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_each_passage_states_something(path: Path):
    """A document's file has words for each graph, and a graph for each words."""
    dataset = read_rdf(path)
    quoted = set(dataset.default_graph.subjects(MIW.quote))
    retold = set(dataset.default_graph.subjects(MIW.paraphrase))

    assert quoted | retold
    assert not quoted & retold
    assert quoted | retold == {name for name, _ in named_graphs(dataset)}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_quotes_are_short(path: Path):
    """A quote has at most 30 words, or 120 Japanese characters."""
    quotes = [str(quote) for quote in read_rdf(path).default_graph.objects(None, MIW.quote)]

    assert [quote for quote in quotes if len(quote.split()) > 30] == []
    assert [quote for quote in quotes if not quote.isascii() and len(quote) > 120] == []


# Labels


def test_everything_has_one_label_in_each_language(dataset: Dataset):
    """Whatever a person can look up has one English and one Japanese label over all graphs."""
    graph = default_graph(dataset)
    bases = (NAMESPACES["id"], NAMESPACES["scheme"])
    things = {str(term) for triple in graph for term in triple if isinstance(term, URIRef)}
    labels = Counter(
        (str(thing), label.language)
        for thing, label in graph.subject_objects(SKOS.prefLabel)
        if isinstance(label, Literal)
    )

    wrong = {
        shorten(thing): (labels[thing, "en"], labels[thing, "ja"])
        for thing in things
        if thing.startswith(bases) and (labels[thing, "en"], labels[thing, "ja"]) != (1, 1)
    }
    assert wrong == {}
    assert {language for _, language in labels} == {"en", "ja"}


def test_translations_give_way(dataset: Dataset):
    """No label of the project stands beside one that a passage gives in the same language."""
    given = {
        (thing, value.language)
        for graph, thing, predicate, value in statements(dataset)
        if graph == "passage" and predicate == SKOS.prefLabel and isinstance(value, Literal)
    }
    ours = {
        (thing, value.language)
        for graph, thing, predicate, value in statements(dataset)
        if graph == "translation" and predicate == SKOS.prefLabel and isinstance(value, Literal)
    }

    assert ours
    assert sorted(shorten(thing) for thing, _ in given & ours) == []


# Graphs


def test_things_are_described_where_they_may_be(dataset: Dataset):
    """Beside passages, each graph says only what it is for."""
    areas = set(dataset.graph(graph_name("reference")).subjects(SKOS.notation))
    whole = {("reference", area) for area in areas} | {
        ("evidence", contradiction) for contradiction in contradictions(dataset)
    }
    wrong = [
        (graph, shorten(thing), shorten(predicate))
        for graph, thing, predicate, _ in statements(dataset)
        if graph not in ("passage", "interpretation")
        and predicate not in ALLOWED.get(graph, set())
        and (graph, thing) not in whole
    ]

    assert wrong == []


def test_each_interpretation_has_its_judgement(dataset: Dataset):
    """What the project holds to be so stands with the reason, in both languages."""
    graph = dataset.graph(graph_name("interpretation"))
    judged = {
        tuple(graph.value(judgement, part) for part in (MIW.subject, MIW.predicate, MIW.object))
        for judgement in graph.subjects(RDF.type, MIW.Judgement)
        if {text.language for text in graph.objects(judgement, MIW.rationale)} == {"en", "ja"}
    }
    stated = {
        (thing, predicate, value)
        for name, thing, predicate, value in statements(dataset)
        if name == "interpretation"
    }

    assert judged
    assert judged == stated


def test_bibliography_stands_in_evidence_only_where_no_passage_has_it(dataset: Dataset):
    """A title or publisher that a passage states is not repeated as the project's knowledge."""
    stated = {
        (thing, predicate)
        for graph, thing, predicate, _ in statements(dataset)
        if graph == "passage"
    }
    ours = {
        (thing, predicate)
        for graph, thing, predicate, _ in statements(dataset)
        if graph == "evidence" and predicate in {RDF.type, *BIBLIOGRAPHIC}
    }
    ours = {(thing, each) for thing, each in ours if thing not in contradictions(dataset)}

    documents = set(dataset.graph(graph_name("evidence")).subjects(MIW.reliability))

    assert {thing for thing, _ in ours} <= documents
    assert sorted(f"{shorten(thing)} {shorten(each)}" for thing, each in ours & stated) == []


def test_the_catalogue_names_all_sources(dataset: Dataset):
    """The dataset's sources are the documents whose passages it holds."""
    described = URIRef(f"{NAMESPACES['id'].removesuffix('id/')}dataset")
    evidence = dataset.graph(graph_name("evidence"))

    sources = set(dataset.graph(graph_name("catalog")).objects(described, DCTERMS.source))

    assert sources == set(evidence.objects(None, OA.hasSource))
    assert sources == set(evidence.subjects(MIW.reliability))


def test_areas_are_those_of_the_m49_list(dataset: Dataset, shared: Path):
    """Names, codes, level and larger area of each place with a code are those of the list."""
    with (shared / "reference" / "m49_iso_links.csv").open(encoding="utf-8", newline="") as rows:
        known = {row["m49"]: row for row in csv.DictReader(rows)}
    reference = dataset.graph(graph_name("reference"))
    areas = {str(code): area for area, code in reference.subject_objects(SKOS.notation)}

    assert areas
    for code, area in areas.items():
        row = known[code]
        larger = reference.value(area, DCTERMS.isPartOf, any=False)
        found = {
            "level": reference.value(area, MIW.areaLevel, any=False),
            "iso3166_alpha2": reference.value(area, MIW.iso3166Alpha2, default="", any=False),
            "iso3166_alpha3": reference.value(area, MIW.iso3166Alpha3, default="", any=False),
            "parent_m49": "" if larger is None else str(larger)[-3:],
            **{
                f"name_{label.language}": label
                for label in reference.objects(area, SKOS.prefLabel)
                if isinstance(label, Literal)
            },
        }

        assert area == URIRef(f"{NAMESPACES['id']}place-{code}")
        assert {column: row[column] for column in found} == {
            column: str(value) for column, value in found.items()
        }
