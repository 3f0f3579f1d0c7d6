"""Messages to a client that may read more slowly than they are made."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from starlette.types import Message, Send

from miwdap_kg.web.kept_answers import Reserve

__all__ = ["Delivery"]

_LOW_WATER: Final = 64 * 1024
_FREE: Final = 256 * 1024
"""So many bytes may wait for each client without being set aside for it."""


class Delivery:
    """Sends messages in a task of its own, once the first of them is given to `put`.

    Args:
        send: to the client.
        reserve: where bytes are set aside that wait for the client.
    """

    def __init__(self, send: Send, reserve: Reserve) -> None:
        self._send = send
        self._reserve = reserve
        self._messages: deque[Message | None] = deque()
        self._size = 0
        self._reserved = 0
        self._lost: OSError | None = None
        self._filled = asyncio.Event()
        self._sent = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def put(self, message: Message) -> bool:
        """Take a message to be sent; return False when too much waits already."""
        self._messages.append(message)
        self._filled.set()
        self._size += len(message.get("body", b""))
        return self._is_reserved()

    async def catch_up(self) -> None:
        """Wait until little is left to be sent.

        Raises:
            OSError: the client is gone.
        """
        while self._size > _LOW_WATER and not self._task.done():
            self._sent.clear()
            await self._sent.wait()
        if self._task.done():
            self._task.result()
        if self._lost is not None:
            raise self._lost

    async def finish(self) -> None:
        """Wait until all is sent; not to be called from within the application.

        That may be cancelled as soon as its client has the whole answer, and this task with it.
        """
        self._messages.append(None)
        self._filled.set()
        await self._task

    def cancel(self) -> None:
        """Send nothing more."""
        self._task.cancel()

    async def _run(self) -> None:
        try:
            while True:
                while not self._messages:
                    self._filled.clear()
                    await self._filled.wait()
                message = self._messages.popleft()
                if message is None:
                    return
                await self._send_unless_lost(message)
                self._size -= len(message.get("body", b""))
                self._is_reserved()
                self._sent.set()
        finally:
            self._reserve.give_back(self._reserved)
            self._reserved = 0
            self._sent.set()

    async def _send_unless_lost(self, message: Message) -> None:
        if self._lost is None:
            try:
                await self._send(message)
            except OSError as error:
                # The answer may still be collected for others.
                self._lost = error

    def _is_reserved(self) -> bool:
        needed = max(0, self._size - _FREE)
        if needed < self._reserved:
            self._reserve.give_back(self._reserved - needed)
            self._reserved = needed
        elif needed > self._reserved:
            if not self._reserve.take(needed - self._reserved):
                return False
            self._reserved = needed
        return True
