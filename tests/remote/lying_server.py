"""A server that sends what it is told, byte for byte, and breaks off where it is told."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

STALL = b"<stall>"
"""Send nothing more, and keep the connection."""

TRICKLE = b"<trickle>"
"""Send a space now and then, without an end."""

ABORT = b"<abort>"
"""Break the connection, so that the other side sees it as broken."""


def response(
    body: bytes, *headers: str, status: str = "200 OK", length: int | None = None
) -> bytes:
    """Return a response with its length, right or as given."""
    announced = len(body) if length is None else length
    return head(f"Content-Length: {announced}", *headers, status=status) + body


def head(*headers: str, status: str = "200 OK") -> bytes:
    """Return the head of a response."""
    return "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers, "")).encode()


def chunked(*pieces: bytes, ends: bool = True) -> bytes:
    """Return a body in chunks, with the last one or without."""
    sent = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return sent + (b"0\r\n\r\n" if ends else b"")


@dataclass
class LyingServer:
    """Answers each connection with the next of its replies; the last one stays.

    A reply is a sequence of bytes to send, `STALL`, `TRICKLE` and `ABORT` among them; then the
    connection is closed. Use it in a `with`.
    """

    replies: Sequence[Sequence[bytes]]
    requests: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/sparql"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                connection, _ = self._listener.accept()
                with connection, contextlib.suppress(OSError):
                    self.requests.append(_read_request(connection))
                    self._reply(connection, self._next())

    def _next(self) -> Sequence[bytes]:
        return self.replies[min(len(self.requests), len(self.replies)) - 1]

    def _reply(self, connection: socket.socket, reply: Sequence[bytes]) -> None:
        for piece in reply:
            if piece is STALL:
                self._over.wait()
            elif piece is TRICKLE:
                while not self._over.wait(0.01):
                    connection.sendall(b" ")
            elif piece is ABORT:
                # With no time to linger, closing resets the connection.
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            else:
                connection.sendall(piece)


def _read_request(connection: socket.socket) -> bytes:
    content = b""
    while b"\r\n\r\n" not in content:
        content += connection.recv(1 << 16) or b"\r\n\r\n"
    start, _, body = content.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in start.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(1 << 16)
    return start + b"\r\n\r\n" + body
