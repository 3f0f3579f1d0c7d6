"""Entity tags are compared as RFC 9110 has it, each coding with its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.web.entity_tags import all_codings, matching, with_coding, without_codings

NAMES = ("zstd", "br", "gzip")


@pytest.mark.parametrize(
    ("if_none_match", "expected"),
    [
        (b'"5f2-br"', b'"5f2-br"'),
        (b'"5f2"', b'"5f2"'),
        (b'W/"5f2-gzip"', b'"5f2-gzip"'),
        (b'"1","5f2-zstd" , "2"', b'"5f2-zstd"'),
        (b'"5f2", "5f2-br"', b'"5f2-br"'),
        (b"*", b'"5f2-br"'),
        (b" * ", b'"5f2-br"'),
        (b'"a, \\"5f2", "5f2"', b'"5f2"'),
        (b'"5F2"', None),
        (b"5f2", None),
        (b'"5f2-deflate"', None),
        (b'"5f2', None),
        (b'w/"x"', None),
        (b'"*"', None),
        (b"", None),
        (b"\xff\x00", None),
    ],
)
def test_known_answer_is_told_by_the_tag_that_the_client_has(
    if_none_match: bytes, expected: bytes | None
) -> None:
    """The answer in brotli is known to whoever has it in any coding."""
    known = matching(if_none_match, b'"5f2-br"', all_codings(b'"5f2"', NAMES))

    assert expected == known


def test_weak_tag_stays_weak() -> None:
    """What the application calls weak is weak in each coding."""
    tag = with_coding(b'W/"5f2"', "gzip")

    assert b'W/"5f2-gzip"' == tag
    assert b'W/"5f2"' == matching(b'"5f2"', tag, all_codings(b'W/"5f2"', NAMES))


@given(st.text("abc-gzipbr", max_size=12), st.sampled_from(NAMES))
def test_coding_can_be_taken_off(opaque: str, name: str) -> None:
    """What the client sends back is what the application has made."""
    tag = f'"{opaque}"'.encode()

    assert tag == without_codings(with_coding(tag, name), NAMES)


@given(st.binary(max_size=60))
def test_any_header_is_taken(if_none_match: bytes) -> None:
    """No header is an error, and none is longer without codings."""
    matching(if_none_match, b'"5f2"', all_codings(b'"5f2"', NAMES))

    assert len(without_codings(if_none_match, NAMES)) <= len(if_none_match)
