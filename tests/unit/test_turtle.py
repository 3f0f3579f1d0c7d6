"""The writer: exact texts, the order of reading, and the way back through two other parsers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable

import pyoxigraph
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, XSD, BNode, Dataset, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from miwdap_kg.errors import MiwdapError
from miwdap_kg.namespaces import NAMESPACES, expand
from miwdap_kg.workshop.turtle import write_nquads, write_ntriples, write_trig, write_turtle

PREFIXES = "".join(f"@prefix {prefix}: <{base}> .\n" for prefix, base in NAMESPACES.items())


def iri(name: str) -> URIRef:
    return URIRef(expand(name))


def graph_of(turtle: str) -> Graph:
    """Return the graph of *turtle*, with each lexical form as written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rdflib, "NORMALIZE_LITERALS", False)
        return Graph().parse(data=PREFIXES + turtle, format="turtle")


def statements(text: str, format_: pyoxigraph.RdfFormat) -> pyoxigraph.Dataset:
    """Return what *text* states, blank nodes named by what they say.

    rdflib.compare.isomorphic is no judge here: it calls a graph with twins different from itself.
    """
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(text.encode(), format=format_))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def statements_of(graph: Graph) -> pyoxigraph.Dataset:
    """Return what *graph* states, by way of rdflib's own writer."""
    return statements(graph.serialize(format="nt"), pyoxigraph.RdfFormat.N_TRIPLES)


def body(text: str) -> str:
    """Return *text* without the lines of its prefixes."""
    lines = (line for line in text.splitlines(True) if not line.startswith("@prefix"))
    return "".join(lines).lstrip("\n")


# Layout


def test_the_style_guides_example_is_written_letter_by_letter() -> None:
    """A graph block has the subject on a line, a line per predicate, and a dot alone."""
    graph = graph_of(
        """
        id:measure-1a miw:broaderInitiative id:measure-1 ; a miw:Measure ;
            skos:prefLabel "Construction of a stratospheric platform"@en .
        id:list-covid-19-efforts miw:listsMember id:measure-1a .
        """
    )

    expected = """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix id: <https://w3id.org/miwdap/id/> .
@prefix passage: <https://w3id.org/miwdap/passage/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

passage:newsletter-58 {
    id:list-covid-19-efforts miw:listsMember id:measure-1a .
    id:measure-1a
        a miw:Measure ;
        skos:prefLabel "Construction of a stratospheric platform"@en ;
        miw:broaderInitiative id:measure-1 ;
    .
}
"""
    assert expected == write_trig({iri("passage:newsletter-58"): graph})


def test_several_values_have_a_line_each() -> None:
    """Values stand below their predicate, IRIs by number and labels by language."""
    graph = graph_of(
        """
        id:plan miw:hasPrinciple id:principle-10, id:principle-2 ;
            skos:prefLabel "計画"@ja, "Plan"@en .
        id:plan-2018 miw:hasPrinciple id:principle-1, id:principle-2 .
        """
    )

    expected = """\
id:plan
    skos:prefLabel
        "Plan"@en ,
        "計画"@ja ;
    miw:hasPrinciple
        id:principle-2 ,
        id:principle-10 ;
.

id:plan-2018
    miw:hasPrinciple
        id:principle-1 ,
        id:principle-2 ;
.
"""
    assert expected == body(write_turtle(graph))


def test_statements_of_one_line_stand_together() -> None:
    """Only what takes several lines has blank lines around it."""
    graph = graph_of(
        "id:plan a miw:Plan . id:basic-policy a miw:Policy . "
        "id:principle-1 a miw:Principle ; miw:ordinal 1 . id:mic a org:FormalOrganization ."
    )

    expected = (
        "id:plan a miw:Plan .\nid:basic-policy a miw:Policy .\n\n"
        "id:principle-1\n    a miw:Principle ;\n    miw:ordinal 1 ;\n.\n\n"
        "id:mic a org:FormalOrganization .\n"
    )
    assert expected == body(write_turtle(graph))


