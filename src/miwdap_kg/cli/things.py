"""Finds the thing that a person names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from miwdap_kg.errors import LookupFailure
from miwdap_kg.namespaces import NAMESPACES, expand, shorten

if TYPE_CHECKING:
    from miwdap_kg.knowledge_graph import KnowledgeGraph

__all__ = ["Things"]

_ALL: Final = """\
SELECT DISTINCT ?thing WHERE {
  GRAPH ?graph {
    { ?thing ?predicate ?object }
    UNION { ?subject ?thing ?object }
    UNION { ?subject ?predicate ?thing }
  }
  FILTER(ISIRI(?thing))
}
"""


class Things:
    """Every IRI that a graph says something about or with."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._iris = {str(row["thing"]) for row in graph.select(_ALL)}

    def find(self, name: str, *, kind: str = "thing") -> str:
        """Return the IRI that *name* means: a key of `id:`, a prefixed name, or an IRI.

        Raises:
            LookupFailure: no statement has it, or the prefix is unknown; with the nearest names.
        """
        iri = expand(name)
        if iri in self._iris:
            return iri
        if "://" in name:
            raise LookupFailure(kind, name, self._iris)
        if ":" in name:
            raise LookupFailure(kind, name, map(shorten, self._iris))
        keys = (each for each in self._iris if each.startswith(NAMESPACES["id"]))
        raise LookupFailure(kind, name, (each.removeprefix(NAMESPACES["id"]) for each in keys))
