"""The table of RDF and result formats, with content negotiation over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal

from miwdap_kg.errors import NotAcceptable

__all__ = [
    "CSV",
    "DUMP_FORMATS",
    "FORMATS",
    "GRAPH_FORMATS",
    "HTML",
    "JSON",
    "JSON_LD",
    "NQUADS",
    "NTRIPLES",
    "RDF_XML",
    "READABLE_FORMATS",
    "SOLUTION_FORMATS",
    "TRIG",
    "TSV",
    "TURTLE",
    "XML",
    "Format",
    "Negotiated",
    "by_file_name",
    "by_name",
    "negotiate",
]

Kind = Literal["graph", "dataset", "solutions", "page"]


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a graph, a dataset, a list of solutions, or a page.

    *name* is what users say (`format=turtle`, `miwdap-kg dump turtle`), *extension* ends file
    names, *also* holds the other names and media types under which clients ask for it.
    *boundary* is a byte behind which no term goes on; where the format has comments, *comment*
    begins and ends one there.
    """

    name: str
    label: str
    media_type: str
    extension: str
    kind: Kind
    also: tuple[str, ...] = ()
    boundary: bytes = b""
    comment: tuple[str, str] | None = None

    @property
    def content_type(self) -> str:
        """The media type as a header value, with the charset where the type is text."""
        return _with_charset(self.media_type)

    def remark(self, text: str) -> bytes:
        """Return a comment that can stand behind a boundary; nothing where there are none.

        >>> TURTLE.remark("INCOMPLETE: stopped after 15 seconds")
        b'\\n# INCOMPLETE: stopped after 15 seconds\\n'
        """
        if self.comment is None:
            return b""
        begin, end = self.comment
        return f"{begin}{' '.join(text.split()).replace('--', '- -')}{end}".encode()

    def is_named(self, name: str) -> bool:
        """Tell whether *name* (a name, a media type or an extension) means this format."""
        return name.lower() in (self.name, self.media_type, self.extension, *self.also)


_LINES: Final = (b"\n", ("\n# ", "\n"))
_ELEMENTS: Final = (b">", ("<!-- ", " -->"))

TURTLE: Final = Format(
    "turtle",
    "Turtle",
    "text/turtle",
    "ttl",
    "graph",
    ("n3", "text/n3", "application/x-turtle"),
    *_LINES,
)
NTRIPLES: Final = Format(
    "ntriples",
    "N-Triples",
    "application/n-triples",
    "nt",
    "graph",
    ("n-triples", "text/plain"),
    *_LINES,
)
RDF_XML: Final = Format(
    "rdfxml",
    "RDF/XML",
    "application/rdf+xml",
    "rdf",
    "graph",
    ("rdf/xml", "rdf+xml", "xml", "application/xml", "text/xml"),
    *_ELEMENTS,
)
JSON_LD: Final = Format(
    "jsonld",
    "JSON-LD",
    "application/ld+json",
    "jsonld",
    "graph",
    ("json-ld", "json", "application/json"),
)
TRIG: Final = Format(
    "trig", "TriG", "application/trig", "trig", "dataset", ("application/x-trig",), *_LINES
)
NQUADS: Final = Format(
    "nquads", "N-Quads", "application/n-quads", "nq", "dataset", ("n-quads",), *_LINES
)
JSON: Final = Format(
    "json",
    "SPARQL JSON",
    "application/sparql-results+json",
    "srj",
    "solutions",
    ("application/json", "sparql-results+json"),
)
XML: Final = Format(
    "xml",
    "SPARQL XML",
    "application/sparql-results+xml",
    "srx",
    "solutions",
    ("application/xml", "text/xml", "sparql-results+xml"),
    *_ELEMENTS,
)
CSV: Final = Format("csv", "CSV", "text/csv", "csv", "solutions", boundary=b"\n")
TSV: Final = Format("tsv", "TSV", "text/tab-separated-values", "tsv", "solutions", boundary=b"\n")
HTML: Final = Format("html", "HTML", "text/html", "html", "page", ("application/xhtml+xml",))

