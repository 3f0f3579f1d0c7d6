"""`KnowledgeGraph`, the Python face of one release."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from miwdap_kg.current_release import current_release
from miwdap_kg.errors import QueryNotAllowed, ReleaseNotFound
from miwdap_kg.execution import Execution, QueryRequest
from miwdap_kg.execution.in_process import InProcessExecution
from miwdap_kg.execution.inspection import QueryLimits
from miwdap_kg.formats import DUMP_FORMATS, GRAPH_FORMATS, SOLUTION_FORMATS, Format, by_name
from miwdap_kg.namespaces import expand
from miwdap_kg.queries import QueryLibrary, Term
from miwdap_kg.release import Release
from miwdap_kg.settings import Settings
from miwdap_kg.solutions import Solutions, Value, is_true
from miwdap_kg.sparql import outline
from miwdap_kg.store import Store

__all__ = ["Evidence", "KnowledgeGraph"]

_JSON: Final = SOLUTION_FORMATS[0]

_EVIDENCE: Final = """\
PREFIX miw: <https://w3id.org/miwdap/def#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?subject ?predicate ?object ?passage ?quote ?document ?title ?line ?reliability
WHERE {
  GRAPH ?passage { ?subject ?predicate ?object }
  ?passage miw:quote|miw:paraphrase ?quote ; oa:hasSource ?document .
  OPTIONAL { ?passage miw:line ?line }
  OPTIONAL { ?document skos:prefLabel ?title FILTER(LANG(?title) = "en") }
  OPTIONAL { ?document miw:reliability ?reliability }
}
ORDER BY ?document ?line ?passage ?subject ?predicate ?object
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A statement with the passage that says it.

    *quote* is the passage's words; in square brackets, a retelling where they were not kept.
    """

    subject: Value
    predicate: Value
    object: Value
    passage: str
    quote: str
    document: str
    title: str | None
    line: int | None
    reliability: str | None


class KnowledgeGraph:
    """One release, open for questions.

    >>> graph = KnowledgeGraph.open()
    >>> graph.run("principles")[0]["label"]
    'Promotion of SDGs'
    """

    def __init__(
        self,
        execution: Execution,
        *,
        queries: QueryLibrary,
        named_graphs: Mapping[str, int],
        release: Release | None = None,
    ) -> None:
        self.execution = execution
        self.queries = queries
        self.named_graphs = named_graphs
        self.release = release

    @classmethod
    def open(
        cls, release: Release | Path | str | None = None, *, settings: Settings | None = None
    ) -> Self:
        """Return the graph of a release.

        Args:
            release: a release or its folder; without it the release of the text at hand is taken,
                and built first when it is not there yet.
            settings: where text and releases are, and the limits; the environment's by default.

        Raises:
            ReleaseNotFound: the folder holds no release.
            ReleaseCorrupt: a file is not the one that the manifest describes.
        """
        settings = settings or Settings.read()
        if release is None:
            release = current_release(settings)
        elif not isinstance(release, Release):
            release = Release.open(release)
        return cls(
            InProcessExecution(Store.of_release(release.dump("nq")), limits=_limits(settings)),
            queries=QueryLibrary.read(release.folder / "queries"),
            named_graphs=release.graphs,
            release=release,
        )

    @classmethod
    def over(cls, execution: Execution, *, release: Release | None = None) -> Self:
        """Return the graph of a release, or of other data, that an execution answers from."""
        if release is None:
            return cls(execution, queries=QueryLibrary({}), named_graphs={})
        return cls(
            execution,
            queries=QueryLibrary.read(release.folder / "queries"),
            named_graphs=release.graphs,
            release=release,
        )

    @classmethod
    def of_store(cls, store: Store, *, settings: Settings | None = None) -> Self:
        """Return a graph over any store; it has no release and no stored queries."""
        settings = settings or Settings.read()
        return cls(
            InProcessExecution(store, limits=_limits(settings)),
            queries=QueryLibrary({}),
            named_graphs=store.named_graphs(),
        )

    def select(self, query: str, **bindings: Term) -> Solutions:
        """Return the solutions of a SELECT.

        >>> len(KnowledgeGraph.open().select("SELECT ?g WHERE { GRAPH ?g {} }")) > 64
        True
        """
        return Solutions.of_json(self._answer(query, "select", _JSON, bindings))

    def ask(self, query: str, **bindings: Term) -> bool:
        """Return the answer of an ASK."""
        return is_true(self._answer(query, "ask", _JSON, bindings))

    def construct(self, query: str, format: str = "turtle", **bindings: Term) -> str:  # noqa: A002
        """Return the graph of a CONSTRUCT, written in a format of `GRAPH_FORMATS`."""
        chosen = by_name(format, GRAPH_FORMATS)
        return self._answer(query, "construct", chosen, bindings).decode()

    def describe(self, query: str, format: str = "turtle", **bindings: Term) -> str:  # noqa: A002
        """Return the graph of a DESCRIBE, written in a format of `GRAPH_FORMATS`."""
        chosen = by_name(format, GRAPH_FORMATS)
        return self._answer(query, "describe", chosen, bindings).decode()

    def run(self, name: str, **parameters: str) -> Solutions:
        """Return the solutions of a stored query, with parameters given as text.

        Raises:
            LookupFailure: there is no query of that name.
            ParameterError: a parameter is unknown or has a wrong value.

        >>> rows = KnowledgeGraph.open().run("list-members", list="id:list-twenty-projects")
        >>> [(row["stated"], row["listed"], row["missing"]) for row in rows]
        [(20, 0, 20)]
        """
        query = self.queries[name]
        return self.select(query.text, **query.bindings(parameters))

    def evidence(
        self,
        subject: str | None = None,
        predicate: str | None = None,
        object: str | None = None,  # noqa: A002
    ) -> Sequence[Evidence]:
        """Return the statements that fit, each with the quoted passage that says it.

        Args:
            subject, predicate, object: an IRI, a prefixed name, or a key; None fits everything.

        >>> KnowledgeGraph.open().evidence("plan", "miw:hasPrinciple", "principle-1")[0].quote
        'Principle 1: Promotion of SDGs'
        """
        given = {"subject": subject, "predicate": predicate, "object": object}
        bindings = {name: Term(expand(value)) for name, value in given.items() if value is not None}
        rows = self.select(_EVIDENCE, **bindings).to_dicts()
        return tuple(Evidence(**row) for row in rows)  # type: ignore[arg-type]  # rows have its fields

    def dump(self, format: str, to: Path | str) -> Path:  # noqa: A002
        """Write the release's dump in a format to a file or into a folder, and return its path.

        Raises:
            NotAcceptable: the release has no dump in that format.
        """
        source, to = self.dump_path(format), Path(to)
        return Path(shutil.copyfile(source, to / source.name if to.is_dir() else to))

    def dump_path(self, format: str) -> Path:  # noqa: A002
        """Return the path of the release's dump in a format.

        Raises:
            NotAcceptable: the release has no dump in that format.
            ReleaseNotFound: this graph was not opened from a release.
        """
        chosen = by_name(format, DUMP_FORMATS)
        if self.release is None:
            raise ReleaseNotFound("this store")
        return self.release.dump(chosen.extension)

    def _answer(
        self, query: str, form: str, format_: Format, bindings: Mapping[str, Term]
    ) -> bytes:
        found = outline(query).form
        if found is not None and found not in (form, "update"):
            raise QueryNotAllowed(
                f"This is a query of the form {found.upper()}: ask it with .{found}(), "
                f"not with .{form}()."
            )
        output = io.BytesIO()
        self.execution.execute(QueryRequest(query, format_, bindings=bindings), output)
        return output.getvalue()


def _limits(settings: Settings) -> QueryLimits:
    return QueryLimits(query_bytes=settings.max_query_bytes, answer_bytes=settings.max_answer_bytes)
