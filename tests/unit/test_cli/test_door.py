"""The outermost door: verbs, help, exit codes, and what reaches the person."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from miwdap_kg import __version__, cli
from miwdap_kg.cli.verbs import VERBS, Verb

from .conftest import PROGRAM, Ask

RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }"
LARGE = "SELECT * WHERE { GRAPH ?a { ?b ?c ?d } GRAPH ?e { ?f ?g ?h } }"


def test_verbs_are_those_of_the_architecture():
    """The verbs are the ones that are promised, in that order."""
    expected = (
        "serve query run describe evidence gaps dump validate build verify push settings".split()
    )

    assert expected == [verb.name for verb in VERBS]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_help_of_each_verb(ask: Ask, verb: Verb):
    """Each verb's help says what it does, explains every parameter, and ends with examples."""
    outcome = ask(verb.name, "--help")

    assert (0, "") == (outcome.status, outcome.err)
    assert verb.summary in outcome.out
    assert [] == [
        each.name for each in typer_command(verb.name).params if not getattr(each, "help", "")
    ]
    shown = " ".join(outcome.out.split())
    assert [] == [each for each in verb.examples if f"miwdap-kg {each}" not in shown]


def typer_command(name: str):
    from typer.main import get_command

    return get_command(cli.app).commands[name]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_examples_are_of_their_verb(verb: Verb):
    """Each verb has an example, and each example begins with the verb."""
    assert verb.examples
    assert {verb.name} == {shlex.split(each)[0] for each in verb.examples}


def test_help_loads_no_wing(execute: Ask):
    """The list of verbs appears without any library of workshop or shop being loaded."""
    outcome = execute("--help", PYTHONPROFILEIMPORTTIME="1")
    imported = set(re.findall(r"\| +(\w+)$", outcome.err, re.MULTILINE))

    assert "typer" in imported
    assert set() == imported & {"rdflib", "pyshacl", "pyoxigraph", "fastapi", "pydantic", "yaml"}


def test_help_comes_at_once(execute: Ask):
    """The list of verbs takes under 0.4 seconds of computing; the best of some runs counts."""

    def seconds() -> float:
        before = os.times()
        execute("--help")
        after = os.times()
        return (after.children_user - before.children_user) + (
            after.children_system - before.children_system
        )

    assert min(seconds() for _ in range(5)) < 0.4


def test_version(execute: Ask):
    """--version writes name and version to standard output."""
    outcome = execute("--version")

    assert (0, f"miwdap-kg {__version__}\n", "") == (outcome.status, outcome.out, outcome.err)


def test_unknown_verb(execute: Ask):
    """An unknown verb is a message with the nearest verbs, and exit code 2."""
    outcome = execute("qery")

    assert (2, "") == (outcome.status, outcome.out)
    assert "No such command 'qery'. Did you mean 'query'" in outcome.err


def test_no_verb(ask: Ask):
    """Without a verb the help is shown."""
    outcome = ask()

    assert 2 == outcome.status
    assert all(verb.name in outcome.out + outcome.err for verb in VERBS)


def test_unexpected_error(ask: Ask, monkeypatch: pytest.MonkeyPatch):
    """A mistake of ours is one line without a trace, which --traceback shows."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by naught")

    monkeypatch.setattr("miwdap_kg.settings.Settings.read", fail)
    plain, traced = ask("settings"), ask("--traceback", "settings")

    assert (2, "", 2) == (plain.status, plain.out, traced.status)
    assert plain.err.startswith("unexpected: ZeroDivisionError: by naught. ")
    assert "please report it" in plain.err
    assert "Traceback" not in plain.err
    assert "Traceback (most recent call last)" in traced.err


def test_unreadable_file(ask: Ask, tmp_path: Path):
    """What the system refuses is named in one line."""
    outcome = ask("dump", "turtle", "--output", tmp_path / "no" / "such" / "folder.ttl")

    assert (2, "") == (outcome.status, outcome.out)
    assert f"{tmp_path / 'no' / 'such' / 'folder.ttl'}: No such file or directory.\n" == outcome.err


def test_setting_that_cannot_be_used(execute: Ask):
    """A wrong setting is named with its value; nothing is done."""
    outcome = execute("query", "ASK {}", MIWDAP_PORT="many")

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith("setting 'port' (MIWDAP_PORT) is 'many': ")


@pytest.mark.parametrize(
    "arguments",
    [("query", LARGE, "--format", "csv"), ("query", LARGE), ("dump", "nquads")],
    ids=["stream", "table", "file"],
)
def test_reader_that_leaves(environment: Mapping[str, str], arguments: tuple[str, ...]):
    """When the reader of a pipe leaves, the program ends quietly, as `| head` makes it."""
    ours, theirs = os.pipe()
    os.close(ours)
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdout=theirs, stderr=subprocess.PIPE, env=environment
    )
    os.close(theirs)
    _, err = process.communicate(timeout=60)

    assert (0, b"") == (process.returncode, err)


@pytest.mark.parametrize(
    ("command", "status"),
    [("query 'ASK { ?s ?p ?o }' >&-", 0), ("query 'ASK {' 2>&-", 2), ("verb >&- 2>&-", 2)],
)
def test_closed_streams(environment: Mapping[str, str], command: str, status: int):
    """A stream that the parent has closed gets nothing, and no other gets it instead."""
    done = subprocess.run(
        ["sh", "-c", f"{shlex.join(PROGRAM)} {command}"],
        capture_output=True,
        check=False,
        env=environment,
    )

    assert (status, b"", b"") == (done.returncode, done.stdout, done.stderr)


def test_disk_that_is_full(environment: Mapping[str, str]):
    """When the output cannot be written, the reason is told."""
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen(
            [*PROGRAM, "dump", "turtle"], stdout=full, stderr=subprocess.PIPE, env=environment
        )
        _, err = process.communicate(timeout=60)

    assert 2 == process.returncode
    assert b"The output could not be written: [Errno 28] No space left on device.\n" == err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_query_that_is_interrupted(environment: Mapping[str, str], number: signal.Signals):
    """Ctrl-C and SIGTERM end a query that would run for years, at once and quietly."""
    process = subprocess.Popen(
        [*PROGRAM, "query", RUNAWAY],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    wait_until_it_computes(process, seconds=2)
    process.send_signal(number)
    out, err = process.communicate(timeout=10)

    assert (-number, b"", b"") == (process.returncode, out, err)


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)], ids=["^C", "TERM"]
)
def test_interruption_elsewhere(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
):
    """Everywhere else an interruption is an exit code without a word."""

    def interrupt(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("miwdap_kg.settings.Settings.read", interrupt)
    outcome = ask("settings")

    assert (status, "", "") == (outcome.status, outcome.out, outcome.err)


def wait_until_it_computes(process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Wait until a process has used so much processor time that it is past its start."""
    ticks = os.sysconf("SC_CLK_TCK")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        if int(fields[11]) / ticks > seconds:
            return
        time.sleep(0.02)
    pytest.fail(f"the query ended by itself: {process.poll()}")
