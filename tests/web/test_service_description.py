"""The service description: it lists what is served, all of it, and nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from starlette.types import Message

from miwdap_kg.described_limits import LIMITS
from miwdap_kg.errors import RequestError
from miwdap_kg.execution.inspection import QueryLimits
from miwdap_kg.formats import FORMATS, GRAPH_FORMATS, HTML, NQUADS, SOLUTION_FORMATS, TURTLE, Format
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.service_description import (
    CATALOG,
    GEOSPARQL_FUNCTIONS,
    Served,
    in_format,
    service_description,
)
from miwdap_kg.settings import Settings
from miwdap_kg.store import NOT_IN_DEFAULT_GRAPH
from miwdap_kg.web.app import create_app
from miwdap_kg.web.protocol import MAX_URL_BYTES

from .conftest import Client

ENDPOINT = "http://test/sparql"
SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
DCTERMS = "http://purl.org/dc/terms/"
SCHEMA = "https://schema.org/"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"

# What a format is called by the W3C, and what it is called when it is asked for and sent.
MEDIA_TYPES = {
    "SPARQL_Results_JSON": "application/sparql-results+json",
    "SPARQL_Results_XML": "application/sparql-results+xml",
    "SPARQL_Results_CSV": "text/csv",
    "SPARQL_Results_TSV": "text/tab-separated-values",
    "Turtle": "text/turtle",
    "N-Triples": "application/n-triples",
    "RDF_XML": "application/rdf+xml",
    "JSON-LD": "application/ld+json",
    "TriG": "application/trig",
}


class Description:
    """A description, to be asked for what it says."""

    def __init__(
        self, content: str | bytes, format_: ox.RdfFormat = ox.RdfFormat.N_TRIPLES
    ) -> None:
        self.triples = {quad.triple for quad in ox.parse(content, format=format_)}

    def values(self, subject: str, predicate: str) -> set[str]:
        """Return the values of a property."""
        return {
            each.object.value  # type: ignore[union-attr]
            for each in self.triples
            if (each.subject.value, each.predicate.value) == (subject, predicate)  # type: ignore[union-attr]
        }

    def value(self, subject: str, predicate: str) -> str:
        """Return the one value of a property."""
        (value,) = self.values(subject, predicate)
        return value

    def limits(self) -> dict[str, float]:
        """Return the value of each limit by its name."""
        return {
            self.value(node, f"{SCHEMA}propertyID"): float(self.value(node, f"{SCHEMA}maxValue"))
            for node in self.values(ENDPOINT, f"{SCHEMA}additionalProperty")
        }


def described(served: Served | None = None, **given: Any) -> Description:
    """Return the description of an endpoint."""
    limits = given.pop("limits", {})
    return Description(service_description(ENDPOINT, served or Served(), limits=limits, **given))


def served_of(graph: KnowledgeGraph) -> Served:
    """Return what is served of a release."""
    release = graph.release
    assert release is not None
    return Served(
        default_graph=release.default_graph,
        named_graphs=release.graphs,
        left_out=NOT_IN_DEFAULT_GRAPH,
        version=release.version,
        dumps=[f"dumps/{release.version}/{release.dump('nq').name}"],
        catalog=graph.construct(CATALOG, "ntriples"),
    )


@pytest.fixture(scope="module")
def description(graph: KnowledgeGraph) -> Description:
    """The description of an endpoint that serves the release."""
    return described(
        served_of(graph), limits={"max_query_bytes": 1_000}, functions=GEOSPARQL_FUNCTIONS
    )


# The form


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda each: each.name)
def test_every_format_says_the_same(graph: KnowledgeGraph, format_: Format) -> None:
    """The description can be had in each RDF format, and loses nothing in it."""
    text = service_description(ENDPOINT, served_of(graph), limits={"query_seconds": 0.5})

    content = in_format(text, format_)

    read = Description(content, ox.RdfFormat.from_media_type(format_.media_type))
    assert Description(text).triples == read.triples


def test_everything_has_a_name(description: Description) -> None:
    """There are no blank nodes, and all that is spoken of hangs together."""
    nodes = {term for each in description.triples for term in each}
    reached, new = {ENDPOINT}, {ENDPOINT}
    while new:
        new = {
            each.object.value
            for each in description.triples
            if each.subject.value in new and isinstance(each.object, ox.NamedNode)  # type: ignore[union-attr]
        } - reached
        reached |= new

    assert not any(isinstance(each, ox.BlankNode) for each in nodes)
    assert {each.subject.value for each in description.triples} <= reached  # type: ignore[union-attr]


def test_it_is_made_for_readers(graph: KnowledgeGraph) -> None:
    """In Turtle it begins with the service, after prefixes that are used."""
    text = in_format(service_description(ENDPOINT, served_of(graph), limits={}), TURTLE).decode()
    body = [line for line in text.splitlines() if not line.startswith("@prefix")]

    assert body[0].startswith(f"<{ENDPOINT}> a sd:Service")


@pytest.mark.parametrize(
    "served",
    [
        Served(named_graphs={f"https://w3id.org/miwdap/passage/x-{n}": 3 for n in range(5_000)}),
        Served(named_graphs={f"http://example.org/{n}": 3 for n in range(5_000)}),
    ],
    ids=["passages", "files"],
)
def test_it_stays_small(served: Served) -> None:
    """Thousands of graphs are counted and told how to list, and not listed."""
    text = service_description(ENDPOINT, served, limits={}, functions=GEOSPARQL_FUNCTIONS)

    assert len(in_format(text, TURTLE)) < 32_000
    about = Description(text).values(f"{ENDPOINT}#dataset", f"{DCTERMS}description")
    assert 2 == len(about)
    assert all("SELECT ?graph WHERE { GRAPH ?graph {} }" in each for each in about)
    assert any("5000 more named graphs" in each or "4900 more" in each for each in about)


@pytest.mark.parametrize(
    "address",
    [
        *("", "sparql", "http://a b/sparql", 'http://a">/sparql', "http://a/sparql?x", "ftp://a/s"),
        *(
            "http:///sparql",
            "http://a:b/sparql",
            "http://a/s%zz",
            "http://a\n/sparql",
            "http://総/s",
        ),
    ],
)
def test_address_that_is_none_is_refused(address: str) -> None:
    """A wrong Host header makes no broken RDF."""
    with pytest.raises(RequestError, match=r"which is no IRI\. Send the name of the server"):
        service_description(address, Served(), limits={})


@pytest.mark.parametrize("address", ["https://[::1]:8000/a/sparql", "http://a-b.example/%C3%A9/s"])
def test_address_is_where_it_is_asked(address: str) -> None:
    """The service is named by its address, whatever is before the path."""
    found = Description(service_description(address, Served(), limits={}))

    assert f"{SD}Service" in found.values(address, RDF_TYPE)
    assert address == found.value(address, f"{SD}endpoint")


# The formats


def test_formats_are_those_of_the_tables(description: Description) -> None:
    """Each format of answers is listed, and no other."""
    listed = description.values(ENDPOINT, f"{SD}resultFormat")

    names = {each.rpartition("/")[2] for each in listed}
    assert {each.media_type for each in (*SOLUTION_FORMATS, *GRAPH_FORMATS)} == {
        MEDIA_TYPES[name] for name in names
    }
    assert all(each.startswith("http://www.w3.org/ns/formats/") for each in listed)


@pytest.mark.parametrize(("name", "media_type"), MEDIA_TYPES.items())
def test_each_format_is_served(
    client: Client, description: Description, name: str, media_type: str
) -> None:
    """Who asks for a listed format gets it."""
    assert f"http://www.w3.org/ns/formats/{name}" in description.values(
        ENDPOINT, f"{SD}resultFormat"
    )
    form = "ASK {}" if "Results" in name else "CONSTRUCT { <a:a> <a:b> 1 } {}"

    response = client.ask(form, accept=media_type)

    assert 200 == response.status_code
    assert media_type == response.headers["content-type"].partition(";")[0]


def test_what_is_not_listed_is_not_served(client: Client) -> None:
    """A format that is in no list is refused; pages alone are served besides."""
    others = [each for each in FORMATS if each not in (*SOLUTION_FORMATS, *GRAPH_FORMATS, HTML)]

    assert [NQUADS] == others
    assert 406 == client.ask("CONSTRUCT {} {}", accept=NQUADS.media_type).status_code


# The features


def test_language_is_queries(client: Client, description: Description) -> None:
    """SPARQL 1.1 queries are supported and updates are not."""
    assert {f"{SD}SPARQL11Query"} == description.values(ENDPOINT, f"{SD}supportedLanguage")
    assert 200 == client.ask("SELECT (COUNT(*) AS ?n) { ?s a/<a:b>* ?o }").status_code
    assert 403 == client.ask("INSERT DATA { <a:a> <a:b> 1 }").status_code


def test_no_feature_that_is_not(client: Client, description: Description) -> None:
    """Nothing is listed, because none of the features is so, each for its reason."""
    assert set() == description.values(ENDPOINT, f"{SD}feature")

    # sd:BasicFederatedQuery
    assert 403 == client.ask("ASK { SERVICE <http://test/x> { ?s ?p ?o } }").status_code
    # sd:UnionDefaultGraph
    left_out = "GRAPH <https://w3id.org/miwdap/graph/interpretation> { ?s ?p ?o }"
    query = f"ASK {{ {left_out} FILTER NOT EXISTS {{ ?s ?p ?o }} }}"
    assert client.ask(query).json()["boolean"]
    # sd:RequiresDataset
    assert client.ask("ASK { ?s ?p ?o }").json()["boolean"]
    # sd:EmptyGraphs
    assert not client.ask("ASK { GRAPH ?g {} FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }").json()[
        "boolean"
    ]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        found.settimeout(0.1)
        yield found


def test_no_address_is_fetched(client: Client, listener: socket.socket) -> None:
    """`sd:DereferencesURIs` is not listed: FROM asks nobody."""
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"

    response = client.ask(f"ASK FROM <{address}> {{ ?s ?p ?o }}")

    assert not response.json()["boolean"]
    with pytest.raises(TimeoutError):
        listener.accept()


def test_federation_is_listed_where_it_is_allowed() -> None:
    """With addresses that SERVICE may ask, the feature and they are told."""
    found = described(services=("https://query.wikidata.org/",))

    assert {f"{SD}BasicFederatedQuery"} == found.values(ENDPOINT, f"{SD}feature")
    assert all(
        "https://query.wikidata.org/" in each
        for each in found.values(ENDPOINT, f"{DCTERMS}description")
    )


def test_nothing_is_inferred(client: Client, description: Description) -> None:
    """The entailment regime is the simple one: what is not stated does not match."""
    regime = description.value(ENDPOINT, f"{SD}defaultEntailmentRegime")
    measures = (
        "PREFIX miw: <https://w3id.org/miwdap/def#> ASK { ?x a miw:Measure "
        "FILTER NOT EXISTS { ?x a miw:Initiative } }"
    )

    assert "http://www.w3.org/ns/entailment/Simple" == regime
    assert client.ask(measures).json()["boolean"]


def call(name: str) -> str:
    """Return a call of a function of GeoSPARQL with what it takes."""
    square = f'"POLYGON((0 0,4 0,4 4,0 4,0 0))"^^<{WKT}>'
    other = f'"POLYGON((2 2,6 2,6 6,2 6,2 2))"^^<{WKT}>'
    point, far = f'"POINT(0 0)"^^<{WKT}>', f'"POINT(3 4)"^^<{WKT}>'
    metre = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"
    arguments = {
        "distance": (point, far, metre),
        "length": (f'"LINESTRING(0 0,1 1)"^^<{WKT}>', metre),
        "perimeter": (square, metre),
        "relate": (square, other, '"T********"'),
        **dict.fromkeys(("intersection", "union", "difference", "symDifference"), (square, other)),
        **dict.fromkeys(
            [
                *("centroid", "convexHull", "envelope", "dimension", "coordinateDimension"),
                *("spatialDimension", "isEmpty", "isSimple", "getSRID", "asGeoJSON"),
            ],
            (square,),
        ),
    }
    given = arguments.get(name.rpartition("/")[2], (square, other))
    return f"<{name}>({', '.join(given)})"


def test_each_function_gives_a_value(client: Client, description: Description) -> None:
    """Each extension function that is listed can be called, and one that is not cannot."""
    listed = sorted(description.values(ENDPOINT, f"{SD}extensionFunction"))
    values = " ".join(f"({call(name)} AS ?x{n})" for n, name in enumerate(listed[:20]))
    more = " ".join(f"({call(name)} AS ?x{n})" for n, name in enumerate(listed[20:]))

    assert set(GEOSPARQL_FUNCTIONS) == set(listed)
    for part, size in ((values, 20), (more, len(listed) - 20)):
        (row,) = client.ask(f"SELECT {part} {{}}").json()["results"]["bindings"]
        assert size == len(row)
    assert 400 == client.ask("ASK { FILTER(<http://example.org/f>(1)) }").status_code


# The data


def test_graphs_are_counted_as_they_are(
    client: Client, graph: KnowledgeGraph, description: Description
) -> None:
    """The default graph and the named graphs that are listed have as many triples as is said."""
    dataset = description.value(ENDPOINT, f"{SD}defaultDataset")
    default = description.value(dataset, f"{SD}defaultGraph")
    listed = {
        description.value(node, f"{SD}name"): description.value(
            description.value(node, f"{SD}graph"), f"{VOID}triples"
        )
        for node in description.values(dataset, f"{SD}namedGraph")
    }

    assert description.value(default, f"{VOID}triples") == _count(client, "?s ?p ?o")
    assert {name for name in graph.named_graphs if "/passage/" not in name} == set(listed)
    for name, triples in listed.items():
        assert triples == _count(client, f"GRAPH <{name}> {{ ?s ?p ?o }}")


def test_default_graph_is_told_in_words(client: Client, description: Description) -> None:
    """The graphs that are named as left out are those whose triples it does not have."""
    about = description.values(f"{ENDPOINT}#dataset", f"{DCTERMS}description")

    assert all(name in each for name in NOT_IN_DEFAULT_GRAPH for each in about)
    for name in NOT_IN_DEFAULT_GRAPH:
        query = f"ASK {{ GRAPH <{name}> {{ ?s ?p ?o }} FILTER NOT EXISTS {{ ?s ?p ?o }} }}"
        assert client.ask(query).json()["boolean"]


def test_query_for_the_graphs_lists_all(client: Client, graph: KnowledgeGraph) -> None:
    """The query that the description gives for the list of graphs gives it."""
    rows = client.ask("SELECT ?graph WHERE { GRAPH ?graph {} }").json()["results"]["bindings"]

    assert set(graph.named_graphs) == {row["graph"]["value"] for row in rows}


def _count(client: Client, pattern: str) -> str:
    answer = client.ask(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}").json()
    count: str = answer["results"]["bindings"][0]["n"]["value"]
    return count


def test_data_has_title_licence_version_and_dump(
    client: Client, graph: KnowledgeGraph, description: Description
) -> None:
    """What is served is told in both languages, with its terms, its version and its file."""
    assert graph.release is not None
    dataset = description.value(ENDPOINT, "http://www.w3.org/ns/dcat#servesDataset")
    served = description.value(ENDPOINT, f"{SD}defaultDataset")
    dump = description.value(served, f"{VOID}dataDump")

    assert "https://w3id.org/miwdap/dataset" == dataset
    assert dataset == description.value(served, "http://www.w3.org/ns/dcat#isVersionOf")
    assert 2 == len(description.values(dataset, f"{DCTERMS}title"))
    assert description.value(dataset, f"{DCTERMS}license").startswith("https://creativecommons.org")
    assert graph.release.version == description.value(served, "http://www.w3.org/ns/dcat#version")
    assert 200 == client.request("HEAD", urlsplit(dump).path).status_code


def test_plain_files_have_none_of_that(files_client: Client, tmp_path: Path) -> None:
    """Of files that are served, only what is known is told."""
    found = described(Served(default_graph=4, named_graphs={"http://example.org/more": 2}))
    dataset = f"{ENDPOINT}#dataset"

    assert {f"{ENDPOINT}#named-graph-1"} == found.values(dataset, f"{SD}namedGraph")
    assert set() == found.values(ENDPOINT, "http://www.w3.org/ns/dcat#servesDataset")
    assert set() == found.values(dataset, f"{DCTERMS}description")
    assert "4" == _count(files_client, "?s ?p ?o")


def test_graph_that_nobody_can_ask_for_is_not_listed() -> None:
    """The name of a graph can be a blank node, and is then no name."""
    found = described(Served(named_graphs={"b0": 1, "http://example.org/more": 2}))

    names = {each.object.value for each in found.triples if each.predicate.value == f"{SD}name"}  # type: ignore[union-attr]
    assert {"http://example.org/more"} == names


def test_unknown_data_is_not_told() -> None:
    """Of an engine elsewhere nothing is counted."""
    found = described(Served())

    assert not [each for each in found.triples if each.predicate.value == f"{VOID}triples"]


# The limits


def test_each_limit_has_words_and_a_unit() -> None:
    """Each limit is labelled in both languages, and has its unit as text and code."""
    found = described(limits=dict.fromkeys(LIMITS, 7))

    assert dict.fromkeys(LIMITS, 7.0) == found.limits()
    for name in LIMITS:
        node = f"{ENDPOINT}#{name}"
        labels = {
            each.object.language  # type: ignore[union-attr]
            for each in found.triples
            if (each.subject.value, each.predicate.value) == (node, RDFS_LABEL)  # type: ignore[union-attr]
        }
        assert {"en", "ja"} == labels
        assert found.value(node, f"{SCHEMA}unitCode") in ("AD", "SEC", "C62", "E63")


def test_no_limit_is_not_told() -> None:
    """A limit of 0 is none, and a part of a second is told as it is."""
    found = described(limits={"max_rows": 0, "query_seconds": 0.2})

    assert {"query_seconds": 0.2} == found.limits()


def test_limits_that_are_settings_have_their_names() -> None:
    """Who runs a server finds what is limited under the same name; the others are fixed."""
    fixed = {"max_url_bytes", "depth", "chain", "patterns", "doublings"}

    assert fixed == set(LIMITS) - set(Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "value", "query", "status"),
    [
        ("max_query_bytes", 100, "ASK {}" + " " * 95, 413),
        ("max_answer_bytes", 1_000, "SELECT * { ?s ?p ?o } LIMIT 100", 413),
        ("depth", QueryLimits().depth, "ASK { FILTER(" + "(" * 300 + "1" + ")" * 300 + ") }", 413),
        ("chain", QueryLimits().chain, "ASK { FILTER(1" + " || 1" * 1_500 + ") }", 413),
        ("patterns", QueryLimits().patterns, "SELECT * {" + " ?s ?p ?o ." * 400 + "}", 413),
        (
            "doublings",
            QueryLimits().doublings,
            "ASK { FILTER(" + "!(" * 30 + "1" + ")" * 31 + "}",
            413,
        ),
    ],
    ids=lambda each: each if isinstance(each, str) and each.isidentifier() else "",
)
def test_each_limit_holds(
    graph: KnowledgeGraph, name: str, value: int, query: str, status: int
) -> None:
    """What is beyond a limit that is told is refused, with its number."""
    settings = Settings.read(**({name: value} if name in Settings.model_fields else {}))
    limited = KnowledgeGraph.of_store(graph.execution.store, settings=settings)  # type: ignore[attr-defined]

    response = Client(create_app(limited, settings)).ask(query)

    assert {name: value} == described(limits={name: value}).limits()
    assert status == response.status_code
    assert f"{value:,}" in response.json()["detail"]


@pytest.mark.parametrize("allowed", [(), ("https://example.org/sparql",)], ids=["", "services"])
def test_endpoint_tells_each_limit_that_it_has(
    graph: KnowledgeGraph, allowed: tuple[str, ...]
) -> None:
    """The settings' and the fixed ones, and that of SERVICE where it is allowed."""
    settings = Settings.read(max_rows=7, service_allow=allowed)
    limited = KnowledgeGraph.of_store(graph.execution.store, settings=settings)  # type: ignore[attr-defined]
    text = Client(create_app(limited, settings)).get("/sparql", accept="application/n-triples").text
    told = Description(text).limits()
    fixed = {**asdict(QueryLimits()), "max_url_bytes": MAX_URL_BYTES}

    assert set(LIMITS) - (set() if allowed else {"service_seconds"}) == set(told)
    for name, value in told.items():
        assert value == {**settings.model_dump(), **fixed}[name], name


def test_limit_of_the_address_holds(client: Client) -> None:
    """A query string that is longer than is told is refused, with the limit."""
    sent: list[Message] = []

    async def ask() -> None:
        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        # httpx makes no address as long as this one.
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/sparql",
            "root_path": "",
            "query_string": b"query=" + b"+" * MAX_URL_BYTES,
            "headers": [],
        }
        await client.app(scope, receive, send)

    asyncio.run(ask())

    assert 414 == sent[0]["status"]
    assert f"{MAX_URL_BYTES:,}" in sent[1]["body"].decode()
