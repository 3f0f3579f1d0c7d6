"""The verbs `query` and `run`."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS

from .conftest import PROGRAM, Ask

PRINCIPLES = """\
PREFIX miw: <https://w3id.org/miwdap/def#>
SELECT ?principle ?ordinal
WHERE { ?plan miw:hasPrinciple ?principle . ?principle miw:ordinal ?ordinal }
"""
DATA = "<http://example.org/s> <http://example.org/p> {} .\n"


def test_query_writes_a_table(execute: Ask):
    """The answer is a table with prefixed names on standard output, the count on standard error."""
    outcome = execute("query", PRINCIPLES)

    assert [
        "principle        ordinal",
        "────────────────────────",
        "id:principle-1   1",
    ] == outcome.out.splitlines()
    assert (0, "1 row\n") == (outcome.status, outcome.err)


def test_query_of_a_file(ask: Ask, tmp_path: Path):
    """A query can stand in a file."""
    path = tmp_path / "my question.rq"
    path.write_text(PRINCIPLES, encoding="utf-8")

    assert ask("query", PRINCIPLES) == ask("query", path)


def test_query_of_standard_input(execute: Ask):
    """A query can come through a pipe."""
    outcome = execute("query", "-", "--format", "csv", given=PRINCIPLES.encode())

    expected = "principle,ordinal\r\nhttps://w3id.org/miwdap/id/principle-1,1\r\n"
    assert (0, expected, "") == (outcome.status, outcome.out, outcome.err)


def test_query_of_a_pipe(environment: Mapping[str, str]):
    """A query can come from another command, as bash's <(…) passes it."""
    command = f"{shlex.join(PROGRAM)} query <(echo 'ASK {{ ?s ?p ?o }}')"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, check=False, env=environment
    )

    assert (0, b"true\n", b"") == (done.returncode, done.stdout, done.stderr)


def test_query_that_is_no_unicode(execute: Ask):
    """Bytes that are no text are refused in one line."""
    outcome = execute("query", os.fsdecode(b"ASK { ?s ?p '\xff' }"))

    assert (2, "", 1) == (outcome.status, outcome.out, len(outcome.err.splitlines()))
    assert "unexpected" not in outcome.err


@pytest.mark.parametrize("format_", SOLUTION_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SELECT ?s WHERE { ?s ?p ?o }", 0),
        ("SELECT ?s WHERE { ?s a <x:none> }", 1),
        ("SELECT ?s WHERE { BIND(?none AS ?s) }", 0),
        ("SELECT * WHERE {}", 0),
        ("ASK { ?s ?p ?o }", 0),
        ("ASK { ?s a <x:none> }", 1),
    ],
    ids=["rows", "no-rows", "row-without-values", "no-variables", "true", "false"],
)
def test_nothing_found_in_solutions(ask: Ask, format_, query: str, status: int):
    """No row and false are exit code 1, in every format alike, and in the table too."""
    assert status == ask("query", query, "--format", format_.name).status
    assert status == ask("query", query).status


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("CONSTRUCT WHERE { ?s a <https://w3id.org/miwdap/def#Plan> }", 0),
        ("CONSTRUCT WHERE { ?s a <x:none> }", 1),
        ("DESCRIBE <https://w3id.org/miwdap/id/plan>", 0),
        ("DESCRIBE <https://w3id.org/miwdap/id/none>", 1),
    ],
    ids=["construct", "construct-nothing", "describe", "describe-nothing"],
)
def test_nothing_found_in_graphs(ask: Ask, format_, query: str, status: int):
    """A graph without a triple is exit code 1, in every format alike."""
    assert status == ask("query", query, "--format", format_.name).status


