"""The page of the ontology: its terms in the order of the file, and what is said of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef

from miwdap_kg.namespaces import NAMESPACES, expand, shorten
from miwdap_kg.workshop.authored import Comment, read
from miwdap_kg.workshop.dataset import read_rdf
from miwdap_kg.workshop.statements import Statement

__all__ = ["DOMAIN", "RANGE", "Ontology", "Section", "lines", "read_ontology"]

DOMAIN: Final = URIRef(expand("schema:domainIncludes"))
RANGE: Final = URIRef(expand("schema:rangeIncludes"))

_IRI: Final = URIRef("https://w3id.org/miwdap/def")
_DEPRECATED: Final = OWL.deprecated
_KINDS: Final = {
    OWL.Class: "class",
    OWL.ObjectProperty: "property that leads to a thing",
    OWL.DatatypeProperty: "property that leads to a value",
    OWL.AnnotationProperty: "note, which no reasoning looks at",
}
_SECTION: Final = re.compile(r"# (\d+)\. (.*)")


@dataclass
class Section:
    """A section of the file: its heading, what it says of itself, and its terms in their order."""

    number: int
    title: str
    note: str = ""
    terms: list[URIRef] = field(default_factory=list)


@dataclass(frozen=True)
class Ontology:
    """The statements of all files, and the sections of the one that declares the terms."""

    graph: Graph
    sections: tuple[Section, ...]

    def text(self, term: URIRef, predicate: URIRef, language: str) -> str:
        """Return the text that *term* has by *predicate* in a language, or nothing."""
        for each in self.graph.objects(term, predicate):
            if isinstance(each, Literal) and each.language == language:
                return str(each)
        return ""

    def iris(self, term: URIRef, predicate: URIRef) -> list[URIRef]:
        """Return the things that *term* leads to by *predicate*, our own terms first."""
        found = [each for each in self.graph.objects(term, predicate) if isinstance(each, URIRef)]
        return sorted(found, key=self._place)

    def subjects(self, predicate: URIRef, term: URIRef) -> list[URIRef]:
        """Return the things that lead to *term* by *predicate*, our own terms first."""
        found = [each for each in self.graph.subjects(predicate, term) if isinstance(each, URIRef)]
        return sorted(found, key=self._place)

    def is_ours(self, term: URIRef) -> bool:
        """Tell whether this ontology defines *term*."""
        return (term, RDFS.isDefinedBy, _IRI) in self.graph

    def _place(self, term: URIRef) -> tuple[int, str]:
        order = [each for section in self.sections for each in section.terms]
        return order.index(term) if term in order else len(order), shorten(term)


def read_ontology(folder: Path) -> Ontology:
    """Return the ontology of the files in *folder*; `miwdap.ttl` gives the order."""
    graph = Graph()
    for path in sorted(folder.glob("*.ttl")):
        graph += read_rdf(path).default_graph
    path = folder / "miwdap.ttl"
    sections: list[Section] = []
    for entry in read(path.read_text(encoding="utf-8"), path=path).body:
        content = entry.content
        if isinstance(content, Comment):
            if match := _SECTION.fullmatch(content.text):
                sections.append(Section(int(match[1]), match[2]))
            elif sections and not sections[-1].terms and not entry.after_blank:
                sections[-1].note = f"{sections[-1].note} {content.text.removeprefix('#').strip()}"
        elif isinstance(content, Statement) and isinstance(content.subject, URIRef) and sections:
            sections[-1].terms.append(content.subject)
    return Ontology(graph, tuple(sections))


def lines(ontology: Ontology, *, note: str, diagrams: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the page: what it is, contents, diagrams, our terms by section, and those we reuse.

    Args:
        ontology: what the page is about.
        note: who writes the page.
        diagrams: the caption and the file of each picture.
    """
    own = [each for each in ontology.sections if any(map(ontology.is_ours, each.terms))]
    version = ontology.graph.value(_IRI, OWL.versionInfo)
    yield from (f"# {ontology.text(_IRI, URIRef(expand('dcterms:title')), 'en')}", "", note, "")
    yield ontology.text(_IRI, URIRef(expand("dcterms:description")), "en")
    yield from ("", ontology.text(_IRI, URIRef(expand("dcterms:description")), "ja"), "")
    yield f"`PREFIX miw: <{NAMESPACES['miw']}>`, version {version}."
    yield from ("", "| file | what it holds |", "|---|---|")
    yield "| [miwdap.ttl](../../ontology/miwdap.ttl) | the terms, in the order of this page |"
    yield "| [mappings.ttl](../../ontology/mappings.ttl) | how they stand to other vocabularies |"
    yield "| [usage.ttl](../../ontology/usage.ttl) | from what to what each property leads |"
    yield "| [shapes](../../shapes/) | what must hold for the data |"
    yield from ("", "## Contents", "")
    for section in own:
        links = " · ".join(_link(ontology, term) for term in section.terms)
        yield f"- [{section.number}. {section.title}](#section-{section.number}): {links}"
    yield "- [Terms of other vocabularies](#reused)"
    yield from ("", "## The classes and what joins them", "")
    yield "A blue box is a class of ours, a grey one a class that we reuse."
    yield "A hollow arrow leads from a class to the broader one, a filled arrow along a property."
    for caption, file in diagrams:
        yield from ("", f"![{caption}]({file})", "", f"*{caption}*")
    for section in own:
        yield from (
            "",
            f'## <a id="section-{section.number}"></a>{section.number}. {section.title}',
        )
        if section.note:
            yield from ("", section.note.strip())
        for term in section.terms:
            yield from ("", *_term(ontology, term))
    yield from ("", '## <a id="reused"></a>Terms of other vocabularies', "")
    yield "Declared and not imported: what else their owners say of them stays with their owners."
    yield from ("", *_reused(ontology))


