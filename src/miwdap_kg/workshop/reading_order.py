"""The order in which people read statements: of graphs, of subjects, of predicates, of values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rdflib import RDF, Literal, URIRef

from miwdap_kg.namespaces import NAMESPACES, expand

__all__ = ["Kinds", "graph_key", "natural_key", "predicate_key"]

Key = tuple[object, ...]

# Each row is one kind of thing: its class, then the words with which keys of that kind begin.
_KINDS: Final = (
    ("owl:Ontology",),
    ("dcat:Catalog",),
    ("dcat:DatasetSeries",),
    ("dcat:Dataset",),
    ("dcat:Distribution",),
    ("dcat:DataService",),
    ("skos:ConceptScheme",),
    ("owl:Class",),
    ("owl:ObjectProperty",),
    ("owl:DatatypeProperty",),
    ("owl:AnnotationProperty",),
    ("sh:NodeShape",),
    ("sh:PropertyShape",),
    ("miw:Plan", "plan"),
    ("miw:Policy", "basic-policy"),
    ("miw:Principle", "principle"),
    ("miw:Perspective", "perspective"),
    ("miw:Enumeration", "list"),
    ("miw:Field", "field"),
    ("miw:Measure", "measure"),
    ("miw:Project", "project"),
    ("miw:MinisterialStatement", "ministerial-statement"),
    ("miw:Meeting", "meeting"),
    ("miw:Agreement", "agreement"),
    ("miw:Figure", "figure"),
    ("miw:Topic", "topic"),
    ("sdgo:Goal", "sdg"),
    ("foaf:Person", "person"),
    ("org:Membership", "membership"),
    ("org:FormalOrganization",),
    ("org:OrganizationalUnit",),
    ("miw:PolicyRegion", "region"),
    ("miw:Place", "place"),
    ("miw:SourceDocument", "newsletter", "white-paper", "press-release", "plan-document"),
    ("miw:Passage",),
    ("miw:Contradiction", "contradiction"),
    ("miw:Link",),
    ("miw:Judgement",),
)

# What it is, what it is called, what it means.
_FIRST: Final = """
    rdf:type
    skos:prefLabel skos:altLabel skos:hiddenLabel rdfs:label sh:name foaf:name vcard:fn schema:name
    dcterms:title dcterms:alternative skos:notation dcterms:identifier
    skos:definition rdfs:comment sh:description dcterms:description skos:scopeNote skos:example
    miw:quote miw:paraphrase miw:start miw:end miw:line miw:page miw:section
    oa:exact oa:start oa:end
    miw:subject miw:predicate miw:object miw:rationale miw:method miw:confidence miw:seenAt
    sh:message sh:severity
    sh:targetClass sh:targetNode sh:targetSubjectsOf sh:targetObjectsOf sh:target sh:path
    miw:ordinal
"""

# After all that is said: the parts of a shape, where it leads, where we have it from.
_LAST: Final = """
    sh:property sh:rule sh:sparql sh:prefixes sh:declare sh:select sh:ask sh:construct
    skos:inScheme skos:topConceptOf skos:hasTopConcept skos:broader skos:narrower skos:related
    skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch skos:relatedMatch owl:sameAs
    rdfs:seeAlso rdfs:isDefinedBy foaf:homepage foaf:page dcterms:source
    oa:hasSource oa:hasSelector miw:reliability miw:textSha256
    skos:note skos:historyNote skos:changeNote skos:editorialNote
    owl:deprecated dcterms:isReplacedBy
"""

# Passages come first; then, as in the table of the knowledge model, everything else.
_GRAPHS: Final = """
    graph:evidence graph:structure graph:reference graph:translation graph:links
    graph:interpretation graph:ontology graph:shapes graph:catalog graph:queries
"""

_CLASS_RANK: Final = {expand(row[0]): rank for rank, row in enumerate(_KINDS)}
_WORD_RANK: Final = {word: rank for rank, row in enumerate(_KINDS) for word in row[1:]}
_DIGITS: Final = re.compile(r"([0-9]+)")


def _ranks(names: str) -> dict[str, int]:
    return {expand(name): rank for rank, name in enumerate(names.split())}


_FIRST_RANK: Final = _ranks(_FIRST)
_LAST_RANK: Final = _ranks(_LAST)
_GRAPH_RANK: Final = _ranks(_GRAPHS)


def natural_key(text: str) -> Key:
    """Return a key that sorts numbers inside *text* by their value.

    >>> sorted(["newsletter-33", "newsletter-9", "newsletter-10"], key=natural_key)
    ['newsletter-9', 'newsletter-10', 'newsletter-33']
    """
    parts: list[object] = []
    for position, part in enumerate(_DIGITS.split(text)):
        digits = part.lstrip("0")
        # By length and then by digit, so that no number is too long to be compared.
        parts.append((len(digits), digits) if position % 2 else part)
    return (tuple(parts), text)


def graph_key(name: URIRef) -> Key:
    """Return the sort key of a graph's name: passages, then the others as people read them."""
    if name.startswith(NAMESPACES["passage"]):
        return (0, natural_key(name))
    return (1, _GRAPH_RANK.get(str(name), len(_GRAPH_RANK)), natural_key(name))


def predicate_key(predicate: URIRef, *, leads: bool) -> Key:
    """Return the sort key of *predicate*; *leads* says that a value of it is no literal.

    What it is, what it is called, what we say about it, where it leads, where we have it from.
    """
    iri = str(predicate)
    if iri in _FIRST_RANK:
        return (0, _FIRST_RANK[iri])
    if iri in _LAST_RANK:
        return (2, _LAST_RANK[iri])
    return (1, leads, *_iri_key(iri))


class Kinds:
    """Sorts things by their kind, which their type tells and else the first word of their key.

    >>> key = Kinds([]).subject_key
    >>> sorted([URIRef(expand(name)) for name in ("id:measure-1", "id:plan")], key=key)[0]
    rdflib.term.URIRef('https://w3id.org/miwdap/id/plan')
    """

    def __init__(self, triples: Iterable[tuple[object, object, object]]) -> None:
        self._ranks: dict[object, int] = {}
        for subject, predicate, value in triples:
            if predicate == RDF.type and str(value) in _CLASS_RANK:
                rank = _CLASS_RANK[str(value)]
                self._ranks[subject] = min(rank, self._ranks.get(subject, rank))

    def subject_key(self, subject: URIRef) -> Key:
        """Return the sort key of an IRI: its kind, its prefix, its key with numbers by value."""
        rank = self._ranks.get(subject)
        return (_word_rank(subject) if rank is None else rank, *_iri_key(subject))

    def value_key(self, value: URIRef | Literal) -> Key:
        """Return the sort key of a value: IRIs as subjects, then literals by language and text."""
        if isinstance(value, Literal):
            return (
                1,
                value.language or "",
                natural_key(str(value)),
                "" if value.datatype is None else str(value.datatype),
            )
        return (0, *self.subject_key(value))


def _word_rank(iri: str) -> int:
    base = NAMESPACES["id"]
    if not iri.startswith(base):
        return len(_KINDS)
    words = iri[len(base) :].split("-")
    # The longest beginning wins: id:plan-document-2020 is a document and no plan.
    beginnings = ("-".join(words[:count]) for count in range(len(words), 0, -1))
    return next((_WORD_RANK[each] for each in beginnings if each in _WORD_RANK), len(_KINDS))


def _iri_key(iri: str) -> Key:
    for position, base in enumerate(NAMESPACES.values()):
        if iri.startswith(base):
            return (position, natural_key(iri))
    return (len(NAMESPACES), natural_key(iri))
