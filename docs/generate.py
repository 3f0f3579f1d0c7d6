"""Writes the reference pages from tables and ontology; with --check, compares them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import class_diagram
import ontology_page
import typer
from class_diagram import Diagram
from ontology_page import Ontology

from miwdap_kg import errors
from miwdap_kg.cli import app
from miwdap_kg.formats import (
    DUMP_FORMATS,
    FORMATS,
    GRAPH_FORMATS,
    READABLE_FORMATS,
    SOLUTION_FORMATS,
    Format,
)
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.queries import QueryLibrary
from miwdap_kg.settings import ENVIRONMENT_PREFIX, Settings
from miwdap_kg.web.problems import PROBLEMS

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from the tables in the code; do not edit. -->"
ONTOLOGY_NOTE = "<!-- Written by `make docs` from the files in ontology/; do not edit. -->"


def main() -> int:
    """Write each file that is out of date, or name it and return 1 when only checking."""
    check = sys.argv[1:] == ["--check"]
    stale = 0
    for path, content in stale_files():
        stale += 1
        if check:
            print(f"{path.relative_to(ROOT)} is out of date: run 'make docs'.", file=sys.stderr)
        else:
            path.write_text(content(), encoding="utf-8")
    return int(check and stale > 0)


def stale_files() -> Iterator[tuple[Path, Callable[[], str]]]:
    """Yield each file that is out of date, with a function that gives its content.

    Pictures are compared by what they are drawn from, so that only drawing needs Graphviz.
    """
    ontology = ontology_page.read_ontology(ROOT / "ontology")
    diagrams = list(class_diagram.diagrams(ontology))
    for name, lines in pages(ontology, diagrams):
        path = REFERENCE / f"{name}.md"
        text = "\n".join([*lines]).rstrip() + "\n"
        if read(path) != text:
            yield path, partial(str, text)
    for diagram in diagrams:
        path = REFERENCE / diagram.file
        if not class_diagram.is_drawn(diagram, read(path)):
            yield path, partial(class_diagram.drawn, diagram)


def read(path: Path) -> str:
    """Return the text of a file, or nothing where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def pages(ontology: Ontology, diagrams: Iterable[Diagram]) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield each page's name and its lines."""
    yield "prefixes", prefixes()
    yield "formats", formats()
    yield "settings", settings()
    yield "errors", error_tree()
    yield "queries", queries()
    yield "cli", command_line()
    pictures = [(each.caption, each.file) for each in diagrams]
    yield "ontology", ontology_page.lines(ontology, note=ONTOLOGY_NOTE, diagrams=pictures)


def prefixes() -> Iterator[str]:
    """Yield the page of the prefixes."""
    yield from (
        "# Prefixes",
        "",
        NOTE,
        "",
        "One spelling each, in the order in which files use them.",
    )
    yield from (
        "",
        *table(("prefix", "IRI"), ((f"`{k}:`", f"`{v}`") for k, v in NAMESPACES.items())),
    )


def formats() -> Iterator[str]:
    """Yield the page of the formats."""
    uses = (
        ("SELECT, ASK", SOLUTION_FORMATS),
        ("CONSTRUCT, DESCRIBE", GRAPH_FORMATS),
        ("files read", READABLE_FORMATS),
        ("dumps", DUMP_FORMATS),
    )
    yield from ("# Formats", "", NOTE, "")
    yield "Ask for one by its media type in `Accept`, or by name in `format=` and `--format`."
    yield from ("", "The first one for a use is what you get when you ask for none.", "")
    columns = ("name", "format", "media type", "extension", "also asked for as", "used for")
    yield from table(columns, (format_row(each, uses) for each in FORMATS))


def format_row(each: Format, uses: Sequence[tuple[str, Sequence[Format]]]) -> tuple[str, ...]:
    """Return one row of the table of formats."""
    used = "; ".join(name for name, formats_ in uses if each in formats_) or "pages"
    also = ", ".join(f"`{name}`" for name in each.also)
    return (
        f"`{each.name}`",
        each.label,
        f"`{each.media_type}`",
        f"`.{each.extension}`",
        also,
        used,
    )


def settings() -> Iterator[str]:
    """Yield the page of the settings."""
    yield from ("# Settings", "", NOTE, "")
    yield "An option on the command line wins over the environment, and that over the default."
    yield from ("", "`miwdap-kg settings` shows each with its value and where it came from.", "")
    yield from table(
        ("setting", "environment", "default", "meaning"),
        (
            (
                f"`{name}`",
                f"`{ENVIRONMENT_PREFIX}{name.upper()}`",
                "depends on where you are" if field.default_factory else f"`{field.default}`",
                field.description or "",
            )
            for name, field in Settings.model_fields.items()
        ),
    )


def error_tree() -> Iterator[str]:
    """Yield the page of the errors: the tree, with the HTTP status of each."""
    yield from ("# Errors", "", NOTE, "")
    yield "Each error says what was asked, what was found, and what to do."
    yield "On HTTP it is `application/problem+json` (RFC 9457) with the type and status below."
    yield from ("", *table(("error", "HTTP", "problem type", "when"), error_rows()))


def error_rows(
    root: type[errors.MiwdapError] = errors.MiwdapError, depth: int = 0
) -> Iterator[tuple[str, ...]]:
    """Yield a row for an error and for each below it."""
    problem = PROBLEMS.get(root)
    status, slug = (str(problem.status), f"`{problem.slug}`") if problem else ("", "")
    summary = (root.__doc__ or "").strip().splitlines()[0]
    yield (f"{'&emsp;' * depth}`{root.__name__}`", status, slug, summary)
    for each in root.__subclasses__():
        yield from error_rows(each, depth + 1)


def queries() -> Iterator[str]:
    """Yield the page of the query library."""
    library = QueryLibrary.read(ROOT / "queries")
    yield from ("# Queries", "", NOTE, "")
    yield "Each is one file in `queries/`, and runs in any SPARQL 1.1 tool."
    yield "`miwdap-kg run NAME` runs it; `KEY=VALUE` sets a parameter. Unset, it answers for all."
    for topic in dict.fromkeys(each.topic for each in library.values()):
        yield from ("", f"## {topic.replace('-', ' ').capitalize()}", "")
        rows = []
        for each in library.values():
            if each.topic == topic:
                link = f"[`{each.name}`](../../queries/{topic}/{each.name}.rq)"
                given = ", ".join(f"`{p.name}={p.example}`" for p in each.parameters)
                rows.append((link, f"{each.summary}<br>{each.summary_ja}", given))
        yield from table(("query", "what it asks", "parameters"), rows)


def command_line() -> Iterator[str]:
    """Yield the page of the command line, from the commands' own help."""
    group: Any = typer.main.get_command(app)
    yield from ("# Command line", "", NOTE, "")
    yield "Exit status: 0 is fine, 1 does not conform or was not found, 2 could not be done."
    yield "Data goes to stdout, messages to stderr."
    for name, command in group.commands.items():
        context = command.context_class(command, info_name=f"miwdap-kg {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        yield from ("", f"## {name}", "", "```text", f"miwdap-kg {name} {usage}", "```", "")
        yield (command.help or "").strip()
        if command.epilog:
            examples = [line.strip() for line in command.epilog.splitlines()[1:]]
            yield from ("", "```text", *examples, "```")
        rows = [
            (f"`{record[0].strip()}`", record[1])
            for each in command.params
            if "--help" not in each.opts and (record := each.get_help_record(context))
        ]
        if rows:
            yield from ("", *table(("option", "meaning"), rows))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    sys.exit(main())
