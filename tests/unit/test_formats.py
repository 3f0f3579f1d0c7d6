"""The table of formats, and the negotiation over it."""

from __future__ import annotations

import contextlib

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.errors import NotAcceptable
from miwdap_kg.formats import (
    DUMP_FORMATS,
    FORMATS,
    GRAPH_FORMATS,
    HTML,
    READABLE_FORMATS,
    SOLUTION_FORMATS,
    Format,
    by_file_name,
    by_name,
    negotiate,
)

BY_LABEL = {each.label: each for each in FORMATS}


def ids(each: Format) -> str:
    return each.name


# The table against the engine


@pytest.mark.parametrize("each", READABLE_FORMATS, ids=ids)
def test_rdf_format_is_the_engines(each: Format) -> None:
    """The engine knows each RDF format by its media type, and ends its files alike."""
    engine = pyoxigraph.RdfFormat.from_media_type(each.media_type)

    assert (each.label, each.media_type, each.extension) == (
        engine.name,
        engine.media_type,
        engine.file_extension,
    )


@pytest.mark.parametrize("each", SOLUTION_FORMATS, ids=ids)
def test_solution_format_is_the_engines(each: Format) -> None:
    """The engine knows each format of solutions by its media type, and ends its files alike."""
    engine = pyoxigraph.QueryResultsFormat.from_media_type(each.media_type)

    assert (each.content_type, each.extension) == (engine.media_type, engine.file_extension)


@pytest.mark.parametrize("each", SOLUTION_FORMATS, ids=ids)
@pytest.mark.parametrize("query", ["SELECT (1 AS ?n) {}", "ASK {}"], ids=["SELECT", "ASK"])
def test_engine_writes_every_solution_format(each: Format, query: str) -> None:
    """Whatever is offered for SELECT and ASK can be written for both."""
    answer = pyoxigraph.Store().query(query)
    written = answer.serialize(
        format=pyoxigraph.QueryResultsFormat.from_media_type(each.media_type)
    )

    assert written


@pytest.mark.parametrize("each", GRAPH_FORMATS, ids=ids)
def test_engine_reads_what_it_writes_in_every_graph_format(each: Format) -> None:
    """Whatever is offered for CONSTRUCT comes back as the same triple."""
    query = "CONSTRUCT { <https://e.org/a> <https://e.org/p> '計画'@ja } {}"
    rdf_format = pyoxigraph.RdfFormat.from_media_type(each.media_type)
    triples = list(pyoxigraph.Store().query(query))
    written = pyoxigraph.serialize(triples, format=rdf_format)

    read = [quad.triple for quad in pyoxigraph.parse(written, format=rdf_format)]

    assert triples == read


def test_dumps_can_be_read_again() -> None:
    """Every format of a dump is one that files can be read from."""
    assert set(DUMP_FORMATS) <= set(READABLE_FORMATS)


def test_formats_lists_every_format() -> None:
    """The table of all formats holds each format that any other table holds."""
    known = {*SOLUTION_FORMATS, *GRAPH_FORMATS, *DUMP_FORMATS, *READABLE_FORMATS, HTML}

    assert known == set(FORMATS)


@pytest.mark.parametrize(
    "offered",
    [SOLUTION_FORMATS, GRAPH_FORMATS, DUMP_FORMATS, READABLE_FORMATS],
    ids=["solutions", "graphs", "dumps", "readable"],
)
def test_no_two_offered_formats_share_a_name(offered: tuple[Format, ...]) -> None:
    """Within one offer a name, a media type or an extension means one format."""
    names = [
        name
        for each in offered
        for name in {each.name, each.media_type, each.extension, *each.also}
    ]

    assert sorted(set(names)) == sorted(names)


# By name

