"""Writes the answer to a query, and tells whether it holds anything."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Annotated, Final, cast

import typer

from miwdap_kg.cli.terminal import say, shown, table, write
from miwdap_kg.errors import NotAcceptable
from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format, by_name

if TYPE_CHECKING:
    from miwdap_kg.knowledge_graph import KnowledgeGraph
    from miwdap_kg.queries import Term

__all__ = ["TABLE", "FormatOption", "write_answer"]

TABLE: Final = "table"
"""The format for people; like all others it is the same on a terminal and in a pipe."""

_SOLUTION_NAMES: Final = (TABLE, *(each.name for each in SOLUTION_FORMATS))

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help=f"SELECT and ASK: {', '.join(_SOLUTION_NAMES)}. "
        f"CONSTRUCT and DESCRIBE: {', '.join(each.name for each in GRAPH_FORMATS)}. "
        "The first of each is the default, on a terminal and in a pipe.",
        show_default=False,
    ),
]

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)

_REMEMBERED: Final = 1 << 14

# How an answer looks in which nothing is found: no solution, no triple, or false.
_NOTHING: Final[Mapping[str, re.Pattern[bytes]]] = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "json": rb'.*("bindings":\[\]\}|"boolean":false)\}',
        "xml": rb".*(<results></results>|<boolean>false</boolean>)</sparql>",
        "csv": rb"[^\n]*\n|false",
        "tsv": rb"[^\n]*\n|false",
        "turtle": rb"",
        "ntriples": rb"",
        "rdfxml": rb".*<rdf:RDF[^>]*>\s*</rdf:RDF>",
        "jsonld": rb"\[\]",
        "trig": rb"",
    }.items()
}


def write_answer(
    graph: KnowledgeGraph,
    text: str,
    *,
    format_name: str | None,
    bindings: Mapping[str, Term] | None = None,
) -> bool:
    """Write the answer to a query to the standard output, and tell whether it holds anything.

    Raises:
        NotAcceptable: an answer of the query's form has no such format.
        QueryError: the query is wrong, refused, or cannot be evaluated.
        OutputFailure: the standard output takes no more.
    """
    from miwdap_kg.execution import QueryRequest
    from miwdap_kg.sparql import outline

    form = outline(text).form
    format_ = _format(format_name, of_graph=form in ("construct", "describe"))
    if format_ is not None:
        output = _Output()
        request = QueryRequest(text, format_, bindings=bindings or {})
        with _stoppable():
            graph.execution.execute(request, cast(IO[bytes], output))
        output.finish()
        return not output.is_nothing(format_)
    content = io.BytesIO()
    request = QueryRequest(text, SOLUTION_FORMATS[0], bindings=bindings or {})
    with _stoppable():
        graph.execution.execute(request, content)
    return _write_table(content.getvalue(), is_ask=form == "ask")


def _format(name: str | None, *, of_graph: bool) -> Format | None:
    # None is the table.
    if of_graph:
        return by_name(name or GRAPH_FORMATS[0].name, GRAPH_FORMATS)
    if name is None or name.lower() == TABLE:
        return None
    try:
        return by_name(name, SOLUTION_FORMATS)
    except NotAcceptable as error:
        raise NotAcceptable(name, _SOLUTION_NAMES) from error


def _write_table(content: bytes, *, is_ask: bool) -> bool:
    from miwdap_kg.solutions import Solutions, is_true

    if is_ask:
        found = is_true(content)
        write(b"true\n" if found else b"false\n")
        return found
    solutions = Solutions.of_json(content)
    if solutions:
        rows = ([shown(row.get(name)) for name in solutions.variables] for row in solutions)
        table(solutions.variables, rows)
    say("1 row" if len(solutions) == 1 else f"{len(solutions):,} rows")
    return bool(solutions)


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    # The engine never hears of Python's signal handlers, so Ctrl-C and SIGTERM end the process
    # in the system's own way, at once; shells report 130 and 143.
    before = {each: signal.signal(each, signal.SIG_DFL) for each in _STOPPING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class _Output:
    """The standard output, with a memory of how the answer begins and ends."""

    def __init__(self) -> None:
        self._beginning = b""
        self._last = b""
        self._size = 0

    def write(self, data: bytes) -> int:
        write(data)
        self._beginning += data[: _REMEMBERED - len(self._beginning)]
        self._size += len(data)
        self._last = data[-1:] or self._last
        return len(data)

    def flush(self) -> None:
        pass  # Each write is flushed.

    def finish(self) -> None:
        """End the last line on a terminal, so that the prompt gets a line of its own."""
        if sys.stdout.isatty() and self._last not in (b"", b"\n"):
            write(b"\n")

    def is_nothing(self, format_: Format) -> bool:
        """Tell whether the answer that was written says that nothing is found."""
        small = self._size <= _REMEMBERED
        return small and _NOTHING[format_.name].fullmatch(self._beginning) is not None
