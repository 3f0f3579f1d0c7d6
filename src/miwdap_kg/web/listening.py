"""The socket that a server listens at."""

from __future__ import annotations

import errno
import socket

from miwdap_kg.errors import ConfigurationError

__all__ = ["listen"]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at *host* and *port*; port 0 takes a free one.

    Raises:
        ConfigurationError: the port is in use, the address is not this machine's, or the like.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(_cannot_listen(host, port, error)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigurationError(_cannot_listen(host, port, error)) from error
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else port - 1
        return (
            f"Port {port} at {host} is in use. Stop what listens there, or take another port: "
            f"'PORT={other} make serve', or 'miwdap-kg serve --port {other}'."
        )
    if error.errno == errno.EACCES:
        return (
            f"Port {port} at {host} may not be opened by this user. Take a port from 1024 on: "
            "'PORT=8000 make serve', or 'miwdap-kg serve --port 8000'."
        )
    return (
        f"Cannot listen at '{host}', port {port}: {error.strerror}. "
        "Give --host an address of this machine, such as 127.0.0.1."
    )
