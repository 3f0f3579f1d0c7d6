"""Stores on disk: filled once, found again, whole or not there at all."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph
import pytest

from miwdap_kg.contents import Contents
from miwdap_kg.disk_store import Step, hold, kept_store
from miwdap_kg.errors import AuthoringError, RdfSyntaxError, StoreFailure
from miwdap_kg.rdf_files import RdfFile, rdf_files
from miwdap_kg.store import Store

DEADLINE_SECONDS = 60.0

TRIG = '<a:1> <a:p> "x" . <g:1> { <a:1> <a:p> "x" . <a:2> <a:p> "y" }'

# Loads files as a program of its own, and says each step on a line.
LOAD = """
import sys
from pathlib import Path
from miwdap_kg.disk_store import kept_store
from miwdap_kg.rdf_files import rdf_files
stores, *files = map(Path, sys.argv[1:])
tell = lambda step: print(step.name, flush=True)
print(kept_store(rdf_files(files), stores, on_step=tell).name, flush=True)
"""


@pytest.fixture
def stores(tmp_path: Path) -> Path:
    """The folder that keeps the stores, which is not there yet."""
    return tmp_path / "kept" / "stores"


@pytest.fixture
def files(tmp_path: Path) -> tuple[RdfFile, ...]:
    """A small file with a default graph and a named graph."""
    path = tmp_path / "a.trig"
    path.write_text(TRIG)
    return rdf_files([path])


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that takes a second or two to load."""
    path = tmp_path / "large.nt"
    with path.open("w") as file:
        file.writelines(f'<a:{n}> <a:p{n % 7}> "number {n}" .\n' for n in range(200_000))
    return path


