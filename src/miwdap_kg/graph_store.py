"""Writes to an engine elsewhere over the SPARQL 1.1 Graph Store HTTP Protocol."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

import httpx

from miwdap_kg.engine import Engine
from miwdap_kg.errors import ConfigurationError, EngineError, QueryTimeout
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.engine_client import EngineClient
from miwdap_kg.execution.remote import RemoteExecution
from miwdap_kg.formats import JSON, NQUADS, NTRIPLES
from miwdap_kg.solutions import Solutions

__all__ = ["KNOWN_ENGINES", "GraphStore", "KnownEngine"]

_NAMED: Final = (
    "SELECT ?graph (COUNT(*) AS ?count) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
)
_DEFAULT: Final = "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }"


@dataclass(frozen=True, slots=True)
class KnownEngine:
    """What is known of a kind of engine.

    Args:
        name: begins its `Server` header.
        queries, store: where the one address ends, the other ends so instead.
        takes_all: whether all graphs can be replaced in one request, at once for its readers.
        has_default_graph: whether it has one of its own.
    """

    name: str
    queries: str
    store: str
    takes_all: bool
    has_default_graph: bool


KNOWN_ENGINES: Final = (
    KnownEngine("Oxigraph", "/query", "/store", takes_all=True, has_default_graph=True),
    KnownEngine(
        "Virtuoso", "/sparql", "/sparql-graph-crud-auth", takes_all=False, has_default_graph=False
    ),
)
"""The engines that the tests push to."""


class GraphStore:
    """The graphs of one engine. Close it, or use it in a `with`.

    Args:
        engine: where the graphs are.
        address: where they are written; without it, as is known of this kind of engine.
        seconds: how long one request may take.
        transport: what carries the requests, instead of the network.

    Raises:
        ConfigurationError: it is of no known kind, and there is no *address*.
        ServiceUnavailable: the engine cannot be reached.
        EngineError: it does not answer as an engine does.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        address: str | None = None,
        seconds: float = 600.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        # What is asked here is asked of all graphs, whatever the dataset of the release is.
        self.engine = replace(engine, default_graph=None)
        self._seconds = seconds
        self._client = EngineClient(self.engine, transport=transport)
        self._execution = RemoteExecution(self.engine, seconds=seconds, transport=transport)
        self.kind = self._known()
        self._address = address or self._derived()

    def __enter__(self) -> GraphStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._execution.close()

    def put_all(self, quads: httpx.SyncByteStream) -> None:
        """Replace all graphs by the graphs of N-Quads."""
        self._write("PUT", {}, NQUADS.media_type, quads)

    def put(self, graph: str | None, triples: bytes) -> None:
        """Replace a graph, or the default graph (None), by N-Triples."""
        where = {"default": ""} if graph is None else {"graph": graph}
        self._write("PUT", where, NTRIPLES.media_type, triples)

    def remove(self, graph: str) -> None:
        """Remove a graph, if it is there."""
        self._write("DELETE", {"graph": graph}, None, None)

    def counts(self) -> Mapping[str, int]:
        """Return how many triples each named graph has."""
        return {str(row["graph"]): int(str(row["count"])) for row in self.rows(_NAMED)}

    def count(self, graph: str | None) -> int:
        """Return how many triples the default graph has, or the named one that is one for us."""
        chosen = () if graph is None else (graph,)
        return int(str(self.rows(_DEFAULT, default_graphs=chosen)[0]["count"]))

    def rows(self, query: str, *, default_graphs: tuple[str, ...] = ()) -> Solutions:
        """Return the solutions of a query."""
        output = io.BytesIO()
        self._execution.execute(QueryRequest(query, JSON, default_graphs=default_graphs), output)
        return Solutions.of_json(output.getvalue())

    def _write(
        self,
        method: str,
        parameters: dict[str, str],
        media_type: str | None,
        content: bytes | httpx.SyncByteStream | None,
    ) -> None:
        try:
            response = self._client.send(
                method,
                self._address,
                parameters=parameters,
                headers={} if media_type is None else {"content-type": media_type},
                content=content,
                seconds=self._seconds,
            )
            is_gone = method == "DELETE" and response.status_code == 404
            if not response.is_success and not is_gone:
                raise self._client.failure(response, seconds=self._seconds)
            with closing(response):
                response.read()
        except (QueryTimeout, httpx.HTTPError) as error:
            raise EngineError(
                self.engine.host,
                f"It took a {method} and did not say within {self._seconds:g} seconds that it was "
                "done. Push again: what is there already is not harmed by that.",
            ) from error

    def _known(self) -> KnownEngine | None:
        response = self._client.send(
            "POST",
            self.engine.address,
            form={"query": "ASK {}"},
            headers={"accept": JSON.media_type},
            seconds=self._seconds,
        )
        if not response.is_success:
            raise self._client.failure(response, seconds=self._seconds)
        response.close()
        server = response.headers.get("server", "")
        return next((each for each in KNOWN_ENGINES if server.startswith(each.name)), None)

    def _derived(self) -> str:
        address, kind = self.engine.address.rstrip("/"), self.kind
        if kind is None or not address.endswith(kind.queries):
            raise ConfigurationError(
                f"Where the engine at {self.engine.host} takes graphs is not known. Give the "
                "address of its Graph Store Protocol with --graph-store."
            )
        return re.sub(f"{re.escape(kind.queries)}$", kind.store, address)
