"""How a query is run: one method, several engines behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Protocol

from miwdap_kg.formats import Format
from miwdap_kg.queries import Term

__all__ = ["Execution", "QueryRequest"]


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
