"""The questions that wait for a worker, in the order in which they are to be answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from miwdap_kg.errors import QueryCrashed, ServiceUnavailable
from miwdap_kg.execution.runner import Job
from miwdap_kg.execution.workers.limits import WorkerLimits

__all__ = ["BUSY", "LIGHT_SECONDS", "Waiting"]

BUSY: Final = "Ask again in a moment, or download the dump and query it where you are."

LIGHT_SECONDS: Final = 0.05
"""What takes longer than this is slow."""

_ATTEMPTS: Final = 3


class Waiting:
    """A queue that takes so many questions, and keeps none for too long."""

    def __init__(self, limits: WorkerLimits) -> None:
        self._limits = limits
        self._jobs: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, job: Job) -> None:
        """Add a question to the end.

        Raises:
            ServiceUnavailable: too many are waiting.
        """
        if len(self) >= self._limits.queue:
            raise ServiceUnavailable(f"{len(self)} queries are waiting already. {BUSY}")
        self._jobs.append(job)

    def put(self, job: Job) -> None:
        """Add a question to the end, or tell who waits for it that too many are waiting."""
        try:
            self.add(job)
        except ServiceUnavailable as busy:
            job.fail(busy)

    def put_back(self, jobs: Iterable[Job], *, is_suspect: bool) -> None:
        """Put questions to the begin again, whose worker ended or has something else to do.

        Args:
            jobs: the questions, in their order.
            is_suspect: whether one of them may have ended it; that cannot happen too often.
        """
        for job in reversed([*jobs]):
            job.attempts += is_suspect
            if job.attempts < _ATTEMPTS:
                self._jobs.appendleft(job)
            else:
                job.fail(QueryCrashed("the worker that was to run it ended, again and again"))

    def take(self) -> Job | None:
        """Return the next question to which somebody waits for the answer."""
        while self._jobs:
            job = self._jobs.popleft()
            if not job.is_over:
                return job
        return None

    def remove(self, job: Job) -> bool:
        """Forget a question, if it is one of these."""
        if job not in self._jobs:
            return False
        self._jobs.remove(job)
        return True

    def look(self, now: float) -> None:
        """Tell those who wait that it takes longer, or that it has taken too long."""
        while self._jobs and now - self._jobs[0].asked > self._limits.patience_seconds:
            self._jobs.popleft().fail(ServiceUnavailable(f"No worker became free in time. {BUSY}"))
        for job in self._jobs:
            if now - job.asked > LIGHT_SECONDS:
                job.tell_slow()

    def refuse(self, problem: str) -> None:
        """Tell all who wait that there is no answer now."""
        while self._jobs:
            self._jobs.popleft().fail(ServiceUnavailable(problem))
