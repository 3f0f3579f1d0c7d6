"""Building a release: the same bytes each time, whole or not at all, refused with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import Dataset

from miwdap_kg.errors import (
    AuthoringError,
    ConfigurationError,
    RdfSyntaxError,
    ReleaseCorrupt,
    ReleaseExists,
    ReleaseRejected,
)
from miwdap_kg.release import MANIFEST, Release
from miwdap_kg.store import NOT_IN_DEFAULT_GRAPH
from miwdap_kg.text import text_digest
from miwdap_kg.workshop.build import build

from .conftest import rewrite

FORMATS = {
    "nq": pyoxigraph.RdfFormat.N_QUADS,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "ttl": pyoxigraph.RdfFormat.TURTLE,
}


def below(folder: Path) -> list[str]:
    """Return the names of everything below a folder, hidden drafts too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# What is written


def test_release_has_its_files(small_release: Path) -> None:
    """A release holds dumps, ontology, shapes, checks, queries, report and manifest."""
    files = [name for name in below(small_release) if (small_release / name).is_file()]

    assert [
        "manifest.json",
        "miwdap-2026-11-22.nq",
        "miwdap-2026-11-22.trig",
        "miwdap-2026-11-22.ttl",
        "ontology.ttl",
        "queries/plans/plan-principles.rq",
        "report.json",
        "report.ttl",
        "report.txt",
        "shapes.ttl",
        "shapes/checks/plan-in-a-passage.rq",
    ] == files


def test_manifest_tells_what_the_release_was_made_from(
    small_text: Path, small_release: Path
) -> None:
    """The manifest has the digest of the text, and the version that the catalogue states."""
    release = Release.open(small_release)

    assert (text_digest(small_text), "2026-11-22") == (release.source, release.version)


def test_manifest_holds_no_path_and_no_time(small_release: Path) -> None:
    """Nothing of the machine or the moment of a build gets into its manifest."""
    manifest = json.loads((small_release / MANIFEST).read_text(encoding="utf-8"))

    assert ["name", "version", "software", "source", "default_graph", "graphs", "files"] == list(
        manifest
    )
    assert str(small_release.parent) not in json.dumps(manifest)


def test_quotes_are_in_the_dumps_letter_by_letter(small_release: Path) -> None:
    """A literal is written as its author wrote it."""
    text = Release.open(small_release).dump("nq").read_text(encoding="utf-8")

    assert '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>' in text
    assert '"01"^^<http://www.w3.org/2001/XMLSchema#integer>' in text


def test_report_is_of_the_graph(small_release: Path) -> None:
    """The report in the release counts the statements of its default graph."""
    report = json.loads((small_release / "report.json").read_text(encoding="utf-8"))

    assert (True, Release.open(small_release).default_graph) == (
        report["conforms"],
        report["statements"],
    )


def test_stored_queries_are_copied(small_text: Path, small_release: Path) -> None:
    """The queries of a release are those of its text."""
    name = "queries/plans/plan-principles.rq"

    assert (small_text / name).read_bytes() == (small_release / name).read_bytes()


# The dumps agree


@pytest.fixture(scope="module", params=["small", "plan"])
def release(request: pytest.FixtureRequest) -> Release:
    """The small release, and that of the plan."""
    name = {"small": "small_release", "plan": "release_folder"}[request.param]
    return Release.open(request.getfixturevalue(name))


@pytest.mark.parametrize("extension", FORMATS)
def test_manifest_counts_what_the_engine_reads(release: Release, extension: str) -> None:
    """The engine parses as many distinct statements from a dump as the manifest says."""
    path = release.dump(extension)
    quads = set(pyoxigraph.parse(path.read_bytes(), format=FORMATS[extension]))

    assert release.files[path.name].statements == len(quads)


