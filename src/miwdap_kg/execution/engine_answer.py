"""Reads what an engine elsewhere answers, and never takes a part of it for the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO, Final, cast

import httpx
import pyoxigraph as ox

from miwdap_kg.errors import EngineError
from miwdap_kg.execution.serialization import Answer
from miwdap_kg.formats import JSON, NTRIPLES, TURTLE

__all__ = ["ACCEPT_GRAPH", "ACCEPT_SOLUTIONS", "is_virtuoso", "read_answer", "refuse_partial"]

# JSON tells by itself where it ends. In XML the parser takes elements that stay open for whole,
# and loses space at the ends of strings; CSV has no types, and TSV has none that all engines keep.
ACCEPT_SOLUTIONS: Final = JSON.media_type
ACCEPT_GRAPH: Final = f"{NTRIPLES.media_type}, {TURTLE.media_type};q=0.5"

_RDF_FORMATS: Final = {
    NTRIPLES.media_type: ox.RdfFormat.N_TRIPLES,
    TURTLE.media_type: ox.RdfFormat.TURTLE,
}
_JSON_TYPES: Final = (ACCEPT_SOLUTIONS, "application/json")

_TAIL: Final = 4096

# Members behind the results, which SPARQL 1.1 allows and the parser does not: QLever's "meta".
_MORE_MEMBERS: Final = re.compile(
    rb'\]\s*\}\s*,\s*"(?!head"|results"|boolean")[A-Za-z-]+"\s*:.*\}\s*\Z', re.DOTALL
)

# A quotation mark that is not escaped never stands within a string, so neither do these.
_VIRTUOSO_BOOLEAN: Final = re.compile(
    rb'("datatype": "http://www\.w3\.org/2001/XMLSchema#boolean", "value": ")([01])(?=")'
)
_VIRTUOSO_BLANK: Final = re.compile(rb'("type": "bnode", "value": ")nodeID://')


def read_answer(response: httpx.Response, pieces: Iterable[bytes], *, host: str) -> Answer:
    """Return the answer that a response holds, to be read on from *pieces*, its body.

    What breaks off, or is no answer, is found while it is read, at its end at the latest.

    Raises:
        EngineError: the engine says that this is not all, or it is of no type that is read here.
        SyntaxError: (also from what is returned) it is not of the type that it says.
    """
    refuse_partial(response, host=host)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in _JSON_TYPES:
        mended = _standard_json(pieces, of_virtuoso=is_virtuoso(response))
        return ox.parse_query_results(_file(mended), format=ox.QueryResultsFormat.JSON)
    if media_type not in _RDF_FORMATS:
        raise EngineError(
            host,
            f"It answers with '{media_type}', where {ACCEPT_SOLUTIONS} or RDF was asked for.",
        )
    if not {"content-length", "transfer-encoding"} & set(response.headers):
        raise EngineError(
            host, "Its answer does not say how long it is, so that a part could be taken for all."
        )
    if media_type == NTRIPLES.media_type:
        pieces = _without_remarks(pieces, host)
    return _triples(_file(pieces), _RDF_FORMATS[media_type])


def is_virtuoso(response: httpx.Response) -> bool:
    """Tell whether it is Virtuoso that responds."""
    return str(response.headers.get("server", "")).startswith("Virtuoso")


def refuse_partial(response: httpx.Response, *, host: str) -> None:
    """Raise EngineError when the response says that its answer is not all there is."""
    rows = response.headers.get("x-sparql-maxrows")
    if rows is not None:
        raise EngineError(
            host,
            f"It cuts answers behind {rows} rows, and this one has as many. Ask in parts with "
            "ORDER BY, LIMIT and OFFSET; its owner can raise ResultSetMaxRows.",
        )
    state = response.headers.get("x-sql-state")
    if state is not None or response.status_code != 200:
        said = response.headers.get("x-sql-message", f"status {response.status_code}")
        raise EngineError(
            host, f"It gives a part of the answer for all: {said.partition('.  ')[0]}."
        )


def _standard_json(pieces: Iterable[bytes], *, of_virtuoso: bool) -> Iterator[bytes]:
    """Yield the JSON as the parser reads it, with its end held back until it is the end."""
    held = b""
    for piece in pieces:
        held += piece
        if of_virtuoso:
            held = _VIRTUOSO_BOOLEAN.sub(_boolean, held)
            held = _VIRTUOSO_BLANK.sub(rb"\1", held)
        if len(held) > _TAIL:
            yield held[:-_TAIL]
            held = held[-_TAIL:]
    yield _MORE_MEMBERS.sub(b"]}}", held)


def _boolean(match: re.Match[bytes]) -> bytes:
    return match[1] + (b"true" if match[2] == b"1" else b"false")


def _without_remarks(pieces: Iterable[bytes], host: str) -> Iterator[bytes]:
    # In N-Triples a line break stands between triples alone, and engines that give up on the way
    # have no other way to say so than a comment.
    before = b""
    for piece in pieces:
        remark = (before + piece).partition(b"\n#")[1:]
        if remark[0]:
            said = remark[1].partition(b"\n")[0].decode("utf-8", "replace").strip("# ")
            raise EngineError(host, f"It remarks in the midst of its answer: {said[:200]}.")
        before = piece[-1:]
        yield piece


def _triples(file: IO[bytes], rdf_format: ox.RdfFormat) -> Iterator[ox.Triple]:
    for quad in ox.parse(file, format=rdf_format):
        yield quad.triple


def _file(pieces: Iterable[bytes]) -> IO[bytes]:
    return cast(IO[bytes], _File(iter(pieces)))


class _File:
    """A file to be read from pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """Return some bytes, at most *size* when that is not negative; none at the end."""
        while self._read == len(self._piece):
            try:
                self._piece, self._read = next(self._pieces), 0
            except StopIteration:
                return b""
        end = len(self._piece) if size < 0 else self._read + size
        data = self._piece[self._read : end]
        self._read += len(data)
        return data
