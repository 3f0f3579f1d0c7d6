"""The page that shows an answer."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from miwdap_kg.web.answer_page import ROWS_SHOWN
from miwdap_kg.web.results import Cell, FirstLines, read_term, table_of_triples, table_of_tsv

from .conftest import BROWSER, Client

XSD = "http://www.w3.org/2001/XMLSchema#"
MANY = f"""SELECT ?a ?b {{ VALUES ?a {{ {" ".join(map(str, range(40)))} }}
                          VALUES ?b {{ {" ".join(map(str, range(30)))} }} }}"""


class Table(HTMLParser):
    """The cells of the one table of a page, and what is in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.header: list[str] = []
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self.languages: list[str] = []
        self._into: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "th":
            self._into = self.header
        elif tag == "tr" and self.header:
            self.rows.append([])
        elif tag == "td":
            self._into = self.rows[-1]
        if tag in ("th", "td") and self._into is not None:
            self._into.append("")
        elif self._into is not None and tag == "a":
            self.links.append(given["href"] or "")
        elif self._into is not None and "lang" in given:
            self.languages.append(given["lang"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def test_table_of_a_select(files_client: Client) -> None:
    """Columns are the variables in their order; IRIs are short and lead on; languages are told."""
    query = """PREFIX e: <http://example.org/>
        SELECT ?thing ?name ?area ?none { e:honshu e:name ?name ; e:area ?area
        BIND (<https://w3id.org/miwdap/id/plan> AS ?thing) } ORDER BY ?name"""

    table = Table(files_client.ask(query, accept=BROWSER).text)

    assert ["thing", "name", "area", "none"] == table.header
    assert [
        ["id:plan", "Honshu\xa0en", "227960", ""],
        ["id:plan", "本州\xa0ja", "227960", ""],
    ] == table.rows
    assert ["https://w3id.org/miwdap/id/plan"] * 2 == table.links
    assert ["en", "ja"] == table.languages


def test_table_of_a_construct(files_client: Client) -> None:
    """A graph is shown as its statements."""
    response = files_client.ask("CONSTRUCT WHERE { ?s <http://example.org/area> ?o }", BROWSER)

    table = Table(response.text)
    assert ["subject", "predicate", "object"] == table.header
    assert [["http://example.org/honshu", "http://example.org/area", "227960"]] == table.rows
    assert "<h1>1 statement</h1>" in response.text


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("ASK {}", "Yes"),
        ("ASK { <urn:no> ?p ?o }", "No"),
        ("SELECT * { <urn:no> ?p ?o }", "0 rows"),
        ("SELECT * {}", "1 row"),
        ("DESCRIBE <urn:no>", "0 statements"),
        (MANY, "1,200 rows"),
    ],
    ids=["yes", "no", "no-row", "no-column", "no-statement", "many"],
)
def test_title_is_the_answer_in_short(files_client: Client, query: str, title: str) -> None:
    """The first line of the page says what came out."""
    response = files_client.ask(query, accept=BROWSER)

    assert f"<h1>{title}</h1>" in response.text
    assert re.search(r"Answered in \d+\.\d ms\.", response.text)


def test_page_shows_the_first_rows_and_says_so(files_client: Client) -> None:
    """A long answer is cut on the page alone, and the page says that it is."""
    response = files_client.ask(MANY, accept=BROWSER)

    assert ROWS_SHOWN == len(Table(response.text).rows) == 1000
    assert "Only the first 1,000 are shown here." in response.text


def test_short_answer_is_not_called_cut(files_client: Client) -> None:
    """A whole answer is not said to be cut."""
    assert "Only the first" not in files_client.ask("SELECT * { ?s ?p ?o }", BROWSER).text


@pytest.mark.parametrize(
    ("query", "formats"),
    [("SELECT * { ?s ?p ?o }", SOLUTION_FORMATS), ("DESCRIBE <urn:x>", GRAPH_FORMATS)],
    ids=["select", "describe"],
)
def test_page_links_the_whole_answer_in_each_format(
    files_client: Client, query: str, formats: tuple[object, ...]
) -> None:
    """Each format has its link, and the link gives the same question's answer in it."""
    parameters = {"default-graph-uri": "http://example.org/more"}

    page = files_client.ask(query, accept=BROWSER, **parameters).text

    links = re.findall(r'<a href="(/sparql\?[^"]*)"', page)
    answers = [files_client.get(link.replace("&amp;", "&")) for link in links]
    asked = [parse_qs(urlsplit(link.replace("&amp;", "&")).query) for link in links]
    assert [each.content_type for each in formats] == [  # type: ignore[attr-defined]
        each.headers["content-type"] for each in answers
    ]
    assert {query} == {each["query"][0] for each in asked}
    assert {"http://example.org/more"} == {each["default-graph-uri"][0] for each in asked}
    assert len(links) == page.count('<link rel="alternate"')


