"""The tests of the suite as parameters of ours."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance.known import reason, status
from tests.conformance.suite import Case, Kind, cases, is_here

__all__ = ["each"]


def each(kind: Kind, *, applies: bool = True) -> list[Any]:
    """Return the tests of a kind that apply here, or do not, those known to fail marked as such.

    Where the suite is missing, one that cannot run takes their place.
    """
    if not is_here():
        return [pytest.param(None, id="suite-missing")]
    return [
        pytest.param(case, id=case.id, marks=_marks(case))
        for case in cases()
        if case.kind == kind and (status(case) != "inapplicable") is applies
    ]


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    if status(case) != "failed":
        return []
    return [pytest.mark.xfail(reason=reason(case), strict=True, raises=AssertionError)]
