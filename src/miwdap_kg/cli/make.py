"""The verbs over texts and releases: `validate`, `build`, `verify`, `dump`."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from miwdap_kg.cli.terminal import progress, say, write
from miwdap_kg.errors import ReleaseCorrupt, ReleaseRejected
from miwdap_kg.formats import DUMP_FORMATS, by_name

if TYPE_CHECKING:
    from rdflib import Graph


__all__ = ["ReportFormat", "build", "dump", "validate", "verify"]

ReportFormat = Literal["text", "turtle", "json"]


def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            help="RDF files to hold against the shapes; without one, the whole text at hand.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[  # noqa: A002  # the name of the option
        ReportFormat, typer.Option("--format", help="How the report is written.")
    ] = "text",
    language: Annotated[
        Literal["en", "ja"], typer.Option("--language", help="The language of a text report.")
    ] = "en",
) -> None:
    """Write the report; the exit code is 1 when the graph does not conform."""
    from miwdap_kg.settings import Settings

    text = Settings.read().text
    with progress("Validating") as step:
        step("loading")
        from miwdap_kg.workshop.dataset import assemble, read_files
        from miwdap_kg.workshop.report import REPORT_FORMATS, to_text
        from miwdap_kg.workshop.validation import ShapeLibrary
        from miwdap_kg.workshop.validation import validate as hold_against

        dataset = read_files(files) if files else assemble(text)
        report = hold_against(
            dataset,
            ShapeLibrary.read(text / "shapes"),
            ontology=_ontology(text) if files else None,
            progress=step,
        )
    written = to_text(report, language) if format == "text" else REPORT_FORMATS[format](report)
    write(written.encode())
    if not report.conforms:
        _say_what_is_part_of_the_text(files or (), text)
        raise typer.Exit(1)


def build(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="The folder to write; it must be empty or not exist. Without it, the folder that "
            "'serve' looks in.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option(
            "--text",
            metavar="DIR",
            help="The folder of data, ontology, shapes and queries (setting text).",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Say nothing when the release is written.")
    ] = False,
) -> None:
    """Write a release, its folder to standard output; 1 when the graph does not conform."""
    from miwdap_kg.current_release import usual_folder
    from miwdap_kg.settings import Settings

    start = time.monotonic()
    settings = Settings.read(text=text)
    folder = output or usual_folder(settings)
    was_there = folder.is_dir() and any(folder.iterdir())
    try:
        with progress("Building the release") as step:
            step("loading")
            from miwdap_kg.workshop.build import build as write_release

            release = write_release(settings.text, folder, progress=step)
    except ReleaseRejected as error:
        _say_why(error)
        raise
    if quiet:
        return
    write(os.fsencode(release.folder) + b"\n")
    done = "was there already and is verified" if was_there else "built"
    say(
        f"Release {release.version}: {release.default_graph:,} statements, {done} "
        f"in {time.monotonic() - start:.1f} s."
    )


def verify(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A release folder, built here or downloaded.")
    ],
) -> None:
    """Compare every file with the manifest; the exit code is 1 when one is not as it says."""
    from miwdap_kg.release import Release

    try:
        with progress("Verifying") as step:
            release = Release.open(folder, progress=step)
    except ReleaseCorrupt as error:
        say(str(error))
        raise typer.Exit(1) from error
    write(
        f"Release {release.version}: {len(release.files)} files checked, all as the manifest says."
        f"\nsha256 of the manifest: {release.digest}\n".encode()
    )


def dump(
    format: Annotated[  # noqa: A002  # the name of the argument
        str,
        typer.Argument(
            metavar="FORMAT",
            help=f"One of: {', '.join(each.name for each in DUMP_FORMATS)}. "
            "Turtle holds the default graph, the others the named graphs.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="The file or folder to write to; without it, standard output.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the release's dump, byte for byte as the manifest describes it."""
    from miwdap_kg.current_release import current_release
    from miwdap_kg.settings import Settings

    chosen = by_name(format, DUMP_FORMATS)
    source = current_release(Settings.read()).dump(chosen.extension)
    if output is None:
        with source.open("rb") as file:
            while chunk := file.read(1 << 20):
                write(chunk)
        return
    target = output / source.name if output.is_dir() else output
    shutil.copyfile(source, target)
    say(f"{target}: {target.stat().st_size:,} bytes of {chosen.label}.")


def _say_what_is_part_of_the_text(files: Sequence[Path], text: Path) -> None:
    from miwdap_kg.text import text_files

    known = {path.resolve() for path in text_files(text)}
    for path in files:
        if path.resolve() in known:
            say(
                f"{path} is part of the text at hand; other files, and the build, add to what it "
                "says. 'miwdap-kg validate' without a file validates the whole."
            )
            return


def _say_why(error: ReleaseRejected) -> None:
    from miwdap_kg.workshop.report import to_text
    from miwdap_kg.workshop.validation import ValidationReport

    if isinstance(error.report, ValidationReport):
        say(to_text(error.report))


def _ontology(text: Path) -> Graph:
    from rdflib import Graph

    from miwdap_kg.workshop.dataset import read_rdf

    graph = Graph()
    for path in sorted((text / "ontology").glob("*.ttl")):
        graph += read_rdf(path).default_graph
    return graph