def _term(ontology: Ontology, term: URIRef) -> Iterator[str]:
    name = _local(term)
    # With its prefix, so that the heading's own anchor is not that of a term in small letters.
    yield f'### <a id="{name}"></a>miw:{name}'
    yield ""
    labels = [ontology.text(term, RDFS.label, language) for language in ("en", "ja")]
    yield f"**{' · '.join(labels)}** ({_kind(ontology, term)})"
    for language in ("en", "ja"):
        yield from ("", ontology.text(term, SKOS.definition, language))
    for example in sorted(map(str, ontology.graph.objects(term, SKOS.example))):
        yield from ("", "```turtle", example, "```")
    yield ""
    for title, terms in _relations(ontology, term):
        if terms:
            yield f"- {title}: {', '.join(_link(ontology, each) for each in terms)}"
    for language in ("en", "ja"):
        if reason := ontology.text(term, SKOS.scopeNote, language):
            yield f"- {'Note' if language == 'en' else '注'}: {reason}"
    if seen := ontology.iris(term, RDFS.seeAlso):
        yield f"- See also: {', '.join(_link(ontology, each) for each in seen)}"


def _relations(ontology: Ontology, term: URIRef) -> Iterator[tuple[str, list[URIRef]]]:
    yield "Broader class", ontology.iris(term, RDFS.subClassOf)
    yield "Narrower classes", ontology.subjects(RDFS.subClassOf, term)
    yield "Broader property", ontology.iris(term, RDFS.subPropertyOf)
    yield "Narrower properties", ontology.subjects(RDFS.subPropertyOf, term)
    yield "Said of", ontology.iris(term, DOMAIN)
    yield "Leads to", ontology.iris(term, RANGE)
    yield "A reasoner concludes that the value is a", ontology.iris(term, RDFS.range)
    yield "A reasoner concludes that what has it is a", ontology.iris(term, RDFS.domain)
    yield "Its properties", ontology.subjects(DOMAIN, term)
    yield "What leads to it", ontology.subjects(RANGE, term)
    yield "Its members", ontology.subjects(RDF.type, term)
    yield "Withdrawn; use", ontology.iris(term, URIRef(expand("dcterms:isReplacedBy")))


def _reused(ontology: Ontology) -> Iterator[str]:
    yield "| term | what it is | broader than |"
    yield "|---|---|---|"
    declared = [
        term
        for kind in _KINDS
        for term in ontology.graph.subjects(RDF.type, kind)
        if isinstance(term, URIRef) and not ontology.is_ours(term)
    ]
    for term in sorted(declared, key=lambda each: (shorten(each).startswith("<"), shorten(each))):
        narrower = [
            each
            for predicate in (RDFS.subClassOf, RDFS.subPropertyOf)
            for each in ontology.subjects(predicate, term)
        ]
        links = ", ".join(_link(ontology, each) for each in narrower)
        yield f"| {_link(ontology, term)} | {_kind(ontology, term)} | {links} |"


def _kind(ontology: Ontology, term: URIRef) -> str:
    types = ontology.iris(term, RDF.type)
    named = [_KINDS[each] for each in types if each in _KINDS]
    named += [f"one of {_link(ontology, each)}" for each in types if ontology.is_ours(each)]
    if (term, _DEPRECATED, Literal(True)) in ontology.graph:
        named.append("withdrawn")
    return ", ".join(named)


def _link(ontology: Ontology, term: URIRef) -> str:
    if ontology.is_ours(term):
        return f"[{_local(term)}](#{_local(term)})"
    if term == OWL.Thing:
        return "anything"
    name = shorten(term)
    return f"<{term}>" if name.startswith("<") else f"[{name}]({term})"


def _local(term: URIRef) -> str:
    return term.removeprefix(NAMESPACES["miw"])
