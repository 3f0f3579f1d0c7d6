"""The first page: what is served here, and how to ask it something."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.queries import Query
from miwdap_kg.release import Release, ReleaseFile
from miwdap_kg.solutions import Text
from miwdap_kg.web import html, routes
from miwdap_kg.web.answer_page import link_to
from miwdap_kg.web.description import HOME
from miwdap_kg.web.protocol import Asked

__all__ = [
    "GRAPHS_SHOWN",
    "FilesPage",
    "HomePage",
    "Principle",
    "Quotation",
    "StoredQuery",
    "add_pages",
]

GRAPHS_SHOWN: Final = 200
"""The most named graphs that the page of plain files lists."""

_QUESTION: Final = "perspectives"
_LABELS: Final = """\
PREFIX id: <https://w3id.org/miwdap/id/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?label WHERE { id:plan skos:prefLabel ?label } ORDER BY ?label
"""
_ANYTHING: Final = """\
SELECT ?graph ?subject ?predicate ?object
WHERE {
  { ?subject ?predicate ?object }
  UNION
  { GRAPH ?graph { ?subject ?predicate ?object } }
}
LIMIT 100
"""
_HEADER: Final = re.compile(r"(?:#\+[^\n]*\n)+")
_JAPANESE: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Quotation:
    """The words that state something, and where they stand."""

    text: str
    language: str
    document: str
    line: int | None

    @property
    def is_retelling(self) -> bool:
        """Whether the words are not the document's own; square brackets mark them."""
        return self.text.startswith("[")


@dataclass(frozen=True, slots=True)
class Principle:
    """One principle with the passages that state it."""

    number: int
    label: str
    label_ja: str
    quotations: tuple[Quotation, ...]


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """A query of the library: what it asks, its text without the header, and where it is asked."""

    name: str
    summary: str
    summary_ja: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The first page of a release; *base_url* is the server's address as the client knows it."""

    template: ClassVar[str] = "home.html"

    title: str
    title_ja: str
    principles: tuple[Principle, ...]
    question: StoredQuery
    queries: tuple[StoredQuery, ...]
    release: Release
    passages: int
    dumps: tuple[ReleaseFile, ...]
    base_url: str


@dataclass(frozen=True, slots=True)
class FilesPage:
    """The first page of a server that serves plain files, with the first of their *graphs*."""

    template: ClassVar[str] = "files.html"
    title: ClassVar[str] = "RDF files, served with SPARQL"

    graphs: Mapping[str, int]
    graph_count: int
    question: str
    formats: tuple[Format, ...]
    base_url: str


def add_pages(app: FastAPI, graph: KnowledgeGraph) -> None:
    """Let *app* show the first page at `/`."""
    page: HomePage | FilesPage | None = None

    async def home(request: Request) -> Response:
        nonlocal page
        if page is None:
            # It asks queries, and waits for their answers.
            page = await asyncio.to_thread(_first_page, graph)
        response = html.page_response(
            replace(page, base_url=str(request.base_url)), root=request.scope["root_path"]
        )
        tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(None, 304, {"etag": tag})
        response.headers["etag"] = tag
        # It shows the address of this server as the client knows it.
        response.headers["vary"] = "Host"
        return response

    routes.add(app, "/", home, **HOME)


def _first_page(graph: KnowledgeGraph) -> HomePage | FilesPage:
    if graph.release is not None:
        return _home(graph, graph.release)
    formats = (*SOLUTION_FORMATS, *GRAPH_FORMATS)
    graphs = dict(islice(graph.named_graphs.items(), GRAPHS_SHOWN))
    return FilesPage(graphs, len(graph.named_graphs), _ANYTHING, formats, base_url="")


def _home(graph: KnowledgeGraph, release: Release) -> HomePage:
    titles = {label.language: str(label) for label in _labels(graph)}
    return HomePage(
        title=titles["en"],
        title_ja=titles["ja"],
        principles=tuple(_principles(graph)),
        question=_stored(graph.queries[_QUESTION]),
        queries=tuple(_stored(query) for query in graph.queries.values()),
        release=release,
        passages=sum(name.startswith(NAMESPACES["passage"]) for name in release.graphs),
        dumps=tuple(each for name, each in release.files.items() if name.startswith("miwdap-")),
        base_url="",
    )


def _labels(graph: KnowledgeGraph) -> Iterator[Text]:
    for row in graph.select(_LABELS):
        if isinstance(row["label"], Text):
            yield row["label"]


def _principles(graph: KnowledgeGraph) -> Iterator[Principle]:
    # A principle has a row for each passage that states it.
    rows = {str(row["principle"]): row for row in graph.run("principles")}
    for iri, row in rows.items():
        yield Principle(
            number=int(str(row["number"])),
            label=str(row["label"]),
            label_ja=str(row["label_ja"]),
            quotations=tuple(
                Quotation(
                    text=each.quote,
                    language="ja" if _JAPANESE.search(each.quote) else "en",
                    document=each.title or each.document,
                    line=each.line,
                )
                for each in graph.evidence("plan", "miw:hasPrinciple", iri)
            ),
        )


def _stored(query: Query) -> StoredQuery:
    text = _HEADER.sub("", query.text, count=1)
    return StoredQuery(query.name, query.summary, query.summary_ja, text, link_to(Asked(text)))
