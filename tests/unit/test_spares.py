"""Workers that stand by: which one comes first, which are kept, and for how long."""

from __future__ import annotations

import asyncio

import pytest

from miwdap_kg.execution.workers import WorkerLimits
from miwdap_kg.execution.workers import spares as module
from miwdap_kg.execution.workers.line import Line
from miwdap_kg.execution.workers.spares import Spares


class Office:
    """Hires and ends, and knows whom."""

    def __init__(self, most: int = 2) -> None:
        self.hired: list[Line] = []
        self.ended: list[Line] = []
        self.spares = Spares(self.hire, self.end, WorkerLimits(light=1, heavy=most - 1))

    def hire(self) -> Line:
        self.hired.append(worker(len(self.hired)))
        return self.hired[-1]

    def end(self, line: Line) -> None:
        self.ended.append(line)
        self.spares.forget(line)


def worker(slot: int = 0) -> Line:
    """Return a worker that nobody listens to."""
    return Line(slot, on_answer=lambda line: None, on_lost=lambda line: None)


def test_who_has_rested_comes_before_a_fresh_one() -> None:
    """And the fresh one before one that has yet to be hired."""

    async def test() -> None:
        office, rested = Office(), worker()
        office.spares.prepare()
        office.spares.prepare()
        assert office.spares.rest(rested)

        assert rested is office.spares.take()
        assert [office.spares.take()] == office.hired
        assert office.spares.take() is office.hired[1]

    asyncio.run(test())


def test_who_is_kept() -> None:
    """No more than there are places, and none that is nice or about to end."""

    async def test() -> None:
        office, nice, doomed = Office(most=2), worker(), worker()
        nice.is_nice = doomed.is_doomed = True

        assert [False, False] == [office.spares.rest(nice), office.spares.rest(doomed)]
        assert [True, True, False] == [office.spares.rest(worker()) for _ in range(3)]

    asyncio.run(test())


def test_who_rests_for_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has grown to is given back; a fresh one stays."""
    monkeypatch.setattr(module, "_REST_SECONDS", 0.05)

    async def test() -> None:
        office, early, late = Office(), worker(), worker()
        office.spares.prepare()
        office.spares.rest(early)
        await asyncio.sleep(0.03)
        office.spares.rest(late)
        await asyncio.sleep(0.04)
        assert [early] == office.ended
        await asyncio.sleep(0.1)

        assert [early, late] == office.ended
        assert [office.spares.take()] == office.hired

    asyncio.run(test())


def test_who_has_ended_is_forgotten() -> None:
    """Neither a fresh one nor one that rests comes after its end."""

    async def test() -> None:
        office, rested = Office(), worker()
        office.spares.prepare()
        office.spares.rest(rested)
        office.spares.forget(rested)
        office.spares.forget(office.hired[0])

        assert office.spares.take() is office.hired[1]

    asyncio.run(test())