def test_lists_and_nodes_without_name_stand_in_brackets() -> None:
    """A short list takes one line, a long one a line per item, and a single statement no line."""
    graph = graph_of(
        """
        shape:plan sh:property [ sh:in ( 1 2.0 true ) ; sh:path miw:ordinal ] ;
            sh:not [ sh:path miw:about ] ; sh:or () ;
            sh:and ( [ sh:nodeKind sh:IRI ; sh:minCount 1 ] ) .
        """
    )

    expected = """\
shape:plan
    sh:and (
        [
            sh:minCount 1 ;
            sh:nodeKind sh:IRI ;
        ]
    ) ;
    sh:not [ sh:path miw:about ] ;
    sh:or () ;
    sh:property [
        sh:path miw:ordinal ;
        sh:in ( 1 2.0 true ) ;
    ] ;
.
"""
    assert expected == body(write_turtle(graph))


def test_a_list_of_many_items_has_a_line_for_each() -> None:
    """Beyond sixty characters a list goes down the page."""
    graph = graph_of(f"shape:plan sh:in ( {' '.join(f'id:principle-{n}' for n in range(1, 6))} ) .")

    expected = (
        "shape:plan sh:in (\n    id:principle-1\n    id:principle-2\n    id:principle-3\n"
        "    id:principle-4\n    id:principle-5\n) .\n"
    )
    assert expected == body(write_turtle(graph))


def test_a_node_without_name_that_nothing_leads_to_is_a_subject_in_brackets() -> None:
    """It needs no label."""
    graph = graph_of("[] a owl:AllDisjointClasses ; owl:members ( miw:Measure miw:Project ) .")

    expected = (
        "[]\n    a owl:AllDisjointClasses ;\n    owl:members ( miw:Measure miw:Project ) ;\n.\n"
    )
    assert expected == body(write_turtle(graph))


@pytest.mark.parametrize(
    "turtle",
    [
        pytest.param("id:a miw:x _:z . id:b miw:x _:z . _:z miw:y 1 .", id="two lead to it"),
        pytest.param("_:z miw:x _:y . _:y miw:x _:z .", id="a ring"),
        pytest.param("_:z miw:x _:z .", id="leads to itself"),
        pytest.param("id:a miw:x _:z . _:z miw:x _:y . _:y miw:x _:z .", id="into a ring"),
        pytest.param("id:a miw:x _:z ; miw:y _:z .", id="led to twice"),
    ],
)
def test_a_node_that_fits_in_no_brackets_has_a_label(turtle: str) -> None:
    """The label leads back to one and the same node."""
    graph = graph_of(turtle)

    text = write_turtle(graph)

    assert "_:b" in text
    assert statements_of(graph) == statements(text, pyoxigraph.RdfFormat.TURTLE)


def test_a_node_that_stands_in_two_graphs_has_a_label() -> None:
    """Brackets in two graphs would make two nodes of one."""
    node = BNode()
    graphs = {
        iri("graph:ontology"): Graph().add((iri("id:a"), RDF.value, node)),
        iri("graph:shapes"): Graph().add((node, RDF.value, Literal("x"))),
    }

    text = write_trig(graphs)

    assert "    id:a rdf:value _:b0 .\n" in text
    assert '    _:b0 rdf:value "x" .\n' in text


@pytest.mark.parametrize(
    "turtle",
    [
        pytest.param("id:a miw:x _:l . _:l rdf:first 1 .", id="no rest"),
        pytest.param(
            "id:a miw:x _:l . _:l rdf:first 1, 2 ; rdf:rest rdf:nil .", id="two first items"
        ),
        pytest.param(
            "id:a miw:x _:l . _:l rdf:first 1 ; rdf:rest rdf:nil ; miw:y 2 .", id="says more"
        ),
        pytest.param("id:a miw:x _:l . _:l rdf:first 1 ; rdf:rest id:b .", id="ends in a thing"),
        pytest.param(
            "id:a miw:x _:l . id:b miw:x _:m . _:l rdf:first 1 ; rdf:rest _:m . "
            "_:m rdf:first 2 ; rdf:rest rdf:nil .",
            id="shares its end",
        ),
    ],
)
def test_what_is_nearly_a_list_is_no_list(turtle: str) -> None:
    """Round brackets are for whole lists alone."""
    graph = graph_of(turtle)

    text = write_turtle(graph)

    assert "(" not in text.replace("()", "")
    assert statements_of(graph) == statements(text, pyoxigraph.RdfFormat.TURTLE)


# Order


