"""A whole answer, with the responses that give it made ready to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from starlette.types import Receive, Scope, Send

from miwdap_kg.web.encodings import CODINGS
from miwdap_kg.web.entity_tags import all_codings, matching, without_codings

__all__ = ["Headers", "ReadyAnswer", "unchanged"]

Headers = tuple[tuple[bytes, bytes], ...]

_NAMES: Final = tuple(each.name for each in CODINGS)
_ONE_TIME: Final = frozenset((b"content-length", b"transfer-encoding", b"connection", b"date"))
_OF_THE_BODY: Final = frozenset(
    b"content-" + each
    for each in (b"type", b"length", b"encoding", b"language", b"disposition", b"range")
) | {b"accept-ranges"}
_TIMING: Final = b"server-timing"
_FROM_CACHE: Final = (_TIMING, b"cache;desc=hit")

# All that may stand in a header, with what stands between headers.
_SAFE: Final = bytes({*range(0x20, 0x100), *b"\t\r\n"} - {0x7F})

# What CPython takes for the objects around the bytes; a test compares it with what is allocated.
_ANSWER_BYTES: Final = 3_200


class ReadyAnswer:
    """A whole answer of status 200.

    Most answers are asked for once, so that responses are made ready at the first repetition.

    Args:
        headers: that it was first sent with.
        body: its body.
        tag: its entity tag, as it stands in the headers.
    """

    __slots__ = (
        *("body", "head", "headers", "is_ready", "query_id", "size", "tag"),
        *("_count", "_tags", "_unchanged"),
    )

    def __init__(self, headers: Sequence[tuple[bytes, bytes]], body: bytes, tag: bytes) -> None:
        self.head = _lines(headers)
        """The headers as lines, for a server that can send them so."""
        self.body = body
        self.tag = tag
        self.is_ready = False
        self.size = _ANSWER_BYTES + 4 * len(self.head)
        """How much memory it takes, without its body."""
        self._count = len(headers)

    def make_ready(self) -> None:
        """Prepare the responses; to be called before anything but `replay`."""
        if self.is_ready:
            return
        lasting = [
            _FROM_CACHE if name == _TIMING else (name, value)
            for name, value in self._parsed()
            if name not in _ONE_TIME
        ]
        self.headers: Headers = (*lasting, (b"content-length", str(len(self.body)).encode()))
        self.head = _lines(self.headers)
        self.query_id = dict(self.headers).get(b"miwdap-query-id", b"").decode("latin-1")
        """The id of the query that this is the answer to, as its log line has it."""
        self._tags = all_codings(without_codings(self.tag, _NAMES), _NAMES)
        headers = unchanged(self.headers, self.tag)
        self._unchanged = headers, _lines(headers)
        self.is_ready = True

    def first_head(self) -> bytes:
        """Return the headers, as lines, of the response that the answer came with."""
        self._check()
        return self.head

    def unchanged(self, if_none_match: bytes) -> tuple[Headers, bytes] | None:
        """Return the headers of a 304, also as lines; None when the client has another answer."""
        tag = matching(if_none_match, self.tag, self._tags)
        if tag is None:
            return None
        if tag == self.tag:
            return self._unchanged
        headers = unchanged(self.headers, tag)
        return headers, _lines(headers)

    async def replay(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the answer as an application does."""
        await send({"type": "http.response.start", "status": 200, "headers": self._parsed()})
        await send({"type": "http.response.body", "body": self.body})

    def _parsed(self) -> list[tuple[bytes, bytes]]:
        if self.is_ready:
            return list(self.headers)
        self._check()
        fields = (line.partition(b": ") for line in self.head.split(b"\r\n")[:-1])
        return [(name, value) for name, _, value in fields]

    def _check(self) -> None:
        ends = {self.head.count(each) for each in (b"\r\n", b"\r", b"\n")}
        if ends != {self._count} or self.head.translate(None, _SAFE):
            raise RuntimeError(f"a header has a line break or a control character: {self.head!r}")


def unchanged(headers: Iterable[tuple[bytes, bytes]], tag: bytes) -> Headers:
    """Return the headers of a 304 in place of a 200, with the *tag* that the client knows."""
    return tuple(
        (name, tag if name == b"etag" else value)
        for name, value in headers
        if name not in _OF_THE_BODY
    )


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"\r\n".join([name + b": " + value for name, value in headers] + [b""])
