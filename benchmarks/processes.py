"""Starts and ends processes of our own, and reads what they hold: memory, descriptors, time."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

__all__ = [
    "Sampler",
    "cpu_seconds",
    "descriptors",
    "end_cleanly_on_signals",
    "family",
    "free_port",
    "is_runnable",
    "pss_megabytes",
    "running",
    "wait_until_quiet",
]

_PROC = Path("/proc")
_END_SECONDS = 20.0


@contextmanager
def running(
    command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that writes to *log*; at the end it and all that it started are ended."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(each) for each in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            # Ctrl-C is for us; we then end what we started, in order.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def end_cleanly_on_signals() -> None:
    """Make Ctrl-C and SIGTERM end this program through its `finally` clauses, once."""

    def interrupt(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, interrupt)


def family(pid: int) -> list[int]:
    """Return the process, all that came from it, and all of its session, as far as they live."""
    parents: dict[int, int] = {}
    sessions: dict[int, int] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
            sessions[int(entry.name)] = int(fields[3])
    found = {each for each, session in sessions.items() if session == pid or each == pid}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def pss_megabytes(pid: int) -> float:
    """Return the proportional memory of a process and its family, in megabytes."""
    kilobytes = 0
    for each in family(pid):
        try:
            text = (_PROC / str(each) / "smaps_rollup").read_text()
        except OSError:  # it ended meanwhile
            continue
        match = re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)
        kilobytes += int(match[1]) if match else 0
    return kilobytes / 1024


def descriptors(pid: int) -> int:
    """Return how many files, pipes and sockets a process and its family have open."""
    count = 0
    for each in family(pid):
        try:
            count += sum(1 for _ in (_PROC / str(each) / "fd").iterdir())
        except OSError:
            continue
    return count


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its family."""
    ticks = 0
    for each in family(pid):
        if fields := _stat(each):
            # Its own, and that of its children that have ended.
            ticks += sum(int(fields[position]) for position in (11, 12, 13, 14))
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(pid: int, *, deadline_seconds: float = 90.0) -> bool:
    """Wait until a server has nothing more to do, and tell whether it came to that."""
    end = time.monotonic() + deadline_seconds
    while time.monotonic() < end:
        before = cpu_seconds(pid)
        time.sleep(0.05)
        # One that would run if it got a processor is not quiet either.
        if cpu_seconds(pid) - before < 0.015 and not is_runnable(pid):
            return True
    return False


def is_runnable(pid: int) -> bool:
    """Tell whether any thread of a process or its family runs, or would if it could."""
    for each in family(pid):
        for thread in (_PROC / str(each) / "task").glob("*/stat"):
            try:
                if thread.read_text().rpartition(")")[2].split()[0] == "R":
                    return True
            except OSError:
                continue
    return False


def free_port() -> int:
    """Return a port on loopback that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Sampler:
    """Notes the memory of a server at intervals, in a thread, while its block runs."""

    def __init__(self, pid: int, *, every_seconds: float) -> None:
        self.samples: list[tuple[float, float]] = []
        self._pid = pid
        self._every_seconds = every_seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def highest(self) -> float:
        """The largest memory seen, in megabytes."""
        return max(megabytes for _, megabytes in self.samples)

    def _run(self) -> None:
        started = time.monotonic()
        while not self._done.is_set():
            self.samples.append((time.monotonic() - started, pss_megabytes(self._pid)))
            self._done.wait(self._every_seconds)


def _stat(pid: int) -> list[str]:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    # The name may hold anything, and ends with the last bracket.
    fields = text.rpartition(")")[2].split()
    return fields if fields[0] not in "ZX" else []


def _end(process: subprocess.Popen[bytes]) -> None:
    ours = family(process.pid)
    process.terminate()
    try:
        process.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in {*ours, *family(process.pid)} - {process.pid}:
        # The number may belong to another by now, so that only what is still ours is ended.
        if (fields := _stat(pid)) and int(fields[3]) == process.pid:
            os.kill(pid, signal.SIGKILL)
