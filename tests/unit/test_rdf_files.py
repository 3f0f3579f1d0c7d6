"""The files that a store is filled from: their formats, their sizes, and how much is in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from miwdap_kg.errors import AuthoringError, NotAcceptable
from miwdap_kg.rdf_files import RdfFile, estimated_statements, rdf_files


@pytest.mark.parametrize(
    ("name", "format_name", "packing"),
    [
        ("a.nt", "ntriples", ""),
        ("a.b.ttl", "turtle", ""),
        ("A.NQ.GZ", "nquads", ".gz"),
        ("a.trig.bz2", "trig", ".bz2"),
        ("a.owl.zst", "rdfxml", ".zst"),
    ],
)
def test_name_tells_format_and_packing(name: str, format_name: str, packing: str) -> None:
    """A file's name tells its format and how it is compressed, in any case."""
    file = RdfFile.of_path(Path(name))

    assert (format_name, packing) == (file.format.name, file.packing)


@pytest.mark.parametrize("name", ["a", "a.gz", "a.nt.zip", "a.csv.zst"])
def test_other_names_are_refused(name: str) -> None:
    """A name that tells no format of RDF is refused."""
    with pytest.raises(NotAcceptable, match="which is not offered"):
        RdfFile.of_path(Path(name))


def test_files_keep_their_order(tmp_path: Path) -> None:
    """The files are in the order in which they are first named."""
    names = ["b.nt", "a.nt", "b.nt", "c.nt", "./a.nt"]

    assert ["b.nt", "a.nt", "c.nt"] == [
        file.path.name for file in rdf_files([tmp_path / name for name in names])
    ]


@pytest.mark.parametrize(
    ("name", "statements"),
    [("a.nt", 1_000), ("a.ttl", 2_666), ("a.nt.gz", 12_000), ("a.ttl.bz2", 16_000)],
)
def test_estimate(tmp_path: Path, name: str, statements: int) -> None:
    """The estimate follows from size, format and compression."""
    path = tmp_path / name
    path.write_bytes(b"x" * 120_000)

    assert statements == estimated_statements(rdf_files([path]))


def test_pipe_has_no_size(tmp_path: Path) -> None:
    """A pipe counts as nothing, since nobody knows what will come."""
    os.mkfifo(tmp_path / "a.nt")

    assert 0 == estimated_statements(rdf_files([tmp_path / "a.nt"]))


def test_missing_file_has_no_size(tmp_path: Path) -> None:
    """A file that is not there is told before anything is read."""
    with pytest.raises(AuthoringError, match=r"a\.nt: there is no such file\."):
        estimated_statements(rdf_files([tmp_path / "a.nt"]))
