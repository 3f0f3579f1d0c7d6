"""The obituary of a worker: why it ended, as far as its wait status and its last words tell."""

from __future__ import annotations

import os
import signal
from typing import Final, NamedTuple

from miwdap_kg.errors import MiwdapError, QueryCrashed, QueryOutOfMemory

__all__ = ["Obituary", "obituary"]

# What Rust, Python and C++ say when they get no more memory.
_OUT_OF_MEMORY: Final = ("memory allocation of", "MemoryError", "std::bad_alloc")


class Obituary(NamedTuple):
    """What is said to the client whose question ended the worker, and the reason in a word."""

    error: MiwdapError
    reason: str


def obituary(status: int, words: str) -> Obituary:
    """Return why a worker ended that was not ended by its server.

    >>> obituary(11, "").error.args[0].partition(". ")[0]
    'The query could not be answered: the worker that ran it ended with SIGSEGV'
    >>> obituary(6, "memory allocation of 8192 bytes failed").reason
    'memory'
    """
    if any(each in words for each in _OUT_OF_MEMORY):
        return Obituary(QueryOutOfMemory(), "memory")
    code = os.waitstatus_to_exitcode(status)
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return Obituary(QueryCrashed(f"the worker that ran it ended with {how}"), "crash")
