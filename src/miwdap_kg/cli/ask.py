"""The verbs that ask in SPARQL: `query` and `run`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miwdap_kg.cli.answers import FormatOption, write_answer
from miwdap_kg.cli.graph import DataOption, ReleaseOption, one_of, open_graph
from miwdap_kg.cli.terminal import lines, paragraph
from miwdap_kg.errors import AuthoringError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from miwdap_kg.queries import Query, QueryLibrary

__all__ = ["query", "run"]


def query(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="The query itself, a file that holds it, or - to read it from standard input.",
        ),
    ],
    format: FormatOption = None,  # noqa: A002  # the name of the option
    release: ReleaseOption = None,
    data: DataOption = None,
) -> None:
    """Write the answer; the exit code is 1 when nothing is found."""
    from miwdap_kg.settings import Settings

    files = one_of(release, data)
    asked = _text_of(text)
    graph = open_graph(Settings.read(release=release), data=files)
    _end(write_answer(graph, asked, format_name=format))


def run(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="The name of a stored query; without it all are listed.",
            show_default=False,
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE",
            help="Values for its parameters; a parameter that is not set leaves the answer open.",
            show_default=False,
        ),
    ] = None,
    format: FormatOption = None,  # noqa: A002  # the name of the option
) -> None:
    """Write the answer of a stored query, or the list of all stored queries."""
    from miwdap_kg.settings import Settings

    if name is None and format is not None:
        raise typer.BadParameter("--format needs the NAME of a query.")
    parameters = dict(_pair(each) for each in values or ())
    graph = open_graph(Settings.read())
    if name is None:
        lines(_listing(graph.queries))
        return
    stored = graph.queries[name]
    _end(write_answer(graph, stored.text, format_name=format, bindings=stored.bindings(parameters)))


def _end(found: bool) -> None:
    if not found:
        raise typer.Exit(1)


def _text_of(argument: str) -> str:
    if argument == "-":
        return _decoded(Path("-"), sys.stdin.buffer.read())
    path = Path(argument)
    try:
        is_file = path.exists() and not path.is_dir()
    except OSError:  # too long for a file's name
        is_file = False
    if is_file:
        return _decoded(path, path.read_bytes())
    # No query is a single word without braces.
    if len(argument.split()) == 1 and "{" not in argument:
        raise AuthoringError(path, "there is no such file, and it is no query.")
    return argument


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise AuthoringError(path, "is not UTF-8.", line=line) from error


def _pair(argument: str) -> tuple[str, str]:
    key, equals, value = argument.partition("=")
    if not equals or not key:
        raise typer.BadParameter(f"'{argument}' is not of the form KEY=VALUE.")
    return key, value


def _listing(library: QueryLibrary) -> Iterator[RenderableType]:
    for topic, queries in groupby(library.values(), key=lambda each: each.topic):
        yield paragraph((topic, "bold"))
        for each in queries:
            yield paragraph((each.name, "cyan"), indent=2)
            yield paragraph(each.summary, indent=6)
            yield from _parameters(each)


def _parameters(query: Query) -> Sequence[RenderableType]:
    return [
        paragraph(
            (f"{each.name}=", "green"),
            each.of_class or each.type,
            (f"  for example {each.name}={each.example}", "dim"),
            indent=6,
        )
        for each in query.parameters
    ]
