"""Every code block of the documents does what the page says."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.code_blocks import Block, blocks, commands

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.queries import QueryLibrary

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "benchmarks").glob("*.md")),
]
BLOCKS = [block for page in PAGES for block in blocks(page)]
VERBS_TESTED_ELSEWHERE = ("make serve", "make test", "make check")


def named(block: Block) -> str:
    """Return a test id: the page and the line."""
    return f"{block.path.relative_to(ROOT)}:{block.line}"


def of(language: str) -> list[Block]:
    """Return the blocks in a language."""
    return [block for block in BLOCKS if block.language == language]


def test_languages_are_those_that_are_run() -> None:
    """A block in a language that no test runs would be a claim without proof."""
    languages = {block.language for block in BLOCKS}

    assert languages <= {"console", "python", "sparql", "text", "trig", "turtle", "json"}


@pytest.mark.parametrize("block", of("console"), ids=named)
def test_console(block: Block, run_command: Callable[[str], str]) -> None:
    """Commands end well and print what the page shows; `…` stands for anything."""
    for command, shown in commands(block.text):
        if command.startswith(VERBS_TESTED_ELSEWHERE):
            continue
        printed = run_command(command)

        if shown.strip():
            pattern = re.escape(shown.strip()).replace("…", ".*?")
            assert re.fullmatch(pattern, printed.strip(), re.DOTALL), printed


@pytest.mark.parametrize("block", of("python"), ids=named)
def test_python(block: Block, release_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python sessions give what the page shows."""
    monkeypatch.setenv("MIWDAP_RELEASE", str(release_folder))
    example = doctest.DocTestParser().get_doctest(block.text, {}, named(block), None, block.line)
    printed: list[str] = []

    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=printed.append)

    assert example.examples
    assert result.failed == 0, "".join(printed)


@pytest.mark.parametrize("block", of("sparql"), ids=named)
def test_sparql(block: Block, graph: KnowledgeGraph) -> None:
    """Queries on a page have an answer, and where a table follows, that is the answer."""
    page = block.path.read_text(encoding="utf-8")
    after = page.split(block.text, 1)[1].partition("```")[2]
    table = re.match(r"\s*\n((?:\|.*\n)+)", after)

    answer = graph.select(block.text)

    assert len(answer)
    if table:
        rows = [
            [cell.strip() for cell in line.strip("|\n").split("|")]
            for line in table[1].splitlines()
        ]
        found = [[str(row[name]) for name in answer.variables] for row in answer]
        assert rows == [list(answer.variables), ["---"] * len(answer.variables), *found]


def test_readme_names_the_two_commands() -> None:
    """The first console block of the README is the two commands."""
    first = next(block for block in blocks(ROOT / "README.md") if block.language == "console")

    assert [command for command, _ in commands(first.text)] == ["make serve", "make test"]


def test_make_serve_answers(release_folder: Path, tmp_path: Path) -> None:
    """`make serve` with PORT= serves the five principles, and ends with its terminal."""
    port = 18000 + os.getpid() % 10000
    process = subprocess.Popen(
        ["make", "serve", f"PORT={port}"],
        env={**os.environ, "MIWDAP_RELEASE": str(release_folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )
    try:
        answer = _principles(port, deadline=time.monotonic() + 60)
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=30)

    assert answer.count(b"id/principle-") == 5, output


def _principles(port: int, *, deadline: float) -> bytes:
    query = QueryLibrary.read(ROOT / "queries")["principles"].text
    url = f"http://127.0.0.1:{port}/sparql?{urllib.parse.urlencode({'query': query})}"
    request = urllib.request.Request(url, headers={"Accept": "text/csv"})
    while True:
        try:
            with urllib.request.urlopen(request) as response:
                content: bytes = response.read()
                return content
        except (ConnectionError, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_links_between_documents_lead_somewhere() -> None:
    """A relative link in a document names a file that is there."""
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*PAGES, *ROOT.glob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_generated_pages_are_up_to_date() -> None:
    """The reference pages are what `make docs` would write."""
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
