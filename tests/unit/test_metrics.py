"""The numbers of a server, read as Prometheus reads them."""

from __future__ import annotations

import asyncio
import re
import timeit
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miwdap_kg import __version__
from miwdap_kg.web.metrics import KILLS, KIND, Measured, Metrics
from miwdap_kg.web.request_log import QueryRecord


@dataclass
class Now:
    """What workers do just now."""

    queued: int
    light: int
    heavy: int
    ended: Mapping[str, int]


def record(**given: Any) -> QueryRecord:
    """Return what is said of a query, as a server would."""
    whole = {
        "id": "1-1",
        "form": "select",
        "format": "json",
        "status": 200,
        "outcome": "complete",
        "size": 120,
        "waiting_seconds": 0.0002,
        "running_seconds": 0.03,
        "total_seconds": 0.04,
    }
    return QueryRecord(**{**whole, **given})


def families(metrics: Metrics) -> dict[str, Metric]:
    """Return what Prometheus understands of the numbers, by name."""
    return {each.name: each for each in text_string_to_metric_families(metrics.render())}


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return each number by its name and its labels."""
    found: list[Sample] = [each for one in families(metrics).values() for each in one.samples]
    return {(each.name, frozenset(each.labels.items())): each.value for each in found}


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """Return one number."""
    return samples(metrics)[name, frozenset(labels.items())]


def busy() -> Metrics:
    """Return metrics in which each kind of number has been used."""
    metrics = Metrics(release="2026-11-22")
    metrics.hit(200, 10)
    metrics.miss()
    metrics.request("select", 200, 20, 0.1)
    metrics.computed(record())
    metrics.watch(lambda: Now(queued=3, light=2, heavy=1, ended={"deadline": 1}))
    metrics.show("cache_bytes", "Bytes that the cache keeps.", lambda: 1_000)
    metrics.show("log_lines_dropped_total", "Lines.", lambda: 0, type="counter")
    return metrics


def test_each_number_has_help_and_type_and_a_name_as_it_should_be() -> None:
    """What Prometheus' own parser reads keeps the conventions of its names."""
    text = busy().render()
    found = families(busy())
    types = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))

    assert types.keys() == helps.keys()
    assert len(types) == len(found)
    assert all(about.endswith(".") for about in helps.values())
    for name, type_ in types.items():
        assert re.fullmatch(r"(miwdap|process)_[a-z_]+", name)
        assert (type_ == "counter") is name.endswith("_total")
        if type_ == "histogram":
            assert name.endswith("_seconds")
        assert "milli" not in name
        assert not name.endswith(("_ms", "_mb", "_kb"))


