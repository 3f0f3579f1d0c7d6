"""A response on its way from the application to its client: encoded, and collected on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import Message, Send

from miwdap_kg.web.delivery import Delivery
from miwdap_kg.web.encodings import CODINGS, Choice, Encoder
from miwdap_kg.web.entity_tags import all_codings, matching, with_coding
from miwdap_kg.web.flights import Flight, Landing
from miwdap_kg.web.ready_answer import unchanged
from miwdap_kg.web.response_head import ResponseHead, with_vary

__all__ = ["Outgoing", "Respond"]

Respond = Callable[[int, bytes, bytes], Awaitable[None]]
"""Sends a status, headers as lines, and a body."""

_PIECE: Final = 256 * 1024
"""A longer body is encoded in pieces, so that its beginning does not wait for its end."""

_NAMES: Final = tuple(each.name for each in CODINGS)
_START: Final = "http.response.start"
_BODY: Final = "http.response.body"


class Outgoing:
    """The response to one request.

    While the answer is collected it is taken from the application as fast as it comes: a client
    that reads slowly keeps neither a worker nor those who ask the same. Otherwise the client's pace
    is the application's.

    Args:
        send: to the client.
        is_head: whether the client wants the head alone.
        choice: the coding that the client likes best.
        if_none_match: which answers the client has.
        flight: what collects the answer, if anything does.
        respond: sends a whole response at once, if the server can do that.
    """

    def __init__(
        self,
        send: Send,
        *,
        is_head: bool,
        choice: Choice,
        if_none_match: bytes,
        flight: Flight | None,
        respond: Respond | None = None,
    ) -> None:
        self._send = send
        self._is_head = is_head
        self._choice = choice
        self._if_none_match = if_none_match
        self._flight = flight
        self._respond = respond
        self._passes_on = False
        self._start: Message | None = None
        self._head: ResponseHead
        self._headers: list[tuple[bytes, bytes]] = []
        self._tag = b""
        self._encoder: Encoder | None = None
        self._taken = 0
        self._is_encoded = False
        self._is_begun = False
        self._is_told = False
        self._delivery: Delivery | None = None

    async def send(self, message: Message) -> None:
        """Take the application's next message."""
        if self._passes_on:
            await self._send(message)
        elif message["type"] == _BODY:
            content: bytes = message.get("body", b"")
            is_last = not message.get("more_body", False)
            if self._start is not None:
                self._start = None
                await self._begin(len(content) if is_last else None)
            await self._take(content, is_last=is_last)
        elif message["type"] == _START and message["status"] == 200 and "trailers" not in message:
            # The length of the body may decide on the coding.
            self._start = message
            self._head = ResponseHead(message.get("headers", ()))
            if self._flight is not None and not self._head.may_be_kept():
                self._flight.land(Landing.NOT_KEPT)
        else:
            await self._pass_on(message)

    async def close(self) -> None:
        """Bring to the client what there is, when the application has ended."""
        if self._flight is not None:
            self._flight.land(Landing.FAILED)
        if self._encoder is not None:
            # The body has no end; what there is of it is all to be read.
            await self._deliver(self._encoder.flush(), is_last=False)
        if self._delivery is not None:
            await self._delivery.finish()

    def cut(self) -> None:
        """Bring nothing more to the client; who waits for the answer has it computed again."""
        if self._flight is not None:
            self._flight.land(Landing.ABANDONED)
        if self._delivery is not None:
            self._delivery.cancel()

    async def _pass_on(self, message: Message) -> None:
        # An error, a redirect, a 304, or an extension of ASGI with messages of its own.
        self._passes_on = True
        is_unchanged = message.get("status") == 304
        if self._flight is not None:
            self._flight.land(Landing.UNCHANGED if is_unchanged else Landing.FAILED)
        if self._start is not None:
            await self._send(self._start)
        if is_unchanged:
            # The client may know the answer by the tag of a coding.
            headers = [
                (name, self._known(value, value) or value) if name == b"etag" else (name, value)
                for name, value in with_vary(message.get("headers", ()))
            ]
            message = {**message, "headers": headers}
        await self._send(message)

    def _known(self, tag: bytes, sent_tag: bytes) -> bytes | None:
        if not self._if_none_match:
            return None
        return matching(self._if_none_match, sent_tag, all_codings(tag, _NAMES))

    async def _begin(self, length: int | None) -> None:
        head = self._head
        if head.length is not None or self._is_head:
            length = head.length
        coding = head.coding(self._choice, length)
        self._headers = head.sent_with(coding)
        self._is_encoded = coding is not None
        if coding is not None and not self._is_head:
            self._encoder = Encoder(coding)
        if self._flight is not None and coding is None and length is not None:
            self._flight.expect(length)
        if head.tag is not None:
            self._tag = head.tag if coding is None else with_coding(head.tag, coding.name)
            known = self._known(head.tag, self._tag)
            if known is not None:
                await self._tell_unchanged(known)

    async def _tell_unchanged(self, tag: bytes) -> None:
        # For a server the response is complete now, and the application may be told so. If it goes
        # on nevertheless, for those who wait, the answer is still collected.
        self._is_told = True
        headers = unchanged(self._headers, tag)
        await self._send({"type": _START, "status": 304, "headers": headers})
        await self._send({"type": _BODY, "body": b""})

    async def _take(self, content: bytes, *, is_last: bool) -> None:
        self._taken += len(content)
        announced = self._head.length
        if is_last and not self._is_head and announced not in (None, self._taken):
            raise RuntimeError(f"the body has {self._taken} bytes, its head says {announced}")
        if self._is_told and (self._flight is None or self._flight.landed is not None):
            return
        encoder = self._encoder
        if encoder is None:
            await self._deliver(content, is_last=is_last)
            return
        for at in range(0, len(content) or 1, _PIECE):
            is_end = is_last and at + _PIECE >= len(content)
            encoded = await encoder.encode(content[at : at + _PIECE], is_last=is_end)
            if is_end:
                self._encoder = None
            if encoded or is_end:
                await self._deliver(encoded, is_last=is_end)

    async def _deliver(self, piece: bytes, *, is_last: bool) -> None:
        is_whole = is_last and not self._is_begun and not self._is_head
        if is_whole and (self._head.length is None or self._is_encoded):
            self._headers.append((b"content-length", str(len(piece)).encode()))
        flight, kept = self._flight, None
        if flight is not None:
            flight.collect(piece)
            if is_last:
                kept = flight.complete(self._head, self._headers, self._tag)
        if self._is_told or (self._is_head and not is_last):
            return
        if is_whole and kept is not None and self._respond is not None:
            await self._respond(200, kept.first_head(), piece)
            return
        if not self._is_begun:
            self._is_begun = True
            await self._bring({"type": _START, "status": 200, "headers": self._headers})
        body = b"" if self._is_head else piece
        await self._bring({"type": _BODY, "body": body, "more_body": not is_last})

    async def _bring(self, message: Message) -> None:
        flight = self._flight
        is_collected = flight is not None and flight.landed is None
        if flight is not None and is_collected and self._delivery is None:
            self._delivery = Delivery(self._send, flight.kept.ahead)
        if self._delivery is None:
            await self._send(message)
            return
        has_room = self._delivery.put(message)
        if flight is not None and not has_room:
            # Nobody shall wait for a client that reads slowly.
            flight.land(Landing.FAILED)
        if not has_room or not is_collected:
            await self._delivery.catch_up()
