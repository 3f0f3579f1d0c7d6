"""`python -m benchmarks`: measures, prints the table of goals, and keeps the report."""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.bench import ROOT, Bench, Options
from benchmarks.client import ToolMissing
from benchmarks.constant_bytes import libraries
from benchmarks.environments import versions
from benchmarks.parts import building, mix, python_api, release, start, stream
from benchmarks.parts.mix import Size
from benchmarks.plot import plot
from benchmarks.processes import end_cleanly_on_signals
from benchmarks.report import report, table_of_goals
from benchmarks.results import Comparison, Measure, Results
from benchmarks.servers import our_command

_Part = Callable[[Bench, Path], Iterator[Comparison | Measure]]

_MILLION: Final = 1_000_000


def _mix(bench: Bench, _: Path) -> Iterator[Comparison | Measure]:
    options = bench.options
    triples = 100_000 if options.is_quick else _MILLION
    seconds = 5 * options.seconds if not options.is_quick else 1
    rounds, loads = options.rounds, options.rounds_large
    yield from mix.measure(bench, Size("mix", "1 M", triples, rounds, seconds, loads, True))


def _large(bench: Bench, _: Path) -> Iterator[Comparison | Measure]:
    options = bench.options
    triples = 300_000 if options.is_quick else 10 * _MILLION
    seconds = 15 * options.seconds if not options.is_quick else 1
    rounds, loads = options.rounds_large, min(options.rounds, 2)
    size = Size("large", "10 M", triples, rounds, seconds, loads, False, workers=2)
    yield from mix.measure(bench, size)


def _building(bench: Bench, _: Path) -> Iterator[Comparison | Measure]:
    yield from building.measure(bench)


PARTS: Final[dict[str, _Part]] = {
    "start": start.measure,
    "release": release.measure,
    "stream": stream.measure,
    "python": python_api.measure,
    "mix": _mix,
    "large": _large,
    "building": _building,
}
"""Every part, in the order in which they run; the last is about the workshop and runs if named."""

_BY_DEFAULT: Final = tuple(name for name in PARTS if name != "building")


def main() -> int:
    """Run the parts that are asked for, and print the table of goals to stdout."""
    options = _options()
    end_cleanly_on_signals()
    kept = options.output or (ROOT / ".bench" / "quick" if options.quick else ROOT / "benchmarks")
    results = Results.read(kept / "results.json")
    if not options.report:
        chosen = Options(options.rounds, options.seconds, options.quick)
        if options.quick:
            chosen = Options(min(options.rounds, 2), 1, True)
        try:
            bench = Bench.at(ROOT / ".bench", chosen)
        except ToolMissing as missing:
            print(missing, file=sys.stderr)
            return 2
        _measure(bench, tuple(options.only or _BY_DEFAULT), options.release, results, kept)
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "README.md").write_text(report(results), encoding="utf-8")
    (kept / "ratios.svg").write_text(plot(results), encoding="utf-8")
    print(table_of_goals(results))
    return 0


def _measure(
    bench: Bench, names: tuple[str, ...], given: Path | None, results: Results, kept: Path
) -> None:
    folder = given or _release(bench)
    for name in names:
        began = time.monotonic()
        bench.tell(f"part '{name}'")
        found = list(PARTS[name](bench, folder))
        results.replace(name, found, _circumstances(bench, time.monotonic() - began))
        # Each part is kept when it is done, whatever becomes of the next.
        results.write(kept / "results.json")


def _release(bench: Bench) -> Path:
    bench.tell("building the release")
    folder = bench.workplace / "release"
    shutil.rmtree(folder, ignore_errors=True)
    command = our_command("build", "--output", str(folder), "--quiet")
    subprocess.run(command, check=True, cwd=ROOT)
    return folder


def _circumstances(bench: Bench, seconds: float) -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=ROOT
    )
    return {
        "taken": time.strftime("%Y-%m-%d"),
        "minutes": round(seconds / 60, 1),
        "rounds": bench.options.rounds,
        "commit": commit.stdout.strip(),
        "machine": _machine(),
        "python": platform.python_version(),
        "ceiling": " and ".join(libraries()),
        "peers": versions(),
    }


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    return f"{len(models)} cores, {models[0]}, {int(memory) / 2**20:.0f} GB"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure, and print the table of goals."
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(PARTS),
        metavar="PART",
        help=f"measure this part alone, and keep what is known of the others: {', '.join(PARTS)}; "
        "may be repeated; without it all but the last are measured",
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds, 5 by default")
    parser.add_argument(
        "--seconds", type=int, default=1, help="of load on a server in a round, 1 by default"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="few rounds and little data, to see that all works; kept in .bench/quick",
    )
    parser.add_argument(
        "--release", type=Path, help="a built release; without it the text at hand is built"
    )
    parser.add_argument(
        "--output", type=Path, help="the folder that keeps the report; benchmarks by default"
    )
    parser.add_argument(
        "--report", action="store_true", help="measure nothing; write the report of what is kept"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
