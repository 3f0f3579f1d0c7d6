"""Runs what stands in code blocks, as a reader would, against a server and a built release."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PRINTED_ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def server(release_folder: Path, root: Path) -> Iterator[str]:
    """The address of a real server of the release, on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "miwdap_kg", "serve", "--port", "0"],
        env={**os.environ, "MIWDAP_RELEASE": str(release_folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=root,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if address := re.search(r"http://127\.0\.0\.1:\d+", line):
            yield address.group()
            break
    else:
        pytest.fail(f"the server did not start: {''.join(said)}")
    process.terminate()
    process.stdout.read()
    process.wait(timeout=30)
    process.stdout.close()


@pytest.fixture(scope="session")
def run_command(
    server: str, release_folder: Path, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """A function that runs a command of the documents and returns what it prints."""

    scratch = tmp_path_factory.mktemp("scratch")

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command.replace(PRINTED_ADDRESS, server)}"],
            env={
                **os.environ,
                "MIWDAP_RELEASE": str(release_folder),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "TMPDIR": str(scratch),
                "COLUMNS": "100",
                "NO_COLOR": "1",
            },
            capture_output=True,
            text=True,
            timeout=120,
            cwd=root,
        )
        assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    return run
