"""Writes an engine's answer in the format that was asked for, within the limits."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from typing import IO, Final, cast

import pyoxigraph as ox

from miwdap_kg.errors import NotAcceptable, QueryEvaluationError
from miwdap_kg.execution.bounds import BoundedOutput, RowCutter
from miwdap_kg.execution.declarations import TidyHead
from miwdap_kg.execution.inspection import QueryLimits
from miwdap_kg.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format
from miwdap_kg.namespaces import NAMESPACES

__all__ = ["Answer", "Rows", "check_format", "let_go", "write_answer"]

Rows = ox.QuerySolutions | ox.QueryBoolean
Answer = Rows | Iterable[ox.Triple]

_PREFIXES: Final = dict(NAMESPACES)


def check_format(format_: Format, *, is_graph: bool) -> None:
    """Raise NotAcceptable when a graph, or else solutions, cannot be written in a format."""
    offered = GRAPH_FORMATS if is_graph else SOLUTION_FORMATS
    if format_ not in offered:
        raise NotAcceptable(format_.name, [each.name for each in offered])


def write_answer(
    answer: Answer, format_: Format, output: IO[bytes], *, limits: QueryLimits
) -> None:
    """Write the whole answer to *output*, or raise and leave it incomplete.

    Raises:
        NotAcceptable: the answer has no such format.
        QueryTooLarge: it has too many bytes.
        RowLimitReached: it has too many rows; those before are written, and the answer closed.
        QueryEvaluationError: the engine failed on the way.
    """
    check_format(format_, is_graph=not isinstance(answer, Rows))
    has_rows = isinstance(answer, ox.QuerySolutions)
    cutter = RowCutter(format_, limits.rows) if has_rows and limits.rows else None
    bounded = BoundedOutput(output, size=limits.answer_bytes, rows=cutter)
    try:
        _serialize(answer, format_, cast(IO[bytes], bounded))
    except (RuntimeError, ValueError) as error:
        # An OSError is the output's own, such as a pipe that nobody reads, and stays that.
        raise QueryEvaluationError(str(error)) from error
    bounded.end()


def let_go(error: BaseException | None) -> None:
    """Let an error and what led to it forget the values of the functions that they ended.

    An engine's answer must be dropped in the thread that asked, and an error would carry it along.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _serialize(answer: Answer, format_: Format, output: IO[bytes]) -> None:
    if isinstance(answer, Rows):
        answer.serialize(output, format=ox.QueryResultsFormat.from_media_type(format_.media_type))
        return
    tidy = TidyHead(output, format_)
    rdf_format = ox.RdfFormat.from_media_type(format_.media_type)
    ox.serialize(answer, cast(IO[bytes], tidy), format=rdf_format, prefixes=_PREFIXES)
    tidy.end()
