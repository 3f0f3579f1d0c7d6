"""Which format answers which question, by Accept header and by name."""

from __future__ import annotations

import pytest

from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format

from .conftest import BROWSER, Client

SELECT = "SELECT ?o { <http://example.org/honshu> <http://example.org/area> ?o }"
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s <http://example.org/area> ?o }"
DESCRIBE = "DESCRIBE <http://example.org/honshu>"
QUERIES = {"select": SELECT, "ask": ASK, "construct": CONSTRUCT, "describe": DESCRIBE}

JSON, XML, CSV, TSV = (each.media_type for each in SOLUTION_FORMATS)
TURTLE, NTRIPLES, RDF_XML, JSON_LD, TRIG = (each.media_type for each in GRAPH_FORMATS)
HTML = "text/html"
"""The media types under short names, so that the tables below can be read."""


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0]


@pytest.mark.parametrize("form", QUERIES)
@pytest.mark.parametrize("format_", [*SOLUTION_FORMATS, *GRAPH_FORMATS], ids=lambda each: each.name)
def test_each_form_offers_its_formats(files_client: Client, form: str, format_: Format) -> None:
    """SELECT and ASK answer in the results formats, CONSTRUCT and DESCRIBE in those of graphs."""
    offered = SOLUTION_FORMATS if form in ("select", "ask") else GRAPH_FORMATS

    response = files_client.ask(QUERIES[form], accept=format_.media_type)

    assert (200 if format_ in offered else 406) == response.status_code
    if format_ in offered:
        assert format_.content_type == response.headers["content-type"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/json", "application/json"),
        ("text/csv;q=0.5, application/sparql-results+xml", XML),
        ("text/csv, */*;q=0.1", CSV),
        ("text/csv;q=0.1, */*", JSON),
        ("application/sparql-results+json;q=0, */*", XML),
        ("text/turtle, text/csv;q=0.2", CSV),
        ("TEXT/CSV", CSV),
        (BROWSER, HTML),
        ("text/html", HTML),
        ("text/html, */*", HTML),
        ("*/*, text/html", HTML),
        ("text/html;q=0.5, */*", JSON),
        ("application/sparql-results+json, text/html", JSON),
        ("application/xhtml+xml", HTML),
    ],
    ids=str,
)
def test_select_follows_the_accept_header(
    files_client: Client, accept: str | None, expected: str
) -> None:
    """The best quality wins; browsers get a page, and who takes anything gets data."""
    response = files_client.ask(SELECT, accept=accept)

    assert expected == media_type(response.headers["content-type"])
    assert "Accept, Accept-Encoding" == response.headers["vary"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, TURTLE),
        ("*/*", TURTLE),
        ("application/json", "application/json"),
        ("application/ld+json", JSON_LD),
        ("application/xml", "application/xml"),
        ("text/plain", "text/plain"),
        ("application/sparql-results+json, application/n-triples;q=0.1", NTRIPLES),
        (BROWSER, HTML),
    ],
    ids=str,
)
def test_construct_follows_the_accept_header(
    files_client: Client, accept: str | None, expected: str
) -> None:
    """A graph is given under the media type that was asked for."""
    response = files_client.ask(CONSTRUCT, accept=accept)

    assert expected == media_type(response.headers["content-type"])


def test_several_accept_headers_are_one_list(files_client: Client) -> None:
    """A header that comes twice counts as one with both values (RFC 9110 §5.2)."""
    response = files_client.get(
        "/sparql",
        params={"query": SELECT},
        headers=[("accept", "text/turtle"), ("accept", "text/csv")],
    )

    assert "text/csv; charset=utf-8" == response.headers["content-type"]