def test_subjects_come_by_kind_and_then_by_number() -> None:
    """The kind is told by the type, and by the key where the type stands elsewhere."""
    names = [
        *("id:plan", "id:basic-policy", "id:principle-2", "id:principle-10", "id:perspective-1"),
        *("id:field-ict", "id:measure-1", "id:measure-1a", "id:measure-3", "id:mic"),
        *("id:plan-document-2020", "passage:newsletter-9", "passage:newsletter-33"),
    ]
    graph = Graph().add((iri("id:mic"), RDF.type, iri("org:FormalOrganization")))
    for name in reversed(names):
        graph.add((iri(name), iri("miw:line"), Literal(1)))

    text = body(write_turtle(graph))

    assert names == [line.split()[0] for line in text.splitlines() if line.startswith(("id", "pa"))]


def test_predicates_come_in_reading_order() -> None:
    """What it is, what it is called, what we say, where it leads, where we have it from."""
    graph = graph_of(
        """
        id:measure-1 skos:editorialNote "note" ; miw:respondsTo id:topic-covid-19 ;
            skos:exactMatch <http://example.org/x> ; miw:purpose "purpose"@en ; miw:ordinal 1 ;
            skos:definition "definition"@en ; skos:altLabel "other"@en ;
            skos:prefLabel "name"@en ; a miw:Measure .
        """
    )

    lines = body(write_turtle(graph)).splitlines()[1:-1]

    assert [
        *("a", "skos:prefLabel", "skos:altLabel", "skos:definition", "miw:ordinal", "miw:purpose"),
        *("miw:respondsTo", "skos:exactMatch", "skos:editorialNote"),
    ] == [line.split()[0] for line in lines]


def test_graphs_come_passages_first() -> None:
    """The default graph stands above, then passages by number, then the other graphs."""
    names = [
        *("passage:newsletter-9", "passage:newsletter-33", "graph:evidence", "graph:structure"),
        *("graph:ontology", "graph:shapes", "graph:catalog", "graph:queries"),
    ]
    dataset = Dataset()
    for name in reversed(names):
        dataset.graph(iri(name)).add((iri("id:plan"), RDF.type, iri("miw:Plan")))
    dataset.default_graph.add((iri("id:mic"), RDF.type, iri("org:FormalOrganization")))

    text = body(write_trig(dataset))

    assert text.startswith("id:mic a org:FormalOrganization .\n\npassage:newsletter-9 {\n")
    assert names == [line.removesuffix(" {") for line in text.splitlines() if line.endswith("{")]


def test_only_used_prefixes_stand_in_the_order_of_the_table_below_the_comment() -> None:
    """A comment of several lines is several comments."""
    graph = graph_of('id:plan skos:prefLabel "x" ; dcterms:date "2020"^^xsd:gYear .')

    lines = write_turtle(graph, comment="First.\n\nSecond.").splitlines()

    expected = ["# First.", "#", "# Second.", "id:", "dcterms:", "skos:", "xsd:", "", "id:plan"]
    assert expected == [line.split()[1] if line[:1] == "@" else line for line in lines[:9]]


def test_a_dataset_and_its_graphs_are_written_alike() -> None:
    """A mapping may hold the default graph under rdflib's name for it."""
    dataset = Dataset()
    named = dataset.graph(iri("graph:links")).add((iri("id:plan"), RDF.value, Literal("1")))
    default = dataset.default_graph.add((iri("id:plan"), RDF.value, Literal("2")))
    mapping = {DATASET_DEFAULT_GRAPH_ID: default, iri("graph:links"): named}

    assert write_trig(mapping) == write_trig(dataset)
    assert write_nquads(mapping) == write_nquads(dataset)


def test_nothing_is_written_as_nothing() -> None:
    """An empty graph has no prefixes and an empty named graph no block."""
    nothing = Graph()

    texts = (
        *(write_turtle(nothing), write_trig({iri("graph:links"): nothing})),
        *(write_ntriples(nothing), write_nquads(Dataset())),
    )

    assert not any(texts)


# Terms


