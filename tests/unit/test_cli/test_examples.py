"""The examples in the help of the verbs, each run as printed."""

from __future__ import annotations

import gzip
import shlex
import shutil
from pathlib import Path

import pytest

from miwdap_kg.cli.verbs import VERBS

from .conftest import Ask, Serve

EXAMPLES = [each for verb in VERBS for each in verb.examples]


def examples(*verbs: str) -> list[str]:
    """Return the examples of some verbs."""
    return [each for each in EXAMPLES if each.split()[0] in verbs]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    # What the examples name, in the folder that they run in.
    (tmp_path / "question.rq").write_text("SELECT * WHERE { ?s ?p ?o } LIMIT 1")
    (tmp_path / "plan.ttl").write_text("<x:s> <x:p> 1 .")
    with gzip.open(tmp_path / "more.trig.gz", "wt") as file:
        file.write("<x:g> { <x:s> <x:p> 2 }")


@pytest.mark.parametrize("example", examples("serve"))
def test_serving(serve: Serve, example: str):
    """Serves until it is told to stop; only the port is another, so that it is free."""
    server = serve(*shlex.split(example)[1:])

    assert "s\r\n" in server.csv("SELECT DISTINCT ?s { ?s ?p ?o }")
    assert 0 == server.stop().status


@pytest.mark.parametrize("example", examples("validate", "build", "settings"))
def test_making(execute: Ask, example: str):
    """Works on any text."""
    outcome = execute(*shlex.split(example))

    assert 0 == outcome.status, outcome.err


@pytest.mark.parametrize(
    "example", examples("query", "run", "describe", "evidence", "gaps", "dump")
)
def test_asking(
    execute: Ask,
    root: Path,
    release_folder: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    example: str,
):
    """Finds something in the real text."""
    if "newsletter.txt" in example:
        shared: Path = request.getfixturevalue("shared")
        shutil.copy(shared / "sources" / "newsletter-vol31-no2.txt", tmp_path / "newsletter.txt")
    outcome = execute(
        *shlex.split(example), MIWDAP_TEXT=str(root), MIWDAP_RELEASE=str(release_folder)
    )

    assert 0 == outcome.status, outcome.err
    assert outcome.out or "--output" in example


@pytest.mark.parametrize("example", examples("verify"))
def test_verifying(execute: Ask, small_release: Path, tmp_path: Path, example: str):
    """Works on a release that was built as the example of `build` does."""
    shutil.copytree(small_release, tmp_path / "out" / "release")
    outcome = execute(*shlex.split(example))

    assert 0 == outcome.status, outcome.err


def test_all_examples_are_run():
    """No verb's examples are left out above, but those that need another engine."""
    tested = "serve validate build settings query run describe evidence gaps dump verify".split()
    need_an_engine = ["push"]

    assert sorted(tested + need_an_engine) == sorted(verb.name for verb in VERBS)
