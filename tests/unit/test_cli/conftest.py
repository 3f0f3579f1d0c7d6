"""A small text with one plan and one principle, its release, and three ways to run the program."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pty
import signal
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from miwdap_kg.cli import run
from miwdap_kg.workshop.build import build

NOTE = "The plan has one principle.\nBe kind, it says.\n"

TERMINAL = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS")

PROGRAM = [sys.executable, "-m", "miwdap_kg"]

FILES = {
    "data/note.trig": f"""\
# A note of two lines, for tests.
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix id: <https://w3id.org/miwdap/id/> .
@prefix passage: <https://w3id.org/miwdap/passage/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

id:note
    a miw:SourceDocument ;
    skos:prefLabel "The note"@en ;
    miw:reliability miw:PrimarySource ;
    miw:textSha256 "{hashlib.sha256(NOTE.encode()).hexdigest()}" ;
.

passage:note-1 miw:quote "The plan has one principle" ; miw:start 0 ; miw:end 26 ; miw:line 1 .
passage:note-1 {{
    id:plan
        a miw:Plan ;
        skos:prefLabel "The plan"@en , "計画"@ja ;
        miw:hasPrinciple id:principle-1 ;
    .
}}

passage:note-2 miw:quote "Be kind" ; miw:start 28 ; miw:end 35 ; miw:line 2 .
passage:note-2 {{
    id:plan miw:hasPrinciple id:principle-1 .
    id:principle-1
        a miw:Principle ;
        skos:prefLabel "Be kind"@en , "親切"@ja ;
        miw:ordinal 1 ;
    .
}}
""",
    "data/catalog.ttl": """\
@prefix dcat: <http://www.w3.org/ns/dcat#> .

<https://w3id.org/miwdap/dataset> a dcat:Dataset ; dcat:version "2000-01-01" .
""",
    "ontology/terms.ttl": """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

miw:Plan a owl:Class ; rdfs:label "plan"@en .
miw:ActionPlan rdfs:subClassOf miw:Plan .
""",
    "shapes/plan.ttl": """\
@prefix miw: <https://w3id.org/miwdap/def#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/miwdap/shapes#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

shape:plan a sh:NodeShape ; sh:targetClass miw:Plan ; sh:property shape:plan-label .
shape:plan-label
    a sh:PropertyShape ;
    sh:path skos:prefLabel ;
    sh:minCount 1 ;
    sh:message "A plan has a label."@en , "計画には名称がある。"@ja ;
.
""",
    # The first page of the server shows these two questions.
    "queries/plan/perspectives.rq": """\
#+ summary: The perspectives of a plan
#+ summary_ja: 計画の視点
PREFIX miw: <https://w3id.org/miwdap/def#>
SELECT ?perspective
WHERE { ?plan miw:hasPerspective ?perspective }
ORDER BY ?perspective
""",
    "queries/plan/principles.rq": """\
#+ summary: The principles of a plan
#+ summary_ja: 計画の原則
#+ tags: [plan]
#+ parameters:
#+   - {name: plan, type: iri, class: miw:Plan, example: id:plan}
PREFIX miw: <https://w3id.org/miwdap/def#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?plan ?principle ?number ?label ?label_ja
WHERE {
  ?plan miw:hasPrinciple ?principle .
  ?principle miw:ordinal ?number ; skos:prefLabel ?label , ?label_ja .
  FILTER(LANG(?label) = "en" && LANG(?label_ja) = "ja")
}
ORDER BY ?plan ?number
""",
}


@dataclass(frozen=True)
class Outcome:
    """How a run of the program ended, and what it wrote."""

    status: int
    out: str
    err: str


class Server:
    """A running `miwdap-kg serve`, with what it has written until it listened."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        assert process.stdout is not None
        self.process = process
        self._said = said
        self.banner, self.address = (process.stdout.readline().decode().rstrip() for _ in "12")
        if not self.address:
            process.wait(timeout=30)
            pytest.fail(f"the server did not start: {said.read_text()}")

    def csv(self, query: str) -> str:
        """Return the answer to a query."""
        parameters = urllib.parse.urlencode({"query": query, "format": "csv"})
        with urllib.request.urlopen(f"{self.address}sparql?{parameters}", timeout=60) as response:
            return response.read().decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Outcome:
        """Send a signal, and return how the program ended."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=30)
        # Each query has a line in the log; what else is said is what a person has to know.
        lines = self._said.read_text().splitlines(keepends=True)
        err = "".join(line for line in lines if not line.startswith('{"time":'))
        return Outcome(self.process.returncode, out.decode(), err)


Ask = Callable[..., Outcome]
Serve = Callable[..., Server]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A folder with a small text of one's own, to be broken."""
    return write_text(tmp_path / "text")


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of the small text."""
    folder = tmp_path_factory.mktemp("small")
    return build(write_text(folder / "text"), folder / "release").folder


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """The text that the small text quotes."""
    path = tmp_path / "note.txt"
    path.write_text(NOTE, encoding="utf-8")
    return path


@pytest.fixture
def environment(small_release: Path, text: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which the small text is the text at hand, and nothing else is set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MIWDAP_") and name not in TERMINAL
    }
    return kept | {
        "MIWDAP_RELEASE": str(small_release),
        "MIWDAP_TEXT": str(text),
        "MIWDAP_RELEASES": str(tmp_path / "releases"),
    }


@pytest.fixture
def execute(environment: Mapping[str, str], tmp_path: Path) -> Ask:
    """A function that runs the program in a process of its own, with pipes around it."""

    def run_it(*arguments: object, given: bytes = b"", **variables: str) -> Outcome:
        done = subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            input=given,
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={**environment, **variables},
            timeout=120,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run_it


@pytest.fixture
def ask(
    environment: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Iterator[Ask]:
    """A function that runs the program in this process, which is quicker."""
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run_it(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as end:
            run(list(map(str, arguments)))
        out, err = capsysbinary.readouterr()
        return Outcome(int(end.value.code or 0), out.decode(), err.decode())

    return run_it


@pytest.fixture
def execute_on_terminal(environment: Mapping[str, str], tmp_path: Path) -> Ask:
    """A function that runs the program on a terminal of 60 columns; out is all that it shows."""

    def run_it(*arguments: object, **variables: str) -> Outcome:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=tmp_path,
            env={**environment, "TERM": "xterm", "COLUMNS": "60", **variables},
        )
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return Outcome(process.wait(60), shown.decode(), "")

    return run_it


@pytest.fixture
def serve(environment: Mapping[str, str], tmp_path: Path) -> Iterator[Serve]:
    """A function that starts the program's server at a free port."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str, **variables: str) -> Server:
            # A file, which takes whatever is said; a pipe that nobody reads would be full soon.
            said = tmp_path / f"stderr-{len(list(tmp_path.glob('stderr-*')))}"
            process = subprocess.Popen(
                [*PROGRAM, "serve", *arguments, "--port", "0"],
                stdout=subprocess.PIPE,
                stderr=stack.enter_context(said.open("wb")),
                cwd=tmp_path,
                env={**environment, **variables},
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            watch = threading.Timer(120, process.kill)
            watch.start()
            stack.callback(watch.cancel)
            return Server(process, said)

        yield start


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # EIO: the other side is closed
        return b""


def write_text(folder: Path) -> Path:
    """Write the small text to a folder, and return the folder."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder
