"""Derives what authors need not write: selectors, scheme membership, published queries."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rdflib import DCTERMS, RDF, RDFS, SH, SKOS, XSD, Graph, Literal, Namespace, URIRef

from miwdap_kg.errors import AuthoringError
from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.queries import Query, QueryLibrary

__all__ = ["MIW", "OA", "derive_evidence", "derive_queries", "derive_structure"]

MIW: Final = Namespace(NAMESPACES["miw"])
OA: Final = Namespace(NAMESPACES["oa"])
_SCHEMA: Final = Namespace(NAMESPACES["schema"])
_SCHEME: Final = Namespace(NAMESPACES["scheme"])
_QUERY: Final = Namespace(NAMESPACES["query"])

_SCHEME_OF_CLASS: Final = {
    MIW.Principle: _SCHEME.principle,
    MIW.Perspective: _SCHEME.perspective,
    MIW.Field: _SCHEME.field,
    MIW.Topic: _SCHEME.topic,
    MIW.PolicyRegion: _SCHEME["policy-region"],
}
_LABELLED: Final = (NAMESPACES["id"], NAMESPACES["scheme"])


def derive_evidence(path: Path, evidence: Graph) -> None:
    """Add to each passage its class, its document, and its two selectors (Web Annotation §4).

    A passage whose words were not kept (`miw:paraphrase`) has nothing to select.

    Raises:
        AuthoringError: not exactly one document of the file states its reliability, or a passage
            has half a position.
    """
    documents = sorted(set(evidence.subjects(MIW.reliability)), key=str)
    if len(documents) != 1:
        raise AuthoringError(
            path,
            f"{len(documents)} documents state miw:reliability. A file holds one document: "
            "state miw:reliability once, outside of any graph block.",
        )
    for words in (MIW.quote, MIW.paraphrase):
        for each in sorted(set(evidence.subjects(words)), key=str):
            evidence.add((each, RDF.type, MIW.Passage))
            evidence.add((each, OA.hasSource, documents[0]))
    for passage, quote in sorted(evidence.subject_objects(MIW.quote)):
        selector = URIRef(f"{passage}-quote")
        evidence.add((passage, OA.hasSelector, selector))
        evidence.add((selector, RDF.type, OA.TextQuoteSelector))
        evidence.add((selector, OA.exact, quote))
        for edge in (OA.prefix, OA.suffix):
            for context in list(evidence.objects(passage, edge)):
                evidence.remove((passage, edge, context))
                evidence.add((selector, edge, context))
        starts = list(evidence.objects(passage, MIW.start))
        ends = list(evidence.objects(passage, MIW.end))
        if len(starts) != len(ends) or len(starts) > 1:
            raise AuthoringError(
                path,
                f"{shorten(str(passage))} has {len(starts)} miw:start and {len(ends)} miw:end. "
                "Give it one of each, or none where the document's text is not at hand.",
            )
        for start, end in zip(starts, ends, strict=True):
            position = URIRef(f"{passage}-position")
            evidence.add((passage, OA.hasSelector, position))
            evidence.add((position, RDF.type, OA.TextPositionSelector))
            evidence.add((position, OA.start, start))
            evidence.add((position, OA.end, end))


def derive_structure(graph: Graph, structure: Graph) -> None:
    """Add to *structure* the scheme of each concept in *graph*, and each label as `rdfs:label`."""
    for concept, scheme in sorted(_memberships(graph)):
        structure.add((concept, SKOS.inScheme, scheme))
        if (concept, SKOS.broader, None) not in graph:
            structure.add((concept, SKOS.topConceptOf, scheme))
    for thing, label in graph.subject_objects(SKOS.prefLabel):
        if str(thing).startswith(_LABELLED):
            structure.add((thing, RDFS.label, label))


def _memberships(graph: Graph) -> set[tuple[URIRef, URIRef]]:
    found = {
        (URIRef(str(concept)), scheme)
        for class_, scheme in _SCHEME_OF_CLASS.items()
        for concept in graph.subjects(RDF.type, class_)
    }
    for place in graph.subjects(RDF.type, MIW.Place):
        has_code = (place, SKOS.notation, None) in graph
        found.add((URIRef(str(place)), _SCHEME.m49 if has_code else _SCHEME.place))
    return found


def derive_queries(library: QueryLibrary, graph: Graph) -> None:
    """Add each stored query to *graph* as an executable of SHACL's vocabulary (SHACL §5.2)."""
    for query in library.values():
        _add_query(query, graph)


_EXECUTABLES: Final = {
    "select": (SH.SPARQLSelectExecutable, SH.select),
    "ask": (SH.SPARQLAskExecutable, SH.ask),
    "construct": (SH.SPARQLConstructExecutable, SH.construct),
    "describe": (URIRef(f"{SH}SPARQLDescribeExecutable"), URIRef(f"{SH}describe")),
}


def _add_query(query: Query, graph: Graph) -> None:
    iri = _QUERY[query.name]
    class_, holds = _EXECUTABLES[query.form]
    graph.add((iri, RDF.type, SH.SPARQLExecutable))
    graph.add((iri, RDF.type, class_))
    graph.add((iri, RDFS.label, Literal(query.name)))
    graph.add((iri, RDFS.comment, Literal(query.summary, lang="en")))
    graph.add((iri, RDFS.comment, Literal(query.summary_ja, lang="ja")))
    if query.description:
        graph.add((iri, DCTERMS.description, Literal(query.description, lang="en")))
    for tag in (query.topic, *query.tags):
        graph.add((iri, _SCHEMA.keywords, Literal(tag)))
    graph.add((iri, holds, Literal(query.text, datatype=XSD.string)))
