"""The settings: each with its name, type, default, meaning, and where its value came from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import platformdirs
from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

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


def _find_stores() -> Path:
    return platformdirs.user_cache_path("miwdap-kg") / "stores"


def _split(value: Any) -> Any:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


ServicePrefixes = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$")], ...],
    NoDecode,
    BeforeValidator(_split),
]


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
    max_rows: int = Field(
        0,
        ge=0,
        description="The most rows that an answer to a SELECT has; 0 for any number. "
        "An answer that is cut there says so.",
    )
    query_seconds: float = Field(
        15.0, gt=0, description="How long a query may run, in seconds, before it is stopped."
    )
    worker_memory_mb: int = Field(
        512, ge=32, description="How much memory a query may take beyond the data, in MiB."
    )
    workers: int = Field(
        default_factory=lambda: max(2, os.cpu_count() or 2),
        ge=1,
        le=64,
        description="How many processes answer queries; a query that runs for more than 50 ms "
        "leaves them for one of its own.",
    )
    heavy_workers: int = Field(
        4, ge=1, le=64, description="How many queries may run for longer than that at once."
    )
    queue: int = Field(64, ge=1, description="How many queries wait for a process.")
    cache_mb: int = Field(
        64,
        ge=0,
        description="How much memory the answers take that are kept to be given again, in MiB; "
        "0 keeps none.",
    )
    shutdown_seconds: float = Field(
        5.0,
        ge=0,
        description="How long running answers may take to finish after Ctrl-C or SIGTERM; "
        "what is not done by then is cut, visibly.",
    )
    log_cache_hits: bool = Field(
        False,
        description="Whether answers from the cache have a line in the log too; they are many, "
        "and each is counted at /metrics anyway.",
    )

    engine: str | None = Field(
        None,
        description="The address of a SPARQL 1.1 engine that answers the queries, such as "
        "https://example.org/sparql; without it, this program answers them itself.",
    )
    engine_default_graph: str | None = Field(
        None,
        description="The named graph of that engine that holds the default graph; for an engine "
        "that has no default graph of its own, such as Virtuoso.",
    )
    engine_user: str = Field("", description="The user that asks that engine, if it wants one.")
    engine_password: SecretStr | None = Field(
        None, description="The user's password; without a user, a bearer token."
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[^/\s?#]+)*$",
        description="The path below which a reverse proxy serves this program, such as /plan; "
        "the proxy takes it off.",
    )
    forwarded_allow_ips: str = Field(
        "127.0.0.1",
        description="The addresses of reverse proxies whose word about the client and its "
        "protocol is taken (X-Forwarded-For, X-Forwarded-Proto), between commas; * is anyone.",
    )

    store: Literal["auto", "memory", "disk"] = Field(
        "auto",
        description="Where the files after --data are held: in memory, in a store on disk that is "
        "filled once, or (auto) in memory up to about two million statements.",
    )
    stores: Path = Field(
        default_factory=_find_stores, description="The folder that keeps the stores on disk."
    )
    service_allow: ServicePrefixes = Field(
        (),
        description="What the addresses begin with that SERVICE clauses may ask, such as "
        "https://query.wikidata.org/sparql, between commas or spaces; none by default.",
    )
    service_seconds: float = Field(
        10.0, gt=0, description="How long a SERVICE clause waits for its answer, in seconds."
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