@pytest.mark.parametrize("extension", FORMATS)
def test_manifest_counts_what_rdflib_reads(release: Release, extension: str) -> None:
    """rdflib parses as many statements from a dump as the manifest says."""
    path = release.dump(extension)
    dataset = Dataset()
    with pytest.MonkeyPatch.context() as patch:
        # rdflib would make one literal of "1" and "01".
        patch.setattr("rdflib.NORMALIZE_LITERALS", False)
        format_ = {"nq": "nquads", "trig": "trig", "ttl": "turtle"}[extension]
        dataset.parse(data=path.read_bytes(), format=format_)

    assert release.files[path.name].statements == len(list(dataset.quads()))


def test_trig_and_nquads_are_the_same(release: Release) -> None:
    """Both dumps of named graphs hold the same statements."""
    nquads, trig = (
        pyoxigraph.Dataset(pyoxigraph.parse(release.dump(each).read_bytes(), format=FORMATS[each]))
        for each in ("nq", "trig")
    )
    for each in (nquads, trig):
        # The lists in the shapes are blank nodes, which have other labels in each file.
        each.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)

    assert nquads == trig


def test_turtle_is_the_union_of_the_named_graphs(release: Release) -> None:
    """The Turtle dump is the default graph: the set-union of all graphs but two."""
    nquads = pyoxigraph.parse(release.dump("nq").read_bytes(), format=FORMATS["nq"])
    turtle = pyoxigraph.parse(release.dump("ttl").read_bytes(), format=FORMATS["ttl"])
    union = {
        quad.triple
        for quad in nquads
        if isinstance(quad.graph_name, pyoxigraph.NamedNode)
        and quad.graph_name.value not in NOT_IN_DEFAULT_GRAPH
    }

    assert union == {quad.triple for quad in turtle}
    assert release.default_graph == len(union)


def test_manifest_counts_each_named_graph(release: Release) -> None:
    """The manifest has the number of statements of each named graph."""
    counts: dict[str, int] = {}
    for quad in pyoxigraph.parse(release.dump("nq").read_bytes(), format=FORMATS["nq"]):
        assert isinstance(quad.graph_name, pyoxigraph.NamedNode)
        counts[quad.graph_name.value] = counts.get(quad.graph_name.value, 0) + 1

    assert release.graphs == counts


def test_data_have_no_blank_nodes(release: Release) -> None:
    """No statement outside of the shapes has a blank node."""
    anonymous = [
        str(quad)
        for quad in pyoxigraph.parse(release.dump("nq").read_bytes(), format=FORMATS["nq"])
        if "graph/shapes" not in str(quad.graph_name)
        and pyoxigraph.BlankNode in (type(quad.subject), type(quad.object))
    ]

    assert [] == anonymous


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_ontology_and_shapes_stand_alone_too(release: Release, name: str) -> None:
    """Ontology and shapes are files of their own, with the statements of their graphs."""
    file = release.files[f"{name}.ttl"]

    assert release.graphs[f"https://w3id.org/miwdap/graph/{name}"] == file.statements


# The same bytes


