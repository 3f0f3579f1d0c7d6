"""Measures the six questions to a real release, repeated and unique, next to all peers."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import virtuoso
from benchmarks.answers import Content, difference, read
from benchmarks.asking import Request, ask
from benchmarks.bench import Bench
from benchmarks.client import Load
from benchmarks.fleet import Fleet
from benchmarks.goals import goal_of
from benchmarks.results import Comparison
from benchmarks.servers import (
    CEILING,
    OURS,
    OXIGRAPH,
    OXIGRAPH_ON_DISK,
    RDFLIB_ENDPOINT,
    VIRTUOSO,
)
from benchmarks.workloads import WORKLOADS, Workload, write_dataset

__all__ = ["measure"]

_CONNECTIONS: Final = (1, 32)
_SLOW_SECONDS: Final = 0.3
_LONGEST_SECONDS: Final = 3
_BUSY_CLIENT: Final = 0.9
_REPEATED: Final = 7


@dataclass(slots=True)
class _Checked:
    """What one server answered to one question before it was timed, or why that does not count."""

    content: Content | None
    seconds: float
    problem: str = ""


@dataclass(slots=True)
class _Cell:
    """The loads of one question in one mode on each server, and what went wrong or was odd."""

    problems: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    rates: dict[str, list[float]] = field(default_factory=dict)
    client_share: dict[str, float] = field(default_factory=dict)


def measure(bench: Bench, release: Path) -> Iterator[Comparison]:
    """Yield our server's ratio to each peer, for each question, mode and number of connections."""
    with Fleet(tell=bench.tell) as fleet:
        _start(bench, fleet, release)
        for workload in WORKLOADS:
            checked = _check(bench, fleet, workload)
            for mode in ("repeated", "unique"):
                for connections in _CONNECTIONS:
                    cell = _cell(bench, fleet, workload, mode, connections, checked)
                    yield from _comparisons(workload, mode, connections, cell)


def _start(bench: Bench, fleet: Fleet, release: Path) -> None:
    servers = bench.servers
    dataset = bench.workplace / "dataset.nq"
    quads = write_dataset(release, dataset)
    bench.tell(f"release: {quads:,} quads; starting the servers")
    store = bench.workplace / "oxigraph-release"
    shutil.rmtree(store, ignore_errors=True)
    servers.oxigraph_load(dataset, store)
    # Oxigraph in memory comes first: the others' answers are compared with its.
    fleet.start(lambda: servers.oxigraph(dataset))
    fleet.start(lambda: servers.ours(release=release))
    fleet.start(lambda: servers.oxigraph_on_disk(store))
    fleet.start(lambda: servers.rdflib_endpoint(dataset))
    fleet.start(servers.ceiling)
    if virtuoso.is_installed():
        fleet.start(lambda: servers.virtuoso(dataset))


def _check(bench: Bench, fleet: Fleet, workload: Workload) -> dict[str, _Checked]:
    """Ask each server twice; what differs from oxigraph's answer is told, and gets no number."""
    found: dict[str, _Checked] = {}
    for name in fleet.names:
        if name == CEILING:
            continue
        first, again = (
            ask(fleet[name].endpoint, workload.request.numbered(bench.client.fresh_number()))
            for _ in range(2)
        )
        try:
            contents = [read(each) for each in (first, again)]
        except ValueError as error:
            found[name] = _Checked(None, again.seconds, f"wrong answer: {error}")
        else:
            expected = found[OXIGRAPH].content if OXIGRAPH in found else contents[0]
            assert expected is not None, "the answer that others are compared with"
            problem = difference(expected, contents[0]) or difference(expected, contents[1])
            found[name] = _Checked(
                contents[1], again.seconds, f"wrong answer: {problem}" if problem else ""
            )
        if found[name].problem:
            bench.tell(f"{workload.name}: {name}: {found[name].problem}")
    mine = found[OURS].content
    bench.tell(
        f"{workload.name}: checked, {len(mine or ()):,} rows, {mine.bytes if mine else 0:,} bytes"
    )
    return found


