"""Answers what a request for `/sparql` asks, in the process that has the data."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any, Final, cast

from miwdap_kg import __version__
from miwdap_kg.errors import RowLimitReached
from miwdap_kg.execution import Execution, QueryRequest, answer_request
from miwdap_kg.execution.runner import Reply
from miwdap_kg.formats import (
    CSV,
    GRAPH_FORMATS,
    HTML,
    JSON,
    NTRIPLES,
    SOLUTION_FORMATS,
    TSV,
    Format,
    Negotiated,
    by_name,
)
from miwdap_kg.service_description import CATALOG, Served, in_format, service_description
from miwdap_kg.sparql import Form, outline
from miwdap_kg.web import protocol
from miwdap_kg.web.negotiation import negotiate_with_html
from miwdap_kg.web.protocol import Asked
from miwdap_kg.web.question import HTTP_QUESTION, Question
from miwdap_kg.web.request_log import digest_of, shown

__all__ = ["Answering", "entity_tag"]

_SPOOL_OF_ROWS: Final = 8 * 1024 * 1024

# What gives another answer each time, other servers and blank nodes of a template among it. A
# name that only looks like one of these, say in a comment, costs an entity tag and nothing else.
_VOLATILE: Final = re.compile(r"\b(?:RAND|NOW|UUID|STRUUID|BNODE)\b|SERVICE|_:|\[")
_MAY_VARY: Final = ("RAND", "NOW", "UUID", "BNODE", "SERVICE", "_:", "[")
"""One of these is in all that has something volatile in it; it is found much sooner."""


@dataclass(slots=True)
class Answering:
    """The handler of all questions: requests over HTTP, and queries of this package itself.

    Args:
        execution: runs the queries.
        digest: the release's, from which entity tags are made; nothing has one without it.
        limits: the limits, by the names that the service description knows.
        served: what the service description says of the data.
        functions: the extension functions that queries may call.
        services: what the addresses begin with that SERVICE may ask.
    """

    execution: Execution
    digest: str | None
    limits: Mapping[str, float]
    served: Served = field(default_factory=Served)
    functions: Sequence[str] = ()
    services: Sequence[str] = ()

    def __call__(self, question: bytes, reply: Reply) -> None:
        """Write the answer."""
        if question[:1] != HTTP_QUESTION:
            answer_request(self.execution, question, reply)
            return
        request = Question.unpack(question)
        accept = request.accept.decode("latin-1") or None
        asked = request.asked()
        if asked is None:
            self._without_query(request, accept, reply)
            return
        form = outline(asked.text).form
        chosen = _choose(asked, form, accept)
        head = self._head(asked, form, chosen, is_post=bool(request.body_is))
        if head.get("tag") and _is_in(head["tag"], request.if_none_match):
            reply.begin({**head, "kind": "unchanged"})
            return
        if asked.seconds is not None:
            reply.allow(min(asked.seconds, self.limits["query_seconds"]))
        written = chosen.format
        if written is HTML:
            # A page is made of rows, which the server cuts and counts.
            head["kind"] = "page"
            written = _behind_a_page(form)
        # Where rows are limited, the head is to say so; so it waits.
        spool = _SPOOL_OF_ROWS if self.limits.get("max_rows") else 0
        reply.begin(head, boundary=written.boundary, spool=spool)
        if asked.has_bom and written is CSV:
            reply.write(codecs.BOM_UTF8)
        try:
            self.execution.execute(asked.in_format(written), cast(IO[bytes], reply))
        except RowLimitReached as reached:
            if not reply.amend(incomplete=f"rows={reached.limit}", tag=None):
                raise

    def _without_query(self, request: Question, accept: str | None, reply: Reply) -> None:
        if request.body_is:
            raise protocol.no_query()
        chosen = _negotiated(request.format_named(), accept, GRAPH_FORMATS)
        if chosen.format is HTML:
            reply.begin({"kind": "home"})
            return
        if not self.served.catalog and self.served.version is not None:
            catalog = io.BytesIO()
            self.execution.execute(QueryRequest(CATALOG, NTRIPLES), catalog)
            self.served = replace(self.served, catalog=catalog.getvalue().decode())
        description = service_description(
            request.address.decode("latin-1"),
            self.served,
            limits=self.limits,
            functions=self.functions,
            services=self.services,
        )
        content = in_format(description, chosen.format)
        head = _head_of("description", chosen, "")
        head["tag"] = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        reply.begin(head)
        reply.write(content)

    def _head(
        self, asked: Asked, form: Form | None, chosen: Negotiated, *, is_post: bool
    ) -> dict[str, Any]:
        head = _head_of(form, chosen, asked.text)
        if self.digest is not None and not is_post and chosen.format is not HTML:
            tag = entity_tag(self.digest, asked, chosen)
            if tag is not None:
                head["tag"] = tag
        return head


def entity_tag(digest: str, asked: Asked, chosen: Negotiated) -> str | None:
    """Return the entity tag of an answer, told from the question alone; None when it varies.

    A release never changes, so the same question has the same answer.
    """
    text = asked.text.upper()
    if any(each in text for each in _MAY_VARY) and _VOLATILE.search(text):
        return None
    dataset = (sorted(asked.default_graphs), sorted(asked.named_graphs))
    format_ = (chosen.media_type, asked.has_bom)
    question = f"{digest} {__version__} {format_} {dataset} {asked.text}"
    return f'"{hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'


def _head_of(form: str | None, chosen: Negotiated, query: str) -> dict[str, Any]:
    return {
        "kind": "answer",
        "form": form,
        "format": chosen.format.name,
        "type": chosen.content_type,
        "extension": chosen.format.extension,
        "digest": digest_of(query),
        "query": shown(query),
    }


def _choose(asked: Asked, form: Form | None, accept: str | None) -> Negotiated:
    if form is None or form == "update":
        # Not a query: the execution says what is wrong with it.
        return Negotiated(JSON, JSON.media_type)
    offered = GRAPH_FORMATS if form in ("construct", "describe") else SOLUTION_FORMATS
    return _negotiated(asked.format_name, accept, offered)


def _negotiated(name: str | None, accept: str | None, offered: Sequence[Format]) -> Negotiated:
    if name is None:
        return negotiate_with_html(accept, offered)
    named = by_name(name, (*offered, HTML))
    return Negotiated(named, named.media_type)


def _behind_a_page(form: Form | None) -> Format:
    if form in ("construct", "describe"):
        return NTRIPLES
    return JSON if form == "ask" else TSV


def _is_in(tag: str, if_none_match: bytes) -> bool:
    given = if_none_match.decode("latin-1").split(",")
    # Whether there is an answer at all, as `*` asks, is not known before it is computed.
    return any(each.strip().removeprefix("W/") == tag for each in given)
