"""What is sent to an engine elsewhere: variables set in the text, the dataset, and credentials."""

from __future__ import annotations

import io
from collections.abc import Mapping
from urllib.parse import parse_qs

import httpx
import pyoxigraph as ox
import pytest

from miwdap_kg.engine import Engine
from miwdap_kg.errors import (
    ConfigurationError,
    MiwdapError,
    NotAcceptable,
    ParameterError,
    QueryEvaluationError,
    QueryNotAllowed,
    QuerySyntaxError,
    QueryTooLarge,
)
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.binding import bind
from miwdap_kg.execution.inspection import QueryLimits
from miwdap_kg.execution.remote import RemoteExecution
from miwdap_kg.formats import JSON, TURTLE
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.queries import Term
from miwdap_kg.settings import Settings
from miwdap_kg.store import Store

XSD = NAMESPACES["xsd"]
ONE = Term("http://e/s1")
TEXT = Term("1", f"{XSD}string")
NUMBER = Term("1", f"{XSD}integer")
NONE = f"{NAMESPACES['graph']}none"


def string(value: str) -> Term:
    """Return a plain literal."""
    return Term(value, f"{XSD}string")


# Variables that are set


@pytest.fixture(scope="module")
def store() -> Store:
    """Three things with a number each."""
    lines = [f'<http://e/s{n}> <http://e/p> "{n}"^^<{XSD}integer> <g:1> .' for n in range(3)]
    return Store.of_nquads("\n".join(lines).encode())


def solutions(store: Store, query: str, **bindings: Term) -> list[dict[str, str]]:
    """Return the rows, in an order of their own."""
    answer = store.query(query, bindings=bindings)
    assert isinstance(answer, ox.QuerySolutions)
    names = [variable.value for variable in answer.variables]
    rows = [{name: str(row[name]) for name in names if row[name] is not None} for row in answer]
    return sorted(rows, key=str)


SAME_AS_IN_PROCESS = [
    pytest.param("SELECT ?s ?o { ?s ?p ?o }", {"s": ONE}, id="a thing"),
    pytest.param("SELECT * { ?s ?p ?o }", {"s": ONE}, id="all variables"),
    pytest.param("SELECT $s $o { $s ?p $o }", {"s": ONE}, id="dollars"),
    pytest.param("SELECT ?s ?o { ?s ?p ?o }", {"s": ONE, "o": NUMBER}, id="two"),
    pytest.param("SELECT ?s ?o { ?s ?p ?o }", {"s": ONE, "o": TEXT}, id="two that do not fit"),
    pytest.param("SELECT ?s { ?s ?p ?o } ORDER BY ?o LIMIT 1", {"s": ONE}, id="before a limit"),
    pytest.param("SELECT ?s ?l { ?s ?p ?o BIND(STR(?o) AS ?l) }", {"l": TEXT}, id="made by BIND"),
    pytest.param(
        "SELECT ?s ?w { ?s ?p ?o FILTER(STR(?o) = COALESCE(?w, '')) }", {"w": TEXT}, id="in FILTER"
    ),
    pytest.param(
        "SELECT ?s ?w { ?s ?p ?o { ?s ?q ?x BIND(COALESCE(?w, '') AS ?z) FILTER(?z = STR(?x)) } }",
        {"w": TEXT},
        id="in BIND",
    ),
    pytest.param(
        "SELECT ?s ?w { { ?s ?p ?o FILTER(STR(?o) = COALESCE(?w, '')) } UNION { FILTER(false) } }",
        {"w": TEXT},
        id="in UNION",
    ),
    pytest.param(
        "SELECT ?s ?w ?q { ?s ?p ?o OPTIONAL { ?s ?q ?o FILTER(STR(?o) = COALESCE(?w, '')) } }",
        {"w": TEXT},
        id="in OPTIONAL",
    ),
    pytest.param(
        "SELECT ?s ?w { ?s ?p ?o MINUS { ?s ?q ?o FILTER(STR(?o) = COALESCE(?w, '')) } }",
        {"w": TEXT},
        id="in MINUS",
    ),
    pytest.param(
        "SELECT ?s ?w { ?s ?p ?o FILTER NOT EXISTS { ?s ?p ?w } }", {"w": NUMBER}, id="in EXISTS"
    ),
    pytest.param(
        "SELECT ?s ?w { ?s ?p ?o OPTIONAL { ?s ?p ?w FILTER(?w = 1) } }", {"w": NUMBER}, id="left"
    ),
    pytest.param(
        "SELECT ?g ?s { GRAPH ?g { ?s ?p ?o FILTER(?s != ?o) } }", {"s": ONE}, id="in GRAPH"
    ),
    pytest.param(
        "SELECT ?s ?n { ?s ?p ?o { SELECT (COUNT(?s) AS ?n) { ?s ?p ?o } } }",
        {"s": ONE},
        id="another one in a subquery",
    ),
    pytest.param(
        "SELECT ?s ?n { { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s } }",
        {"s": ONE},
        id="the same one of a subquery",
    ),
    pytest.param(
        "SELECT ?s ?o { SELECT ?s ?o { ?s ?p ?o } ORDER BY ?o }", {"s": ONE}, id="only a subquery"
    ),
    pytest.param(
        "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s", {"s": ONE}, id="what is grouped by"
    ),
    pytest.param(
        "SELECT ?s (EXISTS { ?s ?p 2 } AS ?e) { ?s ?p ?o }", {"s": ONE}, id="EXISTS ahead"
    ),
    pytest.param(
        "SELECT ?s ?k { ?s ?p ?o VALUES (?o ?k) { (1 'a') (2 'b') } }",
        {"k": string("a")},
        id="in VALUES",
    ),
    pytest.param(
        "PREFIX e: <http://e/> SELECT ?s { ?s e:p ?o # } of a remark\n}", {"s": ONE}, id="remark"
    ),
]


