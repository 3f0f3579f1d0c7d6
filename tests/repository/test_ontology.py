"""The ontology keeps its promises: the names of the design, OWL 2 DL and RL, no contradiction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import owlrl
import pyoxigraph
import pytest
from owlrl.Namespaces import ERRNS
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Dataset, Graph, Literal, URIRef
from rdflib.term import Node

from miwdap_kg.namespaces import NAMESPACES, expand, shorten
from miwdap_kg.workshop.dataset import assemble, default_graph, graph_name, named_graphs, read_rdf

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "ontology" / f"{name}.ttl" for name in ("miwdap", "mappings", "usage")]
ONTOLOGY = URIRef("https://w3id.org/miwdap/def")
PREFIXES = "".join(f"@prefix {name}: <{base}> .\n" for name, base in NAMESPACES.items())

# The names of the knowledge model, sections 3 to 5, each with the super-terms stated there, and of
# what stands beside a statement (docs/decisions/0006).
CLASSES = {
    "Plan": {"prov:Plan"},
    "Policy": {"prov:Entity"},
    "Principle": {"skos:Concept"},
    "Perspective": {"skos:Concept"},
    "Field": {"skos:Concept"},
    "Topic": {"skos:Concept"},
    "Initiative": {"prov:Entity"},
    "Project": {"miw:Initiative"},
    "Measure": {"miw:Initiative"},
    "Enumeration": {"prov:Entity"},
    "Place": {"dcterms:Location", "skos:Concept"},
    "PolicyRegion": {"skos:Concept"},
    "Meeting": {"prov:Activity"},
    "MinisterialStatement": {"prov:Entity"},
    "Agreement": {"prov:Entity"},
    "Figure": {"prov:Entity"},
    "Passage": {"oa:SpecificResource", "prov:Entity"},
    "SourceDocument": {"foaf:Document", "prov:Entity"},
    "Reliability": set(),
    "Contradiction": {"prov:Entity"},
    "Link": {"prov:Entity"},
    "Judgement": {"prov:Entity"},
}
TO_A_THING = {
    "hasPrinciple": {"dcterms:hasPart"},
    "hasPerspective": {"dcterms:hasPart"},
    "hasInitiative": {"dcterms:hasPart"},
    "hasEnumeration": set(),
    "enumerates": set(),
    "listsMember": set(),
    "broaderInitiative": set(),
    "inField": {"dcterms:subject"},
    "about": {"dcterms:subject"},
    "respondsTo": set(),
    "addresses": set(),
    "inPlace": {"dcterms:spatial"},
    "inRegion": {"dcterms:spatial"},
    "inCountryGroup": set(),
    "basedOn": {"prov:wasInfluencedBy"},
    "guidedBy": set(),
    "selectedFrom": set(),
    "issuedAt": set(),
    "presidency": set(),
    "participant": set(),
    "formulatedBy": {"prov:wasAttributedTo"},
    "conductedBy": set(),
    "involves": set(),
    "party": set(),
    "statedFigure": set(),
    "contributesTo": set(),
    "reliability": set(),
    "contrasts": set(),
}
TO_A_VALUE = {
    *("statedCount", "isOpen", "ordinal", "duration", "purpose", "commitment", "approach"),
    *("formulatedOn", "publishedOn", "heldOn", "signedOn"),
    *("iso3166Alpha2", "iso3166Alpha3", "areaLevel"),
    *("asPrinted", "precision", "asOf", "fiscalYear", "figureKind"),
    *("quote", "paraphrase", "start", "end", "line", "page", "section", "textSha256"),
    *("method", "confidence", "seenAt", "rationale"),
}
ANNOTATIONS = {"subject", "predicate", "object"}
RELIABILITIES = {"PrimarySource", "OfficialSource", "SecondarySource"}

# For each pair of classes that can never be both: a thing that is both, in our own words.
CONTRADICTIONS = {
    ("skos:Concept", "skos:ConceptScheme"): "scheme:topic a skos:ConceptScheme , miw:Topic .",
    ("prov:Entity", "prov:Activity"): """
        id:example-statement a miw:MinisterialStatement .
        id:example-statement a miw:Meeting .
    """,
    ("foaf:Document", "foaf:Organization"): """
        id:example a miw:SourceDocument , org:OrganizationalUnit .
    """,
    ("skos:Concept", "skos:Collection"): "id:group-ldc a skos:Collection , miw:Topic .",
    ("skos:ConceptScheme", "skos:Collection"): """
        id:group-ldc a skos:Collection , skos:ConceptScheme .
    """,
    ("foaf:Person", "foaf:Organization"): "id:example a foaf:Person , org:Organization .",
    ("foaf:Person", "foaf:Project"): "id:example a foaf:Person , miw:Project .",
    ("foaf:Document", "foaf:Project"): "id:example a miw:SourceDocument , miw:Project .",
    ("miw:Measure", "miw:Project"): "id:example a miw:Measure , miw:Project .",
    ("miw:Principle", "miw:Perspective"): """
        id:plan miw:hasPrinciple id:example ; miw:hasPerspective id:example .
    """,
    ("miw:Principle", "miw:Field"): """
        id:plan miw:hasPrinciple id:example .
        id:measure-1 miw:inField id:example .
    """,
    ("miw:Principle", "miw:Topic"): "id:plan miw:hasPrinciple id:topic-sdgs .",
    ("miw:Perspective", "miw:Field"): """
        id:plan miw:hasPerspective id:example .
        id:measure-1 miw:inField id:example .
    """,
    ("miw:Perspective", "miw:Topic"): "id:plan miw:hasPerspective id:topic-sdgs .",
    ("miw:Field", "miw:Topic"): "id:measure-1 miw:inField id:topic-sdgs .",
}
SOME_TOPIC = "id:topic-sdgs a miw:Topic ."

KINDS = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
DATE_TYPES = {
    *(XSD.date, XSD.dateTime, XSD.dateTimeStamp, XSD.time, XSD.duration),
    *(XSD.dayTimeDuration, XSD.yearMonthDuration),
    *(XSD.gYear, XSD.gYearMonth, XSD.gMonth, XSD.gMonthDay, XSD.gDay),
}


def parsed(turtle: str) -> Graph:
    return Graph().parse(data=f"{PREFIXES}{turtle}", format="turtle")


def iris(names: Iterable[str]) -> set[Node]:
    return {URIRef(expand(name)) for name in names}


def names(terms: Iterable[Node]) -> set[str]:
    return {shorten(str(term)) for term in terms}


def is_ours(term: Node) -> bool:
    return isinstance(term, URIRef) and term.startswith(NAMESPACES["miw"])


def is_built_in(term: Node) -> bool:
    return str(term).startswith((str(RDF), str(RDFS), str(OWL)))


def contradictions(graph: Graph) -> list[str]:
    """Return what an OWL 2 RL reasoner finds to be impossible in *graph*, which it extends."""
    owlrl.OWLRL_Semantics(graph, axioms=False, daxioms=False).closure()
    return sorted(
        str(message)
        for error in graph.subjects(RDF.type, ERRNS.ErrorMessage)
        for message in graph.objects(error, ERRNS.error)
    )


def seen_by_a_reasoner(graph: Graph) -> Graph:
    """Return *graph* without annotations and values, about which the ontology has no axiom."""
    notes = set(graph.subjects(RDF.type, OWL.AnnotationProperty))
    seen = Graph()
    for subject, predicate, value in graph:
        if predicate not in notes and not isinstance(value, Literal):
            seen.add((subject, predicate, value))
    return seen


def kind_of(graph: Graph, term: Node) -> set[Node]:
    return KINDS & set(graph.objects(term, RDF.type))


def uses(dataset: Dataset, left_out: str) -> Iterator[tuple[URIRef, tuple[Node, Node, Node]]]:
    for name, graph in named_graphs(dataset):
        if name not in {graph_name(each) for each in left_out.split()}:
            for triple in graph:
                yield name, triple


@pytest.fixture(scope="module")
def terms() -> Graph:
    """The ontology without its mappings."""
    return read_rdf(FILES[0]).default_graph


@pytest.fixture(scope="module")
def ontology() -> Graph:
    """The ontology with its mappings and uses."""
    return sum((read_rdf(path).default_graph for path in FILES), Graph())


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """All the text of the project, as the workshop assembles it."""
    return assemble(ROOT)


@pytest.fixture(scope="module")
def disjointness() -> Graph:
    return Graph().parse(Path(__file__).parent / "disjointness.ttl")


# The names of the design


def test_classes_are_those_of_the_design(terms: Graph) -> None:
    """Every class of the design is there under its name and its super-classes, and no other."""
    found = {
        shorten(str(each)).removeprefix("miw:"): names(terms.objects(each, RDFS.subClassOf))
        for each in terms.subjects(RDF.type, OWL.Class)
        if is_ours(each)
    }

    assert found == CLASSES


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(OWL.ObjectProperty, TO_A_THING, id="to a thing"),
        pytest.param(OWL.DatatypeProperty, {name: set() for name in TO_A_VALUE}, id="to a value"),
        pytest.param(
            OWL.AnnotationProperty, {name: set() for name in ANNOTATIONS}, id="annotation"
        ),
    ],
)
def test_properties_are_those_of_the_design(
    terms: Graph, kind: URIRef, expected: dict[str, set[str]]
) -> None:
    """Every property of the design is there with its kind and super-property, and no other."""
    found = {
        shorten(str(each)).removeprefix("miw:"): names(terms.objects(each, RDFS.subPropertyOf))
        for each in terms.subjects(RDF.type, kind)
        if is_ours(each)
    }

    assert found == expected


def test_nothing_else_is_ours(ontology: Graph) -> None:
    """In our namespace stand the terms of the design and the three kinds of source."""
    expected = {*CLASSES, *TO_A_THING, *TO_A_VALUE, *ANNOTATIONS, *RELIABILITIES}

    found = {each for triple in ontology for each in triple if is_ours(each)}

    assert names(found) == {f"miw:{name}" for name in expected}


def test_reliabilities_are_three(terms: Graph) -> None:
    """A source is primary, official or secondary."""
    found = set(terms.subjects(RDF.type, URIRef(expand("miw:Reliability"))))

    assert found == iris(f"miw:{name}" for name in RELIABILITIES)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_labels_tell_terms_apart(terms: Graph, language: str) -> None:
    """No two of our terms have the same label."""
    labels = Counter(
        str(label).casefold()
        for term, label in terms.subject_objects(RDFS.label)
        if isinstance(label, Literal) and label.language == language
    )

    assert [label for label, count in labels.items() if count > 1] == []
    assert len(labels) == sum(
        map(len, (CLASSES, TO_A_THING, TO_A_VALUE, ANNOTATIONS, RELIABILITIES))
    )


def test_version_iri_ends_in_the_version(terms: Graph) -> None:
    """The version's IRI is the ontology's with the version's date."""
    version = terms.value(ONTOLOGY, OWL.versionInfo)

    assert terms.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{version}")


