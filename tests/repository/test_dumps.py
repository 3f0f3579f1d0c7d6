"""The dumps of the release say the same to parsers that are not ours."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from miwdap_kg.release import Release


@pytest.mark.parametrize(
    ("extension", "format_"), [("ttl", "turtle"), ("trig", "trig"), ("nq", "nquads")]
)
def test_raptor_counts_the_statements_of_the_manifest(
    release_folder: Path, extension: str, format_: str, requires_tool: Callable[[str], str]
) -> None:
    """Raptor reads each dump without a complaint and finds as many statements as we say."""
    release = Release.open(release_folder)
    path = release.dump(extension)

    done = subprocess.run(
        [requires_tool("rapper"), "--input", format_, "--count", str(path)],
        capture_output=True,
        text=True,
    )

    count = re.search(r"returned (\d+) (?:triple|statement)", done.stderr)
    assert (0, None) == (done.returncode, re.search("Error|Warning", done.stderr)), done.stderr
    assert count is not None, done.stderr
    assert release.files[path.name].statements == int(count[1])


def test_each_passage_is_a_graph_with_its_own_name(release_folder: Path) -> None:
    """A named graph that is a passage is described as one, and the other way round."""
    release = Release.open(release_folder)
    quads = release.dump("nq").read_text(encoding="utf-8")

    graphs = {name for name in release.graphs if "/passage/" in name}
    worded = set(
        re.findall(r"^<(\S+)> <https://w3id\.org/miwdap/def#(?:quote|paraphrase)>", quads, re.M)
    )

    assert len(graphs) >= 64
    assert worded == graphs