@pytest.mark.parametrize(
    ("lexical", "datatype", "expected"),
    [
        ("1.50", XSD.decimal, "1.50"),
        ("-0.50", XSD.decimal, "-0.50"),
        (".5", XSD.decimal, '".5"^^xsd:decimal'),
        ("01.5", XSD.decimal, '"01.5"^^xsd:decimal'),
        ("15", XSD.decimal, '"15"^^xsd:decimal'),
        ("1.", XSD.decimal, '"1."^^xsd:decimal'),
        ("15", XSD.integer, "15"),
        ("015", XSD.integer, '"015"^^xsd:integer'),
        ("+15", XSD.integer, '"+15"^^xsd:integer'),
        ("-0", XSD.integer, '"-0"^^xsd:integer'),
        ("１", XSD.integer, '"１"^^xsd:integer'),
        ("15\n", XSD.integer, '"""15\n"""^^xsd:integer'),
        ("1E3", XSD.double, '"1E3"^^xsd:double'),
        ("true", XSD.boolean, "true"),
        ("1", XSD.boolean, '"1"^^xsd:boolean'),
        ("P36M", XSD.duration, '"P36M"^^xsd:duration'),
        ("text", XSD.string, '"text"'),
        ("text", None, '"text"'),
        ("say \"it\" 'so'", None, '"say \\"it\\" \'so\'"'),
        ("a\tb\\c", None, '"a\\tb\\\\c"'),
        ("two\nlines", None, '"""two\nlines"""'),
        ('"""\n"quoted"', None, '"""\\"""\n"quoted\\""""'),
        ("two\r\nlines", None, '"two\\r\\nlines"'),
        ("\x00\x7f\ufffe\U0001f600", None, '"\\u0000\\u007F\\uFFFE\U0001f600"'),
        ("総務省", None, '"総務省"'),
    ],
)
def test_literals_keep_their_lexical_form(
    lexical: str, datatype: URIRef | None, expected: str
) -> None:
    """A bare token stands only where every reader gives the same literal back."""
    literal = Literal(lexical, datatype=datatype, normalize=False)
    graph = Graph().add((iri("id:plan"), RDF.value, literal))

    assert f"id:plan rdf:value {expected} .\n" == body(write_turtle(graph))


def test_a_language_tag_is_written_as_given() -> None:
    """Upper case stays upper case."""
    graph = Graph().add((iri("id:plan"), RDF.value, Literal("a", lang="en-GB")))

    assert body(write_turtle(graph)) == 'id:plan rdf:value "a"@en-GB .\n'


@pytest.mark.parametrize(
    ("local", "is_short"),
    [
        ("id/sdg-9", True),
        ("id/a.b_c-1", True),
        ("id/", False),
        ("id/-a", False),
        ("id/a.", False),
        ("id/a/b", False),
        ("id/a:b", False),
        ("id/a%20b", False),
        ("id/a(b)", False),
        ("id/é", True),
        ("def", False),
        ("def#9", True),
    ],
)
def test_an_iri_is_short_where_its_key_needs_no_escape(local: str, *, is_short: bool) -> None:
    """Everything else is written in full, in angle brackets."""
    graph = Graph().add((URIRef(f"https://w3id.org/miwdap/{local}"), RDF.value, Literal("x")))

    text = body(write_turtle(graph))

    assert is_short is not text.startswith(f"<https://w3id.org/miwdap/{local}> ")


@pytest.mark.parametrize("bad", ["http://example.org/a b", "http://example.org/<", "plan", ""])
def test_what_is_no_iri_is_not_written(bad: str) -> None:
    """A dump that nobody could read is refused with the IRI named."""
    graph = Graph().add((URIRef(bad), RDF.value, Literal("x")))

    for write in (write_turtle, write_ntriples):
        with pytest.raises(MiwdapError, match=f"^<{bad}> cannot be written: an IRI starts with"):
            write(graph)


def test_a_graph_without_an_iri_for_its_name_is_not_written() -> None:
    """The graphs of a release have names that can be asked for."""
    with pytest.raises(MiwdapError, match=r"^The graph x cannot be written: give it an IRI"):
        write_nquads({BNode("x"): Graph().add((iri("id:plan"), RDF.value, Literal("x")))})  # type: ignore[dict-item]  # the point


def test_a_literal_as_subject_is_not_written() -> None:
    """rdflib takes it, RDF does not."""
    with pytest.raises(MiwdapError, match=r"^'x .* cannot be written: it is no RDF\."):
        write_turtle(Graph().add((Literal("x"), RDF.value, Literal("x"))))