SPARQLWRAPPER = [
    ("json", SOLUTION_FORMATS, "SPARQL JSON"),
    ("xml", SOLUTION_FORMATS, "SPARQL XML"),
    ("csv", SOLUTION_FORMATS, "CSV"),
    ("tsv", SOLUTION_FORMATS, "TSV"),
    ("turtle", GRAPH_FORMATS, "Turtle"),
    ("n3", GRAPH_FORMATS, "Turtle"),
    ("rdf", GRAPH_FORMATS, "RDF/XML"),
    ("rdf+xml", GRAPH_FORMATS, "RDF/XML"),
    ("xml", GRAPH_FORMATS, "RDF/XML"),
    ("json-ld", GRAPH_FORMATS, "JSON-LD"),
    ("jsonld", GRAPH_FORMATS, "JSON-LD"),
    ("json", GRAPH_FORMATS, "JSON-LD"),
]


@pytest.mark.parametrize(
    ("name", "offered", "label"),
    [
        *SPARQLWRAPPER,
        ("TTL", GRAPH_FORMATS, "Turtle"),
        ("nt", GRAPH_FORMATS, "N-Triples"),
        ("text/plain", GRAPH_FORMATS, "N-Triples"),
        ("application/rdf+xml", GRAPH_FORMATS, "RDF/XML"),
        ("trig", GRAPH_FORMATS, "TriG"),
        ("nq", DUMP_FORMATS, "N-Quads"),
        ("application/sparql-results+json", SOLUTION_FORMATS, "SPARQL JSON"),
    ],
)
def test_by_name(name: str, offered: tuple[Format, ...], label: str) -> None:
    """A format goes by its name, its extension, its media types and what clients call it."""
    assert label == by_name(name, offered).label


def test_by_name_refuses_what_is_not_offered() -> None:
    """A format that exists but is not offered here is refused, with what is."""
    with pytest.raises(NotAcceptable) as caught:
        by_name("turtle", SOLUTION_FORMATS)

    assert "Asked for 'turtle', which is not offered. Offered: json, xml, csv, tsv." == str(
        caught.value
    )


# By file name


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("plan.ttl", "Turtle"),
        ("plan.TTL", "Turtle"),
        ("plan.trig", "TriG"),
        ("plan.nt", "N-Triples"),
        ("plan.nq", "N-Quads"),
        ("plan.rdf", "RDF/XML"),
        ("plan.owl", "RDF/XML"),
        ("plan.xml", "RDF/XML"),
        ("plan.jsonld", "JSON-LD"),
        ("plan.json", "JSON-LD"),
        ("plan.nq.gz", "N-Quads"),
        ("PLAN.TTL.GZ", "Turtle"),
        ("a.b/plan.v2.ttl", "Turtle"),
    ],
)
def test_by_file_name(name: str, label: str) -> None:
    """A file's extension tells its format, whether it is compressed or not."""
    assert label == by_file_name(name).label


@pytest.mark.parametrize("name", ["plan", "plan.gz", "plan.csv", "ttl", "plan.ttl.zip", ""])
def test_by_file_name_refuses_other_extensions(name: str) -> None:
    """A name that tells no RDF format is refused, with the extensions that do."""
    with pytest.raises(NotAcceptable) as caught:
        by_file_name(name)

    assert (
        f"Asked for '{name}', which is not offered. "
        "Offered: .ttl, .trig, .nt, .nq, .rdf, .jsonld." == str(caught.value)
    )


# Negotiation

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
PAGE_OR_SOLUTIONS = (HTML, *SOLUTION_FORMATS)


