"""How much is in a store, told beside each one on disk so that nobody has to count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from miwdap_kg.errors import StoreFailure

__all__ = ["Contents", "unopened"]

_NAME: Final = "contents.json"


@dataclass(frozen=True, slots=True)
class Contents:
    """How many statements a store holds, and how many of them each named graph does.

    Of more named graphs than 100,000 just so many are told.
    """

    statements: int
    named_graphs: Mapping[str, int]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return what is in the store on disk in a folder, without opening it.

        Raises:
            StoreFailure: the folder holds no store, or a broken one.
        """
        try:
            return cls(**json.loads((folder / _NAME).read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise unopened(folder, error) from error

    def write(self, folder: Path) -> None:
        """Write it into the folder of a store."""
        (folder / _NAME).write_text(json.dumps(asdict(self)), encoding="utf-8")


def unopened(folder: Path, error: Exception) -> StoreFailure:
    """Return the failure to open the store in a folder."""
    return StoreFailure(
        folder,
        f"cannot be opened: {error}. "
        "Remove the folder and start again; the files are then loaded anew.",
    )
