"""Writes a release folder from the text, or refuses with the report."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Final

from rdflib import Dataset, Graph, URIRef

from miwdap_kg.errors import AuthoringError, ReleaseExists, ReleaseRejected
from miwdap_kg.formats import by_file_name
from miwdap_kg.namespaces import BASE, NAMESPACES
from miwdap_kg.release import MANIFEST, Release
from miwdap_kg.text import text_digest
from miwdap_kg.workshop.dataset import assemble, default_graph, graph_name, named_graphs
from miwdap_kg.workshop.report import to_json, to_text, to_turtle
from miwdap_kg.workshop.turtle import write_nquads, write_trig, write_turtle
from miwdap_kg.workshop.validation import ShapeLibrary, ValidationReport, validate

__all__ = ["DATASET", "build", "version_of"]

DATASET: Final = URIRef(f"{BASE}dataset")
"""The dataset itself, as `data/catalog.ttl` describes it."""

_VERSION: Final = URIRef(f"{NAMESPACES['dcat']}version")
_MEDIA_TYPES: Final = {
    ".json": "application/json",
    ".rq": "application/sparql-query",
    ".txt": "text/plain",
}


def build(text: Path, output: Path, *, progress: Callable[[str], None] | None = None) -> Release:
    """Write the release of the text in a folder to *output*, and return it.

    The folder appears whole or not at all. The same text and code give the same bytes. When
    *output* already holds the release of this very text, it is verified and returned.

    Args:
        text: the folder of data, ontology, shapes and queries.
        output: the release folder to write; it must not exist, or be empty.
        progress: is called with what is being done.

    Raises:
        AuthoringError: a file of the text is broken.
        ReleaseExists: *output* holds something else.
        ReleaseRejected: the graph does not conform; carries the report.
        ReleaseCorrupt: the release that is already there has been altered.
    """
    say = progress or (lambda _: None)
    source = text_digest(text)
    output = output.resolve()
    if (output / MANIFEST).is_file() and Release.describe(output).source == source:
        return Release.open(output)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ReleaseExists(output)
    say("reading the text")
    dataset = assemble(text)
    version = version_of(dataset, text)
    union = default_graph(dataset)
    report = validate(
        dataset,
        ShapeLibrary.read(text / "shapes"),
        union=union,
        progress=lambda what: say(f"validating: {what}"),
    )
    if not report.conforms:
        raise ReleaseRejected(report)
    output.parent.mkdir(parents=True, exist_ok=True)
    # Beside its final place, so that the last step is one rename on one file system.
    draft = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        entries = {}
        for name, content, statements in _files(dataset, union, version, report, text):
            say(f"writing {name}")
            entries[name] = _write(draft / name, content, statements)
        _write(draft / MANIFEST, _manifest(dataset, union, version, source, entries), None)
        draft.chmod(0o755)
        _publish(draft, output, source)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Release.open(output)


def version_of(dataset: Dataset, text: Path) -> str:
    """Return the version of the data: the date that its catalogue states.

    Raises:
        AuthoringError: the catalogue states no version, several, or one that is no date.
    """
    found = sorted(map(str, dataset.graph(graph_name("catalog")).objects(DATASET, _VERSION)))
    if len(found) != 1 or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", found[0]):
        stated = ", ".join(f"'{each}'" for each in found) or "none"
        raise AuthoringError(
            text / "data" / "catalog.ttl",
            f"states as version: {stated}. Give <{DATASET}> one dcat:version, a date.",
        )
    return found[0]


_Files = Iterator[tuple[str, str, int | None]]


def _files(
    dataset: Dataset, union: Graph, version: str, report: ValidationReport, text: Path
) -> _Files:
    graphs = dict(named_graphs(dataset))
    quads = sum(map(len, graphs.values()))
    title = f"MIWDAP2020 knowledge graph, release {version}"
    yield f"miwdap-{version}.nq", write_nquads(graphs), quads
    yield f"miwdap-{version}.trig", write_trig(graphs, comment=title), quads
    yield f"miwdap-{version}.ttl", write_turtle(union, comment=title), len(union)
    for name in ("ontology", "shapes"):
        graph = graphs.get(graph_name(name), Graph())
        yield f"{name}.ttl", write_turtle(graph, comment=f"{title}: {name}"), len(graph)
    yield "report.txt", to_text(report), None
    yield "report.json", to_json(report), None
    yield "report.ttl", to_turtle(report), None
    for folder, pattern in (("queries", "*/*.rq"), ("shapes", "checks/*.rq")):
        for path in sorted((text / folder).glob(pattern)):
            yield path.relative_to(text).as_posix(), path.read_text(encoding="utf-8"), None


def _publish(draft: Path, output: Path, source: str) -> None:
    try:
        draft.replace(output)
    except OSError:
        # Two builds of one text may end together; the first one's folder is as good.
        if not (output / MANIFEST).is_file() or Release.describe(output).source != source:
            raise


def _write(path: Path, text: str, statements: int | None) -> dict[str, object]:
    content = text.encode("utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    entry: dict[str, object] = {
        "media_type": _MEDIA_TYPES.get(path.suffix) or by_file_name(path).media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return entry if statements is None else {**entry, "statements": statements}


def _manifest(
    dataset: Dataset,
    union: Graph,
    version: str,
    source: str,
    entries: dict[str, dict[str, object]],
) -> str:
    manifest = {
        "name": "miwdap",
        "version": version,
        "software": installed_version("miwdap-kg"),
        "source": source,
        "default_graph": len(union),
        "graphs": {str(name): len(graph) for name, graph in named_graphs(dataset)},
        "files": dict(sorted(entries.items())),
    }
    return json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
