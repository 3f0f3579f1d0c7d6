"""The six questions that are asked of the release, each with a number that may change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from benchmarks.asking import CSV, JSON, NUMBER, TURTLE, Request
from miwdap_kg.store import NOT_IN_DEFAULT_GRAPH

__all__ = ["WORKLOADS", "Workload", "write_dataset"]

_PREFIXES: Final = """\
PREFIX id: <https://w3id.org/miwdap/id/>
PREFIX miw: <https://w3id.org/miwdap/def#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


@dataclass(frozen=True, slots=True)
class Workload:
    """A question, by the name that the tables of results give it.

    The number stands in an IRI that nothing in the data has: it changes neither the answer nor the
    work, but with another number the query is another query. Repeated requests keep one number.
    """

    name: str
    request: Request


def _of(name: str, query: str, accept: str) -> Workload:
    return Workload(name, Request(_PREFIXES + query, accept))


WORKLOADS: Final = (
    _of(
        "ASK",
        f"ASK {{ ?measure a miw:Measure . FILTER (?measure != id:none-{NUMBER}) }}",
        JSON,
    ),
    _of(
        "SELECT 20",
        "SELECT ?project ?label WHERE { ?project a miw:Project ; skos:prefLabel ?label . "
        f'FILTER (LANG(?label) = "en" && ?project != id:none-{NUMBER}) }} '
        "ORDER BY ?project ?label LIMIT 20",
        JSON,
    ),
    _of(
        "aggregate",
        "SELECT ?class (COUNT(?thing) AS ?things) WHERE { ?thing a ?class . "
        f"FILTER (?class != id:none-{NUMBER}) }} GROUP BY ?class ORDER BY DESC(?things) ?class",
        JSON,
    ),
    _of(
        "CONSTRUCT",
        "CONSTRUCT { ?passage ?property ?value } WHERE { ?passage a miw:Passage ; "
        f"?property ?value . FILTER (?passage != id:none-{NUMBER}) }}",
        TURTLE,
    ),
    _of(
        "whole graph, CSV",
        f"SELECT ?s ?p ?o WHERE {{ ?s ?p ?o . FILTER (?p != id:none-{NUMBER}) }}",
        CSV,
    ),
    _of(
        "whole graph, JSON",
        f"SELECT ?s ?p ?o WHERE {{ ?s ?p ?o . FILTER (?p != id:none-{NUMBER}) }}",
        JSON,
    ),
)


def write_dataset(release: Path, target: Path) -> int:
    """Write a release as N-Quads with its default graph spelt out, and return how many quads.

    So a peer holds what our server holds: the union of all graphs but two, and the named graphs.
    """
    (nquads,) = release.glob("miwdap-*.nq")
    quads = set(ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS))
    union = {
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in quads
        if isinstance(quad.graph_name, ox.NamedNode)
        and quad.graph_name.value not in NOT_IN_DEFAULT_GRAPH
    }
    everything = sorted(quads | union, key=str)
    ox.serialize(everything, target, format=ox.RdfFormat.N_QUADS)
    return len(everything)
