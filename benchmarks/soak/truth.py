"""The questions of the soak, with answers that come from the release's files alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from benchmarks.answers import Content, difference, read
from benchmarks.asking import CSV, JSON, NUMBER, Answer, Request
from benchmarks.workloads import WORKLOADS, write_dataset

__all__ = ["ENDLESS", "HEAVY", "LIGHT", "REPEATED", "RUNAWAY", "WHOLE", "Truth", "digest"]

_PREFIXES: Final = """\
PREFIX id: <https://w3id.org/miwdap/id/>
PREFIX miw: <https://w3id.org/miwdap/def#>
"""
_NOT_NONE: Final = f"?one != id:none-{NUMBER}"

LIGHT: Final = tuple(each.request for each in WORKLOADS if each.name in ("ASK", "SELECT 20"))
REPEATED: Final = tuple(each.request for each in WORKLOADS if "whole" not in each.name)
HEAVY: Final = tuple(
    Request(_PREFIXES + text, JSON)
    for text in (
        "SELECT (COUNT(*) AS ?pairs) WHERE { ?one a miw:Link . ?two a miw:Passage . "
        f"FILTER ({_NOT_NONE} && STRLEN(STR(?one)) > STRLEN(STR(?two))) }}",
        "SELECT ?one ?two WHERE { ?one a miw:Place . ?two a miw:Passage . "
        f"FILTER ({_NOT_NONE}) }} ORDER BY DESC(STRLEN(STR(?two))) ?two ?one LIMIT 5",
        "SELECT ?kind (COUNT(?two) AS ?all) (COUNT(DISTINCT ?two) AS ?some) WHERE { "
        f"?one a ?kind . ?one ?property ?two . FILTER ({_NOT_NONE}) }} GROUP BY ?kind",
    )
)
WHOLE: Final = Request(
    f"{_PREFIXES}SELECT * WHERE {{ ?one ?property ?two . FILTER ({_NOT_NONE}) }}", CSV
)
RUNAWAY: Final = Request(
    _PREFIXES + "SELECT (COUNT(*) AS ?all) WHERE { ?one ?a ?b . ?two ?c ?d . ?three ?e ?f . "
    f"FILTER ({_NOT_NONE}) }}",
    JSON,
)
ENDLESS: Final = Request(
    _PREFIXES + f"SELECT * WHERE {{ ?one ?a ?b . ?two ?c ?d . FILTER ({_NOT_NONE}) }}", JSON
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true: answers by question, and the checksums of the files."""

    contents: Mapping[Request, Content]
    whole_digest: str
    files: Mapping[str, str]
    version: str

    @classmethod
    def of_release(cls, release: Path, workplace: Path) -> Truth:
        """Return the truth of a release, told by an engine of our own."""
        dataset = workplace / "truth.nq"
        write_dataset(release, dataset)
        store = ox.Store()
        store.bulk_load(path=dataset, format=ox.RdfFormat.N_QUADS)
        contents = {each: _answer(store, each) for each in (*REPEATED, *HEAVY)}
        rows = store.query(WHOLE.numbered(0).query)
        assert isinstance(rows, ox.QuerySolutions)
        whole = rows.serialize(format=ox.QueryResultsFormat.CSV) or b""
        manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
        return cls(
            contents,
            digest(whole),
            {name: each["sha256"] for name, each in manifest["files"].items()},
            manifest["version"],
        )

    def problem(self, request: Request, answer: Answer) -> str:
        """Return what is wrong with an answer to one of the questions, or nothing."""
        try:
            return difference(self.contents[request], read(answer))
        except ValueError as error:
            return str(error)


def digest(csv: bytes) -> str:
    """Return a checksum of rows in any order."""
    return hashlib.sha256(b"\n".join(sorted(csv.split(b"\r\n")))).hexdigest()


def _answer(store: ox.Store, request: Request) -> Content:
    answer = store.query(request.numbered(0).query)
    if isinstance(answer, ox.QueryTriples):
        body = ox.serialize(answer, format=ox.RdfFormat.TURTLE) or b""
    else:
        body = answer.serialize(format=ox.QueryResultsFormat.JSON) or b""
    return read(Answer(200, request.accept, body, 0.0))
