"""Opens the graph that a verb's options name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miwdap_kg.cli.terminal import progress

if TYPE_CHECKING:
    from miwdap_kg.knowledge_graph import KnowledgeGraph
    from miwdap_kg.settings import Settings
    from miwdap_kg.store import Store

__all__ = ["DataOption", "ReleaseOption", "one_of", "open_graph", "read_store"]

ReleaseOption = Annotated[
    Path | None,
    typer.Option(
        "--release",
        metavar="DIR",
        help="The release folder to open. Without it the release of the text at hand is opened, "
        "and built first when it is not there yet.",
        show_default=False,
    ),
]

DataOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="An RDF file to open instead of the plan: Turtle, TriG, N-Triples, N-Quads, RDF/XML "
        "or JSON-LD, .gz or not, default and named graphs exactly as in the file. "
        "May be given several times.",
        show_default=False,
    ),
]


def open_graph(settings: Settings, *, data: Sequence[Path] = ()) -> KnowledgeGraph:
    """Return the graph of *data*, or else of the release that the settings name.

    Raises:
        AuthoringError: a data file is missing or broken.
        ReleaseError: the release is no good, or could not be built.
    """
    from miwdap_kg.knowledge_graph import KnowledgeGraph

    if data:
        return KnowledgeGraph.of_store(read_store(data), settings=settings)
    return KnowledgeGraph.open(settings=settings)


def read_store(data: Sequence[Path]) -> Store:
    """Return the store of RDF files; a terminal sees how far the reading is.

    Raises:
        AuthoringError: a file is missing or broken.
    """
    from miwdap_kg.store import Store

    with progress(f"Reading {', '.join(path.name for path in data)}") as step:
        return Store.of_files(data, progress=lambda count: step(f"{count:,} statements"))


def one_of(release: Path | None, data: Sequence[Path] | None) -> tuple[Path, ...]:
    """Return the data files, or refuse them beside a release."""
    if release is not None and data:
        raise typer.BadParameter("give either --release or --data, not both.")
    return tuple(data or ())