SOLUTION_FORMATS: Final = (JSON, XML, CSV, TSV)
"""What SELECT and ASK answer in; the first is the default."""

GRAPH_FORMATS: Final = (TURTLE, NTRIPLES, RDF_XML, JSON_LD, TRIG)
"""What CONSTRUCT and DESCRIBE answer in; the first is the default."""

DUMP_FORMATS: Final = (TURTLE, TRIG, NQUADS)
"""What a release is written in: the default graph as Turtle, the named graphs in the others."""

READABLE_FORMATS: Final = (TURTLE, TRIG, NTRIPLES, NQUADS, RDF_XML, JSON_LD)
"""What files of RDF can be read from."""

FORMATS: Final = (*SOLUTION_FORMATS, *GRAPH_FORMATS, NQUADS, HTML)


@dataclass(frozen=True, slots=True)
class Negotiated:
    """The format to answer in, and the media type by which the client knows it."""

    format: Format
    media_type: str

    @property
    def content_type(self) -> str:
        """The value of the `Content-Type` header."""
        return _with_charset(self.media_type)


def by_name(name: str, offered: Sequence[Format]) -> Format:
    """Return the offered format that *name* means: a name, a media type or an extension.

    Raises:
        NotAcceptable: no offered format has that name.

    >>> by_name("ttl", GRAPH_FORMATS).label
    'Turtle'
    >>> by_name("xml", GRAPH_FORMATS).label
    'RDF/XML'
    """
    for each in offered:
        if each.is_named(name):
            return each
    raise NotAcceptable(name, [each.name for each in offered])


def by_file_name(path: PurePath | str) -> Format:
    """Return the RDF format that a file's name tells; `.gz` at the end is passed over.

    Raises:
        NotAcceptable: the extension is none of the readable formats'.

    >>> by_file_name("plan.trig.gz").name
    'trig'
    """
    suffix = PurePath(str(path).lower().removesuffix(".gz")).suffix.removeprefix(".")
    extensions = {each.extension: each for each in READABLE_FORMATS} | {
        "owl": RDF_XML,
        "xml": RDF_XML,
        "json": JSON_LD,
    }
    if suffix not in extensions:
        raise NotAcceptable(str(path), [f".{each.extension}" for each in READABLE_FORMATS])
    return extensions[suffix]


def negotiate(accept: str | None, offered: Sequence[Format]) -> Negotiated:
    """Return the offered format that the `Accept` header likes best (RFC 9110 §12.5.1).

    A format has the quality of the most specific range that fits one of its media types.
    Between equals the order of *offered* decides; so does an absent or empty header.

    Raises:
        NotAcceptable: every offered format has quality 0.

    >>> negotiate("text/csv;q=0.5, application/json", SOLUTION_FORMATS).media_type
    'application/json'
    """
    ranges = list(_ranges(accept or ""))
    if not ranges:
        return Negotiated(offered[0], offered[0].media_type)
    best: Negotiated | None = None
    best_quality = 0.0
    for each in offered:
        for media_type in (each.media_type, *(name for name in each.also if "/" in name)):
            quality, exact = _quality(media_type, ranges)
            # A media type that a format only goes by as well must be asked for by its name.
            if (exact or media_type == each.media_type) and quality > best_quality:
                best, best_quality = Negotiated(each, media_type), quality
    if best is None:
        raise NotAcceptable(accept or "", [each.media_type for each in offered])
    return best


def _ranges(accept: str) -> Iterable[tuple[str, float]]:
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if not media_range:
            continue
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _number(value.strip())
        yield ("*/*" if media_range == "*" else media_range), quality


def _number(text: str) -> float:
    # RFC 9110 allows 0 to 1 with three digits; anything else is taken as not wanted.
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, bool]:
    specific = dict(ranges)
    if media_type in specific:
        return specific[media_type], True
    for wider in (f"{media_type.partition('/')[0]}/*", "*/*"):
        if wider in specific:
            return specific[wider], False
    return 0.0, False


def _with_charset(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
