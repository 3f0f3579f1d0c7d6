"""The ceiling: a bare ASGI application that sends as many constant bytes as its path says."""

from __future__ import annotations

import argparse
import importlib.util
from typing import Any, Final

import uvicorn

_BODIES: Final[dict[str, bytes]] = {}


async def application(scope: dict[str, Any], _: Any, send: Any) -> None:
    """Answer `/bytes/<n>` with n bytes, and anything else with none."""
    path = scope["path"]
    body = _BODIES.get(path)
    if body is None:
        body = _BODIES[path] = b"x" * int(path.rpartition("/")[2] or 0)
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/octet-stream"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def libraries() -> tuple[str, str]:
    """Return the HTTP parser and the event loop: the fastest that are installed here."""
    return (
        "httptools" if importlib.util.find_spec("httptools") else "h11",
        "uvloop" if importlib.util.find_spec("uvloop") else "asyncio",
    )


def main() -> None:
    """Serve on loopback until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    http, loop = libraries()
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=parser.parse_args().port,
        http=http,
        loop=loop,
        lifespan="off",
        ws="none",
        access_log=False,
        server_header=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