def test_examples_use_their_term(terms: Graph) -> None:
    """Each example is Turtle with our prefixes, and shows the term it stands with."""
    strangers = [
        str(example)
        for term, example in terms.subject_objects(SKOS.example)
        if term not in {each for triple in parsed(str(example)) for each in triple}
    ]

    assert strangers == []


def test_examples_agree_with_the_data(terms: Graph, dataset: Dataset) -> None:
    """An example about something that the data describes by that property is in the data."""
    data = default_graph(dataset)

    wrong = [
        str(example)
        for example in terms.objects(None, SKOS.example)
        for subject, predicate, value in parsed(str(example))
        if (subject, predicate, None) in data and (subject, predicate, value) not in data
    ]

    assert wrong == []


# Reading


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_both_parsers_read_the_same(path: Path) -> None:
    """rdflib and the engine find the same statements in the file."""
    by_rdflib = Graph().parse(path)
    by_engine = {
        (triple.subject.value, triple.predicate.value, triple.object.value)
        for triple in pyoxigraph.parse(path=path)
    }

    assert by_engine == {(str(s), str(p), str(o)) for s, p, o in by_rdflib}
    assert len(by_rdflib) > len(FILES)


# OWL 2 DL and RL


def test_only_the_plainest_owl_is_used(ontology: Graph) -> None:
    """Named classes and properties in hierarchies, with a few ranges: that is both DL and RL."""
    predicates = {predicate for predicate in ontology.predicates() if is_built_in(predicate)}
    types = {type_ for type_ in ontology.objects(None, RDF.type) if is_built_in(type_)}

    assert predicates <= {
        *(RDF.type, RDFS.label, RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range),
        *(RDFS.isDefinedBy, RDFS.seeAlso, OWL.versionIRI, OWL.versionInfo, OWL.deprecated),
    }
    assert types == {OWL.Ontology, OWL.Class, *KINDS}


