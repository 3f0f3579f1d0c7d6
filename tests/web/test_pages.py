"""The first page, of a release and of plain files, and what all pages have in common."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import is_dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import miwdap_kg.web
from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.settings import Settings
from miwdap_kg.store import Store
from miwdap_kg.web.app import create_app
from miwdap_kg.web.pages import GRAPHS_SHOWN

from .conftest import BROWSER, Client

WEB = Path(miwdap_kg.web.__file__).parent
PAGES = {
    "home": ("client", "/"),
    "files": ("files_client", "/"),
    "answer": ("client", "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%2099"),
    "problem": ("client", "/sparql?query=SELEKT"),
    "dumps": ("client", "/dumps/"),
}
VOID = {"meta", "link", "input", "wbr"}


class Outline(HTMLParser):
    """The elements of a page, checked to be properly nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page)
        assert [] == self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop()

    def attributes(self, name: str) -> list[str]:
        return [given[name] or "" for _, given in self.elements if name in given]


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    """Each kind of page in turn."""
    client, path = PAGES[request.param]
    text: str = request.getfixturevalue(client).get(path, accept=BROWSER).text
    return text


def test_pages_are_well_made(page: str) -> None:
    """Each page has a language, one heading of the first rank, one main, and a way to it."""
    outline = Outline(page)
    tags = [tag for tag, _ in outline.elements]

    assert ("html", {"lang": "en"}) == outline.elements[0]
    assert 1 == tags.count("h1") == tags.count("main") == tags.count("title")
    assert ("a", {"class": "skip", "href": "#main"}) in outline.elements
    assert "main" in outline.attributes("id")
    assert len(outline.attributes("id")) == len(set(outline.attributes("id")))


def test_pages_load_nothing_from_elsewhere(page: str) -> None:
    """No script, no style within, nothing from another host: what the policy asks."""
    outline = Outline(page)
    loaded = [
        given["href"] or ""
        for tag, given in outline.elements
        if tag == "link" and given["rel"] in ("stylesheet", "icon")
    ]

    assert {"script", "style", "img", "iframe"}.isdisjoint(tag for tag, _ in outline.elements)
    assert [] == outline.attributes("style") + outline.attributes("src")
    assert [] == [name for _, given in outline.elements for name in given if name.startswith("on")]
    assert ["/static/icon.svg", "/static/miwdap.css"] == loaded


def test_labels_and_descriptions_lead_somewhere(page: str) -> None:
    """Whatever points to an element points to one that is there."""
    outline = Outline(page)
    targets = [
        *outline.attributes("for"),
        *outline.attributes("aria-labelledby"),
        *outline.attributes("aria-describedby"),
        *(each[1:] for each in outline.attributes("href") if each.startswith("#")),
    ]

    assert [] == [each for each in targets if each not in outline.attributes("id")]


def test_links_within_lead_somewhere(page: str, client: Client) -> None:
    """No page has a dead link to another page of ours."""
    links = {each for each in Outline(page).attributes("href") if each.startswith("/")}

    assert {} == {
        each: status
        for each in links
        if (status := client.get(each, accept=BROWSER).status_code) != 200
    }


def test_home_page_shows_the_principles_with_their_words(client: Client) -> None:
    """All five, in both languages, each with the newsletter's words and the line they stand in."""
    page = client.get("/").text

    for label, label_ja, quote, line in (
        ("Promotion of SDGs", "SDGs", "Principle 1: Promotion of SDGs", 23),
        (
            "Enhancement of global competitiveness",
            "競争力",
            "Principle 2: Enhancement of global competitiveness",
            24,
        ),
        (
            "Promotion of Data Free Flow with Trust (DFFT)",
            "DFFT",
            "Principle 3: Promotion of Data Free Flow with Trust (DFFT)",
            25,
        ),
        (
            "Realization of the Free and Open Indo-Pacific (FOIP) Strategy",
            "インド太平洋",
            "Principle 4: Realization of the Free and Open Indo-Pacific (FOIP) Strategy",
            26,
        ),
        (
            "Total Mobilization of Policy Resources",
            "政策資源",
            "Principle 5: Total Mobilization of Policy Resources",
            27,
        ),
    ):
        assert f'<span class="label">{label}</span>' in page
        assert re.search(rf'<span class="label" lang="ja">[^<]*{label_ja}[^<]*</span>', page)
        assert f'<blockquote lang="en">{quote}</blockquote>' in page
        assert re.search(rf"<figcaption>[^<]*, line {line} of its text</figcaption>", page)


def test_retelling_is_no_quotation_on_the_home_page(client: Client) -> None:
    """What is not the document's own words stands in its brackets, and in no blockquote."""
    page = client.get("/").text

    assert re.search(r'<p lang="ja">\[[^<]+\]</p>', page)
    assert not re.search(r"<blockquote[^>]*>\[", page)


