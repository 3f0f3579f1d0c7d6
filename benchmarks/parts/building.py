"""Measures the workshop: building at today's size and at ten and a hundred times the newsletter."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.bench import ROOT, Bench
from benchmarks.results import Measure

__all__ = ["measure"]

_SIZES: Final = (1, 10, 100)
_LIMIT_SECONDS: Final = 600

_PHASES: Final = """
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
lap("read")
validate(dataset, ShapeLibrary.read(text / "shapes"))
lap("validate")
graphs = dict(named_graphs(dataset))
write_nquads(graphs), write_trig(graphs), write_turtle(default_graph(dataset))
lap("write")
print(json.dumps({
    "quads": sum(map(len, graphs.values())),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "seconds": seconds,
}))
"""


def measure(bench: Bench) -> Iterator[Measure]:
    """Yield the seconds of each phase and the memory, for each size."""
    folder = bench.workplace / "texts"
    try:
        for size in _SIZES[:2] if bench.options.is_quick else _SIZES:
            text = folder / str(size)
            _multiply(text, size)
            yield from _phases(bench, text, size)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _phases(bench: Bench, text: Path, size: int) -> Iterator[Measure]:
    what = f"build with {size} newsletter{'s' if size > 1 else ''}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PHASES, str(text)],
            check=True,
            capture_output=True,
            timeout=_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        yield Measure("building", what, "s", (), note=f"not done within {_LIMIT_SECONDS} s")
        return
    found = json.loads(done.stdout)
    what = f"{what}, {found['quads']:,} quads"
    for name, seconds in found["seconds"].items():
        yield Measure("building", f"{what}: {name}", "s", (seconds,))
    yield Measure("building", f"{what}: peak memory", "MB", (found["megabytes"],))
    bench.tell(f"{what}: {sum(found['seconds'].values()):.1f} s")


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
