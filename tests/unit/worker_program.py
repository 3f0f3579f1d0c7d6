"""A nursery whose workers have no data, and do as they are told: slowly, wrongly, or not at all."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from miwdap_kg.errors import QueryEvaluationError, StoreFailure
from miwdap_kg.execution.runner import Reply
from miwdap_kg.execution.wire import wire_of
from miwdap_kg.execution.workers.board import Board
from miwdap_kg.execution.workers.nursery import Nursery
from miwdap_kg.execution.workers.worker import limit_memory, work

LINE = b"0123456789abcde\n"


def main(control_descriptor: int, board_descriptor: int) -> None:
    """Be a nursery; its first message names a folder, where files say what is to go wrong."""
    control = socket.socket(fileno=control_descriptor)
    folder = Path(json.loads(control.recv(4096))["folder"])
    nursery = Nursery(control)
    (folder / "nursery").write_text(str(os.getpid()))
    if (folder / "dies-loading").exists():
        os._exit(3)
    while (folder / "loads").exists():
        time.sleep(0.01)
    if (folder / "fails").exists():
        nursery.tell_failed(wire_of(StoreFailure(folder, "cannot be read.")))
        signal.pause()
    nursery.tell_ready({"statements": 1})
    if (folder / "is-stuck").exists():
        signal.pause()
    birth = nursery.run()
    if birth is None:
        return
    if (folder / "dies-at-birth").exists():
        os._exit(4)
    limit_memory(64)
    work(birth.connection, answer, board=Board(board_descriptor), slot=birth.slot, seconds=30)


def answer(question: bytes, reply: Reply) -> None:
    """Do what the question says, in this order."""
    asked: dict[str, Any] = json.loads(question)
    if "allow" in asked:
        reply.allow(asked["allow"])
    reply.begin({"pid": os.getpid(), **asked}, boundary=b"\n")
    work_for(asked.get("before", 0))
    for _ in range(asked.get("bytes", 0) // len(LINE) // 512):
        reply.write(LINE * 512)
    if "note" in asked:
        Path(asked["note"]).touch()
    work_for(asked.get("after", 0))
    match asked.get("end"):
        case "error":
            raise QueryEvaluationError("it was told to fail")
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "memory":
            bytearray(1 << 40)
        case "engine-memory":
            os.write(2, b"memory allocation of 1099511627776 bytes failed\n")
            os.abort()


def work_for(seconds: float) -> None:
    """Keep the processor busy, as an engine does that cannot be stopped."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
