"""Serves an application on a socket until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from miwdap_kg.settings import Settings
from miwdap_kg.web.connection import Connection
from miwdap_kg.web.listening import listen
from miwdap_kg.web.log_writer import LogWriter
from miwdap_kg.web.request_log import LOGGER as QUERIES
from miwdap_kg.web.sparql import AnswerCut

__all__ = ["serve"]

_STOPS: Final = (signal.SIGINT, signal.SIGTERM)
_COLLECTED_EVERY: Final = (50_000, 20, 50)
"""Requests leave next to no garbage, and to look through all kept answers takes long."""
_LAST_WORDS_SECONDS: Final = 0.5

_LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "bare": {"format": "%(message)s"},
    },
    "filters": {"cut": {"()": lambda: _is_no_cut}},
    "handlers": {
        "stderr": {"()": LogWriter, "formatter": "plain", "filters": ["cut"]},
        "queries": {"()": LogWriter, "formatter": "bare"},
    },
    "loggers": {
        **{
            name: {"handlers": ["stderr"], "level": "WARNING", "propagate": False}
            for name in ("uvicorn", "miwdap_kg")
        },
        QUERIES: {"handlers": ["queries"], "level": "INFO", "propagate": False},
    },
}


def serve(
    app: ASGIApp, settings: Settings, *, on_listening: Callable[[str], None] | None = None
) -> None:
    """Answer over HTTP until Ctrl-C or SIGTERM, then return: to stop when told is no failure.

    Running answers may take `settings.shutdown_seconds` to finish; the others are cut, with a 503
    or a closed connection. A query that runs even then cannot be stopped, so the process ends
    here, with exit code 0 and its output flushed. A second Ctrl-C does not wait.

    Args:
        app: the application.
        settings: host, port, and how long to wait at the end.
        on_listening: is called with the server's address as soon as it can be asked.

    Raises:
        ConfigurationError: the server cannot listen there.
        MiwdapError: the application could not start.
    """
    listener = listen(settings.host, settings.port)
    config = uvicorn.Config(
        app,
        http=Connection,
        loop="auto",
        ws="none",
        lifespan="on",
        log_config=_LOGGING,
        access_log=False,
        server_header=False,
        root_path=settings.root_path,
        proxy_headers=bool(settings.forwarded_allow_ips),
        forwarded_allow_ips=settings.forwarded_allow_ips,
    )
    config.timeout_graceful_shutdown = settings.shutdown_seconds  # type: ignore[assignment]  # waits for a float as well
    address = _address(listener)
    server = _Server(config, lambda: None if on_listening is None else on_listening(address))
    before = {each: signal.signal(each, server.handle_exit) for each in _STOPS}
    try:
        server.run(sockets=[listener])
    except SystemExit as end:
        failure = getattr(app, "failure", None)
        if failure is None:
            raise
        raise failure from end
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        listener.close()
    _end_if_something_runs_on()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECTED_EVERY)
        self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # Whoever is cut at the end is told so.
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_WORDS_SECONDS)


def _is_no_cut(record: logging.LogRecord) -> bool:
    # An answer that is cut on purpose is told to its client, a start that fails to who started.
    is_told = record.exc_info and isinstance(record.exc_info[1], AnswerCut)
    return not is_told and "startup failed" not in record.getMessage()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104  # compared with, not listened at
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _end_if_something_runs_on() -> None:
    deadline = time.monotonic() + _LAST_WORDS_SECONDS
    others = [each for each in threading.enumerate() if each is not threading.current_thread()]
    for thread in others:
        if not thread.daemon:
            thread.join(max(0.0, deadline - time.monotonic()))
    if any(thread.is_alive() and not thread.daemon for thread in others):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
