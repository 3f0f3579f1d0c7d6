"""The verb `serve`: the graph over HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from miwdap_kg.cli.graph import DataOption, ReleaseOption, data_source, one_of, open_graph
from miwdap_kg.cli.terminal import say, write

if TYPE_CHECKING:
    from miwdap_kg.knowledge_graph import KnowledgeGraph
    from miwdap_kg.release import Release
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
    root_path: Annotated[
        str | None,
        typer.Option(
            "--root-path",
            metavar="PATH",
            help="The path below which a reverse proxy serves this program (setting root_path).",
            show_default=False,
        ),
    ] = None,
    release: ReleaseOption = None,
    data: DataOption = None,
) -> None:
    """Answer over HTTP until Ctrl-C or SIGTERM."""
    from miwdap_kg.settings import Settings
    from miwdap_kg.web.listening import listen

    files = (*one_of(release, data), *(more or ()))
    if more and not data:
        raise typer.BadParameter("files to serve come after --data.")
    settings = Settings.read(host=host, port=port, release=release, root_path=root_path)
    if files and settings.engine is not None:
        raise typer.BadParameter("with MIWDAP_ENGINE set, the data is that of the engine.")
    # A port in use is told now, and not after a build.
    listen(settings.host, settings.port).close()
    with ExitStack() as stack:
        graph, name = _opened(settings, files, stack)
        # Imported while another process already loads the data.
        from miwdap_kg.web.app import create_app
        from miwdap_kg.web.server import serve as answer

        answer(
            create_app(graph, settings),
            settings,
            on_listening=lambda address: write(os.fsencode(f"{name()}\n{address}\n")),
        )


def _opened(
    settings: Settings, files: tuple[Path, ...], stack: ExitStack
) -> tuple[KnowledgeGraph, Callable[[], str]]:
    from miwdap_kg.current_release import current_release
    from miwdap_kg.data_source import DataSource
    from miwdap_kg.engine import Engine
    from miwdap_kg.execution.gateway import Gateway
    from miwdap_kg.execution.worker_execution import WorkerExecution
    from miwdap_kg.execution.workers import WorkerLimits, Workers, can_be_ended
    from miwdap_kg.knowledge_graph import KnowledgeGraph
    from miwdap_kg.web.worker_config import PROGRAM, WorkerConfig

    release = None if files else current_release(settings)
    if not can_be_ended():
        say("Queries are limited neither in time nor in memory: that takes Linux.")
        graph = open_graph(settings, data=files)
        return graph, lambda: _name(files, release, sum(graph.named_graphs.values()))
    source = engine = gateway = None
    if settings.engine is not None:
        engine = asdict(Engine.of(settings))
    elif release is not None:
        source = DataSource.of_release(release.dump("nq")).to_dict()
    else:
        source = data_source(settings, files).to_dict()
    if settings.service_allow:
        seconds = settings.service_seconds
        gateway = stack.enter_context(Gateway(settings.service_allow, seconds=seconds)).address
    config = WorkerConfig.of(
        settings, source=source, engine=engine, release=release, gateway=gateway
    )
    workers = Workers(PROGRAM, config.to_dict(), WorkerLimits.of(settings))
    graph = KnowledgeGraph.over(WorkerExecution(workers), release=release)
    return graph, lambda: _name(files, release, workers.details.get("statements", 0))


def _name(files: tuple[Path, ...], release: Release | None, statements: int) -> str:
    if release is None:
        return f"{', '.join(path.name for path in files)}, {statements:,} statements"
    return (
        f"MIWDAP2020 knowledge graph, release {release.version}, "
        f"{release.default_graph:,} statements"
    )
