"""The legacy of workers that have ended: answers that had left them, and are still being read."""

from __future__ import annotations

from collections.abc import Iterator

from miwdap_kg.errors import AnswerStalled, QueryCrashed, ServiceUnavailable
from miwdap_kg.execution.runner import Job
from miwdap_kg.execution.workers.line import Line

__all__ = ["Legacies"]


class Legacies:
    """The lines whose workers have ended while somebody read the answer at their head.

    A worker may have sent the whole answer before the question behind it was its end.
    """

    def __init__(self) -> None:
        self.lines: set[Line] = set()

    def take(self, line: Line) -> None:
        """Keep the line of a worker that has ended, if there is anything to be read from it."""
        if line.begun is None:
            line.close()
            return
        self.lines.add(line)
        if line.is_cut:
            self.lost(line)

    def answered(self, line: Line) -> None:
        """Note that an answer has come to its end."""
        if line.begun is None:
            self.lines.discard(line)
            line.close()

    def lost(self, line: Line) -> None:
        """Tell who reads on that no more comes."""
        if line in self.lines:
            self.lines.discard(line)
            if line.begun is not None:
                line.begun.fail(QueryCrashed("the process that ran it was ended"))

    def refuse(self, job: Job) -> bool:
        """Let a job go that nobody waits for any more; False when it is none of these."""
        for line in self.lines:
            if line.holds(job):
                self.lines.discard(line)
                job.fail(ServiceUnavailable("Nobody waits for the answer any more."))
                line.close()
                return True
        return False

    def cut(self, stall_seconds: float) -> Iterator[Line]:
        """Cut the answers that nobody has read for so long, and yield the line of each."""
        for line in tuple(self.lines):
            if line.begun is not None and line.stalled_seconds > stall_seconds:
                self.lines.discard(line)
                line.begun.fail(AnswerStalled(stall_seconds))
                line.close()
                yield line
