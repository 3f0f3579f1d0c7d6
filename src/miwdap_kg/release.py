"""A release: an immutable folder with a manifest, verified before it is served."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from miwdap_kg.errors import LookupFailure, ReleaseCorrupt, ReleaseError, ReleaseNotFound

__all__ = ["MANIFEST", "Release", "ReleaseFile", "sha256_of"]

MANIFEST: Final = "manifest.json"

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file of a release; *statements* counts triples, or quads in TriG and N-Quads."""

    name: str
    media_type: str
    size: int
    sha256: str
    statements: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A verified release folder.

    *version* is the date of the data, *software* the version that built it, *source* the digest
    of the text it was made from, *digest* that of the manifest itself and so of everything.
    """

    folder: Path
    version: str
    software: str
    source: str
    digest: str
    files: Mapping[str, ReleaseFile]
    graphs: Mapping[str, int]
    default_graph: int

    @classmethod
    def open(cls, folder: Path | str, *, progress: Callable[[str], None] | None = None) -> Self:
        """Return the release in *folder*, every file of it compared with the manifest.

        Args:
            folder: the release folder.
            progress: is called with each file's name before it is read.

        Raises:
            ReleaseNotFound: the folder has no manifest.
            ReleaseCorrupt: a file is missing, altered, or not in the manifest.
            ReleaseError: a file cannot be read.
        """
        release = cls.describe(folder)
        present = {
            path.relative_to(release.folder).as_posix()
            for path in release.folder.rglob("*")
            if path.is_file()
        }
        for name, expected in release.files.items():
            if progress is not None:
                progress(name)
            if name not in present:
                raise ReleaseCorrupt(
                    name, expected=f"{expected.size:,} bytes", found="no such file"
                )
            found = sha256_of(release.folder / name)
            if found != expected.sha256:
                raise ReleaseCorrupt(
                    name, expected=f"sha256 {expected.sha256}", found=f"sha256 {found}"
                )
        for name in sorted(present - set(release.files) - {MANIFEST}):
            raise ReleaseCorrupt(name, expected="no such file", found="a file")
        return release

    @classmethod
    def describe(cls, folder: Path | str) -> Self:
        """Return what the manifest in *folder* says, without a look at the files.

        Raises:
            ReleaseNotFound: the folder has no manifest.
            ReleaseCorrupt: the manifest is not one.
        """
        path = Path(folder) / MANIFEST
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise ReleaseNotFound(folder) from error
        except OSError as error:
            raise ReleaseError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            return cls._of_manifest(Path(folder), json.loads(content), content)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReleaseCorrupt(
                MANIFEST, expected="a manifest", found=f"something else ({error})"
            ) from error

    @classmethod
    def _of_manifest(cls, folder: Path, manifest: Mapping[str, Any], content: bytes) -> Self:
        return cls(
            folder=folder,
            version=str(manifest["version"]),
            software=str(manifest["software"]),
            source=str(manifest["source"]),
            digest=hashlib.sha256(content).hexdigest(),
            files={
                name: ReleaseFile(
                    name=name,
                    media_type=entry["media_type"],
                    size=int(entry["size"]),
                    sha256=entry["sha256"],
                    statements=entry.get("statements"),
                )
                for name, entry in manifest["files"].items()
            },
            graphs={str(name): int(count) for name, count in manifest["graphs"].items()},
            default_graph=int(manifest["default_graph"]),
        )

    def dump(self, extension: str) -> Path:
        """Return the path of the main file with an extension: `nq`, `trig` or `ttl`.

        Raises:
            LookupFailure: the release has no such dump.
        """
        name = f"miwdap-{self.version}.{extension}"
        if name not in self.files:
            known = [each for each in self.files if each.startswith("miwdap-")]
            raise LookupFailure("dump", name, known)
        return self.folder / name


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Raises:
        ReleaseError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()
