"""What every part of the measurements gets: the options, the workplace, and someone to tell."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.client import Client
from benchmarks.servers import Servers

__all__ = ["ROOT", "Bench", "Options"]

ROOT: Final = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    rounds: int = 5
    seconds: int = 1
    is_quick: bool = False

    @property
    def rounds_large(self) -> int:
        """The rounds of what takes long."""
        return max(1, min(self.rounds, 3))


@dataclass(slots=True)
class Bench:
    """The circumstances of one run."""

    options: Options
    workplace: Path
    client: Client
    servers: Servers
    _began: float = field(default_factory=time.monotonic)

    @classmethod
    def at(cls, workplace: Path, options: Options) -> Bench:
        """Return a bench that works in a folder."""
        workplace.mkdir(parents=True, exist_ok=True)
        return cls(options, workplace, Client(workplace / "requests"), Servers(workplace))

    def tell(self, line: str) -> None:
        """Write a line of progress to stderr."""
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        print(f"[{minutes:2d}:{seconds:02d}] {line}", file=sys.stderr, flush=True)

    def turns(self, names: Sequence[str], number: int) -> list[str]:
        """Return *names* in the order of one round: each is first in some round."""
        start = number % len(names)
        return [*names[start:], *names[:start]]
