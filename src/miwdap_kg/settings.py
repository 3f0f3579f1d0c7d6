"""The settings: each with its name, type, default, meaning, and where its value came from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from miwdap_kg.errors import ConfigurationError

__all__ = ["ENVIRONMENT_PREFIX", "Origin", "Settings", "find_text"]

ENVIRONMENT_PREFIX: Final = "MIWDAP_"

_PACKAGE: Final = Path(__file__).parent


def find_text() -> Path:
    """Return the folder of the text a release is made from: the checkout's, or the wheel's."""
    checkout = _PACKAGE.parent.parent
    is_checkout = (checkout / "pyproject.toml").is_file() and (checkout / "data").is_dir()
    return checkout if is_checkout else _PACKAGE / "_text"


def _find_releases() -> Path:
    text = find_text()
    if text != _PACKAGE / "_text":
        return text / "releases"
    return platformdirs.user_cache_path("miwdap-kg") / "releases"


class Settings(BaseSettings):
    """Everything that can be set, as one value that is passed on.

    Raises:
        ConfigurationError: (from `read`) a value cannot be used.

    >>> Settings.read(port=8080).port
    8080
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    host: str = Field("127.0.0.1", description="The address that the server listens on.")
    port: int = Field(
        8000, ge=0, le=65535, description="The port that the server listens on; 0 takes a free one."
    )
    release: Path | None = Field(
        None,
        description="The release folder to open; without it, the release of the text is opened, "
        "and built first when it is not there.",
    )
    text: Path = Field(
        default_factory=find_text,
        description="The folder of data, ontology, shapes and queries that a release is made from.",
    )
    releases: Path = Field(
        default_factory=_find_releases,
        description="The folder that keeps the releases built on first start.",
    )
    max_query_bytes: int = Field(
        256 * 1024, ge=1, description="The largest query text taken, in bytes of UTF-8."
    )
    max_answer_bytes: int = Field(
        256 * 1024 * 1024, ge=1, description="The largest answer given, in bytes."
    )
    shutdown_seconds: float = Field(
        5.0,
        ge=0,
        description="How long running answers may take to finish after Ctrl-C or SIGTERM; "
        "what is not done by then is cut, visibly.",
    )

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Return the settings: what is *given*, else the environment, else the defaults."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            problems = "; ".join(
                f"setting '{each['loc'][0]}' ({ENVIRONMENT_PREFIX}{str(each['loc'][0]).upper()}) "
                f"is {each['input']!r}: {each['msg']}"
                for each in error.errors()
            )
            raise ConfigurationError(
                f"{problems}. Correct it, or leave it out for the default."
            ) from error

    def origins(self, **given: Any) -> Iterator[Origin]:
        """Yield each setting with its value and where the value came from."""
        # Names in the environment count in any case, and an empty value as none.
        environment = {name.upper() for name, value in os.environ.items() if value}
        for name, field in type(self).model_fields.items():
            variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
            if given.get(name) is not None:
                origin = "option"
            elif variable in environment:
                origin = f"environment {variable}"
            else:
                origin = "default"
            yield Origin(name, getattr(self, name), origin, field.description or "")


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting: its name, its value, where the value came from, and what it means."""

    name: str
    value: object
    origin: str
    meaning: str
