"""Reads what can be told from a SPARQL query's tokens before an engine sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urljoin

__all__ = ["Form", "QueryOutline", "Token", "outline", "tokens"]

Form = Literal["select", "ask", "construct", "describe", "update"]

# SPARQL 1.1 §19.8, as far as tokens go. Strings and IRIs come first, so that no keyword is ever
# found inside them; a character that fits nothing is a token of its own, for the engine to refuse.
# Where a repetition ends nothing else can follow, so that the time is linear in the length of the
# text. Possessive quantifiers would say so, but the Python of Debian 12 (3.11.2) misreads them.
_TOKEN: Final = re.compile(
    r"""
      (?P<comment>\#[^\r\n]*)
    | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}
        |\\U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})*>)
    | (?P<string>\"{3}(?:[^"\\]|\\.|\"(?!\"\"))*\"{3}
        |'{3}(?:[^'\\]|\\.|'(?!''))*'{3}
        |"(?!"")(?:[^"\\\r\n]|\\.)*"
        |'(?!'')(?:[^'\\\r\n]|\\.)*')
    | (?P<unclosed>\"{3}(?:[^"\\]|\\.|\"(?!\"\"))*
        |'{3}(?:[^'\\]|\\.|'(?!''))*
        |"(?:[^"\\\r\n]|\\.)*
        |'(?:[^'\\\r\n]|\\.)*)
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<blank>_:\w[\w\-]*(?:\.+[\w\-]+)*)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)
    | (?P<prefix>\w[\w\-]*(?:\.+[\w\-]+)*)?(?P<name>:(?:(?:[\w:\-]|%[0-9A-Fa-f]{2}|\\.)
        (?:\.*(?:[\w:\-]|%[0-9A-Fa-f]{2}|\\.))*)?)
    | (?P<word>\w[\w\-]*(?:\.+[\w\-]+)*)
    | (?P<sign>\|\||&&|\^\^|<=|>=|!=|\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")

_UPDATES: Final = (
    *("INSERT", "DELETE", "LOAD", "CLEAR", "DROP"),
    *("CREATE", "ADD", "MOVE", "COPY", "WITH"),
)
_FORMS: Final[Mapping[str, Form]] = {
    "SELECT": "select",
    "ASK": "ask",
    "CONSTRUCT": "construct",
    "DESCRIBE": "describe",
    **dict.fromkeys(_UPDATES, "update"),
}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text as written, and where in the query it starts."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The word in upper case, or nothing when this is no bare word."""
        return self.text.upper() if self.kind == "word" else ""


@dataclass(frozen=True, slots=True)
class QueryOutline:
    """What a query's tokens tell: its form, what it projects, its dataset, and its size.

    *form* is None when no form is found; the engine then says what is wrong. *variables* are the
    projected ones, empty for `SELECT *`. *depth* counts nested brackets of every kind and *tokens*
    all tokens but those of VALUES blocks: both are what an engine's recursion has to survive.
    """

    form: Form | None
    variables: tuple[str, ...]
    from_graphs: tuple[str, ...]
    from_named_graphs: tuple[str, ...]
    has_service: bool
    depth: int
    tokens: int


def outline(text: str) -> QueryOutline:
    """Return the outline of a query. It never fails: what is no SPARQL has no form.

    >>> outline("SELECT ?plan WHERE { ?plan ?p 'SERVICE' } # no SERVICE").has_service
    False
    """
    found = list(tokens(text))
    start, form = _form(found)
    resolve = _Resolver(found[:start])
    head = list(_head(found[start + 1 :]))
    dataset = _dataset(head, resolve)
    is_ambiguous = _is_ambiguous(found)
    return QueryOutline(
        form=form,
        variables=tuple(_projection(head)) if form == "select" else (),
        from_graphs=dataset[0],
        from_named_graphs=dataset[1],
        # Where an engine may read other tokens than these, the worst of all readings counts.
        has_service="SERVICE" in text.upper() if is_ambiguous else _has_service(found),
        depth=len(re.findall(r"[({\[]", text)) if is_ambiguous else _depth(found),
        tokens=len(re.findall(r"\w+|\S", text)) if is_ambiguous else _size(found),
    )


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a query without its comments.

    >>> [token.kind for token in tokens("ASK { ?s a <#C> } # all")]
    ['word', 'sign', 'variable', 'word', 'iri', 'sign']
    """
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "comment":
            yield Token(kind, match.group(), match.start())


def _form(found: Sequence[Token]) -> tuple[int, Form | None]:
    for position, token in enumerate(found):
        for keyword, form in _FORMS.items():
            # An engine without a tokeniser takes `ASKWHERE` as two keywords.
            sticks = form != "update" and token.keyword.startswith(keyword)
            if sticks or token.keyword == keyword:
                return position, form
        if token.text == "{":
            break
    return len(found), None


class _Resolver:
    """Makes whole IRIs out of what a query writes, by its BASE and its prefixes."""

    def __init__(self, prologue: Sequence[Token]) -> None:
        self._base = ""
        self._prefixes: dict[str, str] = {}
        for word, name, iri in zip(prologue, prologue[1:], [*prologue[2:], None], strict=False):
            if word.keyword == "BASE" and name.kind == "iri":
                self._base = self._whole(name)
            elif word.keyword == "PREFIX" and name.kind == "name" and iri and iri.kind == "iri":
                self._prefixes[name.text.removesuffix(":")] = self._whole(iri)

    def __call__(self, token: Token) -> str | None:
        if token.kind == "iri":
            return self._whole(token)
        prefix, _, local = token.text.partition(":")
        if token.kind == "name" and prefix in self._prefixes:
            return self._prefixes[prefix] + local.replace("\\", "")
        return None

    def _whole(self, token: Token) -> str:
        iri = _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), token.text[1:-1])
        if _SCHEME.match(iri):
            return iri
        try:
            return urljoin(self._base, iri) + ("#" if iri.endswith("#") else "")
        except ValueError:
            return iri


def _head(found: Sequence[Token]) -> Iterator[Token]:
    # What stands between the form and the pattern; a CONSTRUCT's template comes before its FROM.
    round_, curly = 0, 0
    for token, after in zip(found, [*found[1:], None], strict=False):
        if round_ == curly == 0 and token.keyword.startswith("WHERE"):
            return
        round_ += (token.text == "(") - (token.text == ")")
        if round_ == 0 and token.text in ("{", "}"):
            curly += 1 if token.text == "{" else -1
            if token.text == "}" and not (after and after.keyword.startswith(("FROM", "WHERE"))):
                return
        elif curly == 0:
            yield token


def _dataset(head: Sequence[Token], resolve: _Resolver) -> tuple[tuple[str, ...], tuple[str, ...]]:
    graphs: list[str] = []
    named: list[str] = []
    for position, token in enumerate(head):
        if token.keyword != "FROM":
            continue
        rest = head[position + 1 : position + 3]
        target = graphs
        if rest and rest[0].keyword == "NAMED":
            target, rest = named, rest[1:]
        if rest and (iri := resolve(rest[0])) is not None:
            target.append(iri)
    return tuple(dict.fromkeys(graphs)), tuple(dict.fromkeys(named))


def _projection(head: Sequence[Token]) -> Iterator[str]:
    depth = 0
    previous = ""
    for token in head:
        if token.keyword == "FROM":
            return
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "variable" and (depth == 0 or (depth == 1 and previous == "AS")):
            yield token.text[1:]
        previous = token.keyword


def _is_ambiguous(found: Sequence[Token]) -> bool:
    """Tell whether an engine may read the text as other tokens.

    The grammar's rule of the longest match makes `?a <#>` a variable and an IRI. An engine without
    a tokeniser may take the `<` after an operand as “less than” and the rest as a comment.
    """
    depth = 0
    previous = ""
    for token in found:
        if token.kind == "unclosed":
            return True
        depth += (token.text == "(") - (token.text == ")")
        hides = token.kind == "iri" and ("#" in token.text or "'" in token.text)
        if hides and depth > 0 and previous not in _BEFORE_OPERAND:
            return True
        previous = token.text
    return False


_BEFORE_OPERAND: Final = frozenset("( , = != < > <= >= + - * / ! && || ^^ ^ | { ; .".split())


def _has_service(found: Sequence[Token]) -> bool:
    # `SERVICE` may stick to what is before and behind it: `trueSERVICE`, `SERVICEex:a {`.
    before = ""
    for token, after in zip(found, [*found[1:], None], strict=False):
        if token.keyword.endswith(("SERVICE", "SERVICESILENT")):
            return True
        prefix = token.text.partition(":")[0].upper() if token.kind == "name" else ""
        opens = after is not None and after.text == "{"
        if "SERVICE" in prefix and opens and before != "GRAPH":
            return True
        before = token.keyword
    return False


def _depth(found: Sequence[Token]) -> int:
    deepest = depth = 0
    for token in found:
        if token.text in ("(", "{", "["):
            depth += 1
            deepest = max(deepest, depth)
        elif token.text in (")", "}", "]"):
            depth -= 1
    return deepest


def _size(found: Sequence[Token]) -> int:
    size = 0
    state = ""
    for token in found:
        if token.keyword == "VALUES":
            state = "head"
        elif state == "head" and token.text == "{":
            state = "block"
        elif state == "block" and token.text == "}":
            state = ""
        size += state != "block"
    return size
