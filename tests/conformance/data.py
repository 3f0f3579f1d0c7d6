"""Writes the dataset of a test as N-Quads, each number and each string as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from tests.conformance.suite import Case, file_iri

from miwdap_kg.formats import by_file_name
from miwdap_kg.sparql import outline

__all__ = ["write_dataset"]


def write_dataset(case: Case, folder: Path) -> str:
    """Write the data that a test asks into *folder*, unless it is there; return its name."""
    graphs = [(path, name) for name, path in case.graphs]
    if case.query is not None and outline(case.text()).from_graphs:
        # What FROM names is never fetched, so it is there under its name.
        graphs += [(path, file_iri(path)) for path in case.data]
    parts = [*((path, None) for path in case.data), *graphs]
    name = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    path = folder / f"{name}.nq"
    if not path.exists():
        quads = [quad for part in parts for quad in _quads(*part)]
        path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    return name


def _quads(path: Path, name: str | None) -> Iterator[ox.Quad]:
    rdf_format = ox.RdfFormat.from_media_type(by_file_name(path).media_type)
    graph = ox.DefaultGraph() if name is None else ox.NamedNode(name)
    # A label of a blank node holds in its file alone.
    for each in ox.parse(
        path=path, format=rdf_format, base_iri=file_iri(path), rename_blank_nodes=True
    ):
        yield ox.Quad(each.subject, each.predicate, each.object, graph)
