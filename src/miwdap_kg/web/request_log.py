"""The log of queries: one line of JSON for each that was computed."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
import secrets
import time
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii
from typing import Final, Literal, NamedTuple

__all__ = [
    "LOGGER",
    "SHOWN_CHARACTERS",
    "Lane",
    "QueryLog",
    "QueryRecord",
    "digest_of",
    "query_ids",
    "server_timing",
    "shown",
]

LOGGER: Final = "miwdap_kg.queries"
"""The name under which the lines are logged, at the level INFO."""

SHOWN_CHARACTERS: Final = 1_000
"""How much of a query's text stands in its line; the digest is that of the whole."""

Lane = Literal["light", "heavy"]

_DELAY_SECONDS: Final = 0.05


class QueryRecord(NamedTuple):
    """What there is to say of one computed query, once its answer has been sent or has failed.

    *outcome* is `complete`, or in a word why it is not: the `slug` of its problem, or what ended
    it. *size* counts the bytes of the body before any compression, *query* is the text as `shown`
    gives it. Nothing here tells who asked.
    """

    # A tuple and no frozen dataclass, because making one of those takes three times as long.
    id: str
    form: str | None
    format: str | None
    status: int
    outcome: str
    size: int
    waiting_seconds: float
    running_seconds: float
    total_seconds: float
    lane: Lane = "light"
    rows: int | None = None
    digest: str | None = None
    query: str = ""


class QueryLog:
    """Writes the lines; those of one moment leave in one piece, to spare the time of each.

    Args:
        log_cache_hits: whether `hit` writes a line as well.
    """

    def __init__(self, *, log_cache_hits: bool = False) -> None:
        self.log_cache_hits = log_cache_hits
        self._logger = logging.getLogger(LOGGER)
        self._lines: list[str] = []
        self._second = 0
        self._stamp = ""

    def computed(self, record: QueryRecord) -> None:
        """Log a query that was computed."""
        if not self._logger.isEnabledFor(logging.INFO):
            return
        rows = "" if record.rows is None else f',"rows":{record.rows}'
        self._add(
            f'{{"time":{self._now()},"event":"query","id":"{record.id}"'
            f',"form":{_word(record.form)},"format":{_word(record.format)}'
            f',"status":{record.status},"outcome":"{record.outcome}"'
            f',"lane":{_word(record.lane)},"bytes":{record.size}{rows}'
            f',"waiting_ms":{record.waiting_seconds * 1e3:.3f}'
            f',"running_ms":{record.running_seconds * 1e3:.3f}'
            f',"total_ms":{record.total_seconds * 1e3:.3f}'
            f',"digest":{_word(record.digest)},"query":{_quoted(shown(record.query))}}}'
        )

    def hit(self, id: str | None, status: int, size: int) -> None:  # noqa: A002
        """Log an answer from the cache, when that is wanted; *id* is that of its computation."""
        if self.log_cache_hits and self._logger.isEnabledFor(logging.INFO):
            self._add(
                f'{{"time":{self._now()},"event":"hit","id":{_word(id)}'
                f',"status":{status},"bytes":{size}}}'
            )

    def flush(self) -> None:
        """Hand on the lines that wait; an application that ends calls it."""
        lines, self._lines = self._lines, []
        if lines:
            self._logger.info("%s", "\n".join(lines))

    def _add(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) > 1:
            return
        try:
            asyncio.get_running_loop().call_later(_DELAY_SECONDS, self.flush)
        except RuntimeError:
            self.flush()

    def _now(self) -> str:
        now = time.time()
        if int(now) != self._second:
            self._second = int(now)
            self._stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        return f'"{self._stamp}.{int(now % 1 * 1000):03d}Z"'


def query_ids() -> Iterator[str]:
    """Yield identifiers of queries, each once, also across the starts of a server."""
    start = secrets.token_hex(4)
    return (f"{start}-{number:x}" for number in itertools.count(1))


def digest_of(query: str) -> str:
    """Return 16 hexadecimal digits by which the same query is known again.

    >>> digest_of("ASK {}")
    '819ea91ed5f12b38'
    """
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def shown(query: str) -> str:
    """Return the text of a query as far as a log shows it."""
    if len(query) <= SHOWN_CHARACTERS:
        return query
    return f"{query[: SHOWN_CHARACTERS - 1]}…"


def server_timing(waiting_seconds: float, running_seconds: float) -> str:
    """Return the value of the header `Server-Timing`, in milliseconds.

    >>> server_timing(0.0003, 0.0124)
    'queue;dur=0.300, eval;dur=12.400'
    """
    return f"queue;dur={waiting_seconds * 1e3:.3f}, eval;dur={running_seconds * 1e3:.3f}"


# All but printable ASCII is escaped, so that no query can forge a line or rule a terminal.
_quoted: Final = encode_basestring_ascii


def _word(text: str | None) -> str:
    # One of our own.
    return "null" if text is None else f'"{text}"'
