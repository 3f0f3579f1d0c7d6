"""The text that a release is made from: its files, and one digest for all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from miwdap_kg.errors import ConfigurationError

__all__ = ["text_digest", "text_files"]

_PATTERNS: Final = (
    "data/*.trig",
    "data/*.ttl",
    "data/*/*.ttl",
    "ontology/*.ttl",
    "shapes/*.ttl",
    "shapes/checks/*.rq",
    "queries/*/*.rq",
)
_PACKAGE: Final = Path(__file__).parent


def text_files(folder: Path) -> Iterator[Path]:
    """Yield the files below *folder* that a release is made from, in a fixed order.

    Raises:
        ConfigurationError: the folder holds no data.
    """
    if not any(folder.glob(_PATTERNS[0])):
        raise ConfigurationError(
            f"{folder} holds no data/*.trig, so there is nothing to make a release from. "
            "Set MIWDAP_TEXT to the folder that has data, ontology, shapes and queries."
        )
    for pattern in _PATTERNS:
        yield from sorted(folder.glob(pattern))


def text_digest(folder: Path) -> str:
    """Return the SHA-256 of all that decides a release's bytes: the text, and the code over it."""
    digest = hashlib.sha256()
    code = sorted([*_PACKAGE.glob("*.py"), *_PACKAGE.glob("workshop/*.py")])
    for root, paths in ((folder, text_files(folder)), (_PACKAGE, code)):
        for path in paths:
            content = path.read_bytes()
            name = path.relative_to(root).as_posix()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()
