"""A connection with a client, which ends when a request or a reader is too long or too slow."""

from __future__ import annotations

import asyncio
from typing import Final

from miwdap_kg.web.prebuilt import PrebuiltResponses
from miwdap_kg.web.problems import problem_response
from miwdap_kg.web.protocol import MAX_URL_BYTES
from miwdap_kg.web.sparql import url_too_long

__all__ = ["Connection"]

_HAVE_BODY: Final = (b"content-length", b"transfer-encoding")
_MAX_HEADER_BYTES: Final = MAX_URL_BYTES + 16 * 1024
_MAX_PATH_BYTES: Final = 8 * 1024
_HEAD_SECONDS: Final = 30.0
_BODY_SECONDS: Final = 60.0
_STALL_SECONDS: Final = 30.0
"""A client that takes nothing at all of its answer for so long is gone."""


class Connection(PrebuiltResponses):
    """uvicorn's protocol, with the refusals that come before the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.url = b""
        self._is_in_head = True
        self._head_bytes = 0
        self._patience: asyncio.TimerHandle | None = None
        self._reader: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_patience()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data) if self._is_in_head else 0
        super().data_received(data)
        if not self._is_in_head or self.transport.is_closing():
            return
        if self._head_bytes > _MAX_HEADER_BYTES:
            self.send_400_response("The head of the request is too long.")
        elif self._head_bytes and self._patience is None:
            self._wait_for(_HEAD_SECONDS)

    def on_message_begin(self) -> None:
        self._is_in_head = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if self._query_bytes() > MAX_URL_BYTES:
            raise ValueError("too long")

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._head_bytes = 0
        self._forget_patience()
        super().on_headers_complete()
        if any(name in _HAVE_BODY for name, _ in self.headers):
            self._wait_for(_BODY_SECONDS)

    def on_message_complete(self) -> None:
        self._forget_patience()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None

    def send_400_response(self, msg: str) -> None:
        if self._query_bytes() <= MAX_URL_BYTES:
            super().send_400_response(msg)
            return
        scope = {"type": "http", "method": "GET", "path": "/sparql", "headers": []}
        response = problem_response(url_too_long(self._query_bytes()), scope)
        lines = [f"HTTP/1.1 {response.status_code} URI Too Long".encode()]
        lines += [name + b": " + value for name, value in response.raw_headers]
        lines += [b"connection: close", b"", bytes(response.body)]
        self.transport.write(b"\r\n".join(lines))
        self.transport.close()

    def _query_bytes(self) -> int:
        path, _, query = self.url.partition(b"?")
        return max(len(query), len(path) - _MAX_PATH_BYTES)

    def _watch_reader(self, before: int | None = None) -> None:
        unread = self.transport.get_write_buffer_size()
        if before is not None and unread >= before:
            self.transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._reader = loop.call_later(_STALL_SECONDS, self._watch_reader, unread)

    def _wait_for(self, seconds: float) -> None:
        self._patience = asyncio.get_running_loop().call_later(seconds, self.transport.close)

    def _forget_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
