"""The store: what its default graph holds, what a query's dataset is, and what goes wrong."""

from __future__ import annotations

import bz2
import gzip
import sys
from collections.abc import Mapping
from pathlib import Path

import pyoxigraph
import pytest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from miwdap_kg.errors import (
    AuthoringError,
    NotAcceptable,
    QueryEvaluationError,
    QuerySyntaxError,
    QueryTooLarge,
    RdfSyntaxError,
)
from miwdap_kg.formats import READABLE_FORMATS, Format
from miwdap_kg.queries import Term
from miwdap_kg.rdf_files import Reading
from miwdap_kg.store import Store

GRAPH = "https://w3id.org/miwdap/graph/"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
COUNT_NAMED = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"

# <a:1> stands in two graphs, <a:2> in one, and two graphs stay out of the default graph.
NQUADS = f"""\
<a:1> <a:p> "x" <g:1> .
<a:1> <a:p> "x" <g:2> .
<a:2> <a:p> "x" <g:2> .
<a:3> <a:p> "x" <{GRAPH}interpretation> .
<a:4> <a:p> "x" <{GRAPH}shapes> .
"""


@pytest.fixture
def release(tmp_path: Path) -> Store:
    """The store of a release with a triple in two graphs, and two graphs left out."""
    path = tmp_path / "release.nq"
    path.write_text(NQUADS, encoding="utf-8")
    return Store.of_release(path)


def number(store: Store, query: str, **arguments: tuple[str, ...]) -> int:
    """Return the one number that a query answers."""
    answer = store.query(query, **arguments)  # type: ignore[arg-type]
    assert isinstance(answer, pyoxigraph.QuerySolutions)
    return int(next(answer)[0].value)


def subjects(store: Store, query: str, **arguments: tuple[str, ...]) -> list[str]:
    """Return the values of ?s, sorted."""
    answer = store.query(query, **arguments)  # type: ignore[arg-type]
    assert isinstance(answer, pyoxigraph.QuerySolutions)
    return sorted(row["s"].value for row in answer)


def store_of(tmp_path: Path, files: Mapping[str, str | bytes]) -> Store:
    """Return the store of files with the given names and contents."""
    paths = []
    for name, content in files.items():
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return Store.of_files(paths)


# A release's default graph


def test_union_counts_a_triple_once(release: Store) -> None:
    """A triple that stands in two named graphs is one triple of the default graph."""
    assert 2 == number(release, COUNT)


def test_union_leaves_two_graphs_out(release: Store) -> None:
    """Interpretation and shapes are reached by their names alone."""
    assert ["a:1", "a:2"] == subjects(release, "SELECT ?s { ?s ?p ?o }")


def test_named_graphs_count_each_statement(release: Store) -> None:
    """Each named graph has its own statements."""
    expected = {"g:1": 1, "g:2": 2, f"{GRAPH}interpretation": 1, f"{GRAPH}shapes": 1}

    assert expected == release.named_graphs()


def test_length_counts_all_graphs(release: Store) -> None:
    """The store is as long as its default graph and its named graphs together."""
    assert 7 == len(release)


# The dataset of a query


@pytest.mark.parametrize(
    ("default_graphs", "named_graphs", "expected"),
    [
        (("g:1",), (), ["a:1"]),
        (("g:1", "g:2"), (), ["a:1", "a:2"]),
        (("g:1", "g:1"), (), ["a:1"]),
        ((f"{GRAPH}shapes",), (), ["a:4"]),
        (("g:none",), (), []),
        ((), ("g:1",), []),
        (("g:1",), ("g:2",), ["a:1"]),
    ],
)
def test_default_graph_is_the_union_of_the_chosen(
    release: Store,
    default_graphs: tuple[str, ...],
    named_graphs: tuple[str, ...],
    expected: list[str],
) -> None:
    """The chosen graphs are merged as a set, and none chosen is an empty default graph."""
    found = subjects(
        release,
        "SELECT ?s { ?s ?p ?o }",
        default_graphs=default_graphs,
        named_graphs=named_graphs,
    )

    assert expected == found


