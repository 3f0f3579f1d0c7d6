"""The query library: one annotated `.rq` file is one question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

from miwdap_kg.errors import LookupFailure, ParameterError, QueryHeaderError
from miwdap_kg.namespaces import NAMESPACES, expand
from miwdap_kg.sparql import Form, outline

__all__ = [
    "PARAMETER_TYPES",
    "Parameter",
    "Query",
    "QueryLibrary",
    "Term",
    "read_header",
    "read_query",
]

_XSD: Final = NAMESPACES["xsd"]
_HEADER_KEYS: Final = ("summary", "summary_ja", "description", "tags", "parameters")


@dataclass(frozen=True, slots=True)
class Term:
    """An RDF term that a parameter is set to: an IRI, or a literal with datatype or language."""

    value: str
    datatype: str | None = None
    language: str | None = None

    @property
    def is_iri(self) -> bool:
        """Tell whether this is an IRI and not a literal."""
        return self.datatype is None and self.language is None


def _iri(value: str) -> Term:
    iri = expand(value)
    if re.search(r"[\x00-\x20<>\"{}|\\^`]", iri):
        raise ValueError("not an IRI")
    return Term(iri)


def _integer(value: str) -> Term:
    return Term(str(int(value)), f"{_XSD}integer")


def _decimal(value: str) -> Term:
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", value):
        raise ValueError("not a decimal number")
    return Term(format(Decimal(value), "f"), f"{_XSD}decimal")


def _date(value: str) -> Term:
    return Term(date.fromisoformat(value).isoformat(), f"{_XSD}date")


def _boolean(value: str) -> Term:
    if value.lower() not in ("true", "false"):
        raise ValueError("neither true nor false")
    return Term(value.lower(), f"{_XSD}boolean")


def _language(value: str) -> Term:
    if not re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", value):
        raise ValueError("not a language tag")
    return Term(value.lower(), f"{_XSD}string")


def _string(value: str) -> Term:
    return Term(value, f"{_XSD}string")


PARAMETER_TYPES: Final = {
    "iri": _iri,
    "string": _string,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "boolean": _boolean,
    "language": _language,
}
"""The types a parameter can have, each with the function that makes a term of a text."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A projected variable of a query that can be set from outside."""

    name: str
    type: str
    example: str
    of_class: str | None = None

    def term(self, value: str) -> Term:
        """Return *value* as the typed term that goes to the engine.

        Raises:
            ParameterError: the value is not of the parameter's type.

        >>> Parameter("field", "iri", "id:field-ict").term("id:field-ict").value
        'https://w3id.org/miwdap/id/field-ict'
        """
        try:
            return PARAMETER_TYPES[self.type](value)
        except (ValueError, LookupFailure) as error:
            raise ParameterError(
                self.name,
                f"'{value}' is not of type {self.type}. An example: {self.example}.",
            ) from error


