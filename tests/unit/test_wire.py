"""What crosses from one process to another arrives as it was."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from miwdap_kg import errors
from miwdap_kg.errors import MiwdapError
from miwdap_kg.execution.wire import Frames, Kind, error_of, frame, read_whole, whole, wire_of

EXAMPLES: dict[type[MiwdapError], MiwdapError] = {
    each.__class__: each
    for each in (
        errors.MiwdapError("all of them"),
        errors.ConfigurationError("port is 'x'"),
        errors.AuthoringError("a.ttl", "is odd", line=3),
        errors.RdfSyntaxError("a.ttl", 3, 4, "} is not RDF"),
        errors.NotCanonical("a.ttl", "is not laid out"),
        errors.QueryHeaderError("a.rq", "has no summary"),
        errors.EvidenceError("passage:1", "quote", problem="is not there", nearest_text="quotes"),
        errors.ValidationFailure("no shapes"),
        errors.ReleaseError("none"),
        errors.ReleaseNotFound("folder"),
        errors.ReleaseExists("folder"),
        errors.ReleaseCorrupt("a.nq", expected="12 bytes", found="13 bytes"),
        errors.StoreFailure("folder", "is in use."),
        errors.QueryError("no"),
        errors.QuerySyntaxError("expected {", line=1, column=2),
        errors.QueryNotAllowed("an update"),
        errors.ParameterError("plan", "is no IRI", allowed=("plan", "goal")),
        errors.QueryTimeout(0.25),
        errors.QueryOutOfMemory(),
        errors.QueryCrashed("it ended"),
        errors.AnswerStalled(15),
        errors.QueryTooLarge("query in bytes", found=1000, limit=10),
        errors.RowLimitReached(1000),
        errors.UnknownFunction("no such function"),
        errors.QueryEvaluationError("計画 \x00 😀 “no”"),
        errors.EngineError("db:7878", "It broke off."),
        errors.EngineInUse("db:7878", ["http://a/", "http://b/"]),
        errors.LookupFailure("query", "mesures", ["measures"], see="/queries"),
        errors.NotAcceptable("image/png", ["text/html"]),
        errors.RequestError("two queries"),
        errors.UnsupportedMediaType("", ["a/b", "c/d"]),
        errors.ServiceUnavailable("later"),
    )
}

# It carries a report with objects of other libraries, and is not raised where queries run.
STAY_AT_HOME = {errors.ReleaseRejected}


def test_every_error_has_an_example() -> None:
    """The examples are all the errors that there are."""
    every = {
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, MiwdapError)
    }

    assert every - STAY_AT_HOME == set(EXAMPLES)


@pytest.mark.parametrize("error", EXAMPLES.values(), ids=lambda each: type(each).__name__)
def test_error_arrives_as_it_was(error: MiwdapError) -> None:
    """Class, message and attributes are the same; a path is known where it was found."""
    found = error_of(wire_of(error))

    assert type(error) is type(found)
    assert str(error) == str(found)
    assert attributes(error) == attributes(found)
    assert attributes(found) == attributes(error_of(json.loads(wire_of(found))))


def attributes(error: MiwdapError) -> dict[str, Any]:
    """Return what an error knows, but for paths."""
    return {name: value for name, value in vars(error).items() if not isinstance(value, Path)}


@given(
    frames=some.lists(some.tuples(some.sampled_from(Kind), some.binary(max_size=300))),
    sizes=some.lists(some.integers(1, 500), min_size=1),
)
def test_frames_arrive_however_they_are_cut(
    frames: list[tuple[Kind, bytes]], sizes: list[int]
) -> None:
    """The same frames come out of the bytes, in whatever pieces these come."""
    sent = b"".join(frame(kind, content) for kind, content in frames)
    reader, found, at, turn = Frames(), [], 0, 0
    while at < len(sent):
        size = sizes[turn % len(sizes)]
        found += [*reader.feed(sent[at : at + size])]
        at, turn = at + size, turn + 1

    assert frames == found


def test_frame_of_several_parts() -> None:
    """The parts of a frame follow one another."""
    made = frame(Kind.PIECE, b"a", bytearray(b"bc"), memoryview(b"d"))

    assert [(Kind.PIECE, b"abcd")] == [*Frames().feed(made)]


def test_reader_that_stops_loses_nothing() -> None:
    """What was yielded is gone from the buffer, what was not comes next."""
    reader = Frames()
    first = next(reader.feed(frame(Kind.HEAD, b"1") + frame(Kind.END)))
    rest = [*reader.feed(b"")]

    assert (Kind.HEAD, b"1") == first
    assert [(Kind.END, b"")] == rest


@given(
    head=some.dictionaries(some.text(), some.none() | some.integers() | some.text()),
    body=some.binary(),
)
def test_whole_answer_arrives(head: dict[str, Any], body: bytes) -> None:
    """Head and body of a small answer travel in one frame."""
    ((kind, content),) = Frames().feed(whole(json.dumps(head).encode(), body))

    assert kind == Kind.WHOLE
    assert (head, body) == read_whole(content)
