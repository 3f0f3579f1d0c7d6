"""A few threads for queries, and what happens when all are taken."""

from __future__ import annotations

import asyncio
import threading

import pytest

from miwdap_kg.errors import ServiceUnavailable
from miwdap_kg.web.threads import Threads


def test_work_is_done_in_one_thread() -> None:
    """The engine's results must be read in the thread that asked."""

    async def run() -> tuple[int, int]:
        return await Threads(2, patience_seconds=5).run(
            lambda: (threading.get_ident(), threading.get_ident())
        )

    first, second = asyncio.run(run())

    assert first == second
    assert threading.get_ident() != first


def test_error_of_the_work_is_raised() -> None:
    """What fails in the thread fails for the one who waits."""

    async def run() -> None:
        await Threads(1, patience_seconds=5).run(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())


def test_who_waits_too_long_is_sent_away() -> None:
    """When all threads stay busy, work that has not begun is given up and never runs."""
    release = threading.Event()
    ran: list[str] = []

    async def run() -> None:
        threads = Threads(1, patience_seconds=0.05)
        busy = asyncio.ensure_future(threads.run(release.wait))
        await asyncio.sleep(0)
        with pytest.raises(ServiceUnavailable, match="1 queries are running"):
            await threads.run(lambda: ran.append("late"))
        release.set()
        assert await busy
        await threads.run(lambda: ran.append("next"))

    try:
        asyncio.run(run())
    finally:
        release.set()

    assert ["next"] == ran


def test_long_work_is_waited_for() -> None:
    """Patience is for a thread; work that has one may take its time."""
    release = threading.Event()

    async def run() -> bool:
        threads = Threads(1, patience_seconds=0.01)
        work = asyncio.ensure_future(threads.run(release.wait))
        await asyncio.sleep(0.05)
        release.set()
        return await work

    assert asyncio.run(run())


def test_cancelled_caller_waits_no_longer() -> None:
    """A server that stops does not wait for work that cannot be stopped."""
    release = threading.Event()

    async def run() -> None:
        work = asyncio.ensure_future(Threads(1, patience_seconds=0.01).run(release.wait))
        await asyncio.sleep(0.05)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    try:
        asyncio.run(run())
    finally:
        release.set()
