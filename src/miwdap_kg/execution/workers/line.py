"""One worker as its server sees it: the jobs in its line, and what comes back of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, cast

from miwdap_kg.execution.runner import Answer, Job
from miwdap_kg.execution.wire import Frames, Kind, error_of, frame, read_whole
from miwdap_kg.execution.workers.board import Board, Running

__all__ = ["Line"]

_HIGH_WATER: Final = 256 * 1024


class Line(asyncio.Protocol):
    """The line of jobs before a worker, which answers them in this order.

    A job that went elsewhere leaves its place empty: its answer still comes, and is dropped.
    """

    def __init__(
        self,
        slot: int,
        *,
        on_answer: Callable[[Line], None],
        on_lost: Callable[[Line], None],
    ) -> None:
        self.slot = slot
        self.lane = "light"
        self.asked = time.monotonic()
        """When the worker was asked for."""
        self.pid = 0
        """The id of its process; 0 until it is born."""
        self.is_doomed = False
        """Whether it was ended, or is to be as soon as its process is known."""
        self.is_nice = False
        """Whether it lets other processes go first, which it does for ever."""
        self.is_cut = False
        """Whether no more comes from it."""
        self.answered = 0
        self._process: int | None = None
        self._jobs: deque[Job | None] = deque()
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._unsent: list[bytes] = []
        self._on_answer, self._on_lost = on_answer, on_lost
        self._paused_since = 0.0
        self._paused_before = 0.0

    @property
    def length(self) -> int:
        """How many jobs stand in the line, places that were left among them."""
        return len(self._jobs)

    def give(self, job: Job) -> None:
        """Add a job to the end of the line."""
        if not self._jobs:
            job.begun = time.monotonic()
        self._jobs.append(job)
        self._write(frame(Kind.QUESTION, job.question))

    def holds(self, job: Job) -> bool:
        """Whether a job stands in the line."""
        return job in self._jobs

    def leave(self, job: Job) -> None:
        """Let a job leave the line; what the worker says of it is dropped."""
        self._jobs[self._jobs.index(job)] = None

    def all(self) -> Iterator[Job]:
        """Yield all jobs in the line, and let them leave it."""
        for job in tuple(self._jobs):
            if job is not None:
                self.leave(job)
                yield job

    def running(self, board: Board) -> tuple[Job | None, Running] | None:
        """Return the job that the worker runs now, None for one that has left; or nothing."""
        running = board.running(self.slot)
        if running is None or not 0 < running.number - self.answered <= len(self._jobs):
            return None
        return self._jobs[running.number - self.answered - 1], running

    def others(self, than: Job | None = None) -> Iterator[Job]:
        """Yield the jobs in the line that are not begun, and let them leave it."""
        for job in tuple(self._jobs):
            if job is not None and job is not than and job.answer is None:
                self.leave(job)
                yield job

    @property
    def begun(self) -> Job | None:
        """The job whose answer has begun to come."""
        job = self._jobs[0] if self._jobs else None
        return job if job is not None and job.answer is not None else None

    @property
    def paused_seconds(self) -> float:
        """How long the worker had to wait for the client to read this answer."""
        now = time.monotonic() - self._paused_since if self._paused_since else 0.0
        return self._paused_before + now

    @property
    def waiting_seconds(self) -> float:
        """How long nothing was taken from the worker, for so much is not read."""
        return time.monotonic() - self._paused_since if self._paused_since else 0.0

    @property
    def stalled_seconds(self) -> float:
        """How long the client has not read at all."""
        begun = self.begun
        if not self._paused_since or begun is None or begun.answer is None:
            return 0.0
        return time.monotonic() - max(self._paused_since, begun.answer.taken)

    def is_process(self, pid: int, descriptor: int) -> None:
        """Learn the process of the worker."""
        self.pid, self._process = pid, descriptor
        if self.is_doomed:
            self.kill()

    def kill(self) -> None:
        """End the process."""
        self.is_doomed = True
        if self._process is not None:
            # It may have ended by itself, which its nursery is about to tell.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def bury(self) -> None:
        """Forget the process, which has ended. What it had sent can still be read."""
        if self._process is not None:
            os.close(self._process)
            self._process = None

    def close(self) -> None:
        """Forget the process, and take nothing more from it."""
        self.bury()
        self.is_cut = True
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what was given so far."""
        self._transport = cast(asyncio.Transport, transport)
        if self.is_cut:
            self._transport.abort()
            return
        for content in self._unsent:
            self._transport.write(content)
        self._unsent.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that no more comes."""
        self.is_cut = True
        self._on_lost(self)

    def data_received(self, data: bytes) -> None:
        """Hand each answer, or piece of one, to its job."""
        for kind, content in self._frames.feed(data):
            job = self._jobs[0]
            if kind == Kind.WHOLE:
                if job is not None:
                    job.finish(Answer(*read_whole(content)))
            elif kind == Kind.HEAD:
                if job is not None:
                    job.finish(Answer(json.loads(content), None, resume=self._resume))
                continue
            elif kind == Kind.PIECE:
                if job is not None and job.answer is not None:
                    job.answer.put(content)
                    if job.answer.kept > _HIGH_WATER:
                        self._pause()
                continue
            elif kind == Kind.FAILED:
                if job is not None:
                    job.fail(error_of(content))
            elif job is not None and job.answer is not None:
                job.answer.put(None)
            self._jobs.popleft()
            self.answered += 1
            # What is not read yet of this answer holds up no other one.
            self._resume()
            self._paused_before = 0.0
            if self._jobs and self._jobs[0] is not None:
                self._jobs[0].begun = time.monotonic()
            self._on_answer(self)

    def _write(self, content: bytes) -> None:
        if self._transport is None:
            self._unsent.append(content)
        else:
            self._transport.write(content)

    def _pause(self) -> None:
        if self._paused_since or self._transport is None or self._transport.is_closing():
            return
        self._transport.pause_reading()
        self._paused_since = time.monotonic()

    def _resume(self) -> None:
        if self._paused_since and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self._paused_before += time.monotonic() - self._paused_since
            self._paused_since = 0.0
