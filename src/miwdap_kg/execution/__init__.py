"""How a query is run: one method, several engines behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, Final, Protocol, cast

from miwdap_kg.execution.runner import Reply
from miwdap_kg.formats import FORMATS, Format
from miwdap_kg.queries import Term

__all__ = ["Execution", "QueryRequest", "answer_request", "pack_request"]

_PACKED: Final = b"Q"


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query with all that decides its answer's bytes: format, dataset, bound variables."""

    text: str
    format: Format
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    bindings: Mapping[str, Term] = field(default_factory=dict)


class Execution(Protocol):
    """Whatever can answer a query."""

    def execute(self, request: QueryRequest, output: IO[bytes]) -> None:
        """Write the whole answer to *output*, or raise and leave it incomplete.

        Raises:
            QueryError: the query is wrong, refused, too large, too slow, or cannot be evaluated.
            NotAcceptable: the answer has no such format.
        """
        ...


def pack_request(request: QueryRequest) -> bytes:
    """Return a request as a question for `answer_request`."""
    message = {
        "text": request.text,
        "format": request.format.name,
        "kind": request.format.kind,
        "default_graphs": request.default_graphs,
        "named_graphs": request.named_graphs,
        "bindings": {name: asdict(term) for name, term in request.bindings.items()},
    }
    return _PACKED + json.dumps(message).encode()


def answer_request(execution: Execution, question: bytes, reply: Reply) -> None:
    """Answer a request that was packed."""
    message = json.loads(question[1:])
    format_ = next(
        each for each in FORMATS if (each.name, each.kind) == (message["format"], message["kind"])
    )
    reply.begin({"kind": "answer"}, boundary=format_.boundary)
    request = QueryRequest(
        message["text"],
        format_,
        tuple(message["default_graphs"]),
        tuple(message["named_graphs"]),
        {name: Term(**term) for name, term in message["bindings"].items()},
    )
    execution.execute(request, cast(IO[bytes], reply))
