"""The table of prefixes: one spelling each, in the order in which files declare them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from miwdap_kg.errors import LookupFailure

__all__ = ["BASE", "NAMESPACES", "expand", "shorten"]

BASE: Final = "https://w3id.org/miwdap/"
"""What every IRI of ours begins with."""

NAMESPACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "miw": f"{BASE}def#",
        "id": f"{BASE}id/",
        "passage": f"{BASE}passage/",
        "graph": f"{BASE}graph/",
        "scheme": f"{BASE}scheme/",
        "shape": f"{BASE}shapes#",
        "query": f"{BASE}queries/",
        "link": f"{BASE}link/",
        "judgement": f"{BASE}judgement/",
        "dcat": "http://www.w3.org/ns/dcat#",
        "dcterms": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "oa": "http://www.w3.org/ns/oa#",
        "org": "http://www.w3.org/ns/org#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "prov": "http://www.w3.org/ns/prov#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "schema": "https://schema.org/",
        "sdgo": "http://metadata.un.org/sdg/ontology#",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "spdx": "http://spdx.org/rdf/terms#",
        "vcard": "http://www.w3.org/2006/vcard/ns#",
        "void": "http://rdfs.org/ns/void#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)


def expand(name: str) -> str:
    """Return the IRI that *name* stands for: an IRI, a prefixed name, or a bare key of `id:`.

    Raises:
        LookupFailure: the prefix is not in the table.

    >>> expand("miw:Plan")
    'https://w3id.org/miwdap/def#Plan'
    >>> expand("principle-1")
    'https://w3id.org/miwdap/id/principle-1'
    """
    if name.startswith("<") and name.endswith(">"):
        return name[1:-1]
    if "://" in name:
        return name
    prefix, colon, local = name.partition(":")
    if not colon:
        return f"{NAMESPACES['id']}{name}"
    if prefix not in NAMESPACES:
        raise LookupFailure("prefix", prefix, NAMESPACES)
    return f"{NAMESPACES[prefix]}{local}"


def shorten(iri: str) -> str:
    """Return the prefixed name of *iri*, or the IRI in angle brackets when no prefix fits.

    >>> shorten("https://w3id.org/miwdap/id/principle-1")
    'id:principle-1'
    >>> shorten("http://example.org/x")
    '<http://example.org/x>'
    """
    matches = [(name, base) for name, base in NAMESPACES.items() if iri.startswith(base)]
    if not matches:
        return f"<{iri}>"
    name, base = max(matches, key=lambda match: len(match[1]))
    return f"{name}:{iri.removeprefix(base)}"
