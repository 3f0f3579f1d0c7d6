"""Services that should not be asked, or do not answer: who must see nothing sees nothing."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pyoxigraph
import pytest

from miwdap_kg.errors import (
    ConfigurationError,
    MiwdapError,
    QueryEvaluationError,
    QueryNotAllowed,
)
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.forwarding import Forwarder
from miwdap_kg.execution.gateway import Gateway
from miwdap_kg.execution.in_process import InProcessExecution
from miwdap_kg.execution.service import ServicePolicy
from miwdap_kg.formats import JSON
from miwdap_kg.store import Store

from .conftest import DEADLINE_SECONDS, Start

ANSWER = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"hi"}}]}}'
ANSWER_XML = (
    b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head>'
    b'<results><result><binding name="x"><literal>hi</literal></binding></result></results>'
    b"</sparql>"
)


def answer(
    body: bytes = ANSWER, status: int = 200, media_type: str = "application/json", **headers: str
) -> bytes:
    """Return a response as it goes over the wire."""
    head = {"Content-Type": media_type, "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"HTTP/1.1 {status} Told\r\n{lines}Connection: close\r\n\r\n".encode() + body


@dataclass
class Service:
    """A service that answers by path, and remembers what it was asked."""

    address: str
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    is_left: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return urlsplit(self.address).port or 0


@pytest.fixture(scope="module")
def running_service() -> Iterator[Service]:
    """A service on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.asked.append((self.path, dict(self.headers), body))
            if self.path == "/slow":
                # Until the other side leaves, or the test is over.
                if self.connection.recv(1) == b"":
                    told.is_left.set()
                return
            self.wfile.write(told.answers.get(self.path, answer()))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Service(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def service(running_service: Service) -> Service:
    """A service that has not been asked yet."""
    running_service.answers.clear()
    running_service.asked.clear()
    running_service.is_left.clear()
    return running_service


@pytest.fixture(scope="module")
def gateway(running_service: Service) -> Iterator[Gateway]:
    """A gateway that may ask this service, and one in a private network."""
    with Gateway(
        [f"{running_service.address}/", "http://10.0.0.1"],
        max_bytes=200_000,
        allow_loopback=True,
    ) as gateway:
        yield gateway


class Listener:
    """Listens, and answers nobody."""

    def __init__(self, family: socket.AddressFamily, host: str) -> None:
        self._socket = socket.create_server((host, 0), family=family)
        self.port = self._socket.getsockname()[1]

    def has_been_called(self) -> bool:
        """Tell whether anybody has connected."""
        self._socket.setblocking(False)
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Stop."""
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener that must see no connection."""
    listener = Listener(socket.AF_INET, "127.0.0.1")
    yield listener
    listener.close()


DATA = b'<http://e.org/a> <http://e.org/p> "hi" .\n'


def ask(policy: ServicePolicy, query: str, **chosen: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows of the answer, by the execution that a server has."""
    output = io.BytesIO()
    failure = None
    try:
        InProcessExecution(Store.of_nquads(DATA), services=policy).execute(
            QueryRequest(query, JSON, **chosen), output
        )
    except MiwdapError as error:
        failure = error
    if failure is not None:
        # The engine's answer must end in this thread, and not wait in a trace for the garbage
        # collection of another.
        failure.__cause__ = failure.__context__ = None
        raise failure.with_traceback(None)
    bindings = json.loads(output.getvalue())["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]


def rows_of(iri: str) -> str:
    """Return a query for what a service knows."""
    return f"SELECT ?x {{ SERVICE <{iri}> {{ ?a ?b ?x }} }}"


# Nobody is asked


@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_no_service_is_asked_by_default(listener: Listener, silent: str) -> None:
    """Without a setting, no clause makes a connection, silent or not."""
    with pytest.raises(QueryNotAllowed):
        ask(
            ServicePolicy(),
            f"SELECT * {{ SERVICE {silent}<http://127.0.0.1:{listener.port}/> {{ ?a ?b ?c }} }}",
        )

    assert not listener.has_been_called()


def test_from_fetches_nothing(listener: Listener) -> None:
    """FROM and FROM NAMED mean graphs of the store, and so do the protocol's parameters."""
    graph = f"http://127.0.0.1:{listener.port}/graph.ttl"

    assert [] == ask(ServicePolicy(), f"SELECT * FROM <{graph}> {{ ?s ?p ?o }}")
    assert [] == ask(
        ServicePolicy(), f"SELECT * FROM NAMED <{graph}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    )
    assert [] == ask(ServicePolicy(), "SELECT * { ?s ?p ?o }", default_graphs=(graph,))
    assert [] == ask(ServicePolicy(), "SELECT * { GRAPH ?g { ?s ?p ?o } }", named_graphs=(graph,))
    assert not listener.has_been_called()


HOSTS = ["127.0.0.1", "localhost", "0.0.0.0", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]


def test_private_address_is_refused_even_if_allowed(listener: Listener) -> None:
    """A prefix does not open this machine or its network, whatever the address looks like."""
    allowed = [f"http://{host}:{listener.port}" for host in HOSTS]

    with Gateway([*allowed, "http://10.0.0.1", "http://169.254.169.254"]) as gateway:
        for address in (*allowed, "http://10.0.0.1", "http://169.254.169.254"):
            with pytest.raises(QueryEvaluationError) as caught:
                ask(gateway.policy, rows_of(f"{address}/sparql"))

            message = str(caught.value)
            assert f"SERVICE <{address}/sparql> gave no answer: " in message
            assert message.endswith("which is no public address.") or "is not known" in message

    assert not listener.has_been_called()


def test_redirect_is_looked_at_again(
    service: Service, gateway: Gateway, listener: Listener
) -> None:
    """A service cannot send the gateway to where it must not go."""
    forbidden = f"http://127.0.0.1:{listener.port}/"
    service.answers["/other"] = answer(b"", 302, Location=forbidden)
    service.answers["/inside"] = answer(b"", 307, Location="http://10.0.0.1/sparql")
    service.answers["/scheme"] = answer(b"", 301, Location="file:///etc/passwd")

    told = {}
    for path in service.answers:
        with pytest.raises(QueryEvaluationError) as caught:
            ask(gateway.policy, rows_of(service.address + path))
        told[path] = str(caught.value).partition("gave no answer: ")[2]

    assert not listener.has_been_called()
    assert told == {
        "/other": f"it leads to <{forbidden}>, which this endpoint may not ask.",
        "/inside": "'10.0.0.1' is at 10.0.0.1, which is no public address.",
        "/scheme": "it leads to <file:///etc/passwd>, which this endpoint may not ask.",
    }


def test_gateway_answers_to_its_secret_alone(service: Service, gateway: Gateway) -> None:
    """Who does not know the secret, or does not POST, gets nothing by the gateway."""
    iri = {"iri": f"{service.address}/ok"}

    root = gateway.address.rpartition("/")[0]
    wrong = [
        httpx.post(f"{root}/", params=iri, content=b"x").status_code,
        httpx.post(f"{root}/guessed", params=iri, content=b"x").status_code,
        httpx.post(f"{gateway.address}/", params=iri, content=b"x").status_code,
        httpx.get(gateway.address, params=iri).status_code,
    ]
    unseen = len(service.asked)
    right = httpx.post(gateway.address, params=iri, content=b"x").status_code

    assert ([404, 404, 404, 404], 0, 200) == (wrong, unseen, right)


def test_gateway_allows_no_more_than_its_list(service: Service) -> None:
    """The list is checked by the gateway itself, not only where the query is read."""
    with Gateway([f"{service.address}/sparql"], allow_loopback=True) as gateway:
        response = httpx.post(
            gateway.address, params={"iri": f"{service.address}/admin"}, content=b"x"
        )

    assert 502 == response.status_code
    assert "which this endpoint may not ask" in response.text
    assert [] == service.asked


# Somebody is asked


def test_federation_with_a_server(start: Start, release_folder: Path) -> None:
    """A query joins what is here with what a server elsewhere knows."""
    server = start(release=release_folder)
    endpoint = f"{server.address.rstrip('/')}/sparql"

    with Gateway([endpoint], allow_loopback=True) as gateway:
        rows = ask(
            gateway.policy,
            f"""PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
            SELECT ?here ?there {{
                ?s ?p ?here
                SERVICE <{endpoint}> {{ <https://w3id.org/miwdap/id/plan> skos:prefLabel ?there }}
                FILTER(LANG(?there) = 'en')
            }}""",
        )

    assert [{"here": "hi", "there": "The MIC World Development Action Plan 2020"}] == rows


def test_two_services_are_joined(service: Service, gateway: Gateway) -> None:
    """Two services in one query are asked both, by IRI and by name."""
    service.answers["/b"] = answer(ANSWER_XML, media_type="text/xml; charset=utf-8")
    rows = ask(
        gateway.policy,
        f"PREFIX there: <{service.address}/> SELECT ?s ?x {{ ?s ?p ?x "
        f"SERVICE <{service.address}/a?b=c&d> {{ ?s1 ?p1 ?x }} "
        "SERVICE there:b { ?s2 ?p2 ?x } }",
    )

    assert [{"s": "http://e.org/a", "x": "hi"}] == rows
    assert {"/a?b=c&d", "/b"} == {path for path, _, _ in service.asked}


def test_request_has_what_is_needed_and_no_more(service: Service, gateway: Gateway) -> None:
    """The service gets the pattern, and neither cookies nor credentials nor our address."""
    service.answers["/a"] = answer(b"", 307, Location="/b", **{"Set-Cookie": "a=b"})

    ask(gateway.policy, rows_of(f"{service.address}/a"))

    assert ["/a", "/b"] == [path for path, _, _ in service.asked]
    for _, headers, body in service.asked:
        names = {name.lower(): value for name, value in headers.items()}
        assert b"SELECT * WHERE { ?a ?b ?x . }" == body
        assert f"127.0.0.1:{service.port}" == names["host"]
        assert names["user-agent"].startswith("miwdap-kg/")
        assert set(names) == {
            *("accept", "accept-encoding", "connection", "content-length"),
            *("content-type", "host", "user-agent"),
        }


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "status": ({"status": 500}, "it answered 500 Told."),
    "page": (
        {"body": b"<p>", "media_type": "text/html"},
        "it answered in 'text/html', which is no SPARQL result.",
    ),
    "too large": ({"body": b" " * 200_001}, "its answer is larger than 200,000 bytes."),
    "endless redirects": (
        {"status": 301, "Location": "/x"},
        "it was redirected more than 3 times.",
    ),
    "see other": ({"status": 303, "Location": "/ok"}, "it answered 303 Told."),
}


@pytest.mark.parametrize(("told", "expected"), FAILURES.values(), ids=FAILURES)
def test_service_that_gives_no_result(
    service: Service, gateway: Gateway, told: dict[str, Any], expected: str
) -> None:
    """What is wrong with a service is told with its name; SILENT passes over it."""
    service.answers["/x"] = answer(**told)
    address = f"{service.address}/x"

    with pytest.raises(QueryEvaluationError) as caught:
        ask(gateway.policy, rows_of(address))
    silent = ask(gateway.policy, rows_of(address).replace("SERVICE", "SERVICE SILENT"))

    assert str(caught.value) == (
        f"The engine could not evaluate the query: SERVICE <{address}> gave no answer: {expected}"
    )
    assert [{}] == silent


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"hello", "Unexpected char: 'h'"), (ANSWER[:40], "Unexpected end of file")],
    ids=["no JSON", "cut"],
)
def test_answer_that_is_broken(service: Service, gateway: Gateway, body: bytes, told: str) -> None:
    """An answer that cannot be read is the service's mistake, which is named."""
    service.answers["/x"] = answer(body)

    with pytest.raises(QueryEvaluationError) as caught:
        ask(gateway.policy, rows_of(f"{service.address}/x"))

    assert told in str(caught.value)
    assert str(caught.value).endswith(f"(It asks SERVICE <{service.address}/x>.)")


