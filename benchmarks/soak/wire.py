"""A small HTTP client that can also misbehave: read slowly, hang up, send what is no HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

__all__ = ["Connection", "Response", "connect", "get"]

_READ: Final = 1 << 16
_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. *is_whole* tells whether the body ended as HTTP says it must."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool

    @property
    def media_type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip()


class Connection:
    """One connection, for one request after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, request: bytes) -> None:
        """Send the bytes of a request."""
        self._writer.write(request)
        with suppress(ConnectionError):  # refused before it was read; the answer says why
            await self._writer.drain()

    async def receive(
        self, *, has_body: bool = True, piece_seconds: float = 0.0, keep: int | None = None
    ) -> Response:
        """Return the response.

        Args:
            has_body: whether a body follows; it does not after HEAD.
            piece_seconds: how long to wait between two pieces of 64 KiB.
            keep: how many bytes to keep of the body's end; all of it by default.

        Raises:
            ConnectionError: nothing came back, or what came is no HTTP.
            TimeoutError: nothing came for a minute.
        """
        async with asyncio.timeout(_SECONDS):
            try:
                head = await self._reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as error:
                raise ConnectionResetError(f"closed after {error.partial[:80]!r}") from error
        line, *fields = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        if not line.startswith("HTTP/1."):
            raise ConnectionError(f"no HTTP: {line[:80]!r}")
        status = int(line.split(" ", 2)[1])
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (field.partition(":") for field in fields)
        }
        if not has_body or status in (204, 304):
            return Response(status, headers, b"", is_whole=True)
        body = bytearray()
        try:
            async for piece in self._pieces(headers):
                body += piece
                if keep is not None:
                    del body[:-keep]
                if piece_seconds:
                    await asyncio.sleep(piece_seconds)
        except (asyncio.IncompleteReadError, ConnectionError):
            return Response(status, headers, bytes(body), is_whole=False)
        return Response(status, headers, bytes(body), is_whole=True)

    async def receive_some(self, count: int) -> int:
        """Read up to so many bytes, whatever they are, and return how many came."""
        found = 0
        async with asyncio.timeout(_SECONDS):
            while found < count and (piece := await self._reader.read(min(_READ, count - found))):
                found += len(piece)
        return found

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self._writer.transport.abort()

    async def _pieces(self, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            while size := int(await self._line(), 16):
                async for piece in self._exactly(size):
                    yield piece
                await self._line()
            await self._line()
        elif "content-length" in headers:
            async for piece in self._exactly(int(headers["content-length"])):
                yield piece
        else:
            while piece := await self._reader.read(_READ):
                yield piece

    async def _exactly(self, size: int) -> AsyncIterator[bytes]:
        while size > 0:
            async with asyncio.timeout(_SECONDS):
                piece = await self._reader.read(min(_READ, size))
            if not piece:
                raise asyncio.IncompleteReadError(b"", size)
            size -= len(piece)
            yield piece

    async def _line(self) -> bytes:
        async with asyncio.timeout(_SECONDS):
            return (await self._reader.readuntil(b"\r\n")).strip()


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[Connection]:
    """Open a connection to a port on loopback; it is closed with the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def get(path: str, accept: str = "*/*", *, method: str = "GET", **headers: str) -> bytes:
    """Return the bytes of a request without a body."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n{more}\r\n".encode()
