"""Opening a release: what is verified, and what each way of being wrong is called."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from miwdap_kg.errors import LookupFailure, ReleaseCorrupt, ReleaseError, ReleaseNotFound
from miwdap_kg.release import MANIFEST, Release, sha256_of

DUMP = "miwdap-2026-11-22.nq"


def rewrite_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_release_opens(small_release: Path) -> None:
    """A whole release tells its version, its software, its graphs and its files."""
    release = Release.open(small_release)

    assert "2026-11-22" == release.version
    assert hashlib.sha256((small_release / MANIFEST).read_bytes()).hexdigest() == release.digest
    assert "https://w3id.org/miwdap/passage/example-letter-1" in release.graphs
    assert {DUMP, "report.json", "queries/plans/plan-principles.rq"} <= set(release.files)


def test_release_opens_by_text(small_release: Path) -> None:
    """The folder may be given as a text."""
    assert Release.open(small_release) == Release.open(str(small_release))


def test_progress_names_each_file(small_release: Path) -> None:
    """Progress is told by the name of the file that is being read."""
    names: list[str] = []

    release = Release.open(small_release, progress=names.append)

    assert list(release.files) == names


@pytest.mark.parametrize("name", [DUMP, "report.txt", "queries/plans/plan-principles.rq"])
def test_altered_byte_is_found(release_copy: Path, name: str) -> None:
    """One changed byte in any file is an error that names the file and both digests."""
    path = release_copy / name
    expected = sha256_of(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(ReleaseCorrupt) as caught:
        Release.open(release_copy)

    assert (name, f"sha256 {expected}", f"sha256 {sha256_of(path)}") == (
        caught.value.file,
        caught.value.expected,
        caught.value.found,
    )
    assert str(caught.value).startswith(f"{name}: the manifest says sha256 {expected}, found ")


def test_added_line_end_is_found(release_copy: Path) -> None:
    """Even one more line end is a change."""
    with (release_copy / DUMP).open("ab") as file:
        file.write(b"\n")

    with pytest.raises(ReleaseCorrupt, match=DUMP):
        Release.open(release_copy)


def test_missing_file_is_found(release_copy: Path) -> None:
    """A file that is gone is named."""
    (release_copy / DUMP).unlink()

    with pytest.raises(ReleaseCorrupt) as caught:
        Release.open(release_copy)

    assert (DUMP, "no such file") == (caught.value.file, caught.value.found)


@pytest.mark.parametrize("name", ["extra.txt", "queries/plans/more.rq", ".hidden"])
def test_extra_file_is_found(release_copy: Path, name: str) -> None:
    """A file that the manifest does not know is named."""
    (release_copy / name).write_text("x", encoding="utf-8")

    with pytest.raises(ReleaseCorrupt) as caught:
        Release.open(release_copy)

    assert (name, "no such file", "a file") == (
        caught.value.file,
        caught.value.expected,
        caught.value.found,
    )


@pytest.mark.parametrize(
    "folder",
    ["nowhere", "empty", "file.txt", "manifest-is-a-folder"],
)
def test_folder_without_a_manifest_is_no_release(tmp_path: Path, folder: str) -> None:
    """Where there is no manifest there is no release, whatever else is there."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("x", encoding="utf-8")
    (tmp_path / "manifest-is-a-folder" / MANIFEST).mkdir(parents=True)

    with pytest.raises(ReleaseNotFound) as caught:
        Release.open(tmp_path / folder)

    assert (
        f"No release in {tmp_path / folder}: it has no manifest.json. "
        "Build one with 'miwdap-kg build --output DIR'." == str(caught.value)
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"version": "1", "software": "1", "source": "1", "files": [], "graphs": {}}',
        b'{"version": "1", "software": "1", "source": "1", "files": {"a": 1}, "graphs": {},'
        b' "default_graph": 1}',
        b'{"version": "1", "software": "1", "source": "1", "files": {}, "graphs": {"a": "b"},'
        b' "default_graph": 1}',
        b'{"version": "1", "software": "1", "source": "1", "files": {}, "graphs": {},'
        b' "default_graph": null}',
    ],
    ids=["empty", "cut", "list", "text", "null", "no keys", "no UTF-8", "files a list",
         "file a number", "count a text", "count null"],
)  # fmt: skip
def test_broken_manifest_is_found(release_copy: Path, content: bytes) -> None:
    """A manifest that is none is named as the broken file."""
    (release_copy / MANIFEST).write_bytes(content)

    with pytest.raises(ReleaseCorrupt) as caught:
        Release.open(release_copy)

    assert str(caught.value).startswith(
        "manifest.json: the manifest says a manifest, found something else ("
    )


@pytest.mark.parametrize("name", ["../secret.txt", "queries/../../secret.txt", "{absolute}"])
def test_manifest_reaches_nothing_outside_of_its_folder(release_copy: Path, name: str) -> None:
    """A name that leads out of the folder is as good as missing, even when its digest is right."""
    secret = release_copy.parent / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    name = name.replace("{absolute}", str(secret))
    entry = {"media_type": "text/plain", "size": 6, "sha256": sha256_of(secret)}
    rewrite_manifest(release_copy, lambda manifest: manifest["files"].update({name: entry}))

    with pytest.raises(ReleaseCorrupt) as caught:
        Release.open(release_copy)

    assert (name, "no such file") == (caught.value.file, caught.value.found)


def test_linked_folder_is_not_entered(release_copy: Path, tmp_path: Path) -> None:
    """What stands in a folder that is only linked is not part of a release."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret", encoding="utf-8")
    (release_copy / "link").symlink_to(outside, target_is_directory=True)
    entry = {"media_type": "text/plain", "size": 6, "sha256": sha256_of(outside / "secret.txt")}
    rewrite_manifest(
        release_copy, lambda manifest: manifest["files"].update({"link/secret.txt": entry})
    )

    with pytest.raises(ReleaseCorrupt, match=r"link/secret\.txt"):
        Release.open(release_copy)


def test_unreadable_file_is_told(tmp_path: Path) -> None:
    """A file that cannot be read is an error that names it, and no traceback."""
    with pytest.raises(ReleaseError) as caught:
        sha256_of(tmp_path)

    assert f"{tmp_path} cannot be read: Is a directory." == str(caught.value)


def test_describe_does_not_look_at_the_files(release_copy: Path) -> None:
    """A manifest can be read without a look at the files."""
    expected = Release.describe(release_copy)
    (release_copy / DUMP).unlink()

    assert expected == Release.describe(release_copy)


@pytest.mark.parametrize("extension", ["nq", "trig", "ttl"])
def test_dump_is_found_by_its_extension(small_release: Path, extension: str) -> None:
    """Each main file is found by its extension."""
    release = Release.open(small_release)

    assert small_release / f"miwdap-2026-11-22.{extension}" == release.dump(extension)


def test_unknown_dump_is_refused(small_release: Path) -> None:
    """A dump that there is not is told with the nearest that there is."""
    with pytest.raises(LookupFailure) as caught:
        Release.open(small_release).dump("nt")

    assert str(caught.value).startswith("No dump 'miwdap-2026-11-22.nt'. Did you mean 'miwdap-")


def test_release_cannot_be_changed(small_release: Path) -> None:
    """A release is a value."""
    release = Release.open(small_release)

    with pytest.raises(AttributeError, match="cannot assign"):
        release.version = "2027-01-01"  # type: ignore[misc]
