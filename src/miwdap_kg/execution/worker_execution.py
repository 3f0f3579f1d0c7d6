"""Runs queries in the workers of a server, for whoever may wait for the answer."""

from __future__ import annotations

import asyncio
from typing import IO

from miwdap_kg.errors import ServiceUnavailable
from miwdap_kg.execution import QueryRequest, pack_request
from miwdap_kg.execution.runner import Runner

__all__ = ["WorkerExecution"]


class WorkerExecution:
    """Hands queries to a runner from threads other than the one of its event loop."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Learn the event loop in which the runner answers."""
        self._loop = loop

    def execute(self, request: QueryRequest, output: IO[bytes]) -> None:
        """Write the whole answer to *output*, or raise and leave it incomplete."""
        if self._loop is None:
            raise ServiceUnavailable("The server is not ready yet. Ask again in a moment.")
        answering = self._execute(pack_request(request), output)
        asyncio.run_coroutine_threadsafe(answering, self._loop).result()

    async def _execute(self, question: bytes, output: IO[bytes]) -> None:
        job = self.runner.ask(question)
        try:
            answer = await job.answered()
            async for piece in answer.pieces():
                output.write(piece)
        finally:
            # Without effect on a job that is done.
            self.runner.drop(job)