@pytest.mark.parametrize(
    ("accept", "offered", "content_type"),
    [
        (None, SOLUTION_FORMATS, "application/sparql-results+json"),
        ("", SOLUTION_FORMATS, "application/sparql-results+json"),
        (" , ", SOLUTION_FORMATS, "application/sparql-results+json"),
        ("*/*", SOLUTION_FORMATS, "application/sparql-results+json"),
        ("*", SOLUTION_FORMATS, "application/sparql-results+json"),
        ("text/csv", SOLUTION_FORMATS, "text/csv; charset=utf-8"),
        ("TEXT/CSV", SOLUTION_FORMATS, "text/csv; charset=utf-8"),
        ("text/csv; charset=utf-8", SOLUTION_FORMATS, "text/csv; charset=utf-8"),
        ("text/*", SOLUTION_FORMATS, "text/csv; charset=utf-8"),
        ("application/*", SOLUTION_FORMATS, "application/sparql-results+json"),
        ("application/json", SOLUTION_FORMATS, "application/json"),
        ("application/xml", SOLUTION_FORMATS, "application/xml"),
        ("text/xml", SOLUTION_FORMATS, "text/xml; charset=utf-8"),
        ("application/json", GRAPH_FORMATS, "application/json"),
        ("application/ld+json", GRAPH_FORMATS, "application/ld+json"),
        ("text/plain", GRAPH_FORMATS, "text/plain; charset=utf-8"),
        ("text/csv;q=0.5, application/json", SOLUTION_FORMATS, "application/json"),
        ("text/csv;q=0.5, application/json;q=0.4", SOLUTION_FORMATS, "text/csv; charset=utf-8"),
        ("text/csv ; q = 0.5 , text/tab-separated-values;Q=0.6", SOLUTION_FORMATS,
         "text/tab-separated-values; charset=utf-8"),
        ("text/csv, application/json", SOLUTION_FORMATS, "application/json"),
        ("*/*;q=0.1, text/csv", SOLUTION_FORMATS, "text/csv; charset=utf-8"),
        ("*/*, application/sparql-results+json;q=0", SOLUTION_FORMATS,
         "application/sparql-results+xml"),
        ("application/*;q=0.2, */*;q=0.9", SOLUTION_FORMATS, "text/csv; charset=utf-8"),
        ("image/png, */*;q=0.1", SOLUTION_FORMATS, "application/sparql-results+json"),
        ("garbage, text/csv", SOLUTION_FORMATS, "text/csv; charset=utf-8"),
        ("text/csv;q=nonsense, */*;q=0.1", SOLUTION_FORMATS, "application/sparql-results+json"),
        (BROWSER, PAGE_OR_SOLUTIONS, "text/html; charset=utf-8"),
        (BROWSER, SOLUTION_FORMATS, "application/xml"),
        ("*/*", PAGE_OR_SOLUTIONS, "text/html; charset=utf-8"),
        ("text/turtle, application/rdf+xml;q=0.9", GRAPH_FORMATS, "text/turtle; charset=utf-8"),
        ("application/n-triples, text/turtle;q=0.5", GRAPH_FORMATS, "application/n-triples"),
        ("application/trig", GRAPH_FORMATS, "application/trig"),
    ],
)  # fmt: skip
def test_negotiate(accept: str | None, offered: tuple[Format, ...], content_type: str) -> None:
    """The format that the header likes best is answered under the name that it asked by."""
    assert content_type == negotiate(accept, offered).content_type


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "garbage",
        "text/csv;q=0",
        "*/*;q=0",
        "text/csv;q=2",
        "text/csv;q=-1",
        "text/csv;q=nan",
        "text/csv;q=",
        "text/html",
    ],
)
def test_negotiate_refuses_what_nothing_fits(accept: str) -> None:
    """When every offered format has quality 0, the header and the offer are told."""
    with pytest.raises(NotAcceptable) as caught:
        negotiate(accept, SOLUTION_FORMATS)

    assert (
        f"Asked for '{accept}', which is not offered. Offered: application/sparql-results+json, "
        "application/sparql-results+xml, text/csv, text/tab-separated-values." == str(caught.value)
    )


@given(accept=st.text())
def test_negotiate_answers_or_refuses_any_header(accept: str) -> None:
    """Whatever stands in the header, the outcome is an offered format or a refusal."""
    chosen: Format | None = None
    with contextlib.suppress(NotAcceptable):
        chosen = negotiate(accept, GRAPH_FORMATS).format

    assert chosen in {*GRAPH_FORMATS, None}


@given(
    qualities=st.lists(
        st.integers(0, 1000), min_size=len(GRAPH_FORMATS), max_size=len(GRAPH_FORMATS)
    ).filter(any)
)
def test_negotiate_takes_the_highest_quality(qualities: list[int]) -> None:
    """Between formats that are all asked for, the first with the highest quality is taken."""
    accept = ", ".join(
        f"{each.media_type};q={quality / 1000}"
        for each, quality in zip(GRAPH_FORMATS, qualities, strict=True)
    )
    best = GRAPH_FORMATS[qualities.index(max(qualities))]

    assert best == negotiate(accept, GRAPH_FORMATS).format
