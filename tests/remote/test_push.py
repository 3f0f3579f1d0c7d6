"""A push makes an engine hold a release, and nothing of another one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.remote.conftest import StartOxigraph, StartVirtuoso, free_port
from tests.remote.lying_server import LyingServer, response

from miwdap_kg.engine import Engine
from miwdap_kg.errors import (
    ConfigurationError,
    EngineError,
    EngineInUse,
    ServiceUnavailable,
)
from miwdap_kg.graph_store import GraphStore
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.push import USUAL_DEFAULT_GRAPH, Pushed, differences, push
from miwdap_kg.release import Release

GRAPH = NAMESPACES["graph"]
LEDGER = f"{GRAPH}pushed"
FOREIGN = "http://example.org/of-others"
OLD = f"{NAMESPACES['passage']}of-an-older-release"
ROWS = "Content-Type: application/sparql-results+json"
EMPTY = b'{"head":{"vars":[]},"results":{"bindings":[]}}'


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release with three graphs; two make the default graph, and share a triple."""
    folder = tmp_path_factory.mktemp("small")
    return made_up(folder, {"catalog": "abc", "structure": "cd", "interpretation": "xy"})


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A later release: one graph is gone, one is changed, and one is the same."""
    return made_up(tmp_path_factory.mktemp("later"), {"catalog": "abc", "structure": "de"})


def made_up(folder: Path, graphs: dict[str, str]) -> Release:
    """Return a release whose graphs have a triple for each letter."""
    lines = [
        f'<http://e/{letter}> <http://e/p> "{letter}" <{GRAPH}{name}> .\n'
        for name, letters in graphs.items()
        for letter in letters
    ]
    (folder / "miwdap-2026-01-01.nq").write_text("".join(lines), encoding="utf-8")
    in_default = {
        letter for name, letters in graphs.items() for letter in letters if name != "interpretation"
    }
    return Release(
        folder=folder,
        version="2026-01-01",
        software="0",
        source="",
        digest="",
        files={"miwdap-2026-01-01.nq": None},  # type: ignore[dict-item]  # only its name is read
        graphs={f"{GRAPH}{name}": len(letters) for name, letters in graphs.items()},
        default_graph=len(in_default),
    )


@pytest.fixture(params=["at once", "graph by graph", "virtuoso"])
def way(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, bool]]:
    """An empty engine, and whether it is sent all at once."""
    if request.param == "virtuoso":
        engine: Engine = request.getfixturevalue("empty_virtuoso")
        yield engine, False
        with GraphStore(engine) as store:
            for name in store.counts():
                if not name.startswith("http://www.openlinksw.com/"):
                    store.remove(name)
        return
    with request.getfixturevalue("start_oxigraph")() as server:
        yield server.engine, request.param == "at once"


@pytest.fixture(scope="module")
def empty_virtuoso(start_virtuoso: StartVirtuoso) -> Iterator[Engine]:
    """A Virtuoso without our graphs."""
    with start_virtuoso() as server:
        yield server.engine


def pushed(engine: Engine, release: Release, *, at_once: bool, **given: bool) -> Pushed:
    """Return what a push has done."""
    with GraphStore(engine) as store:
        return push(
            release, store, default_graph=engine.default_graph, at_once=at_once, **given
        )  # fmt: skip


def held(engine: Engine) -> dict[str | None, int]:
    """Return how many triples each graph of ours has in an engine, the default graph by None."""
    with GraphStore(engine) as store:
        found: dict[str | None, int] = {
            name: count for name, count in store.counts().items() if name.startswith(GRAPH)
        }
        found.pop(LEDGER, None)
        found[None] = found.pop(engine.default_graph or "", 0) or store.count(None)
    return found


def test_engine_holds_the_release(way: tuple[Engine, bool], small: Release) -> None:
    """Each named graph is there, and the default graph is their union as a set, but for some."""
    engine, at_once = way

    done = pushed(engine, small, at_once=at_once)

    assert Pushed(replaced=4, removed=0, differences={}) == done
    assert {**small.graphs, None: 4} == held(engine)


def test_pushed_again_nothing_changes(way: tuple[Engine, bool], small: Release) -> None:
    """A second push is harmless; where it is known what was pushed, it sends nothing."""
    engine, at_once = way
    pushed(engine, small, at_once=at_once)

    done = pushed(engine, small, at_once=at_once)

    knows = engine.default_graph is not None
    assert Pushed(replaced=0 if knows else 4, removed=0, differences={}) == done
    assert {**small.graphs, None: 4} == held(engine)


def test_later_release_leaves_nothing_of_the_earlier(
    way: tuple[Engine, bool], small: Release, later: Release
) -> None:
    """Graphs that are gone from the release go from the engine; those that changed change."""
    engine, at_once = way
    pushed(engine, small, at_once=at_once)

    done = pushed(engine, later, at_once=at_once)

    knows = engine.default_graph is not None
    assert Pushed(replaced=2 if knows else 3, removed=1, differences={}) == done
    assert {**later.graphs, None: 5} == held(engine)


def test_graph_that_was_altered_is_sent_again(way: tuple[Engine, bool], small: Release) -> None:
    """What somebody has removed in the engine is there again after the next push."""
    engine, at_once = way
    pushed(engine, small, at_once=at_once)
    with GraphStore(engine) as store:
        store.remove(f"{GRAPH}catalog")
        before = differences(small, store, default_graph=engine.default_graph)

    done = pushed(engine, small, at_once=at_once)

    assert {f"{GRAPH}catalog": (3, 0)} == before
    assert {} == done.differences


class Tired(GraphStore):
    """The graphs of an engine that takes sixty, and then no more."""

    left = 60

    def put(self, graph: str | None, triples: bytes) -> None:
        if self.left == 0:
            raise EngineError(self.engine.host, "It is tired.")
        self.left -= 1
        super().put(graph, triples)


def test_push_that_was_broken_off_goes_on(empty_virtuoso: Engine, tmp_path: Path) -> None:
    """What had arrived is not sent again, as far as that was written down."""
    release = made_up(tmp_path, {f"graph-{number}": "ab" for number in range(70)})
    progress: list[str] = []
    with (
        Tired(empty_virtuoso) as store,
        pytest.raises(EngineError, match="It is tired"),
    ):
        push(release, store, default_graph=USUAL_DEFAULT_GRAPH, at_once=False)

    with GraphStore(empty_virtuoso) as store:
        push(
            release,
            store,
            default_graph=USUAL_DEFAULT_GRAPH,
            at_once=False,
            progress=progress.append,
        )
        for name in [*release.graphs, USUAL_DEFAULT_GRAPH, LEDGER]:
            store.remove(name)

    first = next(each for each in progress if each.startswith("graph "))
    # Of seventy graphs and their union; it is written down every fifty graphs.
    assert "graph 1 of 21" == first


def test_graphs_of_others_are_not_lost_unasked(
    start_oxigraph: StartOxigraph, small: Release
) -> None:
    """An engine that others use too is refused, unless that is wanted."""
    with start_oxigraph() as server:
        with GraphStore(server.engine) as store:
            store.put(FOREIGN, b"<http://e/a> <http://e/b> <http://e/c> .\n")
        with pytest.raises(EngineInUse, match=rf"holds 1 graphs that are not .* as {FOREIGN}, "):
            pushed(server.engine, small, at_once=True)
        kept = held(server.engine)
        done = pushed(server.engine, small, at_once=True, replaces_others=True)

    assert {None: 0} == kept
    assert 1 == done.removed


def test_graphs_of_others_stay_when_graphs_are_sent(empty_virtuoso: Engine, small: Release) -> None:
    """Graph by graph, nothing is touched that is not of this project."""
    with GraphStore(empty_virtuoso) as store:
        store.put(FOREIGN, b"<http://e/a> <http://e/b> <http://e/c> .\n")
        store.put(OLD, b"<http://e/a> <http://e/b> <http://e/c> .\n")

    done = pushed(empty_virtuoso, small, at_once=False)

    with GraphStore(empty_virtuoso) as store:
        present = store.counts()
        for name in [FOREIGN, *small.graphs, USUAL_DEFAULT_GRAPH, LEDGER]:
            store.remove(name)
    assert (1, None) == (present[FOREIGN], present.get(OLD))
    assert 1 == done.removed


def test_default_graph_may_be_a_named_one_anywhere(
    start_oxigraph: StartOxigraph, small: Release
) -> None:
    """An engine whose default graph is another thing gets a named one, at once as well."""
    with start_oxigraph() as server:
        engine = replace(server.engine, default_graph=USUAL_DEFAULT_GRAPH)
        done = pushed(engine, small, at_once=True)
        with GraphStore(engine) as store:
            own, named = store.count(None), store.counts()[USUAL_DEFAULT_GRAPH]

    assert Pushed(replaced=4, removed=0, differences={}) == done
    assert (0, 4) == (own, named)


@pytest.mark.parametrize("on_disk", [False, True], ids=["in memory", "on disk"])
def test_readers_see_one_release_or_the_other(
    start_oxigraph: StartOxigraph,
    small: Release,
    later: Release,
    on_disk: bool,
    tmp_path: Path,
) -> None:
    """While releases are pushed at once, no reader sees a mixture of two, or less than one."""
    query = (
        "SELECT (GROUP_CONCAT(?v) AS ?all) WHERE { SELECT ?v "
        "WHERE { { ?s ?p ?v } UNION { GRAPH ?g { ?s ?p ?v } } } ORDER BY ?v }"
    )
    seen: Counter[str] = Counter()
    over = threading.Event()

    def read(address: str) -> None:
        with httpx.Client() as client:
            while not over.is_set():
                answer = client.post(address, data={"query": query}, headers={"accept": "text/csv"})
                seen[answer.text.splitlines()[-1]] += 1

    with start_oxigraph(tmp_path / "db" if on_disk else None) as server:
        pushed(server.engine, small, at_once=True)
        readers = [threading.Thread(target=read, args=(server.engine.address,)) for _ in range(2)]
        for reader in readers:
            reader.start()
        for release in [later, small] * 5:
            pushed(server.engine, release, at_once=True)
        over.set()
        for reader in readers:
            reader.join()

    # Both graphs, and their union: a, b, c, d of the one, and a, b, c, d, e of the other.
    assert {"a a b b c c c d d x y", "a a b b c c d d e e"} == set(seen)


def test_what_virtuoso_loses_is_told(virtuoso: Engine, release: Release) -> None:
    """Of two values that Virtuoso takes for one, one is missed, in the graph that has both."""
    with GraphStore(virtuoso) as store:
        found = differences(release, store, default_graph=USUAL_DEFAULT_GRAPH)

    count = release.default_graph
    assert {USUAL_DEFAULT_GRAPH: (count, count - 1)} == found


# Engines that do not do what they should


def test_engine_that_is_not_there(release: Release) -> None:
    """Nothing is done when nobody answers."""
    engine = Engine(f"http://127.0.0.1:{free_port()}/query")

    with pytest.raises(ServiceUnavailable, match="cannot be reached"), GraphStore(engine) as store:
        store.counts()


def test_engine_of_no_known_kind_needs_its_address() -> None:
    """Where graphs are written is not guessed."""
    with (
        LyingServer([[response(b'{"head":{},"boolean":true}', ROWS)]]) as server,
        pytest.raises(ConfigurationError, match=r"Give the .* with --graph-store"),
    ):
        GraphStore(Engine(server.address))


def test_refused_write_is_told_with_what_to_do(empty_virtuoso: Engine, small: Release) -> None:
    """A wrong password changes nothing."""
    engine = replace(empty_virtuoso, password="wrong")

    with pytest.raises(EngineError, match=r"It refuses us \(401\)\. Set MIWDAP_ENGINE_USER"):
        pushed(engine, small, at_once=False)


def test_write_that_is_not_confirmed_is_told() -> None:
    """A write that is not answered may be done or not; it can be repeated."""
    known = response(b'{"head":{},"boolean":true}', ROWS, "Server: Oxigraph/0.5")
    with LyingServer([[known], []]) as server:
        address = server.address.replace("/sparql", "/query")
        with (
            GraphStore(Engine(address), seconds=5) as store,
            pytest.raises(ServiceUnavailable, match="cannot be reached"),
        ):
            store.put("http://e/g", b"")

    # The first is the question who is there, and the write has three attempts.
    assert 4 == len(server.requests)
    assert all(each.startswith(b"PUT /store?graph=http%3A%2F%2Fe%2Fg ")
               for each in server.requests[1:])  # fmt: skip


# The command line


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Return exit code, output and messages of `miwdap-kg push`."""
    done = subprocess.run(
        [sys.executable, "-m", "miwdap_kg", "push", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_command_says_how_to_serve(start_oxigraph: StartOxigraph, release: Release) -> None:
    """The last line is what to set for serving what was pushed."""
    with start_oxigraph() as server:
        address = server.engine.address
        status, said, messages = run(address, "--release", str(release.folder))
        count = len(release.graphs) + 1

    assert (0, "") == (status, messages)
    assert (
        f"Release {release.version} is in the engine at {server.engine.host}: "
        f"{count:,} of {count:,} graphs replaced, 0 removed.\n"
        f"Serve it with: MIWDAP_ENGINE={address} miwdap-kg serve\n"
    ) == said


def test_command_tells_what_is_missing(virtuoso: Engine, release: Release) -> None:
    """The exit code is 1 when the engine does not hold all; the default graph gets a name."""
    status, said, messages = run(
        virtuoso.address,
        "--release",
        str(release.folder),
        MIWDAP_ENGINE_USER=virtuoso.user,
        MIWDAP_ENGINE_PASSWORD=virtuoso.password,
    )

    assert 1 == status
    assert said.splitlines()[0].endswith(f"0 of {len(release.graphs) + 1:,} graphs replaced, "
                                         "0 removed.")  # fmt: skip
    assert f"MIWDAP_ENGINE_DEFAULT_GRAPH={USUAL_DEFAULT_GRAPH} miwdap-kg serve" in said
    assert messages.startswith("Graph by graph: until it is done, ")
    assert f"{USUAL_DEFAULT_GRAPH}: {release.default_graph:,} statements in the release" in messages


def test_password_in_the_address_is_refused_unrepeated(release: Release) -> None:
    """A password does not belong into an address, where everybody sees it."""
    status, said, messages = run("http://u:geheim@db/sparql", "--release", str(release.folder))

    assert (2, "") == (status, said)
    assert "set MIWDAP_ENGINE_USER and MIWDAP_ENGINE_PASSWORD" in messages
    assert "geheim" not in messages
