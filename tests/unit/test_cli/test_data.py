"""`--data`: files in memory or in a store on disk, and what a terminal sees of the loading."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from miwdap_kg.cli.graph import data_source
from miwdap_kg.errors import RdfSyntaxError
from miwdap_kg.settings import Settings

from .conftest import Ask

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of some size."""
    path = tmp_path / "a.nt"
    path.write_text("".join(f"<x:s> <x:p> <x:o{number}> .\n" for number in range(100_000)))
    return path


def test_store_on_disk_answers_as_memory(ask: Ask, file: Path, tmp_path: Path, monkeypatch):
    """The answer is the same from memory, from a new store on disk, and from that again."""
    arguments = ("query", COUNT, "--format", "csv", "--data", file)
    in_memory = ask(*arguments)
    monkeypatch.setenv("MIWDAP_STORE", "disk")
    monkeypatch.setenv("MIWDAP_STORES", str(tmp_path / "stores"))

    loaded = ask(*arguments)

    assert (0, "n\r\n100000\r\n", "") == (in_memory.status, in_memory.out, in_memory.err)
    assert (0, in_memory.out) == (loaded.status, loaded.out)
    assert "Loading a.nt into a store on disk, once.\n" == loaded.err
    assert in_memory == ask(*arguments)


def test_loading_shows_progress(execute_on_terminal: Ask, file: Path, tmp_path: Path):
    """A terminal sees how far the loading is, and that it is sorted at the end."""
    outcome = execute_on_terminal(
        *("query", COUNT, "--data", file),
        MIWDAP_STORE="disk",
        MIWDAP_STORES=str(tmp_path / "stores"),
        COLUMNS="120",
    )

    assert 0 == outcome.status
    assert re.search(
        r"Loading a\.nt into a store on disk: "
        r"\d\.\d of \d\.\d MB, [\d,]+ statements/s, \d:\d\d left",
        outcome.out,
    )
    assert "Loading a.nt into a store on disk: all is read, now it is sorted" in outcome.out


@pytest.mark.parametrize(
    ("megabytes", "store", "on_disk"),
    [(200, "auto", False), (300, "auto", True), (300, "memory", False), (1, "disk", True)],
)
def test_size_decides(tmp_path: Path, megabytes: int, store: str, on_disk: bool):
    """More than about two million statements go to the disk, unless it is set otherwise."""
    path = tmp_path / "a.nt"
    path.touch()
    os.truncate(path, megabytes * 1_000_000)
    stores = tmp_path / "stores"
    settings = Settings.read(store=store, stores=stores)

    if on_disk:
        with pytest.raises(RdfSyntaxError):
            data_source(settings, [path])
    else:
        assert "files" == data_source(settings, [path]).kind
    assert on_disk is stores.exists()


def test_pipe_is_not_for_the_disk(ask: Ask, tmp_path: Path, monkeypatch):
    """What comes through a pipe cannot be found again, and is refused for the disk."""
    os.mkfifo(tmp_path / "a.nt")
    monkeypatch.setenv("MIWDAP_STORE", "disk")
    outcome = ask("query", COUNT, "--data", tmp_path / "a.nt")

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.endswith("Give a file, or set MIWDAP_STORE to memory.\n")
