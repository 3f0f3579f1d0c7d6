"""Two real engines give the answers that the engine in this process gives."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator

import httpx
import pyoxigraph
import pytest
from tests.queries.test_answers import CASES, Case, bindings_of
from tests.remote.conftest import StartOxigraph, StartVirtuoso, answered_by

from miwdap_kg.engine import Engine
from miwdap_kg.errors import EngineError, QueryEvaluationError, QueryTimeout
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.remote import RemoteExecution
from miwdap_kg.formats import GRAPH_FORMATS, JSON, JSON_LD, NTRIPLES, SOLUTION_FORMATS, Format
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.solutions import Solutions
from miwdap_kg.store import NOT_IN_DEFAULT_GRAPH

GRAPH = NAMESPACES["graph"]
ENGINES = ("oxigraph", "virtuoso")

# What Virtuoso 7.2.5 does otherwise; docs/how-to/scale-out.md says so in a user's words.
JOINS_NO_VALUES = "it does not join VALUES of several columns with what a BIND has made"
WANTS_A_BINDING = "an expression of a variable that nothing binds takes all rows away"
TRUTH_IS_A_NUMBER = "a truth value that a query computes comes as an integer"
FORGETS_YEARS = "it writes the duration P3Y as 36"
DAYS_ARE_MONTHS = "it keeps only one of the values 2020-05 and 2020-05-01 of a property"
LEFT_JOIN_LOSES = "an OPTIONAL with a FILTER on what a VALUES binds finds too little"
SUBQUERY_LOSES = "it loses rows where VALUES binds a variable of a subquery"
NEEDS_SEPARATOR = "its GROUP_CONCAT needs a SEPARATOR"
IN_VIRTUOSO = {
    "differing-dates": TRUTH_IS_A_NUMBER,
    "differing-dates--thing": TRUTH_IS_A_NUMBER,
    "documents-read-in-part": TRUTH_IS_A_NUMBER,
    "documents-read-in-part--document": TRUTH_IS_A_NUMBER,
    "evidence": FORGETS_YEARS,
    "evidence--subject": FORGETS_YEARS,
    "dates-without-a-day": DAYS_ARE_MONTHS,
    "find-by-label": WANTS_A_BINDING,
    "where-is-it-said": WANTS_A_BINDING,
    "link-targets": JOINS_NO_VALUES,
    "link-targets--thing": JOINS_NO_VALUES,
    "link-targets--relation": JOINS_NO_VALUES,
    "link-targets--method": JOINS_NO_VALUES,
    "void-linksets": JOINS_NO_VALUES,
    "not-in-the-newsletter": LEFT_JOIN_LOSES,
    "not-in-the-newsletter--thing": LEFT_JOIN_LOSES,
    "not-in-the-newsletter--thing-in-list": LEFT_JOIN_LOSES,
    "what-changed": NEEDS_SEPARATOR,
    "what-changed--earlier": NEEDS_SEPARATOR,
    "what-changed--later": NEEDS_SEPARATOR,
    "what-changed--project": NEEDS_SEPARATOR,
    "who-did-what--organisation": SUBQUERY_LOSES,
}


@pytest.fixture(params=ENGINES)
def remote(request: pytest.FixtureRequest) -> KnowledgeGraph:
    """The graph, answered by one engine and then by the other."""
    answered: KnowledgeGraph = request.getfixturevalue(f"on_{request.param}")
    return answered


@pytest.fixture(scope="session")
def expected(graph: KnowledgeGraph) -> Callable[[Case], object]:
    """A function that returns the rows of the engine in this process, and remembers them."""
    known: dict[str, object] = {}

    def rows(case: Case) -> object:
        if case.name not in known:
            known[case.name] = bindings_of(graph, case)
        return known[case.name]

    return rows


@pytest.mark.parametrize("case", [pytest.param(each, id=each.name) for each in CASES])
def test_oxigraph_answers_every_stored_query(
    case: Case, on_oxigraph: KnowledgeGraph, expected: Callable[[Case], object]
) -> None:
    """The same rows in the same order, with parameters set or not."""
    assert expected(case) == bindings_of(on_oxigraph, case)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            each,
            id=each.name,
            marks=[pytest.mark.xfail(strict=True, reason=f"Virtuoso 7.2.5: {reason}")]
            if (reason := IN_VIRTUOSO.get(each.name))
            else [],
        )
        for each in CASES
    ],
)
def test_virtuoso_answers_every_stored_query(
    case: Case, on_virtuoso: KnowledgeGraph, expected: Callable[[Case], object]
) -> None:
    """The same rows in the same order, but for what is known of this version."""
    assert expected(case) == bindings_of(on_virtuoso, case)


def answer(graph: KnowledgeGraph, query: str, format_: Format, **given: object) -> bytes:
    """Return an answer in a format."""
    output = io.BytesIO()
    graph.execution.execute(QueryRequest(query, format_, **given), output)  # type: ignore[arg-type]
    return output.getvalue()


@pytest.mark.parametrize("format_", SOLUTION_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    "query",
    [
        f"SELECT ?s ?p ?o {{ GRAPH <{GRAPH}catalog> {{ ?s ?p ?o }} }} ORDER BY ?s ?p STR(?o)",
        f"ASK {{ GRAPH <{GRAPH}catalog> {{ ?s ?p ?o }} }}",
        "ASK { ?s ?s ?s }",
    ],
    ids=["select", "yes", "no"],
)
def test_rows_are_the_same_bytes(
    graph: KnowledgeGraph, remote: KnowledgeGraph, query: str, format_: Format
) -> None:
    """Whatever the engine sends, the answer is written here, and so is the same."""
    assert answer(graph, query, format_) == answer(remote, query, format_)


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    "query",
    [
        f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}structure> {{ ?s ?p ?o }} }}",
        "CONSTRUCT WHERE { ?s ?s ?o }",
        "DESCRIBE <https://w3id.org/miwdap/id/nothing>",
    ],
    ids=["construct", "nothing", "describe-nothing"],
)
def test_graphs_are_the_same(
    graph: KnowledgeGraph, remote: KnowledgeGraph, query: str, format_: Format
) -> None:
    """A graph has the same triples in every format; their order is the engine's."""
    found = answer(remote, query, format_)

    rdf_format = pyoxigraph.RdfFormat.from_media_type(format_.media_type)
    triples = {quad.triple for quad in pyoxigraph.parse(found, format=rdf_format)}
    assert triples == {
        quad.triple
        for quad in pyoxigraph.parse(
            answer(graph, query, NTRIPLES), format=pyoxigraph.RdfFormat.N_TRIPLES
        )
    }


