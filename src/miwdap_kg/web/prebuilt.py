"""Lets the server send a response whose headers are ready as bytes."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from weakref import ref

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

__all__ = ["PREBUILT", "PrebuiltResponses"]

PREBUILT: Final = "miwdap.prebuilt"
"""The ASGI extension that takes a status, the headers as lines, and the body; all at once."""

_JOINED: Final = 16 * 1024


class PrebuiltResponses(HttpToolsProtocol):
    """uvicorn's protocol, with the extension `PREBUILT`.

    uvicorn checks and writes each header of each response anew. That is a fifth of its time for a
    small answer with all its headers; an answer from memory has been checked before.
    """

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # Weak, so that a request is gone with its last user, and not with the next collection.
        extensions: dict[str, Any] = {PREBUILT: partial(_respond, ref(cycle))}
        cycle.scope["extensions"] = extensions
        super()._start_asgi_task(cycle, app)


async def _respond(
    reference: ref[RequestResponseCycle], status: int, head: bytes, body: bytes
) -> None:
    # What `RequestResponseCycle.send` does for a start and a body, in one go.
    cycle = reference()
    if cycle is None:
        return
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    lines = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        lines += (name, b": ", value, b"\r\n")
    lines.append(head)
    lines.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
    if len(body) <= _JOINED:
        lines.append(body)
        body = b""
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join(lines))
    if body:
        cycle.transport.write(body)
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
