"""The files of a text, and the digest that changes when one of them does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from miwdap_kg.errors import ConfigurationError
from miwdap_kg.text import text_digest, text_files


def test_files_in_a_fixed_order(small_text: Path) -> None:
    """The files that a release is made from come by folder and name."""
    found = [path.relative_to(small_text).as_posix() for path in text_files(small_text)]

    assert [
        "data/letter.trig",
        "data/catalog.ttl",
        "data/interpretation.ttl",
        "data/translation.ttl",
        "data/reference/places.ttl",
        "ontology/example.ttl",
        "shapes/principle.ttl",
        "shapes/checks/plan-in-a-passage.rq",
        "queries/plans/plan-principles.rq",
    ] == found


def test_other_files_are_no_text(small_text: Path) -> None:
    """Notes, examples and editors' copies are not read."""
    before = list(text_files(small_text))
    for name in ("data/notes.md", "data/letter.trig~", "shapes/examples/a/valid.ttl"):
        path = small_text / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")

    assert before == list(text_files(small_text))


def test_folder_without_data_is_refused(tmp_path: Path) -> None:
    """A folder that holds no documents is named, with the setting to change."""
    with pytest.raises(ConfigurationError) as caught:
        list(text_files(tmp_path))

    assert (
        f"{tmp_path} holds no data/*.trig, so there is nothing to make a release from. "
        "Set MIWDAP_TEXT to the folder that has data, ontology, shapes and queries."
        == str(caught.value)
    )


def test_digest_stays_when_only_the_time_changes(small_text: Path) -> None:
    """The digest does not look at the clock of a file."""
    before = text_digest(small_text)
    os.utime(small_text / "data" / "letter.trig", (1, 1))

    assert before == text_digest(small_text)


def test_digest_does_not_depend_on_the_place(small_text: Path, tmp_path: Path) -> None:
    """The same text in another folder has the same digest."""
    before = text_digest(small_text)
    moved = small_text.rename(tmp_path / "elsewhere")

    assert before == text_digest(moved)


@pytest.mark.parametrize(
    "name",
    [
        "data/letter.trig",
        "data/reference/places.ttl",
        "ontology/example.ttl",
        "shapes/principle.ttl",
        "shapes/checks/plan-in-a-passage.rq",
        "queries/plans/plan-principles.rq",
    ],
)
def test_digest_changes_with_a_byte(small_text: Path, name: str) -> None:
    """One more byte in any file makes another digest."""
    before = text_digest(small_text)
    with (small_text / name).open("ab") as file:
        file.write(b"\n")

    assert before != text_digest(small_text)


def test_digest_changes_with_a_name(small_text: Path) -> None:
    """A file under another name makes another digest."""
    before = text_digest(small_text)
    path = small_text / "data" / "translation.ttl"
    path.rename(path.with_name("links.ttl"))

    assert before != text_digest(small_text)


def test_digest_tells_files_apart(small_text: Path) -> None:
    """The same bytes, cut into files at another place, make another digest."""
    first, second = small_text / "data" / "x.ttl", small_text / "data" / "y.ttl"
    digests = set()
    for contents in ((b"a", b"bdata/y.ttlc"), (b"adata/y.ttlb", b"c")):
        first.write_bytes(contents[0])
        second.write_bytes(contents[1])
        digests.add(text_digest(small_text))

    assert 2 == len(digests)


def test_digest_changes_with_the_code(
    small_text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other code may write other bytes, and so makes another digest."""
    code = tmp_path / "package"
    code.mkdir()
    (code / "release.py").write_text("1", encoding="utf-8")
    monkeypatch.setattr("miwdap_kg.text._PACKAGE", code)
    before = text_digest(small_text)
    (code / "release.py").write_text("2", encoding="utf-8")

    assert before != text_digest(small_text)
