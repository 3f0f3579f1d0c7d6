"""Assembling the named graphs: which text goes where, what is derived, and what is refused."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, SKOS, BNode, Dataset, Graph, Literal, URIRef

from miwdap_kg.errors import AuthoringError, NotAcceptable, QueryHeaderError, RdfSyntaxError
from miwdap_kg.namespaces import expand
from miwdap_kg.workshop.dataset import (
    assemble,
    default_graph,
    graph_name,
    named_graphs,
    read_files,
    read_rdf,
)

from .conftest import rewrite

XSD = "http://www.w3.org/2001/XMLSchema#"


def iri(name: str) -> URIRef:
    return URIRef(expand(name))


def of(dataset: Dataset, name: str) -> Graph:
    return dataset.graph(graph_name(name))


# Which text goes to which graph


def test_graphs_are_those_of_the_table(small_text: Path) -> None:
    """Passages have their graphs, and every other file goes to the graph of its name or folder."""
    names = [str(name) for name, _ in named_graphs(assemble(small_text))]

    assert [
        *(expand(f"graph:{name}") for name in (
            "catalog", "evidence", "interpretation", "ontology", "queries", "reference", "shapes",
            "structure", "translation")),
        *(expand(f"passage:example-letter-{number}") for number in (1, 10, 2)),
    ] == names  # fmt: skip


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("translation", ("id:example-plan", "skos:prefLabel")),
        ("interpretation", ("id:example-plan", "miw:contributesTo")),
        ("reference", ("id:place-392", "skos:notation")),
        ("ontology", ("miw:Plan", "rdf:type")),
        ("shapes", ("shape:Principle", "sh:targetClass")),
        ("evidence", ("id:example-letter", "miw:reliability")),
        ("evidence", ("passage:example-letter-1", "miw:quote")),
    ],
)
def test_statement_stands_in_its_graph_alone(
    small_text: Path, name: str, statement: tuple[str, str]
) -> None:
    """What a file states stands in its graph, and in no other."""
    subject, predicate = map(iri, statement)

    found = [
        str(each)
        for each, graph in named_graphs(assemble(small_text))
        if (subject, predicate, None) in graph
    ]

    assert [expand(f"graph:{name}")] == found


def test_default_graph_is_a_set_without_two_graphs(small_text: Path) -> None:
    """The union counts a statement of two passages once, and leaves out judgements and shapes."""
    dataset = assemble(small_text)
    graphs = dict(named_graphs(dataset))
    inside = [
        set(graph)
        for name, graph in graphs.items()
        if name not in (graph_name("interpretation"), graph_name("shapes"))
    ]

    union = default_graph(dataset)

    assert set.union(*inside) == set(union)
    assert sum(map(len, inside)) - 1 == len(union)


# What is derived


def test_passage_has_its_class_its_document_and_two_selectors(small_text: Path) -> None:
    """A passage opens to its document, by its words and by its position."""
    evidence = of(assemble(small_text), "evidence")
    passage = iri("passage:example-letter-1")
    quote, position = (URIRef(f"{passage}-{kind}") for kind in ("quote", "position"))

    expected = [
        (passage, RDF.type, iri("miw:Passage")),
        (passage, iri("oa:hasSource"), iri("id:example-letter")),
        (passage, iri("oa:hasSelector"), quote),
        (passage, iri("oa:hasSelector"), position),
        (quote, RDF.type, iri("oa:TextQuoteSelector")),
        (quote, iri("oa:exact"), Literal("The example plan has one principle.")),
        (position, RDF.type, iri("oa:TextPositionSelector")),
        (position, iri("oa:start"), Literal(36)),
        (position, iri("oa:end"), Literal(71)),
    ]
    assert [] == [triple for triple in expected if triple not in evidence]


def test_passage_without_a_position_has_the_quote_alone(small_text: Path) -> None:
    """Where a document's text was not at hand, a passage has one selector."""
    rewrite(small_text, "data/letter.trig", "miw:start 36 ; miw:end 71 ; miw:line 3 ", "")
    evidence = of(assemble(small_text), "evidence")
    passage = iri("passage:example-letter-1")

    assert [URIRef(f"{passage}-quote")] == list(evidence.objects(passage, iri("oa:hasSelector")))


def test_retelling_has_nothing_to_select(small_text: Path) -> None:
    """A passage whose words were not kept has its class and its document, and no selector."""
    path = small_text / "data" / "letter.trig"
    before = path.read_text(encoding="utf-8")
    after = re.sub(
        "(passage:example-letter-10) miw:quote .*", r'\1 miw:paraphrase "[For all.]"@en .', before
    )
    assert before != after
    path.write_text(after, encoding="utf-8")
    evidence = of(assemble(small_text), "evidence")
    passage = iri("passage:example-letter-10")

    assert iri("id:example-letter") == evidence.value(passage, iri("oa:hasSource"))
    assert (passage, RDF.type, iri("miw:Passage")) in evidence
    assert [] == list(evidence.objects(passage, iri("oa:hasSelector")))


