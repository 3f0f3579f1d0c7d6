"""Running a query in this process: what is refused first, what is written, and where it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyoxigraph
import pytest

from miwdap_kg.errors import (
    NotAcceptable,
    QueryEvaluationError,
    QueryNotAllowed,
    QuerySyntaxError,
    QueryTooLarge,
)
from miwdap_kg.execution import QueryRequest
from miwdap_kg.execution.in_process import InProcessExecution
from miwdap_kg.execution.inspection import QueryLimits
from miwdap_kg.formats import FORMATS, GRAPH_FORMATS, SOLUTION_FORMATS, Format
from miwdap_kg.queries import Term
from miwdap_kg.store import Store

JSON, XML, CSV, TSV = SOLUTION_FORMATS
TURTLE = GRAPH_FORMATS[0]
LIMITS = QueryLimits()


@pytest.fixture
def execution(tmp_path: Path) -> InProcessExecution:
    """An execution over one triple in two named graphs."""
    path = tmp_path / "data.trig"
    path.write_text('<g:1> { <a:1> <a:p> "x" } <g:2> { <a:1> <a:p> "x" }', encoding="utf-8")
    return InProcessExecution(Store.of_files([path]))


def run(execution: InProcessExecution, request: QueryRequest) -> bytes:
    output = io.BytesIO()
    execution.execute(request, output)
    return output.getvalue()


def test_service_never_reaches_the_engine(execution: InProcessExecution) -> None:
    """The execution inspects before it asks."""
    request = QueryRequest("ASK { SERVICE SILENT <http://127.0.0.1:9/> {} }", JSON)

    with pytest.raises(QueryNotAllowed):
        run(execution, request)


# Answers


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        (JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal",'
               b'"value":"y"}}]}}'),
        (XML, b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
              b'<variable name="x"/></head><results><result><binding name="x"><literal>y</literal>'
              b"</binding></result></results></sparql>"),
        (CSV, b"x\r\ny\r\n"),
        (TSV, b'?x\n"y"\n'),
    ],
    ids=["JSON", "XML", "CSV", "TSV"],
)  # fmt: skip
def test_solutions_are_written(
    execution: InProcessExecution, format_: Format, expected: bytes
) -> None:
    """A SELECT is written in each format of solutions."""
    assert expected == run(execution, QueryRequest("SELECT ('y' AS ?x) {}", format_))


@pytest.mark.parametrize("format_", SOLUTION_FORMATS, ids=lambda each: each.name)
def test_boolean_is_written(execution: InProcessExecution, format_: Format) -> None:
    """An ASK is written in each format of solutions."""
    assert b"true" in run(execution, QueryRequest("ASK {}", format_))


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    "query",
    ["CONSTRUCT { ?s ?p ?o } FROM <g:1> FROM <g:2> { ?s ?p ?o }", "DESCRIBE <a:1> FROM <g:1>"],
    ids=["CONSTRUCT", "DESCRIBE"],
)
def test_graph_is_written(execution: InProcessExecution, format_: Format, query: str) -> None:
    """CONSTRUCT and DESCRIBE are written in each format of graphs, each triple once."""
    written = run(execution, QueryRequest(query, format_))
    rdf_format = pyoxigraph.RdfFormat.from_media_type(format_.media_type)

    assert ['<a:1> <a:p> "x"'] == [
        str(quad.triple) for quad in pyoxigraph.parse(written, format=rdf_format)
    ]


def test_turtle_is_written_with_our_prefixes(execution: InProcessExecution) -> None:
    """A graph for people has the prefixes of the table."""
    query = "CONSTRUCT { <https://w3id.org/miwdap/id/plan> <a:p> 1 } {}"

    written = run(execution, QueryRequest(query, TURTLE)).decode()

    assert "id:plan <a:p> 1 ." in written


@pytest.mark.parametrize(
    ("query", "format_"),
    [
        *(("SELECT * {}", each) for each in FORMATS if each not in SOLUTION_FORMATS),
        *(
            ("CONSTRUCT { <a:1> <a:p> 1 } {}", each)
            for each in FORMATS
            if each not in GRAPH_FORMATS
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else each.label,
)
def test_format_of_the_other_kind_is_refused(
    execution: InProcessExecution, query: str, format_: Format
) -> None:
    """Solutions have no graph's format, and a graph none of solutions."""
    with pytest.raises(NotAcceptable) as caught:
        run(execution, QueryRequest(query, format_))

    assert format_.name == caught.value.asked


# The dataset

COUNT = "SELECT (COUNT(*) AS ?n) {from_}{{ ?s ?p ?o }}"


