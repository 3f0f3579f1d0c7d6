"""Reads authored Turtle and TriG as statements and comments, in the order of the author."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from rdflib import RDF, XSD, BNode, Literal, URIRef

from miwdap_kg.errors import NotCanonical, RdfSyntaxError
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.workshop.statements import Collection, Nested, Predicate, Statement, Value
from miwdap_kg.workshop.tokens import Token, tokenise, unescape

__all__ = ["BlockEnd", "BlockStart", "Comment", "Entry", "Text", "read"]

DEEPEST: Final = 50
"""How deep brackets may stand in brackets; people need two or three."""

_NUMBERS: Final = {"double": XSD.double, "decimal": XSD.decimal, "integer": XSD.integer}
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from its `#` on; *trailing* says that it stands behind a statement or block."""

    text: str
    trailing: bool


@dataclass(frozen=True, slots=True)
class BlockStart:
    """The `name {` of a graph block; no name means the default graph."""

    name: URIRef | BNode | None


@dataclass(frozen=True, slots=True)
class BlockEnd:
    """The `}` of a graph block."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a file, and whether a blank line stands above it."""

    content: Statement | Comment | BlockStart | BlockEnd
    after_blank: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A file: comments, *apart* from the prefixes by a blank line or not, then all the rest."""

    head: tuple[Entry, ...]
    apart: bool
    body: tuple[Entry, ...]


def read(text: str, *, path: Path | str) -> Text:
    """Return what *text* says; the ending of *path* tells TriG from Turtle.

    Raises:
        RdfSyntaxError: *text* is not Turtle or TriG, or uses a prefix that it does not declare.
        NotCanonical: a comment stands inside a statement, or an IRI is not written in full.
    """
    return _Reader(text, path).text()


class _Reader:
    """A parser by recursive descent, with a method for each rule of the grammar."""

    def __init__(self, text: str, path: Path | str) -> None:
        self._path = path
        self._is_trig = str(path).endswith(".trig")
        self._prefixes: dict[str, str] = {}
        self._tokens = list(tokenise(text, path=path))
        self._position = 0
        self._ended_at = 0
        self._depth = 0

    def text(self) -> Text:
        comments: list[Entry] = []
        while self._any.kind == "comment":
            comments.append(self._comment())
        apart = self._is_after_blank()
        head, body = (comments, []) if self._is_directive() else ([], comments)
        while self._any.kind != "end":
            if self._is_directive():
                self._directive()
            else:
                body.extend(self._entries())
        return Text(tuple(head), apart, tuple(body))

    # Tokens

    @property
    def _any(self) -> Token:
        """The next token, between statements."""
        return self._tokens[self._position]

    @property
    def _next(self) -> Token:
        """The next token, inside a statement."""
        if self._any.kind == "comment":
            raise NotCanonical(
                self._path,
                "a comment stands inside a statement, where the formatter cannot keep it. "
                "Put it above the statement, or say it as a triple with skos:editorialNote.",
                line=self._any.line,
            )
        return self._any

    def _take(self) -> Token:
        self._position += 1
        return self._tokens[self._position - 1]

    def _is_mark(self, *marks: str) -> bool:
        return self._next.kind == "mark" and self._next.text in marks

    def _expect(self, mark: str, what: str) -> None:
        if not self._is_mark(mark):
            self._fail(f"expected {what}, found {self._next}.")
        self._take()

    def _fail(self, problem: str, token: Token | None = None) -> NoReturn:
        at = token or self._next
        raise RdfSyntaxError(self._path, at.line, at.column, problem)

    def _is_after_blank(self) -> bool:
        before = self._tokens[self._position - 1] if self._position else self._any
        return self._any.line - before.end_line > 1

    # Files

    def _is_directive(self) -> bool:
        token = self._any
        return (token.kind == "at" and token.text in ("@prefix", "@base")) or (
            token.kind == "word" and token.text.upper() in ("PREFIX", "BASE")
        )

    def _directive(self) -> None:
        keyword = self._take()
        if keyword.text.lower().endswith("base"):
            raise NotCanonical(
                self._path,
                f"'{keyword.text}' is not used here. Write each IRI with a prefix or in full.",
                line=keyword.line,
            )
        prefix = self._next
        if prefix.kind != "name" or not prefix.text.endswith(":"):
            self._fail(f"expected a prefix such as 'id:', found {prefix}.")
        self._take()
        if self._next.kind != "iri":
            self._fail(f"expected an IRI in angle brackets, found {self._next}.")
        self._prefixes[prefix.text[:-1]] = str(self._iri())
        if keyword.text.startswith("@"):
            self._expect(".", "'.' after the prefix")

    def _entries(self) -> Iterator[Entry]:
        """Read one comment, one statement or one graph block."""
        after_blank = self._is_after_blank()
        if self._any.kind == "comment":
            yield self._comment()
        elif self._is_trig and self._is_mark("{"):
            yield from self._block(None, after_blank)
        elif self._is_trig and self._any.kind == "word" and self._any.text.upper() == "GRAPH":
            self._take()
            yield from self._block(self._subject(), after_blank)
        else:
            subject = self._subject()
            if self._is_trig and self._is_mark("{"):
                yield from self._block(subject, after_blank)
            else:
                yield self._statement(subject, after_blank, in_block=False)

    def _comment(self) -> Entry:
        after_blank = self._is_after_blank()
        is_behind = 0 < self._position == self._ended_at
        trailing = is_behind and self._any.line == self._tokens[self._position - 1].line
        return Entry(Comment(self._take().text.rstrip(), trailing), after_blank)

    def _block(self, name: Value | None, after_blank: bool) -> Iterator[Entry]:
        if name is not None and not isinstance(name, URIRef | BNode):
            self._fail("expected an IRI as the name of this graph.")
        self._expect("{", "'{' after the graph's name")
        yield Entry(BlockStart(name), after_blank)
        while self._any.kind == "comment" or not self._is_mark("}"):
            if self._any.kind == "comment":
                yield self._comment()
            else:
                after_blank = self._is_after_blank()
                yield self._statement(self._subject(), after_blank, in_block=True)
        self._take()
        self._ended_at = self._position
        yield Entry(BlockEnd(), after_blank=False)

    # Statements

    def _statement(self, subject: Value, after_blank: bool, *, in_block: bool) -> Entry:
        ends = (".", "}") if in_block else (".",)
        predicates: tuple[Predicate, ...] = ()
        if not (isinstance(subject, Nested) and subject.predicates and self._is_mark(*ends)):
            predicates = self._predicates()
        if not self._is_mark(*ends):
            self._fail(f"expected ';', ',' or '.' after a value, found {self._next}.")
        if self._is_mark("."):
            self._take()
        self._ended_at = self._position
        return Entry(Statement(subject, predicates), after_blank)

    def _subject(self) -> Value:
        if self._next.kind not in ("iri", "name", "blank") and not self._is_mark("[", "("):
            self._fail(f"expected a statement, found {self._next}.")
        return self._value()

    def _predicates(self) -> tuple[Predicate, ...]:
        predicates = [self._predicate()]
        while self._is_mark(";"):
            self._take()
            if not self._is_mark(";", ".", "]", "}"):
                predicates.append(self._predicate())
        return tuple(predicates)

    def _predicate(self) -> Predicate:
        if self._next.kind == "word" and self._next.text == "a":
            self._take()
            verb = RDF.type
        elif self._next.kind in ("iri", "name"):
            verb = self._iri()
        else:
            self._fail(f"expected a predicate, found {self._next}.")
        values = [self._value()]
        while self._is_mark(","):
            self._take()
            values.append(self._value())
        return Predicate(verb, tuple(values))

    def _value(self) -> Value:
        if self._next.kind in ("iri", "name"):
            return self._iri()
        if self._next.kind == "blank":
            return BNode(self._take().text[2:])
        if not self._is_mark("[", "("):
            return self._literal()
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"more than {DEEPEST} brackets inside each other. Name what is inside.")
        value = self._nested() if self._take().text == "[" else self._collection()
        self._depth -= 1
        return value

    def _nested(self) -> Nested:
        predicates = () if self._is_mark("]") else self._predicates()
        self._expect("]", "';', ',' or ']' after a value")
        return Nested(predicates)

    def _collection(self) -> Collection:
        items: list[Value] = []
        while not self._is_mark(")"):
            items.append(self._value())
        self._take()
        return Collection(tuple(items))

    def _literal(self) -> Literal:
        token = self._next
        bare = XSD.boolean if token.text in ("true", "false") else _NUMBERS.get(token.kind)
        if bare is not None:
            return Literal(self._take().text, datatype=bare, normalize=False)
        if token.kind not in ("text", "long_text"):
            self._fail(f"expected a value, found {token}.")
        self._take()
        quotes = 3 if token.kind == "long_text" else 1
        text = unescape(token, token.text[quotes:-quotes], path=self._path)
        if self._next.kind == "at":
            return Literal(text, lang=self._take().text.removeprefix("@"))
        if not self._is_mark("^^"):
            return Literal(text)
        self._take()
        if self._next.kind not in ("iri", "name"):
            self._fail(f"expected a datatype, found {self._next}.")
        return Literal(text, datatype=self._iri(), normalize=False)

    def _iri(self) -> URIRef:
        token = self._take()
        if token.kind == "iri":
            iri = unescape(token, token.text[1:-1], path=self._path)
            if not _ABSOLUTE.match(iri):
                problem = f"<{iri}> is not in full. Write the whole IRI, or a prefix."
                raise NotCanonical(self._path, problem, line=token.line)
            return URIRef(iri)
        prefix, _, local = token.text.partition(":")
        if prefix not in self._prefixes:
            declaration = f"@prefix {prefix}: <{NAMESPACES.get(prefix, '…')}> ."
            self._fail(f"the prefix '{prefix}:' is not declared. Add '{declaration}'", token)
        return URIRef(self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", local))
