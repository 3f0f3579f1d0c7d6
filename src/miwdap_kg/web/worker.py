"""The program of a server's nursery and workers: `python -m miwdap_kg.web.worker`."""

from __future__ import annotations

import gc
import json
import socket
import sys
from threading import Thread
from typing import Final

from miwdap_kg.data_source import DataSource, Prepared
from miwdap_kg.errors import MiwdapError
from miwdap_kg.execution import Execution
from miwdap_kg.execution.in_process import InProcessExecution
from miwdap_kg.execution.service import ServicePolicy
from miwdap_kg.execution.wire import wire_of
from miwdap_kg.execution.workers.board import Board
from miwdap_kg.execution.workers.nursery import Nursery
from miwdap_kg.execution.workers.worker import limit_memory, work
from miwdap_kg.service_description import GEOSPARQL_FUNCTIONS
from miwdap_kg.store import NOT_IN_DEFAULT_GRAPH
from miwdap_kg.web.answering import Answering
from miwdap_kg.web.worker_config import WorkerConfig

__all__ = ["in_process", "main"]

_CONFIG_BYTES: Final = 64 * 1024


def main(control_descriptor: int, board_descriptor: int) -> None:
    """Load the data, then be a nursery; return from that in each worker, and work."""
    control = socket.socket(fileno=control_descriptor)
    config = WorkerConfig(**json.loads(control.recv(_CONFIG_BYTES)))
    nursery = Nursery(control)
    loading = _Loading(config)
    loading.start()
    # Joined before the first fork: what a thread of the engine begins is not to be repeated in
    # each worker, its random numbers least of all.
    loading.join()
    if isinstance(loading.outcome, MiwdapError):
        nursery.tell_failed(wire_of(loading.outcome))
        return
    if loading.outcome is not None:
        nursery.tell_ready({"statements": loading.outcome.contents.statements})
    else:
        nursery.tell_ready({})
    # The workers share these pages as long as nobody writes to them.
    gc.freeze()
    birth = nursery.run()
    if birth is None:
        return
    handler = in_process(config, _execution(config, loading.outcome))
    # What a query may take comes on top of the data.
    limit_memory(int(config.limits["worker_memory_mb"]))
    work(
        birth.connection,
        handler,
        board=Board(board_descriptor),
        slot=birth.slot,
        seconds=config.limits["query_seconds"],
    )


def in_process(config: WorkerConfig, execution: Execution) -> Answering:
    """Return what answers questions by an execution, and tells the truth about its engine."""
    functions = GEOSPARQL_FUNCTIONS if isinstance(execution, InProcessExecution) else ()
    return config.answering(execution, left_out=NOT_IN_DEFAULT_GRAPH, functions=functions)


class _Loading(Thread):
    def __init__(self, config: WorkerConfig) -> None:
        super().__init__()
        self.outcome: Prepared | MiwdapError | None = None
        self._config = config

    def run(self) -> None:
        if self._config.source is None:
            return
        try:
            self.outcome = DataSource.of_dict(self._config.source).prepare()
        except MiwdapError as error:
            self.outcome = error


def _execution(config: WorkerConfig, prepared: Prepared | MiwdapError | None) -> Execution:
    if isinstance(prepared, Prepared):
        services = ServicePolicy(tuple(config.service_allow), config.gateway)
        return InProcessExecution(prepared.open(), limits=config.query_limits, services=services)
    # Imported here because most workers ask no other engine.
    from miwdap_kg.engine import Engine
    from miwdap_kg.execution.remote import RemoteExecution
    from miwdap_kg.release import Release

    graphs = () if config.release is None else Release.describe(config.release).graphs
    return RemoteExecution(
        Engine(**(config.engine or {})),
        named_graphs=graphs,
        limits=config.query_limits,
        seconds=config.limits["query_seconds"],
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
