"""The one tree of errors: each says what was asked, what was found, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, Self

__all__ = [
    "AnswerStalled",
    "AuthoringError",
    "ConfigurationError",
    "EngineError",
    "EngineInUse",
    "EvidenceError",
    "LookupFailure",
    "MiwdapError",
    "NotAcceptable",
    "NotCanonical",
    "ParameterError",
    "QueryCrashed",
    "QueryError",
    "QueryEvaluationError",
    "QueryHeaderError",
    "QueryNotAllowed",
    "QueryOutOfMemory",
    "QuerySyntaxError",
    "QueryTimeout",
    "QueryTooLarge",
    "RdfSyntaxError",
    "ReleaseCorrupt",
    "ReleaseError",
    "ReleaseExists",
    "ReleaseNotFound",
    "ReleaseRejected",
    "RequestError",
    "RowLimitReached",
    "ServiceUnavailable",
    "StoreFailure",
    "UnknownFunction",
    "UnsupportedMediaType",
    "ValidationFailure",
    "nearest",
]


class Report(Protocol):
    """What a rejected release is rejected with."""

    def summary(self) -> str:
        """Return the outcome in one sentence."""
        ...


class MiwdapError(Exception):
    """Everything that this package raises on purpose.

    >>> issubclass(QuerySyntaxError, MiwdapError)
    True
    """


class ConfigurationError(MiwdapError):
    """A setting has a value that cannot be used."""


# Text that people write: Turtle, TriG, SPARQL files


class AuthoringError(MiwdapError):
    """A file that a person wrote cannot be taken as it is."""

    def __init__(self, path: Path | str, problem: str, *, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        place = f"{path}" if line is None else f"{path}, line {line}"
        super().__init__(f"{place}: {problem}")


class RdfSyntaxError(AuthoringError):
    """A file is not the RDF format that its name says; knows path, line and column.

    The parsers of RDF/XML and JSON-LD cannot always tell the place; then both are None.
    """

    def __init__(
        self, path: Path | str, line: int | None, column: int | None, problem: str
    ) -> None:
        place = "" if column is None else f"column {column}: "
        super().__init__(path, f"{place}{problem}", line=line)
        self.column = column
        self.problem = problem

    @classmethod
    def of_parser(cls, path: Path | str, error: SyntaxError) -> Self:
        """Return what the engine's parser says of a file, without the place that it repeats.

        >>> at = (None, 2, 7, "")
        >>> said = SyntaxError("Parser error at line 2 column 7: } is not a valid RDF object", at)
        >>> print(RdfSyntaxError.of_parser("plan.ttl", said))
        plan.ttl, line 2: column 7: } is not a valid RDF object.
        """
        problem = re.sub(r"^Parser error (?:at|between) [^:]*: ", "", error.msg)
        return cls(path, error.lineno, error.offset if error.lineno else None, f"{problem}.")


class NotCanonical(AuthoringError):
    """A file is right, but not laid out as the formatter would."""


class QueryHeaderError(AuthoringError):
    """The `#+` header of a query file is missing, incomplete or malformed."""


# Evidence


class EvidenceError(MiwdapError):
    """A passage does not agree with the text that it quotes.

    >>> print(EvidenceError("passage:newsletter-33", "SDG first", problem="is not in the text.",
    ...                     nearest_text="SDGs"))
    passage:newsletter-33: the quote “SDG first” is not in the text. Nearest text: “SDGs”.
    """

    def __init__(
        self, passage: str, quote: str, *, problem: str, nearest_text: str | None = None
    ) -> None:
        self.passage = passage
        self.quote = quote
        self.nearest_text = nearest_text
        hint = "" if nearest_text is None else f" Nearest text: “{nearest_text}”."
        super().__init__(f"{passage}: the quote “{quote}” {problem}{hint}")


class ValidationFailure(MiwdapError):
    """The validation itself could not be carried out; “does not conform” is a result instead."""


# Releases


class ReleaseError(MiwdapError):
    """A release cannot be opened or written."""


class ReleaseNotFound(ReleaseError):
    """There is no release in a folder."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        super().__init__(
            f"No release in {folder}: it has no manifest.json. "
            "Build one with 'miwdap-kg build --output DIR'."
        )


class ReleaseExists(ReleaseError):
    """A folder that a release is to be written to is not empty."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        super().__init__(
            f"{folder} is not empty, and a release is never written over. "
            "Choose another folder, or remove this one first."
        )


class ReleaseCorrupt(ReleaseError):
    """A file of a release is not the one that its manifest describes."""

    def __init__(self, file: str, *, expected: str, found: str) -> None:
        self.file = file
        self.expected = expected
        self.found = found
        super().__init__(
            f"{file}: the manifest says {expected}, found {found}. "
            "Fetch or build the release again; this one is not served."
        )


class ReleaseRejected(ReleaseError):
    """A release was not written because the graph does not conform; carries the report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(
            f"No release written: {report.summary()} "
            "See each result with 'miwdap-kg validate', mend the text, build again."
        )


class StoreFailure(MiwdapError):
    """A store on disk cannot be filled or opened."""

    def __init__(self, folder: Path | str, problem: str) -> None:
        self.folder = Path(folder)
        self.problem = problem
        super().__init__(f"The store in {folder} {problem}")


# Queries


class QueryError(MiwdapError):
    """A query cannot be answered."""


