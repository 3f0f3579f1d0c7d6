"""The workers of a server: two lanes of them, and the questions that wait for one."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from miwdap_kg.errors import AnswerStalled, MiwdapError, QueryTimeout, ServiceUnavailable
from miwdap_kg.execution.runner import Job
from miwdap_kg.execution.workers.heavy import HeavyLane
from miwdap_kg.execution.workers.legacy import Legacies
from miwdap_kg.execution.workers.limits import WorkerLimits, WorkerStatus
from miwdap_kg.execution.workers.line import Line
from miwdap_kg.execution.workers.obituary import Obituary
from miwdap_kg.execution.workers.spares import Spares
from miwdap_kg.execution.workers.staff import Staff
from miwdap_kg.execution.workers.waiting import LIGHT_SECONDS, Waiting

__all__ = ["Workers"]

_TICK_SECONDS: Final = 0.01
_GONE_SECONDS: Final = 0.02
_LONGEST_SECONDS: Final = 0.5
_NICE_SECONDS: Final = 0.25
_LINE: Final = 8
_EARLY_DEATHS: Final = 3
_STOPPING: Final = "The server is stopping. Ask again in a moment."


class Workers:
    """Answers questions in worker processes.

    A question that runs for longer than 50 ms leaves the light lane: another worker takes the place
    of its own, and what waited behind is asked again there. After 250 ms its worker goes on with
    less right to the processor, and ends with it; else it rests until it is needed again.
    The heavy lane takes so many; the others wait for their turn and begin anew.

    Args:
        module: the program of the nursery, which loads the data and forks the workers.
        config: what that program has to know.
        limits: how much is too much.
    """

    def __init__(self, module: str, config: Mapping[str, Any], limits: WorkerLimits) -> None:
        self.limits = limits
        self._waiting = Waiting(limits)
        self._light: list[Line] = []
        self._heavy = HeavyLane(limits)
        self._legacies = Legacies()
        self._ended: Counter[str] = Counter()
        self._early_deaths = 0
        self._is_closed = False
        self._is_ticking = False
        self._staff = Staff(module, config, on_answer=self._answered, on_lost=self._lost)
        self._spares = Spares(self._staff.hire, lambda line: self._end(line, ""), limits)

    @property
    def details(self) -> Mapping[str, Any]:
        """What the nursery told of the data when it was ready."""
        return self._staff.details

    async def start(self) -> None:
        """Take questions in the running event loop, as soon as the data is there.

        Raises:
            MiwdapError: the data cannot be had.
        """
        try:
            await self._staff.start(self)
        except MiwdapError:
            await self.close()
            raise

    async def close(self) -> None:
        """End all workers; who still waits is told so."""
        if self._is_closed:
            return
        self._is_closed = True
        self._waiting.refuse(_STOPPING)
        self._heavy.waiting.refuse(_STOPPING)
        for line in (*self._staff.lines, *self._legacies.lines):
            for job in line.all():
                job.fail(ServiceUnavailable(_STOPPING))
            line.close()
        await self._staff.close()

    def why_not_ready(self) -> str | None:
        """Return why questions cannot be answered now, or None."""
        is_served = any(line.pid for line in self._light)
        return self._staff.why_not_ready() or (None if is_served else "No worker runs.")

    def status(self) -> WorkerStatus:
        """Return what the workers do just now."""
        queued = len(self._waiting) + len(self._heavy.waiting)
        return WorkerStatus(queued, len(self._light), len(self._heavy.lines), self._ended)

    def ask(self, question: bytes) -> Job:
        """Take a question.

        Raises:
            ServiceUnavailable: too many are waiting, or the data cannot be had for now.
        """
        if self._is_closed:
            raise ServiceUnavailable(_STOPPING)
        if self._staff.failure is not None:
            raise ServiceUnavailable(str(self._staff.failure))
        job = Job(question, asyncio.get_running_loop())
        self._waiting.add(job)
        self._pump()
        self._tick_soon()
        return job

    def drop(self, job: Job) -> None:
        """Stop the work on a question that nobody waits for any more."""
        waited = self._waiting.remove(job) or self._heavy.waiting.remove(job)
        if waited or self._legacies.refuse(job):
            return
        for line in self._staff.lines:
            if line.holds(job):
                is_begun = line.begun is job
                line.leave(job)
                # If it runs on without an answer, the next tick ends it.
                if is_begun:
                    job.fail(ServiceUnavailable("Nobody waits for the answer any more."))
                    self._end(line, "client-gone")
                return

    # Where questions go

    def _pump(self) -> None:
        while self._waiting:
            born = [each for each in self._light if each.pid]
            line = min(born, key=lambda each: each.length, default=None)
            if line is None or line.length >= _LINE:
                return
            job = self._waiting.take()
            if job is not None:
                line.give(job)

    def _tick_soon(self) -> None:
        if not self._is_ticking and not self._is_closed:
            self._is_ticking = True
            asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._is_ticking = False
        if self._is_closed:
            return
        now = time.monotonic()
        for line in (*self._light, *self._heavy.lines):
            self._look_at(line, now)
        for _ in self._legacies.cut(self.limits.stall_seconds):
            self._ended["stalled"] += 1
        self._waiting.look(now)
        self._heavy.waiting.look(now)
        self._pump_heavy()
        for line in tuple(self._light) if self._waiting else ():
            self._staff.see_to(line)
        is_idle = self._heavy.is_idle and not self._waiting and not self._legacies.lines
        if not is_idle or any(line.length for line in self._light):
            self._tick_soon()

    def _look_at(self, line: Line, now: float) -> None:
        if line.is_doomed:
            return
        begun = line.begun
        if begun is not None and line.stalled_seconds > self.limits.stall_seconds:
            self._stop(line, begun, AnswerStalled(self.limits.stall_seconds), "stalled")
            return
        job, running = line.running(self._staff.board) or (None, None)
        if begun is not None and (running is None or job is not begun):
            # The worker is done with the answer that is being read. What else stands in its line
            # does not wait for that.
            if line.waiting_seconds > LIGHT_SECONDS:
                self._end(line, "")
            return
        if running is None:
            return
        seconds = now - running.since / 1e9
        if job is None or (job.is_over and job.answer is None):
            if seconds > _GONE_SECONDS:
                self._end(line, "client-gone")
        elif seconds - line.paused_seconds > running.allowed / 1e9:
            self._stop(line, job, QueryTimeout(running.allowed / 1e9), "deadline")
        elif line.lane == "light" and seconds > LIGHT_SECONDS:
            job.tell_slow()
            # Where the processor is short, a small question takes long and is not to blame.
            if running.worked_seconds(line.pid) > LIGHT_SECONDS or seconds > _LONGEST_SECONDS:
                self._make_heavy(line, job)
        elif line.lane == "heavy" and not line.is_nice and seconds > _NICE_SECONDS:
            self._staff.be_nice(line)

    def _make_heavy(self, line: Line, job: Job) -> None:
        job.lane = "heavy"
        if line.begun is None and not self._heavy.has_room:
            # No byte of it has left.
            line.leave(job)
            self._heavy.waiting.put(job)
            self._end(line, "")
            return
        if line.begun is not None and (cut := self._heavy.one_too_many(line)) is not None:
            error = AnswerStalled(round(cut.stalled_seconds, 1))
            self._stop(cut, cut.begun or job, error, "stalled")
            if cut is line:
                return
        self._light.remove(line)
        self._heavy.lines.append(line)
        line.lane = "heavy"
        self._staff.board.skip(line.slot, line.answered + line.length)
        self._ask_again(line, but=job)
        self.refill()

    def _pump_heavy(self) -> None:
        while self._heavy.waiting and self._heavy.has_room:
            line = self._spares.take()
            if line is None:
                return
            line.lane = "heavy"
            self._heavy.lines.append(line)
            job = self._heavy.waiting.take()
            if job is not None:
                line.give(job)

    def _ask_again(self, line: Line, *, but: Job | None = None, is_suspect: bool = False) -> None:
        self._waiting.put_back(line.others(than=but), is_suspect=is_suspect)
        self._pump()

    def _answered(self, line: Line) -> None:
        self._early_deaths = 0
        if line in self._legacies.lines:
            self._legacies.answered(line)
        elif line.lane == "heavy" and not line.length:
            if self._spares.rest(line):
                self._heavy.lines.remove(line)
            else:
                # What it grew to goes with it.
                self._end(line, "")
        elif self._waiting:
            self._pump()

    # Where workers come from and go

    def refill(self) -> None:
        """Have as many workers as there should be, and one who is ready to follow."""
        if self._is_closed:
            return
        while len(self._light) < self.limits.light:
            line = self._spares.take()
            if line is None:
                break
            self._light.append(line)
        self._spares.prepare()
        self._pump()

    def _stop(self, line: Line, job: Job, error: MiwdapError, reason: str) -> None:
        job.fail(error)
        line.leave(job)
        self._end(line, reason)

    def _end(self, line: Line, reason: str) -> None:
        if reason:
            self._ended[reason] += 1
        if not line.is_doomed:
            line.kill()
            self._remove(line)
            self._ask_again(line)
            self.refill()

    def _remove(self, line: Line) -> None:
        for lane in (self._light, self._heavy.lines):
            if line in lane:
                lane.remove(line)
        self._spares.forget(line)

    def _lost(self, line: Line) -> None:
        # The nursery is about to tell how it ended, or to be found dead itself.
        self._remove(line)
        self._legacies.lost(line)

    # What the staff tells

    def worker_ready(self, line: Line) -> None:
        """Give it what waits."""
        self._pump()

    def worker_ended(self, line: Line, why: Obituary | None) -> None:
        """Tell the one whose question ended a worker, ask the others again, replace it."""
        self._remove(line)
        if not line.is_doomed:
            found = line.running(self._staff.board)
            if found is not None and found[0] is not None and why is not None:
                found[0].fail(why.error)
                line.leave(found[0])
            self._ended["crash" if why is None else why.reason] += 1
            self._early_deaths += 1
            self._ask_again(line, is_suspect=found is None)
        self._legacies.take(line)
        self._tick_soon()
        if self._early_deaths < _EARLY_DEATHS:
            self.refill()
        elif not self._is_closed:
            # Workers that die before they have answered anything are not forked in a hurry.
            asyncio.get_running_loop().call_later(1.0, self.refill)

    def workers_ended(self, lines: Sequence[Line]) -> None:
        """Ask again, of other workers, whatever has not begun to be answered."""
        self._ended["nursery"] += 1
        for line in lines:
            self._remove(line)
            self._ask_again(line, is_suspect=True)
            self._legacies.take(line)
        self._tick_soon()

    def data_lost(self, error: MiwdapError) -> None:
        """Tell all who wait."""
        self._waiting.refuse(str(error))
        self._heavy.waiting.refuse(str(error))
