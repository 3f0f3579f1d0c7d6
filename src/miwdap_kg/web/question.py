"""A request for `/sparql` as it goes to a worker: unread, so that reading it costs the worker."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final, Self

from miwdap_kg.web import protocol
from miwdap_kg.web.protocol import Asked

__all__ = ["HTTP_QUESTION", "Question"]

HTTP_QUESTION: Final = b"H"
"""The first byte of a question that came over HTTP."""

_LENGTHS: Final = struct.Struct("!IIIIIB")


@dataclass(frozen=True, slots=True)
class Question:
    """The parts of a request that decide its answer.

    *body_is* is the media type of the body, *address* that of the endpoint, as the client has it.
    """

    query_string: bytes
    accept: bytes
    if_none_match: bytes = b""
    body: bytes = b""
    body_is: str = ""
    address: bytes = b""

    def pack(self) -> bytes:
        """Return it as bytes."""
        lengths = _LENGTHS.pack(
            len(self.query_string),
            len(self.accept),
            len(self.if_none_match),
            len(self.body),
            len(self.address),
            _BODIES.index(self.body_is),
        )
        return b"".join(
            (
                HTTP_QUESTION,
                lengths,
                self.query_string,
                self.accept,
                self.if_none_match,
                self.body,
                self.address,
            )
        )

    @classmethod
    def unpack(cls, content: bytes) -> Self:
        """Return what was packed."""
        *lengths, kind = _LENGTHS.unpack_from(content, 1)
        ends = accumulate((1 + _LENGTHS.size, *lengths))
        query_string, accept, if_none_match, body, address = (
            content[start:end] for start, end in pairwise(ends)
        )
        return cls(query_string, accept, if_none_match, body, _BODIES[kind], address)

    def format_named(self) -> str | None:
        """Return the name of the format that the address asks for, if it asks for one."""
        parameters = protocol.read_parameters(self.query_string, "The query string")
        return protocol.format_named(parameters)

    def asked(self) -> Asked | None:
        """Return what is asked; None when there is no query.

        Raises:
            QueryNotAllowed: it is an update.
            RequestError: it breaks the protocol.
        """
        parameters = protocol.read_parameters(self.query_string, "The query string")
        if self.body_is == protocol.FORM:
            parameters += protocol.read_parameters(self.body, "The form")
        is_direct = self.body_is == protocol.QUERY
        return protocol.what_is_asked(parameters, direct=self.body if is_direct else None)


_BODIES: Final = ("", protocol.FORM, protocol.QUERY)
