"""Runs queries on a SPARQL 1.1 engine elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import IO, Final

import httpx
import pyoxigraph as ox

from miwdap_kg.engine import Engine
from miwdap_kg.errors import EngineError
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.binding import bind, without_dataset
from miwdap_kg.execution.engine_answer import (
    ACCEPT_GRAPH,
    ACCEPT_SOLUTIONS,
    is_virtuoso,
    read_answer,
    refuse_partial,
)
from miwdap_kg.execution.engine_client import EngineClient
from miwdap_kg.execution.inspection import QueryLimits, inspect
from miwdap_kg.execution.serialization import Rows, check_format, let_go, write_answer
from miwdap_kg.formats import Format
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.sparql import QueryOutline
from miwdap_kg.store import Store

__all__ = ["RemoteExecution"]

_NO_GRAPH: Final = f"{NAMESPACES['graph']}none"
"""A graph that there is not: where some graphs are chosen, a default graph stays empty with it."""

_ANY_ROWS: Final = "SELECT * WHERE {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {count}"


class RemoteExecution:
    """Answers from an engine elsewhere, with the limits of this endpoint.

    A query that is no SPARQL 1.1, too large, or not allowed never reaches the engine. It is sent
    by POST, again when the engine could not be reached, and its answer is read as it comes and
    written in the format that was asked for. What breaks off, or is but a part, is an error.

    An engine with a default graph of its own is asked plainly. For one that keeps it in a named
    graph (`Engine.default_graph`), each request says what the dataset is: that graph, and the
    *named_graphs* of the release; so the engine's other graphs are in no answer.

    Args:
        engine: whom to ask.
        named_graphs: the named graphs of the release.
        limits: how large a query and its answer may be.
        seconds: how long a query may run.
        transport: what carries the requests, instead of the network.
        pause: waits so many seconds between attempts.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        named_graphs: Iterable[str] = (),
        limits: QueryLimits | None = None,
        seconds: float = 15.0,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.engine = engine
        self._named_graphs = list(named_graphs)
        self._limits = limits or QueryLimits()
        self._seconds = seconds
        self._client = EngineClient(engine, transport=transport, pause=pause)
        self._whole_up_to = 0
        """So many triples Virtuoso gives without cutting them, as far as is known."""

    def execute(self, request: QueryRequest, output: IO[bytes]) -> None:
        """Write the whole answer to *output*, or raise and leave it incomplete.

        Raises:
            QuerySyntaxError: the text is not a SPARQL 1.1 query.
            QueryError: it is refused, too large, too slow, or the engine cannot evaluate it.
            NotAcceptable: the answer has no such format.
            EngineError: the engine gives no answer, or one that is not whole.
            ServiceUnavailable: the engine cannot be reached, or is busy.
        """
        until = time.monotonic() + self._seconds
        outline = inspect(request.text, self._limits).outline
        Store.check(request.text)
        is_graph = outline.form in ("construct", "describe")
        check_format(request.format, is_graph=is_graph)
        form: dict[str, str | list[str]] = {
            "query": bind(without_dataset(request.text), request.bindings),
            **self._dataset(request, outline),
        }
        with closing(self._ask(form, is_graph=is_graph)) as response:
            if not response.is_success:
                raise self._client.failure(response, seconds=self._seconds)
            try:
                self._pass_on(response, request.format, output, until=until)
            except SyntaxError as error:
                raise EngineError(
                    self.engine.host, f"Its answer breaks off, or is none: {error.msg}."
                ) from error
            finally:
                let_go(sys.exc_info()[1])

    def close(self) -> None:
        """Close the connections to the engine."""
        self._client.close()

    def _ask(self, form: dict[str, str | list[str]], *, is_graph: bool) -> httpx.Response:
        return self._client.send(
            "POST",
            self.engine.address,
            form=form,
            headers={"accept": ACCEPT_GRAPH if is_graph else ACCEPT_SOLUTIONS},
            seconds=self._seconds,
        )

    def _pass_on(
        self, response: httpx.Response, format_: Format, output: IO[bytes], *, until: float
    ) -> None:
        pieces = self._client.pieces(response, until=until, seconds=self._seconds)
        answer = read_answer(response, pieces, host=self.engine.host)
        if not isinstance(answer, Rows) and is_virtuoso(response):
            answer = self._uncut(answer)
        write_answer(answer, format_, output, limits=self._limits)

    def _dataset(self, request: QueryRequest, outline: QueryOutline) -> dict[str, str | list[str]]:
        default: Sequence[str] = request.default_graphs
        named: Sequence[str] = request.named_graphs
        if not default and not named:
            default, named = outline.from_graphs, outline.from_named_graphs
        own = self.engine.default_graph
        if not default and not named:
            if own is None:
                return {}
            default, named = [own], self._named_graphs
        elif own is not None:
            # Virtuoso takes all its graphs where none is named.
            default, named = default or [_NO_GRAPH], named or [_NO_GRAPH]
        return {"default-graph-uri": list(default), "named-graph-uri": list(named)}

    def _uncut(self, triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
        # Virtuoso cuts a graph at as many triples as rows, but tells so of rows alone. So it is
        # asked for as many rows as came triples.
        count = 0
        for triple in triples:
            count += 1
            yield triple
        if count <= self._whole_up_to:
            return
        with closing(self._ask({"query": _ANY_ROWS.format(count=count)}, is_graph=False)) as rows:
            if not rows.is_success:
                raise self._client.failure(rows, seconds=self._seconds)
            refuse_partial(rows, host=self.engine.host)
        self._whole_up_to = count