def test_every_number_is_explained(root: Path) -> None:
    """The page for those who run a server lists each number with its labels, and no other."""
    page = (root / "docs" / "how-to" / "run-and-watch.md").read_text(encoding="utf-8")
    table = {
        name: set(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(r"^\| `(miwdap_\w+)` \|([^|]*)\|", page, re.MULTILINE)
    }

    text = busy().render()
    found = {
        name: set(re.findall(r'(\w+)="', labels)) - {"le"}
        for name in re.findall(r"^# TYPE (miwdap_\w+)", text, re.MULTILINE)
        for labels in re.findall(rf"^{name}(?:_bucket)?\b(.*) .*$", text, re.MULTILINE)[:1]
    }
    assert table == found


def test_text_ends_with_a_line_and_has_no_line_twice() -> None:
    """The text is whole lines, and no sample or header comes twice."""
    text = busy().render()
    keys = [line.rpartition(" ")[0] if line[0] != "#" else line for line in text.splitlines()]

    assert text.endswith("\n")
    assert len(keys) == len(set(keys))


def test_requests_count_by_kind_and_status() -> None:
    """A request counts once, those of the cache under a kind of their own."""
    metrics = Metrics()
    metrics.request("select", 200, 20, 0.1)
    metrics.request("select", 200, 30, 0.2)
    metrics.request("select", 503, 5, 15.0)
    metrics.hit(200, 7)
    metrics.hit(304, 0)

    assert 2 == value(metrics, "miwdap_requests_total", kind="select", status="200")
    assert 1 == value(metrics, "miwdap_requests_total", kind="select", status="503")
    assert 1 == value(metrics, "miwdap_requests_total", kind="cached", status="304")
    assert 55 == value(metrics, "miwdap_response_bytes_total", kind="select")
    assert 7 == value(metrics, "miwdap_response_bytes_total", kind="cached")
    assert 3 == value(metrics, "miwdap_request_duration_seconds_count", kind="select")
    assert 15.3 == pytest.approx(
        value(metrics, "miwdap_request_duration_seconds_sum", kind="select")
    )


def test_cache_counts_hits_and_misses() -> None:
    """Hits of every status are hits."""
    metrics = Metrics()
    metrics.hit(200, 7)
    metrics.hit(304, 0)
    metrics.miss()

    assert 2 == value(metrics, "miwdap_cache_hits_total")
    assert 1 == value(metrics, "miwdap_cache_misses_total")


@pytest.mark.parametrize(
    ("seconds", "below", "above"),
    [
        (0.05, "0.05", "0.025"),
        (0.0501, "0.1", "0.05"),
        (0.0, "0.0005", None),
        (61.0, "+Inf", "60.0"),
    ],
)
def test_histogram_counts_up_to_and_with_each_bound(
    seconds: float, below: str, above: str | None
) -> None:
    """A duration counts in each bucket whose bound it does not exceed."""
    metrics = Metrics()
    metrics.request("ask", 200, 1, seconds)

    name = "miwdap_request_duration_seconds_bucket"
    assert 1 == value(metrics, name, kind="ask", le=below)
    assert above is None or 0 == value(metrics, name, kind="ask", le=above)
    assert 1 == value(metrics, name, kind="ask", le="+Inf")


def test_queries_count_by_lane_and_outcome() -> None:
    """A computed query counts, with its time in the queue and in the worker."""
    metrics = Metrics()
    metrics.computed(record())
    metrics.computed(record(lane="heavy", outcome="query-timeout", running_seconds=15.0))

    assert 1 == value(metrics, "miwdap_queries_total", lane="light", outcome="complete")
    assert 1 == value(metrics, "miwdap_queries_total", lane="heavy", outcome="query-timeout")
    assert 2 == value(metrics, "miwdap_query_waiting_seconds_count")
    assert 15.0 == value(metrics, "miwdap_query_running_seconds_sum", lane="heavy")


def test_workers_are_as_they_are_when_asked_for() -> None:
    """The queue, the lanes and the ends of workers are read at the moment of asking."""
    metrics = Metrics()
    now = Now(queued=0, light=2, heavy=0, ended={})
    metrics.watch(lambda: now)
    now.queued, now.heavy = 3, 1

    assert 3 == value(metrics, "miwdap_queue_length")
    assert 2 == value(metrics, "miwdap_workers", lane="light")
    assert 1 == value(metrics, "miwdap_workers", lane="heavy")


def test_every_reason_for_an_end_is_there_before_the_first() -> None:
    """An alarm can tell nought from nothing known, and no reason is lost."""
    metrics = Metrics()
    metrics.watch(lambda: Now(0, 2, 0, {"memory": 2, "new-reason": 1}))

    found = {
        reason: value(metrics, "miwdap_kills_total", reason=reason)
        for reason in (*KILLS, "new-reason")
    }

    assert {**dict.fromkeys(KILLS, 0), "memory": 2, "new-reason": 1} == found


def test_number_of_another_is_read_when_asked_for() -> None:
    """What the cache knows is shown as it is at that moment."""
    metrics = Metrics()
    kept = [b"12"]
    metrics.show("cache_bytes", "Bytes that the cache keeps.", lambda: sum(map(len, kept)))
    kept.append(b"345")

    assert 5 == value(metrics, "miwdap_cache_bytes")


def test_labels_and_help_are_escaped() -> None:
    """No text can end a label or a line before its time."""
    metrics = Metrics()
    odd = 'back\\slash "quote"\nline'
    metrics.show("odd", f"About {odd}.", lambda: {odd: 1}, label="what")

    assert 1 == value(metrics, "miwdap_odd", what=odd)
    assert f"About {odd}." == families(metrics)["miwdap_odd"].documentation


def test_versions_and_process() -> None:
    """What runs is told, and what the process uses, under the names that dashboards know."""
    found = families(Metrics(release="2026-11-22"))

    (info,) = found["miwdap_build_info"].samples
    assert {"version": __version__, "release": "2026-11-22"}.items() <= info.labels.items()
    process = {name: one.samples[0].value for name, one in found.items() if name[:8] == "process_"}
    assert process["process_cpu_seconds"] > 0
    assert process["process_resident_memory_bytes"] > 1_000_000
    assert 0 < process["process_open_fds"] < process["process_max_fds"]
    assert process["process_start_time_seconds"] > 1_700_000_000


def test_a_hit_costs_next_to_nothing() -> None:
    """To count a hit takes less than the two microseconds that are allowed for it."""
    metrics = Metrics()

    best = min(timeit.repeat(lambda: metrics.hit(200, 500), number=2_000, repeat=50)) / 2_000

    assert best < 2e-6


def ask(app: ASGIApp, path: str = "/", **scope: Any) -> list[Message]:
    """Return what an application sends in answer to a GET."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    whole = {"type": "http", "method": "GET", "path": path, "headers": [], **scope}
    asyncio.run(_run(app(whole, receive, send)))
    return sent


async def _run(answering: Awaitable[None]) -> None:
    await answering


def streamed(*pieces: bytes) -> ASGIApp:
    """Return an application that answers with some pieces, whatever it is asked."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for each in pieces:
            await send({"type": "http.response.body", "body": each, "more_body": True})
        await send({"type": "http.response.body"})

    return app


def test_measured_application_counts_status_bytes_and_seconds() -> None:
    """What passes is counted and comes out as it was."""
    metrics = Metrics()

    sent = ask(Measured(streamed(b"abc", b"de"), metrics))

    assert b"abcde" == b"".join(each.get("body", b"") for each in sent)
    assert 1 == value(metrics, "miwdap_requests_total", kind="page", status="200")
    assert 5 == value(metrics, "miwdap_response_bytes_total", kind="page")
    assert 1 == value(metrics, "miwdap_request_duration_seconds_count", kind="page")


@pytest.mark.parametrize(
    ("path", "root", "kind"),
    [
        ("/", "", "page"),
        ("/sparql", "", "sparql"),
        ("/sparql/", "", "sparql"),
        ("/dumps/latest/x.nq", "", "dump"),
        ("/static/miwdap.css", "", "static"),
        ("/metrics", "", "operations"),
        ("/health", "", "operations"),
        ("/sparqling", "", "page"),
        ("/graph/sparql", "/graph", "sparql"),
    ],
)
def test_kind_is_told_by_the_path(path: str, root: str, kind: str) -> None:
    """A request is of the kind that its path tells, wherever the application is mounted."""
    metrics = Metrics()

    ask(Measured(streamed(b""), metrics), path, root_path=root)

    assert 1 == value(metrics, "miwdap_requests_total", kind=kind, status="200")


def test_endpoint_knows_the_kind_better() -> None:
    """What an endpoint says of the kind of a request counts."""
    metrics = Metrics()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"][KIND] = "construct"
        await PlainTextResponse("x")(scope, receive, send)

    ask(Measured(app, metrics), "/sparql")

    assert 1 == value(metrics, "miwdap_requests_total", kind="construct", status="200")


def test_request_that_is_never_answered_counts_too() -> None:
    """Who leaves before the answer begins is counted under 499, and an error passes through."""
    metrics = Metrics()

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        return None

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionResetError("gone")

    ask(Measured(silent, metrics))
    with pytest.raises(ConnectionResetError, match="gone"):
        ask(Measured(broken, metrics))

    assert 2 == value(metrics, "miwdap_requests_total", kind="page", status="499")


def test_lifespan_is_not_a_request() -> None:
    """The start and the end of an application are not counted."""
    metrics = Metrics()

    ask(Measured(streamed(b""), metrics), type="lifespan")

    assert not [key for key in samples(metrics) if key[0] == "miwdap_requests_total"]
