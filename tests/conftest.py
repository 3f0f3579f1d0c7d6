"""What all tests share: the release of the text at hand, the sources, and outside programs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from miwdap_kg.knowledge_graph import KnowledgeGraph

ROOT = Path(__file__).parent.parent
TOOLS = [
    line.split()
    for line in (ROOT / "tests" / "tools.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def missing(what: str) -> None:
    """Skip the test for want of *what*, or fail it in continuous integration."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of sources and conformance suites that lies beside the project."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        missing("the folder ../shared with the source texts is not here; only maintainers have it")
    return folder


@pytest.fixture(scope="session")
def requires_tool() -> Callable[[str], str]:
    """A function that returns the path of an outside program, or skips the test."""

    def path_of(command: str) -> str:
        found = shutil.which(command)
        packages = [package for name, package in TOOLS if name == command]
        if not packages:
            raise KeyError(f"{command} is not in tests/tools.txt")
        if found is None:
            missing(f"no {command} here: sudo apt install {' '.join(packages)}")
        return str(found)

    return path_of


@pytest.fixture(scope="session")
def release_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of the text at hand, built once for all workers of a run."""
    from miwdap_kg.workshop.build import build

    shared_by_workers = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared_by_workers = shared_by_workers.parent
    return build(ROOT, shared_by_workers / "release").folder


@pytest.fixture(scope="session")
def graph(release_folder: Path) -> KnowledgeGraph:
    """The graph of the text at hand."""
    return KnowledgeGraph.open(release_folder)
