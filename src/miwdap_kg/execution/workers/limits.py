"""How many workers there are and how long they are waited for, as set and as found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    # A worker does without the settings, and without the library that reads them.
    from miwdap_kg.settings import Settings

__all__ = ["WorkerLimits", "WorkerStatus"]

_STALL_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """How many workers and waiting questions there are.

    *streams* is how many more workers the heavy lane has for answers that are being read.
    *stall_seconds* is how long an answer waits for a client that does not read, *patience_seconds*
    how long a question waits for a worker.
    """

    light: int = 2
    heavy: int = 4
    queue: int = 64
    stall_seconds: float = _STALL_SECONDS
    patience_seconds: float = 15.0
    streams: int = 32

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings say."""
        return cls(
            light=settings.workers,
            heavy=settings.heavy_workers,
            queue=settings.queue,
            stall_seconds=min(_STALL_SECONDS, settings.query_seconds),
            patience_seconds=max(15.0, settings.query_seconds),
        )


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """What the workers do just now, and how many were ended and why."""

    queued: int
    light: int
    heavy: int
    ended: Mapping[str, int]
