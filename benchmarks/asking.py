"""Asks a SPARQL endpoint once, and says what came: the plain client for all that is not timed."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

__all__ = ["CSV", "JSON", "NUMBER", "TURTLE", "Answer", "Request", "ask", "wait_for_answer"]

JSON: Final = "application/sparql-results+json"
CSV: Final = "text/csv"
TURTLE: Final = "text/turtle"

NUMBER: Final = "NNNNNNNNN"
"""Stands in a query for nine digits that differ from request to request."""


@dataclass(frozen=True, slots=True)
class Request:
    """A query with the media type of its answer; it may hold `NUMBER`."""

    query: str
    accept: str

    def numbered(self, number: int) -> Request:
        """Return the request with one number in the place of all that may come."""
        return Request(self.query.replace(NUMBER, f"{number:09d}"), self.accept)

    def path(self, endpoint: str) -> str:
        """Return the path and query string that ask it by GET."""
        parts = urlsplit(endpoint)
        more = f"{parts.query}&" if parts.query else ""
        return f"{parts.path}?{more}query={quote(self.query, safe='')}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its status, the media type, the body, and the seconds it took."""

    status: int
    media_type: str
    body: bytes
    seconds: float


def ask(endpoint: str, request: Request, *, timeout_seconds: float = 120.0) -> Answer:
    """Return the answer to one request, over a connection of its own."""
    address = urlsplit(endpoint).netloc
    connection = http.client.HTTPConnection(address, timeout=timeout_seconds)
    began = time.perf_counter()
    try:
        connection.request("GET", request.path(endpoint), headers={"Accept": request.accept})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    seconds = time.perf_counter() - began
    media_type = response.getheader("content-type", "").partition(";")[0].strip()
    return Answer(response.status, media_type, body, seconds)


def wait_for_answer(endpoint: str, *, deadline_seconds: float) -> None:
    """Wait until an endpoint answers.

    Raises:
        TimeoutError: it did not answer in time.
    """
    end = time.monotonic() + deadline_seconds
    while True:
        try:
            if ask(endpoint, Request("ASK {}", JSON), timeout_seconds=30.0).status == 200:
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"{endpoint} did not answer within {deadline_seconds:.0f} s.")
        time.sleep(0.002)
