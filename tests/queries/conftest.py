"""What the tests of the query library share: the option to write expected answers, and rdflib."""

from __future__ import annotations

import pytest
from rdflib import Dataset

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.workshop.dataset import default_graph, read_rdf


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-expected",
        action="store_true",
        help="write tests/queries/expected/*.csv anew, for you to read against the sources",
    )


@pytest.fixture(scope="session")
def updates_expected(request: pytest.FixtureRequest) -> bool:
    """Whether expected answers are written and not compared.

    Run from the root, pytest reads its command line before it reads this file, and there is no
    such option: name the folder to have it, as in `pytest tests/queries --update-expected`.
    """
    return bool(request.config.getoption("--update-expected", default=False))


@pytest.fixture(scope="session")
def rdflib_dataset(graph: KnowledgeGraph) -> Dataset:
    """The release in rdflib: its named graphs, and their union as default graph."""
    dataset = read_rdf(graph.dump_path("nq"))
    for triple in default_graph(dataset):
        dataset.default_graph.add(triple)
    return dataset
