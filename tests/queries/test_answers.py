"""Each stored query gives the answer that a person has read against the sources.

The answers stand in `expected/<query>.csv`, and in `expected/<query>--<case>.csv` for a query with
parameters. The answer of a CONSTRUCT is a graph, with a row for each triple.
`pytest tests/queries --update-expected` writes them anew.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from rdflib import Dataset, Literal, URIRef

from miwdap_kg.execution import QueryRequest
from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, by_name
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.namespaces import NAMESPACES, shorten
from miwdap_kg.queries import Query, QueryLibrary

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "expected"
LIBRARY = QueryLibrary.read(ROOT / "queries")
TRIPLE = ("subject", "predicate", "object")


@dataclass(frozen=True)
class Case:
    """A query, asked with these parameters; its answer stands in the file of this name."""

    name: str
    query: Query = field(repr=False)
    parameters: Mapping[str, str]

    @property
    def path(self) -> Path:
        return EXPECTED / f"{self.name}.csv"


UNSET = [Case(name, query, {}) for name, query in LIBRARY.items()]
EXAMPLES = [
    Case(f"{name}--{each.name}", query, {each.name: each.example})
    for name, query in LIBRARY.items()
    for each in query.parameters
]
FURTHER = [
    Case(f"{query}--{what}", LIBRARY[query], parameters)
    for query, what, parameters in [
        ("where-is-it-said", "words-in-japanese", {"words": "遠隔医療"}),
        ("where-is-it-said", "words-in-capitals", {"words": "MIWDAP2020"}),
        ("where-is-it-said", "words-nowhere", {"words": "submarine cable"}),
        ("evidence", "whole-statement", {
            "subject": "id:plan",
            "predicate": "miw:formulatedBy",
            "object": "id:mic",
        }),
        ("not-in-the-newsletter", "thing-in-list", {"thing": "id:list-twenty-projects"}),
    ]
]  # fmt: skip
CASES = [*UNSET, *EXAMPLES, *FURTHER]


def each_of(cases: Iterable[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


@each_of(CASES)
def test_answer_is_the_one_that_was_read(
    case: Case, graph: KnowledgeGraph, updates_expected: bool
) -> None:
    """The rows are those of the expected file, in its order, with all their columns."""
    found = table(case.query, bindings_of(graph, case))
    if updates_expected:
        write(case.path, found)
        pytest.skip(f"wrote {case.path.name}; read it against the sources before you keep it")

    assert case.path.is_file(), (
        f"There is no {case.path}. Write it with 'pytest tests/queries --update-expected', "
        "and read it against the sources before you keep it."
    )
    assert read(case.path) == found


def test_each_expected_answer_belongs_to_a_query() -> None:
    """No expected file is left over from a query or a parameter that is gone."""
    assert sorted(path.name for path in EXPECTED.iterdir()) == sorted(
        case.path.name for case in CASES
    )


@each_of(case for case in EXAMPLES if case.query.topic != "joins")
def test_example_of_a_parameter_gives_a_row(case: Case, graph: KnowledgeGraph) -> None:
    """What a reader is told to try shows something; a join does so with the other file beside."""
    assert bindings_of(graph, case)


@each_of(case for case in EXAMPLES if "words" not in case.parameters)
def test_parameter_selects_among_all_rows(case: Case, graph: KnowledgeGraph) -> None:
    """A set parameter gives those rows of the whole answer in which it has the value."""
    (name,) = case.parameters
    value = case.query.bindings(case.parameters)[name].value
    everything = bindings_of(graph, Case(case.query.name, case.query, {}))

    assert [row for row in everything if row[name]["value"] == value] == bindings_of(graph, case)


@each_of([*UNSET, *FURTHER])
def test_rdflib_gives_the_same_answer(
    case: Case, graph: KnowledgeGraph, rdflib_dataset: Dataset
) -> None:
    """A second engine gives the same terms in the same order, so nothing hangs on the first.

    A set parameter selects rows of these answers, as the test above shows.
    """
    terms = {
        name: URIRef(term.value) if term.is_iri else Literal(term.value)
        for name, term in case.query.bindings(case.parameters).items()
    }
    is_graph = case.query.form == "construct"
    answer = rdflib_dataset.query(case.query.text, initBindings=terms).serialize(
        format="nt" if is_graph else "json"
    )
    assert answer is not None

    assert bindings_of(graph, case) == (triples_of if is_graph else rows_of)(answer)


Row = Mapping[str, Mapping[str, Any]]


def bindings_of(graph: KnowledgeGraph, case: Case) -> list[Row]:
    output = io.BytesIO()
    bindings = case.query.bindings(case.parameters)
    is_graph = case.query.form == "construct"
    format_ = by_name("nt", GRAPH_FORMATS) if is_graph else by_name("json", SOLUTION_FORMATS)
    request = QueryRequest(case.query.text, format_, bindings=bindings)
    graph.execution.execute(request, output)
    return (triples_of if is_graph else rows_of)(output.getvalue())


def triples_of(answer: bytes) -> list[Row]:
    """The triples of a graph as rows, in an order that does not hang on the engine."""
    triples = pyoxigraph.parse(answer, format=pyoxigraph.RdfFormat.N_TRIPLES)
    rows = [
        {
            name: {
                "type": "uri" if isinstance(term, pyoxigraph.NamedNode) else "literal",
                "value": term.value,
                "of": str(term),
            }
            for name, term in zip(TRIPLE, triple.triple, strict=True)
        }
        for triple in triples
    ]
    return sorted(rows, key=lambda row: [row[name]["of"] for name in TRIPLE])


def rows_of(answer: bytes) -> list[Row]:
    rows = json.loads(answer)["results"]["bindings"]
    for row in rows:
        for term in row.values():
            # A plain literal is one of xsd:string (RDF 1.1 §3.3); engines write either.
            if term.get("datatype") == f"{NAMESPACES['xsd']}string":
                del term["datatype"]
            # The engine rewrites "1.0" to "1": one value, two spellings (XSD 1.1 §3.3.3).
            if term.get("datatype") == f"{NAMESPACES['xsd']}decimal":
                term["value"] = format(Decimal(term["value"]).normalize(), "f")
    return rows


def table(query: Query, rows: Iterable[Row]) -> list[list[str]]:
    columns = TRIPLE if query.form == "construct" else query.variables
    return [list(columns), *([cell(row.get(name)) for name in columns] for row in rows)]


def cell(term: Mapping[str, Any] | None) -> str:
    if term is None:
        return ""
    value = str(term["value"])
    return shorten(value) if term["type"] == "uri" else value


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
