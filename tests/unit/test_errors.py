"""The error tree: its shape, its docstrings, and the three parts of its messages."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from miwdap_kg import errors
from miwdap_kg.errors import (
    AuthoringError,
    ConfigurationError,
    EvidenceError,
    LookupFailure,
    MiwdapError,
    NotAcceptable,
    ParameterError,
    QueryEvaluationError,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    RdfSyntaxError,
    ReleaseCorrupt,
    ReleaseExists,
    ReleaseNotFound,
    ReleaseRejected,
    UnsupportedMediaType,
    nearest,
)

TREE = {
    "MiwdapError": {
        "ConfigurationError": {},
        "EngineError": {},
        "EngineInUse": {},
        "AuthoringError": {
            "RdfSyntaxError": {},
            "NotCanonical": {},
            "QueryHeaderError": {},
        },
        "EvidenceError": {},
        "ValidationFailure": {},
        "ReleaseError": {
            "ReleaseNotFound": {},
            "ReleaseExists": {},
            "ReleaseCorrupt": {},
            "ReleaseRejected": {},
        },
        "StoreFailure": {},
        "QueryError": {
            "QuerySyntaxError": {},
            "QueryNotAllowed": {},
            "ParameterError": {},
            "QueryTimeout": {},
            "QueryOutOfMemory": {},
            "QueryCrashed": {},
            "AnswerStalled": {},
            "QueryTooLarge": {},
            "RowLimitReached": {},
            "UnknownFunction": {},
            "QueryEvaluationError": {},
        },
        "LookupFailure": {},
        "NotAcceptable": {},
        "RequestError": {"UnsupportedMediaType": {}},
        "ServiceUnavailable": {},
    }
}

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, MiwdapError)
]


class Rejection:
    """A report that says why a release is rejected."""

    def summary(self) -> str:
        """Return the outcome in one sentence."""
        return "It does not conform."


def tree_below(class_: type[MiwdapError]) -> dict[str, object]:
    return {each.__name__: tree_below(each) for each in CLASSES if each.__bases__ == (class_,)}


def test_tree_is_the_documented_one() -> None:
    """Each error stands where the architecture draws it, and no other does."""
    found = {"MiwdapError": tree_below(MiwdapError)}

    assert TREE == found


def test_all_lists_every_error_and_the_helper() -> None:
    """`__all__` names every class of the tree, and `nearest`."""
    expected = {each.__name__ for each in CLASSES} | {"nearest"}

    assert expected == set(errors.__all__)


@pytest.mark.parametrize("class_", CLASSES, ids=lambda each: each.__name__)
def test_error_says_what_it_is_for(class_: type[MiwdapError]) -> None:
    """Every class has a docstring of its own that ends its first sentence."""
    own = vars(class_).get("__doc__") or ""

    assert "." in own


MESSAGES = {
    "authoring": (
        AuthoringError("data/a.trig", "states no document.", line=3),
        "data/a.trig, line 3: states no document.",
    ),
    "authoring without a line": (
        AuthoringError(Path("shapes"), "holds no shapes (*.ttl)."),
        "shapes: holds no shapes (*.ttl).",
    ),
    "RDF": (
        RdfSyntaxError("a.ttl", 2, 7, "} is not a valid RDF object."),
        "a.ttl, line 2: column 7: } is not a valid RDF object.",
    ),
    "RDF without a place": (
        RdfSyntaxError("a.rdf", None, None, "Unknown prefix rdf:."),
        "a.rdf: Unknown prefix rdf:.",
    ),
    "quote": (
        EvidenceError("passage:a-1", "SDG", problem="is not in the text.", nearest_text="SDGs"),
        "passage:a-1: the quote “SDG” is not in the text. Nearest text: “SDGs”.",
    ),
    "quote without a neighbour": (
        EvidenceError("passage:a-1", "SDG", problem="is not in the text."),
        "passage:a-1: the quote “SDG” is not in the text.",
    ),
    "no release": (
        ReleaseNotFound("releases/x"),
        "No release in releases/x: it has no manifest.json. "
        "Build one with 'miwdap-kg build --output DIR'.",
    ),
    "release exists": (
        ReleaseExists("releases/x"),
        "releases/x is not empty, and a release is never written over. "
        "Choose another folder, or remove this one first.",
    ),
    "release corrupt": (
        ReleaseCorrupt("a.nq", expected="sha256 1", found="sha256 2"),
        "a.nq: the manifest says sha256 1, found sha256 2. "
        "Fetch or build the release again; this one is not served.",
    ),
    "release rejected": (
        ReleaseRejected(Rejection()),
        "No release written: It does not conform. "
        "See each result with 'miwdap-kg validate', mend the text, build again.",
    ),
    "query syntax": (
        QuerySyntaxError("found '}'; expected '{'.", line=2, column=5),
        "The query cannot be read at line 2, column 5: found '}'; expected '{'.",
    ),
    "parameter": (
        ParameterError("plam", "there is none.", allowed=["plan", "field"]),
        "Parameter 'plam': there is none. Its parameters: plan, field.",
    ),
    "timeout": (
        QueryTimeout(2.5),
        "The query was stopped after 2.5 seconds. "
        "Ask for less at a time, or download the dump and query it where you are.",
    ),
    "too large": (
        QueryTooLarge("query in bytes", found=300_000, limit=262_144),
        "The query in bytes is 300,000; this endpoint takes at most 262,144. "
        "Ask in smaller parts, or download the dump and query it where you are.",
    ),
    "evaluation": (
        QueryEvaluationError("no memory"),
        "The engine could not evaluate the query: no memory",
    ),
    "lookup": (
        LookupFailure("query", "mesures", ["measures", "gaps"], see="/queries"),
        "No query 'mesures'. Did you mean 'measures'? See /queries.",
    ),
    "lookup with nothing near": (
        LookupFailure("query", "xyz", ["measures"]),
        "No query 'xyz'.",
    ),
    "not acceptable": (
        NotAcceptable("image/png", ["text/csv", "text/turtle"]),
        "Asked for 'image/png', which is not offered. Offered: text/csv, text/turtle.",
    ),
    "media type": (
        UnsupportedMediaType("image/png", ["application/sparql-query"]),
        "The request body is of type 'image/png', which is not read here. "
        "Send it as one of: application/sparql-query.",
    ),
    "no media type": (
        UnsupportedMediaType("", ["application/sparql-query"]),
        "The request body is of no stated type, which is not read here. "
        "Send it as one of: application/sparql-query.",
    ),
}


@pytest.mark.parametrize(("error", "message"), MESSAGES.values(), ids=MESSAGES)
def test_message_says_what_was_found_and_what_to_do(error: MiwdapError, message: str) -> None:
    """A message says what was asked, what was found, and what to do."""
    assert message == str(error)


@pytest.mark.parametrize(
    ("said", "place", "problem"),
    [
        ("Parser error at line 2 column 7: no subject", (2, 7), "no subject."),
        ("Parser error between line 1 column 2 and line 3 column 1: ends", (1, 2), "ends."),
        ("Parser error at line 1 between columns 1 and 4: no scheme", (1, 1), "no scheme."),
    ],
    ids=["a place", "between lines", "between columns"],
)
def test_parser_error_keeps_the_problem_only(
    said: str, place: tuple[int, int], problem: str
) -> None:
    """The place that the parser repeats in its words is taken out of them."""
    error = RdfSyntaxError.of_parser("a.ttl", SyntaxError(said, (None, *place, "")))

    assert (*place, problem) == (error.line, error.column, error.problem)


def test_parser_error_without_a_place_claims_none() -> None:
    """Where the parser knows no line, the error names none."""
    error = RdfSyntaxError.of_parser("a.rdf", SyntaxError("Unknown prefix rdf:"))

    assert (None, None) == (error.line, error.column)


def test_nearest_gives_the_best_first() -> None:
    """The names that look most like the one asked for come first, and no others."""
    found = nearest("measure", ["gaps", "measures", "measured-by"])

    assert ("measures", "measured-by") == found


def test_configuration_error_keeps_its_words() -> None:
    """An error without fields of its own says what it was made with."""
    assert "setting 'port' is 'x'." == str(ConfigurationError("setting 'port' is 'x'."))
