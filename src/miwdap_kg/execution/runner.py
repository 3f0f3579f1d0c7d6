"""What runs questions for a server: the job that each of them is, and the answer it leads to."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, Protocol

__all__ = ["Answer", "Handler", "Job", "Reply", "Runner"]

_LOW_WATER: Final = 128 * 1024


class Reply(Protocol):
    """What a handler writes its answer to: the head first, then the body."""

    def begin(self, head: Mapping[str, Any], *, boundary: bytes = b"", spool: int = 0) -> None:
        """Say what the answer is.

        Args:
            head: what the one who asked has to know, as JSON can write it.
            boundary: the byte behind which a body that stays incomplete may say so.
            spool: how many bytes are at least kept before the head is gone for good.
        """
        ...

    def amend(self, **head: Any) -> bool:
        """Add to the head; False when it is gone already."""
        ...

    def write(self, data: bytes | memoryview) -> int:
        """Write some of the body; blocks while the one who asked does not read."""
        ...

    def allow(self, seconds: float) -> None:
        """Say how long the question may run."""
        ...


class Handler(Protocol):
    """Answers a question where the data is."""

    def __call__(self, question: bytes, reply: Reply) -> None:
        """Write the answer.

        Raises:
            MiwdapError: it cannot be answered, or not to its end.
        """
        ...


class Answer:
    """What a question led to: its head, and its body, whole or in pieces."""

    __slots__ = ("_pieces", "_resume", "_waiter", "body", "head", "kept", "taken")

    def __init__(
        self,
        head: Mapping[str, Any],
        body: bytes | None,
        *,
        resume: Callable[[], None] | None = None,
    ) -> None:
        self.head = head
        self.body = body
        """The whole body, or None while it comes in pieces."""
        self.kept = 0
        """How many bytes have come and were not taken."""
        self.taken = 0.0
        """When a piece was last taken (monotonic seconds)."""
        self._pieces: deque[bytes | BaseException | None] = deque()
        self._resume = resume
        self._waiter: asyncio.Future[None] | None = None

    def put(self, piece: bytes | BaseException | None) -> None:
        """Add a piece of the body, its end (None), or why it stays incomplete."""
        if isinstance(piece, bytes):
            self.kept += len(piece)
        else:
            # Who sent it may be busy with another answer by now.
            self._resume = None
        self._pieces.append(piece)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body.

        Raises:
            MiwdapError: the answer stays incomplete.
        """
        if self.body is not None:
            yield self.body
            return
        while True:
            while not self._pieces:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
                self._waiter = None
            piece = self._pieces.popleft()
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            self.taken = time.monotonic()
            yield piece
            self.kept -= len(piece)
            self.taken = time.monotonic()
            if self._resume is not None and self.kept <= _LOW_WATER:
                self._resume()


class Job:
    """A question on its way to its answer.

    Most are answered at once, so that it costs nothing to wait for `soon`. When that yields None
    it takes longer: now is the time to watch whether the client stays, and to wait for `later`.
    """

    __slots__ = (
        *("answer", "asked", "attempts", "begun", "is_slow", "lane", "question", "soon", "_later"),
    )

    def __init__(self, question: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self.question = question
        self.asked = time.monotonic()
        self.begun = 0.0
        """When it was given to a worker that was free, or found to run (monotonic seconds)."""
        self.attempts = 0
        """How many workers ended while it stood in their line, and nobody knows why."""
        self.lane = "light"
        self.is_slow = False
        self.answer: Answer | None = None
        self.soon: asyncio.Future[Answer | None] = loop.create_future()
        self._later: asyncio.Future[Answer] | None = None

    @property
    def later(self) -> asyncio.Future[Answer]:
        """What there is to wait for once `soon` has yielded None."""
        if self._later is None:
            self._later = self.soon.get_loop().create_future()
        return self._later

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.later.done() if self.is_slow else self.soon.done()

    async def answered(self) -> Answer:
        """Return the answer, as soon as it begins.

        Raises:
            MiwdapError: there is none.
        """
        answer = await self.soon
        return answer if answer is not None else await self.later

    def tell_slow(self) -> None:
        """Let the one who waits know that it takes longer."""
        if not self.soon.done():
            self.is_slow = True
            self.soon.set_result(None)

    def finish(self, answer: Answer) -> None:
        """Hand over the answer, or its begin."""
        self.answer = answer
        waited_for = self.later if self.is_slow else self.soon
        if not waited_for.done():
            waited_for.set_result(answer)

    def fail(self, error: BaseException) -> None:
        """Hand over why there is no answer, or why it stays incomplete."""
        waited_for = self.later if self.is_slow else self.soon
        if self.answer is not None:
            self.answer.put(error)
        elif not waited_for.done():
            waited_for.set_exception(error)
            # Read here once, so that it is no news when its client goes before reading it.
            waited_for.exception()


class Runner(Protocol):
    """Answers questions, many at a time."""

    def ask(self, question: bytes) -> Job:
        """Take a question.

        Raises:
            ServiceUnavailable: too many are waiting.
        """
        ...

    def drop(self, job: Job) -> None:
        """Stop the work on a question that nobody waits for any more."""
        ...

    async def start(self) -> None:
        """Get ready; from now on questions are answered in the running event loop."""
        ...

    async def close(self) -> None:
        """Stop all work."""
        ...

    def why_not_ready(self) -> str | None:
        """Return why questions cannot be answered now, or None."""
        ...