@pytest.mark.parametrize(
    ("default_graphs", "named_graphs", "expected"),
    [
        ((), (), 5),
        (("g:1",), (), 0),
        ((), ("g:1",), 1),
        ((), ("g:1", "g:2"), 3),
        (("g:1",), ("g:2",), 2),
        ((), ("g:none",), 0),
    ],
)
def test_named_graphs_are_the_chosen(
    release: Store,
    default_graphs: tuple[str, ...],
    named_graphs: tuple[str, ...],
    expected: int,
) -> None:
    """GRAPH sees the chosen named graphs, and none when only default graphs are chosen."""
    found = number(release, COUNT_NAMED, default_graphs=default_graphs, named_graphs=named_graphs)

    assert expected == found


def test_several_default_graphs_count_once(release: Store) -> None:
    """A triple in two chosen default graphs counts once."""
    assert 2 == number(release, COUNT, default_graphs=("g:1", "g:2"))


def test_choice_stands_above_from(release: Store) -> None:
    """Graphs chosen by the protocol stand above FROM in the query (SPARQL Protocol §2.1.4)."""
    query = "SELECT ?s FROM <g:2> FROM NAMED <g:2> { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"

    assert ["a:1"] == subjects(release, query, default_graphs=("g:1",))


def test_blank_node_of_several_graphs_is_one(tmp_path: Path) -> None:
    """A blank node that several chosen graphs share stays one node."""
    trig = "<g:1> { _:x <a:p> 1 } <g:2> { _:x <a:q> 2 } <g:3> { _:x <a:r> 3 }"
    store = store_of(tmp_path, {"a.trig": trig})
    query = "SELECT (COUNT(*) AS ?n) { ?x <a:p> ?p ; <a:q> ?q GRAPH ?g { ?x <a:r> ?r } }"

    assert 1 == number(store, query, default_graphs=("g:1", "g:2"), named_graphs=("g:3",))


def test_several_large_graphs_are_refused() -> None:
    """Several graphs are not merged when they are too large; one graph may have any size."""
    store = Store(engine_store(graphs=2, statements=30), largest_union=50)

    assert 30 == number(store, COUNT, default_graphs=("g:0",), named_graphs=("g:1",))
    with pytest.raises(QueryTooLarge) as caught:
        store.query(COUNT, default_graphs=("g:0", "g:1"))
    assert str(caught.value) == (
        "The number of triples in several graphs together, as far as counted, is 60; this endpoint "
        "takes at most 50. Ask in smaller parts, or download the dump and query it where you are."
    )


def test_more_unions_than_are_kept() -> None:
    """Merged graphs are right again and again, however many choices come and go."""
    store = Store(engine_store(graphs=4, statements=10), largest_union=25)
    pairs = [(f"g:{a}", f"g:{b}") for a in range(4) for b in range(4) if a != b] * 2

    assert [20] * len(pairs) == [number(store, COUNT, default_graphs=pair) for pair in pairs]


def engine_store(*, graphs: int, statements: int) -> pyoxigraph.Store:
    """Return an engine's store with graphs <g:0>, <g:1> … of so many statements each."""
    store = pyoxigraph.Store()
    store.extend(
        pyoxigraph.Quad(
            pyoxigraph.NamedNode(f"a:{graph}-{each}"),
            pyoxigraph.NamedNode("a:p"),
            pyoxigraph.Literal(each),
            pyoxigraph.NamedNode(f"g:{graph}"),
        )
        for graph in range(graphs)
        for each in range(statements)
    )
    return store


def test_choice_of_another_query_is_forgotten(release: Store) -> None:
    """A choice of graphs holds for its query alone."""
    number(release, COUNT, default_graphs=("g:1",))

    assert 2 == number(release, COUNT)


def test_name_that_is_no_iri_is_refused(release: Store) -> None:
    """A graph's name that is no IRI is an error of ours."""
    with pytest.raises(QueryEvaluationError):
        release.query(COUNT, default_graphs=("no iri",))


