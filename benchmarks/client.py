"""The load client: wrk, the same for every server, with one thread and a script of ours."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.asking import Request

__all__ = ["Client", "Load", "ToolMissing"]

_SCRIPT: Final = Path(__file__).with_name("client.lua")
_NUMBERS_EACH: Final = 250_000
_LATE_SECONDS: Final = 120
_ENOUGH_EACH: Final = 20


class ToolMissing(RuntimeError):
    """A program that the measurements need is not installed; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of some seconds of load on one server.

    *client_share* is the part of one processor that the client itself used: near 1, it and not the
    server may have been what was measured.
    """

    answers: int
    connections: int
    seconds: float
    bytes: int
    refused: int
    broken: int
    late: int
    p50_milliseconds: float
    p99_milliseconds: float
    client_share: float

    def per_second(self, *, body_bytes: int = 0) -> float:
        """Return the answers in a second.

        Where a connection got few answers, those under way when the time was over would make a
        difference: then they count by their bytes, if all answers are as long as *body_bytes*.
        """
        if body_bytes and self.answers < _ENOUGH_EACH * self.connections:
            return self.bytes / body_bytes / self.seconds
        return self.answers / self.seconds

    def is_silent(self, *, body_bytes: int = 0) -> bool:
        """Whether not one answer came, nor a part of one of *body_bytes*."""
        return not self.bytes or not (self.answers or body_bytes)

    def fault(self, *, body_bytes: int = 0) -> str:
        """Return what was wrong with the answers, or nothing.

        Args:
            body_bytes: how long each answer's body is at least.
        """
        if self.refused or self.broken or self.late:
            return (
                f"{self.refused:,} of {self.answers:,} answers were refusals, "
                f"{self.broken:,} connections broke, {self.late:,} answers were late"
            )
        if self.is_silent(body_bytes=body_bytes):
            return f"no answer in {self.seconds:.0f} s"
        if self.bytes < self.answers * body_bytes:
            return f"{self.bytes:,} bytes are too few for {self.answers:,} answers"
        return ""


@dataclass(slots=True)
class Client:
    """Presses servers; each press that needs numbers gets some that no other had."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**9, _NUMBERS_EACH)))

    def __post_init__(self) -> None:
        if shutil.which("wrk") is None:
            raise ToolMissing("The load client wrk is not here. Run: sudo apt install wrk")
        self.folder.mkdir(parents=True, exist_ok=True)

    def fresh_number(self) -> int:
        """Return a number that no request has had."""
        return next(self._numbers)

    def press(
        self,
        endpoint: str,
        requests: Sequence[Request],
        *,
        connections: int,
        seconds: int,
        skip: int = 0,
    ) -> Load:
        """Ask for so many seconds over so many connections, as fast as answers come.

        Args:
            endpoint: the address of the SPARQL endpoint.
            requests: are sent in turn, and again from the start.
            connections: how many ask at once.
            seconds: how long; wrk takes whole ones.
            skip: with which of the requests to begin.
        """
        path = self.folder / "requests.txt"
        ordered = [*requests[skip:], *requests[:skip]]
        lines = (f"{each.path(endpoint)}\t{each.accept}\n" for each in ordered)
        path.write_text("".join(lines), encoding="utf-8")
        command = [
            *("wrk", "--threads", "1", "--connections", str(connections)),
            *("--duration", f"{seconds}s", "--timeout", f"{_LATE_SECONDS}s"),
            *("--script", str(_SCRIPT), endpoint, "--", str(path), str(self.fresh_number())),
        ]
        before = _time_of_children()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        used = _time_of_children() - before
        found = re.search(r"^result (\{.*\})$", done.stdout, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
        said = json.loads(found[1])
        duration = said["microseconds"] / 1e6
        return Load(
            answers=said["answers"],
            connections=connections,
            seconds=duration,
            bytes=said["bytes"],
            refused=said["refused"],
            broken=said["broken"],
            late=said["late"],
            p50_milliseconds=said["p50"],
            p99_milliseconds=said["p99"],
            client_share=used / duration,
        )


def _time_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
