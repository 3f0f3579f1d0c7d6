"""Sends requests to an endpoint as raw bytes, and reads what comes back."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.conformance.results import Answer, read

__all__ = ["Response", "send"]

_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Response:
    """A response: its status, its headers in lower case, and its body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip()

    def answer(self) -> Answer:
        """Return the answer in the body."""
        assert self.status == 200, self
        return read(self.body, self.media_type)


def send(
    port: int,
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    *,
    host: str = "www.example",
) -> Response:
    """Send a request with these headers, `Host` and `Content-Length`, and with no others."""
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        head.append(f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_SECONDS) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode("ascii") + (body or b""))
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        try:
            content = response.read()
        finally:
            response.close()
    return Response(
        response.status, {name.lower(): value for name, value in response.getheaders()}, content
    )
