"""The settings: defaults, where values come from, and values that cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from miwdap_kg.errors import ConfigurationError
from miwdap_kg.settings import ENVIRONMENT_PREFIX, Settings, find_text


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests is seen."""
    for name in list(os.environ):
        if name.upper().startswith(ENVIRONMENT_PREFIX):
            monkeypatch.delenv(name)


def origin_of(settings: Settings, name: str, **given: object) -> tuple[object, str]:
    origin = next(each for each in settings.origins(**given) if each.name == name)
    return origin.value, origin.origin


def test_default_is_used_when_nothing_is_said() -> None:
    """Without an option or a variable, a setting has its default."""
    settings = Settings.read()

    assert (8000, "default") == origin_of(settings, "port")


def test_environment_beats_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment sets its setting."""
    monkeypatch.setenv("MIWDAP_PORT", "8080")

    assert (8080, "environment MIWDAP_PORT") == origin_of(Settings.read(), "port")


def test_environment_counts_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable in lower case sets its setting too, and is named as its origin."""
    monkeypatch.setenv("miwdap_port", "8080")

    assert (8080, "environment MIWDAP_PORT") == origin_of(Settings.read(), "port")


def test_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable without a value leaves the default, and is not named as its origin."""
    monkeypatch.setenv("MIWDAP_PORT", "")

    assert (8000, "default") == origin_of(Settings.read(), "port")


def test_option_beats_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given beats the environment."""
    monkeypatch.setenv("MIWDAP_PORT", "8080")
    given = {"port": 9000}

    assert (9000, "option") == origin_of(Settings.read(**given), "port", **given)


def test_option_that_is_none_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that was not used leaves the environment's value."""
    monkeypatch.setenv("MIWDAP_PORT", "8080")
    given = {"port": None}

    assert (8080, "environment MIWDAP_PORT") == origin_of(Settings.read(**given), "port", **given)


def test_every_setting_tells_its_meaning() -> None:
    """Each setting is described in a sentence."""
    meanings = {each.name: each.meaning for each in Settings.read().origins()}

    assert set(Settings.model_fields) == set(meanings)
    assert all(meaning.endswith(".") for meaning in meanings.values())


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "eighty", "Input should be a valid integer"),
        ("port", "65536", "Input should be less than or equal to 65535"),
        ("port", "-1", "Input should be greater than or equal to 0"),
        ("max_query_bytes", "0", "Input should be greater than or equal to 1"),
        ("max_answer_bytes", "many", "Input should be a valid integer"),
        ("shutdown_seconds", "-0.5", "Input should be greater than or equal to 0"),
    ],
)
def test_bad_value_is_named(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that cannot be used is told with its setting, its reason, and what to do."""
    monkeypatch.setenv(f"MIWDAP_{name.upper()}", value)

    with pytest.raises(ConfigurationError) as caught:
        Settings.read()

    message = str(caught.value)
    assert message.startswith(f"setting '{name}' (MIWDAP_{name.upper()}) is '{value}': {reason}")
    assert message.endswith("Correct it, or leave it out for the default.")


def test_all_bad_values_are_told_at_once() -> None:
    """Two wrong settings are both named."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.read(port="a", max_query_bytes="b")

    assert "setting 'port' (MIWDAP_PORT) is 'a'" in str(caught.value)
    assert "setting 'max_query_bytes' (MIWDAP_MAX_QUERY_BYTES) is 'b'" in str(caught.value)


def test_unknown_setting_is_refused() -> None:
    """A setting that there is not is refused by its name."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.read(prot=8080)

    assert str(caught.value).startswith("setting 'prot' (MIWDAP_PROT) is 8080: Extra inputs")


def test_settings_cannot_be_changed() -> None:
    """Settings are one value that is passed on and never changed."""
    settings = Settings.read()

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_text_is_the_checkouts(root: Path) -> None:
    """In a checkout, the text is the checkout's, and its releases lie beside it."""
    assert (root, root / "releases") == (find_text(), Settings.read().releases)
