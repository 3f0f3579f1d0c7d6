"""What a nursery and its workers have to know, as their server tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from miwdap_kg.described_limits import LIMITS
from miwdap_kg.execution import Execution
from miwdap_kg.execution.inspection import QueryLimits
from miwdap_kg.release import Release
from miwdap_kg.service_description import Served
from miwdap_kg.web.answering import Answering
from miwdap_kg.web.protocol import MAX_URL_BYTES

if TYPE_CHECKING:
    # A worker does without the settings, and without the library that reads them.
    from miwdap_kg.settings import Settings

__all__ = ["PROGRAM", "WorkerConfig"]

PROGRAM: Final = "miwdap_kg.web.worker"
"""The program of nursery and workers, as `python -m` takes it."""


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """The data, the limits, and what is told of both.

    *source* is a `DataSource` and *engine* an `Engine`, as values that JSON has; one of them is
    None. *release* is the folder of the release, if it is one that is served.
    """

    source: Mapping[str, Any] | None
    engine: Mapping[str, Any] | None
    release: str | None
    limits: Mapping[str, float]
    service_allow: tuple[str, ...] = ()
    gateway: str | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        source: Mapping[str, Any] | None = None,
        engine: Mapping[str, Any] | None = None,
        release: Release | None = None,
        gateway: str | None = None,
    ) -> Self:
        """Return what the settings say."""
        limits = {name: getattr(settings, name) for name in LIMITS if hasattr(settings, name)}
        if not settings.service_allow:
            del limits["service_seconds"]
        fixed = {name: value for name, value in asdict(QueryLimits()).items() if name in LIMITS}
        return cls(
            source=source,
            engine=engine,
            release=None if release is None else str(release.folder),
            limits={**limits, **fixed, "max_url_bytes": MAX_URL_BYTES},
            service_allow=tuple(settings.service_allow),
            gateway=gateway,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as values that JSON has."""
        return asdict(self)

    @property
    def query_limits(self) -> QueryLimits:
        """How large a query and its answer may be."""
        return QueryLimits(
            query_bytes=int(self.limits["max_query_bytes"]),
            answer_bytes=int(self.limits["max_answer_bytes"]),
            rows=int(self.limits["max_rows"]),
        )

    def answering(
        self, execution: Execution, *, left_out: frozenset[str], functions: tuple[str, ...]
    ) -> Answering:
        """Return what answers questions by an execution.

        Args:
            execution: runs the queries.
            left_out: the named graphs that are not in a release's default graph.
            functions: the extension functions that its engine has.
        """
        digest, served = None, Served()
        if self.release is not None:
            release = Release.describe(self.release)
            digest = release.digest
            served = Served(
                default_graph=release.default_graph,
                named_graphs=release.graphs,
                left_out=left_out,
                version=release.version,
                dumps=[
                    f"dumps/{release.version}/{name}"
                    for name in release.files
                    if name.startswith("miwdap-")
                ],
            )
        return Answering(
            execution,
            digest,
            self.limits,
            served=served,
            functions=functions,
            services=self.service_allow,
        )