def _cell(
    bench: Bench,
    fleet: Fleet,
    workload: Workload,
    mode: str,
    connections: int,
    checked: dict[str, _Checked],
) -> _Cell:
    names = [OURS, CEILING, OXIGRAPH] if mode == "repeated" else [OURS, OXIGRAPH, OXIGRAPH_ON_DISK]
    if mode == "unique":
        names += [RDFLIB_ENDPOINT, *([VIRTUOSO] if VIRTUOSO in fleet.names else [])]
    cell = _Cell({name: each.problem for name, each in checked.items() if each.problem})
    request = workload.request.numbered(_REPEATED) if mode == "repeated" else workload.request
    for number in range(bench.options.rounds):
        for name in bench.turns(names, number):
            seconds_each = checked[name].seconds if name in checked else 0.0
            is_slow = seconds_each > _SLOW_SECONDS
            if name in cell.problems or (is_slow and number >= 2):
                continue
            body_bytes = _body_bytes(name, checked)
            load = _press(bench, fleet, name, request, connections, seconds_each, body_bytes)
            rate = load.per_second(body_bytes=body_bytes)
            if fault := load.fault(body_bytes=body_bytes):
                bench.tell(f"{workload.name}, {mode}, {connections}: {name}: {fault}")
                if name != OURS and load.is_silent(body_bytes=body_bytes):
                    # Better than it was; a peer that is too slow for the window is slow indeed.
                    rate = 1 / load.seconds
                    cell.notes[name] = f"{name}: {fault}, counted as one"
                else:
                    cell.problems[name] = fault
            cell.rates.setdefault(name, []).append(rate)
            cell.client_share[name] = max(cell.client_share.get(name, 0.0), load.client_share)
            if connections > 1 or is_slow:
                fleet.settle(name)
    for name in cell.problems:
        cell.rates.pop(name, None)
    _tell_cell(bench, workload, mode, connections, cell)
    return cell


def _press(
    bench: Bench,
    fleet: Fleet,
    name: str,
    request: Request,
    connections: int,
    seconds_each: float,
    body_bytes: int,
) -> Load:
    endpoint = fleet[name].endpoint
    if name == CEILING:
        endpoint = endpoint.replace("/bytes/0", f"/bytes/{body_bytes}")
    # Long enough for several answers on each connection, within reason.
    wanted = max(bench.options.seconds, math.ceil(3 * seconds_each * min(connections, 8)))
    at_least = math.ceil(5 * seconds_each)
    return bench.client.press(
        endpoint,
        [request],
        connections=connections,
        seconds=max(min(wanted, _LONGEST_SECONDS), at_least),
    )


def _body_bytes(name: str, checked: dict[str, _Checked]) -> int:
    content = checked[OURS if name == CEILING else name].content
    return content.bytes if content else 0


def _comparisons(
    workload: Workload, mode: str, connections: int, cell: _Cell
) -> Iterator[Comparison]:
    ours = cell.rates.get(OURS, [])
    for name in (CEILING, OXIGRAPH, OXIGRAPH_ON_DISK, RDFLIB_ENDPOINT, VIRTUOSO):
        theirs = cell.rates.get(name, [])
        goal = goal_of(workload.name, name, mode=mode, connections=connections)
        if not theirs and name not in cell.problems and goal is None:
            continue
        said = [f"{who}: {cell.problems[who]}" for who in (OURS, name) if who in cell.problems]
        said += [cell.notes[name]] if name in cell.notes else []
        share = max(cell.client_share.get(who, 0.0) for who in (OURS, name))
        said += [f"the client took {share:.0%} of a processor"] if share > _BUSY_CLIENT else []
        yield Comparison(
            part="release",
            workload=workload.name,
            setting=f"{mode}, {connections} connection{'s' if connections > 1 else ''}",
            ours=OURS,
            against=name,
            our_values=tuple(ours),
            their_values=tuple(theirs),
            goal=goal.key if goal else "",
            at_least=goal.limit if goal else None,
            note="; ".join(said),
        )


def _tell_cell(bench: Bench, workload: Workload, mode: str, connections: int, cell: _Cell) -> None:
    middles = {name: sorted(rates)[len(rates) // 2] for name, rates in cell.rates.items()}
    said = ", ".join(f"{name} {rate:,.1f}/s" for name, rate in middles.items())
    bench.tell(f"{workload.name}, {mode}, {connections}: {said}")