def test_service_that_cannot_be_reached(listener: Listener) -> None:
    """Where nobody listens, that is told."""
    address = f"http://127.0.0.1:{listener.port}/x"
    listener.close()

    with (
        Gateway([address], allow_loopback=True) as gateway,
        pytest.raises(QueryEvaluationError) as caught,
    ):
        ask(gateway.policy, rows_of(address))

    assert f"SERVICE <{address}> gave no answer: it cannot be reached" in str(caught.value)


def test_slow_service_is_left_at_its_deadline(service: Service) -> None:
    """A service has so many seconds for its answer, and then the connection is closed."""
    started = time.monotonic()

    with (
        Gateway([service.address], allow_loopback=True, seconds=0.3) as gateway,
        pytest.raises(QueryEvaluationError) as caught,
    ):
        ask(gateway.policy, rows_of(f"{service.address}/slow"))

    assert str(caught.value).endswith("gave no answer: it took longer than 0.3 seconds.")
    assert time.monotonic() - started < DEADLINE_SECONDS
    assert service.is_left.wait(DEADLINE_SECONDS)


def test_engine_that_is_gone_leaves_the_service(service: Service) -> None:
    """When the query is stopped, its service need not go on."""
    with Gateway([service.address], allow_loopback=True, seconds=60) as gateway:
        address = urlsplit(gateway.address)
        with socket.create_connection(("127.0.0.1", address.port or 0)) as engine:
            engine.sendall(
                f"POST {address.path}?iri={service.address}/slow HTTP/1.1\r\nHost: x\r\n"
                "Content-Length: 1\r\n\r\nx".encode()
            )
            wait_until(lambda: bool(service.asked))

        assert service.is_left.wait(DEADLINE_SECONDS)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something with a deadline."""
    until = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < until
        threading.Event().wait(0.01)


# Names


def forwarded(forwarder: Forwarder, iri: str) -> httpx.Response:
    """Return what a forwarder answers to the engine."""

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(forwarder)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.post("/secret", params={"iri": iri}, content=b"x")

    return asyncio.run(post())


def test_connection_goes_to_the_address_that_was_looked_at(
    service: Service, listener: Listener
) -> None:
    """A name that means another machine at the second look is looked up once."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[tuple[str, int]] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return next(answers)

    iri = f"http://service.test:{service.port}/ok"
    forwarder = Forwarder(
        ServicePolicy((iri,)),
        secret="secret",
        seconds=10,
        max_bytes=1000,
        allow_loopback=True,
        resolve=resolve,
    )

    first, second = forwarded(forwarder, iri), forwarded(forwarder, iri)

    assert (200, 502) == (first.status_code, second.status_code)
    assert "'service.test' is at 10.0.0.1, which is no public address" in second.text
    assert [("service.test", service.port)] * 2 == asked
    assert f"service.test:{service.port}" == service.asked[0][1]["host"]