@pytest.mark.parametrize("name", ["format", "output", "results"])
@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("select", "json", JSON),
        ("select", "xml", XML),
        ("select", "csv", CSV),
        ("select", "tsv", TSV),
        ("select", "html", HTML),
        ("select", "application/sparql-results+xml", XML),
        ("ask", "JSON", JSON),
        ("construct", "turtle", TURTLE),
        ("construct", "ttl", TURTLE),
        ("construct", "n3", TURTLE),
        ("construct", "xml", RDF_XML),
        ("construct", "rdf+xml", RDF_XML),
        ("construct", "json", JSON_LD),
        ("construct", "json-ld", JSON_LD),
        ("describe", "nt", NTRIPLES),
        ("describe", "trig", TRIG),
    ],
)
def test_format_by_name(
    files_client: Client, name: str, form: str, value: str, expected: str
) -> None:
    """A name beats the Accept header, under each parameter that clients send."""
    response = files_client.ask(QUERIES[form], accept=BROWSER, **{name: value})

    assert expected == media_type(response.headers["content-type"])


def test_long_query_is_negotiated_alike(files_client: Client) -> None:
    """A query of many characters gets its format as a short one does."""
    response = files_client.post(
        "/sparql", data={"query": SELECT + " " * 20_000}, accept="text/turtle, text/csv;q=0.1"
    )

    assert CSV == media_type(response.headers["content-type"])


def test_empty_format_is_none(files_client: Client) -> None:
    """An empty parameter, as a form sends it, leaves the choice to the Accept header."""
    response = files_client.ask(SELECT, accept="text/csv", format="")

    assert CSV == media_type(response.headers["content-type"])


@pytest.mark.parametrize(
    ("query", "asked", "offered"),
    [
        (SELECT, {"format": "turtle"}, [*(each.name for each in SOLUTION_FORMATS), "html"]),
        (CONSTRUCT, {"output": "csv"}, [*(each.name for each in GRAPH_FORMATS), "html"]),
        (SELECT, {"accept": "image/png"}, [*(each.media_type for each in SOLUTION_FORMATS), HTML]),
        (
            SELECT,
            {"accept": "text/csv;q=0"},
            [*(each.media_type for each in SOLUTION_FORMATS), HTML],
        ),
    ],
    ids=["name-select", "name-construct", "accept", "nothing-wanted"],
)
def test_format_not_offered_lists_those_that_are(
    files_client: Client, query: str, asked: dict[str, str], offered: list[str]
) -> None:
    """A format that the answer cannot have is a 406 with the list of those it can."""
    response = files_client.ask(query, **asked)

    assert 406 == response.status_code
    assert offered == response.json()["offered"]
    assert all(each in response.json()["detail"] for each in offered)


def test_broken_query_is_told_before_its_format(files_client: Client) -> None:
    """What has no form cannot have a wrong format: the syntax error comes first."""
    response = files_client.ask("SELEKT ?x {}", accept="text/turtle")

    assert 400 == response.status_code
    assert "https://w3id.org/miwdap/problem/query-syntax" == response.json()["type"]


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ("csv", b"o\r\n227960\r\n"),
        ("tsv", b"?o\n227960\n"),
        (
            "json",
            b'{"head":{"vars":["o"]},"results":{"bindings":[{"o":{"type":"literal",'
            b'"value":"227960","datatype":"http://www.w3.org/2001/XMLSchema#integer"}}]}}',
        ),
    ],
)
def test_whole_answer(files_client: Client, format_: str, expected: bytes) -> None:
    """An answer is whole, says its length, and has a name to be saved under."""
    response = files_client.ask(SELECT, format=format_)

    extension = {"json": "srj"}.get(format_, format_)
    assert expected == response.content
    assert str(len(expected)) == response.headers["content-length"]
    assert f'inline; filename="answer.{extension}"' == response.headers["content-disposition"]


def test_all_formats_are_in_the_tables() -> None:
    """The short names above are all the formats there are."""
    assert {JSON, XML, CSV, TSV} == {each.media_type for each in SOLUTION_FORMATS}
    assert {TURTLE, NTRIPLES, RDF_XML, JSON_LD, TRIG} == {each.media_type for each in GRAPH_FORMATS}