def test_two_processes_write_the_same_bytes(small_text: Path, tmp_path: Path) -> None:
    """Builds with different hash seeds, from and to different folders, have the same manifest."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom miwdap_kg.workshop.build import build\n"
        "build(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    manifests = []
    for seed in ("1", "2"):
        small_text = small_text.rename(tmp_path / f"text-{seed}")
        output = tmp_path / f"release-{seed}"
        subprocess.run(
            [sys.executable, "-c", program, small_text, output],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC+{seed}"},
            check=True,
        )
        manifests.append((output / MANIFEST).read_bytes())

    assert manifests[0] == manifests[1]


# There already


def test_release_of_the_same_text_is_returned(small_text: Path, tmp_path: Path) -> None:
    """A second build of the same text verifies what is there, and writes nothing."""
    output = tmp_path / "release"
    first = build(small_text, output)
    before = (output / MANIFEST).stat().st_mtime_ns
    steps: list[str] = []

    second = build(small_text, output, progress=steps.append)

    assert (first, before, []) == (second, (output / MANIFEST).stat().st_mtime_ns, steps)


def test_altered_release_is_not_returned(small_text: Path, tmp_path: Path) -> None:
    """A release that was changed since it was built is refused, and the file is named."""
    output = tmp_path / "release"
    build(small_text, output)
    (output / "report.txt").write_text("All is well.\n", encoding="utf-8")

    with pytest.raises(ReleaseCorrupt, match=r"report\.txt"):
        build(small_text, output)


def test_release_of_another_text_is_not_written_over(small_text: Path, tmp_path: Path) -> None:
    """A folder with the release of another text is left alone."""
    output = tmp_path / "release"
    build(small_text, output)
    rewrite(small_text, "data/catalog.ttl", "2026-11-22", "2026-11-23")

    with pytest.raises(ReleaseExists) as caught:
        build(small_text, output)

    assert (
        f"{output} is not empty, and a release is never written over. "
        "Choose another folder, or remove this one first." == str(caught.value)
    )
    assert "2026-11-22" == Release.open(output).version


def test_folder_with_other_things_is_not_written_to(small_text: Path, tmp_path: Path) -> None:
    """A folder with anything in it is left alone, and a file is no folder."""
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    file.write_text("mine", encoding="utf-8")

    for output in (folder, file):
        with pytest.raises(ReleaseExists):
            build(small_text, output)

    assert ["file", "folder", "folder/mine.txt"] == [
        name for name in below(tmp_path) if not name.startswith("text")
    ]


def test_empty_folder_is_filled(small_text: Path, tmp_path: Path) -> None:
    """An empty folder, and one that is not there yet, can be written to."""
    output = tmp_path / "a" / "b"
    output.mkdir(parents=True)

    written = [build(small_text, output).folder, build(small_text, tmp_path / "c" / "d").folder]

    assert [output, tmp_path / "c" / "d"] == written


def test_folder_at_hand_can_be_named_by_a_dot(
    small_text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.` is the empty folder that one stands in."""
    output = tmp_path / "here"
    output.mkdir()
    monkeypatch.chdir(output)

    assert output == build(small_text, Path()).folder


def test_two_builds_of_one_text_may_end_together(small_text: Path, tmp_path: Path) -> None:
    """When another process was faster, its release is the release."""
    output = tmp_path / "release"

    def be_overtaken(step: str) -> None:
        if step == "writing report.ttl":
            build(small_text, output)

    release = build(small_text, output, progress=be_overtaken)

    assert Release.open(output) == release
    assert ["release", "text"] == sorted(path.name for path in tmp_path.iterdir())


# Refused, with nothing written


def unlabel(text: Path) -> None:
    rewrite(text, "data/translation.ttl", 'id:example-principle skos:prefLabel "例の推進"@ja .', "")


def test_graph_that_does_not_conform_is_refused(small_text: Path, tmp_path: Path) -> None:
    """A graph that breaks a rule is refused with the report, and no release is written."""
    unlabel(small_text)

    with pytest.raises(ReleaseRejected) as caught:
        build(small_text, tmp_path / "releases" / "new")

    assert ["principle-label"] == [each.rule for each in caught.value.report.results]  # type: ignore[attr-defined]
    assert str(caught.value).startswith("No release written: The graph of ")
    assert not (tmp_path / "releases").exists()