# The dataset

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
NAMES = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
ONE = f"{GRAPH}catalog"
OTHER = f"{GRAPH}interpretation"


def test_named_graphs_are_those_of_the_release(remote: KnowledgeGraph) -> None:
    """No graph of the engine's own is seen, nor the one that holds the default graph."""
    found = [row["g"] for row in remote.select(NAMES)]

    assert sorted(remote.named_graphs) == found


def test_default_graph_is_the_union_that_leaves_some_out(
    graph: KnowledgeGraph, remote: KnowledgeGraph, request: pytest.FixtureRequest
) -> None:
    """A plain query sees each triple once, and none of the graphs that are left out."""
    both = (graph.select(COUNT)[0]["n"], remote.select(COUNT)[0]["n"])
    left_out = f"ASK {{ GRAPH <{next(iter(NOT_IN_DEFAULT_GRAPH))}> {{ ?s ?p ?o }} ?s ?p ?o }}"

    # Virtuoso takes one value of two for the same (see IN_VIRTUOSO).
    lost = 1 if "virtuoso" in request.node.callspec.id else 0
    assert both[0] == both[1] + lost
    assert graph.ask(left_out) == remote.ask(left_out)


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        (COUNT, {"default_graphs": (ONE,)}),
        (COUNT, {"default_graphs": (OTHER,)}),
        (COUNT, {"default_graphs": ("http://example.org/none",)}),
        (COUNT, {"named_graphs": (ONE,)}),
        (NAMES, {"default_graphs": (ONE,)}),
        (NAMES, {"named_graphs": (ONE, OTHER)}),
        (COUNT.replace("WHERE", f"FROM <{ONE}> WHERE"), {}),
        (COUNT.replace("WHERE", f"FROM NAMED <{ONE}> WHERE"), {}),
        (NAMES.replace("WHERE", f"FROM NAMED <{ONE}> WHERE"), {}),
        (NAMES.replace("WHERE", f"FROM <{ONE}> WHERE"), {}),
        (COUNT.replace("WHERE", f"FROM <{ONE}> WHERE"), {"default_graphs": (OTHER,)}),
    ],
)
def test_chosen_graphs_are_the_whole_dataset(
    graph: KnowledgeGraph,
    remote: KnowledgeGraph,
    query: str,
    chosen: dict[str, tuple[str, ...]],
) -> None:
    """Graphs that a request or its query chooses are the dataset, and nothing else is."""
    found = answer(remote, query, JSON, **chosen)

    assert Solutions.of_json(answer(graph, query, JSON, **chosen)).to_dicts() == (
        Solutions.of_json(found).to_dicts()
    )


@pytest.mark.parametrize(
    "engine",
    [
        "oxigraph",
        pytest.param(
            "virtuoso",
            marks=pytest.mark.xfail(strict=True, reason="Virtuoso 7.2.5: {} has always one row"),
        ),
    ],
)
def test_no_graph_is_chosen_by_choosing_the_default_graph(
    engine: str, request: pytest.FixtureRequest
) -> None:
    """`GRAPH ?g {}` has a row for each named graph of the dataset, so here none."""
    graph: KnowledgeGraph = request.getfixturevalue(f"on_{engine}")

    found = answer(graph, "SELECT ?g { GRAPH ?g {} }", JSON, default_graphs=(ONE,))

    assert [] == Solutions.of_json(found).to_dicts()


