"""Jobs, answers in pieces, and the threads that answer where no processes can be ended."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from miwdap_kg.errors import QueryEvaluationError, QueryTimeout, ServiceUnavailable
from miwdap_kg.execution.runner import Answer, Job, Reply
from miwdap_kg.execution.threads import ThreadRunner


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test in an event loop of its own, which nothing is reported to."""
    reported: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))
        await asyncio.wait_for(test(), 20)
        gc.collect()
        await asyncio.sleep(0)

    asyncio.run(watched())
    gc.collect()
    assert [] == reported


async def body(answer: Answer) -> bytes:
    """Return the whole body."""
    return b"".join([piece async for piece in answer.pieces()])


def test_pieces_come_when_they_are_there() -> None:
    """Who reads waits for the next piece, and gets all in their order."""

    async def test() -> None:
        answer = Answer({}, None)
        reading = asyncio.ensure_future(body(answer))
        for piece in (b"a", b"b", None):
            await asyncio.sleep(0)
            answer.put(piece)
        assert b"ab" == await reading
        assert 0 == answer.kept

    run(test)


def test_sender_is_asked_to_go_on_when_little_is_left() -> None:
    """It is asked while it still sends, and no more behind the end."""

    async def test() -> None:
        asked: list[int] = []
        answer = Answer({}, None, resume=lambda: asked.append(answer.kept))
        for _ in range(4):
            answer.put(b"x" * 100_000)
        reading = answer.pieces()
        for _ in range(3):
            await anext(reading)
        assert [] == asked
        await anext(reading)
        assert [100_000] == asked
        answer.put(b"y")
        answer.put(None)
        assert [b"y"] == [each async for each in reading]
        assert [100_000] == asked

    run(test)


def test_error_comes_behind_the_pieces() -> None:
    """What was there before the error is read before it."""

    async def test() -> None:
        answer = Answer({}, None)
        answer.put(b"a")
        answer.put(QueryTimeout(2))
        reading = answer.pieces()
        assert b"a" == await anext(reading)
        with pytest.raises(QueryTimeout, match="stopped after 2 seconds"):
            await anext(reading)

    run(test)


@pytest.mark.parametrize("is_slow", [False, True], ids=["soon", "later"])
def test_job_is_answered_once(is_slow: bool) -> None:
    """The first answer, or error, is the one that counts."""

    async def test() -> None:
        loop = asyncio.get_running_loop()
        good, bad, begun = (Job(b"?", loop) for _ in range(3))
        for job in (good, bad, begun):
            assert not job.is_over
            if is_slow:
                job.tell_slow()
                job.tell_slow()
            assert not job.is_over
        good.finish(Answer({"n": 1}, b"1"))
        good.finish(Answer({"n": 2}, b"2"))
        bad.fail(QueryTimeout(1))
        bad.fail(QueryTimeout(2))
        begun.finish(Answer({}, None))
        begun.fail(QueryTimeout(3))

        assert 1 == (await good.answered()).head["n"]
        with pytest.raises(QueryTimeout, match="after 1 seconds"):
            await bad.answered()
        with pytest.raises(QueryTimeout, match="after 3 seconds"):
            await body(await begun.answered())
        assert good.is_over
        assert bad.is_over

    run(test)


def test_error_that_nobody_waits_for_is_no_news() -> None:
    """A client that is gone is not told, and neither is the log."""

    async def test() -> None:
        loop = asyncio.get_running_loop()
        for is_slow in (False, True):
            job = Job(b"?", loop)
            if is_slow:
                job.tell_slow()
            job.fail(QueryTimeout(1))
            del job

    run(test)


def answers(question: bytes, reply: Reply) -> None:
    """Answer with the question, or as it says."""
    if question == b"error":
        raise QueryEvaluationError("it was told to fail")
    if question == b"mistake":
        raise ZeroDivisionError
    reply.allow(3)
    reply.begin({"question": question.decode()}, boundary=b"\n", spool=10)
    assert 3 == reply.write(b"abc")
    assert reply.amend(more=1)
    reply.write(memoryview(question))


def test_threads_answer() -> None:
    """Answers come whole, errors as they are."""

    async def test() -> None:
        runner = ThreadRunner(answers, count=2)
        await runner.start()
        assert runner.why_not_ready() is None
        jobs = [runner.ask(b"%d" % n) for n in range(20)]
        for number, job in enumerate(jobs):
            answer = await job.answered()
            assert {"question": str(number), "more": 1} == answer.head
            assert b"abc%d" % number == await body(answer)
        with pytest.raises(QueryEvaluationError, match="it was told to fail"):
            await runner.ask(b"error").answered()
        with pytest.raises(ZeroDivisionError):
            await runner.ask(b"mistake").answered()
        await runner.close()

    run(test)


def test_threads_take_so_many() -> None:
    """What is too much is refused, and taken when there is room again."""
    go_on = threading.Event()

    def waits(question: bytes, reply: Reply) -> None:
        go_on.wait(20)
        reply.begin({})

    async def test() -> None:
        runner = ThreadRunner(waits, count=1, queue=2)
        jobs = [runner.ask(b"?") for _ in range(3)]
        with pytest.raises(ServiceUnavailable, match="3 queries are running or waiting"):
            runner.ask(b"?")
        runner.drop(jobs[0])
        go_on.set()
        for job in jobs:
            await job.answered()
        await runner.ask(b"?").answered()
        await runner.close()

    run(test)


def test_threads_that_are_closed_tell_who_waits() -> None:
    """What has not begun at the end is refused."""
    go_on, begun = threading.Event(), threading.Event()

    def waits(question: bytes, reply: Reply) -> None:
        begun.set()
        go_on.wait(20)

    async def test() -> None:
        runner = ThreadRunner(waits, count=1, queue=2)
        jobs = [runner.ask(b"?") for _ in range(2)]
        while not begun.is_set():
            await asyncio.sleep(0)
        await runner.close()
        with pytest.raises(ServiceUnavailable, match="The server is stopping"):
            await jobs[1].answered()
        go_on.set()
        await jobs[0].answered()

    run(test)
