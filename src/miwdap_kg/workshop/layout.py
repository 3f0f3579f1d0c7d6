"""The formatter of the Turtle and TriG that people write."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyoxigraph
from rdflib import Literal, URIRef

from miwdap_kg.errors import AuthoringError, NotCanonical, RdfSyntaxError
from miwdap_kg.namespaces import NAMESPACES, expand
from miwdap_kg.workshop.authored import BlockEnd, BlockStart, Comment, Entry, read
from miwdap_kg.workshop.reading_order import predicate_key
from miwdap_kg.workshop.statements import (
    STEP,
    Collection,
    Nested,
    Predicate,
    Statement,
    Value,
    lay_out,
    lay_out_value,
)
from miwdap_kg.workshop.terms import Names

__all__ = ["PASSAGE_LINE", "format_text", "main"]

PASSAGE_LINE: Final = tuple(
    expand(name)
    for name in (
        *("miw:quote", "miw:paraphrase", "miw:start", "miw:end", "miw:line", "miw:page"),
        *("miw:section", "oa:prefix", "oa:suffix"),
    )
)
"""What says where a passage's words stand: outside a graph block, such a statement is one line."""


def format_text(text: str, *, path: Path | str) -> str:
    """Return *text* in the one layout; the ending of *path* tells TriG from Turtle.

    Kept are the comments between statements, the order of statements, blocks and values, and
    single blank lines. Prefixes, the order of predicates, indentation, quoting and abbreviation
    are the writer's. A statement on a passage, outside a graph block and of nothing but
    `PASSAGE_LINE`, stays on one line. Comments above the first prefix stay above the prefixes.

    Raises:
        RdfSyntaxError: *text* is not Turtle or TriG, or uses a prefix that it does not declare.
        NotCanonical: a comment stands inside a statement, or an IRI is not written in full.
        AuthoringError: the result would not state the same; this should never happen.

    >>> print(format_text(
    ...     "PREFIX m: <https://w3id.org/miwdap/def#> PREFIX k: <https://w3id.org/miwdap/id/>"
    ...     "k:principle-1 m:ordinal 1; a m:Principle.", path="plan.ttl"), end="")
    @prefix miw: <https://w3id.org/miwdap/def#> .
    @prefix id: <https://w3id.org/miwdap/id/> .
    <BLANKLINE>
    id:principle-1
        a miw:Principle ;
        miw:ordinal 1 ;
    .
    """
    source = read(text, path=path)
    names = Names()
    head, body = _lines(source.head, names), _lines(source.body, names)
    prefixes = names.declarations()
    above = "\n" if head and source.apart and (prefixes or body) else ""
    below = "\n" if prefixes and body else ""
    formatted = head + above + prefixes + below + body
    _require_same_statements(text, formatted, path)
    return formatted


