"""The workers, with a program that has no data: what goes wrong with one is nobody else's."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from miwdap_kg.errors import (
    AnswerStalled,
    MiwdapError,
    QueryCrashed,
    QueryEvaluationError,
    QueryOutOfMemory,
    QueryTimeout,
    ServiceUnavailable,
    StoreFailure,
)
from miwdap_kg.execution.runner import Answer, Job, Reply
from miwdap_kg.execution.wire import Frames, Kind, frame
from miwdap_kg.execution.workers import WorkerLimits, Workers, can_be_ended
from miwdap_kg.execution.workers.board import Board
from miwdap_kg.execution.workers.worker import PIECE_BYTES, work
from miwdap_kg.settings import Settings

pytestmark = pytest.mark.skipif(not can_be_ended(), reason="workers need Linux")

PROGRAM = "worker_program"
DEADLINE_SECONDS = 20.0
LARGE = 3 * 1024 * 1024
"""More than the server keeps for a client, and the socket between holds."""


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program, where Python finds it."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


@pytest.fixture
def told(tmp_path: Path) -> Iterator[list[dict[str, Any]]]:
    """What event loops report that nobody caught."""
    found: list[dict[str, Any]] = []
    yield found
    gc.collect()
    assert [] == found


@pytest.fixture
def run(tmp_path: Path, told: list[dict[str, Any]]) -> Callable[..., None]:
    """A function that runs a test with workers, and sees that nothing of them is left over."""

    def run_test(test: Callable[[Workers], Coroutine[Any, Any, None]], **limits: float) -> None:
        async def with_workers() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
            async with hired(tmp_path, **limits) as workers:
                await asyncio.wait_for(test(workers), DEADLINE_SECONDS)
            gc.collect()
            # What is reported late is reported as well.
            for _ in range(5):
                await asyncio.sleep(0)

        before = open_descriptors()
        asyncio.run(with_workers())

        assert before == open_descriptors()

    return run_test


@asynccontextmanager
async def hired(folder: Path, **limits: Any) -> AsyncIterator[Workers]:
    """Workers that are ready, and go at the end."""
    workers = Workers(PROGRAM, {"folder": str(folder)}, WorkerLimits(**limits))
    try:
        await workers.start()
        await until(lambda: is_idle(workers))
        yield workers
    finally:
        await workers.close()


def open_descriptors() -> int:
    """Return how many descriptors this process has."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def ask(workers: Workers, **what: Any) -> Job:
    """Ask a worker to do something."""
    return workers.ask(json.dumps(what).encode())


async def whole(job: Job) -> bytes:
    """Return the body of an answer."""
    answer = await job.answered()
    return b"".join([piece async for piece in answer.pieces()])


async def error_of(job: Job) -> MiwdapError:
    """Return why there is no whole answer."""
    with pytest.raises(MiwdapError) as raised:
        await whole(job)
    return raised.value


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.005)


def is_idle(workers: Workers) -> bool:
    """Tell whether nothing runs or waits, and as many take questions as should."""
    status = workers.status()
    return (status.queued, status.light, status.heavy) == (0, workers.limits.light, 0) and (
        workers.why_not_ready() is None
    )


