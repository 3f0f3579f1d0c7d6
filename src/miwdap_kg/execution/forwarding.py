"""The program of the gateway: forwards the engine's requests to services that are allowed."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import Thread
from typing import IO, Any, Final, cast
from urllib.parse import parse_qs, urljoin

import httpx
import uvicorn

from miwdap_kg.execution.addresses import is_loopback, is_public
from miwdap_kg.execution.service import Address, ServicePolicy

__all__ = ["Forwarder", "main"]

_REDIRECTS: Final = 3
_AT_ONCE: Final = 16
_QUERY_BYTES: Final = 4 * 1024 * 1024
_IN_MEMORY: Final = 1024 * 1024
_PIECE: Final = 64 * 1024
_JSON: Final = "application/sparql-results+json"
_XML: Final = "application/sparql-results+xml"
_RESULTS: Final = {
    **dict.fromkeys((_JSON, "application/json"), _JSON),
    **dict.fromkeys((_XML, "application/xml", "text/xml"), _XML),
}

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class _Failure(Exception):
    """Why a service gave no answer; ends a sentence."""


@dataclass(frozen=True, slots=True)
class _Answer:
    media_type: str
    size: int
    content: IO[bytes]


class Forwarder:
    """An ASGI application that takes the engine's POST and returns the service's answer.

    Each connection goes to exactly the address that was looked at; so a name that means another
    machine a moment later does not help. What fails is told as text with status 502.

    Args:
        policy: which services may be asked.
        secret: the path at which the engine asks.
        seconds: how long a service may take, redirects and all.
        max_bytes: how large an answer may be.
        allow_loopback: whether services on this machine may be asked too.
        resolve: gives the addresses of a host and port; the system's, unless given.
        tls: how certificates are verified; by the usual authorities, unless given.
    """

    def __init__(
        self,
        policy: ServicePolicy,
        *,
        secret: str,
        seconds: float,
        max_bytes: int,
        allow_loopback: bool = False,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._path = f"/{secret}".encode()
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._allow_loopback = allow_loopback
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._resolve = resolve or _resolve
        self._tls = tls or httpx.create_ssl_context()
        self._agent = f"miwdap-kg/{version('miwdap-kg')}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of the engine."""
        if not hmac.compare_digest(scope["path"].encode(), self._path) or scope["method"] != "POST":
            await _reply(send, 404, "text/plain", *_text("Nothing is here."))
            return
        query = await _body(receive)
        iri = parse_qs(scope["query_string"].decode()).get("iri", [""])[0]
        asking = asyncio.create_task(self._answer(iri, query))
        leaving = asyncio.create_task(_until_gone(receive))
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not asking.done():
            # The engine was stopped, and nobody waits for the answer.
            asking.cancel()
            return
        try:
            answer = asking.result()
        except _Failure as failure:
            told = _text(f"SERVICE <{iri}> gave no answer: {failure}.")
            await _reply(send, 502, "text/plain; charset=utf-8", *told)
            return
        with answer.content:
            await _reply(send, 200, answer.media_type, answer.content, answer.size)

    async def _answer(self, iri: str, query: bytes) -> _Answer:
        try:
            async with asyncio.timeout(self._seconds), self._slots:
                return await self._follow(iri, query)
        except TimeoutError as error:
            raise _Failure(f"it took longer than {self._seconds:g} seconds") from error
        except httpx.HTTPError as error:
            raise _Failure(str(error).rstrip(".") or type(error).__name__) from error

    async def _follow(self, iri: str, query: bytes) -> _Answer:
        asked = iri
        for _ in range(_REDIRECTS + 1):
            address = Address.of(asked)
            if address is None or not self._policy.allows(asked):
                raise _Failure(f"it leads to <{asked}>, which this endpoint may not ask")
            async with self._asked(address, query) as response:
                if response.has_redirect_location and response.status_code != 303:
                    asked = urljoin(asked, response.headers["location"])
                    continue
                return await self._read(response)
        raise _Failure(f"it was redirected more than {_REDIRECTS} times")

    @asynccontextmanager
    async def _asked(self, address: Address, query: bytes) -> AsyncIterator[httpx.Response]:
        numbers = await self._numbers(address)
        timeout = httpx.Timeout(self._seconds, connect=self._seconds / 2)
        async with httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=timeout) as client:
            response = await self._first(client, numbers, address, query)
            try:
                yield response
            finally:
                await response.aclose()

    async def _numbers(self, address: Address) -> list[str]:
        try:
            numbers = await self._resolve(address.host, address.port)
        except (OSError, UnicodeError) as error:
            raise _Failure(f"the name '{address.host}' is not known") from error
        allowed = [each for each in numbers if self._may_be_asked(each)]
        if not allowed:
            raise _Failure(f"'{address.host}' is at {numbers[0]}, which is no public address")
        return allowed

    def _may_be_asked(self, number: str) -> bool:
        return is_public(number) or (self._allow_loopback and is_loopback(number))

    async def _first(
        self, client: httpx.AsyncClient, numbers: Sequence[str], address: Address, query: bytes
    ) -> httpx.Response:
        failure: httpx.TransportError | None = None
        for number in numbers:
            request = client.build_request(
                "POST",
                httpx.URL(
                    scheme=address.scheme,
                    host=number,
                    port=address.port,
                    raw_path=address.target.encode(),
                ),
                headers={
                    "host": address.authority,
                    "user-agent": self._agent,
                    "accept": f"{_JSON}, {_XML}",
                    "accept-encoding": "identity",
                    "content-type": "application/sparql-query",
                },
                content=query,
                extensions={"sni_hostname": address.host},
            )
            try:
                return await client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise _Failure(f"it cannot be reached ({failure})") from failure

    async def _read(self, response: httpx.Response) -> _Answer:
        if response.status_code != 200:
            raise _Failure(f"it answered {response.status_code} {response.reason_phrase}".rstrip())
        said = response.headers.get("content-type", "")
        media_type = _RESULTS.get(said.partition(";")[0].strip().lower())
        if media_type is None:
            raise _Failure(f"it answered in '{said}', which is no SPARQL result")
        content = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it is closed when it was sent
        size = 0
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > self._max_bytes:
                content.close()
                raise _Failure(f"its answer is larger than {self._max_bytes:,} bytes")
            content.write(piece)
        content.seek(0)
        return _Answer(media_type, size, cast(IO[bytes], content))


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def _body(receive: Receive) -> bytes:
    body = b""
    is_more = True
    while is_more and len(body) <= _QUERY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        is_more = message.get("more_body", False)
    return body


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _text(told: str) -> tuple[IO[bytes], int]:
    content = told.encode()
    return BytesIO(content), len(content)


async def _reply(send: Send, status: int, media_type: str, content: IO[bytes], size: int) -> None:
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    while piece := content.read(_PIECE):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    """Read the configuration, say the port, and serve until the input ends."""
    config = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_input, daemon=True).start()
    listening = socket.create_server(("127.0.0.1", 0))
    forwarder = Forwarder(
        ServicePolicy(tuple(config["allow"])),
        secret=config["secret"],
        seconds=config["seconds"],
        max_bytes=config["max_bytes"],
        allow_loopback=config["allow_loopback"],
    )
    server = uvicorn.Server(
        uvicorn.Config(
            forwarder,
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
        )
    )
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    asyncio.run(server.serve(sockets=[listening]))


def _end_with_input() -> None:
    # The other end closes with the process that started this one, even when that is killed.
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