@pytest.mark.parametrize(
    ("from_", "default_graphs", "named_graphs", "count"),
    [
        ("", (), (), 0),
        ("FROM <g:1> FROM <g:2> ", (), (), 1),
        ("FROM <g:none> ", (), (), 0),
        ("FROM NAMED <g:1> ", (), (), 0),
        ("FROM <g:none> ", ("g:1", "g:2"), (), 1),
        ("FROM <g:1> ", (), ("g:2",), 0),
    ],
    ids=["neither", "FROM twice", "FROM none", "FROM NAMED", "both", "only named chosen"],
)
def test_request_stands_above_from(
    execution: InProcessExecution,
    from_: str,
    default_graphs: tuple[str, ...],
    named_graphs: tuple[str, ...],
    count: int,
) -> None:
    """FROM is the dataset, unless the request chooses one; each triple counts once."""
    request = QueryRequest(
        COUNT.format(from_=from_), CSV, default_graphs=default_graphs, named_graphs=named_graphs
    )

    assert f"n\r\n{count}\r\n".encode() == run(execution, request)


def test_from_is_resolved_against_base(execution: InProcessExecution, tmp_path: Path) -> None:
    """FROM may be written short, by BASE or a prefix."""
    path = tmp_path / "base.trig"
    path.write_text("<http://e.org/g#1> { <a:1> <a:p> 1 }", encoding="utf-8")
    execution = InProcessExecution(Store.of_files([path]))
    query = "BASE <http://e.org/> PREFIX g: <g#> " + COUNT.format(from_="FROM g:1 FROM <g#1> ")

    assert b"n\r\n1\r\n" == run(execution, QueryRequest(query, CSV))


def test_bindings_reach_the_engine(execution: InProcessExecution) -> None:
    """A bound variable has its value."""
    request = QueryRequest(
        "SELECT ?s { VALUES ?s { <a:1> <a:2> } }", CSV, bindings={"s": Term("a:2")}
    )

    assert b"s\r\na:2\r\n" == run(execution, request)


# Ends


def test_answer_beyond_its_limit_is_cut_by_an_error() -> None:
    """An answer that grows too large stops the engine, and is never silently short."""
    limits = QueryLimits(answer_bytes=100_000)
    execution = InProcessExecution(Store(pyoxigraph.Store()), limits=limits)
    rows = " ".join(str(number) for number in range(1000))
    query = f"SELECT * {{ VALUES ?a {{ {rows} }} VALUES ?b {{ {rows} }} VALUES ?c {{ {rows} }} }}"
    output = io.BytesIO()

    with pytest.raises(QueryTooLarge) as caught:
        execution.execute(QueryRequest(query, JSON), output)

    assert ("answer in bytes", 100_000) == (caught.value.what, caught.value.limit)
    assert len(output.getvalue()) <= 100_000


def test_answer_of_exactly_its_limit_is_whole() -> None:
    """An answer that just fits is written."""
    expected = b"x\r\n1\r\n"
    limits = QueryLimits(answer_bytes=len(expected))
    execution = InProcessExecution(Store(pyoxigraph.Store()), limits=limits)

    assert expected == run(execution, QueryRequest("SELECT (1 AS ?x) {}", CSV))


class Broken(io.BytesIO):
    """An output that fails as told."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def write(self, data: object) -> int:
        """Fail."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (BrokenPipeError("nobody reads"), BrokenPipeError),
        (RuntimeError("engine"), QueryEvaluationError),
        (KeyError("own"), KeyError),
    ],
    ids=["pipe", "engine", "any other"],
)
@pytest.mark.parametrize(
    ("query", "format_"),
    [("SELECT (1 AS ?x) {}", JSON), ("CONSTRUCT { <a:1> <a:p> 1 } {}", TURTLE)],
    ids=["solutions", "graph"],
)
def test_failing_output_is_not_taken_for_the_engines(
    execution: InProcessExecution,
    error: Exception,
    raised: type[Exception],
    query: str,
    format_: Format,
) -> None:
    """What the output raises comes out as it is, unless the engine could have raised it."""
    with pytest.raises(raised):
        execution.execute(QueryRequest(query, format_), Broken(error))


def test_syntax_error_comes_through(execution: InProcessExecution) -> None:
    """A query that cannot be read is told with its place."""
    with pytest.raises(QuerySyntaxError, match="line 1, column 5: found 'x'"):
        run(execution, QueryRequest("ASK x", JSON))


def test_ill_typed_terms_are_written(execution: InProcessExecution) -> None:
    """An error in an expression leaves its variable unbound, and is no error of the query."""
    written = run(execution, QueryRequest("SELECT (1/0 AS ?x) {}", JSON))

    assert [{}] == json.loads(written)["results"]["bindings"]
