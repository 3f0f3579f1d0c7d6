"""The query library: headers, parameters, and the terms that values become."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miwdap_kg.errors import LookupFailure, ParameterError, QueryHeaderError
from miwdap_kg.queries import PARAMETER_TYPES, Parameter, Query, QueryLibrary, Term

XSD = "http://www.w3.org/2001/XMLSchema#"

GOOD = """\
#+ summary: What a plan has
#+ summary_ja: 計画の内容
#+ description: All that a plan has.
#+ tags: [plan, parts]
#+ parameters:
#+   - {name: plan, type: iri, class: miw:Plan, example: id:plan}
#+   - {name: since, type: date, example: 2020-04-30}
SELECT ?plan ?since { ?plan ?p ?since }
"""


def query_file(folder: Path, text: str, name: str = "plans/parts.rq") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# One query


def test_query_is_read_with_its_header(tmp_path: Path) -> None:
    """A query has its file's name, its folder as topic, and what its header says."""
    query = Query.read(query_file(tmp_path, GOOD))

    assert (
        Query(
            name="parts",
            topic="plans",
            summary="What a plan has",
            summary_ja="計画の内容",
            description="All that a plan has.",
            tags=("plan", "parts"),
            parameters=(
                Parameter("plan", "iri", "id:plan", "miw:Plan"),
                Parameter("since", "date", "2020-04-30"),
            ),
            text=GOOD,
            form="select",
            variables=("plan", "since"),
        )
        == query
    )


def test_header_needs_only_the_summaries(tmp_path: Path) -> None:
    """Description, tags and parameters may be missing or empty."""
    text = "#+ summary: A\n#+ summary_ja: B\n#+ tags:\n#+ parameters:\nASK {}\n"

    query = Query.read(query_file(tmp_path, text))

    assert ("", (), (), "ask") == (query.description, query.tags, query.parameters, query.form)


def test_query_of_another_form_may_have_parameters(tmp_path: Path) -> None:
    """A CONSTRUCT projects nothing, and can have parameters all the same."""
    text = GOOD.replace("SELECT ?plan ?since", "CONSTRUCT { ?plan ?p ?since }")

    query = Query.read(query_file(tmp_path, text))

    assert ("construct", 2) == (query.form, len(query.parameters))


