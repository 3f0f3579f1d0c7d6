"""What a SPARQL endpoint says of itself: the SPARQL 1.1 Service Description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urljoin

from miwdap_kg.described_limits import LIMITS
from miwdap_kg.errors import RequestError
from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format
from miwdap_kg.namespaces import BASE, NAMESPACES

__all__ = [
    "CATALOG",
    "GEOSPARQL_FUNCTIONS",
    "Served",
    "in_format",
    "service_description",
]

_PREFIXES: Final[Mapping[str, str]] = {
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "formats": "http://www.w3.org/ns/formats/",
    "entailment": "http://www.w3.org/ns/entailment/",
    "geof": "http://www.opengis.net/def/function/geosparql/",
    **{
        name: NAMESPACES[name]
        for name in ("dcat", "dcterms", "rdf", "rdfs", "schema", "void", "xsd")
    },
}

# Pages are for people: they show a part of a large answer, and so are no format of results.
_FORMATS: Final[Mapping[str, str]] = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "rdfxml": "RDF_XML",
    "jsonld": "JSON-LD",
    "trig": "TriG",
}

_DATASET: Final = f"{BASE}dataset"
_PASSAGES: Final = NAMESPACES["passage"]
_LISTED_GRAPHS: Final = 100
_ADDRESS: Final = re.compile(
    r"https?://(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"/(?:[^\x00-\x20<>\"{}|^`\\#?%]|%[0-9A-Fa-f]{2})*"
)

CATALOG: Final = f"""\
PREFIX dcat: <{NAMESPACES["dcat"]}>
PREFIX dcterms: <{NAMESPACES["dcterms"]}>
CONSTRUCT {{ <{_DATASET}> ?property ?value }}
WHERE {{
  VALUES ?property {{ dcterms:title dcterms:license }}
  GRAPH <{NAMESPACES["graph"]}catalog> {{ <{_DATASET}> ?property ?value }}
}}
"""
"""The query for what the data says of itself; its answer goes into the description."""

GEOSPARQL_FUNCTIONS: Final = tuple(
    f"{_PREFIXES['geof']}{name}"
    for name in (
        *"sfEquals sfDisjoint sfIntersects sfTouches sfCrosses sfWithin sfContains".split(),
        *"sfOverlaps ehEquals ehDisjoint ehMeet ehOverlap ehCovers ehCoveredBy ehInside".split(),
        *"ehContains rcc8eq rcc8dc rcc8ec rcc8po rcc8tppi rcc8tpp rcc8ntpp rcc8ntppi".split(),
        *"relate distance length perimeter centroid convexHull envelope intersection".split(),
        *"union difference symDifference dimension coordinateDimension".split(),
        *"spatialDimension isEmpty isSimple getSRID asGeoJSON".split(),
    )
)
"""The extension functions of the engine in this process: those of GeoSPARQL that it knows."""


@dataclass(frozen=True, slots=True)
class Served:
    """What an endpoint serves, as far as it is known.

    *default_graph* counts its triples, *named_graphs* those of each. *left_out* names the graphs
    that are not in a default graph which is the union of all others; it is None for a default
    graph of another kind. *version* is that of the release, *dumps* its files for download,
    relative to the endpoint. *catalog* is the answer to `CATALOG`, as N-Triples.
    """

    default_graph: int | None = None
    named_graphs: Mapping[str, int] | None = None
    left_out: frozenset[str] | None = None
    version: str | None = None
    dumps: Sequence[str] = ()
    catalog: str = ""


def service_description(
    endpoint: str,
    served: Served,
    *,
    limits: Mapping[str, float],
    functions: Sequence[str] = (),
    services: Sequence[str] = (),
) -> str:
    """Return the description of an endpoint as N-Triples, in the order in which to read it.

    It has no blank nodes and says only what is so. `sd:UnionDefaultGraph` is not: a release's
    default graph leaves two named graphs out, and that of files is no union. `sd:EmptyGraphs` is
    not, because a graph that holds nothing is not there. The hundreds of graphs that are named
    after passages are told of and not listed, to keep the description small.

    Args:
        endpoint: the address at which the endpoint is asked.
        served: what it serves.
        limits: the value of each limit, by its name in `LIMITS`; 0 is no limit.
        functions: the extension functions that queries may call.
        services: what the addresses begin with that SERVICE may ask.

    Raises:
        RequestError: the address is none, as a wrong Host header can make it.
    """
    if _ADDRESS.fullmatch(endpoint) is None:
        raise RequestError(
            f"The address of this endpoint would be '{endpoint}', which is no IRI. "
            "Send the name of the server in the Host header."
        )
    limits = {name: value for name, value in limits.items() if value}
    lines = [
        *_service(endpoint, served, functions, services),
        *(
            _line(endpoint, "schema:additionalProperty", _iri(f"{endpoint}#{name}"))
            for name in limits
        ),
        *(line for name, value in limits.items() for line in _limit(endpoint, name, value)),
        *_dataset(endpoint, served),
        *served.catalog.splitlines(keepends=True),
    ]
    return "".join(lines)


def in_format(description: str, format_: Format) -> bytes:
    """Return a description, given as N-Triples, in another RDF format."""
    # Imported here because a server's main process does without the engine.
    import pyoxigraph as ox

    triples = ox.parse(description, format=ox.RdfFormat.N_TRIPLES)
    content = ox.serialize(
        triples, format=ox.RdfFormat.from_media_type(format_.media_type), prefixes=dict(_PREFIXES)
    )
    return content or b""


def _service(
    endpoint: str, served: Served, functions: Sequence[str], services: Sequence[str]
) -> Iterator[str]:
    may_ask = "SERVICE is refused."
    may_ask_ja = "SERVICEは受け付けない。"
    if services:
        may_ask = f"SERVICE may ask what begins with {', '.join(services)}."
        may_ask_ja = f"SERVICEは次で始まるアドレスに限る: {', '.join(services)}。"
    yield from _types(endpoint, "sd:Service", "dcat:DataService")
    yield _line(endpoint, "dcterms:title", _text("SPARQL endpoint", "en"))
    yield _line(endpoint, "dcterms:title", _text("SPARQLエンドポイント", "ja"))
    yield _line(
        endpoint,
        "dcterms:description",
        _text(
            "Answers SPARQL 1.1 queries, and takes no updates. "
            f"FROM reaches the graphs that are here and fetches none. {may_ask}",
            "en",
        ),
    )
    yield _line(
        endpoint,
        "dcterms:description",
        _text(
            "SPARQL 1.1の問合せに答える。更新は受け付けない。"
            f"FROMが指すのはここにあるグラフだけで、外から取得することはない。{may_ask_ja}",
            "ja",
        ),
    )
    for name, value in (
        ("sd:endpoint", endpoint),
        ("dcat:endpointURL", endpoint),
        *((("dcat:servesDataset", _DATASET),) if served.catalog else ()),
        ("sd:supportedLanguage", "sd:SPARQL11Query"),
        *(
            ("sd:resultFormat", f"formats:{_FORMATS[each.name]}")
            for each in (*SOLUTION_FORMATS, *GRAPH_FORMATS)
        ),
        *((("sd:feature", "sd:BasicFederatedQuery"),) if services else ()),
        *(("sd:extensionFunction", each) for each in functions),
        ("sd:defaultEntailmentRegime", "entailment:Simple"),
        ("sd:defaultDataset", f"{endpoint}#dataset"),
    ):
        yield _line(endpoint, name, _iri(value))


def _limit(endpoint: str, name: str, value: float) -> Iterator[str]:
    # No vocabulary for limits of endpoints is in use; these terms any client can read.
    limit = LIMITS[name]
    node = f"{endpoint}#{name}"
    yield from _types(node, "schema:PropertyValue")
    yield _line(node, "rdfs:label", _text(limit.en, "en"))
    yield _line(node, "rdfs:label", _text(limit.ja, "ja"))
    yield _line(node, "schema:propertyID", _text(name))
    yield _line(node, "schema:maxValue", _number(value))
    yield _line(node, "schema:unitCode", _text(limit.code))
    if limit.unit:
        yield _line(node, "schema:unitText", _text(limit.unit))


def _dataset(endpoint: str, served: Served) -> Iterator[str]:
    node = f"{endpoint}#dataset"
    graphs = served.named_graphs or {}
    # The name of a graph can be a blank node, and then has no colon; nobody can ask for that one.
    listed = sorted(name for name in graphs if ":" in name and not name.startswith(_PASSAGES))
    del listed[_LISTED_GRAPHS:]
    yield from _types(node, "sd:Dataset")
    if served.version is not None:
        yield _line(node, "dcat:version", _text(served.version))
    if served.catalog:
        yield _line(node, "dcat:isVersionOf", _iri(_DATASET))
    for language, sentences in _about(served, len(graphs) - len(listed)).items():
        if sentences:
            yield _line(node, "dcterms:description", _text(" ".join(sentences), language))
    for dump in served.dumps:
        yield _line(node, "void:dataDump", _iri(urljoin(endpoint, dump)))
    yield _line(node, "sd:defaultGraph", _iri(f"{endpoint}#default-graph"))
    numbered = list(enumerate(listed, start=1))
    for number, _ in numbered:
        yield _line(node, "sd:namedGraph", _iri(f"{endpoint}#named-graph-{number}"))
    yield from _graph(f"{endpoint}#default-graph", served.default_graph)
    for number, name in numbered:
        named = f"{endpoint}#named-graph-{number}"
        yield from _types(named, "sd:NamedGraph")
        yield _line(named, "sd:name", _iri(name))
        yield _line(named, "sd:graph", _iri(f"{endpoint}#graph-{number}"))
        yield from _graph(f"{endpoint}#graph-{number}", graphs[name])


def _about(served: Served, unlisted: int) -> dict[str, list[str]]:
    en, ja = [], []
    if served.left_out is not None:
        names = ", ".join(sorted(served.left_out))
        en.append(f"The default graph is the union of the named graphs, without {names}.")
        ja.append(f"既定グラフは名前付きグラフの和集合で、次を含まない: {names}。")
    if unlisted:
        query = "SELECT ?graph WHERE { GRAPH ?graph {} }"
        en.append(f"{unlisted} more named graphs are not listed here; ask for them: {query}")
        ja.append(f"ほかに{unlisted}個の名前付きグラフがある。一覧は次の問合せで得られる: {query}")
    return {"en": en, "ja": ja}


def _graph(node: str, triples: int | None) -> Iterator[str]:
    yield from _types(node, "sd:Graph")
    if triples is not None:
        yield _line(node, "void:triples", _number(triples))


def _types(node: str, *types: str) -> Iterable[str]:
    return (_line(node, "rdf:type", _iri(each)) for each in types)


def _line(subject: str, name: str, value: str) -> str:
    return f"<{subject}> {_iri(name)} {value} .\n"


def _iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"<{_PREFIXES[prefix]}{local}>" if prefix in _PREFIXES else f"<{name}>"


def _text(text: str, language: str | None = None) -> str:
    # What JSON escapes, N-Triples escapes in the same way; it has no escapes for pairs of
    # surrogates, so only control characters are.
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if language is None else f"{quoted}@{language}"


def _number(value: float) -> str:
    whole = value == int(value)
    text = str(int(value)) if whole else format(Decimal(str(value)), "f")
    return f'"{text}"^^{_iri("xsd:integer" if whole else "xsd:decimal")}'
