"""The table of prefixes, and the way between IRIs and prefixed names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.errors import LookupFailure
from miwdap_kg.namespaces import BASE, NAMESPACES, expand, shorten


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("miw:Plan", "https://w3id.org/miwdap/def#Plan"),
        ("plan", "https://w3id.org/miwdap/id/plan"),
        ("id:plan", "https://w3id.org/miwdap/id/plan"),
        ("xsd:date", "http://www.w3.org/2001/XMLSchema#date"),
        ("https://example.org/x", "https://example.org/x"),
        ("<https://example.org/x>", "https://example.org/x"),
        ("<urn:isbn:1>", "urn:isbn:1"),
        ("passage:newsletter-33", "https://w3id.org/miwdap/passage/newsletter-33"),
        ("id:a:b", "https://w3id.org/miwdap/id/a:b"),
    ],
)
def test_expand(name: str, iri: str) -> None:
    """A key, a prefixed name, and an IRI with or without brackets all name a thing."""
    assert iri == expand(name)


def test_expand_refuses_an_unknown_prefix() -> None:
    """A prefix that is not in the table is named, with the nearest that is."""
    with pytest.raises(LookupFailure) as caught:
        expand("sko:Concept")

    assert str(caught.value).startswith("No prefix 'sko'. Did you mean 'skos'")


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("https://w3id.org/miwdap/def#Plan", "miw:Plan"),
        ("https://w3id.org/miwdap/id/plan", "id:plan"),
        ("https://w3id.org/miwdap/dataset", "<https://w3id.org/miwdap/dataset>"),
        ("http://schema.org/name", "<http://schema.org/name>"),
        ("https://schema.org/name", "schema:name"),
    ],
)
def test_shorten(iri: str, name: str) -> None:
    """An IRI becomes a prefixed name where a prefix fits, and stands in brackets otherwise."""
    assert name == shorten(iri)


@given(
    prefix=st.sampled_from(sorted(NAMESPACES)),
    local=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
)
def test_expand_undoes_shorten(prefix: str, local: str) -> None:
    """What `shorten` makes of an IRI, `expand` turns into the same IRI."""
    iri = f"{NAMESPACES[prefix]}{local}"

    assert iri == expand(shorten(iri))


def test_no_namespace_begins_another() -> None:
    """No namespace is the beginning of another, so that each IRI has one prefixed name."""
    nested = [
        (one, other)
        for one, base in NAMESPACES.items()
        for other, longer in NAMESPACES.items()
        if one != other and longer.startswith(base)
    ]

    assert [] == nested


@pytest.mark.parametrize(("prefix", "base"), NAMESPACES.items(), ids=NAMESPACES)
def test_namespace_is_a_whole_iri(prefix: str, base: str) -> None:
    """A namespace is an IRI that ends where a name begins, under a short lower-case prefix."""
    assert re.fullmatch(r"https?://[a-z0-9.]+/(.*[/#])?", base)
    assert re.fullmatch(r"[a-z]+", prefix)


def test_own_prefixes_come_first() -> None:
    """The project's own prefixes come before all others, and the others follow the alphabet."""
    own = [prefix for prefix, base in NAMESPACES.items() if base.startswith(BASE)]
    others = [prefix for prefix in NAMESPACES if prefix not in own]

    assert [*own, *sorted(others)] == list(NAMESPACES)


def test_table_cannot_be_changed() -> None:
    """The table is the same for all who read it."""
    with pytest.raises(TypeError, match="does not support item assignment"):
        NAMESPACES["ex"] = "http://example.org/"  # type: ignore[index]
