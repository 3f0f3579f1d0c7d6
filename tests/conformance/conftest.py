"""The application on a real socket, and the report of what each test of the suite found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.conformance import earl
from tests.conformance.client import Response, send
from tests.conformance.data import write_dataset
from tests.conformance.known import status
from tests.conformance.suite import SUITE, Case, cases

from miwdap_kg import __version__

ROOT = Path(__file__).parents[2]

_FOUND = pytest.StashKey[dict[str, earl.Outcome]]()


class Endpoint:
    """One address with a SPARQL endpoint for each dataset of the suite."""

    def __init__(self, port: int, folder: Path) -> None:
        self._port = port
        self._folder = folder

    def ask(self, case: Case, accept: str) -> Response:
        """Return the response to a test's query, over its data."""
        name = write_dataset(case, self._folder)
        target = f"/{name}/sparql?{urlencode({'query': case.text()})}"
        return send(self._port, "GET", target, [("Accept", accept)])


@pytest.fixture(scope="session")
def endpoint(suite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The application in a process of its own, once for every dataset that is asked for."""
    folder = tmp_path_factory.mktemp("datasets")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.conformance.server", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        assert process.stdout is not None
        yield Endpoint(int(process.stdout.readline()), folder)
        process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.fixture(scope="session")
def served(suite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of `miwdap-kg serve` with the data that the protocol tests are about."""
    folder = tmp_path_factory.mktemp("protocol")
    case = next(case for case in cases() if case.name == "query_multiple_dataset")
    data = folder / f"{write_dataset(case, folder)}.nq"
    process = subprocess.Popen(
        [sys.executable, "-m", "miwdap_kg", "serve", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("MIWDAP_")},
        cwd=folder,
    )
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if address := re.match(r"http://127\.0\.0\.1:(\d+)", line):
                yield int(address[1])
                break
        else:
            pytest.fail("the server did not start")
        process.terminate()


@pytest.fixture(scope="session")
def suite(shared: Path) -> Path:
    """The folder of the suite."""
    return shared / SUITE.relative_to(SUITE.parents[1])


@pytest.fixture(autouse=True)
def _suite_is_here(suite: Path) -> None:
    assert suite.is_dir(), f"{suite} is not here"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `pytest tests/conformance --earl FILE` say where the report goes."""
    parser.addoption(
        "--earl",
        type=Path,
        metavar="FILE",
        help="write the outcomes of the W3C tests to FILE, as EARL in Turtle",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note what a test of the suite came to."""
    report: pytest.TestReport = yield
    case = getattr(item, "callspec", None) and item.callspec.params.get("case")
    if isinstance(case, Case) and (call.when == "call" or report.outcome != "passed"):
        found = item.config.stash.setdefault(_FOUND, {})
        found[case.iri] = _outcome(case, report)
    return report


def _outcome(case: Case, report: pytest.TestReport) -> earl.Outcome:
    if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        return "untested"
    return status(case) if report.outcome == "passed" else "failed"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report; where several processes run the tests, the last to end writes it."""
    config = session.config
    found = config.stash.get(_FOUND, {})
    if (worker := getattr(config, "workerinput", None)) is not None:
        parts = Path(tempfile.gettempdir()) / f"earl-{worker['testrunuid']}"
        found = earl.gather(parts, worker["workerid"], worker["workercount"], found)
    if found:
        path = config.getoption("--earl", None) or ROOT / "build" / "earl.ttl"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = earl.report(cases(), found, version=__version__, when=datetime.now(UTC))
        path.write_text(text, encoding="utf-8")
