"""The log of queries: its lines, what they hide, and that writing them stops nobody."""

from __future__ import annotations

import asyncio
import calendar
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from miwdap_kg.web.log_writer import LogWriter, dropped_lines
from miwdap_kg.web.request_log import (
    LOGGER,
    SHOWN_CHARACTERS,
    QueryLog,
    QueryRecord,
    digest_of,
    query_ids,
    server_timing,
    shown,
)

QUERY = 'ASK { ?s ?p "総務省" }'
RECORD = QueryRecord(
    id="5f3a-1",
    form="ask",
    format="json",
    status=200,
    outcome="complete",
    size=34,
    waiting_seconds=0.000_25,
    running_seconds=0.012_4,
    total_seconds=0.013,
    rows=1,
    digest=digest_of(QUERY),
    query=QUERY,
)
DEADLINE_SECONDS = 10.0


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """A function that returns the lines logged so far."""
    caplog.set_level(logging.INFO, logger=LOGGER)
    return lambda: [
        line
        for each in caplog.records
        if each.name == LOGGER
        for line in each.getMessage().splitlines()
    ]


def test_line_tells_all_of_a_query(lines: Callable[[], list[str]]) -> None:
    """A computed query has one line, and it is JSON."""
    QueryLog().computed(RECORD)

    (line,) = map(json.loads, lines())
    said = line.pop("time")
    assert abs(time.time() - _seconds(said)) < 60
    assert {
        "event": "query",
        "id": "5f3a-1",
        "form": "ask",
        "format": "json",
        "status": 200,
        "outcome": "complete",
        "lane": "light",
        "bytes": 34,
        "rows": 1,
        "waiting_ms": 0.25,
        "running_ms": 12.4,
        "total_ms": 13.0,
        "digest": digest_of(QUERY),
        "query": QUERY,
    } == line


def test_page_shows_such_a_line(root: Path, lines: Callable[[], list[str]]) -> None:
    """The line on the page for those who run a server has what a line has, in its order."""
    page = (root / "docs" / "how-to" / "run-and-watch.md").read_text(encoding="utf-8")
    shown_line = page.partition("```json\n")[2].partition("```")[0]

    QueryLog().computed(RECORD)

    assert list(json.loads(shown_line)) == list(json.loads(lines()[0]))
    assert f"at most {SHOWN_CHARACTERS:,} characters" in page


def _seconds(time_: str) -> float:
    return calendar.timegm(time.strptime(time_[:19], "%Y-%m-%dT%H:%M:%S")) + float(time_[19:-1])


def test_what_is_not_known_is_null_or_absent(lines: Callable[[], list[str]]) -> None:
    """A query of no form has none, and rows stand there only when they were counted."""
    QueryLog().computed(RECORD._replace(form=None, format=None, rows=None, digest=None))

    (line,) = map(json.loads, lines())
    assert (None, None, None) == (line["form"], line["format"], line["digest"])
    assert "rows" not in line


@pytest.mark.parametrize(
    "odd",
    [
        *("a\nb", "a\r\nb", '"}\n{"event":"query"', "\x1b[2J", "\x00", "\x7f"),
        *("\x9b2J", "\u2028", "\u202e", "\ud800"),
    ],
    ids=ascii,
)
def test_no_query_can_forge_a_line(lines: Callable[[], list[str]], odd: str) -> None:
    """Whatever a query holds, its line is one line of printable ASCII."""
    QueryLog().computed(RECORD._replace(query=odd))

    (line,) = lines()
    assert line.isascii()
    assert line.isprintable()
    assert odd == json.loads(line)["query"]


def test_long_query_is_cut_and_known_by_its_digest(lines: Callable[[], list[str]]) -> None:
    """A line is bounded, however long a query is, and two queries are still told apart."""
    long = "ASK { " + "x" * 100_000
    QueryLog().computed(RECORD._replace(query=long, digest=digest_of(long)))

    (line,) = map(json.loads, lines())
    assert SHOWN_CHARACTERS == len(line["query"])
    assert line["query"].endswith("x…")
    assert digest_of(long) == line["digest"] != digest_of(long + "y")


def test_short_query_is_shown_whole() -> None:
    """What fits is not touched."""
    assert "x" * SHOWN_CHARACTERS == shown("x" * SHOWN_CHARACTERS)


def test_hits_are_logged_on_request_only(lines: Callable[[], list[str]]) -> None:
    """An answer from the cache has a line only when that is set."""
    QueryLog().hit("5f3a-1", 200, 34)
    assert [] == lines()

    QueryLog(log_cache_hits=True).hit("5f3a-1", 304, 0)
    (line,) = map(json.loads, lines())
    del line["time"]
    assert {"event": "hit", "id": "5f3a-1", "status": 304, "bytes": 0} == line