# Bound variables


def test_bound_variable_limits_and_is_projected(release: Store) -> None:
    """A bound variable has its value in every row."""
    answer = release.query("SELECT ?s ?o { ?s ?p ?o }", bindings={"s": Term("a:2")})

    assert isinstance(answer, pyoxigraph.QuerySolutions)
    assert [("a:2", "x")] == [(row["s"].value, row["o"].value) for row in answer]


@pytest.mark.parametrize(
    ("term", "is_there"),
    [
        (Term("x", "http://www.w3.org/2001/XMLSchema#string"), True),
        (Term("x", language="en"), False),
        (Term("x"), False),
        (Term('x" . ?s ?p ?o . "', "http://www.w3.org/2001/XMLSchema#string"), False),
    ],
    ids=["string", "language", "IRI that is none", "spliced text"],
)
def test_bound_variable_is_a_term(release: Store, term: Term, is_there: bool) -> None:
    """What is bound is a term and never text of the query."""
    try:
        found = bool(list(release.query("SELECT ?o { ?s ?p ?o }", bindings={"o": term})))
    except QueryEvaluationError:
        found = False

    assert is_there is found


def test_bound_variable_must_be_projected(release: Store) -> None:
    """A variable that the query does not project cannot be bound."""
    with pytest.raises(QueryEvaluationError, match="does not contains variable \\?x"):
        release.query("SELECT ?s { ?s ?p ?o }", bindings={"x": Term("a:1")})


# Wrong queries


def test_syntax_error_knows_its_place(release: Store) -> None:
    """A query that cannot be read is told with line, column, what was found and expected."""
    with pytest.raises(QuerySyntaxError) as caught:
        release.query("SELECT ?s\nWHERE {\n  ?s ?p\n}")

    assert (
        "The query cannot be read at line 4, column 1: found '}'; "
        "expected a variable, an IRI, a literal or a blank node." == str(caught.value)
    )


def test_update_is_no_query(release: Store) -> None:
    """An update cannot be read as a query, and changes nothing."""
    with pytest.raises(QuerySyntaxError):
        release.query("INSERT DATA { <a:9> <a:p> 1 }")

    assert 2 == number(release, COUNT)


def test_check_takes_a_query() -> None:
    """A text that is SPARQL 1.1 passes without any data."""
    assert Store.check("ASK { ?s ?p ?o }") is None


def test_check_refuses_what_is_none() -> None:
    """A text that is not SPARQL 1.1 is refused with its place."""
    with pytest.raises(QuerySyntaxError, match="line 1, column 8"):
        Store.check("ASK { }}")


# Files

TURTLE = '<https://e.org/a> <https://e.org/p> "x" .\n'
IN_EACH_FORMAT = {
    "turtle": TURTLE,
    "ntriples": TURTLE,
    "trig": TURTLE,
    "nquads": TURTLE,
    "rdfxml": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="https://e.org/">'
        '<rdf:Description rdf:about="https://e.org/a"><e:p>x</e:p></rdf:Description></rdf:RDF>'
    ),
    "jsonld": '{"@id": "https://e.org/a", "https://e.org/p": "x"}',
}


PACKED = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".ZST": zstd.compress}


