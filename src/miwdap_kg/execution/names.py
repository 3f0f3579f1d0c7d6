"""Finds the prefixed names that the engine reads otherwise than the standard says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["Names"]

# An IRI behind which any name can be put: its authority has ended, or it has none.
_COMPLETE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?:(?!//)|//[^/?#]*[/?#])")
# An IRI whose host a name can go on with, as long as it brings no port.
_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[A-Za-z0-9.\-]*")
_ONLY_SCHEME: Final = re.compile(r"[^:/]*:/?")
_NOT_IN_IRIS: Final = re.compile("[\ufff0-\ufffd]")
_MANY: Final = 2
_SECOND_DOT: Final = re.compile(r"\.[^.]+\.")


class Names:
    """The names of one query, given its prefixes.

    The engine has no tokeniser. Where a name stands for no IRI it falls back to the prefix alone,
    and reads on behind it: in `ex:SERVICEf:a`, it can find a SERVICE clause. So each such name is
    refused; by the standard it is an error in any case.
    """

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._complete = {name for name, iri in prefixes.items() if _COMPLETE.match(iri)}

    def problem(self, name: str) -> str | None:
        """Return what is wrong with a name; nothing in words when its prefix is not declared.

        >>> Names({"ex": "http://localhost:80"}).problem("ex:a")
        "'ex:a' stands for no valid IRI. Mend its prefix, or write the IRI in angle brackets."
        """
        prefix, _, local = name.partition(":")
        is_plain = "\\" not in local and (local.isascii() or not _NOT_IN_IRIS.search(local))
        if is_plain and prefix in self._complete and local.count(".") < _MANY:
            return None
        if prefix not in self._prefixes:
            return ""
        if not local:
            return None
        if prefix in self._complete:
            is_valid = is_plain or self._is_valid(prefix, local)
        else:
            is_host = _HOST.fullmatch(self._prefixes[prefix]) is not None
            is_valid = is_plain and is_host and ":" not in local and "%" not in local
        if not is_valid:
            return (
                f"'{name}' stands for no valid IRI. "
                "Mend its prefix, or write the IRI in angle brackets."
            )
        if _SECOND_DOT.search(local):
            return (
                f"'{name}' has more dots than this engine reads. Write the IRI in angle brackets."
            )
        return None

    def _is_valid(self, prefix: str, local: str) -> bool:
        iri = self._prefixes[prefix]
        hashes = local.count("\\#") + iri.count("#")
        return not (
            hashes > 1
            or "\\%" in local
            or _NOT_IN_IRIS.search(local)
            or (local.startswith("\\/") and _ONLY_SCHEME.fullmatch(iri))
        )
