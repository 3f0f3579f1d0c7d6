"""Confirms that each quoted passage stands in its document's text, at the position it says."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rdflib import Dataset, Graph, Literal, URIRef

from miwdap_kg.errors import EvidenceError, LookupFailure
from miwdap_kg.namespaces import shorten
from miwdap_kg.workshop.dataset import graph_name
from miwdap_kg.workshop.derivation import MIW, OA

__all__ = ["EvidenceCheck", "Passage", "check", "document_of", "passages"]


@dataclass(frozen=True, slots=True)
class Passage:
    """The words of a document that support statements.

    *start* and *end* count Unicode code points from 0, *end* exclusive; *line* counts from 1.
    All three are None for a document whose text was not at hand.
    """

    iri: str
    document: str
    quote: str
    start: int | None
    end: int | None
    line: int | None


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """What comparing a document's passages with a text has shown.

    *sha256* is the text's, *recorded_sha256* that of the text that the passages were read from,
    None when it was not at hand.
    """

    document: str
    sha256: str
    recorded_sha256: str | None
    confirmed: int
    errors: tuple[EvidenceError, ...]


def passages(dataset: Dataset) -> tuple[Passage, ...]:
    """Return all passages of a dataset, by document, in the order of their numbers."""
    evidence = dataset.graph(graph_name("evidence"))
    found = [
        Passage(
            iri=str(iri),
            document=str(evidence.value(iri, OA.hasSource)),
            quote=str(quote),
            start=_number(evidence, iri, MIW.start),
            end=_number(evidence, iri, MIW.end),
            line=_number(evidence, iri, MIW.line),
        )
        for iri, quote in evidence.subject_objects(MIW.quote)
    ]
    return tuple(sorted(found, key=lambda each: (each.document, _natural(each.iri))))


def document_of(dataset: Dataset, text: bytes) -> str | None:
    """Return the IRI of the document that *text* is, or most looks like; None without a quote."""
    evidence = dataset.graph(graph_name("evidence"))
    digest = hashlib.sha256(text).hexdigest()
    for document, known in evidence.subject_objects(MIW.textSha256):
        if str(known) == digest:
            return str(document)
    decoded = text.decode("utf-8", "replace")
    hits: dict[str, int] = {}
    for each in passages(dataset):
        hits[each.document] = hits.get(each.document, 0) + (each.quote in decoded)
    best = max(hits, key=lambda document: hits[document], default="")
    if not best or not hits[best]:
        return None
    return best


def check(dataset: Dataset, text: bytes, *, document: str) -> EvidenceCheck:
    """Return the comparison of all passages of *document* with *text*.

    The text is decoded as UTF-8 without newline translation, so that positions hold.

    Raises:
        LookupFailure: the dataset has no passage of that document.
    """
    known = passages(dataset)
    mine = [each for each in known if each.document == document]
    if not mine:
        raise LookupFailure("document", shorten(document), {shorten(e.document) for e in known})
    evidence = dataset.graph(graph_name("evidence"))
    recorded = evidence.value(URIRef(document), MIW.textSha256)
    decoded = text.decode("utf-8", "replace")
    errors = tuple(error for each in mine for error in _compare(each, decoded))
    return EvidenceCheck(
        document=document,
        sha256=hashlib.sha256(text).hexdigest(),
        recorded_sha256=None if recorded is None else str(recorded),
        confirmed=len(mine) - len({error.passage for error in errors}),
        errors=errors,
    )


def _compare(passage: Passage, text: str) -> Iterator[EvidenceError]:
    name = shorten(passage.iri)
    if passage.quote not in text:
        yield EvidenceError(
            name,
            passage.quote,
            problem="is not in the text.",
            nearest_text=_nearest(passage.quote, text),
        )
        return
    if passage.start is None or passage.end is None:
        return
    if text[passage.start : passage.end] != passage.quote:
        places = [match.start() for match in re.finditer(re.escape(passage.quote), text)]
        yield EvidenceError(
            name,
            passage.quote,
            problem=f"is not at {passage.start}–{passage.end}, but begins at {_list(places)}.",
        )
    elif passage.line is not None and passage.line != text.count("\n", 0, passage.start) + 1:
        yield EvidenceError(
            name,
            passage.quote,
            problem=f"is on line {text.count(chr(10), 0, passage.start) + 1}, "
            f"not on line {passage.line}.",
        )


def _nearest(quote: str, text: str) -> str | None:
    matcher = difflib.SequenceMatcher(None, text, quote, autojunk=False)
    match = matcher.find_longest_match()
    if not match.size:
        return None
    start = max(0, match.a - match.b)
    return " ".join(text[start : start + len(quote)].split())


def _list(numbers: Sequence[int]) -> str:
    return " and ".join(str(each) for each in numbers)


def _number(graph: Graph, subject: object, predicate: URIRef) -> int | None:
    value = graph.value(URIRef(str(subject)), predicate)
    return int(value) if isinstance(value, Literal) and str(value).isdecimal() else None


def _natural(iri: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", iri)]