@pytest.mark.parametrize(("query", "bindings"), SAME_AS_IN_PROCESS)
def test_bound_text_means_what_the_engine_here_does(
    store: Store, query: str, bindings: Mapping[str, Term]
) -> None:
    """The text with its variables set has the rows that substitutions have."""
    assert solutions(store, query, **bindings) == solutions(store, bind(query, bindings))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "SELECT ?s ?w { ?s ?p ?o FILTER(!BOUND(?w) || ?w = STR(?o)) }",
            [{"s": "<http://e/s1>", "w": '"1"'}],
        ),
        (
            "SELECT ?s ?w { ?s ?p ?o FILTER(BOUND(?w)) } ORDER BY ?s LIMIT 1",
            [{"s": "<http://e/s0>", "w": '"1"'}],
        ),
    ],
)
def test_bound_asks_whether_the_variable_is_set(
    store: Store, query: str, expected: list[dict[str, str]]
) -> None:
    """BOUND is true of a variable that is set; the engine here takes it for false."""
    assert expected == solutions(store, bind(query, {"w": TEXT}))
    assert expected != solutions(store, query, w=TEXT)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "CONSTRUCT WHERE { ?s ?p ?o } # all",
            "CONSTRUCT WHERE { ?s ?p ?o } # all\nVALUES ?s { <http://e/s1> }",
        ),
        (
            "CONSTRUCT { ?s <x:p> ?o } WHERE { ?s ?p ?o }",
            "CONSTRUCT { ?s <x:p> ?o } WHERE { VALUES ?s { <http://e/s1> } ?s ?p ?o }",
        ),
        ("DESCRIBE ?s", "DESCRIBE ?s\nVALUES ?s { <http://e/s1> }"),
        ("ASK { ?s ?p ?o }", "ASK { VALUES ?s { <http://e/s1> } ?s ?p ?o }"),
    ],
)
def test_other_forms(query: str, expected: str) -> None:
    """Each form of query gets the term where its grammar takes it."""
    bound = bind(query, {"s": ONE})

    assert expected == bound
    if not query.startswith("DESCRIBE"):
        Store.check(bound)


@pytest.mark.parametrize(
    "value",
    ['"', "\\", "a\nb\r\t", '" } DROP ALL #', "'''", "計画 😀", "\x00\x01\x7f", "\\u0022", ""],
)
def test_strings_are_written_as_terms(value: str) -> None:
    """Whatever stands in a string stays in it."""
    query = bind("SELECT ?x { BIND(?x AS ?y) }", {"x": string(value)})

    answer = Store.empty().query(query)

    assert isinstance(answer, ox.QuerySolutions)
    (row,) = answer
    assert ox.Literal(value) == row["x"]