def test_triple_of_two_chosen_graphs_may_count_twice(
    graph: KnowledgeGraph, remote: KnowledgeGraph
) -> None:
    """A default graph is a set, but neither engine makes one of several graphs; the docs say so."""
    chosen = {"default_graphs": tuple(sorted(graph.named_graphs)[-40:])}

    here, there = (
        Solutions.of_json(answer(each, COUNT, JSON, **chosen))[0]["n"] for each in (graph, remote)
    )

    assert here < there  # type: ignore[operator]


# What Virtuoso needs


def test_virtuoso_keeps_values_that_it_writes_in_its_own_way(
    virtuoso: Engine, start_virtuoso: StartVirtuoso
) -> None:
    """Truth values, blank nodes, space and characters beyond the plane come as they are."""
    turtle = """\
    [] <http://e/p> true , false , " space\\n" , "\\U0001F600" , "\\u0001" , "\\"" , 1.5 , "x"@en .
    """
    query = "SELECT ?s ?o { ?s <http://e/p> ?o } ORDER BY STR(?o)"
    graph = "http://example.org/values"
    address = virtuoso.address.replace("/sparql", "/sparql-graph-crud-auth")
    with httpx.Client(auth=httpx.DigestAuth(virtuoso.user, virtuoso.password)) as client:
        client.put(
            address,
            params={"graph": graph},
            content=turtle,
            headers={"content-type": "text/turtle"},
        ).raise_for_status()
        output = io.BytesIO()
        execution = RemoteExecution(virtuoso)
        execution.execute(QueryRequest(query, JSON, default_graphs=(graph,)), output)
        execution.close()
        client.delete(address, params={"graph": graph}).raise_for_status()

    rows = json.loads(output.getvalue())["results"]["bindings"]
    assert {"bnode"} == {row["s"]["type"] for row in rows}
    assert {"true", "false", " space\n", "\U0001f600", "\x01", '"', "1.5", "x"} == {
        row["o"]["value"] for row in rows
    }


@pytest.fixture(scope="module")
def capped(start_virtuoso: StartVirtuoso) -> Iterator[RemoteExecution]:
    """A Virtuoso with nothing of ours that cuts answers at 50 rows, as its setting says."""
    limits = "ResultSetMaxRows = 50\nMaxQueryExecutionTime = 1"
    with start_virtuoso(limits) as server:
        execution = RemoteExecution(Engine(server.engine.address), seconds=20)
        yield execution
        execution.close()


@pytest.mark.parametrize(
    ("query", "format_"),
    [
        ("SELECT * { ?s ?p ?o }", JSON),
        ("SELECT * { ?s ?p ?o } LIMIT 60", JSON),
        ("CONSTRUCT WHERE { ?s ?p ?o }", NTRIPLES),
        ("CONSTRUCT { ?s ?p ?o . ?o ?p ?o } WHERE { ?s ?p ?o FILTER(ISIRI(?o)) }", JSON_LD),
    ],
)
def test_answer_that_virtuoso_cuts_is_refused(
    capped: RemoteExecution, query: str, format_: Format
) -> None:
    """A cut answer is an error, that of a CONSTRUCT too, where Virtuoso does not say so."""
    with pytest.raises(EngineError, match="It cuts answers behind 50 rows"):
        capped.execute(QueryRequest(query, format_), io.BytesIO())


@pytest.mark.parametrize(
    ("query", "format_"),
    [
        ("SELECT * { ?s ?p ?o } LIMIT 49", JSON),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", JSON),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 40", NTRIPLES),
        ("CONSTRUCT WHERE { ?s ?s ?s }", NTRIPLES),
    ],
)
def test_answer_below_the_cut_is_given(
    capped: RemoteExecution, query: str, format_: Format
) -> None:
    """An answer with fewer rows than the cap is whole."""
    output = io.BytesIO()

    capped.execute(QueryRequest(query, format_), output)

    assert output.getvalue().count(b"\n") in (0, 40)


def test_limit_of_the_engine_is_a_timeout(capped: RemoteExecution) -> None:
    """A query that the engine stops for its time is told as such."""
    pairs = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?s2 ?p2 ?o2 . ?s3 ?p3 ?o3 FILTER(?o != ?o3) }"

    with pytest.raises(QueryTimeout):
        capped.execute(QueryRequest(pairs, JSON), io.BytesIO())


def test_what_the_engine_cannot_evaluate_is_its_error(on_virtuoso: KnowledgeGraph) -> None:
    """A right query that the engine refuses comes back with what the engine says of it."""
    with pytest.raises(QueryEvaluationError, match=r"127\.0\.0\.1:\d+ says: Virtuoso "):
        on_virtuoso.select("SELECT ?x { ?x (^<http://e/p>|!(<http://e/q>|^<http://e/r>))* ?y }")


def test_folder_of_a_server_is_asked_like_memory(
    start_oxigraph: StartOxigraph, graph: KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A server that has just been started with an empty folder answers, with nothing."""
    with (
        start_oxigraph(tmp_path_factory.mktemp("oxigraph")) as server,
        answered_by(server.engine, graph) as answered,
    ):
        found = answered.select(COUNT)

    assert [{"n": 0}] == found.to_dicts()
