"""A request for `/sparql` on its way to a worker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from miwdap_kg.errors import QueryNotAllowed, RequestError
from miwdap_kg.web import protocol
from miwdap_kg.web.question import HTTP_QUESTION, Question

BYTES = some.binary(max_size=50)


@given(
    some.builds(
        Question,
        query_string=BYTES,
        accept=BYTES,
        if_none_match=BYTES,
        body=BYTES,
        body_is=some.sampled_from(("", protocol.FORM, protocol.QUERY)),
        address=BYTES,
    )
)
def test_question_is_unpacked_as_it_was(question: Question) -> None:
    """Whatever its parts hold, they arrive apart."""
    packed = question.pack()

    assert packed.startswith(HTTP_QUESTION)
    assert question == Question.unpack(packed)


@pytest.mark.parametrize(
    "question",
    [
        Question(b"query=ASK+%7B%7D&timeout=2.5&bom=true&format=csv", b""),
        Question(b"timeout=2.5", b"", b"", b"query=ASK+{}&bom=1&output=csv", protocol.FORM),
        Question(b"timeout=2.5&bom=1&results=csv", b"", b"", b"ASK {}", protocol.QUERY),
    ],
    ids=["address", "form", "body"],
)
def test_all_three_ways_ask_the_same(question: Question) -> None:
    """The query is found in the address, in a form, or as the body."""
    asked = question.asked()

    assert asked is not None
    assert ("ASK {}", 2.5, True, "csv") == (
        asked.text,
        asked.seconds,
        asked.has_bom,
        asked.format_name,
    )


def test_nothing_is_asked_without_a_query() -> None:
    """A request without one asks for the description."""
    assert Question(b"", b"text/turtle").asked() is None


@pytest.mark.parametrize(
    ("question", "kind", "message"),
    [
        (Question(b"query=A&query=B", b""), RequestError, "Found 2 queries in one request"),
        (Question(b"query=%FF", b""), RequestError, "The query string is not UTF-8"),
        (Question(b"update=X", b""), QueryNotAllowed, "This is an update"),
        (
            Question(b"", b"", b"", b"\xff", protocol.QUERY),
            RequestError,
            "The query is not UTF-8",
        ),
    ],
)
def test_what_breaks_the_protocol(question: Question, kind: type[Exception], message: str) -> None:
    """It is said where the question is read."""
    with pytest.raises(kind, match=message):
        question.asked()