def test_context_of_a_quote_goes_to_its_selector(small_text: Path) -> None:
    """What stands before a quote that is not unique belongs to the selector."""
    rewrite(
        small_text,
        "data/letter.trig",
        "@prefix xsd:",
        "@prefix oa: <http://www.w3.org/ns/oa#> .\n@prefix xsd:",
    )
    rewrite(small_text, "data/letter.trig", "miw:line 3 .", 'miw:line 3 ; oa:prefix "Dear all. " .')
    evidence = of(assemble(small_text), "evidence")
    found = list(evidence.subject_objects(iri("oa:prefix")))

    assert [(iri("passage:example-letter-1-quote"), Literal("Dear all. "))] == found


@pytest.mark.parametrize(
    ("concept", "scheme", "is_top"),
    [
        ("id:example-principle", "scheme:principle", True),
        ("id:place-142", "scheme:m49", True),
        ("id:place-392", "scheme:m49", False),
        ("id:place-example-town", "scheme:place", True),
    ],
)
def test_concept_is_in_the_scheme_of_its_class(
    small_text: Path, concept: str, scheme: str, is_top: bool
) -> None:
    """A concept is in one scheme, at the top of it when nothing is broader."""
    structure = of(assemble(small_text), "structure")

    assert [iri(scheme)] == list(structure.objects(iri(concept), SKOS.inScheme))
    assert is_top is ((iri(concept), SKOS.topConceptOf, iri(scheme)) in structure)


def test_thing_of_no_scheme_is_in_none(small_text: Path) -> None:
    """A plan is no concept of a scheme."""
    structure = of(assemble(small_text), "structure")

    assert [] == list(structure.objects(iri("id:example-plan"), SKOS.inScheme))


def test_preferred_labels_are_labels(small_text: Path) -> None:
    """Each preferred label of a thing is its `rdfs:label` too, in the same language."""
    structure = of(assemble(small_text), "structure")
    found = set(structure.objects(iri("id:example-principle"), RDFS.label))

    assert {Literal("Promotion of examples", lang="en"), Literal("例の推進", lang="ja")} == found


def test_stored_query_is_published(small_text: Path) -> None:
    """A stored query stands in the graph with its text, letter by letter."""
    queries = of(assemble(small_text), "queries")
    query = iri("query:plan-principles")
    text = (small_text / "queries/plans/plan-principles.rq").read_text(encoding="utf-8")

    assert text == str(queries.value(query, iri("sh:select")))
    assert (query, RDF.type, iri("sh:SPARQLExecutable")) in queries
    assert {"plans", "principles"} == {
        str(each) for each in queries.objects(query, iri("schema:keywords"))
    }


# Literals


@pytest.mark.parametrize(
    ("lexical", "datatype"),
    [
        ("1.50", "decimal"),
        ("01", "integer"),
        ("1", "boolean"),
        ("2020-04-30Z", "date"),
        ("P0Y", "duration"),
        ("1E0", "double"),
        ("five", "integer"),
        ("2020", "gYear"),
    ],
)
def test_lexical_form_is_kept(tmp_path: Path, lexical: str, datatype: str) -> None:
    """A literal is what its author wrote, letter by letter."""
    path = tmp_path / "a.ttl"
    path.write_text(f'<a:1> <a:p> "{lexical}"^^<{XSD}{datatype}> .', encoding="utf-8")

    (value,) = read_rdf(path).default_graph.objects()

    assert isinstance(value, Literal)
    assert (lexical, URIRef(f"{XSD}{datatype}")) == (str(value), value.datatype)