def test_page_asks_again_of_the_same_dataset(files_client: Client) -> None:
    """The form on the page keeps the graphs that were chosen, and says which they are."""
    page = files_client.ask(
        "ASK {}", BROWSER, **{"named-graph-uri": "http://example.org/more"}
    ).text

    assert '<input type="hidden" name="named-graph-uri" value="http://example.org/more">' in page
    assert "It is asked of these graphs alone: http://example.org/more." in page


def test_page_of_a_long_query_has_no_links_that_fail(files_client: Client) -> None:
    """A query that fits no address is asked again by POST, and the page says how to have it all."""
    query = "SELECT * { ?s ?p ?o } #" + "計" * 10_000

    page = files_client.post("/sparql", data={"query": query}, accept=BROWSER).text

    assert '<form action="/sparql" method="post">' in page
    assert "/sparql?query=" not in page
    assert "POST it with <code>format=</code>" in page


def test_nothing_in_an_answer_is_markup(files_client: Client) -> None:
    """What stands in the data or in the query is shown as text, never taken as HTML."""
    query = """SELECT ?note ("</textarea><script>1</script>" AS ?x)
        { GRAPH ?g { ?s <http://example.org/note> ?note } }"""

    page = files_client.ask(query, accept=BROWSER).text

    assert "&lt;b&gt;bold&lt;/b&gt; &amp; &#34;quoted&#34;\nsecond line" in page
    assert "<script" not in page
    assert 1 == page.count("</textarea>")


@pytest.mark.parametrize("iri", ["javascript:alert(1)", "data:text/html,x", "urn:isbn:1"])
def test_only_web_addresses_are_links(files_client: Client, iri: str) -> None:
    """An IRI that is no address on the web is shown and leads nowhere."""
    table = Table(files_client.ask(f"SELECT (<{iri}> AS ?x) {{}}", accept=BROWSER).text)

    assert [[iri]] == table.rows
    assert [] == table.links


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (
            "<https://w3id.org/miwdap/def#Plan>",
            Cell("miw:Plan", "https://w3id.org/miwdap/def#Plan"),
        ),
        ("<http://e.org/x>", Cell("http://e.org/x", "http://e.org/x")),
        ("<urn:x>", Cell("urn:x")),
        ('"plain"', Cell("plain")),
        ('""', Cell("")),
        ('"計画"@ja', Cell("計画", language="ja")),
        ('"a\\tb\\n\\"c\\" \\\\n"', Cell('a\tb\n"c" \\n')),
        ('"\\u8A08\\U0001F600"', Cell("計😀")),
        (f'"2020-04-30"^^<{XSD}date>', Cell("2020-04-30", note="xsd:date")),
        (f'"5"^^<{XSD}integer>', Cell("5", is_number=True)),
        ("5", Cell("5", is_number=True)),
        ("-1.5", Cell("-1.5", is_number=True)),
        ("1e3", Cell("1e3", is_number=True)),
        ("true", Cell("true")),
        ("_:b0", Cell("_:b0")),
        ("<<( <a:a> <b:b> 1 )>>", Cell("<<( <a:a> <b:b> 1 )>>")),
    ],
)
def test_terms(term: str, expected: Cell) -> None:
    """A term of TSV or N-Triples is read as what it stands for."""
    assert expected == read_term(term)


def test_first_lines_are_kept_and_all_are_counted() -> None:
    """A file of first lines keeps whole lines only, wherever the pieces were cut."""
    text = "".join(f"行{number}\u2028\n" for number in range(100)).encode()
    first = FirstLines(3)

    for start in range(0, len(text), 7):
        first.write(text[start : start + 7])

    assert ["行0\u2028", "行1\u2028", "行2\u2028"] == first.lines()
    assert 100 == first.count


def test_first_lines_of_nothing() -> None:
    """An empty answer has no lines."""
    assert [] == FirstLines(3).lines()


def test_tables() -> None:
    """Unbound cells are None; a statement's object may have blanks in it."""
    assert (("a", "b"), ((Cell("1", is_number=True), None), (None, Cell("x y")))) == table_of_tsv(
        ["?a\t?b", "1\t", '\t"x y"']
    )
    assert ((), ((),)) == table_of_tsv(["", ""])
    assert ((Cell("_:a"), Cell("urn:p"), Cell("x . y", language="en")),) == table_of_triples(
        ['_:a <urn:p> "x . y"@en .']
    )