def runs(pid: int) -> bool:
    """Tell whether a process is there, and more than a body to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def nursery_of(folder: Path) -> int:
    """Return the process id of the nursery that was started last."""
    return int((folder / "nursery").read_text())


def test_answers(run: Callable[..., None]) -> None:
    """Small answers come whole, large ones in pieces, errors as they are."""

    async def test(workers: Workers) -> None:
        small, large, none = (ask(workers, bytes=n) for n in (8192, LARGE, 0))
        failed = ask(workers, end="error")

        assert 8192 == len(await whole(small))
        assert LARGE == len(await whole(large))
        assert b"" == await whole(none)
        error = await error_of(failed)
        assert isinstance(error, QueryEvaluationError)
        assert "The engine could not evaluate the query: it was told to fail" == str(error)

    run(test)


def test_many_at_once(run: Callable[..., None]) -> None:
    """Each question gets its own answer, in whatever order they end."""

    async def test(workers: Workers) -> None:
        jobs = [ask(workers, number=n, bytes=n % 5 * 8192) for n in range(200)]

        for number, job in enumerate(jobs):
            answer = await job.answered()
            assert number == answer.head["number"]
            assert number % 5 * 8192 == sum([len(each) async for each in answer.pieces()])
        await until(lambda: is_idle(workers))

    run(test, queue=200)


def test_queue_is_bounded(run: Callable[..., None]) -> None:
    """Who finds the queue full is told so at once."""

    async def test(workers: Workers) -> None:
        jobs = [ask(workers, before=0.2) for _ in range(8 + 2)]
        with pytest.raises(ServiceUnavailable, match="2 queries are waiting already"):
            ask(workers)
        for job in jobs:
            workers.drop(job)
        await until(lambda: is_idle(workers))

    run(test, light=1, queue=2)


def test_deadline(run: Callable[..., None]) -> None:
    """A question that runs on is ended, by its own deadline if it has one; once is counted once."""

    async def test(workers: Workers) -> None:
        job = ask(workers, allow=0.2, before=60)
        error = await error_of(job)
        workers.drop(job)

        assert isinstance(error, QueryTimeout)
        assert 0.2 == error.seconds
        await until(lambda: is_idle(workers))
        assert {"deadline": 1} == workers.status().ended

    run(test)


def test_deadline_within_an_answer(run: Callable[..., None]) -> None:
    """What has come by then is kept, up to the end of a line."""

    async def test(workers: Workers) -> None:
        job = ask(workers, allow=0.3, bytes=LARGE, after=60)
        answer = await job.answered()
        content = bytearray()
        with pytest.raises(QueryTimeout):
            await read_into(content, answer)
        workers.drop(job)

        assert LARGE - PIECE_BYTES <= len(content) <= LARGE
        assert content.endswith(b"\n")
        assert {"deadline": 1} == workers.status().ended

    run(test)


@pytest.mark.parametrize(
    ("end", "kind", "message", "counted"),
    [
        ("crash", QueryCrashed, "the worker that ran it ended with SIGSEGV", "crash"),
        ("memory", QueryOutOfMemory, "it took more memory than it may", "memory"),
        ("engine-memory", QueryOutOfMemory, "it took more memory than it may", "memory"),
    ],
)
def test_worker_that_ends(
    run: Callable[..., None], end: str, kind: type[MiwdapError], message: str, counted: str
) -> None:
    """Who asked what ended a worker is told; who stood behind is answered by another one."""

    async def test(workers: Workers) -> None:
        bad = ask(workers, end=end)
        others = [ask(workers, bytes=8192) for _ in range(7)]
        error = await error_of(bad)

        assert isinstance(error, kind)
        assert message in str(error)
        assert [8192] * 7 == [len(await whole(job)) for job in others]
        await until(lambda: is_idle(workers))
        assert {counted: 1} == workers.status().ended

    run(test, light=1)


def test_worker_that_ends_within_its_answer(run: Callable[..., None]) -> None:
    """An answer that has begun is ended with the error."""

    async def test(workers: Workers) -> None:
        job = ask(workers, bytes=LARGE, end="crash")
        answer = await job.answered()
        content = bytearray()
        with pytest.raises(QueryCrashed, match="SIGSEGV"):
            await read_into(content, answer)

        assert len(content) <= LARGE
        await until(lambda: is_idle(workers))

    run(test)


def test_innocent_is_never_blamed(run: Callable[..., None]) -> None:
    """Whoever stands behind slow questions again and again is answered nevertheless."""

    async def test(workers: Workers) -> None:
        slow = [ask(workers, allow=0.3, before=60) for _ in range(6)]
        quick = [ask(workers, bytes=8192) for _ in range(2)]
        assert [8192] * 2 == [len(await whole(job)) for job in quick]
        for job in slow:
            assert isinstance(await error_of(job), QueryTimeout)
        await until(lambda: is_idle(workers))

    run(test, light=1, heavy=8)


def test_heavy_lane_is_bounded(run: Callable[..., None]) -> None:
    """A long question waits for its turn, and one that is too many even for that is told so."""

    async def test(workers: Workers) -> None:
        long = [ask(workers, allow=1, before=60) for _ in range(4)]
        errors = await asyncio.gather(*map(error_of, long))

        assert 3 == sum(isinstance(each, QueryTimeout) for each in errors)
        assert 1 == sum(isinstance(each, ServiceUnavailable) for each in errors)
        await until(lambda: is_idle(workers))
        assert {"deadline": 3} == workers.status().ended

    run(test, heavy=2, light=4, queue=1)


@pytest.mark.parametrize("seconds", [0.0, 0.1], ids=["light", "heavy"])
def test_client_that_goes_ends_its_worker(run: Callable[..., None], seconds: float) -> None:
    """A question that nobody waits for is ended, and what stands behind it answered."""

    async def test(workers: Workers) -> None:
        job = ask(workers, before=60)
        behind = ask(workers, bytes=8192)
        started = time.monotonic()
        await asyncio.sleep(seconds)
        workers.drop(job)
        assert 8192 == len(await whole(behind))
        await until(lambda: is_idle(workers))

        assert time.monotonic() - started < 1 + seconds
        assert {"client-gone": 1} == workers.status().ended

    run(test, light=1)


def test_heavy_lane_is_left_when_the_client_goes_at_the_last_moment(
    run: Callable[..., None],
) -> None:
    """However a long question and the going of its client meet, its place becomes free."""

    async def test(workers: Workers) -> None:
        for each in range(20):
            job = ask(workers, before=0.08)
            assert await job.soon is None
            await asyncio.sleep(0.02 + each * 0.001)
            workers.drop(job)
        await until(lambda: is_idle(workers))

    run(test)


def test_client_that_goes_within_an_answer(run: Callable[..., None]) -> None:
    """Whoever reads the pieces is told that no more come, and others behind are answered."""

    async def test(workers: Workers) -> None:
        job = ask(workers, bytes=LARGE, after=60)
        behind = [ask(workers, bytes=8192) for _ in range(3)]
        answer = await job.answered()
        reading = asyncio.ensure_future(read_to_the_end(answer))
        await until(lambda: answer.kept == 0)
        workers.drop(job)

        assert [8192] * 3 == [len(await whole(each)) for each in behind]
        with pytest.raises(MiwdapError, match="Nobody waits for the answer any more"):
            await reading
        await until(lambda: is_idle(workers))
        assert {"client-gone": 1} == workers.status().ended

    run(test, light=3)


async def read_into(content: bytearray, answer: Answer) -> None:
    """Add the body of an answer to what is there."""
    async for piece in answer.pieces():
        content += piece


async def read_to_the_end(answer: Answer) -> int:
    """Return how many bytes there were."""
    return sum([len(piece) async for piece in answer.pieces()])


@pytest.mark.parametrize("size", [300_000, 600_000, LARGE])
def test_slow_reader_is_nobody_elses_matter(run: Callable[..., None], size: int) -> None:
    """Who stands behind an answer that is not read is answered; the answer itself comes whole."""

    async def test(workers: Workers) -> None:
        size_ = size // 8192 * 8192
        slow = ask(workers, bytes=size_)
        answer = await slow.answered()
        for _ in range(4):
            others = [ask(workers, bytes=8192) for _ in range(3)]
            assert [8192] * 3 == [len(await whole(job)) for job in others]

        assert size_ == await read_to_the_end(answer)
        await until(lambda: is_idle(workers))
        assert {} == workers.status().ended

    run(test, light=1)


@pytest.mark.parametrize("end", ["crash", "timeout", "gone"])
def test_answer_that_is_read_slowly_survives_its_worker(run: Callable[..., None], end: str) -> None:
    """An answer that has left its worker is whole, whatever becomes of that by the next one."""

    async def test(workers: Workers) -> None:
        slow = ask(workers, bytes=41 * 8192)
        bad = ask(workers, **({"end": "crash"} if end == "crash" else {"allow": 0.2, "before": 9}))
        answer = await slow.answered()
        if end == "gone":
            await asyncio.sleep(0.03)
            workers.drop(bad)
        else:
            assert isinstance(await error_of(bad), QueryCrashed | QueryTimeout)
        await until(lambda: workers.status().light == 1)

        assert 41 * 8192 == await asyncio.wait_for(read_to_the_end(answer), 5)
        await until(lambda: is_idle(workers))

    run(test, light=1)


def test_stalled_answer_is_cut(run: Callable[..., None]) -> None:
    """An answer that nobody reads is ended, and its worker is free."""

    async def test(workers: Workers) -> None:
        job = ask(workers, bytes=LARGE)
        answer = await job.answered()
        await until(lambda: workers.status().ended["stalled"] and is_idle(workers))
        with pytest.raises(AnswerStalled, match=r"for 0\.3 seconds nobody read on"):
            await read_to_the_end(answer)
        workers.drop(job)

        assert {"stalled": 1} == workers.status().ended

    run(test, stall_seconds=0.3)


@pytest.mark.parametrize("size", [41, 56, 70])
def test_stalled_answer_whose_worker_is_done(run: Callable[..., None], size: int) -> None:
    """What has come of it is whole, or known not to be."""

    async def test(workers: Workers) -> None:
        job = ask(workers, bytes=size * 8192)
        answer = await job.answered()
        await asyncio.sleep(0.5)
        await until(lambda: is_idle(workers))
        try:
            assert size * 8192 == await read_to_the_end(answer)
        except AnswerStalled:
            assert answer.kept < size * 8192

    run(test, stall_seconds=0.3)


def test_who_reads_slowly_is_not_cut(run: Callable[..., None]) -> None:
    """As long as a piece is taken now and then, an answer comes to its end."""

    async def test(workers: Workers) -> None:
        answer = await ask(workers, bytes=LARGE).answered()
        found = 0
        async for piece in answer.pieces():
            found += len(piece)
            if found < 15 * 65536:
                await asyncio.sleep(0.1)

        assert LARGE == found
        assert {} == workers.status().ended

    run(test, stall_seconds=0.4)


def test_little_is_kept_for_who_does_not_read(run: Callable[..., None]) -> None:
    """A large answer waits in its worker, not in the server."""

    async def test(workers: Workers) -> None:
        answer = await ask(workers, bytes=20 * LARGE).answered()
        highest = 0
        for _ in range(50):
            await asyncio.sleep(0.002)
            highest = max(highest, answer.kept)
        assert 0 < highest < 1024 * 1024
        assert 20 * LARGE == await read_to_the_end(answer)

    run(test)


def test_finished_answer_that_nobody_reads_blocks_nothing(run: Callable[..., None]) -> None:
    """A client may go without having read an answer whose end is there already."""

    async def test(workers: Workers) -> None:
        for size in range(30, 60):
            job = ask(workers, bytes=size * 8192)
            await job.answered()
            await asyncio.sleep(0.002)
            workers.drop(job)
            assert 8192 == len(await asyncio.wait_for(whole(ask(workers, bytes=8192)), 2))
        await until(lambda: is_idle(workers))

    run(test, light=1)


def test_killed_worker(run: Callable[..., None]) -> None:
    """A worker that is killed from outside costs its running question, and nothing else."""

    async def test(workers: Workers) -> None:
        pid = (await ask(workers).answered()).head["pid"]
        long = ask(workers, before=60)
        await until(lambda: workers.status().heavy == 1)
        os.kill(pid, signal.SIGKILL)
        error = await error_of(long)

        assert isinstance(error, QueryCrashed)
        assert "the worker that ran it ended with SIGKILL" in str(error)
        await until(lambda: is_idle(workers))
        assert {"crash": 1} == workers.status().ended

    run(test, light=1)


def test_killed_idle_workers(run: Callable[..., None]) -> None:
    """Idle workers that are killed are replaced before anybody notices."""

    async def test(workers: Workers) -> None:
        for _ in range(8):
            pid = (await ask(workers).answered()).head["pid"]
            os.kill(pid, signal.SIGKILL)
            assert [8192] * 4 == [
                len(await whole(job)) for job in [ask(workers, bytes=8192) for _ in range(4)]
            ]
        await until(lambda: is_idle(workers))

    run(test)


def test_worker_that_dies_as_it_is_ended(run: Callable[..., None]) -> None:
    """To end a worker that has just ended itself is no mistake."""

    async def test(workers: Workers) -> None:
        for _ in range(10):
            pid = (await ask(workers).answered()).head["pid"]
            job = ask(workers, before=60)
            await until(lambda: workers.status().heavy == 1)
            os.kill(pid, signal.SIGKILL)
            await until(lambda pid=pid: not Path(f"/proc/{pid}").exists())
            workers.drop(job)
            await until(lambda: is_idle(workers))

    run(test, light=1)


def test_killed_nursery(run: Callable[..., None], tmp_path: Path) -> None:
    """A nursery that is killed is followed by another; who waits is answered there."""

    async def test(workers: Workers) -> None:
        long = ask(workers, bytes=LARGE, after=60)
        await long.answered()
        await until(lambda: workers.status().heavy == 1)
        first = nursery_of(tmp_path)
        waiting = [ask(workers, bytes=8192, before=0.03) for _ in range(12)]
        os.kill(first, signal.SIGKILL)
        later = [ask(workers, bytes=8192) for _ in range(12)]

        assert [8192] * 24 == [len(await whole(job)) for job in (*waiting, *later)]
        with pytest.raises(QueryCrashed, match="the process that ran it was ended"):
            await whole(long)
        await until(lambda: is_idle(workers))
        assert first != nursery_of(tmp_path)
        assert {"nursery": 1} == workers.status().ended

    run(test)


def test_nursery_killed_again_and_again(run: Callable[..., None], tmp_path: Path) -> None:
    """It is replaced each time, though not in a hurry."""

    async def test(workers: Workers) -> None:
        for _ in range(3):
            os.kill(nursery_of(tmp_path), signal.SIGKILL)
            assert 8192 == len(await whole(ask(workers, bytes=8192)))
        await until(lambda: is_idle(workers))

    run(test)


def test_nursery_that_cannot_load(tmp_path: Path) -> None:
    """Why the data cannot be had is why there are no workers."""
    (tmp_path / "fails").touch()

    async def start() -> None:
        async with hired(tmp_path):
            pass

    with pytest.raises(StoreFailure, match=r"cannot be read\.$"):
        asyncio.run(start())
    assert not runs(nursery_of(tmp_path))


def test_nursery_that_dies_while_it_loads(tmp_path: Path) -> None:
    """A server whose data cannot be loaded does not try for ever."""
    (tmp_path / "dies-loading").touch()

    async def start() -> None:
        async with hired(tmp_path):
            pass

    with pytest.raises(ServiceUnavailable, match="The process that loads the data was ended"):
        asyncio.run(asyncio.wait_for(start(), DEADLINE_SECONDS))


def test_data_that_is_lost_while_serving(run: Callable[..., None], tmp_path: Path) -> None:
    """Until the data can be had again, the server says why it cannot answer."""

    async def test(workers: Workers) -> None:
        (tmp_path / "fails").touch()
        waiting = ask(workers, before=0.04)
        os.kill(nursery_of(tmp_path), signal.SIGKILL)
        assert "cannot be read." in str(await error_of(waiting))
        assert "cannot be read." in str(workers.why_not_ready())
        with pytest.raises(ServiceUnavailable, match=r"cannot be read\."):
            ask(workers)
        (tmp_path / "fails").unlink()
        await until(lambda: workers.why_not_ready() is None)
        assert 8192 == len(await whole(ask(workers, bytes=8192)))

    run(test, light=1)


def test_workers_that_die_at_birth(run: Callable[..., None], tmp_path: Path) -> None:
    """They are not forked in a hurry, and who waits for one is told in the end."""

    async def test(workers: Workers) -> None:
        pid = (await ask(workers).answered()).head["pid"]
        (tmp_path / "dies-at-birth").touch()
        os.kill(pid, signal.SIGKILL)
        await until(lambda: workers.status().ended["crash"] >= 3)
        before = time.process_time()
        await asyncio.sleep(0.3)
        assert workers.status().ended["crash"] < 12
        assert time.process_time() - before < 0.2
        (tmp_path / "dies-at-birth").unlink()
        assert 8192 == len(await whole(ask(workers, bytes=8192)))
        await until(lambda: is_idle(workers))

    run(test, light=1)


def test_nobody_is_left_when_the_server_is_killed(tmp_path: Path) -> None:
    """Workers and nursery go with their server within a second, even while it loads."""
    for is_loading in (False, True):
        if is_loading:
            (tmp_path / "loads").touch()
            (tmp_path / "nursery").unlink()
        server = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import asyncio, sys\n"
                "from pathlib import Path\n"
                "sys.path.insert(0, sys.argv[1])\n"
                "from miwdap_kg.execution.workers import WorkerLimits, Workers\n"
                "async def main():\n"
                "    workers = Workers('worker_program', {'folder': sys.argv[2]}, WorkerLimits())\n"
                "    await workers.start()\n"
                "    job = workers.ask(b'{\"before\": 60}')\n"
                "    while not workers.status().heavy: await asyncio.sleep(0.01)\n"
                "    print('runs', flush=True)\n"
                "    await job.answered()\n"
                "asyncio.run(main())\n",
                str(Path(__file__).parent),
                str(tmp_path),
            ],
            stdout=subprocess.PIPE,
        )
        assert server.stdout is not None
        try:
            if is_loading:
                wait_until(lambda: (tmp_path / "nursery").exists())
                wait_until(lambda: (tmp_path / "nursery").read_text() != "")
            else:
                assert b"runs\n" == server.stdout.readline()
            nursery = nursery_of(tmp_path)
            ours = [nursery, *children_of(nursery)]
            assert len(ours) == 1 if is_loading else len(ours) >= 4
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
        started = time.monotonic()
        wait_until(lambda ours=ours: not any(map(runs, ours)))
        assert time.monotonic() - started < 1.5


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    """Return the children of a process."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_close_while_busy(run: Callable[..., None]) -> None:
    """Whoever waits when all is closed is told so: running, in line, in the queue, or reading."""
    jobs: list[Job] = []

    async def test(workers: Workers) -> None:
        jobs.append(ask(workers, bytes=LARGE, after=60))
        await jobs[0].answered()
        jobs.extend(ask(workers, before=60) for _ in range(2 * 8 + 5))
        waiting = asyncio.gather(*map(error_of, jobs))
        await asyncio.sleep(0)
        await workers.close()
        for error in await waiting:
            assert isinstance(error, ServiceUnavailable)
            assert "The server is stopping. Ask again in a moment." == str(error)
        with pytest.raises(ServiceUnavailable, match="The server is stopping"):
            ask(workers)
        for job in jobs:
            workers.drop(job)

    run(test, heavy=1)