def main(arguments: Sequence[str] | None = None) -> int:
    """Format files, or with `--check` only name those that are not canonical."""
    parser = argparse.ArgumentParser(
        prog="python -m miwdap_kg.workshop.layout",
        description="Lay out authored Turtle and TriG files.",
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if needed")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    # rdflib logs each value that its datatype forbids; saying so is the work of the shapes.
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    return max((_format_file(path, check=options.check) for path in options.files), default=0)


def _format_file(path: Path, *, check: bool) -> int:
    """Return 0 for fine, 1 for not canonical, 2 for not readable."""
    try:
        text = path.read_bytes().decode("utf-8")
        formatted = format_text(text, path=path)
        if check and formatted != text:
            raise NotCanonical(
                path,
                "the layout differs from the formatter's from here on. Run 'make format'.",
                line=_first_difference(text, formatted),
            )
    except NotCanonical as error:
        return _report(str(error), 1)
    except AuthoringError as error:
        return _report(str(error), 2)
    except UnicodeDecodeError as error:
        return _report(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.", 2)
    except OSError as error:
        return _report(f"{path}: {error.strerror}.", 2)
    if formatted != text:
        path.write_bytes(formatted.encode("utf-8"))
        sys.stdout.write(f"{path}: formatted\n")
    return 0


def _report(problem: str, code: int) -> int:
    sys.stderr.write(f"{problem}\n")
    return code


def _first_difference(text: str, formatted: str) -> int:
    found, wanted = text.split("\n"), formatted.split("\n")
    pairs = zip(found, wanted, strict=False)
    same = next((at for at, pair in enumerate(pairs) if pair[0] != pair[1]), None)
    return (min(len(found), len(wanted)) if same is None else same) + 1


def _lines(entries: Sequence[Entry], names: Names) -> str:
    text = ""
    before: object = None
    in_block = False
    for entry in entries:
        content = entry.content
        if isinstance(content, Comment) and content.trailing:
            text = f"{text[:-1]} {content.text}\n"
            continue
        if isinstance(content, BlockEnd):
            in_block = False
        is_first = before is None or isinstance(before, BlockStart)
        if isinstance(before, BlockEnd) or (entry.after_blank and not is_first):
            text += "\n"
        text += f"{_entry(entry, names, STEP if in_block else '')}\n"
        if isinstance(content, BlockStart):
            in_block = True
        before = content
    return text


def _entry(entry: Entry, names: Names, indent: str) -> str:
    content = entry.content
    if isinstance(content, Comment):
        return f"{indent}{content.text}"
    if isinstance(content, BlockStart):
        return "{" if content.name is None else f"{lay_out_value(content.name, names)} {{"
    if isinstance(content, BlockEnd):
        return "}"
    subject, predicates = content.subject, content.predicates
    if isinstance(subject, Nested):
        subject, predicates = Nested(()), subject.predicates + predicates
    statement = Statement(_arranged(subject), _in_order(predicates))
    one_line = not indent and _is_passage_line(statement)
    return lay_out(statement, names, indent=indent, one_line=one_line)


def _is_passage_line(statement: Statement) -> bool:
    subject = statement.subject
    if not isinstance(subject, URIRef) or not subject.startswith(NAMESPACES["passage"]):
        return False
    return all(str(predicate.iri) in PASSAGE_LINE for predicate in statement.predicates)


def _in_order(predicates: Sequence[Predicate]) -> tuple[Predicate, ...]:
    """Return each predicate once, in reading order, with its values in the author's order."""
    values: dict[URIRef, list[Value]] = {}
    for predicate in predicates:
        kept = values.setdefault(predicate.iri, [])
        for value in predicate.values:
            # Brackets that look alike are two things all the same.
            if isinstance(value, Nested | Collection) or value not in kept:
                kept.append(_arranged(value))
    merged = (Predicate(iri, tuple(each)) for iri, each in values.items())
    return tuple(
        sorted(
            merged,
            key=lambda each: predicate_key(
                each.iri, leads=any(not isinstance(value, Literal) for value in each.values)
            ),
        )
    )


def _arranged(value: Value) -> Value:
    if isinstance(value, Nested):
        return Nested(_in_order(value.predicates))
    if isinstance(value, Collection):
        return Collection(tuple(_arranged(item) for item in value.items))
    return value


def _require_same_statements(text: str, formatted: str, path: Path | str) -> None:
    """Let the engine's parser, which knows nothing of this formatter, read both texts."""
    before = _statements(text, path)
    if formatted != text and before != _statements(formatted, path):
        raise AuthoringError(
            path,
            "the formatter would change what this file states, so it has changed nothing. "
            "Please report this as a fault of the formatter.",
        )


def _statements(text: str, path: Path | str) -> pyoxigraph.Dataset:
    is_trig = str(path).endswith(".trig")
    format_ = pyoxigraph.RdfFormat.TRIG if is_trig else pyoxigraph.RdfFormat.TURTLE
    try:
        dataset = pyoxigraph.Dataset(pyoxigraph.parse(text.encode(), format=format_))
    except SyntaxError as error:
        raise RdfSyntaxError.of_parser(path, error) from error
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


if __name__ == "__main__":
    sys.exit(main())
