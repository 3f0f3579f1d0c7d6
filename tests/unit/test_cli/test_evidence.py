"""The verb `evidence`."""

from __future__ import annotations

from pathlib import Path

import pytest

from miwdap_kg.workshop.build import build

from .conftest import NOTE, Ask

FIRST = [
    "“The plan has one principle”",
    "  passage:note-1, line 1 of id:note “The note”, miw:PrimarySource",
]
SECOND = [
    "“Be kind”",
    "  passage:note-2, line 2 of id:note “The note”, miw:PrimarySource",
]


def test_evidence_for_a_statement(execute: Ask):
    """Every passage that says it is shown: words, document, line, reliability, statement."""
    outcome = execute("evidence", "plan", "miw:hasPrinciple", "principle-1")

    statement = "    id:plan  miw:hasPrinciple  id:principle-1"
    assert [*FIRST, statement, *SECOND, statement] == outcome.out.splitlines()
    assert (0, "") == (outcome.status, outcome.err)


def test_evidence_for_a_thing(ask: Ask):
    """All that passages say of a thing stands under the passage that says it."""
    lines = ask("evidence", "principle-1").out.splitlines()

    assert [
        *SECOND,
        "    id:principle-1  rdf:type  miw:Principle",
        "    id:principle-1  skos:prefLabel  Be kind [en]",
        "    id:principle-1  skos:prefLabel  親切 [ja]",
        "    id:principle-1  miw:ordinal  1",
    ] == lines


def test_evidence_for_everything(ask: Ask):
    """Without a subject, all statements of all passages are shown."""
    assert 2 * 2 + 9 == len(ask("evidence").out.splitlines())


def test_statement_that_no_passage_makes(ask: Ask):
    """What no passage says is exit code 1, and says so."""
    outcome = ask("evidence", "principle-1", "miw:hasPrinciple")

    assert (1, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith("No passage says so.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plann"], "No subject 'plann'. Did you mean 'plan'?"),
        (
            ["plan", "miw:hasPrincipal"],
            "No predicate 'miw:hasPrincipal'. Did you mean 'miw:hasPrin",
        ),
        (
            ["plan", "miw:hasPrinciple", "principle-2"],
            "No object 'principle-2'. Did you mean 'prin",
        ),
    ],
)
def test_unknown_name(ask: Ask, arguments: list[str], message: str):
    """A name that stands nowhere is told with the nearest ones."""
    outcome = ask("evidence", *arguments)

    assert (1, "") == (outcome.status, outcome.out)
    assert message in outcome.err


@pytest.mark.parametrize("options", [[], ["--document", "note"]], ids=["found", "named"])
def test_check_that_confirms(execute: Ask, note: Path, options: list[str]):
    """All quotes at their places: exit code 0, and nothing but the count."""
    outcome = execute("evidence", "--check", note, *options)

    expected = f"2 of 2 passages of id:note confirmed in {note}.\n"
    assert (0, expected, "") == (outcome.status, outcome.out, outcome.err)


def test_check_of_several_texts(ask: Ask, note: Path):
    """Each text has its line; one that is wrong makes the exit code 1."""
    other = note.with_name("other.txt")
    other.write_text(NOTE.replace("kind", "good"))
    outcome = ask("evidence", "--check", other, "--check", note)

    assert 1 == outcome.status
    assert f"1 of 2 passages of id:note confirmed in {other}." in outcome.out
    assert f"2 of 2 passages of id:note confirmed in {note}." in outcome.out


def test_retelling_keeps_its_brackets(execute: Ask, text: Path):
    """What is no quote stands in square brackets, and not in quotation marks."""
    path = text / "data" / "note.trig"
    content = path.read_text(encoding="utf-8")
    quote = 'miw:quote "Be kind" ; miw:start 28 ; miw:end 35 ; miw:line 2 .'
    assert quote in content
    path.write_text(
        content.replace(quote, 'miw:paraphrase "[It asks for kindness.]"@en .'), encoding="utf-8"
    )
    release = build(text, text.with_name("retold")).folder
    outcome = execute("evidence", "principle-1", MIWDAP_RELEASE=str(release))
    lines = outcome.out.splitlines()

    assert "[It asks for kindness.]" == lines[0]


def test_check_of_another_text(ask: Ask, note: Path):
    """A text that is not the very same is named as such, even when all quotes are in it."""
    note.write_text(NOTE + "More.\n")
    outcome = ask("evidence", "--check", note)

    assert (0, f"2 of 2 passages of id:note confirmed in {note}.\n") == (
        outcome.status,
        outcome.out,
    )
    assert f"{note} is not the very text that the passages were read from" in outcome.err


@pytest.mark.parametrize(
    ("changed", "confirmed", "error"),
    [
        (
            NOTE.replace("kind", "good"),
            1,
            "passage:note-2: the quote “Be kind” is not in the text. Nearest text: “Be good”.",
        ),
        (
            f"Note:\n{NOTE}",
            0,
            "passage:note-2: the quote “Be kind” is not at 28–35, but begins at 34.",
        ),
    ],
    ids=["quote", "position"],
)
def test_check_that_does_not_confirm(
    ask: Ask, note: Path, changed: str, confirmed: int, error: str
):
    """Each quote that is not where it should be is shown: exit code 1."""
    note.write_text(changed)
    outcome = ask("evidence", "--check", note)

    lines = outcome.out.splitlines()
    assert 1 == outcome.status
    assert f"{confirmed} of 2 passages of id:note confirmed in {note}." == lines[0]
    assert error == lines[-1]


def test_check_of_a_missing_file(execute: Ask):
    """Where a user has no text, that is said plainly, with what to do."""
    outcome = execute("evidence", "--check", "none.txt")

    assert (2, "") == (outcome.status, outcome.out)
    assert outcome.err.startswith(
        "none.txt: there is no such file. The texts that the passages quote do not ship with "
        "this project. Get the document from its publisher"
    )


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--document", "note"], 2, "--document needs --check FILE."),
        (["plan", "--check", "note.txt"], 2, "give either a SUBJECT or --check, not both."),
        (["--check", "note.txt", "--document", "not"], 1, "No document 'id:not'. Did you mean"),
        (["--check", "other.txt"], 1, "No document "),
        (
            ["--check", "note.txt", "--check", "other.txt", "--document", "note"],
            2,
            "--document names the document of one FILE.",
        ),
    ],
)
def test_check_that_is_wrong(
    ask: Ask,
    note: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    status: int,
    message: str,
):
    """Options that do not go together, and documents that are none, are refused."""
    monkeypatch.chdir(note.parent)
    Path("other.txt").write_text("Something else.\n")
    outcome = ask("evidence", *arguments)

    assert (status, "") == (outcome.status, outcome.out)
    assert message in outcome.err
