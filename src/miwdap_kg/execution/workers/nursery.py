"""The nursery: a process that holds the data, and forks workers which find it there."""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = [
    "BORN",
    "FAILED",
    "FORK",
    "GONE",
    "NICE",
    "NUMBERS",
    "READY",
    "UNBORN",
    "Birth",
    "Nursery",
]

FORK: Final = b"F"
"""Server to nursery: fork a worker for a slot; the connection comes with it."""
NICE: Final = b"N"
"""Server to nursery: let others go before the worker of that process id."""
READY: Final = b"R"
"""Nursery to server: the data is there; with what is to be known of it, as JSON."""
FAILED: Final = b"E"
"""Nursery to server: the data cannot be had; with the error."""
BORN: Final = b"B"
"""Nursery to server: a worker runs; with slot and process id, and a descriptor of the process."""
UNBORN: Final = b"U"
"""Nursery to server: no worker could be forked; with slot and error number."""
GONE: Final = b"G"
"""Nursery to server: a worker has ended; with process id, wait status and its last words."""

NUMBERS: Final = struct.Struct("!Ii")

_LAST_WORDS: Final = 8 * 1024
_MESSAGE: Final = 64 * 1024
_NICENESS: Final = 10
_SET_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_SET_NAME: Final = 15  # PR_SET_NAME


@dataclass(frozen=True, slots=True)
class Birth:
    """What a new worker starts with: its slot on the board, and its connection to the server."""

    slot: int
    connection: socket.socket


@dataclass(slots=True)
class _Child:
    pid: int
    descriptor: int
    words: int


class Nursery:
    """Forks a worker whenever the server asks for one, and buries those that have ended.

    The process must have a single thread, and must not have run a query: a fork would repeat the
    other threads' locks for ever, and each worker the random numbers of the first query.
    """

    def __init__(self, control: socket.socket) -> None:
        # However its server ends, even while the data is being loaded.
        _die_with_parent()
        self._control = control
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)

    def tell_ready(self, details: Mapping[str, Any]) -> None:
        """Tell the server that the data is there."""
        self._control.send(READY + json.dumps(details).encode())

    def tell_failed(self, error: bytes) -> None:
        """Tell the server why the data cannot be had."""
        self._control.send(FAILED + error)

    def run(self) -> Birth | None:
        """Return in each worker that is forked, with what it starts with; None at the end.

        The end is when the server closes its side; then all workers end as well.
        """
        try:
            while True:
                for key, _ in self._selector.select():
                    if key.data is not None:
                        self._bury(key.data)
                        continue
                    message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE, 1)
                    if not message:
                        raise ConnectionResetError
                    number = NUMBERS.unpack(message[1:])[0]
                    if message[:1] == NICE and number in self._children:
                        os.setpriority(os.PRIO_PROCESS, number, _NICENESS)
                    elif message[:1] == FORK:
                        birth = self._fork(number, descriptors[0])
                        if birth is not None:
                            return birth
        except ConnectionError:
            for child in self._children.values():
                signal.pidfd_send_signal(child.descriptor, signal.SIGKILL)
            return None

    def _fork(self, slot: int, descriptor: int) -> Birth | None:
        parent = os.getpid()
        words = os.memfd_create("miwdap-last-words")
        try:
            pid = os.fork()
        except OSError as error:
            # No memory or no processes left: that passes, and the workers there are go on.
            os.close(words)
            os.close(descriptor)
            self._control.send(UNBORN + NUMBERS.pack(slot, error.errno or 0))
            return None
        if pid:
            os.close(descriptor)
            child = _Child(pid, os.pidfd_open(pid), words)
            self._children[pid] = child
            self._selector.register(child.descriptor, selectors.EVENT_READ, child)
            socket.send_fds(self._control, [BORN + NUMBERS.pack(slot, pid)], [child.descriptor])
            return None
        # The memory of what the process says at its end: an engine that aborts tells why.
        os.dup2(words, 2)
        os.close(words)
        _die_with_parent()
        ctypes.CDLL(None).prctl(_SET_NAME, b"miwdap-worker", 0, 0, 0)
        if os.getppid() != parent:
            os._exit(0)
        self._selector.close()
        self._control.close()
        for other in self._children.values():
            os.close(other.descriptor)
            os.close(other.words)
        return Birth(slot, socket.socket(fileno=descriptor))

    def _bury(self, child: _Child) -> None:
        _, status = os.waitpid(child.pid, 0)
        size = os.fstat(child.words).st_size
        words = os.pread(child.words, _LAST_WORDS, 0)
        if size > _LAST_WORDS:
            words += b"\n...\n" + os.pread(child.words, _LAST_WORDS, size - _LAST_WORDS)
        self._selector.unregister(child.descriptor)
        os.close(child.descriptor)
        os.close(child.words)
        del self._children[child.pid]
        self._control.send(GONE + NUMBERS.pack(child.pid, status) + words)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