# N-Triples and N-Quads


def test_ntriples_are_canonical_lines_sorted_by_code_point() -> None:
    """Escapes are those of RDF 1.2's canonical form; xsd:string is never named."""
    graph = graph_of(
        r"""
        id:b miw:x "1.50"^^xsd:decimal, "é\u0000\u0008\u007F\t\n\f\r\"\\", "x"^^xsd:string .
        id:a miw:x "a"@en-GB .
        """
    )

    expected = (
        '<https://w3id.org/miwdap/id/a> <https://w3id.org/miwdap/def#x> "a"@en-GB .\n'
        "<https://w3id.org/miwdap/id/b> <https://w3id.org/miwdap/def#x> "
        '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n'
        '<https://w3id.org/miwdap/id/b> <https://w3id.org/miwdap/def#x> "x" .\n'
        "<https://w3id.org/miwdap/id/b> <https://w3id.org/miwdap/def#x> "
        r'"é\u0000\b\u007F\t\n\f\r\"\\" .' + "\n"
    )
    assert expected == write_ntriples(graph)


def test_nquads_name_the_graph_where_there_is_one() -> None:
    """The default graph has no fourth term."""
    dataset = Dataset()
    dataset.graph(iri("graph:links")).add((iri("id:plan"), RDF.type, iri("miw:Plan")))
    dataset.default_graph.add((iri("id:plan"), RDF.type, iri("miw:Plan")))
    triple = f"<{iri('id:plan')}> <{RDF.type}> <{iri('miw:Plan')}>"

    assert f"{triple} .\n{triple} <{iri('graph:links')}> .\n" == write_nquads(dataset)


# The same bytes for the same statements

SCRIPT = """
import sys
from rdflib import Dataset
from miwdap_kg.workshop.turtle import write_nquads, write_trig
dataset = Dataset()
for line in sys.stdin:
    dataset.default_graph.parse(data=line, format="turtle")
sys.stdout.write(write_trig(dataset) + write_nquads(dataset))
"""


def test_the_hash_seed_changes_nothing() -> None:
    """Two processes with other hashes write the same bytes."""
    lines = "".join(
        f'<urn:a{n % 3}> <urn:p{n % 5}> "{n}"@en, <urn:b{n}>, [ <urn:q> {n % 2}, ({n} {n}) ] .\n'
        for n in range(30)
    )

    texts = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            input=lines,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(texts) == 1
    assert texts.pop().count("\n") > 100


LOCALS = st.text("abc-_.~09éß総:@!$&'()*+,;=/?", max_size=8).filter(lambda text: "//" not in text)
IRIS = st.builds(
    lambda base, local: URIRef(base + local),
    st.sampled_from([*list(NAMESPACES.values())[:4], "http://example.org/", "urn:x:"]),
    LOCALS,
)
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
HARD = st.text("\"'\\\n\r\t\x00\x7f\ufffe {}#<>@^.", max_size=8)
TEXTS = PLAIN | HARD
NUMBERS = st.one_of(
    st.from_regex(r"\A[+-]?[0-9]{0,4}\.[0-9]{1,4}\Z").map(lambda text: (text, XSD.decimal)),
    st.from_regex(r"\A[+-]?[0-9]{1,25}\Z").map(lambda text: (text, XSD.integer)),
    st.sampled_from(["1e3", "1.0E0", "INF"]).map(lambda text: (text, XSD.double)),
    st.sampled_from(["true", "false", "1", "TRUE"]).map(lambda text: (text, XSD.boolean)),
)
LITERALS = st.one_of(
    TEXTS.map(Literal),
    st.builds(
        lambda text, lang: Literal(text, lang=lang), TEXTS, st.sampled_from(["en", "ja-Latn"])
    ),
    NUMBERS.map(lambda pair: Literal(pair[0], datatype=pair[1], normalize=False)),
    st.builds(
        lambda text, datatype: Literal(text, datatype=datatype, normalize=False),
        TEXTS,
        st.sampled_from([XSD.duration, URIRef("http://example.org/type")]),
    ),
)
TRIPLES = st.tuples(IRIS, IRIS, IRIS | LITERALS)


def graph_from(triples: Iterable[tuple[URIRef | BNode, URIRef, URIRef | BNode | Literal]]) -> Graph:
    graph = Graph()
    for triple in triples:
        graph.add(triple)
    return graph