def test_close_is_quick(run: Callable[..., None]) -> None:
    """Nothing that runs holds up the end, here for a minute."""
    started = 0.0

    async def test(workers: Workers) -> None:
        nonlocal started
        for _ in range(4):
            workers.drop(ask(workers, before=60))
            ask(workers, before=60)
        await until(lambda: workers.status().heavy == 2)
        started = time.monotonic()

    run(test, heavy=2)
    assert time.monotonic() - started < 10


def test_stuck_nursery_is_replaced(
    run: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nursery that gives birth no more is ended itself."""
    monkeypatch.setattr("miwdap_kg.execution.workers.staff.BIRTH_SECONDS", 0.5)

    async def test(workers: Workers) -> None:
        stuck = nursery_of(tmp_path)
        os.kill(stuck, signal.SIGSTOP)
        for _ in range(3):
            assert isinstance(await error_of(ask(workers, allow=0.1, before=60)), MiwdapError)
            if workers.status().light == 0 or workers.why_not_ready():
                break
        assert 8192 == len(await whole(ask(workers, bytes=8192)))
        await until(lambda: is_idle(workers))
        assert stuck != nursery_of(tmp_path)

    run(test, light=1)


def test_idle_workers_cost_nothing(run: Callable[..., None]) -> None:
    """When nothing is asked, nothing is looked at."""

    async def test(workers: Workers) -> None:
        await whole(ask(workers, before=0.1))
        workers.drop(ask(workers, before=60))
        await until(lambda: is_idle(workers))
        await asyncio.sleep(0.1)
        before = time.process_time()
        await asyncio.sleep(0.5)

        assert time.process_time() - before < 0.01

    run(test)


def test_board_tells_what_runs() -> None:
    """The board tells number, time and allowance of what runs, and nothing when nothing does."""
    board = Board.make()
    try:
        assert board.running(3) is None
        before = time.monotonic_ns()
        board.begin(3, 7, 1.5)
        running = board.running(3)
        assert running is not None
        assert (7, 1_500_000_000) == (running.number, running.allowed)
        assert before <= running.since <= time.monotonic_ns()
        assert board.running(2) is None
        assert board.running(4) is None
        # Another process sees the same.
        other = Board(os.dup(board.descriptor))
        other.clear(3)
        other.close()
        assert board.running(3) is None
    finally:
        board.close()


def test_board_tells_what_to_skip() -> None:
    """Questions up to a number, of one worker; the next worker in its slot skips none."""
    board = Board.make()
    try:
        board.begin(3, 7, 1.5)
        board.skip(3, 9)
        assert [True, True, False] == [board.is_skipped(3, number) for number in (8, 9, 10)]
        assert not board.is_skipped(2, 8)
        assert not board.is_skipped(4, 8)
        running = board.running(3)
        assert running is not None
        assert running.number == 7
        board.reset(3)
        assert not board.is_skipped(3, 1)
        assert board.running(3) is None
    finally:
        board.close()


def test_what_left_the_line_is_not_computed() -> None:
    """A worker passes over the questions that nobody waits for, and answers the next."""
    asked: list[bytes] = []

    def answer(question: bytes, reply: Reply) -> None:
        asked.append(question)
        reply.begin({})

    board = Board.make()
    ours, theirs = socket.socketpair()
    try:
        board.skip(3, 2)
        ours.sendall(b"".join(frame(Kind.QUESTION, each) for each in (b"a", b"b", b"c")))
        ours.shutdown(socket.SHUT_WR)
        work(theirs, answer, board=board, slot=3, seconds=1)
        kinds = [kind for kind, _ in Frames().feed(ours.recv(1 << 16))]
    finally:
        board.close()
        ours.close()
        theirs.close()

    assert [b"c"] == asked
    assert [Kind.END, Kind.END, Kind.WHOLE] == kinds


def test_limits_come_from_the_settings() -> None:
    """Each limit has its setting, and nobody is waited for longer than a query may run."""
    settings = Settings.read(workers=3, heavy_workers=5, queue=7, query_seconds=2.5)

    assert WorkerLimits(3, 5, 7, 2.5, 15) == WorkerLimits.of(settings)
    assert 15.0 == WorkerLimits.of(Settings.read(query_seconds=60)).stall_seconds