@dataclass(frozen=True, slots=True)
class Query:
    """One question: its name, its topic, what it asks in two languages, and its SPARQL text."""

    name: str
    topic: str
    summary: str
    summary_ja: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str
    form: Form
    variables: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the query in a file.

        Raises:
            QueryHeaderError: the header is incomplete, or a parameter is no projected variable.
        """
        text = read_query(path)
        header = read_header(path, text)
        _refuse_unknown(path, header, _HEADER_KEYS)
        body = outline(text)
        if body.form is None or body.form == "update":
            raise QueryHeaderError(path, "holds no SELECT, ASK, CONSTRUCT or DESCRIBE.")
        parameters = tuple(
            _read_parameter(path, each) for each in _list(path, header, "parameters")
        )
        for each in parameters:
            if body.form == "select" and each.name not in body.variables:
                raise QueryHeaderError(
                    path,
                    f"the parameter '{each.name}' is no projected variable. "
                    f"Project ?{each.name}, so that the query answers for all when it is not set.",
                )
        return cls(
            name=path.stem,
            topic=path.parent.name,
            summary=_required(path, header, "summary"),
            summary_ja=_required(path, header, "summary_ja"),
            description=str(header.get("description", "")),
            tags=tuple(map(str, _list(path, header, "tags"))),
            parameters=parameters,
            text=text,
            form=body.form,
            variables=body.variables,
        )

    def bindings(self, values: Mapping[str, str]) -> dict[str, Term]:
        """Return the terms that *values* set, by variable.

        Raises:
            ParameterError: a name is no parameter of this query, or a value has the wrong type.
        """
        known = {each.name: each for each in self.parameters}
        for name in values:
            if name not in known:
                raise ParameterError(
                    name,
                    f"the query '{self.name}' has no such parameter.",
                    allowed=known or ["none"],
                )
        return {name: known[name].term(value) for name, value in values.items()}


class QueryLibrary(Mapping[str, Query]):
    """The stored queries by name, in the order of topic and name."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._queries = dict(queries)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the library of all `<topic>/<name>.rq` files below *folder*.

        Raises:
            QueryHeaderError: a header is incomplete, or two files have the same name.
        """
        queries: dict[str, Query] = {}
        for path in sorted(folder.glob("*/*.rq")):
            query = Query.read(path)
            if query.name in queries:
                raise QueryHeaderError(
                    path, f"a query '{query.name}' is also in topic {queries[query.name].topic}."
                )
            queries[query.name] = query
        return cls(queries)

    def __getitem__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            raise LookupFailure(
                "query", name, self._queries, see="'miwdap-kg run' for the list"
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._queries

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


def read_query(path: Path) -> str:
    """Return the text of a query file.

    Raises:
        QueryHeaderError: the file cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QueryHeaderError(path, f"cannot be read as UTF-8: {error}.") from error


def read_header(path: Path, text: str) -> dict[str, Any]:
    """Return the YAML of a query file's leading `#+` lines.

    Raises:
        QueryHeaderError: there is no header, or it is no YAML mapping.
    """
    lines = []
    for line in text.splitlines():
        if not line.startswith("#+"):
            break
        lines.append(line.removeprefix("#+").removeprefix(" "))
    try:
        # Who runs queries, and reads no file with one, does without this library.
        import yaml

        header = yaml.safe_load("\n".join(lines))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise QueryHeaderError(
            path,
            f"the header is no YAML: {getattr(error, 'problem', None) or error}. "
            "Put a text that holds ': ' or '#' between quotation marks.",
            line=mark.line + 1 if mark else None,
        ) from error
    if not isinstance(header, dict):
        raise QueryHeaderError(
            path, "has no header. Begin with '#+ summary: …' and '#+ summary_ja: …'.", line=1
        )
    return header


def _required(path: Path, header: Mapping[str, Any], key: str) -> str:
    value = header.get(key)
    if not isinstance(value, str) or not value.strip():
        raise QueryHeaderError(path, f"the header has no '{key}'.")
    return value


def _list(path: Path, header: Mapping[str, Any], key: str) -> list[Any]:
    value = header.get(key)
    if value is not None and not isinstance(value, list):
        raise QueryHeaderError(path, f"'{key}' is no list. Write '{key}: [first, second]'.")
    return value or []


def _refuse_unknown(path: Path, header: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in header:
        if key not in known:
            raise QueryHeaderError(
                path, f"the header has an unknown key '{key}'. Known: {', '.join(known)}."
            )


def _read_parameter(path: Path, entry: object) -> Parameter:
    if not isinstance(entry, dict):
        raise QueryHeaderError(path, f"the parameter {entry!r} is no mapping.")
    _refuse_unknown(path, entry, ("name", "type", "class", "example"))
    parameter = Parameter(
        name=_required(path, entry, "name"),
        type=_required(path, entry, "type"),
        example=str(entry.get("example", "")),
        of_class=entry.get("class"),
    )
    if parameter.type not in PARAMETER_TYPES:
        raise QueryHeaderError(
            path,
            f"the parameter '{parameter.name}' has the type '{parameter.type}'. "
            f"Known: {', '.join(PARAMETER_TYPES)}.",
        )
    if not parameter.example:
        raise QueryHeaderError(path, f"the parameter '{parameter.name}' has no example.")
    try:
        parameter.term(parameter.example)
    except ParameterError as error:
        raise QueryHeaderError(path, f"an example does not fit. {error}") from error
    return parameter