class QuerySyntaxError(QueryError):
    """A query is not SPARQL 1.1; knows the line and the column (both from 1)."""

    def __init__(self, problem: str, *, line: int, column: int) -> None:
        self.problem = problem
        self.line = line
        self.column = column
        super().__init__(f"The query cannot be read at line {line}, column {column}: {problem}")


class QueryNotAllowed(QueryError):
    """A query asks for something that this endpoint never does, such as an update."""


class ParameterError(QueryError):
    """A stored query was given a parameter that it does not have, or a wrong value."""

    def __init__(self, name: str, problem: str, *, allowed: Iterable[str] = ()) -> None:
        self.name = name
        self.allowed = tuple(allowed)
        has = f" Its parameters: {', '.join(self.allowed)}." if self.allowed else ""
        super().__init__(f"Parameter '{name}': {problem}{has}")


class QueryTimeout(QueryError):
    """A query was stopped at its deadline."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"The query was stopped after {seconds:g} seconds. "
            "Ask for less at a time, or download the dump and query it where you are."
        )


class QueryOutOfMemory(QueryError):
    """A query was stopped because it took more memory than it may."""

    def __init__(self) -> None:
        super().__init__(
            "The query was stopped because it took more memory than it may. "
            "Ask for less at a time, or download the dump and query it where you are."
        )


class QueryCrashed(QueryError):
    """The process that ran a query ended; nobody else's query was touched."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The query could not be answered: {problem}. Other queries go on. "
            "Ask it in another form, or download the dump and query it where you are."
        )


class AnswerStalled(QueryError):
    """An answer was cut because nobody read it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"The answer was cut, because for {seconds:g} seconds nobody read on. "
            "Read it to its end without a break, or download the dump."
        )


class QueryTooLarge(QueryError):
    """A query, or its answer, is larger than this endpoint takes."""

    def __init__(self, what: str, *, found: int, limit: int) -> None:
        self.what = what
        self.found = found
        self.limit = limit
        super().__init__(
            f"The {what} is {found:,}; this endpoint takes at most {limit:,}. "
            "Ask in smaller parts, or download the dump and query it where you are."
        )


class RowLimitReached(QueryError):
    """An answer was ended at the most rows that are given."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"Only the first {limit:,} rows are given; there are more. "
            "Ask in parts with ORDER BY, LIMIT and OFFSET, or download the dump."
        )


class UnknownFunction(QueryError):
    """A query calls a function that is not known here."""


class QueryEvaluationError(QueryError):
    """The engine could not evaluate a well-formed query."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"The engine could not evaluate the query: {problem}")


# Engines elsewhere


class EngineError(MiwdapError):
    """An engine elsewhere gave no answer, or none that is known to be whole; knows its host.

    >>> print(EngineError("db:7878", "It broke off in the midst of its answer."))
    The engine at db:7878 did not do what was asked. It broke off in the midst of its answer.
    """

    def __init__(self, host: str, problem: str) -> None:
        self.host = host
        super().__init__(f"The engine at {host} did not do what was asked. {problem}")


class EngineInUse(MiwdapError):
    """An engine holds graphs of others, which would be lost."""

    def __init__(self, host: str, graphs: Sequence[str]) -> None:
        self.host = host
        self.graphs = tuple(graphs)
        super().__init__(
            f"The engine at {host} holds {len(graphs):,} graphs that are not of this project, such "
            f"as {graphs[0]}, and everything in it would be replaced. Push to a database of its "
            "own, or give --replace-others to lose them."
        )


# Asking for things


class LookupFailure(MiwdapError):
    """A name is not known; carries the closest names that are.

    >>> print(LookupFailure("query", "mesures", ["measures", "gaps"], see="/queries"))
    No query 'mesures'. Did you mean 'measures'? See /queries.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), *, see: str = "") -> None:
        self.kind = kind
        self.name = name
        self.closest = nearest(name, known)
        hint = _did_you_mean(name, self.closest)
        more = f" See {see}." if see else ""
        super().__init__(f"No {kind} '{name}'.{hint}{more}")


class NotAcceptable(MiwdapError):
    """None of the formats that were asked for can be offered."""

    def __init__(self, asked: str, offered: Sequence[str]) -> None:
        self.asked = asked
        self.offered = tuple(offered)
        super().__init__(
            f"Asked for '{asked}', which is not offered. Offered: {', '.join(offered)}."
        )


class RequestError(MiwdapError):
    """A request breaks the SPARQL protocol, such as one with two queries in it."""


class UnsupportedMediaType(RequestError):
    """The body of a request is of a type that cannot be read."""

    def __init__(self, found: str, accepted: Sequence[str]) -> None:
        self.found = found
        self.accepted = tuple(accepted)
        is_of = f"of type '{found}'" if found else "of no stated type"
        super().__init__(
            f"The request body is {is_of}, which is not read here. "
            f"Send it as one of: {', '.join(accepted)}."
        )


class ServiceUnavailable(MiwdapError):
    """The service cannot answer now, but can later."""


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """Return the *known* names that look most like *name*, best first."""
    return tuple(difflib.get_close_matches(name, list(known), n=count, cutoff=0.5))


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    closest = nearest(name, known)
    return f" Did you mean {' or '.join(repr(each) for each in closest)}?" if closest else ""
