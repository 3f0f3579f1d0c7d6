"""The clients of the soak: each asks again and again, and checks every answer."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final

from benchmarks.asking import Answer, Request
from benchmarks.soak.bad_requests import BAD_REQUESTS
from benchmarks.soak.tally import Tally
from benchmarks.soak.truth import ENDLESS, HEAVY, LIGHT, REPEATED, RUNAWAY, WHOLE, Truth, digest
from benchmarks.soak.wire import Response, connect, get

__all__ = ["ACTORS", "Stage"]

_SPARQL: Final = "http://127.0.0.1/sparql"
_FIXED: Final = 1


@dataclass(slots=True)
class Stage:
    """Where the clients act: the server's port, what is true, and who counts."""

    port: int
    truth: Truth
    tally: Tally
    random: Random
    numbers: count[int]

    def path(self, request: Request, **more: str) -> str:
        """Return the path of a question that nobody has asked before."""
        numbered = request.numbered(next(self.numbers))
        return numbered.path(_SPARQL) + "".join(f"&{name}={v}" for name, v in more.items())


async def light(stage: Stage) -> None:
    """Small questions over one connection, each of them new."""
    async with connect(stage.port) as connection:
        for request in stage.random.sample(LIGHT * 10, 20):
            began = time.perf_counter()
            await connection.send(get(stage.path(request), request.accept))
            response = await connection.receive()
            stage.tally.note(
                "light", _checked(stage, request, response), status=response.status, began=began
            )
            await asyncio.sleep(0.01)


async def hits(stage: Stage) -> None:
    """The same questions again: as they are, packed, by HEAD, and asked whether they changed."""
    async with connect(stage.port) as connection:
        for request in REPEATED:
            path = request.numbered(_FIXED).path(_SPARQL)
            await connection.send(get(path, request.accept))
            plain = await connection.receive()
            problem = _checked(stage, request, plain)
            stage.tally.note("again", problem, status=plain.status)
            if problem:
                continue
            tag = plain.headers.get("etag", "")
            await connection.send(get(path, request.accept, If_None_Match=tag or '"none"'))
            same = await connection.receive()
            expected = 304 if tag else 200
            stage.tally.note(
                "conditional", _is_status(same, expected, bool(same.body) == (expected == 200))
            )
            await connection.send(get(path, request.accept, method="HEAD"))
            head = await connection.receive(has_body=False)
            stage.tally.note("HEAD", _is_status(head, 200))
            await connection.send(get(path, request.accept, Accept_Encoding="gzip"))
            packed = await connection.receive()
            body = packed.body
            if packed.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            unpacked = Response(packed.status, packed.headers, body, packed.is_whole)
            stage.tally.note("gzip", _checked(stage, request, unpacked), status=packed.status)
            await asyncio.sleep(0.02)


async def heavy(stage: Stage) -> None:
    """A question that takes its time, and is answered."""
    request = stage.random.choice(HEAVY)
    response = await _once(stage, get(stage.path(request), request.accept))
    stage.tally.note("heavy", _checked(stage, request, response), status=response.status)
    await asyncio.sleep(stage.random.uniform(0.2, 1.0))


async def runaway(stage: Stage) -> None:
    """A question that would run for ever, with a deadline: it is stopped and says so."""
    seconds = stage.random.choice(("0.2", "0.5", "1"))
    response = await _once(stage, get(stage.path(RUNAWAY, timeout=seconds), RUNAWAY.accept))
    problem = _is_problem(response, 503, "/problem/query-timeout")
    stage.tally.note("runaway", problem, status=response.status)
    await asyncio.sleep(stage.random.uniform(0.2, 1.0))


async def endless(stage: Stage) -> None:
    """An answer that would never end, with a deadline: what is cut is never taken for whole."""
    request = get(stage.path(ENDLESS, timeout="0.3"), ENDLESS.accept)
    async with connect(stage.port) as connection:
        await connection.send(request)
        response = await connection.receive(keep=1000)
    if response.status == 200:
        problem = "a cut answer looks whole" if response.is_whole else ""
    else:
        problem = _is_problem(response, 503, "/problem/query-timeout")
    stage.tally.note("endless", problem, status=response.status)
    await asyncio.sleep(stage.random.uniform(1.0, 3.0))


