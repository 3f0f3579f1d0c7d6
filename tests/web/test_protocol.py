"""The SPARQL 1.1 Protocol: the ways to ask, and what is said to whoever asks wrongly."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.settings import Settings
from miwdap_kg.web.app import create_app
from miwdap_kg.web.protocol import read_parameters

from .conftest import BROWSER, Client

QUERY = "SELECT ?n WHERE { <http://example.org/honshu> <http://example.org/name> ?n } ORDER BY ?n"
ALL = "SELECT ?s { ?s <http://example.org/area> ?o }"
SPARQL_QUERY = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
MORE = "http://example.org/more"
GRAPHS = [
    ("default-graph-uri", MORE),
    ("named-graph-uri", MORE),
    ("default-graph-uri", "urn:none"),
]
DISTINCT = "SELECT DISTINCT ?s"


def names(response: httpx.Response) -> list[str]:
    """Return the values of the one variable of an answer."""
    document = response.json()
    variable = document["head"]["vars"][0]
    return [row[variable]["value"] for row in document["results"]["bindings"]]


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("GET", {"params": {"query": QUERY}}),
        ("POST", {"data": {"query": QUERY}}),
        ("POST", {"content": QUERY, "headers": {"content-type": SPARQL_QUERY}}),
        ("POST", {"content": QUERY, "headers": {"content-type": f"{SPARQL_QUERY};charset=UTF-8"}}),
        (
            "POST",
            {
                "content": QUERY,
                "headers": {"content-type": 'Application/SPARQL-Query; charset="utf-8"'},
            },
        ),
        (
            "POST",
            {
                "content": f"query={quote(QUERY)}",
                "headers": {"content-type": f"{FORM}; charset=utf8"},
            },
        ),
    ],
    ids=["get", "form", "direct", "direct-charset", "direct-capitals", "form-charset"],
)
def test_each_way_to_ask(
    files_client: Client, path: str, method: str, given: dict[str, Any]
) -> None:
    """GET and both kinds of POST answer alike, with and without the slash."""
    response = files_client.request(method, path, **given)

    assert 200 == response.status_code
    assert ["Honshu", "本州"] == names(response)


def test_head_has_the_headers_of_get(files_client: Client) -> None:
    """HEAD differs from GET in nothing but the body, which the server leaves out."""
    get = files_client.request("GET", "/sparql", params={"query": QUERY})
    head = files_client.request("HEAD", "/sparql", params={"query": QUERY})

    for response in (get, head):
        assert response.headers.pop("server-timing").startswith("queue;dur=")
        assert response.headers.pop("miwdap-query-id")
    assert get.headers == head.headers
    assert int(head.headers["content-length"]) == len(get.content) > 0


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("GET", {"params": [("query", ALL), ("default-graph-uri", MORE)]}),
        ("POST", {"data": {"query": ALL, "default-graph-uri": MORE}}),
        (
            "POST",
            {
                "params": {"default-graph-uri": MORE},
                "content": ALL,
                "headers": {"content-type": SPARQL_QUERY},
            },
        ),
        ("POST", {"params": {"default-graph-uri": MORE}, "data": {"query": ALL}}),
        ("GET", {"params": [("query", f"{DISTINCT} FROM <urn:x> {{ ?s ?p ?o }}"), *GRAPHS[:1]]}),
        ("GET", {"params": [("query", f"{DISTINCT} {{ GRAPH ?g {{ ?s ?p ?o }} }}"), *GRAPHS[1:2]]}),
        ("GET", {"params": [("query", f"{DISTINCT} {{ ?s ?p ?o }}"), *GRAPHS[:1], *GRAPHS[2:]]}),
    ],
    ids=["get", "form", "direct", "form-url", "over-from", "named", "repeated"],
)
def test_dataset_of_the_request(files_client: Client, method: str, given: dict[str, Any]) -> None:
    """Graphs that a request names are its dataset, wherever the protocol lets it name them."""
    response = files_client.request(method, "/sparql", **given)

    assert ["http://example.org/kyushu"] == names(response)


def test_unknown_parameters_are_passed_over(files_client: Client) -> None:
    """What this endpoint does not know does not hurt."""
    response = files_client.ask(QUERY, timeout="10", soft_limit="", infer="true")

    assert ["Honshu", "本州"] == names(response)


@pytest.mark.parametrize(
    ("method", "given", "status", "kind", "told"),
    [
        (
            "POST",
            {"data": {"format": "csv"}},
            400,
            "request",
            "Found no query in the request. Ask with GET /sparql?query=…",
        ),
        (
            "GET",
            {"params": [("query", ALL)] * 2},
            400,
            "request",
            "Found 2 queries in one request.",
        ),
        (
            "POST",
            {"params": {"query": ALL}, "content": ALL, "headers": {"content-type": SPARQL_QUERY}},
            400,
            "request",
            "Found 2 queries",
        ),
        ("GET", {"params": {"query": ""}}, 400, "query-syntax", "line 1, column 1"),
        ("GET", {"params": {"update": "CLEAR ALL"}}, 403, "query-not-allowed", "This is an update"),
        ("POST", {"data": {"update": "CLEAR ALL"}}, 403, "query-not-allowed", "This is an update"),
        (
            "POST",
            {"content": "CLEAR ALL", "headers": {"content-type": "application/sparql-update"}},
            403,
            "query-not-allowed",
            "only answers queries",
        ),
        ("GET", {"params": {"query": "CLEAR ALL"}}, 403, "query-not-allowed", "This is an update"),
        (
            "GET",
            {"params": {"query": "SELECT * { SERVICE <http://e.org/> { ?s ?p ?o } }"}},
            403,
            "query-not-allowed",
            "SERVICE",
        ),
        (
            "POST",
            {"content": "{}", "headers": {"content-type": "application/json"}},
            415,
            "media-type",
            "Send it as one of: application/sparql-query; charset=utf-8",
        ),
        ("POST", {"content": QUERY}, 415, "media-type", "of no stated type"),
        (
            "POST",
            {"content": QUERY, "headers": {"content-type": f"{SPARQL_QUERY}; charset=iso-8859-1"}},
            415,
            "media-type",
            "charset=iso-8859-1",
        ),
        ("POST", {"files": {"query": ALL}}, 415, "media-type", "multipart/form-data"),
        (
            "GET",
            {"params": [("query", ALL), ("default-graph-uri", "more")]},
            400,
            "request",
            "default-graph-uri is 'more', which is no absolute IRI.",
        ),
        (
            "GET",
            {"params": [("query", ALL), ("named-graph-uri", "<http://example.org/more>")]},
            400,
            "request",
            "named-graph-uri is '<http://example.org/more>'",
        ),
        (
            "GET",
            {"params": [("query", ALL), ("default-graph-uri", "http://[/")]},
            400,
            "request",
            "no absolute IRI",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_wrong_requests(
    files_client: Client, method: str, given: dict[str, Any], status: int, kind: str, told: str
) -> None:
    """Each wrong request is told what was found and what to do."""
    response = files_client.request(method, "/sparql", **given)

    assert status == response.status_code
    assert "application/problem+json" == response.headers["content-type"]
    assert f"https://w3id.org/miwdap/problem/{kind}" == response.json()["type"]
    assert told in response.json()["detail"]


@pytest.mark.parametrize(
    ("path", "given", "told"),
    [
        ("/sparql?query=%FF", {}, "The query string is not UTF-8: byte 1 is 0xff."),
        ("/sparql?query=ASK%7B%7D&x=a%C3", {}, "The query string is not UTF-8: byte 2 is 0xc3."),
        (
            "/sparql",
            {"content": b"query=%E7%B7", "headers": {"content-type": FORM}},
            "The form is not UTF-8: byte 1 is 0xe7.",
        ),
        (
            "/sparql",
            {"content": b"ASK {} # \x80", "headers": {"content-type": SPARQL_QUERY}},
            "The query is not UTF-8: byte 10 is 0x80.",
        ),
    ],
    ids=["url", "url-other", "form", "direct"],
)
def test_bytes_that_are_not_utf_8(
    files_client: Client, path: str, given: dict[str, Any], told: str
) -> None:
    """Nothing is guessed about bytes that are no text: they are named."""
    response = files_client.request("POST" if given else "GET", path, **given)

    assert 400 == response.status_code
    assert told == response.json()["detail"]


def test_get_without_query_leads_a_browser_home(files_client: Client) -> None:
    """Whoever opens the endpoint in a browser is led to the page that says how to ask."""
    response = files_client.get("/sparql", accept=BROWSER)

    assert 303 == response.status_code
    assert "/" == response.headers["location"]
    assert "Accept" == response.headers["vary"]


def test_syntax_error_has_line_and_column(files_client: Client) -> None:
    """A malformed query is told where, and what was expected there."""
    response = files_client.ask("SELECT ?x\nWHERE { ?x a }")

    problem = response.json()
    assert 400 == response.status_code
    assert (2, 14) == (problem["line"], problem["column"])
    assert problem["problem"].startswith("found '}'")
    assert "line 2, column 14" in problem["detail"]


@pytest.fixture(scope="module")
def small(graph: KnowledgeGraph) -> Client:
    """A client of a server that takes queries of 100 bytes."""
    settings = Settings.read(max_query_bytes=100)
    return Client(create_app(graph, settings))


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 50):
        yield content[start : start + 50]


@pytest.mark.parametrize(
    "content",
    [b"ASK {}" + b" " * 95, chunks(b"ASK {}" + b" " * 95)],
    ids=["length-announced", "chunked"],
)
def test_body_beyond_the_limit(small: Client, content: Any) -> None:
    """A body is refused when it is, or is announced to be, longer than queries may be."""
    response = small.post("/sparql", content=content, headers={"content-type": SPARQL_QUERY})

    assert 413 == response.status_code
    assert 100 == response.json()["limit"]
    assert 101 == response.json()["found"]


def test_form_may_be_longer_than_the_query_in_it(small: Client) -> None:
    """The limit is the query's own: what a form adds to it does not count."""
    query = "ASK {" + " " * 94 + "}"
    content = "query=" + "".join(f"%{ord(character):02X}" for character in query)

    response = small.post("/sparql", content=content, headers={"content-type": FORM})

    assert 100 == len(query)
    assert 200 == response.status_code


