"""Answers questions in threads of this process, where there are no processes that can be ended."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from miwdap_kg.errors import MiwdapError, ServiceUnavailable
from miwdap_kg.execution.runner import Answer, Handler, Job
from miwdap_kg.execution.wire import error_of, wire_of

__all__ = ["ThreadRunner"]


class ThreadRunner:
    """Answers each question from begin to end in one thread, and hands the answer over whole.

    Work that has begun cannot be stopped, so no time is limited here.

    Args:
        handler: answers the questions.
        count: how many run at once.
        queue: how many wait.
    """

    def __init__(self, handler: Handler, *, count: int = 16, queue: int = 64) -> None:
        self._handler = handler
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="query")
        self._most = count + queue
        self._count = 0

    def ask(self, question: bytes) -> Job:
        """Take a question.

        Raises:
            ServiceUnavailable: too many are waiting.
        """
        if self._count >= self._most:
            raise ServiceUnavailable(
                f"{self._count} queries are running or waiting, which is as many as this server "
                "takes. Ask again in a moment, or download the dump and query it where you are."
            )
        loop = asyncio.get_running_loop()
        job = Job(question, loop)
        self._count += 1
        answering = asyncio.wrap_future(self._pool.submit(self._answer, question), loop=loop)
        answering.add_done_callback(lambda done: self._done(job, done))
        return job

    def drop(self, job: Job) -> None:
        """Do nothing: the engine cannot be stopped here."""

    async def start(self) -> None:
        """Do nothing: threads come when they are needed."""

    async def close(self) -> None:
        """Take no more questions, and let each thread end with what it does."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def why_not_ready(self) -> str | None:
        """Return nothing: threads are always ready."""
        return None

    def _answer(self, question: bytes) -> Answer | MiwdapError:
        reply = _Reply()
        try:
            self._handler(question, reply)
        except MiwdapError as error:
            # As from another process: with its trace, the engine's own objects would leave their
            # thread, which they must not.
            return error_of(wire_of(error))
        return Answer(reply.head, reply.body.getvalue())

    def _done(self, job: Job, done: asyncio.Future[Answer | MiwdapError]) -> None:
        self._count -= 1
        if done.cancelled():
            job.fail(ServiceUnavailable("The server is stopping. Ask again in a moment."))
            return
        found = done.exception() or done.result()
        if isinstance(found, Answer):
            job.finish(found)
        else:
            job.fail(found)


class _Reply:
    def __init__(self) -> None:
        self.head: dict[str, Any] = {}
        self.body = io.BytesIO()

    def begin(self, head: Mapping[str, Any], *, boundary: bytes = b"", spool: int = 0) -> None:
        self.head = dict(head)

    def amend(self, **head: Any) -> bool:
        self.head |= head
        return True

    def write(self, data: bytes | memoryview) -> int:
        return self.body.write(data)

    def allow(self, seconds: float) -> None:
        pass
