"""The W3C's SPARQL 1.1 test suite, as its manifests describe it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import pyoxigraph as ox

__all__ = ["SUITE", "Case", "Kind", "Request", "cases", "file_iri", "is_here"]

SUITE: Final = Path(__file__).parents[3] / "shared" / "conformance" / "w3c-sparql11"

Kind = Literal["evaluation", "positive", "negative", "protocol", "description", "store"]

_KINDS: Final[dict[str, Kind]] = {
    "QueryEvaluationTest": "evaluation",
    "CSVResultFormatTest": "evaluation",
    "PositiveSyntaxTest11": "positive",
    "NegativeSyntaxTest11": "negative",
    "ProtocolTest": "protocol",
    "ServiceDescriptionTest": "description",
    "GraphStoreProtocolTest": "store",
}

# Where the suite is at home; its queries and data may name each other relative to this.
_HOME: Final = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
_TESTS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/"
_MF: Final = f"{_TESTS}test-manifest#"
_QT: Final = f"{_TESTS}test-query#"
_UT: Final = "http://www.w3.org/2009/sparql/tests/test-update#"
_HT: Final = "http://www.w3.org/2011/http#"
_CNT: Final = "http://www.w3.org/2011/content#"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"
_RELATIVE: Final = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.\-]*:)[^<>\"{}|^`\\\s]*>")

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request of a protocol test, and what its response must be."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    status_classes: frozenset[int]
    boolean: bool | None
    format: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One test of the suite: what it is called, what it asks of which data, and the answer."""

    iri: str
    folder: str
    name: str
    title: str
    kind: Kind
    query: Path | None = None
    data: tuple[Path, ...] = ()
    graphs: tuple[tuple[str, Path], ...] = ()
    services: tuple[tuple[str, Path], ...] = ()
    result: Path | None = None
    requests: tuple[Request, ...] = ()

    @property
    def id(self) -> str:
        """What it is called here: its folder and its name."""
        return f"{self.folder}/{self.name}"

    def text(self) -> str:
        """Return its query, with a BASE where it has an IRI relative to its own file."""
        assert self.query is not None
        text = self.query.read_text(encoding="utf-8")
        return f"BASE <{file_iri(self.query)}>\n{text}" if _RELATIVE.search(text) else text


def is_here() -> bool:
    """Tell whether the suite is beside the project."""
    return SUITE.is_dir()


def file_iri(path: Path) -> str:
    """Return the IRI that a file of the suite has on the web."""
    return _HOME + path.relative_to(SUITE).as_posix()


@cache
def cases() -> tuple[Case, ...]:
    """Return every test that a manifest lists, folder by folder."""
    return tuple(
        case for manifest in sorted(SUITE.glob("*/manifest*.ttl")) for case in _cases(manifest)
    )


class _Manifest:
    """The triples of one manifest."""

    def __init__(self, path: Path) -> None:
        self._objects: dict[Node, dict[str, list[Node]]] = {}
        for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri=file_iri(path)):
            values = self._objects.setdefault(quad.subject, {})
            values.setdefault(quad.predicate.value, []).append(quad.object)

    def all(self, subject: Node, predicate: str) -> list[Node]:
        return self._objects.get(subject, {}).get(predicate, [])

    def one(self, subject: Node, predicate: str) -> Node | None:
        return next(iter(self.all(subject, predicate)), None)

    def text(self, subject: Node, predicate: str) -> str:
        value = self.one(subject, predicate)
        return "" if value is None else str(value.value)

    def members(self, head: Node | None) -> Iterator[Node]:
        while head is not None and (first := self.one(head, f"{_RDF}first")) is not None:
            yield first
            head = self.one(head, f"{_RDF}rest")

    def listed(self) -> Iterator[Node]:
        for subject in list(self._objects):
            yield from self.members(self.one(subject, f"{_MF}entries"))


def _cases(path: Path) -> Iterator[Case]:
    manifest = _Manifest(path)
    for test in manifest.listed():
        action = manifest.one(test, f"{_MF}action") or test
        result = manifest.one(test, f"{_MF}result")
        kind = _KINDS[manifest.text(test, f"{_RDF}type").rpartition("#")[2]]
        requests = manifest.one(action, f"{_HT}requests") if kind == "protocol" else None
        queries = manifest.all(action, f"{_QT}query")
        if isinstance(action, ox.NamedNode) and action != test:
            queries = [action]
        yield Case(
            iri=test.value,
            folder=path.parent.name,
            name=re.split(r"[#/]", test.value)[-1],
            title=" ".join(manifest.text(test, f"{_MF}name").split()),
            kind=kind,
            query=_file(queries[0]) if queries else None,
            data=tuple(map(_file, manifest.all(action, f"{_QT}data"))),
            graphs=(
                *((each.value, _file(each)) for each in manifest.all(action, f"{_QT}graphData")),
                *_labelled_graphs(manifest, test),
            ),
            services=tuple(
                (manifest.text(each, f"{_QT}endpoint"), _file(data))
                for each in manifest.all(action, f"{_QT}serviceData")
                for data in manifest.all(each, f"{_QT}data")
            ),
            result=None if result is None else _file(result),
            requests=tuple(_request(manifest, each) for each in manifest.members(requests)),
        )


def _file(node: Node) -> Path:
    return SUITE / node.value.removeprefix(_HOME)


def _labelled_graphs(manifest: _Manifest, test: Node) -> Iterator[tuple[str, Path]]:
    for each in manifest.all(test, f"{_UT}graphData"):
        for graph in manifest.all(each, f"{_UT}graph"):
            yield manifest.text(each, _LABEL), _file(graph)


def _request(manifest: _Manifest, request: Node) -> Request:
    body = manifest.one(request, f"{_HT}body")
    response = manifest.one(request, f"{_HT}resp")
    assert response is not None
    boolean = manifest.text(response, f"{_MF}expectedBoolean")
    content = None
    if body is not None:
        encoding = manifest.text(body, f"{_CNT}characterEncoding")
        content = manifest.text(body, f"{_CNT}chars").encode(encoding)
    return Request(
        method=manifest.text(request, f"{_HT}methodName"),
        target=manifest.text(request, f"{_HT}absolutePath"),
        headers=tuple(
            (manifest.text(each, f"{_HT}fieldName"), manifest.text(each, f"{_HT}fieldValue"))
            for each in manifest.members(manifest.one(request, f"{_HT}headers"))
        ),
        body=content,
        status_classes=frozenset(
            int(each.value.rpartition("StatusCode")[2].removesuffix("xx"))
            for each in manifest.all(response, f"{_MF}expectedStatus")
        ),
        boolean=boolean == "true" if boolean else None,
        format=manifest.text(response, f"{_MF}expectedFormat") or None,
    )
