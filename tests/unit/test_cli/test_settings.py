"""The verb `settings`."""

from __future__ import annotations

from miwdap_kg.settings import Settings

from .conftest import Ask


def test_settings(execute: Ask):
    """Each setting stands in the table with value, origin and meaning."""
    outcome = execute("settings", MIWDAP_PORT="8765")
    lines = outcome.out.splitlines()

    assert (0, "") == (outcome.status, outcome.err)
    assert ["name", "value", "origin", "meaning"] == lines[0].split()
    assert list(Settings.model_fields) == [line.split()[0] for line in lines[2:]]
    port = next(line for line in lines if line.startswith("port"))
    assert ["port", "8765", "environment", "MIWDAP_PORT", "The", "port"] == port.split()[:6]
    host = next(line for line in lines if line.startswith("host"))
    assert ["host", "127.0.0.1", "default"] == host.split()[:3]
