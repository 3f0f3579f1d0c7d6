"""The verb `settings`: each setting with its value, where that came from, and what it means."""

from __future__ import annotations

from miwdap_kg.cli.terminal import table

__all__ = ["settings"]


def settings() -> None:
    """Write the table of settings as they are in force here."""
    from miwdap_kg.settings import Settings

    rows = (
        (each.name, "" if each.value is None else str(each.value), each.origin, each.meaning)
        for each in Settings.read().origins()
    )
    table(("name", "value", "origin", "meaning"), rows)
