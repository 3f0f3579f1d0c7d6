"""How questions, answers and errors cross from one process to another."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any, Final

from miwdap_kg import errors
from miwdap_kg.errors import MiwdapError

__all__ = ["Frames", "Kind", "error_of", "frame", "read_whole", "whole", "wire_of"]


class Kind(IntEnum):
    """What a frame holds."""

    QUESTION = 1
    WHOLE = 2
    """Head and body of an answer."""
    HEAD = 3
    PIECE = 4
    END = 5
    FAILED = 6
    """Why an answer stays incomplete; before any HEAD, why there is none."""


_FRAME: Final = struct.Struct("!BI")
_LENGTH: Final = struct.Struct("!I")


def frame(kind: Kind, *content: bytes | bytearray | memoryview) -> bytes:
    """Return a frame of a kind that holds *content*."""
    return b"".join((_FRAME.pack(kind, sum(map(len, content))), *content))


def whole(head: bytes, body: bytes | bytearray | memoryview) -> bytes:
    """Return the frame of a whole answer."""
    return frame(Kind.WHOLE, _LENGTH.pack(len(head)), head, body)


def read_whole(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return head and body of a whole answer."""
    (length,) = _LENGTH.unpack_from(content)
    return json.loads(content[4 : 4 + length]), content[4 + length :]


class Frames:
    """Cuts a stream of bytes into frames."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Take some bytes, and yield the kind and the content of each frame that is complete."""
        buffer = self._buffer
        buffer += data
        start, end = 0, len(buffer)
        try:
            while end - start >= 5:
                kind, length = _FRAME.unpack_from(buffer, start)
                if end - start - 5 < length:
                    break
                begin = start + 5
                start = begin + length
                yield kind, bytes(buffer[begin:start])
        finally:
            del buffer[:start]


def wire_of(error: MiwdapError) -> bytes:
    """Return an error as JSON."""
    fields = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(error).items()
        if isinstance(value, str | int | float | tuple | None)
    }
    message = {"error": type(error).__name__, "message": str(error), "fields": fields}
    return json.dumps(message).encode()


def error_of(content: bytes | Mapping[str, Any]) -> MiwdapError:
    """Return the error that was written as JSON: of the same class, with the same message.

    >>> error = error_of(wire_of(errors.QueryTimeout(5)))
    >>> type(error).__name__, error.seconds
    ('QueryTimeout', 5)
    """
    said = json.loads(content) if isinstance(content, bytes) else content
    kind = getattr(errors, said["error"])
    error: MiwdapError = kind.__new__(kind)
    error.args = (said["message"],)
    for name, value in said["fields"].items():
        setattr(error, name, tuple(value) if isinstance(value, list) else value)
    return error
