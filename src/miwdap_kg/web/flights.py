"""Answers that are being computed: collected for the cache, and awaited by who asks the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

from starlette.types import Message, Receive

from miwdap_kg.web.kept_answers import KeptAnswer, KeptAnswers
from miwdap_kg.web.request_key import Question, Selecting
from miwdap_kg.web.response_head import ResponseHead

__all__ = ["Flight", "Landing"]


class Landing(Enum):
    """How a computation ended that left no answer for those who waited."""

    ABANDONED = "nobody waits any more; who asks again computes it"
    UNCHANGED = "the first client had the answer already"
    FAILED = "an error, or an answer cut short; errors are not shared"
    NOT_KEPT = "a whole answer, but not one to keep"


class Flight:
    """One computation of an answer.

    Args:
        kept: where the answer goes when it is whole.
        asked: the question, and which of the answers to it.
        on_landing: is called once, when it has ended.
    """

    def __init__(
        self,
        kept: KeptAnswers,
        asked: tuple[Question, Selecting],
        on_landing: Callable[[Landing | KeptAnswer], None],
    ) -> None:
        self.landed: Landing | KeptAnswer | None = None
        self.kept = kept
        self._asked = asked
        self._on_landing = on_landing
        self._pieces: list[bytes] = []
        self._size = 0
        self._waiting = 0
        self._landing: asyncio.Event | None = None
        self._alone: asyncio.Event | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether other clients wait for the answer."""
        return self._waiting > 0

    def expect(self, size: int) -> None:
        """Land when a body of so many bytes is too large."""
        if size > self.kept.max_answer_bytes:
            self.land(Landing.NOT_KEPT)

    def collect(self, piece: bytes) -> None:
        """Keep the next piece of the body, or land when it is getting too large."""
        if self.landed is not None:
            return
        if self._size + len(piece) > self.kept.max_answer_bytes:
            self.land(Landing.NOT_KEPT)
        elif self.kept.collected.take(len(piece)):
            self._size += len(piece)
            self._pieces.append(piece)
        else:
            # Too much is being collected at once; another time there may be room.
            self.land(Landing.FAILED)

    def complete(
        self, head: ResponseHead, headers: list[tuple[bytes, bytes]], tag: bytes
    ) -> KeptAnswer | None:
        """Land with the whole answer, sent with *headers* and *tag*; return it if it is kept."""
        if self.landed is not None:
            return None
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._forget_pieces()
        answer = self.kept.keep(self._asked, head.vary, headers, bytes(body), tag)
        self.land(Landing.NOT_KEPT if answer is None else answer)
        return answer

    def land(self, landing: Landing | KeptAnswer) -> None:
        """End it, for all who wait; what is called later changes nothing."""
        if self.landed is None:
            self.landed = landing
            self._forget_pieces()
            self._on_landing(landing)
            if self._landing is not None:
                self._landing.set()

    def held_open(self, receive: Receive) -> Receive:
        """Return a *receive* that tells of the first client's leaving once nobody waits."""

        async def receive_while_alone() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect" and self.landed is None:
                while self.is_awaited:
                    self._alone = asyncio.Event()
                    await self._alone.wait()
                self.land(Landing.ABANDONED)
            return message

        return receive_while_alone

    async def wait(self, receive: Receive) -> Receive | None:
        """Wait until it has landed; None when the client leaves before.

        Returns:
            How to go on receiving what the client sends: waiting reads ahead.
        """
        if self._landing is None:
            self._landing = asyncio.Event()
        read: list[Message] = []
        gone = asyncio.ensure_future(_read_on(receive, read))
        landing = asyncio.ensure_future(self._landing.wait())
        self._waiting += 1
        try:
            await asyncio.wait((gone, landing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting -= 1
            if self._alone is not None:
                self._alone.set()
            gone.cancel()
            landing.cancel()
        return None if self.landed is None else _again(read, receive)

    def _forget_pieces(self) -> None:
        self._pieces.clear()
        self.kept.collected.give_back(self._size)
        self._size = 0


async def _read_on(receive: Receive, read: list[Message]) -> None:
    while not read or read[-1]["type"] != "http.disconnect":
        read.append(await receive())


def _again(read: list[Message], receive: Receive) -> Receive:
    if not read:
        return receive

    async def receive_again() -> Message:
        return read.pop(0) if read else await receive()

    return receive_again
