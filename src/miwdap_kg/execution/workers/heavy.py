"""The heavy lane: the workers of long questions, and the long questions that wait for one."""

from __future__ import annotations

from miwdap_kg.execution.workers.limits import WorkerLimits
from miwdap_kg.execution.workers.line import Line
from miwdap_kg.execution.workers.waiting import Waiting

__all__ = ["HeavyLane"]


class HeavyLane:
    """A few workers that compute, and some more whose answers are being read.

    An answer that leaves costs no more than its reader is worth; so those have room of their own.
    """

    def __init__(self, limits: WorkerLimits) -> None:
        self.lines: list[Line] = []
        self.waiting = Waiting(limits)
        self._limits = limits

    @property
    def has_room(self) -> bool:
        """Whether one more question may be computed."""
        return sum(each.begun is None for each in self.lines) < self._limits.heavy

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs or waits here."""
        return not self.lines and not self.waiting

    def one_too_many(self, line: Line) -> Line | None:
        """Return whose answer has to be cut when one more is being read: the one read least."""
        if len(self.lines) < self._limits.heavy + self._limits.streams:
            return None
        return max((*self.lines, line), key=lambda each: each.stalled_seconds)
