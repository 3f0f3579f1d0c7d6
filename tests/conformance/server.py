"""Serves each dataset of the suite by an application of its own, all at one address."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.settings import Settings
from miwdap_kg.store import Store
from miwdap_kg.web.app import create_app

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Datasets:
    """An ASGI application: `/<n>/sparql` is the endpoint of the file `<n>.nq` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, _Running] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, as if the dataset's application stood at the root."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        _, name, rest = scope["path"].split("/", 2)
        if name not in self._running:
            self._running[name] = _Running(self._open(name))
            await self._running[name].start()
        inner = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
        await self._running[name].app(inner, receive, send)

    def _open(self, name: str) -> Any:
        settings = Settings.read()
        store = Store.of_files([self._folder / f"{name}.nq"])
        return create_app(KnowledgeGraph.of_store(store, settings=settings), settings)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                for each in self._running.values():
                    await each.stop()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


class _Running:
    """An application between its startup and its shutdown."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._said: asyncio.Queue[Message] = asyncio.Queue()

    async def start(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._life = asyncio.ensure_future(self.app(scope, self._told.get, self._said.put))
        await self._tell("startup")

    async def stop(self) -> None:
        await self._tell("shutdown")
        await self._life

    async def _tell(self, what: str) -> None:
        await self._told.put({"type": f"lifespan.{what}"})
        said = await self._said.get()
        assert said["type"] == f"lifespan.{what}.complete", said


def main() -> None:
    """Serve the folder that is named, print the port, and end when standard input does."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(Datasets(Path(sys.argv[1])), log_level="warning", access_log=False)
    server = uvicorn.Server(config)

    def end_with_input() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=end_with_input, daemon=True).start()
    print(listener.getsockname()[1], flush=True)  # noqa: T201  # the one who started us reads it
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
