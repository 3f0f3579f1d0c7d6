"""What may be kept of an answer, and for how long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from miwdap_kg.knowledge_graph import KnowledgeGraph

from .conftest import BROWSER, Client

QUERY = "SELECT * { ?s ?p ?o }"


def test_same_question_has_the_same_tag(client: Client) -> None:
    """A strong entity tag comes with the answer, and again."""
    first = client.ask(QUERY).headers["etag"]

    assert first == client.ask(QUERY).headers["etag"]
    assert first.startswith('"')
    assert "no-cache" == client.ask(QUERY).headers["cache-control"]


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        (QUERY + " ", {}),
        (QUERY, {"accept": "text/csv"}),
        (QUERY, {"accept": "application/json"}),
        (QUERY, {"default-graph-uri": "https://w3id.org/miwdap/graph/ontology"}),
        (QUERY, {"named-graph-uri": "https://w3id.org/miwdap/graph/ontology"}),
    ],
    ids=["text", "format", "media-type", "default-graph", "named-graph"],
)
def test_another_question_has_another_tag(
    client: Client, query: str, parameters: dict[str, str]
) -> None:
    """All that decides the answer's bytes is in the tag."""
    assert client.ask(QUERY).headers["etag"] != client.ask(query, **parameters).headers["etag"]


@pytest.mark.parametrize("form", ["{tag}", '"other", {tag}', "W/{tag}"])
def test_known_answer_is_not_sent_again(client: Client, form: str) -> None:
    """Who has the answer is told so, without a body."""
    tag = client.ask(QUERY).headers["etag"]

    response = client.get(
        "/sparql", params={"query": QUERY}, headers={"if-none-match": form.format(tag=tag)}
    )

    assert 304 == response.status_code
    assert b"" == response.content
    assert tag == response.headers["etag"]
    assert "Accept, Accept-Encoding" == response.headers["vary"]


def test_other_tag_gets_the_answer(client: Client) -> None:
    """A tag of something else is no reason to send nothing."""
    response = client.get("/sparql", params={"query": QUERY}, headers={"if-none-match": '"other"'})

    assert 200 == response.status_code


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (RAND() AS ?x) {}",
        "SELECT (rand () AS ?x) {}",
        "SELECT (NOW() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "CONSTRUCT { _:a <http://e.org/p> 1 } {}",
        "CONSTRUCT { [] <http://e.org/p> 1 } {}",
    ],
)
def test_answer_that_varies_has_no_tag(client: Client, query: str) -> None:
    """What may be different next time is never called the same."""
    response = client.ask(query)

    assert 200 == response.status_code
    assert "etag" not in response.headers


def test_page_and_post_and_problem_have_no_tag(client: Client) -> None:
    """A page shows the time that it took, a POST is not asked again, and a problem may pass."""
    responses = [
        client.ask(QUERY, accept=BROWSER),
        client.post("/sparql", data={"query": QUERY}),
        client.ask("SELECT"),
    ]

    assert [200, 200, 400] == [each.status_code for each in responses]
    assert not any("etag" in each.headers for each in responses)
    assert "no-store" == responses[-1].headers["cache-control"]


def test_files_have_no_tag(files_client: Client) -> None:
    """Plain files have no release whose digest could tell one answer from another."""
    assert "etag" not in files_client.ask(QUERY).headers


def test_another_process_gives_the_same_bytes(client: Client, graph: KnowledgeGraph) -> None:
    """A strong tag says that the bytes are the same, whichever process answers."""
    assert graph.release is not None
    program = (
        "import sys; from pathlib import Path; from miwdap_kg.store import Store\n"
        "import pyoxigraph as ox\n"
        f"answer = Store.of_release(Path(sys.argv[1])).query({QUERY!r})\n"
        "answer.serialize(sys.stdout.buffer, format=ox.QueryResultsFormat.TSV)"
    )

    other = subprocess.run(
        [sys.executable, "-c", program, str(Path(graph.release.dump("nq")))],
        capture_output=True,
        check=True,
    )

    assert client.ask(QUERY, accept="text/tab-separated-values").content == other.stdout
