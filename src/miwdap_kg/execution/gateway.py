"""Starts the process by which SERVICE clauses reach other servers, and ends it."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from types import TracebackType
from typing import IO, Final, Self, cast

from miwdap_kg.errors import ConfigurationError
from miwdap_kg.execution.service import ServicePolicy

__all__ = ["Gateway"]

_PROGRAM: Final = (sys.executable, "-P", "-m", "miwdap_kg.execution.forwarding")
_SECONDS_TO_END: Final = 2.0


class Gateway:
    """A process of its own that asks the services which are allowed, and no others.

    The engine asks it at a loopback address with a secret in it. It ends with the process that
    started it, however that ends.

    Args:
        allow: prefixes of the services that may be asked.
        seconds: how long one may take, redirects and all.
        max_bytes: how large an answer may be.
        allow_loopback: whether services on this machine may be asked too; for tests alone.

    Raises:
        ConfigurationError: a prefix is no http or https address, or the process does not start.
    """

    def __init__(
        self,
        allow: Iterable[str],
        *,
        seconds: float = 10.0,
        max_bytes: int = 64 * 1024 * 1024,
        allow_loopback: bool = False,
    ) -> None:
        self._allow = ServicePolicy(tuple(allow)).allow
        self._secret = secrets.token_urlsafe(24)
        self._config = {
            "allow": self._allow,
            "seconds": seconds,
            "max_bytes": max_bytes,
            "allow_loopback": allow_loopback,
            "secret": self._secret,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._input: IO[bytes] = BytesIO()
        self._output: IO[bytes] = BytesIO()
        self._port = 0

    def __enter__(self) -> Self:
        # Its input stays open as long as this process lives, and no longer. A session of its own
        # keeps Ctrl-C from it while answers are still finished.
        self._process = subprocess.Popen(  # noqa: S603 - the program is our own
            _PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._input = cast(IO[bytes], self._process.stdin)
        self._output = cast(IO[bytes], self._process.stdout)
        with suppress(BrokenPipeError):
            self._input.write(json.dumps(self._config).encode() + b"\n")
            self._input.flush()
        said = self._output.readline()
        if not said.strip().isdigit():
            self.close()
            raise ConfigurationError(
                "The gateway for SERVICE clauses did not start; its own message stands above. "
                "Mend that, or leave out the setting 'service_allow'."
            )
        self._port = int(said)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """The address for the engine, with the secret; not to be told to anyone."""
        return f"http://127.0.0.1:{self._port}/{self._secret}"

    @property
    def policy(self) -> ServicePolicy:
        """What an execution needs to know of the services."""
        return ServicePolicy(self._allow, self.address)

    def close(self) -> None:
        """End the process, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(BrokenPipeError):
            self._input.close()
        self._output.close()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
