"""The table of verbs: what each is called, does, and looks like in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from miwdap_kg.cli.ask import query, run
from miwdap_kg.cli.describe import describe
from miwdap_kg.cli.evidence import evidence
from miwdap_kg.cli.gaps import gaps
from miwdap_kg.cli.make import build, dump, validate, verify
from miwdap_kg.cli.push import push
from miwdap_kg.cli.serve import serve
from miwdap_kg.cli.settings import settings

__all__ = ["VERBS", "Verb"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: its function, whose parameters are the verb's, and what its help says.

    *group* is the heading under which the list of verbs has it, *summary* its line there.
    """

    function: Callable[..., None]
    group: str
    summary: str
    details: str
    examples: tuple[str, ...]

    @property
    def name(self) -> str:
        """The word that a person types."""
        return self.function.__name__

    @property
    def help(self) -> str:
        """The text above the options."""
        return f"{self.summary}\n\n{self.details}"

    @property
    def epilog(self) -> str:
        """The text below the options: the examples."""
        return "\n".join(["Examples:", *(f"  miwdap-kg {each}" for each in self.examples)])


VERBS: Final = (
    Verb(
        serve,
        "Ask",
        "Serve the graph: web pages and a SPARQL endpoint.",
        "Opens the release of the text at hand and builds it first when it is not there yet, "
        "which takes a few seconds once. With --data it serves any RDF files instead of the plan. "
        "Ends cleanly on Ctrl-C and SIGTERM.",
        ("serve", "serve --port 8080", "serve --data plan.ttl more.trig.gz"),
    ),
    Verb(
        query,
        "Ask",
        "Ask a question in SPARQL.",
        "Writes the answer as a table, or in another --format. In a table IRIs are shortened to "
        "prefixed names; the other formats hold every byte of the data. "
        "The exit code is 1 when nothing is found, 2 when the query is wrong.",
        (
            "query 'SELECT ?graph (COUNT(*) AS ?statements) "
            "WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph ORDER BY ?graph'",
            "query question.rq --format csv",
            "query 'DESCRIBE <https://w3id.org/miwdap/id/plan>' --format jsonld",
            "query 'SELECT * WHERE { ?s ?p ?o } LIMIT 5' --data plan.ttl",
        ),
    ),
    Verb(
        run,
        "Ask",
        "Run a stored query, or list them all.",
        "A parameter that is not set leaves the answer open: the query then answers for all. "
        "IRIs are given as a key (plan), a prefixed name (id:plan), or in full.",
        ("run", "run principles", "run list-members list=list-twenty-projects --format csv"),
    ),
    Verb(
        describe,
        "Ask",
        "Describe a thing, with the passages that say so.",
        "Writes its labels and classes, then all that is said of it in reading order, then all "
        "that leads to it. Under each statement stands who says it: a passage with its words, or "
        "another graph of the release. For a passage, also what it states. "
        "The exit code is 1 for an unknown thing; the nearest names are told.",
        ("describe plan", "describe miw:Enumeration", "describe passage:newsletter-33"),
    ),
    Verb(
        evidence,
        "Ask",
        "Show where the documents say something, or check the quotes.",
        "Writes the passages with their words, document, line and reliability, and under each the "
        "statements that it supports. With --check it compares every quote and position with the "
        "text of a document; the exit code is 1 when one is not confirmed.",
        (
            "evidence",
            "evidence principle-1",
            "evidence plan miw:hasPrinciple principle-1",
            "evidence --check newsletter.txt",
            "evidence --check newsletter.txt --document newsletter-31-2",
        ),
    ),
    Verb(
        gaps,
        "Ask",
        "List what the sources announce and do not say.",
        "Begins with the Twenty Projects: how many the sources count, name and leave open. Then "
        "lists without a count, names that no source gives in a language, dates without a day, "
        "and documents that were read in part. Each part is a stored query, named above it.",
        ("gaps", "gaps --language ja", "gaps --format json"),
    ),
    Verb(
        dump,
        "Ask",
        "Write the whole graph in an RDF format.",
        "The bytes are those of the release, whose checksums stand in its manifest.",
        ("dump turtle", "dump nquads --output plan.nq"),
    ),
    Verb(
        validate,
        "Make",
        "Hold the text, or RDF files, against the shapes.",
        "Without a FILE the whole text at hand is validated as the build does it. The exit code "
        "is 0 when it conforms, 1 when it does not, 2 when a file cannot be read.",
        ("validate", "validate --language ja", "validate plan.ttl --format json"),
    ),
    Verb(
        build,
        "Make",
        "Build a release of the text.",
        "Writes a folder with dumps, ontology, shapes, queries, report and manifest, whole or not "
        "at all. The same text gives the same bytes. What does not conform is refused with the "
        "report (exit code 1); a broken file is named with line and column (2).",
        ("build", "build --output out/release"),
    ),
    Verb(
        verify,
        "Make",
        "Compare a release folder with its manifest.",
        "The exit code is 0 when every file is the one that the manifest describes, 1 when one is "
        "altered, missing or too many, 2 when there is no manifest.",
        ("verify out/release",),
    ),
    Verb(
        push,
        "Make",
        "Load a release into a SPARQL engine.",
        "Writes over the SPARQL 1.1 Graph Store Protocol: the named graphs, and the default graph "
        "as their union. Graphs of an older release go. Done again it does no harm. Afterwards the "
        "engine's graphs are counted; the exit code is 1 when one has not all its statements.",
        (
            "push http://localhost:7878/query",
            "push http://localhost:8890/sparql --release out/release",
            "push https://example.org/sparql --graph-store https://example.org/data --at-once",
        ),
    ),
    Verb(
        settings,
        "Settings",
        "List the settings with value and origin.",
        "Each setting can be given as an environment variable: MIWDAP_ and its name in capitals. "
        "An option goes before the environment.",
        ("settings",),
    ),
)
