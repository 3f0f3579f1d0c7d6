"""The servers of one comparison, kept running together, asked in turn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from benchmarks.processes import wait_until_quiet
from benchmarks.servers import Server

__all__ = ["Fleet", "Start"]

Start = Callable[[], AbstractContextManager[Server]]


class Fleet:
    """Servers by name; all of them end with the block."""

    def __init__(self, *, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._starts: dict[str, Start] = {}
        self._running: dict[str, tuple[AbstractContextManager[Server], Server]] = {}

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as stack:
            for context, _server in self._running.values():
                stack.push(context)
            self._running.clear()

    def start(self, start: Start) -> Server:
        """Start a server, and return it."""
        context = start()
        server = context.__enter__()
        self._starts[server.name] = start
        self._running[server.name] = (context, server)
        return server

    def __getitem__(self, name: str) -> Server:
        """Return the server of that name, as it runs now."""
        return self._running[name][1]

    @property
    def names(self) -> list[str]:
        """The names of the servers, in the order of their start."""
        return list(self._running)

    def settle(self, name: str, *, patience_seconds: float = 10.0) -> None:
        """Wait until a server is done with what clients have left behind; else start it anew."""
        if wait_until_quiet(self[name].pid, deadline_seconds=patience_seconds):
            return
        self._tell(f"{name} still works for clients that have left; starting it anew")
        context, _ = self._running.pop(name)
        context.__exit__(None, None, None)
        self.start(self._starts[name])
