"""`KnowledgeGraph`: questions in Python, stored queries, evidence and dumps."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest

from miwdap_kg.errors import (
    LookupFailure,
    NotAcceptable,
    ParameterError,
    QueryNotAllowed,
    QuerySyntaxError,
    QueryTooLarge,
    ReleaseNotFound,
)
from miwdap_kg.knowledge_graph import Evidence, KnowledgeGraph
from miwdap_kg.namespaces import expand
from miwdap_kg.queries import Term
from miwdap_kg.release import Release
from miwdap_kg.settings import Settings
from miwdap_kg.solutions import Iri, Text
from miwdap_kg.store import Store

PREFIXES = """\
PREFIX miw: <https://w3id.org/miwdap/def#>
PREFIX id: <https://w3id.org/miwdap/id/>
"""
PLAN = Term(expand("id:example-plan"))


# Opening


def test_release_is_opened_from_its_folder(small_release: Path) -> None:
    """A folder, given as path or text, is opened as the release that it is."""
    release = Release.open(small_release)

    assert [release, release, release] == [
        KnowledgeGraph.open(each).release for each in (small_release, str(small_release), release)
    ]


def test_release_of_the_settings_is_opened(small_release: Path) -> None:
    """Without a folder, the release that the settings name is opened."""
    graph = KnowledgeGraph.open(settings=Settings.read(release=small_release))

    assert Release.open(small_release) == graph.release


def test_folder_without_a_release_is_refused(tmp_path: Path) -> None:
    """Where there is no release, nothing is opened and nothing is built."""
    with pytest.raises(ReleaseNotFound, match="No release in "):
        KnowledgeGraph.open(tmp_path / "nowhere")


def test_named_graphs_are_counted(small_graph: KnowledgeGraph) -> None:
    """Each named graph tells its number of statements, as the store counts them."""
    rows = small_graph.select(
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
    )

    assert {row["g"]: row["n"] for row in rows} == dict(small_graph.named_graphs)


def test_graph_of_a_store_has_no_release() -> None:
    """Any store can be asked, without a release and stored queries."""
    graph = KnowledgeGraph.of_store(Store(pyoxigraph.Store()))

    assert (None, 0, {}, 0) == (
        graph.release,
        len(graph.queries),
        graph.named_graphs,
        len(graph.select("SELECT ?s { ?s ?p ?o }")),
    )


# Asking


def test_select(small_graph: KnowledgeGraph) -> None:
    """A SELECT gives rows of Python values."""
    rows = small_graph.select(
        PREFIXES + "SELECT ?principle ?n { id:example-plan miw:hasPrinciple ?principle . "
        "?principle miw:ordinal ?n }"
    )

    assert [{"principle": Iri(expand("id:example-principle")), "n": 1}] == rows.to_dicts()


def test_select_gives_texts_with_their_language(small_graph: KnowledgeGraph) -> None:
    """A label knows its language."""
    rows = small_graph.select(PREFIXES + "SELECT ?purpose { ?plan miw:purpose ?purpose }")
    text = rows[0]["purpose"]

    assert isinstance(text, Text)
    assert ("for everybody", "en") == (text, text.language)


def test_select_with_a_bound_variable(small_graph: KnowledgeGraph) -> None:
    """A variable can be bound to a term."""
    query = "SELECT DISTINCT ?s ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"

    rows = small_graph.select(query, g=Term(expand("passage:example-letter-10")))

    assert [expand("id:example-plan")] == [row["s"] for row in rows]


@pytest.mark.parametrize(
    ("query", "answer"),
    [("ASK { ?s miw:purpose ?o }", True), ("ASK { ?s miw:purpose 1 }", False)],
    ids=["true", "false"],
)
def test_ask(small_graph: KnowledgeGraph, query: str, answer: bool) -> None:
    """An ASK gives a boolean."""
    assert answer is small_graph.ask(PREFIXES + query)


def test_construct(small_graph: KnowledgeGraph) -> None:
    """A CONSTRUCT gives a graph in a format, Turtle by default."""
    query = PREFIXES + "CONSTRUCT { ?s miw:ordinal ?n } { ?s miw:ordinal ?n }"

    written = [small_graph.construct(query).splitlines()[-1], small_graph.construct(query, "nt")]

    assert [
        "id:example-principle miw:ordinal 1 .",
        "<https://w3id.org/miwdap/id/example-principle> <https://w3id.org/miwdap/def#ordinal> "
        '"1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
    ] == written


def test_describe(small_graph: KnowledgeGraph) -> None:
    """A DESCRIBE gives what is said of a thing, in the default graph."""
    written = small_graph.describe(PREFIXES + "DESCRIBE id:example-principle", "ntriples")

    assert "Promotion of examples" in written
    assert all(
        line.startswith("<https://w3id.org/miwdap/id/example-principle>")
        for line in written.splitlines()
    )


def test_interpretation_is_not_in_the_default_graph(small_graph: KnowledgeGraph) -> None:
    """Judgements are reached by the name of their graph alone."""
    pattern = "{ id:example-plan miw:contributesTo ?goal }"
    answers = [
        small_graph.ask(PREFIXES + f"ASK {pattern}"),
        small_graph.ask(
            PREFIXES + f"ASK {{ GRAPH <https://w3id.org/miwdap/graph/interpretation> {pattern} }}"
        ),
    ]

    assert [False, True] == answers


@pytest.mark.parametrize(
    ("method", "query", "form"),
    [
        ("select", "ASK {}", "ASK"),
        ("select", "ASKWHERE{}", "ASK"),
        ("ask", "SELECT * {}", "SELECT"),
        ("ask", "SELECTDISTINCT?s{?s ?p ?o}", "SELECT"),
        ("construct", "DESCRIBE <a:b>", "DESCRIBE"),
        ("describe", "SELECT * {}", "SELECT"),
    ],
)
def test_query_of_another_form_is_refused(
    small_graph: KnowledgeGraph, method: str, query: str, form: str
) -> None:
    """Each method asks its form, and names the method for another."""
    with pytest.raises(QueryNotAllowed) as caught:
        getattr(small_graph, method)(query)

    assert (
        f"This is a query of the form {form}: ask it with .{form.lower()}(), not with .{method}()."
        == str(caught.value)
    )


@pytest.mark.parametrize("method", ["select", "ask", "construct", "describe"])
def test_what_is_no_query_is_refused(small_graph: KnowledgeGraph, method: str) -> None:
    """A text that is no query is told with its place, and an update as an update."""
    ask = getattr(small_graph, method)

    with pytest.raises(QuerySyntaxError, match="line 1, column 1: found 'hello'"):
        ask("hello")
    with pytest.raises(QueryNotAllowed, match="This is an update"):
        ask("CLEAR ALL")


def test_format_of_the_other_kind_is_refused(small_graph: KnowledgeGraph) -> None:
    """A graph cannot be had as CSV."""
    with pytest.raises(NotAcceptable) as caught:
        small_graph.construct("CONSTRUCT WHERE { ?s ?p ?o }", "csv")

    assert (
        "Asked for 'csv', which is not offered. "
        "Offered: turtle, ntriples, rdfxml, jsonld, trig." == str(caught.value)
    )


def test_settings_limit_query_and_answer(small_release: Path) -> None:
    """The limits are those of the settings."""
    settings = Settings.read(max_query_bytes=100, max_answer_bytes=200)
    graph = KnowledgeGraph.open(small_release, settings=settings)

    with pytest.raises(QueryTooLarge, match="query in bytes is 107"):
        graph.ask("ASK {} " + "#" * 100)
    with pytest.raises(QueryTooLarge, match="answer in bytes is"):
        graph.select("SELECT * { ?s ?p ?o }")


# Stored queries


def test_run(small_graph: KnowledgeGraph) -> None:
    """A stored query answers for all when no parameter is set."""
    rows = small_graph.run("plan-principles")

    assert [
        {
            "plan": expand("id:example-plan"),
            "ordinal": 1,
            "label": "Promotion of examples",
        }
    ] == rows.to_dicts()


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"plan": "id:example-plan"}, 1),
        ({"plan": "example-plan", "ordinal": "1"}, 1),
        ({"plan": "id:other-plan"}, 0),
        ({"ordinal": "2"}, 0),
    ],
)
def test_run_with_parameters(
    small_graph: KnowledgeGraph, parameters: dict[str, str], count: int
) -> None:
    """A parameter that is set limits the answer."""
    assert count == len(small_graph.run("plan-principles", **parameters))


def test_run_refuses_an_unknown_query(small_graph: KnowledgeGraph) -> None:
    """A query that there is not is told with the nearest that there is."""
    with pytest.raises(LookupFailure, match="Did you mean 'plan-principles'"):
        small_graph.run("plan-principle")


def test_run_refuses_a_wrong_parameter(small_graph: KnowledgeGraph) -> None:
    """A value of the wrong type is told with an example."""
    with pytest.raises(ParameterError, match="'first' is not of type integer"):
        small_graph.run("plan-principles", ordinal="first")


# Evidence


def test_evidence_opens_a_statement_to_its_passages(small_graph: KnowledgeGraph) -> None:
    """A statement that two passages support has both, in the order of the document."""
    found = small_graph.evidence("example-plan", "miw:hasPrinciple", "id:example-principle")

    expected = [
        Evidence(
            subject=Iri(expand("id:example-plan")),
            predicate=Iri(expand("miw:hasPrinciple")),
            object=Iri(expand("id:example-principle")),
            passage=expand(f"passage:example-letter-{number}"),
            quote=quote,
            document=expand("id:example-letter"),
            title="Example letter",
            line=line,
            reliability=expand("miw:PrimarySource"),
        )
        for number, quote, line in (
            (1, "The example plan has one principle.", 3),
            (2, "Principle 1: Promotion of examples", 4),
        )
    ]
    assert expected == list(found)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 9),
        ({"subject": "example-principle"}, 3),
        ({"predicate": "miw:hasPrinciple"}, 2),
        ({"object": "miw:Plan"}, 1),
        ({"subject": expand("id:example-plan"), "predicate": "<" + expand("miw:purpose") + ">"}, 1),
        ({"subject": "nothing"}, 0),
        ({"predicate": "miw:contributesTo"}, 0),
    ],
)
def test_evidence_fits_what_is_given(
    small_graph: KnowledgeGraph, given: dict[str, str], count: int
) -> None:
    """What is not given fits everything; a judgement of the project has no evidence."""
    assert count == len(small_graph.evidence(**given))


def test_evidence_refuses_an_unknown_prefix(small_graph: KnowledgeGraph) -> None:
    """A prefix that there is not is named."""
    with pytest.raises(LookupFailure, match="No prefix 'nope'"):
        small_graph.evidence("nope:x")


# Dumps


@pytest.mark.parametrize(
    ("name", "extension"),
    [("nquads", "nq"), ("nq", "nq"), ("trig", "trig"), ("turtle", "ttl"), ("text/turtle", "ttl")],
)
def test_dump_to_a_folder(
    small_graph: KnowledgeGraph, tmp_path: Path, name: str, extension: str
) -> None:
    """A dump comes into a folder under its own name, byte for byte."""
    assert small_graph.release is not None
    source = small_graph.release.dump(extension)

    written = small_graph.dump(name, to=tmp_path)

    assert (tmp_path / source.name, source.read_bytes()) == (written, written.read_bytes())


def test_dump_to_a_file(small_graph: KnowledgeGraph, tmp_path: Path) -> None:
    """A dump comes under any name, which may be a text."""
    written = small_graph.dump("trig", to=str(tmp_path / "plan.trig"))

    assert small_graph.dump_path("trig").read_bytes() == written.read_bytes()


def test_dump_in_another_format_is_refused(small_graph: KnowledgeGraph, tmp_path: Path) -> None:
    """A format that no dump has is refused, with those that they have."""
    with pytest.raises(NotAcceptable) as caught:
        small_graph.dump("rdfxml", to=tmp_path)

    assert "Asked for 'rdfxml', which is not offered. Offered: turtle, trig, nquads." == str(
        caught.value
    )


def test_store_without_a_release_has_no_dump(tmp_path: Path) -> None:
    """What was not opened from a release cannot be dumped."""
    graph = KnowledgeGraph.of_store(Store(pyoxigraph.Store()))

    with pytest.raises(ReleaseNotFound):
        graph.dump("turtle", to=tmp_path)


# The plan itself


def test_plan_has_five_principles(graph: KnowledgeGraph) -> None:
    """The graph of the text at hand answers its first question, with the passage behind it."""
    rows = graph.run("principles")
    quote = graph.evidence("plan", "miw:hasPrinciple", "principle-1")[0].quote

    assert ["Promotion of SDGs", "Principle 1: Promotion of SDGs"] == [rows[0]["label"], quote]
