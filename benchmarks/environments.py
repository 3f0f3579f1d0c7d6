"""Makes the peers' own virtual environments, and keeps them for the next run."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["PEERS", "environment", "versions"]

PEERS = Path(__file__).parent / "peers"
"""The folder of requirements: one file for each peer that comes from PyPI."""


def environment(peer: str, *, kept_in: Path) -> Path:
    """Return the folder of a peer's programs, made first when it is not there as required."""
    requirements = PEERS / f"{peer}.txt"
    version = sys.version.encode() + requirements.read_bytes()
    folder = kept_in / f"{peer}-{hashlib.sha256(version).hexdigest()[:12]}"
    if not (folder / "complete").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        command = [*install, "--disable-pip-version-check", "--requirement", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")
        (folder / "complete").touch()
    return folder / "bin"


def versions() -> dict[str, str]:
    """Return the version of each peer that the requirements name."""
    found = {}
    for path in sorted(PEERS.glob("*.txt")):
        pins = dict(
            line.split("==")
            for line in path.read_text(encoding="utf-8").splitlines()
            if "==" in line
        )
        found[path.stem] = pins[path.stem]
    return found