def test_certificate_is_that_of_the_name(
    tmp_path: Path, requires_tool: Callable[[str], str]
) -> None:
    """Over https the name of the IRI is asked for, and its certificate is verified."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [requires_tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=service.test",
         "-addext", "subjectAltName=DNS:service.test", "-keyout", str(key), "-out",
         str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _, name, __: names.append(name)

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=_answer_over_tls, args=(server, context))
        thread.start()
        told = {}
        for host in ("service.test", "other.test"):
            iri = f"https://{host}:{port}/"
            forwarder = Forwarder(
                ServicePolicy((iri,)),
                secret="secret",
                seconds=10,
                max_bytes=1000,
                allow_loopback=True,
                resolve=resolve,
                tls=ssl.create_default_context(cafile=str(certificate)),
            )
            told[host] = forwarded(forwarder, iri)
        thread.join(DEADLINE_SECONDS)

    assert 200 == told["service.test"].status_code
    assert 502 == told["other.test"].status_code
    assert "certificate is not valid for 'other.test'" in told["other.test"].text
    assert ["service.test", "other.test"] == names


def _answer_over_tls(server: socket.socket, context: ssl.SSLContext) -> None:
    for _ in range(2):
        connection, _ = server.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(1 << 16)
                    secure.sendall(answer())
            except (ssl.SSLError, ConnectionError):
                pass


# The process


def test_gateway_ends_with_its_starter() -> None:
    """A gateway outlives nobody: not even one that is killed."""
    program = (
        "import sys, time\n"
        "from miwdap_kg.execution.gateway import Gateway\n"
        "with Gateway(['https://e.org/']) as gateway:\n"
        "    print(gateway.address, flush=True)\n"
        "    time.sleep(60)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    port = urlsplit(starter.stdout.readline()).port or 0
    socket.create_connection(("127.0.0.1", port)).close()

    os.kill(starter.pid, signal.SIGKILL)
    starter.communicate()

    wait_until(lambda: not _listens(port))


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_gateway_that_was_closed_is_gone(service: Service) -> None:
    """After its end nobody is asked, and that is told."""
    with Gateway([service.address], allow_loopback=True) as gateway:
        policy = gateway.policy
    gateway.close()

    with pytest.raises(QueryEvaluationError) as caught:
        ask(policy, rows_of(f"{service.address}/ok"))

    assert str(caught.value).endswith(f"(It asks SERVICE <{service.address}/ok>.)")
    assert [] == service.asked


def test_gateway_with_a_wrong_prefix_does_not_start() -> None:
    """A prefix that is none is told before anything runs."""
    with pytest.raises(ConfigurationError):
        Gateway(["e.org"])


def test_engine_has_the_gateway_s_manners() -> None:
    """What the gateway relies on: the engine POSTs to it, and follows no redirect by itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        requests: list[bytes] = []

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                requests.append(connection.recv(1 << 16))
                connection.sendall(answer(b"", 307, Location=f"http://127.0.0.1:{port}/again"))

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(OSError, match="307"):
            list(
                pyoxigraph.Store().query(rows_of(f"http://127.0.0.1:{port}/x"))  # type: ignore[arg-type]
            )
        thread.join(DEADLINE_SECONDS)

    assert requests[0].startswith(b"POST /x HTTP/1.1\r\n")
