"""A few threads for work that would hold up everyone, and a limit on how long it waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from miwdap_kg.errors import ServiceUnavailable

__all__ = ["Threads"]

_T = TypeVar("_T")


class Threads:
    """Runs work in at most *count* threads, each piece from its begin to its end in one of them.

    Args:
        count: how many pieces of work run at once.
        patience_seconds: how long a piece waits for a thread before it is given up.
    """

    def __init__(self, count: int, *, patience_seconds: float) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="query")
        self._patience_seconds = patience_seconds
        self._count = count

    async def run(self, work: Callable[[], _T]) -> _T:
        """Return what *work* returns. When the caller is cancelled, begun work runs on unheard.

        Raises:
            ServiceUnavailable: all threads stayed busy with other work.
        """
        task = self._pool.submit(work)
        result = asyncio.wrap_future(task)
        await asyncio.wait({result}, timeout=self._patience_seconds)
        # Work that has a thread cannot be cancelled any more, so this only hits what still waits.
        if not result.done() and task.cancel():
            raise ServiceUnavailable(
                f"{self._count} queries are running, which is as many as this server runs at once. "
                "Ask again in a moment, or download the dump and query it where you are."
            )
        return await result

    def close(self) -> None:
        """Take no more work, forget what waits, and let each thread end with what it does."""
        self._pool.shutdown(wait=False, cancel_futures=True)
