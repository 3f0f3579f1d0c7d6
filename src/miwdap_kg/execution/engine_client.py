"""Speaks HTTP with a SPARQL engine: shows credentials when asked, and tries again what may be."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Final

import httpx

from miwdap_kg import __version__
from miwdap_kg.engine import Engine
from miwdap_kg.errors import (
    EngineError,
    MiwdapError,
    QueryEvaluationError,
    QueryTimeout,
    ServiceUnavailable,
)

__all__ = ["EngineClient"]

_ATTEMPTS: Final = 3
_FIRST_PAUSE_SECONDS: Final = 0.1
_CONNECT_SECONDS: Final = 5.0
_BUSY: Final = (429, 502, 503, 504)
_SHOWN: Final = 300

# How engines say that they stopped at a limit of their own: Virtuoso, GraphDB, Fuseki, QLever.
_TOO_SLOW: Final = re.compile(r"S1T00|S1TAT|time[ds]?[ -]?out|deadline|cancelled", re.IGNORECASE)


class EngineClient:
    """A client of one engine, with its connections kept open. Close it, or use it in a `with`.

    Whatever is sent may be sent again, when the engine cannot be reached, or says with
    `Retry-After` when to come back: never send here what must not be done twice.

    Args:
        engine: whom to speak with.
        transport: what carries the requests, instead of the network.
        pause: waits so many seconds.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.engine = engine
        self._pause = pause
        self._client = httpx.Client(
            auth=_Credentials(engine.user, engine.password),
            headers={
                "user-agent": f"miwdap-kg/{__version__}",
                # A compressed answer that is cut can look whole.
                "accept-encoding": "identity",
            },
            transport=transport,
        )

    def __enter__(self) -> EngineClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(
        self,
        method: str,
        address: str,
        *,
        seconds: float,
        headers: dict[str, str],
        form: dict[str, str | list[str]] | None = None,
        parameters: dict[str, str] | None = None,
        content: bytes | httpx.SyncByteStream | None = None,
    ) -> httpx.Response:
        """Return the response, its body not read yet; whoever takes it closes it.

        Raises:
            ServiceUnavailable: the engine cannot be reached.
            QueryTimeout: it has not begun to answer after so many seconds.
        """
        until = time.monotonic() + seconds
        request = self._client.build_request(
            method,
            address,
            headers=headers,
            data=form,
            params=parameters,
            content=content if isinstance(content, bytes) else None,
        )
        if isinstance(content, httpx.SyncByteStream):
            request.stream = content
            request.headers["transfer-encoding"] = "chunked"
            request.headers.pop("content-length", None)
        for attempt in range(_ATTEMPTS):
            left = max(until - time.monotonic(), 0.001)
            timeout = httpx.Timeout(left, connect=min(left, _CONNECT_SECONDS))
            request.extensions["timeout"] = timeout.as_dict()
            wait = _FIRST_PAUSE_SECONDS * 2**attempt
            is_last = attempt + 1 == _ATTEMPTS
            try:
                response = self._client.send(request, stream=True)
            except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
                # It is at work on the request, and need not begin again.
                raise QueryTimeout(seconds) from error
            except httpx.TransportError as error:
                if is_last or time.monotonic() + wait > until:
                    raise self._unreachable(error) from error
            else:
                asked_to_wait = _retry_after(response)
                if asked_to_wait is None or is_last or time.monotonic() + asked_to_wait > until:
                    return response
                response.close()
                wait = asked_to_wait
            self._pause(wait)
        raise AssertionError("the last attempt returns or raises")

    def pieces(self, response: httpx.Response, *, until: float, seconds: float) -> Iterator[bytes]:
        """Yield the body of a response.

        Raises:
            EngineError: it broke off.
            QueryTimeout: it has not ended *until* then, so many *seconds* after the begin.
        """
        try:
            for piece in response.iter_bytes():
                if time.monotonic() > until:
                    raise QueryTimeout(seconds)
                yield piece
        except httpx.TimeoutException as error:
            raise QueryTimeout(seconds) from error
        except httpx.HTTPError as error:
            raise EngineError(
                self.engine.host, f"It broke off in the midst of its answer: {error}."
            ) from error

    def failure(self, response: httpx.Response, *, seconds: float) -> MiwdapError:
        """Return what a response that is not the wanted one means, and close it."""
        with closing(response):
            status, said = response.status_code, _beginning(response)
        if status in (401, 403):
            return self._error(
                f"It refuses us ({status}). Set MIWDAP_ENGINE_USER and MIWDAP_ENGINE_PASSWORD to "
                "those of a user who may."
            )
        if response.is_redirect:
            return self._error(
                f"It sends us on to {response.headers.get('location', 'nowhere')}. "
                "Set its address to that, if it is yours."
            )
        if status in (408, 504) or (status >= 500 and _TOO_SLOW.search(said)):
            return QueryTimeout(seconds)
        if status in (429, 502, 503):
            return ServiceUnavailable(
                f"The engine at {self.engine.host} is busy ({status}). Ask again in a moment."
            )
        if status in (400, 500):
            return QueryEvaluationError(f"{self.engine.host} says: {said or status}")
        return self._error(f"It answers with status {status}. {said}".rstrip())

    def _error(self, problem: str) -> EngineError:
        return EngineError(self.engine.host, problem)

    def _unreachable(self, error: httpx.TransportError) -> ServiceUnavailable:
        return ServiceUnavailable(
            f"The engine at {self.engine.host} cannot be reached: {error}. "
            "Ask again in a moment; see that it runs, and that its address is right."
        )


class _Credentials(httpx.Auth):
    """Shows user and password when they are asked for, in the way that is asked for."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._chosen: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self._user and self._password:
            request.headers["authorization"] = f"Bearer {self._password}"
            yield request
            return
        if self._chosen is None:
            response = yield request
            if response.status_code != 401 or not self._user:
                return
            way = response.headers.get("www-authenticate", "").lower()
            self._chosen = (
                httpx.DigestAuth(self._user, self._password)
                if "digest" in way
                else httpx.BasicAuth(self._user, self._password)
            )
        yield from self._chosen.auth_flow(request)


def _retry_after(response: httpx.Response) -> float | None:
    # A date instead of seconds is not waited for: clocks differ.
    value = response.headers.get("retry-after", "")
    return float(value) if response.status_code in _BUSY and value.isdecimal() else None


def _beginning(response: httpx.Response) -> str:
    said = b""
    try:
        for piece in response.iter_bytes():
            said += piece
            if len(said) >= 4 * _SHOWN:
                break
    except httpx.HTTPError:
        pass
    # Some repeat the whole query below their message.
    message = re.split(r"\n\s*\n", said.decode("utf-8", "replace").strip(), maxsplit=1)[0]
    return " ".join(message.split())[:_SHOWN]
