"""The answer to a SELECT: variables, and rows of Python values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Self

from miwdap_kg.namespaces import NAMESPACES

__all__ = ["BlankNode", "Iri", "Solutions", "Text", "Value", "is_true", "value_of"]


class Iri(str):
    """An IRI; a string in every other way."""

    __slots__ = ()


class BlankNode(str):
    """The label of a blank node, good only within one answer."""

    __slots__ = ()


class Text(str):
    """A text with its language; a string in every other way.

    >>> Text("計画", "ja").language
    'ja'
    """

    __slots__ = ("language",)
    language: str

    def __new__(cls, value: str, language: str) -> Self:
        """Return the text *value* in *language*."""
        text = super().__new__(cls, value)
        text.language = language
        return text

    def __reduce__(self) -> tuple[type[Text], tuple[str, str]]:
        """Return what a copy, and a pickle, is made from."""
        return Text, (str(self), self.language)


Value = Iri | BlankNode | Text | str | bool | int | float | Decimal | date

_XSD: Final = NAMESPACES["xsd"]
_INTEGERS: Final = (
    *("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger"),
    *("nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong"),
    *("unsignedShort", "unsignedByte"),
)


def _reader(pattern: str, make: Callable[[str], Value]) -> Callable[[str], Value]:
    # Python takes more than XML Schema allows, such as "1_000", "2020W181" and digits of all kinds.
    def read(lexical: str) -> Value:
        if not re.fullmatch(pattern, lexical):
            raise ValueError(lexical)
        return make(lexical)

    return read


_DECIMAL: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_FLOAT: Final = _reader(rf"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN", float)
_READERS: Final[Mapping[str, Callable[[str], Value]]] = {
    **{f"{_XSD}{name}": _reader(r"[+-]?[0-9]+", int) for name in _INTEGERS},
    f"{_XSD}decimal": _reader(_DECIMAL, Decimal),
    f"{_XSD}double": _FLOAT,
    f"{_XSD}float": _FLOAT,
    f"{_XSD}date": _reader(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", date.fromisoformat),
    f"{_XSD}boolean": _reader("true|false|0|1", lambda lexical: lexical in ("true", "1")),
}


@dataclass(frozen=True, slots=True)
class Solutions(Sequence[Mapping[str, Value]]):
    """Rows of an answer, each a mapping from variable to value; an unbound variable is not in it.

    IRIs are `Iri`, texts with a language are `Text`, numbers, dates and booleans are Python's;
    every other literal is its lexical form.
    """

    variables: tuple[str, ...]
    rows: tuple[Mapping[str, Value], ...]

    @classmethod
    def of_json(cls, content: bytes) -> Self:
        """Return the solutions in a SPARQL 1.1 Query Results JSON document."""
        document = json.loads(content)
        return cls(
            variables=tuple(document["head"].get("vars", ())),
            rows=tuple(
                {name: value_of(term) for name, term in binding.items()}
                for binding in document["results"]["bindings"]
            ),
        )

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Mapping[str, Value]]:
        return iter(self.rows)

    def to_dicts(self) -> list[dict[str, Value | None]]:
        """Return one dictionary a row with every variable as key; None where it is unbound."""
        return [{name: row.get(name) for name in self.variables} for row in self.rows]


def is_true(content: bytes) -> bool:
    """Return the answer of an ASK in a SPARQL 1.1 Query Results JSON document."""
    return bool(json.loads(content)["boolean"])


def value_of(term: Mapping[str, Any]) -> Value:
    """Return the Python value of one RDF term in SPARQL 1.1 Query Results JSON (§3.2.2).

    >>> value_of({"type": "literal", "value": "5", "datatype": f"{NAMESPACES['xsd']}integer"})
    5
    """
    lexical = str(term["value"])
    if term["type"] == "uri":
        return Iri(lexical)
    if term["type"] == "bnode":
        return BlankNode(lexical)
    if "xml:lang" in term:
        return Text(lexical, term["xml:lang"])
    try:
        return _READERS.get(term.get("datatype", ""), str)(lexical)
    except (ValueError, ArithmeticError):
        # An ill-typed literal is a term all the same (RDF 1.1 §3.3).
        return lexical
