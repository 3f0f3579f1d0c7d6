"""Says in words what is wrong with a query that an engine refuses, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from miwdap_kg.errors import QuerySyntaxError
from miwdap_kg.grammar import KEYWORDS, Misfit, find_misfit
from miwdap_kg.namespaces import NAMESPACES
from miwdap_kg.sparql import Token, tokens

__all__ = ["diagnose", "place"]

# What the engine says of a query that fits the grammar (SPARQL 1.1 §19.8, notes), in our words.
_RULES: Final = {
    "The SELECT contains a variable that is unbound": "with GROUP BY, or with an aggregate such as "
    "COUNT, each projected variable must be grouped by or stand in an aggregate",
    "The SELECT overrides an existing variable": "the variable after AS must be a new one",
    "SELECT * is not authorized with GROUP BY": "SELECT * cannot be used with GROUP BY; "
    "name the variables",
    "IRI parsing failed": "one of its IRIs is not valid. Look for a '%' without two hexadecimal "
    "digits behind it, and for brackets",
    "language tag parsing failed": "one of its language tags is not valid. Write one such as @en",
}
_ANY_RULE: Final = (
    "the grammar is right, but a rule beyond it is broken. A variable after AS or in BIND must be "
    "new, a row of VALUES has a value for each variable, a blank node stays in one group, and "
    "no aggregate stands in another"
)
_QUOTATION_MARKS: Final = "“”„‟‘’‚‛«»「」"
_FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_WORDS_SHOWN: Final = 8


def diagnose(text: str, message: str) -> QuerySyntaxError:
    """Return the error of a query that an engine refused with a *message*.

    The engine's own message names places and keywords that mislead, so that the grammar is asked
    first, then the prefixes and IRIs, and the engine last.

    >>> print(diagnose("SELECT ?x WHERE ?x a ?y", "error at 1:17"))
    The query cannot be read at line 1, column 17: found '?x'; expected '{'.
    """
    found = list(tokens(text))
    problems = [*_misfits(text), *_undeclared_prefixes(found), *_relative_iris(found)]
    if problems:
        start, problem = min(problems)
    else:
        start = next((token.start for token in found if token.keyword in _FORMS), 0)
        problem = next((rule for said, rule in _RULES.items() if said in message), _ANY_RULE)
    line, column = place(text, start)
    return QuerySyntaxError(f"{problem}.", line=line, column=column)


def _misfits(text: str) -> Iterator[tuple[int, str]]:
    misfit = find_misfit(text)
    if misfit is None:
        return
    if misfit.token is None:
        problem = f"the query ends too early; {_expected(misfit)}{_open(text, misfit)}"
        yield len(text.rstrip()), problem
        return
    found = _shown(text, misfit.token)
    quoted = found if found[0] in "'\"" else f"'{found}'"
    yield misfit.token.start, f"found {quoted}; {_expected(misfit)}{_hint(misfit, found)}"


def _expected(misfit: Misfit) -> str:
    words = misfit.expected
    if len(words) > _WORDS_SHOWN:
        words = (*words[:_WORDS_SHOWN], "something else")
    return f"expected {', '.join(words[:-1])} or {words[-1]}".replace("expected  or", "expected")


def _open(text: str, misfit: Misfit) -> str:
    if misfit.unclosed is None:
        return ""
    line, column = place(text, misfit.unclosed.start)
    return f". The '{misfit.unclosed.text}' at line {line}, column {column} is not closed"


def _hint(misfit: Misfit, found: str) -> str:
    token = misfit.token
    if token is None:
        return ""
    if token.kind == "unclosed":
        return ". The string that begins here is not closed"
    if token.kind == "broken":
        return (
            ". Behind '\\' in a string stands one of t, b, n, r, f, quotation marks, '\\', "
            "or u with four hexadecimal digits"
        )
    if token.kind == "sign" and token.text.isspace():
        return ". This is a space that SPARQL does not know; type another one"
    if token.text in _QUOTATION_MARKS:
        return ". A string stands between straight quotation marks"
    if found.startswith("<") and len(found) > 1:
        return ". An IRI ends with '>' and has no spaces"
    if token.kind != "word" or token.keyword in KEYWORDS:
        return ""
    closest = get_close_matches(token.keyword, KEYWORDS, n=1, cutoff=0.8)
    if closest:
        return f". {closest[0]} may be meant"
    if not any(each.startswith(("a variable", "an expression")) for each in misfit.expected):
        return ""
    return ". A variable begins with '?', and a string stands between quotation marks"


def _shown(text: str, token: Token) -> str:
    whole = re.compile(r"<[^>\r\n]*>?").match(text, token.start) if token.text == "<" else None
    shown = whole.group() if whole else re.split(r"[\r\n]", token.text)[0]
    if not shown.isprintable() and len(shown) == 1:
        return f"U+{ord(shown):04X}"
    return shown if len(shown) <= 40 else f"{shown[:40]}…"


def _undeclared_prefixes(found: Sequence[Token]) -> Iterator[tuple[int, str]]:
    declared: set[str] = set()
    before = ""
    for token in found:
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if before == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                iri = NAMESPACES.get(prefix, "…")
                yield (
                    token.start,
                    f"the prefix '{prefix}:' is not declared. "
                    f"Add a line 'PREFIX {prefix}: <{iri}>' at the top",
                )
        before = token.keyword


def _relative_iris(found: Sequence[Token]) -> Iterator[tuple[int, str]]:
    for token in found:
        if token.keyword == "BASE":
            return
        if token.kind == "iri" and not re.match(r"<[A-Za-z][A-Za-z0-9+.\-]*:", token.text):
            yield (
                token.start,
                f"{token.text} is no whole IRI, and the query has no BASE. "
                "Write all of it, such as <https://example.org/x>",
            )


def place(text: str, start: int) -> tuple[int, int]:
    """Return the line and the column, both from 1, of the character at *start*."""
    lines = re.split(r"\r\n|\n|\r", text[:start])
    return len(lines), len(lines[-1]) + 1
