"""The layer that gives answers again: what it keeps, and what happens when, step by step."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable, Coroutine
from typing import Any

import brotli
import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from miwdap_kg.web.cache import Cache

DEADLINE_SECONDS = 10.0
LONG = b"".join(b"<http://example.org/%d> <http://example.org/p> 1 .\n" % n for n in range(2_000))
TURTLE = {"content-type": "text/turtle; charset=utf-8", "etag": '"5f2"', "vary": "Accept"}


class Client:
    """One request over ASGI, with a client that can hang up, and read when it likes.

    Like uvicorn it swallows what is sent to a client that is gone.
    """

    def __init__(
        self, app: Cache, target: str = "/sparql?query=1", method: str = "GET", **headers: str
    ) -> None:
        path, _, query = target.partition("?")
        self.scope: Scope = {
            "type": "http",
            "method": method,
            "path": path,
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        }
        self.reads = asyncio.Event()
        self.reads.set()
        self.messages: list[Message] = []
        self._is_told = False
        self._gone = asyncio.Event()
        self.task = asyncio.create_task(app(self.scope, self._receive, self._send))

    async def _receive(self) -> Message:
        if not self._is_told:
            self._is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.reads.wait()
        if not self._gone.is_set():
            self.messages.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._gone.set()

    def hang_up(self) -> None:
        """Leave."""
        self._gone.set()
        self.reads.set()

    async def end(self) -> Client:
        """Wait for the end of the request, and return this client."""
        await asyncio.wait_for(self.task, DEADLINE_SECONDS)
        return self

    @property
    def status(self) -> int:
        """The status of the response; 0 for none."""
        return self.messages[0]["status"] if self.messages else 0

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response, of which none may come twice."""
        pairs = [(name.decode(), value.decode()) for name, value in self.messages[0]["headers"]]
        assert len(pairs) == len(dict(pairs))
        return dict(pairs)

    @property
    def body(self) -> bytes:
        """What there is of the body."""
        return b"".join(each.get("body", b"") for each in self.messages[1:])

    @property
    def is_whole(self) -> bool:
        """Whether the response has its end."""
        return len(self.messages) > 1 and not self.messages[-1].get("more_body", False)


