"""The stores on disk, each filled once and found again as long as its files are the same."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal, Self

from miwdap_kg.errors import AuthoringError, StoreFailure
from miwdap_kg.execution.wire import error_of
from miwdap_kg.rdf_files import RdfFile, Reading

__all__ = ["OnStep", "Step", "hold", "kept_store"]

_LAYOUT: Final = 1
"""Changes when a store is filled in another way, so that none of the old ones is found."""

_LOADER: Final = "miwdap_kg.disk_loader"

_DIGITS: Final = 16
_PART: Final = ".part"
_IN_USE: Final = "in-use"
_FILES: Final = "files.txt"

_CHANGED: Final = "has changed, or another of the files has, while it was read. Try again."

# The loader lives on large pieces of memory that come and go. With pages of 2 MiB, and without
# giving each back to the system, it takes a tenth less time.
_ALLOCATION: Final = ":".join(
    f"glibc.malloc.{name}"
    for name in ("hugetlb=1", "trim_threshold=8000000000", "top_pad=67108864")
)


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done: waiting for another process, reading the files, or sorting the store."""

    name: Literal["waiting", "reading", "sorting"]
    reading: Reading | None = None


OnStep = Callable[[Step], None]


def kept_store(files: Sequence[RdfFile], stores: Path, *, on_step: OnStep | None = None) -> Path:
    """Return the folder in *stores* that has the store of *files*; it is filled when there is none.

    The files are known by their paths, sizes and times of change. A store of the same paths that
    were changed since is removed, unless another process has it open. A load that was interrupted
    leaves a folder that is never taken for a store, and goes with the next load.

    Raises:
        RdfSyntaxError: a file is not what its extension tells.
        AuthoringError: a file cannot be read, or has changed while it was read.
        StoreFailure: the store cannot be written.
    """
    name = _Name.of_files(files)
    folder = stores / str(name)
    if folder.is_dir():
        return folder
    tell = on_step or (lambda step: None)
    try:
        stores.mkdir(parents=True, exist_ok=True)
        with _locked(stores, name.of_paths, on_wait=lambda: tell(Step("waiting"))) as lock:
            if not folder.is_dir():
                _tidy(stores, name)
                _fill(files, folder, lock, tell)
    except OSError as error:
        raise StoreFailure(
            folder, f"cannot be written: {error}. Set MIWDAP_STORES to a folder that can be."
        ) from error
    return folder


def hold(folder: Path) -> bool:
    """Mark a store as in use until this process ends; False when it has just been removed."""
    path = folder / _IN_USE
    try:
        # Left open on purpose: the lock is given back when the process ends, however it ends.
        descriptor = os.open(path, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@dataclass(frozen=True, slots=True)
class _Name:
    """A store's name: a digest of its files' paths, and one of all that decides its content."""

    of_paths: str
    of_content: str

    @classmethod
    def of_files(cls, files: Sequence[RdfFile]) -> Self:
        paths = [str(file.path.resolve()) for file in files]
        try:
            found = [Path(path).stat() for path in paths]
        except OSError as error:
            raise AuthoringError(error.filename, f"cannot be read: {error.strerror}") from error
        states = [[each.st_size, each.st_mtime_ns] for each in found]
        return cls(_digest(paths), _digest([paths, states, _LAYOUT, version("pyoxigraph")]))

    def __str__(self) -> str:
        return f"{self.of_paths}-{self.of_content}"


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:_DIGITS]


def _fill(files: Sequence[RdfFile], folder: Path, lock: int, tell: OnStep) -> None:
    part = folder.with_name(folder.name + _PART)
    part.mkdir()
    try:
        (part / _IN_USE).touch()
        (part / _FILES).write_text(
            "".join(f"{file.path.resolve()}\n" for file in files),
            encoding="utf-8",
            errors="surrogateescape",
        )
        _run_loader(files, part, lock, tell)
        if str(_Name.of_files(files)) != folder.name:
            raise AuthoringError(files[0].path, _CHANGED)
        _sync(part)
        part.rename(folder)
        _sync(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _run_loader(files: Sequence[RdfFile], part: Path, lock: int, tell: OnStep) -> None:
    # In a process of its own: what it takes of memory is gone when it ends, and it can be killed.
    process = subprocess.Popen(  # noqa: S603  # our own program, with no shell
        [
            *("/usr/bin/env", f"GLIBC_TUNABLES={_ALLOCATION}"),
            *(sys.executable, "-P", "-m", _LOADER, str(part)),
            *(str(file.path.absolute()) for file in files),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # As long as a loader runs nobody else may begin, not even when this process is killed.
        pass_fds=(lock,),
    )
    with process:
        try:
            for line in process.stdout or ():
                _take(json.loads(line), tell)
            process.wait()
        finally:
            process.kill()
    if process.returncode:
        raise StoreFailure(part, f"could not be filled: {_end(process.returncode)}")


def _take(message: dict[str, Any], tell: OnStep) -> None:
    if "error" in message:
        raise error_of(message)
    if "reading" in message:
        tell(Step("reading", Reading(**message["reading"])))
    else:
        tell(Step("sorting"))


def _end(code: int) -> str:
    if code == -signal.SIGKILL:
        return (
            "the loading was killed, as the system does when memory runs out. "
            "It needs about 2 GB, however large the files are."
        )
    return f"the loading ended with {code}. What was wrong stands above."


def _tidy(stores: Path, name: _Name) -> None:
    for left in stores.glob(f"*{_PART}"):
        of_paths = left.name[:_DIGITS]
        if of_paths == name.of_paths:
            shutil.rmtree(left, ignore_errors=True)
        else:
            with contextlib.suppress(BlockingIOError), _locked(stores, of_paths):
                shutil.rmtree(left, ignore_errors=True)
    for old in stores.glob(f"{name.of_paths}-*"):
        with contextlib.suppress(OSError):
            _remove(old)


def _remove(folder: Path) -> None:
    """Remove a store, unless it is in use."""
    with (folder / _IN_USE).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever is interrupted here leaves nothing that looks like a store.
        shutil.rmtree(folder.rename(folder.with_name(folder.name + _PART)), ignore_errors=True)


@contextlib.contextmanager
def _locked(
    stores: Path, of_paths: str, *, on_wait: Callable[[], None] | None = None
) -> Iterator[int]:
    descriptor = os.open(stores / f"{of_paths}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait is None:
                raise
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
