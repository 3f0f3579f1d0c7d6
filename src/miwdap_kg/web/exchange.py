"""One request for `/sparql` with its answer, and what there will be to say of both."""

from __future__ import annotations

import time

from starlette.types import Message, Scope, Send

from miwdap_kg.errors import MiwdapError
from miwdap_kg.execution.runner import Answer, Job
from miwdap_kg.web.metrics import KIND
from miwdap_kg.web.question import Question
from miwdap_kg.web.request_log import QueryRecord, digest_of, shown

__all__ = ["Exchange"]


class Exchange:
    """A question that was asked, as it goes on.

    *outcome* is `complete` at last, or in a word why not; *status* is 0 until there is one.
    """

    def __init__(self, question: Question, job: Job, number: str, scope: Scope, send: Send) -> None:
        self.question = question
        self.job = job
        self.id = number
        self.scope = scope
        self.answer: Answer | None = None
        self.outcome = "client-gone"
        self.status = 0
        self._send = send
        self._size = 0

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Begin the response."""
        self.status = status
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, message: Message) -> None:
        """Send the next piece of the body."""
        self._size += len(message.get("body", b""))
        await self._send(message)

    def seconds(self) -> tuple[float, float]:
        """Return how long it waited, and how long it has run."""
        begun = max(self.job.begun, self.job.asked)
        return begun - self.job.asked, time.monotonic() - begun

    def query(self) -> str:
        """Return the query, as far as it can be read."""
        try:
            asked = self.question.asked()
        except MiwdapError:
            return ""
        return "" if asked is None else asked.text

    def record(self) -> QueryRecord | None:
        """Return what there is to log; nothing when no query was computed."""
        head = {} if self.answer is None else self.answer.head
        if head.get("kind") in ("home", "unchanged") or head.get("form") == "description":
            return None
        self.scope.setdefault("state", {})[KIND] = head.get("form") or "sparql"
        query = head.get("query")
        if query is None:
            query = self.query()
        waiting, running = self.seconds()
        return QueryRecord(
            id=self.id,
            form=head.get("form"),
            format=head.get("format"),
            status=self.status or 499,
            outcome=self.outcome,
            size=self._size,
            waiting_seconds=waiting,
            running_seconds=running,
            total_seconds=waiting + running,
            lane="heavy" if self.job.lane == "heavy" else "light",
            digest=head.get("digest") or digest_of(query),
            query=shown(query),
        )
