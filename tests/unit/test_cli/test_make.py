"""The verbs `validate`, `build`, `verify` and `dump`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import get_args

import pytest

from miwdap_kg.cli.make import ReportFormat
from miwdap_kg.formats import DUMP_FORMATS
from miwdap_kg.release import Release
from miwdap_kg.text import text_digest
from miwdap_kg.workshop.report import REPORT_FORMATS

from .conftest import Ask

PLAN = (
    "@prefix miw: <https://w3id.org/miwdap/def#> .\n<https://w3id.org/miwdap/id/p> a miw:Plan .\n"
)
BROKEN = "@prefix miw: <https://w3id.org/miwdap/def#> .\nmiw:a miw:b 'one' 'two' .\n"


def break_label(text: Path) -> None:
    """Take the labels from the plan, so that the text no longer conforms."""
    path = text / "data" / "note.trig"
    without = path.read_text().replace('skos:prefLabel "The plan"@en , "計画"@ja ;', "")
    path.write_text(without)


def test_formats_of_a_report():
    """The formats that can be chosen are those that reports are written in."""
    assert tuple(REPORT_FORMATS) == get_args(ReportFormat)


def test_validate_the_text(execute: Ask):
    """Without a file the text at hand is validated; the report goes to standard output."""
    outcome = execute("validate")

    assert (0, "") == (outcome.status, outcome.err)
    assert re.fullmatch(r"The graph of \d+ statements conforms to 1 rules: .*\n", outcome.out)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "VIOLATION  id:p\n  A plan has a label.\n  rule: plan-label\n"),
        ("ja", "違反  id:p\n  計画には名称がある。\n  規則: plan-label\n"),
    ],
    ids=["en", "ja"],
)
def test_validate_a_file(execute: Ask, tmp_path: Path, language: str, said: str):
    """A file that does not conform: the report in words of one's language, exit code 1."""
    path = tmp_path / "plan.ttl"
    path.write_text(PLAN)
    outcome = execute("validate", path, "--language", language)

    assert (1, "") == (outcome.status, outcome.err)
    assert said in outcome.out


def test_validate_knows_the_classes(ask: Ask, tmp_path: Path):
    """Files are held against the shapes with the class tree of the ontology."""
    path = tmp_path / "plan.ttl"
    path.write_text(PLAN.replace("miw:Plan", "miw:ActionPlan"))

    assert 1 == ask("validate", path).status


def test_validate_a_part_of_the_text(ask: Ask, text: Path):
    """Who validates a part of the text alone is told that the build adds to it."""
    break_label(text)
    path = text / "data" / "note.trig"
    outcome = ask("validate", path)

    assert 1 == outcome.status
    assert outcome.err.startswith(f"{path} is part of the text at hand; ")


def test_validate_as_json(ask: Ask, tmp_path: Path):
    """The report can be JSON."""
    path = tmp_path / "plan.ttl"
    path.write_text(PLAN)
    report = json.loads(ask("validate", path, "--format", "json").out)

    assert (False, 1) == (report["conforms"], report["violations"])


def test_validate_as_turtle(ask: Ask):
    """The report can be SHACL's own."""
    outcome = ask("validate", "--format", "turtle")

    assert 0 == outcome.status
    assert "a sh:ValidationReport" in outcome.out
    assert "sh:conforms true" in outcome.out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.ttl", None, "none.ttl: there is no such file."),
        ("broken.ttl", BROKEN, "broken.ttl, line 2: column 19: "),
        ("plan.docx", "", "Asked for 'plan.docx', which is not offered. Offered: .ttl"),
    ],
    ids=["missing", "broken", "unknown"],
)
def test_validate_what_cannot_be_read(
    ask: Ask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | None,
    message: str,
):
    """A file that cannot be read is named, with line and column: exit code 2."""
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_text(content)
    outcome = ask("validate", name)

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(message)


def test_unknown_report_format(ask: Ask):
    """An unknown format is refused with those that there are."""
    outcome = ask("validate", "--format", "html")

    assert (2, "") == (outcome.status, outcome.out)
    assert all(name in outcome.err for name in get_args(ReportFormat))


def test_build(execute: Ask, tmp_path: Path):
    """The folder goes to standard output; version, statements and time to standard error."""
    outcome = execute("build", "--output", "out/release")
    release = Release.open(tmp_path / "out" / "release")

    assert 0 == outcome.status
    assert release.folder == tmp_path / outcome.out.removesuffix("\n")
    expected = rf"Release 2000-01-01: {release.default_graph} statements, built in \d+\.\d s\.\n"
    assert re.fullmatch(expected, outcome.err)


def test_build_where_serve_looks(ask: Ask, tmp_path: Path, text: Path):
    """Without --output the release is where the first start would put it; twice is once."""
    folder = tmp_path / "releases" / text_digest(text)[:12]
    first, second = ask("build"), ask("build")

    assert f"{folder}\n" == first.out == second.out
    assert "was there already and is verified" in second.err
    assert [folder] == list(folder.parent.iterdir())