def test_ill_typed_literal_is_read_without_a_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A literal whose form is not of its datatype is read, and nothing is logged."""
    path = tmp_path / "a.ttl"
    path.write_text(f'<a:1> <a:p> "five"^^<{XSD}integer> .', encoding="utf-8")

    read_rdf(path)

    assert [] == caplog.messages


def test_forms_of_one_number_are_two_literals(small_text: Path) -> None:
    """“1” and “01” stay apart, as RDF says."""
    rewrite(
        small_text, "data/letter.trig", "miw:ordinal 1 ;", 'miw:ordinal 1 , "01"^^xsd:integer ;'
    )
    union = default_graph(assemble(small_text))
    found = sorted(map(str, union.objects(iri("id:example-principle"), iri("miw:ordinal"))))

    assert ["01", "1"] == found


# Files of others


def test_files_keep_their_graphs(tmp_path: Path) -> None:
    """Default and named graphs are as in the files."""
    (tmp_path / "a.ttl").write_text("<a:1> <a:p> 1 .")
    (tmp_path / "b.trig.gz").write_bytes(gzip.compress(b"<a:2> <a:p> 1 . <g:1> { <a:3> <a:p> 1 }"))

    dataset = read_files([tmp_path / "a.ttl", tmp_path / "b.trig.gz"])

    assert {URIRef("a:1"), URIRef("a:2")} == set(dataset.default_graph.subjects())
    assert [URIRef("g:1")] == [name for name, _ in named_graphs(dataset)]


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    """The same label in two files is two nodes."""
    for name in ("a.nt", "b.nt"):
        (tmp_path / name).write_text(f'_:x <a:p> "{name}" .')

    dataset = read_files([tmp_path / "a.nt", tmp_path / "b.nt"])

    subjects = set(dataset.default_graph.subjects())
    assert (2, {BNode}) == (len(subjects), {type(each) for each in subjects})


def test_no_file_is_fetched_for_a_file(tmp_path: Path) -> None:
    """A context that stands elsewhere is refused and not fetched."""
    path = tmp_path / "a.jsonld"
    path.write_text('{"@context": "http://127.0.0.1:9/context.json", "name": "x"}')

    with pytest.raises(RdfSyntaxError, match="No LoadDocumentCallback"):
        read_rdf(path)


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("a.ttl", b"<a:1> <a:p> .", RdfSyntaxError,
         ", line 1: column 13: . is not a valid RDF object."),
        ("a.trig", b"\n<g:1> { <a:1> <a:p> }", RdfSyntaxError,
         ", line 2: column 21: } is not a valid RDF object."),
        ("a.ttl.gz", b"no gzip", AuthoringError, ": cannot be read: Not a gzipped file (b'no')"),
        ("a.ttl.gz", gzip.compress(b"x" * 99, mtime=0)[:-9], AuthoringError,
         ": cannot be read: Compressed file ended before the end-of-stream marker was reached"),
        ("a.ttl.gz", gzip.compress(b"", mtime=0)[:10] + b"\x07" * 20, AuthoringError,
         ": cannot be read: Error -3 while decompressing data: invalid block type"),
        ("a.ttl", None, AuthoringError, ": there is no such file."),
    ],
    ids=["Turtle", "TriG", "not compressed", "truncated", "damaged", "missing"],
)  # fmt: skip
def test_broken_file_is_told(
    tmp_path: Path, name: str, content: bytes | None, error: type[AuthoringError], message: str
) -> None:
    """A file that cannot be read is named, with line and column where it is text."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(error) as caught:
        read_rdf(path)

    assert str(caught.value).startswith(f"{path}{message}")


def test_unknown_extension_is_refused(tmp_path: Path) -> None:
    """A file whose name tells no format is refused, with the extensions that do."""
    with pytest.raises(NotAcceptable, match=r"Offered: \.ttl"):
        read_rdf(tmp_path / "a.txt")


# What authors get wrong


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("    miw:reliability miw:PrimarySource ;\n", "", 0),
        (
            "\npassage:example-letter-1 miw:quote",
            "\nid:other miw:reliability miw:PrimarySource .\npassage:example-letter-1 miw:quote",
            2,
        ),
    ],
    ids=["none", "two"],
)
def test_file_that_is_not_one_documents_is_refused(
    small_text: Path, old: str, new: str, count: int
) -> None:
    """A file belongs to the one document whose reliability it states."""
    path = rewrite(small_text, "data/letter.trig", old, new)

    with pytest.raises(AuthoringError) as caught:
        assemble(small_text)

    assert (
        f"{path}: {count} documents state miw:reliability. A file holds one document: "
        "state miw:reliability once, outside of any graph block." == str(caught.value)
    )


@pytest.mark.parametrize(
    ("old", "new", "starts", "ends"),
    [
        ("miw:start 36 ;", "", 0, 1),
        ("miw:end 71 ;", "", 1, 0),
        ("miw:start 36 ;", "miw:start 36 , 37 ;", 2, 1),
        ("miw:start 36 ; miw:end 71", "miw:start 36 , 37 ; miw:end 71 , 72", 2, 2),
    ],
    ids=["no start", "no end", "two starts", "two of each"],
)
def test_half_a_position_is_refused(
    small_text: Path, old: str, new: str, starts: int, ends: int
) -> None:
    """A passage has one start and one end, or neither."""
    path = rewrite(small_text, "data/letter.trig", old, new)

    with pytest.raises(AuthoringError) as caught:
        assemble(small_text)

    assert (
        f"{path}: passage:example-letter-1 has {starts} miw:start and {ends} miw:end. "
        "Give it one of each, or none where the document's text is not at hand."
        == str(caught.value)
    )


def test_stored_query_that_is_none_is_refused(small_text: Path) -> None:
    """A stored query that cannot be read is named, with line and column."""
    path = rewrite(
        small_text, "queries/plans/plan-principles.rq", "ORDER BY ?plan ?ordinal", "ORDER ?plan"
    )

    with pytest.raises(AuthoringError) as caught:
        assemble(small_text)

    assert f"{path}, line 15: column 7: found '?plan'; expected 'BY'." == str(caught.value)


def test_stored_query_without_a_header_is_refused(small_text: Path) -> None:
    """A stored query says what it asks."""
    rewrite(small_text, "queries/plans/plan-principles.rq", "#+ summary:", "# summary:")

    with pytest.raises(QueryHeaderError, match=r"plan-principles\.rq"):
        assemble(small_text)
