"""The RDF files that a store is filled from, unpacked as they are read."""

from __future__ import annotations

import bz2
import gzip
import io
import stat
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from miwdap_kg.errors import AuthoringError
from miwdap_kg.formats import NQUADS, NTRIPLES, Format, by_file_name

__all__ = [
    "Meter",
    "OnRead",
    "OpenFile",
    "RdfFile",
    "Reading",
    "estimated_statements",
    "rdf_files",
]

_BLOCK: Final = 256 * 1024
_STEP: Final = 1024 * 1024

_BROKEN: Final = (OSError, EOFError, zlib.error, zstd.ZstdError)

_UNPACKERS: Final[Mapping[str, Callable[[IO[bytes]], object]]] = {
    ".gz": lambda packed: gzip.GzipFile(fileobj=packed),
    ".bz2": bz2.BZ2File,
    ".zst": zstd.ZstdFile,
}

# Measured on public dumps: how many bytes a statement takes in each format, and how much smaller a
# compressed file is. Both are on the low side, so that an estimate is rather too high.
_BYTES_A_STATEMENT: Final[Mapping[str, int]] = {"ntriples": 120, "nquads": 150, "rdfxml": 80}
_BYTES_A_STATEMENT_ELSE: Final = 45
_PACKED_LINES: Final = 12
_PACKED_ELSE: Final = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the reading of some files is, in bytes as they are on disk.

    *statements* counts what is read where each statement has a line of its own, else it is None.
    """

    bytes_read: int
    bytes_total: int
    statements: int | None


OnRead = Callable[[Reading], None]


@dataclass(frozen=True, slots=True)
class RdfFile:
    """One file of RDF: its path, its format, and its packing (`.gz`, `.bz2`, `.zst` or none)."""

    path: Path
    format: Format
    packing: str

    @classmethod
    def of_path(cls, path: Path) -> Self:
        """Return what a file's name tells.

        Raises:
            NotAcceptable: the name tells no RDF format.

        >>> file = RdfFile.of_path(Path("plan.trig.zst"))
        >>> file.format.name, file.packing
        ('trig', '.zst')
        """
        suffix = path.suffix.lower()
        packing = suffix if suffix in _UNPACKERS else ""
        return cls(path, by_file_name(str(path)[: len(str(path)) - len(packing)]), packing)

    @property
    def has_a_line_each(self) -> bool:
        """Whether each statement has a line of its own."""
        return self.format in (NTRIPLES, NQUADS)

    def size(self) -> int:
        """Return the file's size in bytes as it is on disk; 0 for a pipe.

        Raises:
            AuthoringError: there is no such file, or it cannot be looked at.
        """
        try:
            found = self.path.stat()
        except OSError as error:
            raise _unreadable(self.path, error) from error
        return found.st_size if stat.S_ISREG(found.st_mode) else 0


def rdf_files(paths: Sequence[Path]) -> tuple[RdfFile, ...]:
    """Return the files at *paths*; one that is named twice is there once.

    Raises:
        NotAcceptable: a name tells no RDF format.
    """
    files: dict[Path, RdfFile] = {}
    for path in paths:
        files.setdefault(path.resolve(), RdfFile.of_path(path))
    return tuple(files.values())


def estimated_statements(files: Sequence[RdfFile]) -> int:
    """Return about how many statements the files hold, by their sizes, rather too many than few.

    Raises:
        AuthoringError: a file is not there.
    """
    return sum(_estimate(file) for file in files)


class OpenFile:
    """A file's content for the engine's parser, which takes it in small bites."""

    def __init__(self, file: RdfFile, tell: Callable[[int, int], None]) -> None:
        """Open *file*; *tell* is called now and then with bytes and lines read since before."""
        self._file = file
        self._tell = tell
        self._stack = ExitStack()
        self._read, self._packed = self._open()
        self._lines = 0
        self._told = 0
        self._until_told = _STEP

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, size: int) -> bytes:
        """Return at most *size* bytes of the content, none at its end."""
        try:
            data = self._read(size)
        except _BROKEN as error:
            raise _unreadable(self._file.path, error) from error
        self._lines += data.count(b"\n")
        self._until_told -= len(data)
        if self._until_told <= 0 or not data:
            self._report()
        return data

    def _open(self) -> tuple[Callable[[int], bytes], IO[bytes]]:
        path = self._file.path
        try:
            packed = self._stack.enter_context(path.open("rb", buffering=_BLOCK))
            if not self._file.packing:
                return packed.read, packed
            unpacked = _UNPACKERS[self._file.packing](packed)
            raw = self._stack.enter_context(cast(io.RawIOBase, unpacked))
            return io.BufferedReader(raw, _BLOCK).read, packed
        except OSError as error:
            raise _unreadable(path, error) from error

    def _report(self) -> None:
        self._until_told = _STEP
        position = self._packed.tell() if self._packed.seekable() else self._told
        if position != self._told or self._lines:
            self._tell(position - self._told, self._lines)
            self._told, self._lines = position, 0


class Meter:
    """Adds up what is read of several files, and tells it."""

    def __init__(self, files: Sequence[RdfFile], on_read: OnRead | None) -> None:
        self._total = sum(file.size() for file in files)
        self._counts = all(file.has_a_line_each for file in files)
        self._read = 0
        self._statements = 0
        self._on_read = on_read

    def open(self, file: RdfFile) -> OpenFile:
        """Return the content of a file, whose reading is added."""
        return OpenFile(file, self._add)

    def _add(self, size: int, lines: int) -> None:
        self._read += size
        self._statements += lines
        if self._on_read is not None:
            statements = self._statements if self._counts else None
            self._on_read(Reading(self._read, self._total, statements))


def _estimate(file: RdfFile) -> int:
    unpacked = file.size()
    if file.packing:
        unpacked *= _PACKED_LINES if file.has_a_line_each else _PACKED_ELSE
    return unpacked // _BYTES_A_STATEMENT.get(file.format.name, _BYTES_A_STATEMENT_ELSE)


def _unreadable(path: Path, error: BaseException) -> AuthoringError:
    if isinstance(error, FileNotFoundError):
        return AuthoringError(path, "there is no such file.")
    return AuthoringError(path, f"cannot be read: {error}")
