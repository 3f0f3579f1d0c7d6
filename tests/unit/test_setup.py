"""What a newcomer's first `make` does on a machine that lacks something."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHOUT_VENV = """#!/bin/sh
case "$*" in
    *ensurepip*) exit 1 ;;
    *) exit 0 ;;
esac
"""
TOO_OLD = """#!/bin/sh
case "$*" in
    *version_info*) exit 1 ;;
    *) exit 0 ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with the project's set-up, and a PATH of its own in `bin`."""
    for name in ("Makefile", "tools/venv", "tests/tools.txt", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "make", "sed", "awk", "sort", "touch", "printf", "rm", "mkdir"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def outside_of_make() -> dict[str, str]:
    """Return the environment without what a `make` around the tests has put there."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def make_serve(machine: Path) -> subprocess.CompletedProcess[str]:
    """Run `make serve` with nothing on the PATH but the machine's own programs."""
    return subprocess.run(
        ["make", "serve"],
        cwd=machine,
        env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("python", "message"),
    [
        pytest.param(
            None, "No python3 here. Run: sudo apt install python3 python3-venv", id="no-python"
        ),
        pytest.param(
            WITHOUT_VENV,
            "Python has no venv module here. Run: sudo apt install python3-venv",
            id="no-venv",
        ),
        pytest.param(
            TOO_OLD,
            "python3 is older than 3.11. Name a newer one: PYTHON=python3.12 make setup",
            id="too-old",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    machine: Path, python: str | None, message: str
) -> None:
    """One line names what to install, the status is 2, and no half environment is left."""
    if python is not None:
        program = machine / "bin" / "python3"
        program.write_text(python)
        program.chmod(0o755)

    done = make_serve(machine)

    said = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert ([message], 2) == (said, done.returncode)
    assert not (machine / ".venv").exists()


def test_every_verb_has_its_help() -> None:
    """`make` alone lists every verb."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)

    done = subprocess.run(
        ["make"], cwd=ROOT, env=outside_of_make(), capture_output=True, text=True, check=True
    )

    listed = {line.split()[1] for line in done.stdout.splitlines()}
    assert declared is not None
    assert set(declared[1].split()) - {"help"} == listed - {"help"}


def test_make_test_never_installs_debian_packages() -> None:
    """`make test` calls neither apt nor sudo; only `make test-tools` does."""
    recipe = subprocess.run(
        ["make", "--dry-run", "--always-make", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    tools = subprocess.run(
        ["make", "--dry-run", "test-tools"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert re.search(r"apt-get|sudo", recipe) is None
    assert "apt-get install" in tools
