"""Measures how much memory a server takes while 500 MB of one answer stream to a slow client."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.asking import JSON, Request, ask
from benchmarks.bench import Bench
from benchmarks.goals import goal_named
from benchmarks.processes import Sampler, pss_megabytes, wait_until_quiet
from benchmarks.results import Measure

__all__ = ["measure"]

_BYTES: Final = 500_000_000
_QUICK_BYTES: Final = 40_000_000
_BYTES_A_SECOND: Final = 60_000_000
_PIECE: Final = 1 << 18
_WHOLE_GRAPH: Final = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"


def measure(bench: Bench, release: Path) -> Iterator[Measure]:
    """Yield the memory above idle, in rounds; each with a server of its own."""
    wanted = _QUICK_BYTES if bench.options.is_quick else _BYTES
    above = []
    for _ in range(bench.options.rounds_large):
        # The bounds that protect a public server would end such an answer.
        with bench.servers.ours(
            release=release, max_answer_bytes=4 * wanted, query_seconds=600
        ) as server:
            once = ask(server.endpoint, Request(_WHOLE_GRAPH, JSON))
            wait_until_quiet(server.pid)
            time.sleep(0.5)
            idle = pss_megabytes(server.pid)
            times = wanted // len(once.body) + 1
            with Sampler(server.pid, every_seconds=0.2) as sampler:
                received = _read_slowly(server.endpoint, _repeated(times))
            above.append(sampler.highest - idle)
        bench.tell(
            f"stream: {received / 1e6:,.0f} MB, {above[-1]:+.0f} MB above {idle:.0f} MB idle"
        )
        if received < wanted:
            raise RuntimeError(f"The answer has {received:,} bytes instead of {wanted:,} or more.")
    goal = goal_named("memory while 500 MB stream, above idle")
    yield Measure(
        part="stream",
        name=goal.title,
        unit=goal.unit,
        values=tuple(above),
        goal=goal.key,
        at_most=goal.limit,
        note=f"a client that reads {_BYTES_A_SECOND // 1_000_000} MB/s",
    )


def _repeated(times: int) -> Request:
    numbers = " ".join(str(each) for each in range(times))
    return Request(
        f"SELECT ?n ?s ?p ?o WHERE {{ VALUES ?n {{ {numbers} }} ?s ?p ?o }}",
        JSON,
    )


def _read_slowly(endpoint: str, request: Request) -> int:
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=120)
    received, tail = 0, b""
    began = time.monotonic()
    try:
        connection.request("GET", request.path(endpoint), headers={"Accept": request.accept})
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"status {response.status}: {response.read(500)!r}")
        while piece := response.read(_PIECE):
            received += len(piece)
            tail = (tail + piece)[-16:]
            ahead = received / _BYTES_A_SECOND - (time.monotonic() - began)
            if ahead > 0:
                time.sleep(ahead)
    finally:
        connection.close()
    if not tail.rstrip().endswith(b"}]}}"):
        raise RuntimeError(f"The answer of {received:,} bytes ends with {tail!r}.")
    return received
