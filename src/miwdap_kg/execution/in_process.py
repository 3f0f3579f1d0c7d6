"""Runs queries in this very process: in a worker, in Python, on the command line, in tests."""

from __future__ import annotations

from typing import IO

from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.inspection import Inspected, QueryLimits, inspect
from miwdap_kg.execution.serialization import write_answer
from miwdap_kg.execution.service import NO_SERVICES, ServicePolicy
from miwdap_kg.store import Store

__all__ = ["InProcessExecution"]


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
        write_answer(answer, request.format, output, limits=self._limits)
