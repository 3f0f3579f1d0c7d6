"""Entity tags (RFC 9110 §8.8.3): compared, and told apart for each content coding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["all_codings", "matching", "with_coding", "without_codings"]

_TAG: Final = re.compile(rb'(W/)?("[^"\x00-\x20\x7f]*")')
_ANY: Final = b"*"


def with_coding(tag: bytes, coding: str) -> bytes:
    """Return the tag of the same answer in a content coding; an empty name changes nothing.

    A strong tag stands for bytes, and the bytes of each coding are others.

    >>> with_coding(b'"5f2"', "gzip")
    b'"5f2-gzip"'
    """
    return tag[:-1] + b"-" + coding.encode() + b'"' if coding else tag


def without_codings(if_none_match: bytes, codings: Iterable[str]) -> bytes:
    """Return an `If-None-Match` header as the application knows its tags: of no coding.

    >>> without_codings(b'"5f2-gzip", W/"7", *', ["br", "gzip"])
    b'"5f2", W/"7", *'
    """
    suffixes = tuple(f'-{each}"'.encode() for each in codings)

    def bare(found: re.Match[bytes]) -> bytes:
        tag = found[0]
        for suffix in suffixes:
            if tag.endswith(suffix):
                return tag.removesuffix(suffix) + b'"'
        return tag

    return _TAG.sub(bare, if_none_match)


def all_codings(tag: bytes, codings: Iterable[str]) -> frozenset[bytes]:
    """Return the tags of an answer in each coding and in none, ready for `matching`."""
    opaque = tag.removeprefix(b"W/")
    return frozenset([opaque, *(with_coding(opaque, each) for each in codings)])


def matching(if_none_match: bytes, tag: bytes, tags: frozenset[bytes]) -> bytes | None:
    """Return the tag that a 304 answers with, or None when the client has another answer.

    The comparison is weak, as RFC 9110 §13.1.2 has it. A client that has the answer in another
    coding than it would get now is told the tag of the one it has.

    Args:
        if_none_match: the header.
        tag: of the answer as it would be sent.
        tags: what `all_codings` says of it.

    >>> of_answer = all_codings(b'"5f2"', ["br", "gzip"])
    >>> matching(b'"1", W/"5f2-gzip"', b'"5f2-br"', of_answer)
    b'"5f2-gzip"'
    """
    if if_none_match == tag or if_none_match.strip() == _ANY:
        return tag
    weak = b"W/" if tag.startswith(b"W/") else b""
    found = [each[2] for each in _TAG.finditer(if_none_match) if each[2] in tags]
    if tag.removeprefix(b"W/") in found:
        return tag
    return weak + found[0] if found else None
