"""The release of the text at hand, built by a process of its own when it is not there yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from miwdap_kg.errors import ReleaseError, ReleaseNotFound
from miwdap_kg.release import Release
from miwdap_kg.settings import Settings
from miwdap_kg.text import text_digest

__all__ = ["current_release", "usual_folder"]


def current_release(settings: Settings) -> Release:
    """Return the release that the settings name, or that of the text, built first if need be.

    The build runs in a process of its own: what it loads is gone when it ends, and it shows its
    progress on a terminal.

    Raises:
        ReleaseError: the release named is no good, or the build was refused.
        ConfigurationError: there is no text to build from.
    """
    if settings.release is not None:
        return Release.open(settings.release)
    folder = usual_folder(settings)
    try:
        return Release.open(folder)
    except ReleaseNotFound:
        _build(settings.text, folder)
    return Release.open(folder)


def usual_folder(settings: Settings) -> Path:
    """Return the folder that keeps the release of the text at hand, named after its digest."""
    return settings.releases / text_digest(settings.text)[:12]


def _build(text: Path, folder: Path) -> None:
    command = [sys.executable, "-P", "-m", "miwdap_kg", "build", "--output", str(folder)]
    done = subprocess.run(  # noqa: S603  # our own program, with no shell
        [*command, "--text", str(text), "--quiet"], check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise ReleaseError(
            f"The release of {text} could not be built; what is wrong stands above. "
            "Mend the text, or set MIWDAP_RELEASE to a release that is built."
        )
