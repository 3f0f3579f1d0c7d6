"""What the deployment files and their page name is there, and does what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.code_blocks import blocks, commands
from tests.queries.test_answers import CASES
from tests.remote.conftest import StartOxigraph
from tests.remote.test_engines import IN_VIRTUOSO

from miwdap_kg.cli.verbs import VERBS
from miwdap_kg.release import Release
from miwdap_kg.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PAGE = ROOT / "docs" / "how-to" / "scale-out.md"
COMPOSE = sorted(DEPLOY.glob("compose.*.yaml"))
ADDRESS = "127.0.0.1:7878"

each_compose = pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)


def services(path: Path) -> Mapping[str, Any]:
    """Return the services of a compose file."""
    found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["services"]
    return found


def variables() -> set[str]:
    """Return the names of all settings in the environment."""
    return {f"MIWDAP_{name.upper()}" for name in Settings.model_fields}


def test_there_is_a_file_for_each_way() -> None:
    """The page speaks of two files."""
    assert ["compose.cluster.yaml", "compose.replicas.yaml"] == [path.name for path in COMPOSE]


@each_compose
def test_settings_are_ours(path: Path) -> None:
    """Every variable that begins like ours is a setting of ours."""
    named = {
        name
        for service in services(path).values()
        for name in service.get("environment", {})
        if name.startswith("MIWDAP_")
    }

    assert named
    assert named <= variables()


@each_compose
def test_services_wait_for_services_that_there_are(path: Path) -> None:
    """What is waited for is a service, and is healthy only where something says so."""
    found = services(path)
    healthy = {name for name, service in found.items() if service["image"] == "miwdap-kg"}

    for service in found.values():
        for name, wanted in service.get("depends_on", {}).items():
            assert name in found
            assert wanted["condition"] != "service_healthy" or name in healthy


@each_compose
def test_files_are_there(path: Path) -> None:
    """Folders and files that a compose file names exist beside it."""
    for service in services(path).values():
        if "build" in service:
            context = DEPLOY / service["build"]["context"]
            assert (context / service["build"]["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (DEPLOY / source).is_file()


@each_compose
def test_commands_are_verbs(path: Path) -> None:
    """Our image is started with a verb of ours."""
    verbs = {verb.name for verb in VERBS}

    for service in services(path).values():
        if service["image"] == "miwdap-kg":
            assert service.get("command", ["serve"])[0] in verbs


@each_compose
def test_edge_asks_a_service_at_the_port_of_the_image(path: Path) -> None:
    """The proxy is given a service, and the port that the image listens at."""
    name, _, port = services(path)["edge"]["environment"]["UPSTREAM"].partition(":")
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")

    assert services(path)[name]["image"] == "miwdap-kg"
    assert f"EXPOSE {port}\n" in dockerfile
    assert f"MIWDAP_PORT={port}\n" in dockerfile


def test_image_is_made_of_what_the_package_needs() -> None:
    """What the build reads is let through, with the project's description and licences."""
    let_through = re.findall(
        r"(?m)^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    )
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    included = re.findall(r'(?m)^(\w+) = "miwdap_kg/_text/', project)

    assert {*included, "src", "pyproject.toml", "constraints.txt", "README.md", "LICENSE*"} == set(
        let_through
    )
    assert set(re.findall(r"MIWDAP_\w+", (DEPLOY / "Dockerfile").read_text())) <= variables()


# The page


def test_page_names_settings_and_options_that_there_are() -> None:
    """Each variable is a setting, and each option one of the verb that it is given to."""
    page = PAGE.read_text(encoding="utf-8")
    shown = subprocess.run(
        [sys.executable, "-m", "miwdap_kg", "push", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200"},
    ).stdout

    assert set(re.findall(r"MIWDAP_\w+", page)) <= variables()
    assert {"--graph-store", "--at-once", "--default-graph", "--replace-others"} == {
        option for option in re.findall(r"(?<![\w-])--[a-z-]+", page) if option in shown
    }


def test_page_counts_what_virtuoso_answers() -> None:
    """The number of right answers is that of the tests."""
    page = PAGE.read_text(encoding="utf-8")

    assert f"answers {len(CASES) - len(IN_VIRTUOSO)} of the {len(CASES)} stored queries" in page


def steps() -> Iterator[tuple[str, str]]:
    """Yield the commands of the page with what they print."""
    for block in blocks(PAGE):
        yield from commands(block.text)


def test_push_prints_what_the_page_shows(start_oxigraph: StartOxigraph, release: Release) -> None:
    """The command of the page, with a real engine, prints the lines of the page."""
    (command, shown) = next(each for each in steps() if each[0].startswith("miwdap-kg push"))
    with start_oxigraph() as server:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "miwdap_kg",
                *shlex.split(command.replace(ADDRESS, server.engine.host))[1:],
            ],
            env={**os.environ, "MIWDAP_RELEASE": str(release.folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        printed = done.stdout.replace(server.engine.host, ADDRESS)

    pattern = re.escape(shown.strip()).replace("…", ".*?")
    assert re.fullmatch(pattern, printed.strip(), re.DOTALL), printed
