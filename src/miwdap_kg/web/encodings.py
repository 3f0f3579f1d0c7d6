"""Content codings: which of them a client wants (RFC 9110 §12.5.3), and bodies in it."""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import brotli

from miwdap_kg.formats import FORMATS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = [
    "CODINGS",
    "IDENTITY",
    "SHORT",
    "Choice",
    "Coding",
    "Encoder",
    "choose",
    "is_compressible",
]

SHORT: Final = 1024
"""A body of fewer bytes is sent as it is: a coding would save less than a packet."""

_OFF_LOOP: Final = 16 * 1024
_FLUSH: Final = 32 * 1024
_PATIENCE_SECONDS: Final = 0.05
_WINDOW_LOG: Final = 18
_LEVEL: Final = 3
_KEPT_HEADER: Final = 200


class _Compressor(Protocol):
    """What the three libraries have in common, under one set of names."""

    def compress(self, data: bytes, /) -> bytes:
        """Return what is ready of all that was given."""
        ...

    def flush(self) -> bytes:
        """Return the rest of what was given, so that it can be read; more may follow."""
        ...

    def finish(self) -> bytes:
        """Return the end."""
        ...


@dataclass(frozen=True, slots=True)
class Coding:
    """A content coding: its registered name, and what makes a compressor."""

    name: str
    compressor: Callable[[], _Compressor]


class _Zstandard:
    def __init__(self) -> None:
        parameter = zstd.CompressionParameter
        self._zstd = zstd.ZstdCompressor(
            options={parameter.compression_level: _LEVEL, parameter.window_log: _WINDOW_LOG}
        )
        self.compress = self._zstd.compress

    def flush(self) -> bytes:
        return self._zstd.flush(self._zstd.FLUSH_BLOCK)

    def finish(self) -> bytes:
        return self._zstd.flush()


class _Brotli:
    def __init__(self) -> None:
        brotli_ = brotli.Compressor(quality=_LEVEL, lgwin=_WINDOW_LOG)
        self.compress = brotli_.process
        self.flush = brotli_.flush
        self.finish = brotli_.finish


class _Gzip:
    def __init__(self) -> None:
        self._zlib = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        self.compress = self._zlib.compress

    def flush(self) -> bytes:
        return self._zlib.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._zlib.flush()


CODINGS: Final = (Coding("zstd", _Zstandard), Coding("br", _Brotli), Coding("gzip", _Gzip))
"""All that are offered; of two that a client likes as well, the first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The coding to answer in, None for none, and whether the client cannot do without it."""

    coding: Coding | None
    is_required: bool = False

    @property
    def name(self) -> str:
        """The coding's name, empty for none."""
        return "" if self.coding is None else self.coding.name

    @property
    def key(self) -> str:
        """What tells it from other choices."""
        return f"{self.name}!" if self.is_required else self.name


IDENTITY: Final = Choice(None)


def choose(accept_encoding: bytes) -> Choice:
    """Return the coding that an `Accept-Encoding` header likes best.

    A client that takes nothing that there is, not even an answer as it is, gets it as it is: every
    client can read that, so a 406 would help nobody.

    >>> choose(b"gzip, br;q=0.5").name
    'gzip'
    """
    return (
        _chosen(accept_encoding)
        if len(accept_encoding) <= _KEPT_HEADER
        else _choose(accept_encoding)
    )


def _choose(accept_encoding: bytes) -> Choice:
    qualities = dict(_weighted(piece) for piece in accept_encoding.decode("latin-1").split(","))
    if "x-gzip" in qualities:
        qualities.setdefault("gzip", qualities["x-gzip"])
    anything = qualities.get("*")
    if anything is not None:
        # What reads gzip as well may still not read the others, whatever it says.
        qualities.setdefault("gzip", anything)
    unchanged = qualities.get("identity", anything)
    best, best_quality = None, 0.0
    for coding in CODINGS:
        quality = qualities.get(coding.name, 0.0)
        if quality > best_quality:
            best, best_quality = coding, quality
    if best is None or ("identity" in qualities and qualities["identity"] > best_quality):
        return IDENTITY
    return Choice(best, is_required=unchanged == 0.0)


_chosen = lru_cache(maxsize=256)(_choose)


@lru_cache(maxsize=256)
def is_compressible(content_type: str) -> bool:
    """Tell whether a coding makes bodies of this type much smaller.

    >>> is_compressible("application/sparql-results+json"), is_compressible("image/png")
    (True, False)
    """
    media_type = content_type.partition(";")[0].strip().lower()
    return (
        media_type in _COMPRESSIBLE
        or media_type.endswith(("+json", "+xml"))
        or (media_type.startswith("text/") and media_type != "text/event-stream")
    )


_COMPRESSIBLE: Final = frozenset(
    [
        *(each.media_type for each in FORMATS),
        *("application/json", "application/xml", "application/javascript"),
        *("application/sparql-query", "application/manifest+json"),
    ]
)


class Encoder:
    """Encodes one body, piece by piece.

    A long piece is encoded in another thread, and the event loop goes on: all three libraries
    release the interpreter's lock.
    """

    def __init__(self, coding: Coding) -> None:
        self._compressor = coding.compressor()
        self._loop = asyncio.get_running_loop()
        self._unflushed = _FLUSH
        self._flushed = 0.0
        self._is_away = False

    async def encode(self, piece: bytes, *, is_last: bool) -> bytes:
        """Return what can be sent after *piece*; it can be nothing, unless it is the last."""
        now = self._loop.time()
        self._unflushed += len(piece)
        # The first piece goes at once, and none is kept for long.
        is_due = self._unflushed >= _FLUSH or now - self._flushed > _PATIENCE_SECONDS
        if is_due:
            self._unflushed, self._flushed = 0, now
        if len(piece) < _OFF_LOOP:
            return self._encode(piece, is_last, is_due)
        self._is_away = True
        encoded = await self._loop.run_in_executor(None, self._encode, piece, is_last, is_due)
        self._is_away = False
        return encoded

    def flush(self) -> bytes:
        """Return all that was held back; what follows it would still belong to the body."""
        # A task that was cancelled has left the thread behind, and nobody to read what it makes.
        return b"" if self._is_away else self._compressor.flush()

    def _encode(self, piece: bytes, is_last: bool, is_due: bool) -> bytes:
        done = self._compressor.compress(piece) if piece else b""
        if is_last:
            return done + self._compressor.finish()
        return done + self._compressor.flush() if is_due else done


def _weighted(piece: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in piece.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, _number(value.strip())
    return name, 1.0


def _number(text: str) -> float:
    # Anything but 0 to 1 is taken as not wanted.
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0
