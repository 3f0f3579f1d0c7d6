"""The layer in front of the application that gives an answer again that it has given before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from miwdap_kg.web.encodings import CODINGS, IDENTITY, Choice, choose
from miwdap_kg.web.entity_tags import without_codings
from miwdap_kg.web.flights import Flight, Landing
from miwdap_kg.web.kept_answers import KeptAnswer, KeptAnswers
from miwdap_kg.web.outgoing import Outgoing
from miwdap_kg.web.prebuilt import PREBUILT
from miwdap_kg.web.protocol import MAX_URL_BYTES
from miwdap_kg.web.request_key import Exact, Question, Selecting, question_of

__all__ = ["Cache", "OnHit"]

OnHit = Callable[[int, int, str], None]
"""Takes the status, the bytes of the body, and the id of the query that was once computed."""

_READ: Final = frozenset(
    b"accept accept-encoding accept-language if-none-match "
    b"authorization content-length range transfer-encoding".split()
)
_FOR_EACH: Final = (Landing.FAILED, Landing.NOT_KEPT)
_NAMES: Final = tuple(each.name for each in CODINGS)
_PASSED_KEPT: Final = 1_000


class Cache:
    """Answers GET and HEAD from memory where it can, and has the application answer the rest.

    Whole answers with an entity tag are kept, unless they forbid it. Requests that arrive together
    for the same answer compute it once. Bodies are sent in the coding that the client likes best.

    Args:
        app: the application.
        max_bytes: how much memory the kept answers may take; 0 keeps none.
        on_hit: is called for each answer from memory.
        on_miss: is called for each answer that the application has to give.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        on_hit: OnHit = lambda status, size, query_id: None,
        on_miss: Callable[[], None] = lambda: None,
    ) -> None:
        self.app = app
        self.kept = KeptAnswers(max_bytes)
        self._on_hit = on_hit
        self._on_miss = on_miss
        self._flights: dict[tuple[Question, Selecting], Flight] = {}
        # Hashes of what is not worth collecting; two with the same hash lose nothing but time.
        self._passed: dict[int, None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        types = languages = codings = known = b""
        is_for_all, is_part = scope["method"] in ("GET", "HEAD"), False
        for name, value in scope["headers"]:
            if name in _READ:
                if name == b"accept":
                    types = types + b", " + value if types else value
                elif name == b"accept-encoding":
                    codings = codings + b", " + value if codings else value
                elif name == b"accept-language":
                    languages = languages + b", " + value if languages else value
                elif name == b"if-none-match":
                    known = known + b", " + value if known else value
                elif name == b"range":
                    is_part = True
                elif name != b"content-length" or value != b"0":
                    # It is for one person, or has a body that may change the answer.
                    is_for_all = False
        if is_part:
            await self.app(scope, receive, send)
        elif is_for_all:
            path, query = scope["path"], scope["query_string"]
            exact = (scope.get("root_path", ""), path, query, types, languages, codings)
            answer = self.kept.exact.get(exact)
            if answer is not None:
                await self._give(answer, known, scope, send)
            else:
                await self._ask(exact, _Request(choose(codings), known, scope, receive, send))
        else:
            await self._compute(_Request(choose(codings), known, scope, receive, send))

    async def _give(self, answer: KeptAnswer, known: bytes, scope: Scope, send: Send) -> None:
        self.kept.touch(answer)
        status, headers, head, body = 200, answer.headers, answer.head, answer.body
        if known and (unchanged := answer.unchanged(known)) is not None:
            status, body = 304, b""
            headers, head = unchanged
        elif scope["method"] == "HEAD":
            body = b""
        self._on_hit(status, len(body), answer.query_id)
        extensions = scope.get("extensions")
        if extensions is not None and PREBUILT in extensions:
            await extensions[PREBUILT](status, head, body)
        else:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _ask(self, exact: Exact, request: _Request) -> None:
        if not self.kept.max_bytes or len(exact[2]) > MAX_URL_BYTES:
            await self._compute(request)
            return
        question = question_of(exact)
        selecting = (exact[3], exact[4], request.choice.key)
        asked = (question, selecting)
        while (answer := self.kept.find(question, selecting)) is None:
            flight = self._flights.get(asked)
            if flight is None:
                # What is kept in no coding needs only to be encoded.
                plain = self.kept.find(question, (exact[3], exact[4], IDENTITY.key))
                await self._compute(request, self._new_flight(asked, request), plain)
                return
            try:
                receive = await flight.wait(request.receive)
            except asyncio.CancelledError:
                # Only a server that stops cancels its requests, and the application tells so.
                await self._compute(request)
                return
            if receive is None:
                return
            request.receive = receive
            is_told = bool(request.known) and flight.landed is Landing.UNCHANGED
            if is_told or flight.landed in _FOR_EACH:
                await self._compute(request)
                return
        self.kept.recognise(exact, answer)
        await self._give(answer, request.known, request.scope, request.send)

    def _new_flight(self, asked: tuple[Question, Selecting], request: _Request) -> Flight | None:
        number = hash(asked)
        if request.is_head or number in self._passed:
            return None

        def landed(landing: Landing | KeptAnswer) -> None:
            del self._flights[asked]
            if landing is Landing.NOT_KEPT:
                self._passed[number] = None
                if len(self._passed) > _PASSED_KEPT:
                    del self._passed[next(iter(self._passed))]

        flight = self._flights[asked] = Flight(self.kept, asked, landed)
        return flight

    async def _compute(
        self, request: _Request, flight: Flight | None = None, plain: KeptAnswer | None = None
    ) -> None:
        if plain is None:
            app = self.app
            self._on_miss()
        else:
            plain.make_ready()
            self.kept.touch(plain)
            app = plain.replay
            self._on_hit(200, len(plain.body), plain.query_id)
        outgoing = Outgoing(
            request.send,
            is_head=request.is_head,
            choice=request.choice,
            if_none_match=request.known if request.is_safe else b"",
            flight=flight,
            respond=request.scope.get("extensions", {}).get(PREBUILT),
        )
        receive = request.receive if flight is None else flight.held_open(request.receive)
        is_stopped = False
        try:
            await app(request.inner_scope(), receive, outgoing.send)
        except asyncio.CancelledError:
            is_stopped = True
            raise
        finally:
            if is_stopped:
                outgoing.cut()
            else:
                await outgoing.close()


@dataclass(slots=True)
class _Request:
    choice: Choice
    known: bytes
    scope: Scope
    receive: Receive
    send: Send

    @property
    def is_head(self) -> bool:
        return bool(self.scope["method"] == "HEAD")

    @property
    def is_safe(self) -> bool:
        return self.scope["method"] in ("GET", "HEAD")

    def inner_scope(self) -> Scope:
        """Return the request as the application is to see it, which knows of no codings."""
        if not self.known:
            return self.scope
        headers = [
            (name, without_codings(value, _NAMES) if name == b"if-none-match" else value)
            for name, value in self.scope["headers"]
        ]
        return {**self.scope, "headers": headers}