@pytest.mark.parametrize("format_", READABLE_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize("packing", PACKED)
def test_every_format_is_read(tmp_path: Path, format_: Format, packing: str) -> None:
    """A file of each readable format gives its triple, compressed or not."""
    content = IN_EACH_FORMAT[format_.name].encode()

    store = store_of(tmp_path, {f"data.{format_.extension}{packing}": PACKED[packing](content)})

    assert ["https://e.org/a"] == subjects(store, "SELECT ?s { ?s <https://e.org/p> 'x' }")


def test_files_keep_their_graphs(tmp_path: Path) -> None:
    """Default and named graphs are exactly those of the files; nothing is merged."""
    store = store_of(
        tmp_path, {"a.ttl": "<a:1> <a:p> 1 .", "b.trig": "<a:2> <a:p> 1 . <g:1> { <a:3> <a:p> 1 }"}
    )

    assert (["a:1", "a:2"], {"g:1": 1}) == (
        subjects(store, "SELECT ?s { ?s ?p ?o }"),
        store.named_graphs(),
    )


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    """The same label in two files is two nodes."""
    store = store_of(tmp_path, {"a.nt": '_:x <a:p> "1" .', "b.nt": '_:x <a:p> "2" .'})

    assert 2 == number(store, "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }")


@pytest.mark.parametrize("name", ["a.nt", "a.nq", "a.ttl"])
def test_blank_node_of_a_large_file_is_one(tmp_path: Path, name: str) -> None:
    """A label means one node from a file's beginning to its end, however it is read."""
    lines = [f"_:x <a:p> <a:{each}> .\n" for each in range(20_000)]
    store = store_of(tmp_path, {name: "".join(lines)})

    assert 1 == number(store, "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }")


def test_file_given_twice_is_read_once(tmp_path: Path) -> None:
    """The blank nodes of a file are not doubled when it is named twice."""
    path = tmp_path / "a.nt"
    path.write_text('_:x <a:p> "1" .')

    assert 1 == len(Store.of_files([path, tmp_path / "." / "a.nt"]))


def test_relative_iri_is_the_files(tmp_path: Path) -> None:
    """`<>` in a file is the file."""
    store = store_of(tmp_path, {"a.ttl": '<> <a:p> "x" .'})

    assert [(tmp_path / "a.ttl").as_uri()] == subjects(store, "SELECT ?s { ?s ?p ?o }")


@pytest.mark.parametrize(
    "literal",
    [
        '"plain"',
        '"計画"@ja',
        '"2020-04"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>',
        '"P3Y"^^<http://www.w3.org/2001/XMLSchema#duration>',
        '"five"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"x"^^<https://e.org/own>',
    ],
)
def test_lexical_form_is_kept(tmp_path: Path, literal: str) -> None:
    """A literal comes back letter by letter, ill-typed ones too."""
    store = store_of(tmp_path, {"a.nt": f"<a:1> <a:p> {literal} ."})
    answer = store.query("SELECT ?o { ?s ?p ?o }")

    assert isinstance(answer, pyoxigraph.QuerySolutions)
    assert [literal] == [str(row["o"]) for row in answer]


@pytest.mark.xfail(strict=True, reason="pyoxigraph 0.5.13 keeps numbers by their value")
def test_lexical_form_of_a_decimal_is_kept(tmp_path: Path) -> None:
    """A decimal comes back with its last zero; dumps are written from the dataset for this."""
    store = store_of(tmp_path, {"a.ttl": "<a:1> <a:p> 1.50 ."})
    answer = store.query("SELECT ?o { ?s ?p ?o }")

    assert isinstance(answer, pyoxigraph.QuerySolutions)
    assert ["1.50"] == [row["o"].value for row in answer]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.nt", "b.nt"], [Reading(60, 120, 3), Reading(120, 120, 6)]),
        (["a.nt", "b.ttl"], [Reading(60, 120, None), Reading(120, 120, None)]),
    ],
    ids=["a line each", "Turtle"],
)
def test_progress_of_reading(tmp_path: Path, names: list[str], expected: list[Reading]) -> None:
    """Progress is bytes of all bytes, with statements where each has a line."""
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.write_text("".join(f"<a:{n}> <a:p> <a:o> .\n" for n in range(3)))
    told: list[Reading] = []

    Store.of_files(paths, progress=told.append)

    assert expected == told


def test_progress_of_a_large_compressed_file(tmp_path: Path) -> None:
    """Progress of a compressed file is in bytes of the disk, and ends at its size."""
    path = tmp_path / "a.nt.gz"
    path.write_bytes(gzip.compress(b"".join(b"<a:%d> <a:p> <a:o> .\n" % n for n in range(100_000))))
    told: list[Reading] = []

    Store.of_files([path], progress=told.append)

    assert [each.bytes_read for each in told] == sorted(each.bytes_read for each in told)
    assert {path.stat().st_size} == {each.bytes_total for each in told}
    assert Reading(path.stat().st_size, path.stat().st_size, 100_000) == told[-1]
    assert len(told) > 2