@pytest.mark.parametrize(
    ("term", "written"),
    [
        (Term("1.50", f"{XSD}decimal"), f'"1.50"^^<{XSD}decimal>'),
        (Term("en", f"{XSD}string"), '"en"'),
        (Term("計画", language="ja"), '"計画"@ja'),
        (Term("http://e/計画"), "<http://e/計画>"),
    ],
)
def test_terms_are_written_in_full(term: Term, written: str) -> None:
    """A term is its IRI, or its value with language or datatype; xsd:string is a plain one."""
    assert f"SELECT ?x {{ VALUES ?x {{ {written} }} }}" == bind("SELECT ?x { }", {"x": term})


@pytest.mark.parametrize(
    ("query", "bindings", "kind", "message"),
    [
        ("SELECT ?s { ?s ?p ?o }", {"o": ONE}, QueryEvaluationError, "does not project ?o"),
        (
            "SELECT (STR(?o) AS ?s) { ?a ?p ?o }",
            {"s": TEXT},
            ParameterError,
            "the SELECT makes its value",
        ),
        (
            "SELECT ?s { ?a ?p ?o } GROUP BY (STR(?o) AS ?s)",
            {"s": TEXT},
            ParameterError,
            "the SELECT makes its value",
        ),
        (
            "SELECT ?s { ?s ?p ?o }",
            {"s": Term("http://e/> } #")},
            ParameterError,
            "cannot be written",
        ),
        ("SELECT * { ?s ?p ?o }", {"s } #": ONE}, ParameterError, "no variable has such a name"),
    ],
)
def test_what_cannot_be_set_is_refused(
    query: str, bindings: Mapping[str, Term], kind: type[MiwdapError], message: str
) -> None:
    """Nothing is put into the text that is not a term of a variable of the query."""
    with pytest.raises(kind) as caught:
        bind(query, bindings)

    assert message in str(caught.value)


# The dataset


EMPTY = b'{"head":{"vars":[]},"results":{"bindings":[]}}'
OWN = "http://e/default"


def form_of(request: QueryRequest, *, default_graph: str | None = None) -> dict[str, list[str]]:
    """Return the form that an engine is sent."""
    asked: list[dict[str, list[str]]] = []

    def answer(sent: httpx.Request) -> httpx.Response:
        asked.append(parse_qs(sent.content.decode()))
        return httpx.Response(200, content=EMPTY, headers={"content-type": JSON.media_type})

    RemoteExecution(
        Engine("http://e/sparql", default_graph=default_graph),
        named_graphs=["g:1", "g:2"],
        transport=httpx.MockTransport(answer),
    ).execute(request, io.BytesIO())
    (form,) = asked
    return form


FROM = "FROM <g:2> "
FROM_NAMED = "FROM NAMED <g:2> "
DEFAULT = {"default_graphs": ("g:1",)}
NAMED = {"named_graphs": ("g:1",)}


