"""Each query file is complete, tidy, and readable by any SPARQL tool."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.queries import Query, QueryLibrary, read_header

FOLDER = Path(__file__).parents[2] / "queries"
PATHS = sorted(FOLDER.glob("**/*.rq"))
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")

each_query = pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in PATHS])


def body(path: Path) -> str:
    """The query without its header, comments, strings and the IRIs of its PREFIX lines."""
    text = re.sub(r"(?m)^#\+.*\n", "", path.read_text(encoding="utf-8"))
    return re.sub(r'"[^"\n]*"|<[^<>\s]*>|#.*', "", text)


def test_there_are_enough_questions() -> None:
    """The library answers at least the twelve questions that were promised."""
    assert len(QueryLibrary.read(FOLDER)) >= 12


def test_every_file_is_in_the_library() -> None:
    """A query lies in the folder of its topic, no deeper and no higher, and no name comes twice."""
    assert sorted(path.stem for path in PATHS) == sorted(QueryLibrary.read(FOLDER))


@each_query
def test_name_is_kebab_case(path: Path) -> None:
    """The name of a query is the same in a file, an address and a command."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", path.stem)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", path.parent.name)


@each_query
def test_header_is_complete(path: Path) -> None:
    """The header has a title in both languages, and tags; the SPARQL follows at once."""
    text = path.read_text(encoding="utf-8")
    header = read_header(path, text)
    query = Query.read(path)

    assert list(header)[:2] == ["summary", "summary_ja"]
    assert not JAPANESE.search(query.summary)
    assert JAPANESE.search(query.summary_ja)
    assert query.tags
    assert not query.summary.endswith((".", "。"))
    assert not query.summary_ja.endswith((".", "。"))
    assert re.search(r"(?m)\A(#\+ .*\n)+PREFIX ", text)


@each_query
def test_example_of_an_iri_parameter_is_one(path: Path) -> None:
    """Each IRI given as an example, and each class, has a prefix of the table."""
    for parameter in Query.read(path).parameters:
        names = [parameter.of_class or "miw:Plan"]
        names += [parameter.example] if parameter.type == "iri" else []

        assert all(name.partition(":")[0] in NAMESPACES for name in names)


@each_query
def test_prefixes_are_those_used(path: Path) -> None:
    """The PREFIX lines are alphabetical, are spelled as in our table, and are all needed."""
    text = path.read_text(encoding="utf-8")
    declared = re.findall(r"(?m)^PREFIX ([a-z]+): <(\S+)>$", text)
    used = re.findall(r"(?<![\w?:/])([a-z]+):[\w-]", body(path))

    assert text.count("PREFIX") == len(declared)
    assert [name for name, _ in declared] == sorted(set(used))
    assert all(NAMESPACES[name] == iri for name, iri in declared)


@each_query
def test_keywords_are_upper_case(path: Path) -> None:
    """What is neither a name nor a variable is in capitals, except `a` and the tests of kind."""
    words = re.findall(r"(?<![\w?:.-])[A-Za-z]+(?![\w:])", body(path))

    assert [each for each in words if each != each.upper()] == [
        each for each in words if each in ("a", "isIRI", "isLiteral", "isBlank", "true", "false")
    ]


@each_query
def test_answer_is_ordered(path: Path) -> None:
    """The query ends in an ORDER BY, so that its answer is the same everywhere."""
    assert re.search(r"(?m)^ORDER BY\s[^{}]+\Z", body(path))
