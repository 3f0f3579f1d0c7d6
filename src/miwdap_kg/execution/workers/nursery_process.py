"""The nursery as its server sees it: a process to start, to ask for workers, and to hear from."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from miwdap_kg.errors import MiwdapError
from miwdap_kg.execution.wire import error_of
from miwdap_kg.execution.workers.nursery import (
    BORN,
    FAILED,
    FORK,
    GONE,
    NICE,
    NUMBERS,
    READY,
    UNBORN,
)

__all__ = ["Listener", "NurseryProcess"]

_MESSAGE: Final = 64 * 1024


class Listener(Protocol):
    """Who hears what a nursery tells."""

    def nursery_ready(self, details: Mapping[str, Any]) -> None:
        """The data is there."""
        ...

    def nursery_failed(self, error: MiwdapError) -> None:
        """The data cannot be had."""
        ...

    def nursery_lost(self) -> None:
        """The process has ended, and its workers with it."""
        ...

    def worker_born(self, slot: int, pid: int, descriptor: int) -> None:
        """A worker runs; *descriptor* stands for its process."""
        ...

    def worker_not_born(self, slot: int, problem: str) -> None:
        """A worker could not be forked, and this is why."""
        ...

    def worker_gone(self, pid: int, status: int, words: str) -> None:
        """A worker has ended with a wait status, and these last words."""
        ...


class NurseryProcess:
    """A nursery that was started.

    Args:
        module: the module that is its program; it gets two descriptors, of control and board.
        config: what the program has to know; it comes as the first message, in JSON.
        board: the descriptor of the board.
    """

    def __init__(self, module: str, config: Mapping[str, Any], board: int) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.send(json.dumps(config).encode())
        self._process = subprocess.Popen(  # noqa: S603  # our own program, with no shell
            [sys.executable, "-P", "-m", module, str(theirs.fileno()), str(board)],
            pass_fds=(theirs.fileno(), board),
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for the server, which then ends its nursery.
            start_new_session=True,
        )
        theirs.close()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def listen(self, listener: Listener) -> None:
        """Let the running event loop tell *listener* whatever the nursery says."""
        self._control.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._control.fileno(), self._read, listener)

    def ask_for_worker(self, slot: int, connection: socket.socket) -> None:
        """Ask for a worker with a slot and its side of a connection."""
        self._send([FORK + NUMBERS.pack(slot, 0)], [connection.fileno()])

    def be_nice(self, pid: int) -> None:
        """Let other processes go before a worker."""
        self._send([NICE + NUMBERS.pack(pid, 0)], [])

    def kill(self) -> None:
        """End the process and with it all its workers, which is told to the listener."""
        self._process.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """End the process and all its workers, and listen no more."""
        if self._loop is not None and self._control.fileno() >= 0:
            self._loop.remove_reader(self._control.fileno())
        self._control.close()
        # It has nothing to lose, and nobody waits while it would put its data away.
        self.kill()
        self._process.wait()

    def _send(self, messages: Sequence[bytes], descriptors: Sequence[int]) -> None:
        try:
            socket.send_fds(self._control, messages, descriptors)
        except OSError:
            # It is gone, which `_read` is about to find, or so stuck that it has to go.
            self.kill()

    def _read(self, listener: Listener) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE, 1)
        except BlockingIOError:
            return
        except ConnectionError:
            message, descriptors = b"", []
        kind, rest = message[:1], message[1:]
        if kind == BORN and descriptors:
            slot, pid = NUMBERS.unpack(rest)
            listener.worker_born(slot, pid, descriptors.pop())
        elif kind == UNBORN:
            slot, number = NUMBERS.unpack(rest)
            listener.worker_not_born(slot, os.strerror(number))
        elif kind == GONE:
            pid, status = NUMBERS.unpack_from(rest)
            listener.worker_gone(pid, status, rest[NUMBERS.size :].decode(errors="replace"))
        elif kind == READY:
            listener.nursery_ready(json.loads(rest))
        elif kind == FAILED:
            listener.nursery_failed(error_of(rest))
        else:
            self.close()
            listener.nursery_lost()
        for descriptor in descriptors:
            os.close(descriptor)
