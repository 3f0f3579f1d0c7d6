"""The verb `serve`: the graph over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miwdap_kg.cli.graph import DataOption, ReleaseOption, one_of, read_store
from miwdap_kg.cli.terminal import write

if TYPE_CHECKING:
    from miwdap_kg.knowledge_graph import KnowledgeGraph
    from miwdap_kg.settings import Settings

__all__ = ["serve"]


def serve(
    more: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            help="More files after --data, so that --data *.ttl works.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="H",
            help="The address to listen on (setting host).",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="P",
            min=0,
            max=65535,
            help="The port to listen on; 0 takes a free one (setting port).",
            show_default=False,
        ),
    ] = None,
    release: ReleaseOption = None,
    data: DataOption = None,
) -> None:
    """Answer over HTTP until Ctrl-C or SIGTERM."""
    from miwdap_kg.settings import Settings
    from miwdap_kg.web.app import create_app
    from miwdap_kg.web.server import listen
    from miwdap_kg.web.server import serve as answer

    files = (*one_of(release, data), *(more or ()))
    if more and not data:
        raise typer.BadParameter("files to serve come after --data.")
    settings = Settings.read(host=host, port=port, release=release)
    # A port in use is told now, and not after a build.
    listen(settings.host, settings.port).close()
    graph, name = _opened(settings, files)
    answer(
        create_app(graph, settings),
        settings,
        on_listening=lambda address: write(os.fsencode(f"{name}\n{address}\n")),
    )


def _opened(settings: Settings, files: tuple[Path, ...]) -> tuple[KnowledgeGraph, str]:
    from miwdap_kg.current_release import current_release
    from miwdap_kg.knowledge_graph import KnowledgeGraph

    if files:
        store = read_store(files)
        names = ", ".join(path.name for path in files)
        graph = KnowledgeGraph.of_store(store, settings=settings)
        return graph, f"{names}, {len(store):,} statements"
    release = current_release(settings)
    return KnowledgeGraph.open(release, settings=settings), (
        f"MIWDAP2020 knowledge graph, release {release.version}, "
        f"{release.default_graph:,} statements"
    )
