"""Opens the graph that a verb's options name."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from miwdap_kg.cli.terminal import progress, say

if TYPE_CHECKING:
    from miwdap_kg.data_source import DataSource
    from miwdap_kg.disk_store import Step
    from miwdap_kg.knowledge_graph import KnowledgeGraph
    from miwdap_kg.rdf_files import RdfFile, Reading
    from miwdap_kg.settings import Settings

__all__ = ["DataOption", "ReleaseOption", "data_source", "one_of", "open_graph"]

_MOST_IN_MEMORY: Final = 2_000_000
"""Statements; the engine takes 0.35 GB for a million of them."""

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
        "or JSON-LD, as it is or as .gz, .bz2 or .zst; default and named graphs are exactly those "
        "in the file. Large files are loaded once into a store on disk (setting store). "
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
        source = data_source(settings, data)
        with progress(_reading(data)) as step:
            store = source.open(progress=_Pace(step))
        return KnowledgeGraph.of_store(store, settings=settings)
    return KnowledgeGraph.open(settings=settings)


def data_source(settings: Settings, data: Sequence[Path]) -> DataSource:
    """Return what to open for RDF files: the files in memory, or the store of them on disk.

    A store on disk is filled here when there is none yet, which a terminal sees; it is then in use
    until this process ends.

    Raises:
        NotAcceptable: a file's extension tells no RDF format.
        AuthoringError: a file is missing, or is broken and was to be loaded onto the disk.
        StoreFailure: the store on disk cannot be filled.
    """
    from miwdap_kg.data_source import DataSource
    from miwdap_kg.rdf_files import rdf_files

    files = rdf_files(data)
    if not _is_for_disk(settings, files):
        return DataSource.of_files([file.path for file in files])
    from miwdap_kg.disk_store import hold, kept_store

    with progress(f"Loading {_names(data)} into a store on disk") as step:
        loading = _Loading(step, _names(data))
        while True:
            folder = kept_store(files, settings.stores, on_step=loading)
            if hold(folder):
                return DataSource.on_disk(folder)


def one_of(release: Path | None, data: Sequence[Path] | None) -> tuple[Path, ...]:
    """Return the data files, or refuse them beside a release."""
    if release is not None and data:
        raise typer.BadParameter("give either --release or --data, not both.")
    return tuple(data or ())


class _Pace:
    """Tells how far the reading is, how fast it goes, and how long it will take."""

    def __init__(self, step: Callable[[str], None]) -> None:
        self._step = step
        self._start = time.monotonic()

    def __call__(self, reading: Reading) -> None:
        seconds = max(time.monotonic() - self._start, 0.001)
        self._step(_told(reading, seconds))


class _Loading:
    """Tells what is being done for a store on disk; where nobody looks, only that it is."""

    def __init__(self, step: Callable[[str], None], names: str) -> None:
        self._step = step
        self._pace = _Pace(step)
        self._unsaid = "" if sys.stderr.isatty() else f"Loading {names} into a store on disk, once."

    def __call__(self, step: Step) -> None:
        if self._unsaid:
            say(self._unsaid)
            self._unsaid = ""
        if step.reading is not None:
            self._pace(step.reading)
        elif step.name == "sorting":
            self._step("all is read, now it is sorted")
        else:
            self._step("waiting for another process that loads the same files")


def _told(reading: Reading, seconds: float) -> str:
    """Return a reading in words, after some seconds of it.

    >>> from miwdap_kg.rdf_files import Reading
    >>> _told(Reading(500_000_000, 2_000_000_000, 2_300_000), 20.0)
    '0.50 of 2.00 GB, 115,000 statements/s, 1:00 left'
    >>> _told(Reading(600_000, 0, None), 0.1)
    '0.6 MB, 6.0 MB/s'
    """
    total, read = reading.bytes_total, reading.bytes_read
    unit, name, digits = (1e9, "GB", 2) if max(total, read) >= 1e9 else (1e6, "MB", 1)
    parts = [
        f"{read / unit:.{digits}f} of {total / unit:.{digits}f} {name}"
        if total
        else f"{read / unit:.{digits}f} {name}",
        f"{read / 1e6 / seconds:,.1f} MB/s"
        if reading.statements is None
        else f"{reading.statements / seconds:,.0f} statements/s",
    ]
    if 0 < read <= total:
        left = round(seconds * (total - read) / read)
        parts.append(f"{left // 60}:{left % 60:02} left")
    return ", ".join(parts)


def _is_for_disk(settings: Settings, files: Sequence[RdfFile]) -> bool:
    from miwdap_kg.errors import ConfigurationError
    from miwdap_kg.rdf_files import estimated_statements

    size = estimated_statements(files)
    can_be_kept = all(file.path.is_file() for file in files)
    if settings.store == "disk" and not can_be_kept:
        raise ConfigurationError(
            "A store on disk is made of files that are there the next time too, and not of a pipe. "
            "Give a file, or set MIWDAP_STORE to memory."
        )
    is_large = can_be_kept and size > _MOST_IN_MEMORY
    return settings.store == "disk" or (settings.store == "auto" and is_large)


def _reading(data: Sequence[Path]) -> str:
    return f"Reading {_names(data)}"


def _names(data: Sequence[Path]) -> str:
    return ", ".join(path.name for path in data)
