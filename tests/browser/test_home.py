"""What a person sees who opens the graph in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import FLAGS, Browser

PRINCIPLES = [
    "Promotion of SDGs",
    "Enhancement of global competitiveness",
    "Promotion of Data Free Flow with Trust (DFFT)",
    "Realization of the Free and Open Indo-Pacific (FOIP) Strategy",
    "Total Mobilization of Policy Resources",
]
ANSWER = "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%20500"
PAGES = ["/", ANSWER, "/sparql?query=SELECT%20%3Fx%20%7B", "/dumps/", "/nowhere"]


def test_first_page_renders_the_principles(chromium: str, site: str, tmp_path: Path) -> None:
    """The page as Chromium builds it has the five principles, each with the words that state it."""
    done = subprocess.run(
        [chromium, *FLAGS, f"--user-data-dir={tmp_path}", "--dump-dom", f"{site}/"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    for number, label in enumerate(PRINCIPLES, start=1):
        assert f'<span class="label">{label}</span>' in done.stdout
        assert f"Principle {number}: {label}</blockquote>" in done.stdout


def test_principle_opens_to_its_words(browser: Browser, site: str) -> None:
    """The words are hidden until the principle is opened, with the keyboard alone if need be."""
    quote = "document.querySelector('blockquote').checkVisibility()"
    browser.open(f"{site}/#principles")
    before = browser.value(quote)
    browser.value("document.querySelector('summary').focus()")

    browser.press("Enter", 13, "\r")

    assert not before
    assert browser.value(quote)


def test_question_is_asked_and_answered(browser: Browser, site: str) -> None:
    """The question in the field leads to a table of passages, and back to itself."""
    browser.open(f"{site}/")
    question = browser.value("document.querySelector('textarea').value")
    browser.events.clear()

    browser.value("document.querySelector('button').click()")
    browser.wait_for("Page.loadEventFired")

    assert "3 rows" == browser.value("document.querySelector('h1').textContent")
    assert 3 == browser.value("document.querySelectorAll('tbody tr').length")
    asked = browser.value("document.querySelector('textarea').value")
    # A form sends line ends of its own.
    assert question == asked.replace("\r\n", "\n")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1920])
@pytest.mark.parametrize("path", PAGES, ids=["home", "answer", "problem", "dumps", "unknown"])
def test_page_fits_and_keeps_to_itself(
    browser: Browser, site: str, path: str, width: int, scheme: str
) -> None:
    """No page is wider than its window, asks another host for anything, or breaks its policy."""
    browser.open(f"{site}{path}", width=width, scheme=scheme)

    assert width == browser.value("document.documentElement.scrollWidth")
    assert [] == [each for each in browser.requested() if not each.startswith(f"{site}/")]
    assert [] == browser.complaints()


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_page_follows_the_colour_scheme(
    browser: Browser, site: str, scheme: str, is_dark: bool
) -> None:
    """Paper and ink change places where a reader prefers dark."""
    browser.open(f"{site}/", scheme=scheme)

    paper, ink = (
        browser.value(
            f"getComputedStyle(document.documentElement).{name}"
            ".match(/\\d+/g).map(Number).reduce((sum, each) => sum + each)"
        )
        for name in ("backgroundColor", "color")
    )
    assert is_dark == (paper < ink)


def test_first_stop_of_the_keyboard_leads_past_the_head(browser: Browser, site: str) -> None:
    """The first press of Tab shows the way to the content, and it can be seen."""
    browser.open(f"{site}/")

    browser.press("Tab", 9)

    assert "#main" == browser.value("document.activeElement.getAttribute('href')")
    assert browser.value("document.activeElement.getBoundingClientRect().top >= 0")
    assert "none" != browser.value("getComputedStyle(document.activeElement).outlineStyle")


def test_japanese_is_marked_as_such(browser: Browser, site: str) -> None:
    """Every Japanese character on the page stands in an element that says it is Japanese."""
    browser.open(f"{site}/")

    unmarked = browser.value(
        """(() => {
            const found = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const element = walker.currentNode.parentElement;
                if (/[\\u3040-\\u30ff\\u4e00-\\u9fff]/.test(walker.currentNode.data)
                    && element.closest('[lang]').lang !== 'ja') found.push(walker.currentNode.data);
            }
            return found;
        })()"""
    )
    assert [] == unmarked


def test_commands_on_the_page_work(
    browser: Browser, site: str, release_folder: Path, requires_tool: Callable[[str], str]
) -> None:
    """What the page says for curl and Python does what it says, as it stands there."""
    requires_tool("curl")
    browser.open(f"{site}/#use")
    curl, python = browser.value(
        "[...document.querySelectorAll('.ways code')].map(each => each.innerText)"
    )

    asked = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, check=True)
    ran = subprocess.run(
        [sys.executable, "-c", python.replace("KnowledgeGraph.open()", "x = KnowledgeGraph.open()")
         + "\nprint(len(x))"],
        env={**os.environ, "MIWDAP_RELEASE": str(release_folder)},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip

    assert "Principle 1: Promotion of SDGs" in asked.stdout.splitlines()
    assert "5\n" == ran.stdout


def test_screenshot(chromium: str, site: str, tmp_path: Path) -> None:
    """The page can be drawn."""
    picture = tmp_path / "home.png"

    subprocess.run(
        [chromium, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={picture}",
         f"{site}/"],
        capture_output=True,
        timeout=120,
        check=True,
    )  # fmt: skip

    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000
