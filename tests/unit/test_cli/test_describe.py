"""The verb `describe`."""

from __future__ import annotations

import pytest

from .conftest import Ask


def test_describe(execute: Ask):
    """A thing has labels, classes, statements in reading order, and a source under each."""
    outcome = execute("describe", "plan")

    assert [
        "id:plan",
        "  The plan · 計画",
        "  miw:Plan (plan)",
        "",
        "What is said of it",
        "  rdf:type  miw:Plan (plan)",
        "      passage:note-1  “The plan has one principle”",
        "  skos:prefLabel  The plan [en]",
        "      passage:note-1  “The plan has one principle”",
        "  skos:prefLabel  計画 [ja]",
        "      passage:note-1  “The plan has one principle”",
        "  miw:hasPrinciple  id:principle-1 (Be kind)",
        "      passage:note-1  “The plan has one principle”",
        "      passage:note-2  “Be kind”",
    ] == outcome.out.splitlines()
    assert (0, "") == (outcome.status, outcome.err)


def test_describe_what_leads_to_it(ask: Ask):
    """What other things say with it comes last."""
    lines = ask("describe", "id:principle-1").out.splitlines()

    assert [
        "What leads to it",
        "  id:plan (The plan)  miw:hasPrinciple",
        "      passage:note-1  “The plan has one principle”",
        "      passage:note-2  “Be kind”",
    ] == lines[-4:]


def test_describe_a_passage(ask: Ask):
    """A passage also tells what it states."""
    lines = ask("describe", "passage:note-2").out.splitlines()

    assert "  miw:quote  Be kind" in lines
    assert [
        "What it states",
        "  id:plan  miw:hasPrinciple  id:principle-1",
        "  id:principle-1  rdf:type  miw:Principle",
        "  id:principle-1  skos:prefLabel  Be kind [en]",
        "  id:principle-1  skos:prefLabel  親切 [ja]",
        "  id:principle-1  miw:ordinal  1",
    ] == lines[-6:]


@pytest.mark.parametrize(
    "name",
    ["plan", "id:plan", "https://w3id.org/miwdap/id/plan", "<https://w3id.org/miwdap/id/plan>"],
)
def test_names_of_a_thing(ask: Ask, name: str):
    """A key, a prefixed name and an IRI mean the same."""
    assert "id:plan" == ask("describe", name).out.splitlines()[0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plann", "No thing 'plann'. Did you mean 'plan'?"),
        ("miw:Pla", "No thing 'miw:Pla'. Did you mean 'miw:Plan'"),
        ("https://w3id.org/miwdap/id/planx", "Did you mean 'https://w3id.org/miwdap/id/plan'"),
        ("mi:Plan", "No prefix 'mi'. Did you mean 'miw'"),
        ("no such thing at all", "No thing 'no such thing at all'."),
        ("", "No thing ''."),
    ],
)
def test_unknown_thing(ask: Ask, name: str, message: str):
    """An unknown thing is exit code 1, with the nearest names of the same kind."""
    outcome = ask("describe", name)

    assert (1, "") == (outcome.status, outcome.out)
    assert message in outcome.err


def test_unknown_thing_in_a_process(execute: Ask):
    """The same holds for the program itself."""
    outcome = execute("describe", "plann")

    assert (1, "", "No thing 'plann'. Did you mean 'plan'?\n") == (
        outcome.status,
        outcome.out,
        outcome.err,
    )