BAD = {
    "no header": (
        "SELECT * {}",
        ", line 1: has no header. Begin with '#+ summary: …' and '#+ summary_ja: …'.",
    ),
    "header is a list": (
        "#+ - a\nASK {}",
        ", line 1: has no header. Begin with '#+ summary: …' and '#+ summary_ja: …'.",
    ),
    "no YAML": (
        GOOD.replace("What a", "What: a"),
        ", line 1: the header is no YAML: mapping values are not allowed here. "
        "Put a text that holds ': ' or '#' between quotation marks.",
    ),
    "no summary": (GOOD.partition("\n")[2], ": the header has no 'summary'."),
    "empty summary": (GOOD.replace("What a plan has", "''"), ": the header has no 'summary'."),
    "no Japanese summary": (
        GOOD.replace("#+ summary_ja: 計画の内容\n", ""),
        ": the header has no 'summary_ja'.",
    ),
    "unknown key": (
        GOOD.replace("tags:", "tag:"),
        ": the header has an unknown key 'tag'. "
        "Known: summary, summary_ja, description, tags, parameters.",
    ),
    "tags are a text": (
        GOOD.replace("[plan, parts]", "plan"),
        ": 'tags' is no list. Write 'tags: [first, second]'.",
    ),
    "parameters are a text": (
        "#+ summary: A\n#+ summary_ja: B\n#+ parameters: plan\nASK {}",
        ": 'parameters' is no list. Write 'parameters: [first, second]'.",
    ),
    "parameter is a text": (
        "#+ summary: A\n#+ summary_ja: B\n#+ parameters: [plan]\nASK {}",
        ": the parameter 'plan' is no mapping.",
    ),
    "parameter with an unknown key": (
        GOOD.replace("class:", "klass:"),
        ": the header has an unknown key 'klass'. Known: name, type, class, example.",
    ),
    "parameter without a type": (
        GOOD.replace("type: date, ", ""),
        ": the header has no 'type'.",
    ),
    "parameter of an unknown type": (
        GOOD.replace("type: date", "type: day"),
        ": the parameter 'since' has the type 'day'. "
        "Known: iri, string, integer, decimal, date, boolean, language.",
    ),
    "parameter without an example": (
        GOOD.replace(", example: id:plan", ""),
        ": the parameter 'plan' has no example.",
    ),
    "example that does not fit": (
        GOOD.replace("2020-04-30", "yesterday"),
        ": an example does not fit. Parameter 'since': 'yesterday' is not of type date. "
        "An example: yesterday.",
    ),
    "parameter that is not projected": (
        GOOD.replace("SELECT ?plan ?since", "SELECT ?plan"),
        ": the parameter 'since' is no projected variable. "
        "Project ?since, so that the query answers for all when it is not set.",
    ),
    "no query": (
        GOOD.splitlines(keepends=True)[0] + "#+ summary_ja: B\n",
        ": holds no SELECT, ASK, CONSTRUCT or DESCRIBE.",
    ),
    "update": (
        "#+ summary: A\n#+ summary_ja: B\nCLEAR ALL",
        ": holds no SELECT, ASK, CONSTRUCT or DESCRIBE.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_bad_query_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A file that is no annotated query is named, with what is wrong and what to do."""
    path = query_file(tmp_path, text)

    with pytest.raises(QueryHeaderError) as caught:
        Query.read(path)

    assert f"{path}{message}" == str(caught.value)


def test_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """A file in another encoding is named."""
    path = query_file(tmp_path, GOOD)
    path.write_bytes(GOOD.encode("shift_jis"))

    with pytest.raises(QueryHeaderError, match="cannot be read as UTF-8"):
        Query.read(path)


# Parameters

TERMS = [
    ("iri", "id:plan", Term("https://w3id.org/miwdap/id/plan")),
    ("iri", "plan", Term("https://w3id.org/miwdap/id/plan")),
    ("iri", "<urn:x:y>", Term("urn:x:y")),
    ("iri", "https://example.org/a?b=c#d", Term("https://example.org/a?b=c#d")),
    ("string", 'it\'s "so" \\', Term('it\'s "so" \\', f"{XSD}string")),
    ("string", "", Term("", f"{XSD}string")),
    ("integer", "007", Term("7", f"{XSD}integer")),
    ("integer", "-5", Term("-5", f"{XSD}integer")),
    ("decimal", "1.50", Term("1.50", f"{XSD}decimal")),
    ("decimal", "-.5", Term("-0.5", f"{XSD}decimal")),
    ("date", "2020-04-30", Term("2020-04-30", f"{XSD}date")),
    ("boolean", "True", Term("true", f"{XSD}boolean")),
    ("boolean", "false", Term("false", f"{XSD}boolean")),
    ("language", "en-GB", Term("en-gb", f"{XSD}string")),
]


@pytest.mark.parametrize(("type_", "value", "term"), TERMS)
def test_value_becomes_a_term(type_: str, value: str, term: Term) -> None:
    """A text becomes the term of its parameter's type."""
    assert term == Parameter("x", type_, "…").term(value)


def test_every_type_is_tested() -> None:
    """The table above holds every type of parameter."""
    assert set(PARAMETER_TYPES) == {type_ for type_, _, _ in TERMS}


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("iri", "nope:plan"),
        ("iri", "id:a b"),
        ("iri", "<https://e.org/> ?x ?y . <x>"),
        ("iri", 'https://e.org/"'),
        ("iri", "id:a\nb"),
        ("integer", "one"),
        ("integer", "1.5"),
        ("integer", "9" * 5000),
        ("decimal", "NaN"),
        ("decimal", "Infinity"),
        ("decimal", "1e999999999"),
        ("decimal", "1,5"),
        ("decimal", ""),
        ("date", "30.4.2020"),
        ("date", "2020-13-01"),
        ("boolean", "yes"),
        ("language", "no tag"),
        ("language", "*"),
        ("language", ""),
    ],
)
def test_value_of_the_wrong_type_is_refused(type_: str, value: str) -> None:
    """A value that is not of the type is named, with an example that is."""
    parameter = Parameter("x", type_, "like this")

    with pytest.raises(ParameterError) as caught:
        parameter.term(value)

    assert f"Parameter 'x': '{value}' is not of type {type_}. An example: like this." == str(
        caught.value
    )