class App:
    """An application that always answers the same, and counts how often."""

    def __init__(self, body: bytes = b"a", *, status: int = 200, pieces: int = 1, **headers: str):
        self.asked: list[Scope] = []
        self.status = status
        self.headers = headers or TURTLE
        size = max(1, -(-len(body) // pieces))
        self.pieces = [body[at : at + size] for at in range(0, max(1, len(body)), size)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        await self.start(send)
        for number, piece in enumerate(self.pieces, 1):
            await self.between(number, receive)
            more = number < len(self.pieces)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def start(self, send: Send) -> None:
        """Send the head."""
        headers = [(k.replace("_", "-").encode(), v.encode()) for k, v in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})

    async def between(self, number: int, receive: Receive) -> None:
        """Do something before a piece; the first is 1."""


class Gated(App):
    """An application that waits before a piece of its answer, and ends when its client leaves."""

    def __init__(self, body: bytes = b"a", *, waits_before: int = 1, **given: Any) -> None:
        super().__init__(body, **given)
        self.waits_before = waits_before
        self.gate = asyncio.Event()
        self.waiting = 0
        self.left = 0

    async def between(self, number: int, receive: Receive) -> None:
        """Wait until the gate is open or the client gone."""
        if number != self.waits_before:
            return
        self.waiting += 1
        opened = asyncio.ensure_future(self.gate.wait())
        gone = asyncio.ensure_future(disconnect(receive))
        try:
            await asyncio.wait((opened, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.waiting -= 1
            opened.cancel()
            gone.cancel()
        if not opened.done():
            self.left += 1
            raise ConnectionAbortedError("the client is gone")


async def disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():
            await asyncio.sleep(0)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def cached(app: Any, max_bytes: int = 1 << 20, **given: Any) -> Cache:
    return Cache(app, max_bytes=max_bytes, **given)


async def ask(cache: Cache, target: str = "/sparql?query=1", **given: str) -> Client:
    return await Client(cache, target, **given).end()


def ask_all(app: App, *requests: dict[str, str], max_bytes: int = 1 << 20) -> list[Client]:
    """Return the responses to requests, one after the other."""

    async def all_of_them() -> list[Client]:
        cache = cached(app, max_bytes)
        return [await ask(cache, **each) for each in requests]

    return asyncio.run(all_of_them())


# What is kept


def test_answer_is_given_again() -> None:
    """The second time the application is not asked, and the response says its length."""
    app = App(b"<a> <b> <c> .", **TURTLE, link="<x>", server_timing="run;dur=7")
    first, second, third = ask_all(app, {}, {}, {})

    assert 1 == len(app.asked)
    assert (200, b"<a> <b> <c> .") == (second.status, second.body) == (third.status, third.body)
    assert "13" == first.headers["content-length"] == second.headers["content-length"]
    assert second.headers == first.headers | {"server-timing": "cache;desc=hit"} == third.headers


def test_streamed_answer_is_given_again_in_one_piece() -> None:
    """However it came, it is whole the second time."""
    app = App(LONG, pieces=9)
    first, second = ask_all(app, {}, {})

    assert LONG == first.body == second.body
    assert 2 == len(second.messages)
    assert "content-length" not in first.headers
    assert str(len(LONG)) == second.headers["content-length"]


@pytest.mark.parametrize(
    ("first", "second", "times"),
    [
        ({"target": "/sparql?query=a+b&x=1"}, {"target": "/sparql?x=1&query=a%20b"}, 1),
        ({"target": "/sparql?query=1"}, {"target": "/sparql?query=2"}, 2),
        ({"target": "/sparql?query=1"}, {"target": "/other?query=1"}, 2),
        ({"accept": "text/csv"}, {"accept": "text/turtle"}, 2),
        ({"accept_language": "ja"}, {"accept_language": "en"}, 1),
        ({"host": "a.example"}, {"host": "b.example"}, 1),
        ({"user_agent": "a"}, {"cookie": "b=c"}, 1),
        ({}, {"method": "HEAD"}, 1),
        ({"method": "HEAD"}, {}, 2),
        ({}, {"method": "POST"}, 2),
        ({}, {"content_length": "0"}, 1),
        ({}, {"content_length": "3"}, 2),
        ({}, {"transfer_encoding": "chunked"}, 2),
        ({}, {"range": "bytes=0-1"}, 2),
        ({"range": "bytes=0-1"}, {}, 2),
        ({}, {"authorization": "Basic x"}, 2),
        ({"authorization": "Basic x"}, {}, 2),
    ],
    ids=str,
)
def test_what_makes_another_request(
    first: dict[str, str], second: dict[str, str], times: int
) -> None:
    """One request stands for another only where it cannot make a difference."""
    app = App()
    ask_all(app, first, second)

    assert times == len(app.asked)


def test_root_path_makes_another_request() -> None:
    """Below another root an answer may have other links in it."""

    async def test() -> None:
        app = App()
        cache = cached(app)
        await ask(cache)
        client = Client(cache)
        client.scope["root_path"] = "/plan"
        await client.end()

        assert 2 == len(app.asked)

    run(test())


@pytest.mark.parametrize(
    "given",
    [
        {"status": 404},
        {"status": 500},
        {"status": 503},
        {"status": 206},
        {"status": 301},
        {"content-type": "text/turtle"},
        {**TURTLE, "cache-control": "no-store"},
        {**TURTLE, "cache-control": "No-Cache, PRIVATE"},
        {**TURTLE, "set-cookie": "a=b"},
        {**TURTLE, "vary": "Accept, Host"},
        {**TURTLE, "vary": "*"},
        {**TURTLE, "content-encoding": "gzip"},
        {**TURTLE, "content-range": "bytes 0-1/2"},
        {**TURTLE, "miwdap-incomplete": "rows=10"},
        {"body": b"x" * 300_000},
        {"body": b"x" * 300_000, "pieces": 9},
        {"body": b"x" * 300_000, **TURTLE, "content-length": "300000"},
    ],
    ids="404 500 503 206 301 no-tag no-store private cookie host any encoded part incomplete "
    "large large-stream large-announced".split(),
)
def test_what_is_not_kept(given: dict[str, Any]) -> None:
    """What is no whole answer for everybody, or too large, is computed again."""
    app = App(**given)
    body = b"".join(app.pieces)
    responses = ask_all(app, {}, {}, {})

    assert 3 == len(app.asked)
    assert {(app.status, body, True)} == {(r.status, r.body, r.is_whole) for r in responses}


def test_nothing_is_kept_without_room() -> None:
    """With no bytes to keep answers in, all else stays: codings, tags, HEAD."""
    app = App(LONG)
    one, two, three, four = ask_all(
        app,
        {"accept_encoding": "gzip"},
        {"if_none_match": '"5f2-gzip"', "accept_encoding": "gzip"},
        {"method": "HEAD", "accept_encoding": "gzip"},
        {},
        max_bytes=0,
    )

    assert 4 == len(app.asked)
    assert (LONG, LONG) == (gzip.decompress(one.body), four.body)
    assert (304, b"", '"5f2-gzip"') == (two.status, two.body, two.headers["etag"])
    assert (200, b"", "gzip") == (three.status, three.body, three.headers["content-encoding"])


class Failing(App):
    """An application that fails before a piece."""

    async def between(self, number: int, receive: Receive) -> None:
        """Fail at the second."""
        if number == 2:
            raise ValueError("a failure")


@pytest.mark.parametrize("accept_encoding", ["", "gzip", "br"])
def test_answer_cut_by_an_error_is_not_kept(accept_encoding: str) -> None:
    """What was sent until then can be read, and the error is passed on."""

    async def test() -> None:
        app = Failing(LONG, pieces=3)
        cache = cached(app)
        for _ in range(2):
            client = Client(cache, accept_encoding=accept_encoding)
            with pytest.raises(ValueError, match="a failure"):
                await client.end()
            assert app.pieces[0] == decoded_so_far(client)
            assert not client.is_whole

        assert 2 == len(app.asked)

    run(test())


def test_small_pieces_before_an_error_can_be_read() -> None:
    """What a compressor has held back is sent when there is no more, as a last remark may be."""

    class Remarking(App):
        async def between(self, number: int, receive: Receive) -> None:
            if number == len(self.pieces):
                raise ValueError("a failure")

    async def test() -> None:
        app = Remarking(b"first, remark, never", pieces=3, **TURTLE)
        client = Client(cached(app), accept_encoding="gzip")
        with pytest.raises(ValueError, match="a failure"):
            await client.end()

        assert b"".join(app.pieces[:2]) == decoded_so_far(client)
        assert not client.is_whole

    run(test())


def test_answer_without_end_is_not_kept() -> None:
    """An application that returns before the last piece has not answered."""

    class Endless(App):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            self.asked.append(scope)
            await self.start(send)
            await send({"type": "http.response.body", "body": b"a", "more_body": True})

    app = Endless()
    responses = ask_all(app, {}, {})

    assert 2 == len(app.asked)
    assert not any(each.is_whole for each in responses)


@pytest.mark.parametrize("accept_encoding", ["", "gzip"])
def test_answer_of_another_length_than_announced_is_an_error(accept_encoding: str) -> None:
    """A server would refuse it; encoded it must not look whole."""

    async def test() -> None:
        client = Client(
            cached(App(LONG, **TURTLE, content_length="9")), accept_encoding=accept_encoding
        )
        with pytest.raises(RuntimeError, match=r"the body has \d+ bytes, its head says 9"):
            await client.end()
        assert not client.is_whole

    run(test())


def test_hits_and_misses_are_told() -> None:
    """Each answer is counted once, with the id of the query that was computed."""
    told: list[object] = []

    async def test() -> None:
        cache = cached(
            App(b"abc", **TURTLE, miwdap_query_id="7e1"),
            on_hit=lambda *hit: told.append(hit),
            on_miss=lambda: told.append("miss"),
        )
        for headers in ({}, {}, {"if_none_match": '"5f2"'}, {"method": "HEAD"}, {"range": "x"}):
            await ask(cache, **headers)

    run(test())

    assert ["miss", (200, 3, "7e1"), (304, 0, "7e1"), (200, 0, "7e1")] == told


# Conditional requests


@pytest.mark.parametrize(
    ("if_none_match", "tag"),
    [
        ('"5f2"', '"5f2"'),
        ('W/"5f2"', '"5f2"'),
        ('"1", "5f2"', '"5f2"'),
        ('"5f2-br"', '"5f2-br"'),
        ("*", '"5f2"'),
    ],
)
@pytest.mark.parametrize("is_kept", [True, False])
def test_known_answer_is_not_sent(if_none_match: str, tag: str, is_kept: bool) -> None:
    """Whether it is kept or not: who has the answer, in any coding, gets a 304."""

    async def test() -> None:
        cache = cached(App(LONG, **TURTLE, link="<x>", content_disposition="inline"))
        if is_kept:
            await ask(cache)
            await ask(cache)
        client = await ask(cache, if_none_match=if_none_match)

        expected = {"etag": tag, "vary": "Accept, Accept-Encoding", "link": "<x>"}
        assert (304, b"", expected) == (client.status, client.body, client.headers)

    run(test())


@pytest.mark.parametrize("if_none_match", ['"5f3"', "5f2", '"5f2-deflate"', ""])
def test_other_answer_is_sent(if_none_match: str) -> None:
    """A tag of something else is no reason to send nothing."""
    responses = ask_all(App(), {}, {"if_none_match": if_none_match})

    assert [(200, b"a")] * 2 == [(each.status, each.body) for each in responses]


def test_post_has_no_condition() -> None:
    """A 304 is an answer to GET and HEAD."""
    (response,) = ask_all(App(), {"method": "POST", "if_none_match": '"5f2"'})

    assert 200 == response.status


def test_application_sees_its_own_tags() -> None:
    """It knows nothing of codings, and its 304 is told by the tag that the client has."""
    app = App(status=304, **TURTLE)
    (response,) = ask_all(app, {"if_none_match": '"5f2-br", W/"7-gzip"', "accept_encoding": "br"})

    assert (b"if-none-match", b'"5f2", W/"7"') in app.asked[0]["headers"]
    assert (304, '"5f2-br"') == (response.status, response.headers["etag"])
    assert "Accept, Accept-Encoding" == response.headers["vary"]


# Content codings


def decoded_so_far(client: Client) -> bytes:
    match client.headers.get("content-encoding"):
        case "gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(client.body)
        case "br":
            decoder = brotli.Decompressor()
            return b"".join(
                [decoder.process(client.body), *iter(lambda: decoder.process(b""), b"")]
            )
    return client.body


@pytest.mark.parametrize("pieces", [1, 4])
@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_answer_is_kept_in_its_coding(coding: str, pieces: int) -> None:
    """Each coding has its own strong tag and its own length, and HEAD tells the same."""
    app = App(LONG, pieces=pieces, **TURTLE, accept_ranges="bytes")
    first, second, head = ask_all(
        app, *[{"accept_encoding": coding}] * 2, {"accept_encoding": coding, "method": "HEAD"}
    )

    assert 1 == len(app.asked)
    assert LONG == decoded_so_far(first) == decoded_so_far(second)
    assert {
        "content-type": "text/turtle; charset=utf-8",
        "content-encoding": coding,
        "content-length": str(len(second.body)),
        "etag": f'"5f2-{coding}"',
        "vary": "Accept, Accept-Encoding",
    } == second.headers
    assert (second.headers, b"") == (head.headers, head.body)


def test_kept_answer_is_encoded_without_asking_again() -> None:
    """What is there in no coding needs no query to be had in another."""
    app = App(LONG, pieces=3)
    told: list[object] = []

    async def test() -> None:
        cache = cached(app, on_hit=lambda *hit: told.append(hit))
        plain = await ask(cache)
        for coding in ("gzip", "br", "gzip"):
            client = await ask(cache, accept_encoding=coding)
            assert LONG == plain.body == decoded_so_far(client)
            assert f'"5f2-{coding}"' == client.headers["etag"]

    run(test())

    assert 1 == len(app.asked)
    assert 3 == len(told)


@pytest.mark.parametrize(
    "given",
    [
        {"body": b"<a> <b> <c> ." * 10},
        {**TURTLE, "content-type": "image/png"},
        {**TURTLE, "content-type": "application/gzip"},
        {**TURTLE, "content-encoding": "x"},
        {**TURTLE, "cache-control": "no-transform"},
        {"status": 206},
        {"status": 404},
    ],
    ids=["short", "image", "packed", "encoded", "forbidden", "part", "error"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_sent_as_it_is(given: dict[str, Any], method: str) -> None:
    """Short, packed, encoded, partial and forbidden bodies, and errors."""
    app = App(**{"body": LONG, **given})
    (response,) = ask_all(app, {"accept_encoding": "gzip, br", "method": method})

    assert b"".join(app.pieces) == response.body
    assert app.headers.get("content-encoding") == response.headers.get("content-encoding")
    assert '"5f2"' == response.headers["etag"]


def test_range_is_none_of_our_business() -> None:
    """Who asks for a part of an answer talks to the application."""
    app = App(LONG, status=206, **TURTLE, content_range="bytes 0-9/100")
    (response,) = ask_all(app, {"range": "bytes=0-9", "accept_encoding": "gzip"})

    assert (206, LONG, '"5f2"') == (response.status, response.body, response.headers["etag"])


def test_answer_to_a_post_is_encoded() -> None:
    """It is not kept, and needs no tag."""
    app = App(LONG, content_type="text/csv")
    (response,) = ask_all(app, {"method": "POST", "accept_encoding": "br"})

    assert LONG == decoded_so_far(response)
    assert ("br", "Accept-Encoding") == (
        response.headers["content-encoding"],
        response.headers["vary"],
    )
    assert str(len(response.body)) == response.headers["content-length"]


def test_coding_that_a_client_insists_on_is_used_for_all() -> None:
    """Who cannot take an answer as it is gets even a short one encoded."""
    app = App(b"PNG", content_type="image/png", etag='"5f2"')
    first, second, third = ask_all(app, *[{"accept_encoding": "identity;q=0, gzip"}] * 2, {})

    assert b"PNG" == decoded_so_far(first) == decoded_so_far(second) == third.body
    assert "gzip" == first.headers["content-encoding"] == second.headers["content-encoding"]


def test_head_without_a_kept_answer_has_no_body() -> None:
    """The application's length is that of the body as it is, and is not told for another."""
    app = App(LONG, **TURTLE, content_length=str(len(LONG)))
    plain, encoded = ask_all(app, {"method": "HEAD"}, {"method": "HEAD", "accept_encoding": "gzip"})

    assert (b"", str(len(LONG))) == (plain.body, plain.headers["content-length"])
    assert (b"", '"5f2-gzip"') == (encoded.body, encoded.headers["etag"])
    assert "content-length" not in encoded.headers


def test_extension_of_asgi_is_passed_on() -> None:
    """Messages that we do not know are for the server."""

    class Extended(App):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            self.asked.append(scope)
            await self.start(send)
            await send({"type": "http.response.pathsend", "path": "/x"})

    (response,) = ask_all(Extended(), {"accept_encoding": "gzip"})

    assert ["http.response.start", "http.response.pathsend"] == [
        each["type"] for each in response.messages
    ]


def test_other_connections_pass() -> None:
    """A start of the server is none of ours."""
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    run(cached(app)({"type": "lifespan"}, receive, send))

    assert ["lifespan"] == seen


# Requests that arrive together


def test_same_request_is_computed_once() -> None:
    """A hundred clients that ask the same at once cost one computation."""

    async def test() -> None:
        app = Gated(LONG, pieces=4, waits_before=3)
        cache = cached(app)
        clients = [Client(cache, f"/sparql?query=1{'&' * (n % 7)}") for n in range(100)]
        await until(lambda: app.waiting)
        await settle()
        app.gate.set()
        for each in clients:
            await each.end()

        assert 1 == len(app.asked)
        assert {(200, LONG, True)} == {(each.status, each.body, each.is_whole) for each in clients}

    run(test())


def test_computation_outlives_the_client_that_began_it() -> None:
    """While others wait for an answer, its first client may leave."""

    async def test() -> None:
        app = Gated(LONG, pieces=4, waits_before=2)
        cache = cached(app)
        clients = [Client(cache) for _ in range(3)]
        await until(lambda: app.waiting)
        await settle()
        clients[0].hang_up()
        await settle()
        app.gate.set()
        others = [await each.end() for each in clients[1:]]

        assert (1, 0) == (len(app.asked), app.left)
        assert [LONG] * 2 == [each.body for each in others]

    run(test())


def test_computation_ends_when_the_last_client_leaves() -> None:
    """Nobody waits any more: the application is told, and the next who asks begins anew."""

    async def test() -> None:
        app = Gated(LONG, pieces=4, waits_before=2)
        cache = cached(app)
        clients = [Client(cache) for _ in range(3)]
        await until(lambda: app.waiting)
        await settle()
        for each in clients:
            assert 0 == app.left
            each.hang_up()
            await settle()
        await until(lambda: app.left)
        with pytest.raises(ConnectionAbortedError):
            await clients[0].end()
        for each in clients[1:]:
            await each.end()
        app.gate.set()
        late = await ask(cache)

        assert (2, LONG) == (len(app.asked), late.body)
        assert 0 == cache.kept.collected.size

    run(test())


def test_waiting_client_takes_over() -> None:
    """When the request that computes is ended by the server, another computes for all."""

    async def test() -> None:
        app = Gated(LONG, pieces=4, waits_before=2)
        cache = cached(app)
        clients = [Client(cache) for _ in range(5)]
        await until(lambda: app.waiting)
        await settle()
        clients[0].task.cancel()
        await until(lambda: len(app.asked) == 2)
        app.gate.set()
        for each in clients[1:]:
            await each.end()

        assert 2 == len(app.asked)
        assert [LONG] * 4 == [each.body for each in clients[1:]]

    run(test())


@pytest.mark.parametrize(
    "given",
    [
        {"status": 503},
        {"content_type": "text/turtle"},
        {**TURTLE, "miwdap_incomplete": "rows=1"},
    ],
    ids=["error", "no-tag", "incomplete"],
)
def test_what_is_not_kept_is_computed_for_each(given: dict[str, Any]) -> None:
    """An error is not shared: the others ask the application, all at once, as without us."""

    async def test() -> None:
        app = Gated(LONG, pieces=3, waits_before=1, **given)
        cache = cached(app)
        clients = [Client(cache) for _ in range(10)]
        await until(lambda: app.waiting == 10)
        app.gate.set()
        for each in clients:
            await each.end()

        assert 10 == len(app.asked)
        assert {(app.status, LONG)} == {(each.status, each.body) for each in clients}

    run(test())


def test_others_do_not_wait_for_the_same_failure_twice() -> None:
    """An exception in the first computation sends each of the others on its own way."""

    async def test() -> None:
        class Breaking(Gated):
            async def between(self, number: int, receive: Receive) -> None:
                await super().between(number, receive)
                if number == 2 and len(self.asked) == 1:
                    raise ValueError("the first fails")

        app = Breaking(LONG, pieces=3, waits_before=2)
        cache = cached(app)
        clients = [Client(cache) for _ in range(4)]
        await until(lambda: app.waiting)
        await settle()
        app.gate.set()
        with pytest.raises(ValueError, match="the first fails"):
            await clients[0].end()
        for each in clients[1:]:
            await each.end()

        assert 4 == len(app.asked)
        assert [LONG] * 3 == [each.body for each in clients[1:]]

    run(test())


def test_what_is_never_kept_is_not_waited_for() -> None:
    """Once an answer has turned out not to be one to keep, nobody waits for another like it."""

    async def test() -> None:
        app = Gated(LONG, content_type="text/turtle", waits_before=1)
        cache = cached(app)
        app.gate.set()
        await ask(cache)
        app.gate.clear()
        clients = [Client(cache) for _ in range(5)]
        await until(lambda: app.waiting == 5)
        app.gate.set()
        for each in clients:
            await each.end()

    run(test())


def test_waiting_client_that_leaves_is_forgotten() -> None:
    """It ends at once, and the others get their answer."""

    async def test() -> None:
        app = Gated(LONG)
        cache = cached(app)
        first, second = Client(cache), Client(cache)
        await until(lambda: app.waiting)
        await settle()
        second.hang_up()
        await second.end()
        app.gate.set()
        await first.end()

        assert ([], LONG) == (second.messages, first.body)

    run(test())


def test_first_client_has_the_answer_already() -> None:
    """A 304 is no answer for those who wait; one of them has it computed for all."""

    async def test() -> None:
        class Validating(Gated):
            async def start(self, send: Send) -> None:
                headers = dict(self.asked[-1]["headers"])
                self.status = 304 if headers.get(b"if-none-match") == b'"5f2"' else 200
                await self.between(1, disconnect_never)
                await super().start(send)

        app = Validating(LONG, waits_before=1)
        cache = cached(app)
        conditional = [Client(cache, if_none_match='"5f2"') for _ in range(2)]
        others = [Client(cache) for _ in range(5)]
        await until(lambda: app.waiting)
        await settle()
        app.gate.set()
        for each in (*conditional, *others):
            await each.end()

        assert [304] * 2 == [each.status for each in conditional]
        assert [LONG] * 5 == [each.body for each in others]
        assert 3 == len(app.asked)

    run(test())


async def disconnect_never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


# Slow clients


def test_slow_client_keeps_neither_application_nor_others() -> None:
    """What is collected is taken as fast as it comes; the slow client gets all of it, later."""

    async def test() -> None:
        app = App(LONG, pieces=10)
        cache = cached(app)
        slow = Client(cache)
        slow.reads.clear()
        fast = Client(cache)
        await fast.end()
        third = await ask(cache)

        assert [] == slow.messages
        assert LONG == fast.body == third.body
        assert 1 == len(app.asked)
        slow.reads.set()
        await slow.end()
        assert (LONG, True) == (slow.body, slow.is_whole)
        assert 0 == cache.kept.ahead.size == cache.kept.collected.size

    run(test())


def test_answer_too_large_to_keep_goes_at_the_pace_of_its_client() -> None:
    """Beyond what is kept of it, no more waits in memory than the client lets."""

    async def test() -> None:
        app = App(b"x" * 4_000_000, pieces=100)
        sent: list[int] = []

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            async def count(message: Message) -> None:
                await send(message)
                sent.append(len(message.get("body", b"")))

            await app(scope, receive, count)

        cache = cached(counting)
        slow = Client(cache)
        slow.reads.clear()
        await settle()
        await until(lambda: len(sent) > 5)
        await settle()

        assert sum(sent) < 1_000_000
        assert cache.kept.ahead.size <= cache.kept.max_bytes // 4
        slow.reads.set()
        await slow.end()
        assert (4_000_000, True) == (len(slow.body), slow.is_whole)
        assert 0 == cache.kept.ahead.size == cache.kept.collected.size

    run(test())


def test_slow_clients_leave_room_to_collect() -> None:
    """However many read slowly, what a fast client asks is still kept."""

    async def test() -> None:
        app = App(b"x" * 200_000, pieces=40)
        cache = cached(app, 1 << 20)
        slow = [Client(cache, f"/sparql?query={number}") for number in range(20)]
        for each in slow:
            each.reads.clear()
        await settle()
        await ask(cache, "/sparql?query=fast")
        before = len(app.asked)
        await ask(cache, "/sparql?query=fast")

        assert before == len(app.asked)
        for each in slow:
            each.hang_up()
            await each.end()
        assert 0 == cache.kept.ahead.size == cache.kept.collected.size

    run(test())


def test_client_that_cannot_be_reached_ends_what_is_not_collected() -> None:
    """A server may tell by an error that nobody reads; then the application is told so."""

    async def test() -> None:
        app = App(b"x" * 4_000_000, pieces=100)

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            raise ConnectionResetError("gone")

        client = Client(cached(App()))
        await client.end()
        with pytest.raises(ConnectionResetError, match="gone"):
            await cached(app)(client.scope, receive, send)

    run(test())


def test_application_may_end_itself_when_its_client_leaves() -> None:
    """A streaming response of the framework is cancelled as soon as the answer is out."""

    async def test() -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            pieces = iter([LONG] * 3)
            await StreamingResponse(pieces, headers={"etag": '"5f2"'})(scope, receive, send)

        cache = cached(cached(app))
        first = await ask(cache)
        second = await ask(cache)

        assert LONG * 3 == first.body == second.body
        assert first.is_whole

    run(test())


def test_server_that_stops_cuts_the_answer() -> None:
    """A request that is cancelled sends nothing more, and leaves nothing behind."""

    async def test() -> None:
        app = Gated(LONG, pieces=4, waits_before=3)
        cache = cached(app)
        client = Client(cache)
        await until(lambda: app.waiting)
        client.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await client.task
        await settle()

        assert not client.is_whole
        assert 0 == cache.kept.ahead.size == cache.kept.collected.size
        assert 1 == len(asyncio.all_tasks())

    run(test())