def test_graph_is_turtle(ask: Ask):
    """CONSTRUCT and DESCRIBE answer in Turtle unless another format is asked for."""
    query = "CONSTRUCT WHERE { ?s <https://w3id.org/miwdap/def#ordinal> ?o }"

    assert "id:principle-1 miw:ordinal 1 ." in ask("query", query).out
    triple = (
        "<https://w3id.org/miwdap/id/principle-1> <https://w3id.org/miwdap/def#ordinal> "
        '"1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    )
    assert triple == ask("query", query, "--format", "nt").out


@pytest.mark.parametrize(
    ("query", "format_", "offered"),
    [
        ("ASK {}", "turtle", "table, json, xml, csv, tsv"),
        ("DESCRIBE <x:y>", "table", "turtle, ntriples, rdfxml, jsonld, trig"),
    ],
)
def test_unknown_format(ask: Ask, query: str, format_: str, offered: str):
    """A format that an answer does not have is refused with those that it has."""
    outcome = ask("query", query, "--format", format_)

    message = f"Asked for '{format_}', which is not offered. Offered: {offered}.\n"
    assert (2, "", message) == (outcome.status, outcome.out, outcome.err)


def test_query_that_is_wrong(execute: Ask):
    """A mistake in a query is told with line and column."""
    outcome = execute("query", "SELECT ?s\nWHERE { ?s ?p ?o")

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith("The query cannot be read at line 2, column 17: ")


@pytest.mark.parametrize(
    "query", ["INSERT DATA { <x:a> <x:b> <x:c> }", "SELECT * { SERVICE <x:y> { ?s ?p ?o } }"]
)
def test_query_that_is_refused(ask: Ask, query: str):
    """Updates and SERVICE are refused."""
    outcome = ask("query", query)

    assert (2, "", 1) == (outcome.status, outcome.out, len(outcome.err.splitlines()))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("none.rq", "none.rq: there is no such file, and it is no query.\n"),
        ("latin.rq", "latin.rq, line 2: is not UTF-8.\n"),
    ],
)
def test_file_that_is_no_query(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, message: str
):
    """A missing file, and one in another encoding, are named."""
    monkeypatch.chdir(tmp_path)
    Path("latin.rq").write_bytes("ASK {\n# Größe\n}".encode("latin-1"))
    outcome = ask("query", argument)

    assert (2, "", message) == (outcome.status, outcome.out, outcome.err)


def test_query_longer_than_a_name(ask: Ask):
    """A query longer than any file's name is a query."""
    assert "true\n" == ask("query", f"ASK {{ # {'long ' * 2000}\n}}").out


def test_data_instead_of_the_plan(execute: Ask, tmp_path: Path):
    """With --data the files are the dataset, default and named graphs exactly as in them."""
    (tmp_path / "a.nt").write_text(DATA.format('"1"'))
    with gzip.open(tmp_path / "b.trig.gz", "wt") as file:
        file.write("<x:g> { " + DATA.format('"2"') + " }")
    query = "SELECT ?o ?g WHERE { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } ORDER BY ?o"
    outcome = execute("query", query, "--format", "csv", "--data", "a.nt", "--data", "b.trig.gz")

    assert (0, "o,g\r\n1,\r\n2,x:g\r\n") == (outcome.status, outcome.out)


def test_data_that_is_broken(ask: Ask, tmp_path: Path):
    """Broken data are named with line and column."""
    path = tmp_path / "broken.ttl"
    path.write_text("<x:a> <x:b>\n  'c' 'd' .\n")
    outcome = ask("query", "ASK {}", "--data", path)

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(f"{path}, line 2: column 7: ")


def test_data_beside_a_release(ask: Ask, tmp_path: Path):
    """Two datasets at once are refused."""
    outcome = ask("query", "ASK {}", "--data", "a.ttl", "--release", tmp_path)

    assert (2, "") == (outcome.status, outcome.out)
    assert "either --release or --data" in outcome.err


def test_release_that_is_none(ask: Ask, tmp_path: Path):
    """A folder without a release is named."""
    outcome = ask("query", "ASK {}", "--release", tmp_path)

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(f"No release in {tmp_path}")


def test_table_on_a_terminal(execute_on_terminal: Ask, tmp_path: Path):
    """A terminal gets colours, and a table no wider than itself."""
    outcome = execute_on_terminal(
        "query", 'SELECT ("wide " AS ?a) ?b { VALUES ?b {"%s"} }' % ("x" * 99)
    )

    assert 0 == outcome.status
    assert "\x1b[1m" in outcome.out
    assert max(len(line.strip("\r")) for line in outcome.out.split("\n")[1:]) <= 60
    assert 99 == outcome.out.count("x")