async def hang_up(stage: Stage) -> None:
    """A client that leaves: before the answer, or in the middle of it."""
    request = stage.random.choice((RUNAWAY, ENDLESS, WHOLE))
    async with connect(stage.port) as connection:
        await connection.send(get(stage.path(request), request.accept))
        if request is RUNAWAY:
            await asyncio.sleep(stage.random.uniform(0.0, 0.2))
        else:
            await connection.receive_some(stage.random.randrange(1, 300_000))
        connection.abort()
    stage.tally.note("hang-up", "")
    await asyncio.sleep(stage.random.uniform(0.1, 0.5))


async def slow_reader(stage: Stage) -> None:
    """A client that reads the whole graph slowly: it gets all of it, or sees that it does not."""
    async with connect(stage.port) as connection:
        await connection.send(get(stage.path(WHOLE), WHOLE.accept))
        response = await connection.receive(piece_seconds=0.05)
    problem = "refused" if _is_busy(response) else _is_status(response, 200)
    if not problem and not response.is_whole:
        # Where all work is taken, who hardly reads gives way to others.
        problem = "cut"
    if not problem and digest(response.body) != stage.truth.whole_digest:
        problem = "the whole graph is another one"
    stage.tally.note("slow-reader", problem, status=response.status)


async def bad(stage: Stage) -> None:
    """What no server should take, each with the refusal that it must get."""
    for each in BAD_REQUESTS:
        response = await _once(stage, each.content)
        problem = "" if response.status in each.statuses else f"{each.name}: {_said(response)}"
        if _is_busy(response):
            problem = "refused"
        stage.tally.note("bad", problem, status=response.status)
        await asyncio.sleep(0.1)


async def download(stage: Stage) -> None:
    """Files of the release, byte for byte."""
    names = stage.random.sample(sorted(stage.truth.files), 3)
    for name in names:
        response = await _once(stage, get(f"/dumps/{stage.truth.version}/{name}"))
        problem = _is_status(response, 200, response.is_whole)
        if not problem and hashlib.sha256(response.body).hexdigest() != stage.truth.files[name]:
            problem = f"{name} has another checksum"
        stage.tally.note("download", problem, status=response.status)
        await asyncio.sleep(0.3)


ACTORS: Final[tuple[tuple[Callable[[Stage], Awaitable[None]], int], ...]] = (
    (light, 4),
    (hits, 2),
    (heavy, 2),
    (runaway, 2),
    (endless, 1),
    (hang_up, 2),
    (slow_reader, 2),
    (bad, 1),
    (download, 1),
)
"""Each kind of client, and how many of it act at once."""


async def _once(stage: Stage, content: bytes) -> Response:
    async with connect(stage.port) as connection:
        await connection.send(content)
        return await connection.receive()


def _checked(stage: Stage, request: Request, response: Response) -> str:
    if _is_busy(response):
        return "refused"
    if not response.is_whole:
        return f"the answer is not whole: {_said(response)}"
    answer = Answer(response.status, response.media_type, response.body, 0.0)
    return stage.truth.problem(request, answer)


def _is_status(response: Response, status: int, also: bool = True) -> str:
    return "" if response.status == status and also else f"not as it should be: {_said(response)}"


def _is_problem(response: Response, status: int, kind: str) -> str:
    if _is_busy(response):
        return "refused"
    if response.status != status or not _type(response).endswith(kind) or not response.is_whole:
        return f"not a {status} of {kind}: {_said(response)}"
    return "" if "retry-after" in response.headers else "no Retry-After"


def _is_busy(response: Response) -> bool:
    return response.status == 503 and _type(response).endswith("/problem/busy")


def _type(response: Response) -> str:
    if response.media_type != "application/problem+json":
        return ""
    try:
        return str(json.loads(response.body)["type"])
    except (ValueError, KeyError):
        return ""


def _said(response: Response) -> str:
    whole = "whole" if response.is_whole else "cut"
    return f"{response.status} {response.media_type}, {whole}: {response.body[:200]!r}"