def test_address_beyond_the_limit(files_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query too long for an address is told to come by POST."""
    monkeypatch.setattr("miwdap_kg.web.protocol.MAX_URL_BYTES", 100)

    response = files_client.ask("ASK {" + " " * 100 + "}")

    assert 414 == response.status_code
    assert "at most 100 are taken. Send the query by POST" in response.json()["detail"]


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (b"a=1&a=2", [("a", "1"), ("a", "2")]),
        (b"a=b+c%2B%2520", [("a", "b c+%20")]),
        (b"a&&b=", [("a", ""), ("b", "")]),
        ("a=計画&b=%E8%A8%88".encode(), [("a", "計画"), ("b", "計")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"", []),
    ],
)
def test_parameters_are_decoded_once(encoded: bytes, expected: list[tuple[str, str]]) -> None:
    """Plus signs and percent signs are decoded, and decoded once."""
    assert expected == read_parameters(encoded, "The form")


def test_answer_of_ask(files_client: Client) -> None:
    """ASK answers with a boolean."""
    assert {"head": {}, "boolean": True} == json.loads(files_client.ask("ASK {}").content)


# What an error, or a condition, has to do with it


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"query": "CLEAR ALL"}, 403),
        ({"query": "SELECT nonsense"}, 400),
        ({"query": ""}, 400),
        ({"query": "ASK {}", "timeout": "x"}, 400),
        ({"query": "SELECT (<http://example.org/f>(1) AS ?x) {}"}, 400),
    ],
    ids=["update", "nonsense", "empty", "timeout", "function"],
)
def test_condition_does_not_hide_an_error(
    files_client: Client, given: dict[str, str], wanted: int
) -> None:
    """A condition counts only where there would be an answer (RFC 9110 §13.2.1)."""
    headers = {"if-none-match": "*"}
    response = files_client.request("GET", "/sparql", params=given, headers=headers)

    assert wanted == response.status_code


def test_any_answer_is_known(client: Client) -> None:
    """Where there is an answer, `*` stands for it."""
    response = client.get("/sparql", params={"query": "ASK {}"}, headers={"if-none-match": "*"})

    assert (304, b"") == (response.status_code, response.content)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("nt", "application/n-triples"), ("rdf+xml", "application/rdf+xml")],
)
def test_description_in_a_named_format(client: Client, name: str, media_type: str) -> None:
    """`format=` names a format of the service description too."""
    response = client.get("/sparql", params={"format": name})

    assert (200, media_type) == (
        response.status_code,
        response.headers["content-type"].split(";")[0],
    )
