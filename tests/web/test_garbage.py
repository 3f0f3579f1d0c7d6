"""What a request leaves behind: nothing that waits for the garbage collector."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from .conftest import Client

REQUESTS = 20


def test_a_query_leaves_no_cycles(client: Client) -> None:
    """Cycles would keep all objects of a request, and looking for them costs more than its work."""

    async def ask(number: int) -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets the event")

        async def send(message: Any) -> None:
            answered.append(message.get("status", 200))

        query = f"query=ASK%20%7B%20FILTER({number}%20%3E%200)%20%7D".encode()
        headers = [(b"host", b"test"), (b"accept", b"application/sparql-results+json")]
        scope = {"type": "http", "method": "GET", "path": "/sparql", "root_path": ""}
        await client.app({**scope, "query_string": query, "headers": headers}, receive, send)

    async def test() -> int:
        for number in range(3):
            await ask(number)
        gc.collect()
        gc.disable()
        try:
            for number in range(REQUESTS):
                await ask(1000 + number)
            return gc.collect()
        finally:
            gc.enable()

    answered: list[int] = []
    found = asyncio.run(test())

    assert {200} == set(answered)
    assert found < REQUESTS