def test_nothing_is_anonymous_or_imported(ontology: Graph) -> None:
    """The ontology has no blank node and no import."""
    blank = {term for triple in ontology for term in triple if isinstance(term, BNode)}

    assert blank == set()
    assert list(ontology.subject_objects(OWL.imports)) == []


def test_each_property_is_of_one_kind(ontology: Graph) -> None:
    """No property is declared as two kinds, and no property is a class as well."""
    properties = {each for kind in KINDS for each in ontology.subjects(RDF.type, kind)}

    twice = {each for each in properties if len(kind_of(ontology, each)) > 1}

    assert twice == set()
    assert properties & set(ontology.subjects(RDF.type, OWL.Class)) == set()


def test_hierarchies_join_terms_of_one_kind(ontology: Graph) -> None:
    """A super-property is of the same kind as the property, and a super-class is a class."""
    mixed = [
        (lower, upper)
        for lower, upper in ontology.subject_objects(RDFS.subPropertyOf)
        if not kind_of(ontology, lower) or kind_of(ontology, lower) != kind_of(ontology, upper)
    ]
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    joined = {each for pair in ontology.subject_objects(RDFS.subClassOf) for each in pair}

    assert mixed == []
    assert joined <= classes


def test_ranges_are_classes_and_no_dates(ontology: Graph) -> None:
    """A property that leads to a thing has a declared class as its range, if it has one."""
    ranges = set(ontology.objects(None, RDFS.range))

    assert ranges & DATE_TYPES == set()
    assert ranges <= set(ontology.subjects(RDF.type, OWL.Class))


