"""Terms as text: how an IRI, a literal or a blank node is spelled in Turtle and in N-Triples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rdflib import RDF, XSD, BNode, Literal, URIRef

from miwdap_kg.errors import MiwdapError
from miwdap_kg.namespaces import NAMESPACES

__all__ = ["PN_CHARS", "PN_CHARS_BASE", "Names", "ntriples_term"]

# The terminals of https://www.w3.org/TR/turtle/#sec-grammar-grammar, as bodies of character classes
PN_CHARS_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
PN_CHARS: Final = f"_0-9\u00b7\u0300-\u036f\u203f-\u2040{PN_CHARS_BASE}-"

# A legal PN_LOCAL without ':' and '%', which the grammar allows and people misread.
_LOCAL: Final = re.compile(rf"[_0-9{PN_CHARS_BASE}](?:[.{PN_CHARS}]*[{PN_CHARS}])?")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_LANGUAGE: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z0-9]+)*")

# Narrower than the grammar: only what every reader, rdflib too, gives back letter by letter.
_BARE: Final[Mapping[URIRef, re.Pattern[str]]] = {
    XSD.boolean: re.compile(r"true|false"),
    XSD.integer: re.compile(r"0|-?[1-9][0-9]*"),
    XSD.decimal: re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+"),
}

# https://www.w3.org/TR/rdf12-n-triples/#canonical-ntriples: these ten and no more are escaped.
_SHORT_ESCAPES: Final = {
    "\b": r"\b",
    "\t": r"\t",
    "\n": r"\n",
    "\f": r"\f",
    "\r": r"\r",
    '"': r"\"",
    "\\": r"\\",
}
_ESCAPED: Final = re.compile('[\x00-\x1f"\\\\\x7f\ufffe\uffff]')
_ESCAPED_IN_LONG: Final = re.compile('[\x00-\x09\x0b-\x1f\\\\\x7f\ufffe\uffff]|"(?=""|"?\\Z)')


class Names:
    """Spells terms for Turtle and TriG, and remembers which prefixes that took.

    >>> names = Names()
    >>> names.iri(URIRef("https://w3id.org/miwdap/id/principle-1"))
    'id:principle-1'
    >>> names.literal(Literal("1.50", datatype=XSD.decimal))
    '1.50'
    >>> names.declarations()
    '@prefix id: <https://w3id.org/miwdap/id/> .\\n'
    """

    def __init__(self) -> None:
        self._used: set[str] = set()

    def declarations(self) -> str:
        """Return a line for each prefix used so far, in the order of the table."""
        return "".join(
            f"@prefix {prefix}: <{base}> .\n"
            for prefix, base in NAMESPACES.items()
            if prefix in self._used
        )

    def verb(self, iri: URIRef) -> str:
        """Return *iri* as a predicate: `a` where it is rdf:type."""
        return "a" if iri == RDF.type else self.iri(iri)

    def iri(self, iri: URIRef) -> str:
        """Return the prefixed name of *iri*, or the whole of it where no prefix fits."""
        for prefix, base in NAMESPACES.items():
            if iri.startswith(base) and _LOCAL.fullmatch(iri, len(base)):
                self._used.add(prefix)
                return f"{prefix}:{iri[len(base) :]}"
        return _iri_reference(iri)

    def literal(self, literal: Literal, *, one_line: bool = False) -> str:
        """Return *literal* with its lexical form kept letter by letter.

        Text of several lines stands between three quotation marks, unless it must be *one_line*
        or holds carriage returns, which would not be seen.
        """
        text, datatype = str(literal), literal.datatype
        bare = _BARE.get(datatype) if datatype is not None else None
        if bare is not None and bare.fullmatch(text):
            return text
        several_lines = "\n" in text and "\r" not in text and not one_line
        return (_long if several_lines else _quoted)(text) + self._suffix(literal)

    def _suffix(self, literal: Literal) -> str:
        if literal.language:
            return f"@{_language(literal)}"
        if literal.datatype is None or literal.datatype == XSD.string:
            return ""
        return f"^^{self.iri(literal.datatype)}"


def ntriples_term(term: URIRef | Literal | BNode, labels: Mapping[BNode, str]) -> str:
    """Return *term* as canonical N-Triples writes it; a blank node by its label in *labels*.

    >>> ntriples_term(Literal("1", datatype=XSD.integer), {})
    '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    """
    if isinstance(term, BNode):
        return f"_:{labels[term]}"
    if isinstance(term, URIRef):
        return _iri_reference(term)
    if term.language:
        return f"{_quoted(term)}@{_language(term)}"
    if term.datatype is None or term.datatype == XSD.string:
        return _quoted(term)
    return f"{_quoted(term)}^^{_iri_reference(term.datatype)}"


def _iri_reference(iri: str) -> str:
    if not _IRI.fullmatch(iri):
        raise MiwdapError(
            f"<{iri}> cannot be written: an IRI starts with a scheme such as 'https:' and has no "
            'spaces, no control characters and none of <>"{}|^`\\. Correct it where it is stated.'
        )
    return f"<{iri}>"


def _language(literal: Literal) -> str:
    language = str(literal.language)
    if not _LANGUAGE.fullmatch(language):
        raise MiwdapError(
            f"'{language}' cannot be written: it is no language tag such as 'en' or 'ja-Latn'. "
            f"Correct it where this text is stated: {literal!s:.60}"
        )
    return language


def _quoted(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _long(text: str) -> str:
    return f'"""{_ESCAPED_IN_LONG.sub(_escape, text)}"""'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _SHORT_ESCAPES.get(character) or f"\\u{ord(character):04X}"
