"""What every response carries: security headers, and leave for scripts of other sites to read."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["COMMON_HEADERS", "CommonHeaders"]

COMMON_HEADERS: Final = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Allow, Content-Disposition, ETag, Link, "
    "Miwdap-Incomplete, Miwdap-Query-Id, Retry-After, Server-Timing",
    # A release can be replaced at the same address, so whoever kept an answer asks first.
    "cache-control": "no-cache",
}
"""What a response gets that has no such header of its own."""

_COMMON: Final = [(name.encode(), value.encode()) for name, value in COMMON_HEADERS.items()]
_OPTIONS: Final = {
    **COMMON_HEADERS,
    "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "86400",
}


class CommonHeaders:
    """Adds the common headers to each response, and answers OPTIONS, which browsers send ahead."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                names = {name for name, _ in headers}
                added = [each for each in _COMMON if each[0] not in names]
                message = {**message, "headers": [*headers, *added]}
            await send(message)

        if scope["method"] == "OPTIONS":
            raw = [(name.encode(), value.encode()) for name, value in _OPTIONS.items()]
            await send({"type": "http.response.start", "status": 204, "headers": raw})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send_with_headers)
