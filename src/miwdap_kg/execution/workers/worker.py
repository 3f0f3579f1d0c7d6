"""The worker: a process that answers the questions in its line, one after the other."""

from __future__ import annotations

import json
import re
import resource
import socket
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from miwdap_kg.errors import MiwdapError
from miwdap_kg.execution.runner import Handler
from miwdap_kg.execution.wire import Frames, Kind, frame, whole, wire_of
from miwdap_kg.execution.workers.board import Board

__all__ = ["PIECE_BYTES", "SPOOL_BYTES", "limit_memory", "work"]

SPOOL_BYTES: Final = 64 * 1024
"""An answer up to this size leaves whole; one that fails within it has failed cleanly."""

PIECE_BYTES: Final = 256 * 1024

_LONGEST_TERM: Final = 1024 * 1024
_TAKEN_AT_ONCE: Final = 64 * 1024


def work(
    connection: socket.socket, handler: Handler, *, board: Board, slot: int, seconds: float
) -> None:
    """Answer what comes through the connection until it is closed.

    Whatever is no error of ours ends the process; its server sees that and tells the client.

    Args:
        connection: where questions come and answers go.
        handler: answers them.
        board: where it says what it does, in its *slot*.
        seconds: how long a question may run if its handler does not say.
    """
    frames, waiting, number = Frames(), deque[bytes](), 0
    outbox = _Outbox(connection)
    while True:
        if not waiting:
            outbox.flush()
            data = connection.recv(_TAKEN_AT_ONCE)
            if not data:
                return
            waiting.extend(content for _, content in frames.feed(data))
            continue
        number += 1
        if board.is_skipped(slot, number):
            waiting.popleft()
            outbox.put(frame(Kind.END))
            continue
        board.begin(slot, number, seconds)
        reply = _Reply(outbox, lambda allowed, at=number: board.begin(slot, at, allowed))
        try:
            handler(waiting.popleft(), reply)
        except MiwdapError as error:
            reply.fail(error)
        else:
            reply.end()
        board.clear(slot)


def limit_memory(megabytes: int) -> None:
    """Let this process have so much more memory than it has now, and leave no core file."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (kilobytes,) = re.findall(r"^VmData:\s+(\d+) kB$", status, re.MULTILINE)
    limit = int(kilobytes) * 1024 + megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # When the whole machine runs out of memory, a worker goes first.
    Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


class _Outbox:
    """Small answers leave together, when there is nothing else to do or when they are many."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._frames: list[bytes] = []
        self._size = 0

    def put(self, content: bytes) -> None:
        self._frames.append(content)
        self._size += len(content)
        if self._size > PIECE_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._frames:
            content = b"".join(self._frames) if len(self._frames) > 1 else self._frames[0]
            self._frames.clear()
            self._size = 0
            self._connection.sendall(content)


class _Reply:
    """Keeps the begin of an answer, so that one that fails early has left nothing behind."""

    def __init__(self, outbox: _Outbox, allow: Any) -> None:
        self._outbox = outbox
        self._head: dict[str, Any] = {}
        self._boundary = b""
        self._spool = SPOOL_BYTES
        self._kept = bytearray()
        self._is_begun = False
        self.allow = allow

    def begin(self, head: Mapping[str, Any], *, boundary: bytes = b"", spool: int = 0) -> None:
        self._head = dict(head)
        self._spool = max(spool, SPOOL_BYTES)
        self._boundary = boundary

    def amend(self, **head: Any) -> bool:
        self._head |= head
        return not self._is_begun

    def write(self, data: bytes | memoryview) -> int:
        self._kept += data
        if len(self._kept) >= (PIECE_BYTES if self._is_begun else self._spool):
            self._send()
        return len(data)

    def end(self) -> None:
        if self._is_begun:
            self._outbox.put(frame(Kind.PIECE, self._kept))
            self._outbox.put(frame(Kind.END))
            self._outbox.flush()
        else:
            self._outbox.put(whole(json.dumps(self._head).encode(), self._kept))

    def fail(self, error: MiwdapError) -> None:
        if self._is_begun:
            self._outbox.put(frame(Kind.PIECE, self._kept[: self._cut()]))
        self._outbox.put(frame(Kind.FAILED, wire_of(error)))
        self._outbox.flush()

    def _send(self) -> None:
        if not self._is_begun:
            self._outbox.put(frame(Kind.HEAD, json.dumps(self._head).encode()))
            self._is_begun = True
        cut = self._cut()
        if cut == 0:
            return
        self._outbox.put(frame(Kind.PIECE, memoryview(self._kept)[:cut]))
        self._outbox.flush()
        del self._kept[:cut]

    def _cut(self) -> int:
        # A body that may stay incomplete is handed over up to where a remark can follow; but a
        # term of megabytes is not kept for that.
        if self._boundary and len(self._kept) <= _LONGEST_TERM:
            return self._kept.rfind(self._boundary) + 1
        return len(self._kept)
