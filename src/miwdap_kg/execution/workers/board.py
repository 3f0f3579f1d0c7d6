"""The board: memory that workers and server share, which tells what each worker does now."""

from __future__ import annotations

import mmap
import os
import struct
import time
from typing import Final, NamedTuple, Self

__all__ = ["SLOTS", "Board", "Running"]

SLOTS: Final = 256

_SLOT: Final = struct.Struct("@QQQQ")
_NUMBER: Final = struct.Struct("@Q")
_SKIPPED: Final = _SLOT.size
_SIZE: Final = _SLOT.size + _NUMBER.size


class Running(NamedTuple):
    """The question that a worker runs: the how-manieth of its life, since when, for how long.

    *worked* is the processor time that the worker had used when it began.
    """

    number: int
    since: int
    allowed: int
    worked: int

    def worked_seconds(self, pid: int) -> float:
        """Return the processor time that the worker, with that process id, has used for it."""
        # The processor clock of another process (clock_getcpuclockid(3), which Python has not).
        try:
            return (time.clock_gettime_ns((~pid << 3) | 2) - self.worked) / 1e9
        except OSError:
            return 0.0


class Board:
    """Slots of shared memory, one a worker; the worker writes, the server reads but for `skip`.

    No message could tell what a worker does while its engine keeps it busy. Times are nanoseconds
    of the monotonic clock, which is one for all processes of a machine.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, SLOTS * _SIZE)

    @classmethod
    def make(cls) -> Self:
        """Return a new board, that other processes reach through its descriptor."""
        descriptor = os.memfd_create("miwdap-board", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, SLOTS * _SIZE)
        return cls(descriptor)

    def reset(self, slot: int) -> None:
        """Make a slot ready for another worker."""
        self._memory[slot * _SIZE : (slot + 1) * _SIZE] = bytes(_SIZE)

    def skip(self, slot: int, number: int) -> None:
        """Say that nobody waits for the questions up to that number, but for the running one."""
        _NUMBER.pack_into(self._memory, slot * _SIZE + _SKIPPED, number)

    def is_skipped(self, slot: int, number: int) -> bool:
        """Whether nobody waits for that question."""
        (last,) = _NUMBER.unpack_from(self._memory, slot * _SIZE + _SKIPPED)
        return bool(number <= last)

    def clear(self, slot: int) -> None:
        """Say that nothing runs there."""
        _NUMBER.pack_into(self._memory, slot * _SIZE, 0)

    def begin(self, slot: int, number: int, seconds: float) -> None:
        """Say that a question begins to run there, and how long it may."""
        now = time.monotonic_ns()
        # The number comes last, so that a reader in between sees the question before.
        _SLOT.pack_into(
            self._memory, slot * _SIZE, 0, now, int(seconds * 1e9), time.process_time_ns()
        )
        _NUMBER.pack_into(self._memory, slot * _SIZE, number)

    def running(self, slot: int) -> Running | None:
        """Return what runs there; None for nothing."""
        found = Running(*_SLOT.unpack_from(self._memory, slot * _SIZE))
        (number,) = _NUMBER.unpack_from(self._memory, slot * _SIZE)
        return found if found.number == number != 0 else None

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
        os.close(self.descriptor)