def engine_terms(graph: Graph) -> pyoxigraph.Dataset:
    """Return the statements of *graph* as the engine's terms, without parsing anything."""

    def term(node: object) -> pyoxigraph.NamedNode | pyoxigraph.Literal:
        if isinstance(node, Literal):
            if node.language:
                return pyoxigraph.Literal(str(node), language=node.language.lower())
            datatype = pyoxigraph.NamedNode(str(node.datatype or XSD.string))
            return pyoxigraph.Literal(str(node), datatype=datatype)
        return pyoxigraph.NamedNode(str(node))

    return pyoxigraph.Dataset(
        pyoxigraph.Quad(*(term(node) for node in triple))  # type: ignore[arg-type]
        for triple in graph
    )


@settings(deadline=None)
@given(st.lists(TRIPLES, max_size=8))
def test_what_is_written_reads_back_the_same(
    triples: list[tuple[URIRef, URIRef, URIRef | Literal]],
) -> None:
    """rdflib and pyoxigraph both find the very statements, in Turtle and in N-Triples."""
    graph = graph_from(triples)

    turtle, ntriples = write_turtle(graph), write_ntriples(graph)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rdflib, "NORMALIZE_LITERALS", False)
        assert set(graph) == set(Graph().parse(data=turtle, format="turtle"))
    assert engine_terms(graph) == statements(turtle, pyoxigraph.RdfFormat.TURTLE)
    assert engine_terms(graph) == statements(ntriples, pyoxigraph.RdfFormat.N_TRIPLES)


@settings(deadline=None)
@given(st.dictionaries(IRIS, st.lists(TRIPLES, max_size=4), max_size=4))
def test_datasets_read_back_the_same(
    content: dict[URIRef, list[tuple[URIRef, URIRef, URIRef | Literal]]],
) -> None:
    """TriG and N-Quads say the same quads, in any order of graphs and statements."""
    graphs = {name: graph_from(triples) for name, triples in content.items()}
    reversed_ = {name: graph_from(content[name][::-1]) for name in reversed(content)}

    trig, nquads = write_trig(graphs), write_nquads(graphs)

    assert (trig, nquads) == (write_trig(reversed_), write_nquads(reversed_))
    assert statements(trig, pyoxigraph.RdfFormat.TRIG) == statements(
        nquads, pyoxigraph.RdfFormat.N_QUADS
    )
    assert sum(len(graph) for graph in graphs.values()) == nquads.count("\n")


TREES = st.recursive(
    st.sampled_from([1, 2]),
    lambda inner: st.tuples(st.booleans(), st.lists(inner, max_size=3)),
    max_leaves=8,
)


def plant(graph: Graph, tree: object, label: Iterable[str]) -> BNode | Literal:
    """Add *tree* to *graph*, a list or a bundle of statements, and return its root."""
    if not isinstance(tree, tuple):
        return Literal(tree)
    is_list, branches = tree
    node = BNode(next(iter(label)))
    values = [plant(graph, branch, label) for branch in branches]
    if is_list and values:
        Collection(graph, node, values)  # type: ignore[arg-type]  # rdflib's list of its own class
    else:
        graph.add((node, RDF.type, iri("miw:Plan")))
        for value in values:
            graph.add((node, RDF.value, value))
    return node


@settings(deadline=None)
@given(st.lists(TREES, max_size=3), st.permutations(range(40)))
def test_labels_of_blank_nodes_change_nothing(trees: list[object], numbers: list[int]) -> None:
    """Trees and lists of blank nodes are written by what they say alone, and read back so."""
    texts = []
    graphs = []
    for order in (range(40), numbers):
        graph = Graph()
        labels = (f"n{number}" for number in order)
        for tree in trees:
            graph.add((iri("id:plan"), RDF.value, plant(graph, tree, labels)))
        graphs.append(graph)
        texts.append((write_turtle(graph), write_ntriples(graph)))

    assert texts[0] == texts[1]
    turtle, ntriples = texts[0]
    assert statements_of(graphs[0]) == statements(turtle, pyoxigraph.RdfFormat.TURTLE)
    assert statements_of(graphs[0]) == statements(ntriples, pyoxigraph.RdfFormat.N_TRIPLES)