def test_names_on_a_terminal(execute_on_terminal: Ask):
    """A name stays in one piece where the words beside it can be folded."""
    name, words = f"<x:{'y' * 30}>", "word " * 30
    query = f'SELECT ("計画計画計画計画計画" AS ?a) ("{words}" AS ?b) ({name} AS ?c) {{}}'
    outcome = execute_on_terminal("query", query)

    assert 0 == outcome.status
    assert name in outcome.out
    assert (30, 10) == (
        outcome.out.count("word"),
        outcome.out.count("計") + outcome.out.count("画"),
    )


def test_no_colour(execute_on_terminal: Ask):
    """NO_COLOR keeps colours away; the headings may still be bold."""
    outcome = execute_on_terminal("run", NO_COLOR="1")

    assert "principles" in outcome.out
    assert "\x1b[36m" not in outcome.out
    assert "\x1b[36m" in execute_on_terminal("run").out


def test_table_in_a_pipe(execute: Ask):
    """A pipe gets no colours even when asked for, and no line is ever wrapped."""
    outcome = execute("query", 'SELECT ("%s" AS ?a) {}' % ("wide " * 999), FORCE_COLOR="1")

    assert "wide " * 998 + "wide" == outcome.out.splitlines()[2]
    assert "\x1b" not in outcome.out


def test_data_cannot_steer_a_terminal(ask: Ask):
    """Control characters in data are shown, not sent."""
    outcome = ask("query", r'SELECT ("\u001B[31mred" AS ?a) {}')

    assert "�[31mred" == outcome.out.splitlines()[2]


def test_values_in_a_table(ask: Ask):
    """Values are written as people write them; what is unbound is empty."""
    query = """
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        SELECT * { VALUES (?a ?b ?c ?d ?e ?f) {
          (<x:y> true 1.50 "2020-04-30"^^xsd:date UNDEF "計画"@ja)
        } }"""
    row = ask("query", query).out.splitlines()[2]

    assert ["<x:y>", "true", "1.5", "2020-04-30", "計画"] == row.split()


def test_run_lists_the_library(execute: Ask):
    """Without a name, the stored queries are listed by topic with their parameters."""
    outcome = execute("run")

    assert [
        "plan",
        "  perspectives",
        "      The perspectives of a plan",
        "  principles",
        "      The principles of a plan",
        "      plan=miw:Plan  for example plan=id:plan",
    ] == outcome.out.splitlines()
    assert (0, "") == (outcome.status, outcome.err)


@pytest.mark.parametrize(
    ("parameters", "found"), [((), 1), (("plan=plan",), 1), (("plan=id:note",), 0)]
)
def test_run_with_parameters(execute: Ask, parameters: tuple[str, ...], found: int):
    """A stored query answers for all, or for what its parameter is set to."""
    outcome = execute("run", "principles", *parameters, "--format", "json")

    assert found == len(json.loads(outcome.out)["results"]["bindings"])
    assert (0 if found else 1) == outcome.status


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("principels",), 1, "No query 'principels'. Did you mean 'principles'?"),
        (("principles", "plans=plan"), 2, "Parameter 'plans': the query 'principles' has no such"),
        (("principles", "plan=a b"), 2, "Parameter 'plan': 'a b' is not of type iri."),
        (("principles", "plan"), 2, "'plan' is not of the form KEY=VALUE."),
        (("--format", "csv"), 2, "--format needs the NAME of a query."),
    ],
    ids=["name", "parameter", "value", "pair", "format"],
)
def test_run_that_is_wrong(ask: Ask, arguments: tuple[str, ...], status: int, message: str):
    """A wrong name, parameter or value is told, with what is right."""
    outcome = ask("run", *arguments)

    assert (status, "") == (outcome.status, outcome.out)
    assert message in outcome.err
