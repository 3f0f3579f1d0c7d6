"""The staff: all workers that live or are about to, and the nursery that they come from."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from miwdap_kg.errors import MiwdapError, ServiceUnavailable
from miwdap_kg.execution.workers.board import SLOTS, Board
from miwdap_kg.execution.workers.line import Line
from miwdap_kg.execution.workers.nursery_process import NurseryProcess
from miwdap_kg.execution.workers.obituary import Obituary, obituary

__all__ = ["Employer", "Staff", "can_be_ended"]

BIRTH_SECONDS: Final = 10.0
"""A nursery that gives birth no sooner is taken for stuck."""

_LONG_LIFE_SECONDS: Final = 1.0
_LONGEST_BREAK_SECONDS: Final = 10.0
_ATTEMPTS: Final = 3


class Employer(Protocol):
    """Who hires workers, and hears what becomes of them."""

    def refill(self) -> None:
        """Workers can be had: hire as many as are wanted."""
        ...

    def worker_ready(self, line: Line) -> None:
        """A worker takes questions from now on."""
        ...

    def worker_ended(self, line: Line, why: Obituary | None) -> None:
        """A worker has ended; without a reason, it never was."""
        ...

    def workers_ended(self, lines: Sequence[Line]) -> None:
        """All workers have ended, since their nursery did."""
        ...

    def data_lost(self, error: MiwdapError) -> None:
        """The data, which was there, cannot be had for now."""
        ...


class Staff:
    """Hires workers, and knows which of them live.

    Args:
        module: the program of the nursery.
        config: what that program has to know.
        on_answer: is called when a worker has answered.
        on_lost: is called when no more comes from a worker.
    """

    def __init__(
        self,
        module: str,
        config: Mapping[str, Any],
        *,
        on_answer: Callable[[Line], None],
        on_lost: Callable[[Line], None],
    ) -> None:
        self.board = Board.make()
        self.details: Mapping[str, Any] = {}
        """What the nursery told of the data when it was ready."""
        self.failure: MiwdapError | None = None
        """Why the data cannot be had."""
        self._module, self._config = module, config
        self._on_answer, self._on_lost = on_answer, on_lost
        self._employer: Employer
        self._free = deque(range(SLOTS))
        self._by_slot: dict[int, Line] = {}
        self._by_pid: dict[int, Line] = {}
        self._births: set[asyncio.Task[Any]] = set()
        self._is_ready = asyncio.Event()
        self._ready_since = 0.0
        """When the present nursery had its data, or the last one if there is none."""
        self._short_lives = 0
        self._is_closed = False
        # It loads the data while the server is still being put together.
        self._nursery: NurseryProcess | None = self._new_nursery()

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of all workers that live or are about to."""
        return tuple(self._by_slot.values())

    @property
    def is_ready(self) -> bool:
        """Whether the data is there."""
        return self._is_ready.is_set() and self.failure is None

    def why_not_ready(self) -> str | None:
        """Return why the data is not there, or None."""
        if self.failure is not None:
            return str(self.failure)
        return None if self.is_ready else "The data is being loaded."

    async def start(self, employer: Employer) -> None:
        """Let workers be hired, and wait until the data is there.

        Raises:
            MiwdapError: the data cannot be had.
        """
        self._employer = employer
        if self._nursery is not None:
            self._nursery.listen(self)
        employer.refill()
        await self._is_ready.wait()
        if self.failure is not None:
            raise self.failure

    def hire(self) -> Line | None:
        """Return the line of a worker who is about to be born; None if none can be had now."""
        if self._is_closed or self._nursery is None or not self._free:
            return None
        loop = asyncio.get_running_loop()
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError:
            # The process has all the descriptors that it may have, but not for ever.
            loop.call_later(_LONG_LIFE_SECONDS, self._employer.refill)
            return None
        line = Line(self._free.popleft(), on_answer=self._on_answer, on_lost=self._on_lost)
        self.board.reset(line.slot)
        self._by_slot[line.slot] = line
        self._nursery.ask_for_worker(line.slot, theirs)
        theirs.close()
        birth = loop.create_task(loop.create_unix_connection(lambda: line, sock=ours))
        self._births.add(birth)
        birth.add_done_callback(self._births.discard)
        return line

    def be_nice(self, line: Line) -> None:
        """Let other processes go before a worker."""
        if self._nursery is not None and line.pid:
            line.is_nice = True
            self._nursery.be_nice(line.pid)

    def see_to(self, line: Line) -> None:
        """Replace the nursery if a worker that is awaited should have been born long ago."""
        since = max(line.asked, self._ready_since)
        if self.is_ready and not line.pid and time.monotonic() - since > BIRTH_SECONDS:
            self._lose_nursery()

    async def close(self) -> None:
        """End all workers."""
        self._is_closed = True
        if self._nursery is not None:
            self._nursery.close()
        for line in self.lines:
            line.close()
        # A connection that is being made would stay open.
        await asyncio.gather(*self._births, return_exceptions=True)
        self.board.close()

    # What the nursery tells

    def nursery_ready(self, details: Mapping[str, Any]) -> None:
        """Note that the data is there."""
        self.details = details
        self.failure = None
        self._ready_since = time.monotonic()
        self._is_ready.set()

    def nursery_failed(self, error: MiwdapError) -> None:
        """Note that the data cannot be had; if it once was there, try again."""
        self.failure = error
        if self._ready_since:
            self._employer.data_lost(error)
            self._lose_nursery()
        else:
            self._is_ready.set()

    def nursery_lost(self) -> None:
        """Start another one."""
        self._lose_nursery()

    def worker_born(self, slot: int, pid: int, descriptor: int) -> None:
        """Note the process of a worker."""
        line = self._by_slot.get(slot)
        if line is None:
            os.close(descriptor)
            return
        self._by_pid[pid] = line
        line.is_process(pid, descriptor)
        if not line.is_doomed:
            self._employer.worker_ready(line)

    def worker_not_born(self, slot: int, problem: str) -> None:
        """Tell that a worker does not come."""
        line = self._by_slot.get(slot)
        if line is not None:
            self._forget(line)
            self._employer.worker_ended(line, None)

    def worker_gone(self, pid: int, status: int, words: str) -> None:
        """Tell why a worker has ended."""
        line = self._by_pid.get(pid)
        if line is not None:
            self._forget(line)
            self._employer.worker_ended(line, obituary(status, words))

    def _forget(self, line: Line) -> None:
        del self._by_slot[line.slot]
        self._by_pid.pop(line.pid, None)
        self._free.append(line.slot)
        line.bury()

    def _lose_nursery(self) -> None:
        if self._is_closed or self._nursery is None:
            return
        self._nursery.close()
        self._nursery = None
        is_long = self.is_ready and time.monotonic() - self._ready_since > _LONG_LIFE_SECONDS
        self._is_ready.clear()
        lines = self.lines
        for line in lines:
            # They end with their nursery; a worker that does not know its parent yet, here.
            line.kill()
            self._forget(line)
        self._employer.workers_ended(lines)
        self._short_lives = 0 if is_long else self._short_lives + 1
        if not self._ready_since and self._short_lives == _ATTEMPTS:
            self.failure = ServiceUnavailable(
                f"The process that loads the data was ended, {_ATTEMPTS} times. "
                "Look whether this machine has enough memory for it, then start again."
            )
            self._is_ready.set()
            return
        pause = min(self._short_lives * 1.0, _LONGEST_BREAK_SECONDS)
        asyncio.get_running_loop().call_later(pause, self._replace_nursery)

    def _replace_nursery(self) -> None:
        if not self._is_closed:
            self._nursery = self._new_nursery()
            self._nursery.listen(self)
            self._employer.refill()

    def _new_nursery(self) -> NurseryProcess:
        return NurseryProcess(self._module, self._config, self.board.descriptor)


def can_be_ended() -> bool:
    """Return whether this system lets a process be ended without any risk for another one."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")