@pytest.mark.parametrize(
    ("clause", "chosen", "default_graph", "expected"),
    [
        pytest.param("", {}, None, {}, id="the engine's own"),
        pytest.param("", DEFAULT, None, {"default": ["g:1"]}, id="default"),
        pytest.param("", NAMED, None, {"named": ["g:1"]}, id="named"),
        pytest.param(FROM, {}, None, {"default": ["g:2"]}, id="from"),
        pytest.param(FROM, DEFAULT, None, {"default": ["g:1"]}, id="protocol before from"),
        pytest.param("", {}, OWN, {"default": [OWN], "named": ["g:1", "g:2"]}, id="a named one"),
        pytest.param("", DEFAULT, OWN, {"default": ["g:1"], "named": [NONE]}, id="default, none"),
        pytest.param("", NAMED, OWN, {"default": [NONE], "named": ["g:1"]}, id="named, none"),
        pytest.param(FROM, {}, OWN, {"default": ["g:2"], "named": [NONE]}, id="from, none"),
        pytest.param(FROM_NAMED, {}, OWN, {"default": [NONE], "named": ["g:2"]}, id="from named"),
        pytest.param(FROM, NAMED, OWN, {"default": [NONE], "named": ["g:1"]}, id="protocol, none"),
    ],
)
def test_dataset_is_named_where_the_engine_would_take_another(
    clause: str,
    chosen: dict[str, tuple[str, ...]],
    default_graph: str | None,
    expected: dict[str, list[str]],
) -> None:
    """The engine is told the dataset, unless it is just its own, and in one way alone."""
    text = f"SELECT ?s {clause}WHERE {{ ?s ?p ?o }}"

    form = form_of(QueryRequest(text, JSON, **chosen), default_graph=default_graph)  # type: ignore[arg-type]

    assert ["SELECT ?s WHERE { ?s ?p ?o }"] == form.pop("query")
    assert {f"{name}-graph-uri": graphs for name, graphs in expected.items()} == form


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT ?x WHERE ?x a ?y", QuerySyntaxError),
        ("DEFINE sql:log-enable 2 SELECT ?x { ?x a ?y }", QuerySyntaxError),
        ("DROP ALL", QueryNotAllowed),
        ("ASK { SERVICE <http://e/> { ?s ?p ?o } }", QueryNotAllowed),
        ("ASK { }" + " " * 300_000, QueryTooLarge),
        ("CONSTRUCT WHERE { ?s ?p ?o }", NotAcceptable),
    ],
)
def test_what_is_refused_here_never_reaches_the_engine(query: str, kind: type[MiwdapError]) -> None:
    """The engine sees SPARQL 1.1 queries alone, and only those that are allowed."""

    def answer(sent: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is to be sent")

    execution = RemoteExecution(
        Engine("http://e/sparql"), limits=QueryLimits(), transport=httpx.MockTransport(answer)
    )

    with pytest.raises(kind):
        execution.execute(QueryRequest(query, JSON), io.BytesIO())


def test_graph_is_not_asked_for_in_a_format_of_rows() -> None:
    """A SELECT as Turtle is refused before it is sent."""
    with pytest.raises(NotAcceptable, match="Asked for 'turtle'"):
        form_of(QueryRequest("SELECT ?s { ?s ?p ?o }", TURTLE))


# The engine of the settings


def test_engine_is_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Address, credentials and default graph come from the environment."""
    monkeypatch.setenv("MIWDAP_ENGINE", "https://db.example.org/sparql")
    monkeypatch.setenv("MIWDAP_ENGINE_DEFAULT_GRAPH", OWN)
    monkeypatch.setenv("MIWDAP_ENGINE_USER", "reader")
    monkeypatch.setenv("MIWDAP_ENGINE_PASSWORD", "geheim")

    engine = Engine.of(Settings.read())

    assert Engine("https://db.example.org/sparql", "reader", "geheim", OWN) == engine
    assert "db.example.org" == engine.host


def test_password_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the engine nor the list of settings tells the password."""
    monkeypatch.setenv("MIWDAP_ENGINE_PASSWORD", "geheim")
    settings = Settings.read(engine="http://e/sparql")

    shown = [str(each.value) for each in settings.origins(engine="http://e/sparql")]

    assert "http://e/sparql" in shown
    assert "geheim" not in f"{shown}{settings!r}{Engine.of(settings)!r}"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (None, "No engine is set. Give its address in MIWDAP_ENGINE"),
        ("db.example.org/sparql", "begins with http:// or https://"),
        ("ftp://db.example.org/", "begins with http:// or https://"),
        ("http://", "begins with http:// or https://"),
        ("http://db:no/", "begins with http:// or https://"),
        ("http://[::1/", "begins with http:// or https://"),
        ("http://reader:geheim@db/sparql", "set MIWDAP_ENGINE_USER and MIWDAP_ENGINE_PASSWORD"),
    ],
)
def test_address_that_cannot_be_one_is_refused(address: str | None, message: str) -> None:
    """What is wrong is said, and the address, in which a password may be, is not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        Engine.of(Settings.read(engine=address))

    assert message in str(caught.value)
    assert "geheim" not in str(caught.value)