def test_build_of_another_text(ask: Ask, tmp_path: Path, text: Path):
    """--text names the text; --quiet says nothing."""
    shutil.move(text, tmp_path / "elsewhere")
    outcome = ask("build", "--text", tmp_path / "elsewhere", "--output", tmp_path / "r", "--quiet")

    assert (0, "", "") == (outcome.status, outcome.out, outcome.err)
    assert "2000-01-01" == Release.open(tmp_path / "r").version


def test_build_is_refused(execute: Ask, tmp_path: Path, text: Path):
    """What does not conform is refused with the report, and nothing is written."""
    break_label(text)
    outcome = execute("build", "--output", "release", "--quiet")

    assert (1, "") == (outcome.status, outcome.out)
    assert "VIOLATION  id:plan\n  A plan has a label.\n" in outcome.err
    assert "No release written: " in outcome.err.splitlines()[-1]
    assert not (tmp_path / "release").exists()


def test_build_of_a_broken_text(execute: Ask, tmp_path: Path, text: Path):
    """Broken Turtle is named with line and column, and nothing is written."""
    path = text / "data" / "catalog.ttl"
    path.write_text(BROKEN)
    outcome = execute("build", "--output", "release")

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(f"{path}, line 2: column 19: ")
    assert not (tmp_path / "release").exists()


def test_build_over_something_else(ask: Ask, tmp_path: Path):
    """A folder with something else in it is left alone."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    outcome = ask("build", "--output", tmp_path / "full")

    assert (2, "") == (outcome.status, outcome.out)
    assert "is not empty" in outcome.err
    assert ["letter.txt"] == [path.name for path in (tmp_path / "full").iterdir()]


def test_build_of_nothing(ask: Ask, tmp_path: Path):
    """A folder without a text is named."""
    outcome = ask("build", "--text", tmp_path)

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(f"{tmp_path} holds no data/*.trig")


def test_progress_on_a_terminal(execute_on_terminal: Ask):
    """A terminal shows what is being done, and then clears that line."""
    outcome = execute_on_terminal("build")

    assert "Building the release: loading" in outcome.out
    assert "\x1b[2K" in outcome.out
    last = outcome.out.rpartition("\x1b[2K")[2]
    assert "Building" not in last
    assert "Release 2000-01-01: " in last


def test_verify(execute: Ask, small_release: Path):
    """A sound release: the number of files and the digest."""
    release = Release.open(small_release)
    outcome = execute("verify", small_release)

    assert (0, "") == (outcome.status, outcome.err)
    assert f"{len(release.files)} files checked" in outcome.out
    assert release.digest in outcome.out


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (lambda folder: (folder / "report.txt").write_text("All is well."), "report.txt"),
        (lambda folder: (folder / "miwdap-2000-01-01.nq").unlink(), "miwdap-2000-01-01.nq"),
        (lambda folder: (folder / "more.txt").touch(), "more.txt"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "manifest.json"),
    ],
    ids=["altered", "missing", "added", "manifest"],
)
def test_verify_what_was_harmed(execute: Ask, tmp_path: Path, small_release: Path, harm, named):
    """A file that is not the manifest's is named: exit code 1, and it is not opened either: 2."""
    folder = Path(shutil.copytree(small_release, tmp_path / "harmed"))
    harm(folder)
    verified = execute("verify", folder)
    opened = execute("query", "ASK {}", "--release", folder)

    assert (1, "", 2, "") == (verified.status, verified.out, opened.status, opened.out)
    assert verified.err.startswith(f"{named}: the manifest says ")
    assert verified.err == opened.err


def test_verify_what_is_no_release(ask: Ask, tmp_path: Path):
    """A folder without a manifest cannot be verified."""
    outcome = ask("verify", tmp_path)

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(f"No release in {tmp_path}")


@pytest.mark.parametrize("format_", DUMP_FORMATS, ids=lambda each: each.name)
def test_dump(execute: Ask, small_release: Path, tmp_path: Path, format_):
    """Standard output and file get the very bytes of the release."""
    expected = Release.open(small_release).dump(format_.extension).read_text()
    printed = execute("dump", format_.name)
    saved = execute("dump", format_.name, "--output", "copy")

    assert (0, expected, "") == (printed.status, printed.out, printed.err)
    assert (0, "") == (saved.status, saved.out)
    assert expected == (tmp_path / "copy").read_text()


def test_dump_into_a_folder(ask: Ask, tmp_path: Path):
    """Into a folder it goes under its own name, which the message tells."""
    outcome = ask("dump", "turtle", "--output", tmp_path)

    path = tmp_path / "miwdap-2000-01-01.ttl"
    assert f"{path}: {path.stat().st_size:,} bytes of Turtle.\n" == outcome.err


def test_unknown_dump(ask: Ask):
    """An unknown format is refused with those that there are."""
    outcome = ask("dump", "excel")

    message = "Asked for 'excel', which is not offered. Offered: turtle, trig, nquads.\n"
    assert (2, "", message) == (outcome.status, outcome.out, outcome.err)