def load(stores: Path, *files: Path) -> subprocess.Popen[str]:
    """Start a program that loads files."""
    return subprocess.Popen(
        [sys.executable, "-c", LOAD, str(stores), *map(str, files)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield each line that a program writes, as it comes."""
    assert process.stdout is not None
    for line in process.stdout:
        yield line.rstrip("\n")


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a function returns something true."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, "this never came to be"
        time.sleep(0.01)


def names(stores: Path) -> list[str]:
    """Return the names of what lies in a folder, without the files that are only locked."""
    return sorted(path.name for path in stores.iterdir() if path.suffix != ".lock")


def loaders(stores: Path) -> list[int]:
    """Return the processes that fill a store in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            command = (process / "cmdline").read_text().split("\0")
            if "miwdap_kg.disk_loader" in command and any(str(stores) in each for each in command):
                found.append(int(process.name))
    return found


def triples(store: Store, query: str, **chosen: tuple[str, ...]) -> list[str]:
    """Return the values of a query's first variable, sorted."""
    answer = store.query(query, **chosen)  # type: ignore[arg-type]
    assert isinstance(answer, pyoxigraph.QuerySolutions)
    return sorted(row[0].value for row in answer)


# What is filled, and found again


def test_store_holds_the_files(files: tuple[RdfFile, ...], stores: Path) -> None:
    """Default and named graphs are those of the files, and are counted."""
    store = Store.open_on_disk(kept_store(files, stores))

    assert ["x"] == triples(store, "SELECT ?o { ?s ?p ?o }")
    assert ["x", "y"] == triples(store, "SELECT ?o { GRAPH ?g { ?s ?p ?o } }")
    assert (3, {"g:1": 2}) == (len(store), store.named_graphs())


def test_graphs_are_chosen_on_disk(files: tuple[RdfFile, ...], stores: Path) -> None:
    """The dataset of a query is chosen as in memory, with one graph and with several."""
    store = Store.open_on_disk(kept_store(files, stores))
    query = "SELECT ?o { ?s ?p ?o }"

    assert ["x", "y"] == triples(store, query, default_graphs=("g:1",))
    assert ["x", "y"] == triples(store, query, default_graphs=("g:1", "g:2"))
    assert [] == triples(store, query, named_graphs=("g:1",))


def test_steps_are_told(files: tuple[RdfFile, ...], stores: Path) -> None:
    """The reading is told in bytes and ends at the file's size; then it is sorted."""
    steps: list[Step] = []

    kept_store(files, stores, on_step=steps.append)

    assert ["reading", "sorting"] == [step.name for step in steps]
    assert steps[0].reading is not None
    assert (len(TRIG), len(TRIG)) == (steps[0].reading.bytes_read, steps[0].reading.bytes_total)


def test_store_is_found_again(files: tuple[RdfFile, ...], stores: Path) -> None:
    """The second time nothing is loaded."""
    steps: list[Step] = []
    folder = kept_store(files, stores)

    assert folder == kept_store(files, stores, on_step=steps.append)
    assert [] == steps


def test_changed_file_makes_a_new_store(files: tuple[RdfFile, ...], stores: Path) -> None:
    """A file that was changed is loaded again, and its old store goes."""
    old = kept_store(files, stores)
    files[0].path.write_text('<a:3> <a:p> "new" .')

    new = kept_store(files, stores)

    assert ["new"] == triples(Store.open_on_disk(new), "SELECT ?o { ?s ?p ?o }")
    assert [new.name] == names(stores)
    assert not old.exists()


def test_store_in_use_stays(files: tuple[RdfFile, ...], stores: Path) -> None:
    """The old store of a changed file stays as long as someone holds it."""
    old = kept_store(files, stores)
    assert hold(old)
    files[0].path.write_text('<a:3> <a:p> "new" .')

    new = kept_store(files, stores)

    assert sorted([old.name, new.name]) == names(stores)
    assert 3 == len(Store.open_on_disk(old))


def test_removed_store_cannot_be_held(files: tuple[RdfFile, ...], stores: Path) -> None:
    """Whoever comes too late for a store is told so."""
    folder = kept_store(files, stores)
    shutil.rmtree(folder)

    assert not hold(folder)


def test_other_files_have_other_stores(
    files: tuple[RdfFile, ...], stores: Path, tmp_path: Path
) -> None:
    """Each set of files has a store of its own, and loading one leaves the others."""
    (tmp_path / "b.nt").write_text("<a:1> <a:p> <a:o> .")
    folders = {
        kept_store(files, stores),
        kept_store(rdf_files([tmp_path / "b.nt"]), stores),
        kept_store(rdf_files([files[0].path, tmp_path / "b.nt"]), stores),
    }

    assert sorted(folder.name for folder in folders) == names(stores)
    assert [1, 3, 4] == sorted(Contents.read(folder).statements for folder in folders)


def test_large_file(large: Path, stores: Path) -> None:
    """A larger file is whole on disk, and opened again in a moment."""
    folder = kept_store(rdf_files([large]), stores)
    started = time.monotonic()
    store = Store.open_on_disk(folder)
    last = triples(store, 'SELECT ?s { ?s ?p "number 199999" }')

    assert (["a:199999"], 200_000) == (last, len(store))
    assert time.monotonic() - started < 1.0


# What goes wrong


def test_broken_file_leaves_nothing(stores: Path, tmp_path: Path) -> None:
    """A broken file is told with its line and column, and leaves no store."""
    (tmp_path / "a.nt").write_text("<a:1> <a:p> <a:2> .\n<a:1> <a:p> .\n")

    with pytest.raises(RdfSyntaxError) as caught:
        kept_store(rdf_files([tmp_path / "a.nt"]), stores)

    assert str(caught.value).startswith(f"{tmp_path / 'a.nt'}, line 2: column 13: ")
    assert [] == names(stores)


def test_missing_file_leaves_nothing(stores: Path, tmp_path: Path) -> None:
    """A file that is not there is told before anything is written."""
    with pytest.raises(AuthoringError, match=r"a\.nt: cannot be read: No such file"):
        kept_store(rdf_files([tmp_path / "a.nt"]), stores)

    assert not stores.exists()


def test_file_that_changes_meanwhile_leaves_nothing(
    files: tuple[RdfFile, ...], stores: Path
) -> None:
    """A file that changes while it is read makes no store."""

    def change(step: Step) -> None:
        files[0].path.write_text("<a:1> <a:p> <a:other> .")

    with pytest.raises(AuthoringError, match="has changed, or another of the files has"):
        kept_store(files, stores, on_step=change)

    assert [] == names(stores)


def test_full_disk_is_told(large: Path, stores: Path) -> None:
    """A disk that takes no more is told with the way out, and nothing is left."""
    program = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20,) * 2)\n{LOAD}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(stores), str(large)],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )

    message = done.stderr.splitlines()[-1]
    assert message.startswith("miwdap_kg.errors.StoreFailure: The store in ")
    assert "cannot be written: " in message
    assert message.endswith(
        "About 300 bytes are needed for each statement; make room, or set MIWDAP_STORES to a "
        "folder with more."
    )
    assert [] == names(stores)


