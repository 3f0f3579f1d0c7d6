"""A SPARQL engine elsewhere: its address, its credentials, and where its default graph is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from miwdap_kg.errors import ConfigurationError

if TYPE_CHECKING:
    # A worker does without the settings, and without the library that reads them.
    from miwdap_kg.settings import Settings

__all__ = ["Engine"]


@dataclass(frozen=True, slots=True)
class Engine:
    """A SPARQL engine elsewhere, as it is asked.

    Args:
        address: takes queries.
        user, password: are told to the engine alone, when it asks for them; a password without a
            user is a bearer token. Neither is ever shown.
        default_graph: the named graph that holds the release's default graph, for an engine that
            has none of its own.

    >>> Engine("https://example.org/sparql", user="reader", password="secret")
    Engine(address='https://example.org/sparql', default_graph=None)
    """

    address: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    default_graph: str | None = None

    @classmethod
    def of(cls, settings: Settings, *, address: str | None = None) -> Self:
        """Return the engine of the settings, or the one at another *address*, checked.

        Raises:
            ConfigurationError: there is no address, or it cannot be one of an engine.
        """
        address = address or settings.engine
        if address is None:
            raise ConfigurationError(
                "No engine is set. Give its address in MIWDAP_ENGINE, such as "
                "https://example.org/sparql."
            )
        _check(address)
        password = settings.engine_password
        return cls(
            address=address,
            user=settings.engine_user,
            password="" if password is None else password.get_secret_value(),
            default_graph=settings.engine_default_graph,
        )

    @property
    def host(self) -> str:
        """The host, with its port, as messages name it."""
        return urlsplit(self.address).netloc


def _check(address: str) -> None:
    # What is wrong is never repeated: it may hold a password.
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port = False
    if not has_port or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            "The address of the engine begins with http:// or https:// and has a host, such as "
            "https://example.org/sparql; the one that is set does not."
        )
    if "@" in parts.netloc:
        raise ConfigurationError(
            "The address of the engine holds a user or a password, which would be shown with it. "
            "Take them out, and set MIWDAP_ENGINE_USER and MIWDAP_ENGINE_PASSWORD."
        )
