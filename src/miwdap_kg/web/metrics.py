"""The numbers of a running server."""

from __future__ import annotations

import platform
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miwdap_kg import __version__
from miwdap_kg.web.exposition import Histogram, NumberType, family, histograms
from miwdap_kg.web.process_numbers import process_numbers
from miwdap_kg.web.request_log import QueryRecord

__all__ = ["KILLS", "KIND", "Measured", "Metrics", "Reader", "WorkersNow"]

KILLS: Final = ("deadline", "memory", "client-gone", "crash", "stalled")
"""Why workers are ended, or end by themselves."""

KIND: Final = "kind"
"""Where in the state of a request (`scope["state"]`) its endpoint may say of what kind it is."""

Reader = Callable[[], float | Mapping[str, float]]
"""Reads a number, or one for each value of a label, at the moment of asking."""

_CLIENT_GONE: Final = 499
_KINDS: Final = {
    "sparql": "sparql",
    "dumps": "dump",
    "static": "static",
    **dict.fromkeys(("healthz", "health", "readyz", "metrics"), "operations"),
}


class WorkersNow(Protocol):
    """What the workers do just now, and how many were ended and why."""

    @property
    def queued(self) -> int:
        """How many queries wait for a worker."""
        ...

    @property
    def light(self) -> int:
        """How many workers take queries."""
        ...

    @property
    def heavy(self) -> int:
        """How many are busy with long ones."""
        ...

    @property
    def ended(self) -> Mapping[str, int]:
        """How many were ended, or ended by themselves, by reason."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    about: str
    reader: Reader
    label: str
    type: NumberType


class Metrics:
    """Counts; `render` gives the text that Prometheus reads.

    A request counts once: with `hit` when the cache answered it, else with `request`. What `miss`
    and `computed` say comes on top. All are called in the thread of the event loop.

    >>> metrics = Metrics()
    >>> metrics.hit(200, 1_000)
    >>> [line for line in metrics.render().splitlines() if line.startswith("miwdap_cache_hits")]
    ['miwdap_cache_hits_total 1']
    """

    # Plain integers that become text only when they are asked for, since nearly all requests are
    # hits: one costs 0.1 µs. With prometheus_client it would be six times as much, for locks that
    # nobody needs in one thread. What we write is read back by that package in the tests.

    def __init__(self, *, release: str | None = None) -> None:
        self._release = release
        self._hits: defaultdict[int, int] = defaultdict(int)
        self._hit_bytes = 0
        self._misses = 0
        self._requests: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._bytes: defaultdict[str, int] = defaultdict(int)
        self._seconds: defaultdict[str, Histogram] = defaultdict(Histogram)
        self._queries: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._waiting = Histogram()
        self._running: defaultdict[str, Histogram] = defaultdict(Histogram)
        self._known: dict[str, _Known] = {}

    def hit(self, status: int, size: int) -> None:
        """Count a request that the cache answered, with so many bytes of body."""
        self._hits[status] += 1
        self._hit_bytes += size

    def miss(self) -> None:
        """Count a request that the cache has no answer to, though it may keep one."""
        self._misses += 1

    def request(self, kind: str, status: int, size: int, seconds: float) -> None:
        """Count a request that the cache did not answer.

        Args:
            kind: one of a few words: the form of the query, `page`, `dump` and so on.
            status: the status of the response.
            size: the bytes of its body.
            seconds: how long it took, until its last byte was handed to the server.
        """
        self._requests[kind, status] += 1
        self._bytes[kind] += size
        self._seconds[kind].observe(seconds)

    def computed(self, record: QueryRecord) -> None:
        """Count a query that was computed, whole or in part."""
        self._queries[record.lane, record.outcome] += 1
        self._waiting.observe(record.waiting_seconds)
        self._running[record.lane].observe(record.running_seconds)

    def show(
        self,
        name: str,
        about: str,
        reader: Reader,
        *,
        label: str = "",
        type: NumberType = "gauge",  # noqa: A002
    ) -> None:
        """Show a number that somebody else knows, such as the size of the cache.

        Args:
            name: `cache_bytes` and the like; `miwdap_` comes before it.
            about: a sentence.
            reader: gives the number, or with a *label* one for each value of it.
            label: what the keys are that the *reader* gives.
            type: a counter never falls.
        """
        self._known[f"miwdap_{name}"] = _Known(about, reader, label, type)

    def watch(self, workers: Callable[[], WorkersNow]) -> None:
        """Show the queue, the workers of each lane, and the ends of workers by reason."""
        self.show("queue_length", "Queries that wait for a worker.", lambda: workers().queued)
        self.show(
            "workers",
            "Workers that run, by lane.",
            lambda: {"light": workers().light, "heavy": workers().heavy},
            label="lane",
        )
        # An alarm has to tell nought from nothing known, so every reason is there from the start.
        self.show(
            "kills_total",
            "Workers that were ended or ended by themselves, by reason.",
            lambda: {**dict.fromkeys(KILLS, 0), **workers().ended},
            label="reason",
            type="counter",
        )

    def render(self) -> str:
        """Return all numbers as text."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        versions = {
            "version": __version__,
            "release": self._release or "",
            "python": platform.python_version(),
        }
        yield from family(
            "miwdap_build_info", "gauge", "The versions that run; always 1.", [(versions, 1)]
        )
        yield from self._requests_lines()
        yield from self._query_lines()
        for number, about, value in (
            ("hits", "Requests that the cache answered.", sum(self._hits.values())),
            ("misses", "Requests that the cache had no answer to.", self._misses),
        ):
            yield from family(f"miwdap_cache_{number}_total", "counter", about, [({}, value)])
        for name, known in self._known.items():
            found = known.reader()
            values = found if isinstance(found, Mapping) else {"": found}
            samples = [({known.label: key} if key else {}, values[key]) for key in values]
            yield from family(name, known.type, known.about, samples)
        for each in process_numbers():
            yield from family(each.name, each.type, each.about, [({}, each.value)])

    def _requests_lines(self) -> Iterator[str]:
        requests = {("cached", status): count for status, count in self._hits.items()}
        requests |= self._requests
        yield from family(
            "miwdap_requests_total",
            "counter",
            "Requests by what was asked for and by status; 'cached' are those that the cache "
            "answered, and status 499 has one whose client left before the answer began.",
            [({"kind": key[0], "status": str(key[1])}, n) for key, n in requests.items()],
        )
        sizes = {"cached": self._hit_bytes, **self._bytes}
        yield from family(
            "miwdap_response_bytes_total",
            "counter",
            "Bytes of response bodies, by what was asked for.",
            [({"kind": kind}, size) for kind, size in sizes.items()],
        )
        yield from histograms(
            "miwdap_request_duration_seconds",
            "How long the requests took that the cache did not answer, by what was asked for.",
            [({"kind": kind}, seconds) for kind, seconds in self._seconds.items()],
        )

    def _query_lines(self) -> Iterator[str]:
        yield from family(
            "miwdap_queries_total",
            "counter",
            "Queries that were computed, by lane and by how they ended.",
            [({"lane": key[0], "outcome": key[1]}, n) for key, n in self._queries.items()],
        )
        yield from histograms(
            "miwdap_query_waiting_seconds",
            "How long queries waited for a worker.",
            [({}, self._waiting)],
        )
        yield from histograms(
            "miwdap_query_running_seconds",
            "How long workers were busy with queries, by lane.",
            [({"lane": lane}, seconds) for lane, seconds in self._running.items()],
        )


class Measured:
    """Counts the requests that an application answers, with their bytes and seconds.

    It stands below the cache, which counts its own answers, and above what makes responses of
    errors. The kind of a request is told by the first part of its path, unless its endpoint says
    better under `KIND`.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status, size = _CLIENT_GONE, 0

        async def watch(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        state = scope.setdefault("state", {})
        try:
            await self.app(scope, receive, watch)
        finally:
            kind = state.get(KIND) or _kind_of(scope)
            self._metrics.request(kind, status, size, time.perf_counter() - started)


def _kind_of(scope: Scope) -> str:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return _KINDS.get(path.lstrip("/").partition("/")[0], "page")
