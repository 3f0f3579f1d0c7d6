"""What the verbs write: data to the standard output, messages and progress to standard error."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from miwdap_kg.namespaces import shorten
from miwdap_kg.solutions import BlankNode, Iri, Text, Value

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text as RichText

__all__ = [
    "OutputFailure",
    "lines",
    "paragraph",
    "progress",
    "quoted",
    "say",
    "shown",
    "table",
    "visible",
    "write",
]

# Wide enough that no line of data is ever wrapped in a pipe.
_PIPE_WIDTH: Final = 1_000_000

_SHARE_OF_NAMES: Final = 0.6

# What could move the cursor or turn the reading direction is shown as a replacement character.
_INVISIBLE: Final = dict.fromkeys(
    [
        *(code for code in range(0x20) if chr(code) not in "\t\n"),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ],
    "\N{REPLACEMENT CHARACTER}",
)


class OutputFailure(Exception):
    """The standard output takes no more; the cause tells why."""


def write(data: bytes) -> None:
    """Write data to the standard output, byte for byte.

    Raises:
        OutputFailure: nobody reads on, or the disk is full.
    """
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise OutputFailure(str(error)) from error


def lines(content: Iterable[RenderableType]) -> None:
    """Write paragraphs to the standard output, with colours where it is a terminal."""
    _print(*content)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table to the standard output: folded to a terminal's width, never in a pipe.

    Columns of names and numbers are folded only when they take more than their share.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text as RichText

    cells = [[RichText(visible(cell)) for cell in row] for row in (columns, *rows)]
    widths = [
        max(cell.cell_len for cell in column) if all(map(_is_name, column)) else 0
        for column in zip(*cells, strict=True)
    ]
    whole = sum(widths) <= _console(io.StringIO()).width * _SHARE_OF_NAMES
    content = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, width in zip(cells[0], widths, strict=True):
        content.add_column(name, overflow="fold", no_wrap=whole and width > 0)
    for row in cells[1:]:
        content.add_row(*row)
    _print(content)


def paragraph(*parts: str | tuple[str, str], indent: int = 0) -> RenderableType:
    """Return a paragraph of *parts*, each a text or a text with its style."""
    from rich.padding import Padding
    from rich.text import Text as RichText

    styled = [
        visible(each) if isinstance(each, str) else (visible(each[0]), each[1]) for each in parts
    ]
    text = RichText.assemble(*styled)
    return Padding(text, (0, 0, 0, indent), expand=False) if indent else text


def say(message: str) -> None:
    """Write a message to standard error; without a reader it is lost, and that is no failure."""
    with contextlib.suppress(OSError):
        print(visible(message), file=sys.stderr, flush=True)  # noqa: T201  # this is the place


@contextlib.contextmanager
def progress(task: str) -> Iterator[Callable[[str], None]]:
    """Show one line on a terminal that says what is being done, and is gone at the end.

    Yields a function that takes the step; where standard error is no terminal, it does nothing.
    """
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.text import Text as RichText

    with Console(stderr=True, highlight=False).status(RichText(task)) as status:
        yield lambda step: status.update(RichText(visible(f"{task}: {step}")))


def shown(value: Value | None, *, with_language: bool = False) -> str:
    """Return a value as a person reads it: IRIs as prefixed names, the unbound as nothing.

    >>> shown(Iri("https://w3id.org/miwdap/id/plan")), shown(True), shown(None)
    ('id:plan', 'true', '')
    >>> shown(Text("計画", "ja"), with_language=True)
    '計画 [ja]'
    """
    match value:
        case None:
            return ""
        case Iri():
            return shorten(value)
        case Text() if with_language:
            return f"{value} [{value.language}]"
        case BlankNode():
            return f"_:{value}"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def quoted(words: str) -> str:
    """Return the words of a passage in quotation marks; a retelling keeps its square brackets.

    >>> quoted("Promotion of SDGs")
    '“Promotion of SDGs”'
    """
    return words if words.startswith("[") else f"“{words}”"


def visible(text: str) -> str:
    r"""Return *text* with every control character replaced, so that data cannot steer a terminal.

    >>> visible("red\x1b[31m")
    'red�[31m'
    """
    return text.translate(_INVISIBLE)


def _is_name(cell: RichText) -> bool:
    return cell.plain.isascii() and not any(each.isspace() for each in cell.plain)


def _print(*content: RenderableType) -> None:
    output = io.StringIO()
    console = _console(output)
    for each in content:
        console.print(each)
    text = "\n".join(line.rstrip(" ") for line in output.getvalue().split("\n"))
    write(text.encode(sys.stdout.encoding or "utf-8", "replace"))


def _console(output: io.StringIO) -> Console:
    from rich.console import Console

    is_terminal = sys.stdout.isatty()
    return Console(
        file=output,
        highlight=False,
        emoji=False,
        markup=False,
        force_terminal=is_terminal,
        width=None if is_terminal else _PIPE_WIDTH,
    )
