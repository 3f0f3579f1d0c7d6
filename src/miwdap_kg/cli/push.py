"""The verb `push`: a release into a SPARQL engine elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from miwdap_kg.cli.graph import ReleaseOption
from miwdap_kg.cli.terminal import progress, say, write

if TYPE_CHECKING:
    from miwdap_kg.engine import Engine
    from miwdap_kg.push import Pushed
    from miwdap_kg.release import Release

__all__ = ["push"]

_SHOWN = 10


def push(
    engine: Annotated[
        str | None,
        typer.Argument(
            metavar="ENGINE",
            help="The address at which the engine takes queries (setting engine). User and "
            "password are never part of it: set MIWDAP_ENGINE_USER and MIWDAP_ENGINE_PASSWORD.",
            show_default=False,
        ),
    ] = None,
    release: ReleaseOption = None,
    graph_store: Annotated[
        str | None,
        typer.Option(
            "--graph-store",
            metavar="URL",
            help="The address at which the engine takes graphs (SPARQL 1.1 Graph Store Protocol). "
            "It need not be given for Oxigraph and Virtuoso.",
            show_default=False,
        ),
    ] = None,
    default_graph: Annotated[
        str | None,
        typer.Option(
            "--default-graph",
            metavar="IRI",
            help="The named graph that is to hold the default graph, for an engine that has none "
            "of its own (setting engine_default_graph).",
            show_default=False,
        ),
    ] = None,
    at_once: Annotated[
        bool | None,
        typer.Option(
            "--at-once/--graph-by-graph",
            help="Send everything in one request, as engines with transactions take it, or each "
            "graph that has changed. Without it, as is best for an engine that is known, and "
            "graph by graph for any other.",
            show_default=False,
        ),
    ] = None,
    replace_others: Annotated[
        bool,
        typer.Option(
            "--replace-others",
            help="With --at-once, go on even when the engine holds graphs of others, which are "
            "lost by it.",
        ),
    ] = False,
) -> None:
    """Load a release; the exit code is 1 when the engine does not hold all of it."""
    from miwdap_kg.current_release import current_release
    from miwdap_kg.engine import Engine
    from miwdap_kg.graph_store import GraphStore
    from miwdap_kg.push import USUAL_DEFAULT_GRAPH
    from miwdap_kg.push import push as load
    from miwdap_kg.settings import Settings

    settings = Settings.read(release=release, engine=engine, engine_default_graph=default_graph)
    target = Engine.of(settings)
    found = current_release(settings)
    with (
        progress(f"Pushing release {found.version}") as step,
        GraphStore(target, address=graph_store) as store,
    ):
        default = target.default_graph
        if default is None and store.kind is not None and not store.kind.has_default_graph:
            default = USUAL_DEFAULT_GRAPH
        if at_once is None:
            at_once = store.kind is not None and store.kind.takes_all
        if not at_once:
            say("Graph by graph: until it is done, readers may see graphs of two releases.")
        pushed = load(
            found,
            store,
            default_graph=default,
            at_once=at_once,
            replaces_others=replace_others,
            progress=step,
        )
    write(_told(found, target, default, pushed).encode())
    if pushed.differences:
        _say_differences(pushed)
        raise typer.Exit(1)


def _told(release: Release, engine: Engine, default_graph: str | None, pushed: Pushed) -> str:
    environment = [f"MIWDAP_ENGINE={engine.address}"]
    if default_graph is not None:
        environment.append(f"MIWDAP_ENGINE_DEFAULT_GRAPH={default_graph}")
    return (
        f"Release {release.version} is in the engine at {engine.host}: "
        f"{pushed.replaced:,} of {len(release.graphs) + 1:,} graphs replaced, "
        f"{pushed.removed:,} removed.\n"
        f"Serve it with: {' '.join(environment)} miwdap-kg serve\n"
    )


def _say_differences(pushed: Pushed) -> None:
    for name, (expected, found) in list(pushed.differences.items())[:_SHOWN]:
        say(
            f"{name or 'the default graph'}: {expected:,} statements in the release, {found:,} "
            "in the engine."
        )
    say(
        f"The engine does not hold {len(pushed.differences):,} graphs as they are in the release. "
        "Push again; if that does not help, the engine takes some literals for one, or has a "
        "default graph that is not empty when it should be: see docs/how-to/scale-out.md."
    )
