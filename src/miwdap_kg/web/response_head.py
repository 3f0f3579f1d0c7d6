"""The head of a response: whether its answer may be kept or encoded, and its headers after that."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from miwdap_kg.web.encodings import SHORT, Choice, Coding, is_compressible
from miwdap_kg.web.entity_tags import with_coding

__all__ = ["ResponseHead", "with_vary"]

_SELECTING: Final = frozenset((b"accept", b"accept-language", b"accept-encoding"))
_PRIVATE: Final = frozenset((b"no-store", b"private"))
_FIXED: Final = frozenset((b"content-encoding", b"content-range"))
_PERSONAL: Final = _FIXED | {b"set-cookie", b"miwdap-incomplete"}


class ResponseHead:
    """The headers of a 200, as the application has made them."""

    __slots__ = (
        *("_control", "_headers", "_values", "is_compressible", "length", "may_be_encoded", "tag"),
        "vary",
    )

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._headers = list(headers)
        self._values = values = dict(self._headers)
        if len(values) < len(self._headers):
            values = self._values = _joined(self._headers)
        self.tag = values.get(b"etag")
        length = values.get(b"content-length", b"")
        self.length = int(length) if length.isdigit() else None
        self.vary = _list_in(values.get(b"vary", b""))
        self._control = _list_in(values.get(b"cache-control", b""))
        is_as_it_is = b"no-transform" in self._control or not values.keys().isdisjoint(_FIXED)
        self.may_be_encoded = not is_as_it_is
        content_type = values.get(b"content-type", b"").decode("latin-1")
        self.is_compressible = self.may_be_encoded and is_compressible(content_type)

    def may_be_kept(self) -> bool:
        """Tell whether the same request has the same answer, for whoever asks."""
        return (
            self.tag is not None
            and self.vary <= _SELECTING
            and self._control.isdisjoint(_PRIVATE)
            and self._values.keys().isdisjoint(_PERSONAL)
        )

    def coding(self, choice: Choice, length: int | None) -> Coding | None:
        """Return the coding to send the body in, of *length* bytes when that is known."""
        if choice.is_required:
            return choice.coding if self.may_be_encoded else None
        is_short = length is not None and length < SHORT
        return choice.coding if self.is_compressible and not is_short else None

    def sent_with(self, coding: Coding | None) -> list[tuple[bytes, bytes]]:
        """Return the headers to send with the body in a coding, whose length is not known yet."""
        headers = self._headers
        if coding is not None:
            # A part of the encoded body cannot be asked for.
            gone = (b"content-length", b"accept-ranges")
            headers = [each for each in headers if each[0] not in gone]
            headers.append((b"content-encoding", coding.name.encode()))
            if self.tag is not None:
                headers = _replaced(headers, b"etag", with_coding(self.tag, coding.name))
        if coding is not None or self.is_compressible:
            headers = with_vary(headers)
        return headers


@lru_cache(maxsize=256)
def _list_in(value: bytes) -> frozenset[bytes]:
    """Return the members of a header that is a list of words, in lower case.

    >>> sorted(_list_in(b"Accept, Accept-Language"))
    [b'accept', b'accept-language']
    """
    return frozenset(word.strip().lower() for word in value.split(b",") if word.strip())


def with_vary(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return headers that say that the coding depends on what the client accepts."""
    headers = list(headers)
    for at, (name, value) in enumerate(headers):
        if name == b"vary":
            headers[at] = (name, _with_coding(value))
            return headers
    return [*headers, (b"vary", b"Accept-Encoding")]


@lru_cache(maxsize=64)
def _with_coding(vary: bytes) -> bytes:
    if _list_in(vary).isdisjoint((b"*", b"accept-encoding")):
        return vary + b", Accept-Encoding"
    return vary


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    values: dict[bytes, bytes] = {}
    for name, value in headers:
        values[name] = values[name] + b", " + value if name in values else value
    return values


def _replaced(
    headers: Iterable[tuple[bytes, bytes]], name: bytes, value: bytes
) -> list[tuple[bytes, bytes]]:
    return [*(each for each in headers if each[0] != name), (name, value)]
