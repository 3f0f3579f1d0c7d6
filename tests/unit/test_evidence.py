"""Confirming quotes and positions against the text that they are taken from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Dataset, Literal, URIRef

from miwdap_kg.errors import LookupFailure
from miwdap_kg.namespaces import expand
from miwdap_kg.workshop.dataset import assemble, graph_name
from miwdap_kg.workshop.evidence import check, document_of, passages

DOCUMENT = expand("id:example-letter")


def dataset_of(*found: dict[str, object], document: str = "id:example-letter") -> Dataset:
    """Return a dataset with the given passages of a document, numbered from 1."""
    dataset = Dataset()
    evidence = dataset.graph(graph_name("evidence"))
    for number, properties in enumerate(found, start=1):
        passage = URIRef(expand(f"passage:{document.removeprefix('id:')}-{number}"))
        evidence.add((passage, URIRef(expand("oa:hasSource")), URIRef(expand(document))))
        for name, value in properties.items():
            evidence.add((passage, URIRef(expand(f"miw:{name}")), Literal(value)))
    return dataset


def problems(text: bytes, *found: dict[str, object]) -> list[str]:
    return [str(each) for each in check(dataset_of(*found), text, document=DOCUMENT).errors]


# The whole


def test_all_quotes_of_a_text_are_confirmed(small_text: Path, letter: bytes) -> None:
    """Against the text that they were read from, all passages are right."""
    outcome = check(assemble(small_text), letter, document=DOCUMENT)

    assert (DOCUMENT, 3, ()) == (outcome.document, outcome.confirmed, outcome.errors)


def test_text_is_known_by_its_digest(small_text: Path, letter: bytes) -> None:
    """The outcome tells the digest of the text, and of the one that the passages were read from."""
    outcome = check(assemble(small_text), letter, document=DOCUMENT)

    assert 2 * (hashlib.sha256(letter).hexdigest(),) == (outcome.sha256, outcome.recorded_sha256)


def test_other_text_with_the_same_quotes_is_told_apart(small_text: Path, letter: bytes) -> None:
    """A text with one more line at its end confirms all quotes, and is another text."""
    outcome = check(assemble(small_text), letter + b"PS\n", document=DOCUMENT)

    assert (3, True) == (outcome.confirmed, outcome.sha256 != outcome.recorded_sha256)


def test_passages_come_by_number(small_text: Path) -> None:
    """Passage 10 comes after passage 2."""
    found = [each.iri.rpartition("-")[2] for each in passages(assemble(small_text))]

    assert ["1", "2", "10"] == found


def test_passage_knows_its_place(small_text: Path) -> None:
    """A passage has its document, its words and its place."""
    first = passages(assemble(small_text))[0]

    assert (DOCUMENT, "The example plan has one principle.", 36, 71, 3) == (
        first.document,
        first.quote,
        first.start,
        first.end,
        first.line,
    )


def test_newsletter_is_confirmed(root: Path, shared: Path) -> None:
    """Every quote and position of the newsletter is right."""
    text = (shared / "sources" / "newsletter-vol31-no2.txt").read_bytes()

    outcome = check(assemble(root), text, document=expand("id:newsletter-31-2"))

    assert () == outcome.errors
    assert outcome.confirmed >= 64
    assert outcome.sha256 == outcome.recorded_sha256


# One quote


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        (b"One two.", {"quote": "two", "start": 4, "end": 7, "line": 1}),
        (b"One\ntwo.", {"quote": "two", "start": 4, "end": 7, "line": 2}),
        (b"One\r\ntwo.", {"quote": "two", "start": 5, "end": 8, "line": 2}),
        ("計画と計画".encode(), {"quote": "計画", "start": 3, "end": 5, "line": 1}),
        ("𝟐 two".encode(), {"quote": "two", "start": 2, "end": 5, "line": 1}),
        (b"a two two", {"quote": "two", "start": 6, "end": 9}),
        (b"One two.", {"quote": "two"}),
        (b"(1+1)* [two]", {"quote": "(1+1)* [two]", "start": 0, "end": 12}),
    ],
    ids=["first line", "second line", "CRLF", "Japanese", "astral", "second of two", "quote alone",
         "signs"],
)  # fmt: skip
def test_right_quote_is_confirmed(text: bytes, passage: dict[str, object]) -> None:
    """A quote that stands at its place, in code points and lines, is right."""
    assert [] == problems(text, passage)


@pytest.mark.parametrize(
    ("text", "passage", "problem"),
    [
        (
            b"One two three.",
            {"quote": "One too three", "start": 0, "end": 13},
            "the quote “One too three” is not in the text. Nearest text: “One two three”.",
        ),
        (
            b"Yes. Promotion of SDGs and more",
            {"quote": "Promotion of the SDGs"},
            "the quote “Promotion of the SDGs” is not in the text. "
            "Nearest text: “Promotion of SDGs and”.",
        ),
        (
            b"one",
            {"quote": "One"},
            "the quote “One” is not in the text. Nearest text: “one”.",
        ),
        (
            "計画".encode(),
            {"quote": "plan"},
            "the quote “plan” is not in the text.",
        ),
        (
            b"",
            {"quote": "plan"},
            "the quote “plan” is not in the text.",
        ),
        (
            b"One two.",
            {"quote": "two", "start": 3, "end": 6, "line": 1},
            "the quote “two” is not at 3–6, but begins at 4.",
        ),
        (
            b"two two",
            {"quote": "two", "start": 1, "end": 4},
            "the quote “two” is not at 1–4, but begins at 0 and 4.",
        ),
        (
            b"One two.",
            {"quote": "two", "start": 4, "end": 8},
            "the quote “two” is not at 4–8, but begins at 4.",
        ),
        (
            b"One two.",
            {"quote": "two", "start": 400, "end": 403},
            "the quote “two” is not at 400–403, but begins at 4.",
        ),
        (
            b"One\r\ntwo.",
            {"quote": "two", "start": 4, "end": 7, "line": 2},
            "the quote “two” is not at 4–7, but begins at 5.",
        ),
        (
            b"One\ntwo.",
            {"quote": "two", "start": 4, "end": 7, "line": 1},
            "the quote “two” is on line 2, not on line 1.",
        ),
        (
            b"One\r\n\r\ntwo.",
            {"quote": "two", "start": 7, "end": 10, "line": 2},
            "the quote “two” is on line 3, not on line 2.",
        ),
    ],
    ids=["one letter", "one word", "case", "nothing alike", "empty text", "start", "two places",
         "end", "beyond the text", "CRLF counts two", "line", "line of CRLF"],
)  # fmt: skip
def test_wrong_quote_is_told(text: bytes, passage: dict[str, object], problem: str) -> None:
    """A wrong quote is told with its passage, what is wrong, and what stands there instead."""
    assert [f"passage:example-letter-1: {problem}"] == problems(text, passage)


def test_wrong_quotes_are_told_together() -> None:
    """Each wrong quote is told, and the right ones are counted."""
    found = dataset_of({"quote": "a"}, {"quote": "x"}, {"quote": "y"})

    outcome = check(found, b"a", document=DOCUMENT)

    assert (1, ["passage:example-letter-2", "passage:example-letter-3"]) == (
        outcome.confirmed,
        [each.passage for each in outcome.errors],
    )


@given(text=st.text(min_size=1), data=st.data())
def test_every_piece_of_a_text_is_confirmed(text: str, data: st.DataObject) -> None:
    """Whatever piece of a text is quoted at its place, it is right."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    line = text.count("\n", 0, start) + 1
    passage = {"quote": text[start:end], "start": start, "end": end, "line": line}

    assert [] == problems(text.encode("utf-8"), passage)


# Which document


def test_document_is_found_by_its_digest(small_text: Path, letter: bytes) -> None:
    """A text whose digest is recorded is that document."""
    assert DOCUMENT == document_of(assemble(small_text), letter)


def test_document_is_found_by_its_quotes() -> None:
    """A text that holds most quotes of a document is taken for it."""
    both = dataset_of({"quote": "one"}, {"quote": "two"})
    other = dataset_of({"quote": "one"}, document="id:other")
    for quad in other.quads():
        both.add(quad)

    assert DOCUMENT == document_of(both, b"one two")


def test_text_without_any_quote_is_no_document(small_text: Path) -> None:
    """A text that holds no quote is taken for nothing."""
    assert document_of(assemble(small_text), b"nothing of this") is None


def test_document_without_passages_is_refused(small_text: Path, letter: bytes) -> None:
    """A document that there is not is told with the nearest that there is."""
    with pytest.raises(LookupFailure) as caught:
        check(assemble(small_text), letter, document=expand("id:example-leter"))

    assert "No document 'id:example-leter'. Did you mean 'id:example-letter'?" == str(caught.value)
