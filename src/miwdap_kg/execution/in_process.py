"""Runs queries in this very process: in a worker, in Python, on the command line, in tests."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import IO, Final, cast

import pyoxigraph as ox

from miwdap_kg.errors import NotAcceptable, QueryEvaluationError
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.bounds import BoundedOutput, RowCutter
from miwdap_kg.execution.inspection import Inspected, QueryLimits, inspect
from miwdap_kg.execution.service import NO_SERVICES, ServicePolicy
from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format
from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.store import Answer, Store

__all__ = ["InProcessExecution"]

_PREFIXES: Final = dict(NAMESPACES)
_LOOKED_AT: Final = 10_000
"""A graph of fewer triples than this declares just the prefixes that it uses."""


class InProcessExecution:
    """Answers from a store in this process.

    The size of query and answer is limited; its time is not, since the engine cannot be stopped.
    """

    def __init__(
        self,
        store: Store,
        *,
        limits: QueryLimits | None = None,
        services: ServicePolicy = NO_SERVICES,
    ) -> None:
        self.store = store
        self._limits = limits or QueryLimits()
        self._services = services

    def execute(self, request: QueryRequest, output: IO[bytes]) -> None:
        """Write the whole answer to *output*, or raise and leave it incomplete."""
        inspected = inspect(request.text, self._limits, self._services)
        with self._services.explained(request.text, inspected.text):
            self._answer(request, inspected, output)

    def _answer(self, request: QueryRequest, inspected: Inspected, output: IO[bytes]) -> None:
        outline = inspected.outline
        chosen = bool(request.default_graphs or request.named_graphs)
        answer = self.store.query(
            inspected.text,
            default_graphs=request.default_graphs if chosen else outline.from_graphs,
            named_graphs=request.named_graphs if chosen else outline.from_named_graphs,
            bindings=request.bindings,
        )
        limit = self._limits.rows if isinstance(answer, ox.QuerySolutions) else 0
        cutter = RowCutter(request.format, limit) if limit else None
        bounded = BoundedOutput(output, size=self._limits.answer_bytes, rows=cutter)
        try:
            _serialize(answer, request.format, cast(IO[bytes], bounded))
        except (RuntimeError, ValueError) as error:
            # An OSError is the output's own, such as a pipe that nobody reads, and stays that.
            raise QueryEvaluationError(str(error)) from error
        bounded.end()


def _serialize(answer: Answer, format_: Format, output: IO[bytes]) -> None:
    if isinstance(answer, ox.QueryTriples):
        if format_ not in GRAPH_FORMATS:
            raise NotAcceptable(format_.name, [each.name for each in GRAPH_FORMATS])
        rdf_format = ox.RdfFormat.from_media_type(format_.media_type)
        head = list(islice(answer, _LOOKED_AT))
        prefixes = _PREFIXES if len(head) == _LOOKED_AT else _used_prefixes(head)
        ox.serialize(chain(head, answer), output, format=rdf_format, prefixes=prefixes)
        return
    if format_ not in SOLUTION_FORMATS:
        raise NotAcceptable(format_.name, [each.name for each in SOLUTION_FORMATS])
    answer.serialize(output, format=ox.QueryResultsFormat.from_media_type(format_.media_type))


def _used_prefixes(triples: Iterable[ox.Triple]) -> dict[str, str]:
    iris = {term.value for triple in triples for term in triple if isinstance(term, ox.NamedNode)}
    iris |= {
        term.datatype.value for triple in triples for term in triple if isinstance(term, ox.Literal)
    }
    used = {shorten(iri).partition(":")[0] for iri in iris}
    return {prefix: iri for prefix, iri in _PREFIXES.items() if prefix in used}
