"""The code blocks of Markdown pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt


@dataclass(frozen=True)
class Block:
    """One fenced code block: where it begins, its language, its text."""

    path: Path
    line: int
    language: str
    text: str


def blocks(path: Path) -> list[Block]:
    """Return the code blocks of a Markdown file."""
    tokens = MarkdownIt().parse(path.read_text(encoding="utf-8"))
    return [
        Block(path, token.map[0] + 1, token.info.strip(), token.content)
        for token in tokens
        if token.type == "fence" and token.map
    ]


def commands(text: str) -> list[tuple[str, str]]:
    """Return each `$ command` of a console block with the output shown below it."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts)]