@pytest.mark.parametrize(
    ("name", "content", "place", "problem"),
    [
        ("a.ttl", b"<a:1> <a:p> .\n", (1, 13), ". is not a valid RDF object."),
        ("a.ttl", b'\n\n<a:1> <a:p> "\xff" .\n', (3, 14), "Invalid UTF-8"),
        ("a.trig", b"<g:1> { <a:1> <a:p> }", (1, 21), "} is not a valid RDF object."),
        ("a.nt", b"<a:1> <a:p> <a:2> .\n<b> <a:p> <a:2> .", (2, 1), "No scheme found"),
        ("a.nq", b"x", (1, 1), "The subject of a triple must be an IRI or a blank node."),
        ("a.jsonld", b'{"@id":\n', (2, 1), "Unexpected end of file"),
        ("a.rdf", b"<rdf:RDF>", (None, None), "Unknown prefix rdf:."),
        (
            "a.jsonld",
            b'{"@context": "https://e.org/context.json", "name": "x"}',
            (None, None),
            "No LoadDocumentCallback",
        ),
    ],
    ids=["Turtle", "UTF-8", "TriG", "N-Triples", "N-Quads", "JSON-LD", "RDF/XML", "remote context"],
)
def test_broken_file_is_told_by_line_and_column(
    tmp_path: Path,
    name: str,
    content: bytes,
    place: tuple[int | None, int | None],
    problem: str,
) -> None:
    """A file that is not its format is named, with line and column where they are known."""
    with pytest.raises(RdfSyntaxError) as caught:
        store_of(tmp_path, {name: content})

    error = caught.value
    assert (tmp_path / name, *place) == (error.path, error.line, error.column)
    assert error.problem.startswith(problem)


@pytest.mark.parametrize(
    ("packing", "content", "reason"),
    [
        (".gz", gzip.compress(TURTLE.encode() * 1000, mtime=0)[:-20], "Compressed file ended bef"),
        (".gz", TURTLE.encode(), "Not a gzipped file"),
        (".gz", gzip.compress(b"", mtime=0)[:10] + b"\x07" * 20, "Error -3 while decompressing"),
        (".bz2", TURTLE.encode(), "Invalid data stream"),
        (".bz2", bz2.compress(TURTLE.encode())[:-9], "Compressed file ended before"),
        (".zst", TURTLE.encode(), "Unable to decompress"),
        (".zst", zstd.compress(TURTLE.encode())[:-9], "Compressed file ended before"),
    ],
)
def test_broken_compression_is_told(
    tmp_path: Path, packing: str, content: bytes, reason: str
) -> None:
    """A file that cannot be unpacked is named, with the reason."""
    with pytest.raises(AuthoringError) as caught:
        store_of(tmp_path, {f"a.nt{packing}": content})

    assert str(caught.value).startswith(f"{tmp_path / f'a.nt{packing}'}: cannot be read: {reason}")


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(AuthoringError) as caught:
        Store.of_files([tmp_path / "a.ttl"])

    assert f"{tmp_path / 'a.ttl'}: there is no such file." == str(caught.value)


def test_folder_is_no_file(tmp_path: Path) -> None:
    """A folder with an extension is no file."""
    (tmp_path / "a.ttl").mkdir()

    with pytest.raises(AuthoringError, match=r"cannot be read: .*Is a directory"):
        Store.of_files([tmp_path / "a.ttl"])


def test_unknown_extension_is_refused(tmp_path: Path) -> None:
    """An extension that tells no format is refused before the file is looked for."""
    with pytest.raises(NotAcceptable, match=r"Asked for '.*a\.csv', which is not offered"):
        Store.of_files([tmp_path / "a.csv"])