def test_home_page_takes_its_numbers_from_the_release(
    client: Client, graph: KnowledgeGraph
) -> None:
    """Version, statements and passages are those of the release that is served."""
    page = client.get("/").text
    release = graph.release
    assert release is not None
    passages = [name for name in release.graphs if "/passage/" in name]

    assert f"<dd>{release.version}</dd>" in page
    assert f"<dd>{release.default_graph:,}</dd>" in page
    assert f"<dd>{len(passages)}</dd>" in page
    for extension in ("nq", "trig", "ttl"):
        assert f'href="/dumps/{release.version}/miwdap-{release.version}.{extension}"' in page


def test_home_page_lists_every_stored_query(client: Client, graph: KnowledgeGraph) -> None:
    """Each stored query is there with both summaries and a link that asks it."""
    page = client.get("/").text
    links = re.findall(r'<li><a href="(/sparql\?[^"]+)">([^<]+)</a>', page)
    asked = [parse_qs(urlsplit(href).query)["query"][0] for href, _ in links]

    assert [each.summary.replace("'", "&#39;") for each in graph.queries.values()] == [
        summary for _, summary in links
    ]
    assert all(each.summary_ja in page for each in graph.queries.values())
    for text, query in zip(asked, graph.queries.values(), strict=True):
        assert query.text.endswith(text)
        assert not text.startswith("#")


def test_question_on_the_home_page_has_an_answer(client: Client) -> None:
    """The question that stands in the field shows rows with the words of passages."""
    page = client.get("/").text
    question = page.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0]
    text = question.replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")

    answer = client.ask(text)

    rows = answer.json()["results"]["bindings"]
    assert 3 == len(rows)
    assert all("quote" in row for row in rows)


def test_home_page_knows_its_address(client: Client) -> None:
    """The commands on the page go to the server that the page came from."""
    page = client.get("/", headers={"host": "graph.example.org"}).text

    assert "curl -s http://graph.example.org/sparql -d format=csv" in page


def test_home_page_is_not_sent_again(client: Client) -> None:
    """Who has the page is told so."""
    tag = client.get("/").headers["etag"]

    assert 304 == client.get("/", headers={"if-none-match": tag}).status_code
    assert 200 == client.get("/", headers={"if-none-match": '"x"'}).status_code


def test_page_of_plain_files_knows_no_plan(files_client: Client) -> None:
    """A server of files shows their graphs, a field and the formats, and nothing of the plan."""
    page = files_client.get("/").text

    assert '<td>http://example.org/more</td><td class="number">2</td>' in page
    assert all(f"<td>{each.label}</td>" in page for each in (*SOLUTION_FORMATS, *GRAPH_FORMATS))
    assert "MIC" not in page
    assert "<textarea" in page


def test_page_of_many_graphs_lists_the_first(tmp_path: Path) -> None:
    """Files with very many graphs do not make a page that no browser can show."""
    path = tmp_path / "many.nq"
    path.write_text("".join(f"<urn:s> <urn:p> <urn:o> <urn:g{n}> .\n" for n in range(1234)))
    graph = KnowledgeGraph.of_store(Store.of_files([path]))

    page = Client(create_app(graph, Settings.read())).get("/").text

    assert "The first 200 of 1,234." in page
    assert GRAPHS_SHOWN == page.count("<td>urn:g")


def test_each_template_has_one_dataclass() -> None:
    """A template is named by one dataclass, and each dataclass names a template that is there."""
    classes = {
        each
        for module in pkgutil.iter_modules(miwdap_kg.web.__path__)
        for each in vars(importlib.import_module(f"miwdap_kg.web.{module.name}")).values()
        if isinstance(each, type) and is_dataclass(each)
    }
    parts = {"base.html", "question.html"}
    templates = {path.name for path in (WEB / "templates").iterdir()}

    named = sorted(vars(each)["template"] for each in classes if "template" in vars(each))
    assert sorted(templates - parts) == named


# Colours


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


STYLE = (WEB / "static" / "miwdap.css").read_text(encoding="utf-8")
LIGHT = colours(STYLE.partition("@media")[0])
DARK = {**LIGHT, **colours(STYLE.partition("prefers-color-scheme: dark")[2].partition("\n}")[0])}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper", "needed"),
    [
        ("ink", "paper", 7.0),
        ("ink", "raised", 7.0),
        ("muted", "paper", 4.5),
        ("muted", "raised", 4.5),
        ("accent", "paper", 4.5),
        ("on-accent", "accent", 4.5),
        ("warning", "paper", 4.5),
        ("on-mark", "mark", 4.5),
        ("edge", "paper", 3.0),
        ("edge", "raised", 3.0),
    ],
)
def test_contrast(scheme: dict[str, str], ink: str, paper: str, needed: float) -> None:
    """Text can be read by people with low vision (WCAG 2.2, 1.4.3 and 1.4.11)."""
    assert contrast(scheme[ink], scheme[paper]) >= needed


def test_style_uses_the_colours_that_are_tested() -> None:
    """No colour stands outside the two tables at the head of the style sheet."""
    rest = STYLE.partition("*,\n*::before")[2]

    assert [] == re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rest)
    assert DARK != LIGHT