def test_literals_of_the_ontology_are_text(ontology: Graph) -> None:
    """OWL 2 knows every datatype that the ontology itself uses."""
    datatypes = {each.datatype for each in ontology.objects() if isinstance(each, Literal)}

    assert datatypes <= {None, RDF.langString, XSD.string}


def test_each_used_term_is_declared(ontology: Graph, dataset: Dataset) -> None:
    """What data and ontology use is declared here, or belongs to RDF, RDFS or OWL."""
    undeclared = set()
    for _, (_, predicate, value) in uses(dataset, left_out="shapes queries"):
        if not is_built_in(predicate) and not kind_of(ontology, predicate):
            undeclared.add(predicate)
        if predicate == RDF.type and not is_built_in(value):
            undeclared |= {value} - set(ontology.subjects(RDF.type, OWL.Class))

    assert names(undeclared) == set()


def test_each_property_is_used_as_declared(ontology: Graph, dataset: Dataset) -> None:
    """Properties to a thing lead to an IRI, and properties to a value to a literal."""
    wrong = {
        OWL.ObjectProperty: Literal,
        OWL.DatatypeProperty: URIRef,
    }

    misused = [
        (shorten(name), *triple)
        for name, triple in uses(dataset, left_out="shapes queries")
        for kind in kind_of(ontology, triple[1])
        if kind in wrong and isinstance(triple[2], wrong[kind])
    ]

    assert misused == []


# No contradiction


def test_each_pair_has_an_example(disjointness: Graph) -> None:
    """The pairs that the file states are those that are shown to fire below."""
    stated = set(disjointness.subject_objects(OWL.disjointWith))

    assert stated == {(URIRef(expand(a)), URIRef(expand(b))) for a, b in CONTRADICTIONS}


@pytest.mark.parametrize("pair", CONTRADICTIONS, ids=" and ".join)
def test_contradiction_is_found(
    ontology: Graph, disjointness: Graph, pair: tuple[str, str]
) -> None:
    """A thing of both classes is reported, with the names of the classes."""
    graph = ontology + disjointness + parsed(SOME_TOPIC + CONTRADICTIONS[pair])

    found = contradictions(graph)

    first, second = (expand(name) for name in pair)
    assert any(f"Disjoint classes {first} and {second} have" in each for each in found)


def test_a_contradiction_in_the_data_is_seen(dataset: Dataset, disjointness: Graph) -> None:
    """What a reasoner is not shown hides no contradiction: a measure of the data as a project."""
    measure = default_graph(dataset).cbd(URIRef(expand("id:measure-1")))
    mistake = parsed("id:measure-1 a miw:Project .")
    graph = dataset.graph(graph_name("ontology")) + measure + mistake

    found = contradictions(seen_by_a_reasoner(graph) + disjointness)

    assert [each for each in found if "Measure" in each and "Project" in each]


def test_data_and_ontology_are_consistent(dataset: Dataset, disjointness: Graph) -> None:
    """The OWL 2 RL closure of ontology, mappings and all data holds no contradiction."""
    everything = default_graph(dataset) + dataset.graph(graph_name("interpretation"))
    graph = seen_by_a_reasoner(everything) + disjointness

    assert contradictions(graph) == []
