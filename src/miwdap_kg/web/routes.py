"""Registers an endpoint under its addresses, HEAD beside GET."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["Endpoint", "add"]

Endpoint = Callable[[Request], Awaitable[Response]]


def add(
    app: FastAPI,
    path: str,
    endpoint: Endpoint,
    *aliases: str,
    method: str = "GET",
    **described: Any,
) -> None:
    """Let *endpoint* answer at *path*, and unlisted at the *aliases*; with GET comes HEAD.

    Args:
        app: the application.
        path: the address that the API description shows.
        endpoint: what answers.
        aliases: further addresses of the same, such as the one with a slash at its end.
        method: the method that it answers to.
        described: what the API description says of it, as `FastAPI.add_api_route` takes it.
    """
    app.add_api_route(path, endpoint, methods=[method], response_model=None, **described)
    unlisted = [(alias, method) for alias in aliases]
    if method == "GET":
        unlisted += [(each, "HEAD") for each in (path, *aliases)]
    for alias, other in unlisted:
        app.add_api_route(
            alias, endpoint, methods=[other], response_model=None, include_in_schema=False
        )
