"""The verb `evidence`: the passages that say something, or whether a text holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miwdap_kg.cli.graph import open_graph
from miwdap_kg.cli.terminal import lines, paragraph, progress, quoted, say, shown
from miwdap_kg.cli.things import Things
from miwdap_kg.errors import AuthoringError, LookupFailure
from miwdap_kg.namespaces import expand, shorten

if TYPE_CHECKING:
    from rdflib import Dataset
    from rich.console import RenderableType

    from miwdap_kg.knowledge_graph import Evidence

__all__ = ["evidence"]


def evidence(
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="SUBJECT",
            help="A key, a prefixed name, or an IRI; without it, all statements of all passages.",
            show_default=False,
        ),
    ] = None,
    predicate: Annotated[
        str | None, typer.Argument(metavar="PREDICATE", help="Likewise.", show_default=False)
    ] = None,
    object: Annotated[  # noqa: A002  # the name of the argument
        str | None, typer.Argument(metavar="OBJECT", help="Likewise.", show_default=False)
    ] = None,
    check: Annotated[
        list[Path] | None,
        typer.Option(
            "--check",
            metavar="FILE",
            help="The text of a document: confirm every quote and position of its passages there. "
            "May be given several times.",
            show_default=False,
        ),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            "--document",
            metavar="KEY",
            help="The document that FILE is the text of, such as newsletter-31-2; "
            "without it the one is taken whose passages are in the text.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the statements that fit, or the outcome of the check; 1 when nothing is confirmed."""
    if check:
        if subject is not None:
            raise typer.BadParameter("give either a SUBJECT or --check, not both.")
        if document is not None and len(check) > 1:
            raise typer.BadParameter("--document names the document of one FILE.")
        _check(check, document)
        return
    if document is not None:
        raise typer.BadParameter("--document needs --check FILE.")
    from miwdap_kg.settings import Settings

    graph = open_graph(Settings.read())
    things = Things(graph)
    given = {"subject": subject, "predicate": predicate, "object": object}
    found = graph.evidence(
        **{kind: things.find(name, kind=kind) for kind, name in given.items() if name is not None}
    )
    if not found:
        say("No passage says so. What other graphs say is in 'miwdap-kg describe THING'.")
        raise typer.Exit(1)
    lines(_passages(found))


def _passages(found: Iterable[Evidence]) -> Iterator[RenderableType]:
    for _, group in groupby(found, key=lambda each: (each.document, each.passage)):
        statements = list(group)
        yield from _passage(statements[0])
        for each in statements:
            yield paragraph(
                f"{shown(each.subject)}  ",
                (shown(each.predicate), "cyan"),
                f"  {shown(each.object, with_language=True)}",
                indent=4,
            )


def _passage(first: Evidence) -> Iterator[RenderableType]:
    line = "" if first.line is None else f", line {first.line}"
    title = "" if first.title is None else f" “{first.title}”"
    reliability = "" if first.reliability is None else f", {shorten(first.reliability)}"
    yield paragraph((quoted(first.quote), "bold"))
    yield paragraph(
        f"{shorten(first.passage)}{line} of {shorten(first.document)}{title}{reliability}",
        indent=2,
    )


def _check(paths: Sequence[Path], document: str | None) -> None:
    from miwdap_kg.settings import Settings

    settings = Settings.read()
    texts = [(path, _read(path)) for path in paths]
    with progress("Reading the passages"):
        from miwdap_kg.workshop.dataset import assemble

        dataset = assemble(settings.text)
    confirmed = [_confirms(dataset, path, content, document) for path, content in texts]
    if not all(confirmed):
        raise typer.Exit(1)


def _confirms(dataset: Dataset, path: Path, content: bytes, document: str | None) -> bool:
    from miwdap_kg.workshop.evidence import check, document_of

    iri = expand(document) if document is not None else document_of(dataset, content)
    if iri is None:
        raise LookupFailure("document that quotes", path.name, see="'--document KEY' to name one")
    outcome = check(dataset, content, document=iri)
    wrong = len({each.passage for each in outcome.errors})
    total = outcome.confirmed + wrong
    lines(
        [
            paragraph(
                f"{outcome.confirmed} of {total} passages of {shorten(iri)} confirmed in {path}."
            ),
            *(paragraph(str(each)) for each in outcome.errors),
        ]
    )
    if outcome.recorded_sha256 is None:
        say(f"{shorten(iri)} has no miw:textSha256: its text was not at hand when it was encoded.")
    elif outcome.recorded_sha256 != outcome.sha256:
        say(
            f"{path} is not the very text that the passages were read from: its SHA-256 is "
            f"{outcome.sha256}, not {outcome.recorded_sha256}. "
            "Positions may differ for that reason alone."
        )
    return not outcome.errors


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise AuthoringError(
            path,
            "there is no such file. The texts that the passages quote do not ship with this "
            "project. Get the document from its publisher, save its text as UTF-8, "
            "and name that file.",
        ) from error