def test_folder_that_cannot_be_made(files: tuple[RdfFile, ...], tmp_path: Path) -> None:
    """A place that takes no folder is told with the setting's name."""
    (tmp_path / "file").touch()

    with pytest.raises(StoreFailure, match=r"cannot be written: .* Set MIWDAP_STORES to a folder"):
        kept_store(files, tmp_path / "file" / "stores")


@pytest.mark.parametrize(
    ("broken", "content"),
    [("contents.json", None), ("contents.json", "{}"), ("engine/CURRENT", None)],
    ids=["no contents", "empty contents", "no engine"],
)
def test_broken_store_is_told(
    files: tuple[RdfFile, ...], stores: Path, broken: str, content: str | None
) -> None:
    """A store that was damaged since is told with the way out."""
    folder = kept_store(files, stores)
    (folder / broken).unlink()
    if content is not None:
        (folder / broken).write_text(content)

    with pytest.raises(StoreFailure) as caught:
        Store.open_on_disk(folder)

    assert str(caught.value).startswith(f"The store in {folder} cannot be opened: ")
    assert str(caught.value).endswith(
        "Remove the folder and start again; the files are then loaded anew."
    )


# Interruptions, and others at the same time


def test_killed_load_leaves_no_store(large: Path, stores: Path) -> None:
    """What a killed load leaves is taken for nothing, and goes with the next load."""
    process = load(stores, large)
    assert "reading" == next(lines(process))
    process.kill()
    process.communicate()
    (left,) = names(stores)

    folder = kept_store(rdf_files([large]), stores)

    assert left.endswith(".part")
    assert [folder.name] == names(stores)
    assert 200_000 == Contents.read(folder).statements


def test_what_was_left_of_other_files_goes(
    large: Path, stores: Path, files: tuple[RdfFile, ...]
) -> None:
    """What a killed load leaves goes with the load of other files too."""
    process = load(stores, large)
    assert "reading" == next(lines(process))
    process.kill()
    process.communicate()
    wait_until(lambda: not loaders(stores))

    assert [kept_store(files, stores).name] == names(stores)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_stopped_load_leaves_nothing(
    large: Path, stores: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """A load that is stopped by a person or the system takes what it wrote with it."""
    environment = {**os.environ, "MIWDAP_STORE": "disk", "MIWDAP_STORES": str(stores)}
    process = subprocess.Popen(
        [sys.executable, "-m", "miwdap_kg", "query", "ASK {}", "--data", str(large)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: any(stores.glob("*.part/engine/*")))
    # As a terminal does, to all that belong together.
    os.killpg(process.pid, number)
    process.communicate(timeout=DEADLINE_SECONDS)

    assert 128 + number == process.returncode
    assert [] == names(stores)


def test_killed_loader_is_told(large: Path, stores: Path) -> None:
    """When the loading process is killed the message says why that may be."""

    def kill(step: Step) -> None:
        (loader,) = loaders(stores)
        os.kill(loader, signal.SIGKILL)

    with pytest.raises(StoreFailure, match="was killed, as the system does when memory runs out"):
        kept_store(rdf_files([large]), stores, on_step=kill)

    assert [] == names(stores)


def test_two_loads_at_once(large: Path, stores: Path) -> None:
    """Two programs that load the same files at once get the same store; one waits for the other."""
    both = [load(stores, large), load(stores, large)]
    said = [process.communicate(timeout=DEADLINE_SECONDS)[0].splitlines() for process in both]

    assert [0, 0] == [process.returncode for process in both]
    assert said[0][-1] == said[1][-1]
    assert [said[0][-1]] == names(stores)
    assert 1 == sum("sorting" in steps for steps in said)


def test_memory_is_the_loaders(large: Path, stores: Path) -> None:
    """What the loading takes of memory is gone when it ends."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    kept_store(rdf_files([large]), stores)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
