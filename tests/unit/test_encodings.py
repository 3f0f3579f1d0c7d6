"""Which content coding a client gets, and that it can read it."""

from __future__ import annotations

import asyncio
import gzip
import random
import sys
import threading
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.formats import FORMATS
from miwdap_kg.web.encodings import CODINGS, Coding, Encoder, choose, is_compressible

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DECODED = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}

# A line of an answer to which each piece adds something new.
LINE = b'{"s":{"type":"uri","value":"https://w3id.org/miwdap/id/measure-%d"}},\n'


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.9, zstd;q=0.8", "gzip"),
        ("gzip; q=0.5, br ; q=0.6", "br"),
        ("gzip;q=0", ""),
        ("gzip;q=0, br", "br"),
        ("gzip;q=0.000", ""),
        ("gzip;q=2", ""),
        ("gzip;q=x", ""),
        ("deflate", ""),
        ("compress, deflate", ""),
        ("*", "gzip"),
        ("*;q=0.5, br;q=0.1", "gzip"),
        ("*, gzip;q=0", ""),
        ("br, *;q=0", "br!"),
        ("identity", ""),
        ("identity, gzip", "gzip"),
        ("identity;q=0.5, gzip;q=0.1", ""),
        ("identity;q=0.1, gzip;q=0.5", "gzip"),
        ("identity;q=0, gzip", "gzip!"),
        ("identity;q=0, *", "gzip!"),
        ("identity;q=0", ""),
        ("*;q=0", ""),
        ("identity;q=0, deflate", ""),
        (",, ,gzip,", "gzip"),
        (";q=1", ""),
        ("gzip;level=9", "gzip"),
    ],
)
def test_coding_is_negotiated(accept_encoding: str, expected: str) -> None:
    """The header decides as RFC 9110 has it; `!` marks a coding that the client insists on."""
    assert expected == choose(accept_encoding.encode()).key


@given(st.binary(max_size=300))
def test_any_header_is_an_answer(accept_encoding: bytes) -> None:
    """No header is an error."""
    assert choose(accept_encoding).name in ("", *DECODED)


@pytest.mark.parametrize("format_", FORMATS, ids=lambda each: each.name)
def test_every_format_is_encoded(format_: object) -> None:
    """Whatever is served as a format of ours gets smaller."""
    assert is_compressible(format_.content_type)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", True),
        ("application/problem+json", True),
        ("Application/LD+JSON; profile=x", True),
        ("image/svg+xml", True),
        ("text/html; charset=utf-8", True),
        ("text/javascript", True),
        ("text/event-stream", False),
        ("image/png", False),
        ("font/woff2", False),
        ("application/gzip", False),
        ("application/zstd", False),
        ("application/octet-stream", False),
        ("", False),
    ],
)
def test_type_tells_whether_to_encode(content_type: str, expected: bool) -> None:
    """Text is encoded; what is packed already is not."""
    assert expected is is_compressible(content_type)


async def encode(coding: Coding, pieces: list[bytes]) -> list[bytes]:
    encoder = Encoder(coding)
    last = len(pieces) - 1
    return [await encoder.encode(each, is_last=at == last) for at, each in enumerate(pieces)]


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
@given(pieces=st.lists(st.binary(max_size=100), min_size=1, max_size=5))
def test_body_comes_back(coding: Coding, pieces: list[bytes]) -> None:
    """Decoded, it is the body that was given, however it was cut."""
    encoded = asyncio.run(encode(coding, pieces))

    assert b"".join(pieces) == DECODED[coding.name](b"".join(encoded))


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
def test_long_body_comes_back_much_smaller(coding: Coding) -> None:
    """A long answer in pieces of any size."""
    body = b"".join(LINE % number for number in range(20_000))
    cuts = sorted(random.Random(7).sample(range(len(body)), 40))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]

    encoded = b"".join(asyncio.run(encode(coding, pieces)))

    assert body == DECODED[coding.name](encoded)
    assert len(encoded) < len(body) / 8


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
def test_first_piece_can_be_read_at_once(coding: Coding) -> None:
    """The beginning of an answer does not wait for its rest, and none of it for its end."""
    pieces = [LINE % 1, *(LINE % number * 700 for number in range(2, 5)), LINE % 6]

    encoded = asyncio.run(encode(coding, [*pieces, b""]))

    assert pieces[0] == decoded_so_far(coding, encoded[:1])
    assert b"".join(pieces[:-1]) == decoded_so_far(coding, encoded[:4])


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
def test_what_is_held_back_can_be_had(coding: Coding) -> None:
    """A body that ends without an end is readable as far as it goes."""

    async def cut() -> list[bytes]:
        encoder = Encoder(coding)
        encoded = [await encoder.encode(LINE % each, is_last=False) for each in (1, 2, 3)]
        return [*encoded, encoder.flush()]

    assert LINE % 1 + LINE % 2 + LINE % 3 == decoded_so_far(coding, asyncio.run(cut()))


@pytest.mark.parametrize("coding", CODINGS, ids=lambda each: each.name)
def test_long_piece_leaves_the_event_loop_alone(coding: Coding) -> None:
    """While a long piece is encoded, the loop does other things, and short ones stay in it."""
    threads = []

    class Watched:
        def __init__(self) -> None:
            self._inner = coding.compressor()
            self.flush, self.finish = self._inner.flush, self._inner.finish

        def compress(self, data: bytes) -> bytes:
            threads.append(threading.current_thread())
            return self._inner.compress(data)

    asyncio.run(encode(Coding(coding.name, Watched), [b"x" * 100, b"y" * 20_000]))

    assert [True, False] == [each is threading.main_thread() for each in threads]


def decoded_so_far(coding: Coding, encoded: list[bytes]) -> bytes:
    """Return what a client can read of the beginning of a body."""
    content = b"".join(encoded)
    if coding.name == "gzip":
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content)
    if coding.name == "br":
        decoder = brotli.Decompressor()
        return b"".join([decoder.process(content), *iter(lambda: decoder.process(b""), b"")])
    return zstd.ZstdDecompressor().decompress(content)