@given(value=st.text())
def test_iri_is_never_more_than_an_iri(value: str) -> None:
    """Whatever is given for an IRI, no character that could end one comes through."""
    try:
        term = Parameter("x", "iri", "id:plan").term(value)
    except ParameterError:
        return

    assert not set('<>"{}|\\^` \n') & set(term.value)


def test_iri_is_told_from_literal() -> None:
    """A term with a datatype or a language is a literal."""
    terms = [Term("x"), Term("x", f"{XSD}string"), Term("x", language="en")]

    assert [True, False, False] == [term.is_iri for term in terms]


def test_bindings_are_terms_by_variable(tmp_path: Path) -> None:
    """Only what is set is bound."""
    query = Query.read(query_file(tmp_path, GOOD))

    bindings = query.bindings({"plan": "id:plan"})

    assert {"plan": Term("https://w3id.org/miwdap/id/plan")} == bindings


@pytest.mark.parametrize(
    ("text", "has"),
    [(GOOD, "plan, since"), ("#+ summary: A\n#+ summary_ja: B\nASK {}", "none")],
    ids=["some", "none"],
)
def test_unknown_parameter_is_refused(tmp_path: Path, text: str, has: str) -> None:
    """A parameter that there is not is named, with those that there are."""
    query = Query.read(query_file(tmp_path, text))

    with pytest.raises(ParameterError) as caught:
        query.bindings({"field": "x"})

    assert (
        f"Parameter 'field': the query 'parts' has no such parameter. Its parameters: {has}."
        == str(caught.value)
    )


# The library


def test_library_is_ordered_by_topic_and_name(tmp_path: Path) -> None:
    """Queries come by topic and name; what lies elsewhere is none."""
    for name in ("b/a.rq", "a/c.rq", "a/b.rq", "notes.rq", "a/deep/x.rq"):
        query_file(tmp_path, GOOD, name)

    assert ["b", "c", "a"] == list(QueryLibrary.read(tmp_path))


def test_library_is_a_mapping(tmp_path: Path) -> None:
    """A query is found by its name."""
    query_file(tmp_path, GOOD)

    library = QueryLibrary.read(tmp_path)

    assert (1, True, False, "parts") == (
        len(library),
        "parts" in library,
        "nope" in library,
        library["parts"].name,
    )


def test_two_queries_of_one_name_are_refused(tmp_path: Path) -> None:
    """A name means one query, whatever its topic."""
    query_file(tmp_path, GOOD, "a/parts.rq")
    path = query_file(tmp_path, GOOD, "b/parts.rq")

    with pytest.raises(QueryHeaderError) as caught:
        QueryLibrary.read(tmp_path)

    assert f"{path}: a query 'parts' is also in topic a." == str(caught.value)


def test_unknown_query_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """A name that is not known is told with the nearest that is."""
    query_file(tmp_path, GOOD)

    with pytest.raises(LookupFailure) as caught:
        QueryLibrary.read(tmp_path)["part"]

    assert "No query 'part'. Did you mean 'parts'? See 'miwdap-kg run' for the list." == str(
        caught.value
    )
