"""Measures a shopper's mix of questions to a made-up market, and how fast it loads on disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.answers import difference, read
from benchmarks.asking import Request, ask
from benchmarks.bench import Bench
from benchmarks.fleet import Fleet
from benchmarks.goals import goal_of
from benchmarks.market import Market
from benchmarks.market_queries import mix, one_of_each
from benchmarks.processes import pss_megabytes
from benchmarks.results import Comparison, Measure
from benchmarks.servers import (
    OURS,
    OURS_ON_DISK,
    OXIGRAPH_ON_DISK,
    RDFLIB_ENDPOINT,
)

__all__ = ["Size", "measure"]

_CLIENTS: Final = (1, 4)
_MIXES: Final = 40


@dataclass(frozen=True, slots=True)
class Size:
    """How large the market is, what is measured there, and for how long.

    *workers* is how many workers our server has in memory; None leaves it to the server.
    """

    part: str
    label: str
    triples: int
    rounds: int
    seconds: int
    loads: int
    has_rdflib: bool
    workers: int | None = None


def measure(bench: Bench, size: Size) -> Iterator[Comparison | Measure]:
    """Yield loads, ratios of the mix, and memory."""
    market = Market.of_triples(size.triples)
    data = _data(bench, market)
    stores = _Stores(bench.workplace / f"stores-{size.part}")
    try:
        yield from _loads(bench, size, data, stores)
        with Fleet(tell=bench.tell) as fleet:
            _start(bench, size, fleet, data, stores)
            problems = _check(bench, fleet, market)
            questions = mix(market, mixes=_MIXES)
            for clients in _CLIENTS:
                rates = _rates(bench, size, fleet, questions, clients, problems)
                yield from _comparisons(size, clients, rates, problems)
            yield from _memory(size, fleet)
    finally:
        shutil.rmtree(stores.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Stores:
    folder: Path

    @property
    def ours(self) -> Path:
        return self.folder / "ours"

    @property
    def oxigraph(self) -> Path:
        return self.folder / "oxigraph"

    def empty(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)


def _data(bench: Bench, market: Market) -> Path:
    path = bench.workplace / "data" / f"market-{market.products}-{market.seed}.nt"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        count = market.write(new)
        new.rename(path)
        bench.tell(f"market: wrote {count:,} triples")
    return path


def _loads(bench: Bench, size: Size, data: Path, stores: _Stores) -> Iterator[Comparison]:
    ours, theirs = [], []
    for _ in range(size.loads):
        stores.empty()
        theirs.append(1 / bench.servers.oxigraph_load(data, stores.oxigraph))
        began = time.perf_counter()
        # From the command to the first answer: our server loads and serves with one verb.
        with bench.servers.ours_on_disk(data, stores.ours):
            ours.append(1 / (time.perf_counter() - began))
        bench.tell(f"load, {size.label}: {1 / ours[-1]:.1f} s, oxigraph {1 / theirs[-1]:.1f} s")
    workload = f"load, {size.label}"
    goal = goal_of(workload, OXIGRAPH_ON_DISK)
    yield Comparison(
        part=size.part,
        workload=workload,
        setting="to the first answer, oxigraph to the end of `oxigraph load`",
        ours=OURS_ON_DISK,
        against=OXIGRAPH_ON_DISK,
        our_values=tuple(ours),
        their_values=tuple(theirs),
        unit="loads/s",
        goal=goal.key if goal else "",
        at_least=goal.limit if goal else None,
    )


def _start(bench: Bench, size: Size, fleet: Fleet, data: Path, stores: _Stores) -> None:
    servers = bench.servers
    settings: dict[str, Any] = {} if size.workers is None else {"workers": size.workers}
    fleet.start(lambda: servers.oxigraph_on_disk(stores.oxigraph))
    began = time.perf_counter()
    fleet.start(lambda: servers.ours_on_disk(data, stores.ours))
    bench.tell(f"{OURS_ON_DISK}: opened again in {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    fleet.start(lambda: servers.ours(data=data, store="memory", **settings))
    bench.tell(f"{OURS}: loaded in memory in {time.perf_counter() - began:.1f} s")
    if size.has_rdflib:
        fleet.start(lambda: servers.rdflib_endpoint(data))
        bench.tell(f"{RDFLIB_ENDPOINT}: loaded")


def _check(bench: Bench, fleet: Fleet, market: Market) -> dict[str, str]:
    """Compare the answers to one question of each kind with oxigraph's."""
    problems: dict[str, str] = {}
    for kind, question in one_of_each(market).items():
        request = question.numbered(bench.client.fresh_number())
        expected = read(ask(fleet[OXIGRAPH_ON_DISK].endpoint, request))
        for name in fleet.names:
            try:
                problem = difference(expected, read(ask(fleet[name].endpoint, request)))
            except ValueError as error:
                problem = str(error)
            if problem:
                problems.setdefault(name, f"wrong answer to '{kind}': {problem}")
                bench.tell(f"{name}: {problems[name]}")
    bench.tell("the answers to one question of each kind are compared")
    return problems


def _rates(
    bench: Bench,
    size: Size,
    fleet: Fleet,
    questions: list[Request],
    clients: int,
    problems: dict[str, str],
) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {}
    for number in range(size.rounds):
        for name in bench.turns(fleet.names, number):
            is_slow = name == RDFLIB_ENDPOINT
            if name in problems or (is_slow and number >= 2):
                continue
            load = bench.client.press(
                fleet[name].endpoint,
                questions,
                connections=clients,
                seconds=size.seconds * (4 if is_slow else 1),
                skip=number * len(questions) // size.rounds,
            )
            if fault := load.fault():
                problems[name] = fault
                bench.tell(f"mix, {size.label}, {clients} clients: {name}: {fault}")
            rates.setdefault(name, []).append(load.per_second())
            fleet.settle(name)
    for name in problems:
        rates.pop(name, None)
    middles = {name: sorted(each)[len(each) // 2] for name, each in rates.items()}
    said = ", ".join(f"{name} {rate:,.1f}/s" for name, rate in middles.items())
    bench.tell(f"mix, {size.label}, {clients} clients: {said}")
    return rates


def _comparisons(
    size: Size, clients: int, rates: dict[str, list[float]], problems: dict[str, str]
) -> Iterator[Comparison]:
    peers = (OXIGRAPH_ON_DISK, *([RDFLIB_ENDPOINT] if size.has_rdflib else []))
    workload = f"mix, {size.label}"
    for ours in (OURS, OURS_ON_DISK):
        for peer in peers:
            goal = goal_of(workload, peer, mode="unique", connections=clients)
            if ours != OURS:
                goal = None
            said = [f"{who}: {problems[who]}" for who in (ours, peer) if who in problems]
            yield Comparison(
                part=size.part,
                workload=workload,
                setting=f"unique, {clients} client{'s' if clients > 1 else ''}",
                ours=ours,
                against=peer,
                our_values=tuple(rates.get(ours, ())),
                their_values=tuple(rates.get(peer, ())),
                goal=goal.key if goal else "",
                at_least=goal.limit if goal else None,
                note="; ".join(said),
            )


def _memory(size: Size, fleet: Fleet) -> Iterator[Measure]:
    for name in fleet.names:
        workers = f", {size.workers} workers" if name == OURS and size.workers else ""
        yield Measure(
            part=size.part,
            name=f"memory after the mix of {size.label} triples: {name}{workers}",
            unit="MB",
            values=(pss_megabytes(fleet[name].pid),),
        )
