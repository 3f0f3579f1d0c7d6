"""Which other servers a query's SERVICE clauses may ask, and by which way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote, unquote, urlsplit

from miwdap_kg.diagnosis import diagnose
from miwdap_kg.errors import (
    ConfigurationError,
    QueryEvaluationError,
    QueryNotAllowed,
    QuerySyntaxError,
)
from miwdap_kg.lexer import Token, read
from miwdap_kg.sparql import Prologue

__all__ = ["NO_SERVICES", "Address", "ServicePolicy", "ServicePrefix", "has_service"]

_PORTS: Final = {"http": 80, "https": 443}
_IN_URL: Final = "%:@!$&'()*+,;=~-._"
_DOTS: Final = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


def has_service(text: str) -> bool:
    """Tell whether a text may have a SERVICE clause; rather too often than once too rarely."""
    return "SERVICE" in text.upper()


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an http or https address that all its readers take alike."""

    scheme: str
    host: str
    port: int
    path: str
    query: str | None

    @classmethod
    def of(cls, iri: str) -> Self | None:
        """Return the parts of an IRI, or None when it is no such address.

        With a password or a fragment in it, with steps such as `/../` in its path, or with
        characters that are read in several ways, it is none.

        >>> Address.of("https://a.example/sparql?x=1").target
        '/sparql?x=1'
        """
        if not iri.isprintable() or any(each in iri for each in ' \\<>"{}|^`#'):
            return None
        try:
            parts = urlsplit(iri)
            port = parts.port
        except ValueError:
            return None
        host = parts.hostname
        if parts.scheme not in _PORTS or not host or not host.isascii() or "@" in parts.netloc:
            return None
        if _DOTS.search(parts.path):
            return None
        query = parts.query if "?" in iri else None
        port = _PORTS[parts.scheme] if port is None else port
        return cls(parts.scheme, host, port, parts.path or "/", query)

    @property
    def authority(self) -> str:
        """The host, with the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """The path with the query, in ASCII."""
        query = "" if self.query is None else f"?{quote(self.query, safe=_IN_URL + '/?')}"
        return quote(self.path, safe=_IN_URL + "/") + query


@dataclass(frozen=True, slots=True)
class ServicePrefix:
    """What the address of a service must begin with: scheme, host, port, and steps of a path.

    >>> prefix = ServicePrefix.of("https://a.example/sparql")
    >>> prefix.fits("https://a.example/sparql?default-graph-uri=x")
    True
    >>> prefix.fits("https://a.example.evil.example/sparql")
    False
    >>> prefix.fits("https://a.example/sparql-admin")
    False
    """

    address: Address

    @classmethod
    def of(cls, written: str) -> Self:
        """Return the prefix that is written so.

        Raises:
            ConfigurationError: it is no http or https address with a host and a path alone.
        """
        address = Address.of(written)
        if address is None or address.query is not None:
            raise ConfigurationError(
                f"'{written}' is no prefix of services that may be asked. Write one such as "
                "https://example.org/sparql, with http or https, a host, and a path at most."
            )
        return cls(address)

    def fits(self, iri: str) -> bool:
        """Tell whether the address *iri* begins with this prefix, by whole steps of its path."""
        prefix, address = self.address, Address.of(iri)
        if address is None or address.authority != prefix.authority:
            return False
        is_below = address.path.startswith(prefix.path.rstrip("/") + "/")
        return address.scheme == prefix.scheme and (is_below or address.path == prefix.path)


@dataclass(frozen=True, slots=True)
class _Clause:
    """One SERVICE clause: where its target stands, and the IRI that this is, if it is clear."""

    target: Token
    iri: str | None
    is_nested: bool
    is_clear: bool


@dataclass(frozen=True)
class ServicePolicy:
    """Says which services may be asked, by prefixes of their addresses, and through what gateway.

    The engine asks any service by itself and has no hook for it. So an IRI that is allowed is
    replaced by the gateway's in the text that the engine gets, and all others are refused.

    Args:
        allow: prefixes of services that may be asked; none by default.
        gateway: the address of the gateway, with its secret; without one, none is asked.

    Raises:
        ConfigurationError: a prefix is no http or https address.
    """

    allow: tuple[str, ...] = ()
    gateway: str | None = None
    _prefixes: tuple[ServicePrefix, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_prefixes", tuple(map(ServicePrefix.of, self.allow)))

    def allows(self, iri: str) -> bool:
        """Tell whether the service *iri* may be asked."""
        return any(prefix.fits(iri) for prefix in self._prefixes)

    def rewrite(self, text: str, prologue: Prologue) -> str:
        """Return the query with the gateway's address in its SERVICE clauses.

        Raises:
            QueryNotAllowed: it has a SERVICE clause that is not allowed.
        """
        pieces: list[str] = []
        done = 0
        for clause in _clauses(text, prologue):
            target = clause.target
            iri = self._checked(clause)
            pieces += [text[done : target.start], f"<{self.gateway}?iri={quote(iri, safe='')}>"]
            done = target.start + len(target.text)
        return "".join([*pieces, text[done:]]) if pieces else text

    @contextmanager
    def explained(self, asked: str, run: str) -> Iterator[None]:
        """Raise what fails inside as of the text that was *asked*, when another one was *run*.

        Raises:
            QuerySyntaxError: the text is not a SPARQL 1.1 query.
            QueryEvaluationError: a service gave no answer, or the engine failed otherwise.
        """
        try:
            yield
        except QuerySyntaxError as error:
            if run == asked:
                raise
            raise diagnose(asked, error.problem) from error
        except QueryEvaluationError as error:
            if run == asked:
                raise
            raise QueryEvaluationError(self._explained(error.problem, run)) from error
        except OSError as error:
            # The engine's own have no number; one of the output, such as a closed pipe, has.
            if run == asked or error.errno is not None:
                raise
            raise QueryEvaluationError(self._explained(str(error), run)) from error

    def _explained(self, problem: str, run: str) -> str:
        address = re.escape(f"{self.gateway}?iri=") + r"([^>\s]*)"
        if re.search(address, problem) is None:
            services = dict.fromkeys(unquote(iri) for iri in re.findall(address, run))
            return f"{problem} (It asks SERVICE {', '.join(f'<{each}>' for each in services)}.)"
        _, is_told, told = problem.partition(" with payload:\n")
        if is_told:
            return told.strip()
        return re.sub(address, lambda match: unquote(match[1]), problem)

    def _checked(self, clause: _Clause) -> str:
        if not self.allow or self.gateway is None:
            raise QueryNotAllowed(
                "The query has a SERVICE clause, which would make this endpoint ask another server."
                " Run it in a federation engine of your own, or load both dumps into one store."
            )
        if clause.is_nested:
            raise QueryNotAllowed(
                "A SERVICE clause stands inside another one. This endpoint would have to vouch for "
                "what the other server asks. Ask each service in a clause of its own."
            )
        if clause.target.kind == "variable":
            raise QueryNotAllowed(
                f"SERVICE {clause.target.text} leaves it to the data whom to ask, which is never "
                "done here. Name the service by its IRI."
            )
        if not clause.is_clear or clause.iri is None:
            raise QueryNotAllowed(
                "It is not clear which service the query asks. Write SERVICE as a word of its own, "
                "and the service as an IRI in angle brackets behind it."
            )
        if not self.allows(clause.iri):
            raise QueryNotAllowed(
                f"SERVICE <{clause.iri}> is none of those that this endpoint may ask: "
                f"{', '.join(self.allow)}. Run the query in a federation engine of your own."
            )
        return clause.iri


NO_SERVICES: Final = ServicePolicy()
"""The policy of an endpoint that asks no other."""


def _clauses(text: str, prologue: Prologue) -> Iterator[_Clause]:
    # `SERVICE` may stick to what is before and behind it: `trueSERVICE`, `SERVICEex:a {`.
    found = [(Token(kind, value, start), bracket) for kind, value, start, bracket in read(text)]
    found += [(Token("", "", len(text)), "")] * 3
    within = [False]
    begins = -1
    for position, (token, bracket) in enumerate(found[:-3]):
        if bracket == "end":
            within.pop()
        elif bracket:
            within.append(within[-1] or position == begins)
        elif token.keyword.endswith(("SERVICE", "SERVICESILENT")):
            is_silent = found[position + 1][0].keyword == "SILENT"
            begins = position + 2 + is_silent
            target = found[begins - 1][0]
            is_clear = token.keyword == "SERVICE" and not (
                target.kind == "name" and target.text.upper().startswith("SILENT")
            )
            yield _Clause(target, prologue.resolve(target), within[-1], is_clear)
        elif (
            token.kind == "name"
            and found[position + 1][0].text == "{"
            and _is_glued(token.text, prologue.prefixes)
        ):
            begins = position + 1
            yield _Clause(token, None, within[-1], is_clear=False)


def _is_glued(name: str, prefixes: Mapping[str, str]) -> bool:
    prefix = name.partition(":")[0]
    if not prefix.upper().startswith("SERVICE"):
        return False
    rest = prefix[len("SERVICE") :]
    silent = rest[len("SILENT") :] if rest.upper().startswith("SILENT") else rest
    return rest in prefixes or silent in prefixes
