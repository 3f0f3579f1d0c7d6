"""What a store is opened from, as a value that can be handed to another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from miwdap_kg.contents import Contents
from miwdap_kg.rdf_files import OnRead

if TYPE_CHECKING:
    from miwdap_kg.store import Store

__all__ = ["DataSource", "Prepared"]


@dataclass(frozen=True, slots=True)
class DataSource:
    """Which store to open: a release's or some files' in memory, or one in a folder on disk.

    The engine is first imported when a store is opened.

    >>> source = DataSource.on_disk(Path("stores/3f2a"))
    >>> source == DataSource.of_dict(source.to_dict()), source.opens_after_fork
    (True, True)
    """

    kind: Literal["release", "files", "disk"]
    paths: tuple[Path, ...]

    @classmethod
    def of_release(cls, nquads: Path) -> Self:
        """Return the source of a release, given its N-Quads."""
        return cls("release", (nquads,))

    @classmethod
    def of_files(cls, files: Sequence[Path]) -> Self:
        """Return the source of RDF files that are loaded into memory at each opening."""
        return cls("files", tuple(files))

    @classmethod
    def on_disk(cls, folder: Path) -> Self:
        """Return the source of a store that `fill_on_disk` has filled."""
        return cls("disk", (folder,))

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return the source that `to_dict` has written."""
        return cls(content["kind"], tuple(map(Path, content["paths"])))

    def to_dict(self) -> dict[str, Any]:
        """Return the source as values that JSON has."""
        return {"kind": self.kind, "paths": [str(path) for path in self.paths]}

    @property
    def opens_after_fork(self) -> bool:
        """Whether a process that forks must leave the opening to each child."""
        return self.kind == "disk"

    def open(self, *, progress: OnRead | None = None) -> Store:
        """Return the store; what is loaded into memory tells its progress.

        Raises:
            AuthoringError: a file is missing or broken.
            StoreFailure: the folder holds no store, or a broken one.
        """
        from miwdap_kg.store import Store

        match self.kind:
            case "release":
                return Store.of_release(self.paths[0])
            case "files":
                return Store.of_files(self.paths, progress=progress)
            case "disk":
                return Store.open_on_disk(self.paths[0])

    def prepare(self, *, progress: OnRead | None = None) -> Prepared:
        """Do all that can be done before a fork, and return what opens the store behind it.

        A process that is going to fork calls this in a thread of its own, and joins the thread
        before the first fork. Otherwise its children would have the same random numbers.

        Raises:
            AuthoringError, StoreFailure: as `open` does.
        """
        if self.opens_after_fork:
            return Prepared(self.open, Contents.read(self.paths[0]))
        store = self.open(progress=progress)
        return Prepared(lambda: store, store.contents)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A store that can be opened in this process or in one forked from it, and what is in it."""

    open: Callable[[], Store]
    contents: Contents
