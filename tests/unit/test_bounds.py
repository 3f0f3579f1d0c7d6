"""What bounds an answer: so many bytes, so many rows, whatever the rows hold."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from miwdap_kg.errors import QueryTooLarge, RowLimitReached
from miwdap_kg.execution.bounds import BoundedOutput, RowCutter
from miwdap_kg.formats import CSV, JSON, SOLUTION_FORMATS, TSV, XML, Format

HOSTILE = (
    *('"', '"}},{', '"}]}}', "],[{", "\\", '\\"', "\n", "\r\n", "\n\n", '"\n"', ",", "\t", "'"),
    *("<result>", "</result>", "</results></sparql>", "<!--", "-->", "&lt;", "]]>", "{", "[{", ""),
)
TEXTS = some.lists(
    some.sampled_from(HOSTILE)
    | some.text(some.characters(min_codepoint=0x20, max_codepoint=0xD7FF)),
    max_size=4,
).map("".join)
TERMS = some.none() | some.integers(0, 9) | TEXTS


def answer_of(rows: list[list[Any]], width: int, format_: Format) -> bytes:
    """Return what the engine answers when it is given some rows."""
    names = [f"v{n}" for n in range(width)]

    def written(term: object) -> str:
        return "UNDEF" if term is None else str(ox.Literal(term))

    values = " ".join(f"({' '.join(map(written, row))})" for row in rows)
    query = f"SELECT * {{ VALUES ({' '.join(f'?{name}' for name in names)}) {{ {values} }} }}"
    output = io.BytesIO()
    answer = ox.Store().query(query)
    assert isinstance(answer, ox.QuerySolutions)
    answer.serialize(output, format=ox.QueryResultsFormat.from_media_type(format_.media_type))
    return output.getvalue()


def meaning(answer: bytes, format_: Format) -> Any:
    """Return what an answer says, without what it says of itself."""
    if format_ is JSON:
        said = json.loads(answer)
        said["results"].pop("incomplete", None)
        return said
    if format_ is XML:
        return ElementTree.tostring(ElementTree.fromstring(answer))
    if format_ is CSV:
        return list(csv.reader(io.StringIO(answer.decode(), newline="")))
    return answer


def cut(answer: bytes, format_: Format, limit: int, sizes: list[int]) -> tuple[bytes, bool]:
    """Return an answer cut behind so many rows, given in pieces, and whether it is cut."""
    output = io.BytesIO()
    cutter = RowCutter(format_, limit)
    bounded = BoundedOutput(output, size=1 << 30, rows=cutter)
    at = 0
    try:
        while at < len(answer):
            size = sizes[at % len(sizes)]
            bounded.write(answer[at : at + size])
            at += size
    except RowLimitReached:
        # As the engine does when it is stopped: it writes once more what it has.
        with pytest.raises(RowLimitReached):
            bounded.write(answer[at:])
    else:
        bounded.end()
    return output.getvalue(), cutter.is_cut


@pytest.mark.parametrize("format_", SOLUTION_FORMATS, ids=lambda each: each.name)
@settings(deadline=None, max_examples=150)
@given(data=some.data())
def test_cut_answer_is_that_of_a_smaller_limit(format_: Format, data: some.DataObject) -> None:
    """Whatever the rows hold, and however they come, the rest is what LIMIT would have left."""
    width = data.draw(some.integers(0, 3))
    rows = data.draw(some.lists(some.lists(TERMS, min_size=width, max_size=width), max_size=6))
    limit = data.draw(some.integers(1, 7))
    sizes = data.draw(some.lists(some.integers(1, 40), min_size=1, max_size=5))
    whole, expected = (answer_of(some_, width, format_) for some_ in (rows, rows[:limit]))

    found, is_cut = cut(whole, format_, limit, sizes)

    assert (len(rows) > limit) is is_cut
    if is_cut:
        assert meaning(expected, format_) == meaning(found, format_)
        assert (b"INCOMPLETE: only the first" in found) is (format_ in (JSON, XML))
    else:
        assert whole == found


def test_long_literal_takes_no_time() -> None:
    """A term that comes in a thousand pieces is not read again with each of them."""
    for format_ in SOLUTION_FORMATS:
        answer = answer_of([["x" * 1_000_000 + '"'], ["y"]], 1, format_)
        found, is_cut = cut(answer, format_, 1, [1000])

        assert is_cut
        assert len(found) > 1_000_000


def test_size_is_bounded() -> None:
    """The piece that is too much is not written, nor what follows."""
    output = io.BytesIO()
    bounded = BoundedOutput(output, size=5)
    assert 5 == bounded.write(b"12345")
    with pytest.raises(QueryTooLarge, match="The answer in bytes is 6; this endpoint takes at"):
        bounded.write(b"6")
    bounded.flush()
    bounded.end()

    assert b"12345" == output.getvalue()


def test_row_limit_says_how_many_there_are() -> None:
    """The error that stops the engine knows the limit."""
    output = io.BytesIO()
    bounded = BoundedOutput(output, size=100, rows=RowCutter(TSV, 1))
    with pytest.raises(RowLimitReached, match="Only the first 1 rows are given") as raised:
        bounded.write(b"?x\n1\n2\n3\n")

    assert 1 == raised.value.limit
    assert b"?x\n1\n" == output.getvalue()
