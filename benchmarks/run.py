"""Measures what the project promises, and prints the table that stands in benchmarks/README.md."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rdflib

from miwdap_kg.knowledge_graph import KnowledgeGraph
from miwdap_kg.queries import QueryLibrary

ROOT = Path(__file__).parent.parent
SIZES = (1, 10, 100)
QUERIES = ("principles", "list-members")

PHASES = """
import json, resource, sys, time
from pathlib import Path
from miwdap_kg.workshop.dataset import assemble, default_graph, named_graphs
from miwdap_kg.workshop.turtle import write_nquads, write_trig, write_turtle
from miwdap_kg.workshop.validation import ShapeLibrary, validate

text = Path(sys.argv[1])
seconds = {}
start = time.perf_counter()
def lap(name):
    global start
    now = time.perf_counter()
    seconds[name] = now - start
    start = now
dataset = assemble(text)
lap("assemble")
if sys.argv[2] == "validate":
    validate(dataset, ShapeLibrary.read(text / "shapes"))
    lap("validate")
graphs = dict(named_graphs(dataset))
write_nquads(graphs), write_trig(graphs), write_turtle(default_graph(dataset))
lap("write")
print(json.dumps({
    "quads": sum(map(len, graphs.values())),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    **seconds,
}))
"""


def main() -> None:
    """Run all measurements and print them as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each comparison")
    parser.add_argument(
        "--minutes", type=float, default=10, help="give up a build phase after so long"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workplace = Path(folder)
        release = _release(workplace)
        print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores.\n")
        _start(release, options.rounds)
        _queries(release, options.rounds)
        _building(workplace, options.minutes * 60)


def _release(workplace: Path) -> Path:
    release = workplace / "release"
    command = [sys.executable, "-m", "miwdap_kg", "build", "--output", str(release), "--quiet"]
    subprocess.run(command, check=True, cwd=ROOT)
    return release


def _start(release: Path, rounds: int) -> None:
    first_answers, memories = [], []
    for _ in range(rounds):
        begin = time.perf_counter()
        with _server(release) as (process, base):
            _get(f"{base}/sparql?query=ASK%20%7B%7D")
            first_answers.append(time.perf_counter() - begin)
            memories.append(_pss_megabytes(process.pid))
    print("## `miwdap-kg serve` of a built release\n")
    print("| measure | min | median | max |\n|---|---|---|---|")
    print(f"| start to first answer, s | {_spread(first_answers, '.2f')} |")
    print(f"| memory after it, whole process tree, PSS in MB | {_spread(memories, '.0f')} |\n")


def _queries(release: Path, rounds: int) -> None:
    graph = KnowledgeGraph.open(release)
    library = QueryLibrary.read(release / "queries")
    peer = rdflib.Dataset()
    peer.parse(next(release.glob("miwdap-*.nq")), format="nquads")
    union = peer.graph(rdflib.URIRef("urn:union"))
    for triple in rdflib.Graph().parse(next(release.glob("miwdap-*.ttl"))):
        union.add(triple)
    print("## A stored query in Python, against rdflib's engine on the same data\n")
    print("Rounds are interleaved; the ratio is rdflib's time over ours, round by round.\n")
    print("| query | ours, ms (median) | rdflib, ms (median) | ratio min | median | max |")
    print("|---|---|---|---|---|---|")
    for name in QUERIES:
        text = library[name].text
        ours, theirs = [], []
        for _ in range(rounds + 1):
            ours.append(_timed(lambda text=text: graph.select(text)))
            theirs.append(_timed(lambda text=text: list(_default(peer, union).query(text))))
        ours, theirs = ours[1:], theirs[1:]
        ratios = [slow / fast for fast, slow in zip(ours, theirs, strict=True)]
        print(
            f"| `{name}` | {statistics.median(ours) * 1000:.2f} "
            f"| {statistics.median(theirs) * 1000:.1f} | {_spread(ratios, '.0f')} |"
        )
    print()


def _default(peer: rdflib.Dataset, union: rdflib.Graph) -> rdflib.Dataset:
    peer.default_graph = union  # type: ignore[assignment]
    return peer


def _building(workplace: Path, limit_seconds: float) -> None:
    print("## Building, at today's size and at ten and a hundred times the newsletter\n")
    print("| newsletters | quads | read, s | validate, s | write, s | peak memory, MB |")
    print("|---|---|---|---|---|---|")
    for size in SIZES:
        text = workplace / f"text-{size}"
        _multiply(text, size)
        found, note = _phases(text, "validate", limit_seconds), ""
        if found is None:
            found, note = _phases(text, "only", limit_seconds), f"> {limit_seconds:.0f}"
        if found is None:
            print(f"| {size} | – | > {limit_seconds:.0f} | | | |")
            continue
        validated = note or f"{found['validate']:.1f}"
        print(
            f"| {size} | {found['quads']:,.0f} | {found['assemble']:.1f} | {validated} "
            f"| {found['write']:.1f} | {found['megabytes']:.0f} |"
        )


def _phases(text: Path, what: str, limit_seconds: float) -> dict[str, float] | None:
    try:
        done = subprocess.run(
            [sys.executable, "-c", PHASES, str(text), what],
            check=True,
            capture_output=True,
            timeout=limit_seconds,
        )
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _multiply(text: Path, size: int) -> None:
    """Copy the text, with *size* newsletters that differ in their keys."""
    for folder in ("data", "ontology", "shapes", "queries"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "examples" not in path.parts:
                target = text / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    newsletter = (ROOT / "data" / "newsletter.trig").read_text(encoding="utf-8")
    for number in range(2, size + 1):
        # Keys of Japan and of topics stay: documents share them.
        copy = re.sub(r"\bpassage:newsletter-", f"passage:newsletter{number}-", newsletter)
        copy = re.sub(r"\bid:(?!place|topic|mic\b)([a-z0-9-]+)", rf"id:\1-copy-{number}", copy)
        (text / "data" / f"newsletter-{number}.trig").write_text(copy, encoding="utf-8")


@contextmanager
def _server(release: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "miwdap_kg", "serve", "--release", str(release)]
    process = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _get(url: str, *, deadline_seconds: float = 30) -> bytes:
    end = time.monotonic() + deadline_seconds
    while True:
        try:
            with urllib.request.urlopen(url) as response:
                body: bytes = response.read()
                return body
        except (ConnectionError, urllib.error.URLError):
            if time.monotonic() > end:
                raise
            time.sleep(0.005)


def _pss_megabytes(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    kilobytes = int(own[1]) if own else 0
    return kilobytes / 1024 + sum(_pss_megabytes(int(child)) for child in children)


def _timed(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def _spread(values: list[float], form: str) -> str:
    return " | ".join(
        format(each, form) for each in (min(values), statistics.median(values), max(values))
    )


if __name__ == "__main__":
    main()