def test_nothing_is_written_below_the_level(lines: Callable[[], list[str]]) -> None:
    """Who sets the logger to WARNING has no lines."""
    logging.getLogger(LOGGER).setLevel(logging.WARNING)
    QueryLog(log_cache_hits=True).computed(RECORD)
    QueryLog(log_cache_hits=True).hit("5f3a-1", 200, 34)

    assert [] == lines()


def test_lines_of_a_moment_leave_together(
    lines: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """On an event loop, lines wait for each other, and none for long."""
    log = QueryLog()

    async def ask() -> list[str]:
        for _ in range(3):
            log.computed(RECORD)
        at_once = lines()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not lines() and time.monotonic() < deadline:
            await asyncio.sleep(0.001)
        return at_once

    assert [] == asyncio.run(ask())
    assert 3 == len(lines())
    assert 1 == len([each for each in caplog.records if each.name == LOGGER])


def test_lines_are_not_lost_at_the_end(lines: Callable[[], list[str]]) -> None:
    """What still waits when an application ends is written by `flush`."""
    log = QueryLog()

    async def ask() -> None:
        log.computed(RECORD)

    asyncio.run(ask())
    log.flush()
    log.flush()

    assert 1 == len(lines())


def test_no_identifier_comes_twice() -> None:
    """Identifiers differ within a server, and between two starts of it."""
    first, second = query_ids(), query_ids()

    ids = [next(each) for _ in range(1_000) for each in (first, second)]

    assert 2_000 == len(set(ids))
    assert all(each.isascii() and "\n" not in each for each in ids)


def test_server_timing_is_in_milliseconds() -> None:
    """The header tells the times apart."""
    assert "queue;dur=1.500, eval;dur=2000.000" == server_timing(0.0015, 2.0)


# The writer


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The two ends of a pipe."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def logger_of(handler: logging.Handler) -> logging.Logger:
    """Return a logger that nobody else has, with one handler."""
    logger = logging.Logger("writer", logging.INFO)
    logger.addHandler(handler)
    return logger


def test_writer_writes_in_order(pipe: tuple[int, int]) -> None:
    """Lines arrive whole and in order, in UTF-8."""
    reading, writing = pipe
    handler = LogWriter(writing)
    logger = logger_of(handler)

    for number in range(100):
        logger.info("行 %d", number)
    handler.flush()

    assert [f"行 {number}" for number in range(100)] == os.read(reading, 1 << 16).decode().split(
        "\n"
    )[:-1]
    assert 0 == handler.dropped


def test_writer_waits_for_no_reader(pipe: tuple[int, int]) -> None:
    """With a full pipe, logging goes on; what is too much is dropped, counted and told of."""
    reading, writing = pipe
    handler = LogWriter(writing, kept_characters=10_000)
    logger = logger_of(handler)
    line = "x" * 999

    started = time.monotonic()
    for _ in range(1_000):
        logger.info(line)
    assert time.monotonic() - started < DEADLINE_SECONDS
    assert handler.dropped > 800

    written, told = 0, 0
    while written + told < 1_000:
        # Each line is written or told of, so there is something to read until all are.
        for each in _lines_from(reading):
            if each == line:
                written += 1
            else:
                told += json.loads(each)["lines"]
    assert handler.dropped == told


def _lines_from(descriptor: int) -> list[str]:
    content = os.read(descriptor, 1 << 16)
    while not content.endswith(b"\n"):
        content += os.read(descriptor, 1 << 16)
    return content.decode().splitlines()


def test_writer_survives_that_its_reader_leaves() -> None:
    """When the other end is closed, lines are dropped and counted, and nothing is raised."""
    reading, writing = os.pipe()
    os.close(reading)
    handler = LogWriter(writing)
    logger = logger_of(handler)

    logger.info("one\ntwo")
    handler.flush()
    logger.info("three")
    handler.flush()
    os.close(writing)

    assert 3 == handler.dropped


def test_dropped_lines_of_a_logger_are_counted_up_to_its_root() -> None:
    """What was dropped is found at the logger, and at those that it hands its records to."""
    outer, inner = LogWriter(), LogWriter()
    outer.dropped, inner.dropped = 2, 3
    logging.getLogger("dropping").addHandler(outer)
    logging.getLogger("dropping.inner").addHandler(inner)

    assert (3 + 2, 2) == (dropped_lines("dropping.inner"), dropped_lines("dropping"))
    logging.getLogger("dropping.inner").propagate = False
    assert 3 == dropped_lines("dropping.inner")


def test_writer_works_in_a_process_that_was_forked(pipe: tuple[int, int]) -> None:
    """A child has no thread of its parent's, and makes its own."""
    reading, writing = pipe
    handler = LogWriter(writing)
    logger = logger_of(handler)
    logger.info("parent")
    handler.flush()

    child = os.fork()
    if child == 0:
        logger.info("child")
        handler.flush()
        os._exit(0)
    os.waitpid(child, 0)

    assert b"parent\nchild\n" == os.read(reading, 1 << 16)