def test_warning_is_no_reason_to_refuse(small_text: Path, tmp_path: Path) -> None:
    """A graph with a warning becomes a release whose report tells it."""
    rewrite(small_text, "data/letter.trig", "        miw:ordinal 1 ;\n", "")

    release = build(small_text, tmp_path / "new")

    assert "WARNING  id:example-principle" in (release.folder / "report.txt").read_text()


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "column"),
    [
        ("data/letter.trig", "miw:ordinal 1 ;", "miw:ordinal ;", 29, 21),
        ("data/translation.ttl", "@ja .", "@ja", 6, 1),
        ("data/reference/places.ttl", '"392"', '"392', 8, 25),
        ("ontology/example.ttl", "owl:Class .", "owl:Clas s .", 4, 21),
        ("shapes/principle.ttl", "sh:minCount 2", "sh:minCount", 14, 17),
    ],
    ids=["document", "translation", "reference", "ontology", "shapes"],
)
def test_broken_file_is_refused(
    small_text: Path, tmp_path: Path, name: str, old: str, new: str, line: int, column: int
) -> None:
    """A file that cannot be read is named with line and column, and no release is written."""
    path = rewrite(small_text, name, old, new)

    with pytest.raises(RdfSyntaxError) as caught:
        build(small_text, tmp_path / "releases" / "new")

    assert (path, line, column) == (caught.value.path, caught.value.line, caught.value.column)
    assert not (tmp_path / "releases").exists()


@pytest.mark.parametrize(
    ("new", "stated"),
    [
        ("", "none"),
        ('dcat:version "1" ;', "'1'"),
        ('dcat:version "../../x" ;', "'../../x'"),
        ('dcat:version "2026-11-22" , "2026-11-23" ;', "'2026-11-22', '2026-11-23'"),
    ],
    ids=["none", "a number", "a path", "two"],
)
def test_version_is_one_date(small_text: Path, tmp_path: Path, new: str, stated: str) -> None:
    """The catalogue states one version, a date; nothing else gets into file names."""
    path = rewrite(small_text, "data/catalog.ttl", 'dcat:version "2026-11-22" ;', new)

    with pytest.raises(AuthoringError) as caught:
        build(small_text, tmp_path / "new")

    assert (
        f"{path}: states as version: {stated}. "
        "Give <https://w3id.org/miwdap/dataset> one dcat:version, a date." == str(caught.value)
    )


def test_folder_without_text_is_refused(tmp_path: Path) -> None:
    """Where there is no text, there is nothing to build."""
    with pytest.raises(ConfigurationError, match=r"holds no data/\*\.trig"):
        build(tmp_path, tmp_path / "new")


class Interruption(BaseException):
    """What a person does in the middle."""


@pytest.mark.parametrize(
    "step",
    [
        "reading the text",
        "validating: shapes",
        "writing miwdap-2026-11-22.nq",
        "writing report.json",
        "writing shapes/checks/plan-in-a-passage.rq",
    ],
)
@pytest.mark.parametrize("reason", [Interruption, KeyboardInterrupt, OSError], ids=str)
def test_interrupted_build_leaves_nothing(
    small_text: Path, tmp_path: Path, step: str, reason: type[BaseException]
) -> None:
    """Wherever a build is interrupted, neither a release nor a draft is left."""
    output = tmp_path / "releases" / "new"
    output.parent.mkdir()

    with pytest.raises(reason):
        build(small_text, output, progress=raise_at(step, reason))

    assert [] == below(output.parent)


def raise_at(step: str, reason: type[BaseException]) -> Callable[[str], None]:
    def progress(at: str) -> None:
        if at == step:
            raise reason

    return progress


def test_progress_names_each_step(small_text: Path, tmp_path: Path) -> None:
    """Progress is told before each step."""
    steps: list[str] = []

    release = build(small_text, tmp_path / "new", progress=steps.append)

    assert ["reading the text", "validating: shapes", "validating: check plan-in-a-passage"] == (
        steps[:3]
    )
    assert sorted(f"writing {name}" for name in release.files) == sorted(steps[3:])


def test_release_can_be_read_by_others(small_text: Path, tmp_path: Path) -> None:
    """A release folder is not as closed as the draft it was written in."""
    release = build(small_text, tmp_path / "new")

    assert 0o755 == release.folder.stat().st_mode & 0o777
