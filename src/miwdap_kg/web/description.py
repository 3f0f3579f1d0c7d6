"""What the description of the HTTP interface (`/openapi.json`) says of each operation."""

from __future__ import annotations

from typing import Any, Final

from miwdap_kg.formats import GRAPH_FORMATS, HTML, SOLUTION_FORMATS, Format
from miwdap_kg.web.protocol import FORM, QUERY

__all__ = ["ABOUT", "DUMP", "DUMPS", "HEALTH", "HOME", "SPARQL_GET", "SPARQL_POST"]

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was asked, found, and can be done."},
    },
}


def _problems(**meanings: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _PROBLEM}}
    return {
        status.removeprefix("_"): {"description": meaning, "content": content}
        for status, meaning in meanings.items()
    }


def _content(*formats: Format) -> dict[str, Any]:
    return {each.media_type: {"schema": {"type": "string"}} for each in formats}


_GRAPH_NAMES: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "string", "format": "iri"},
}
_QUERY_TEXT: Final[dict[str, Any]] = {
    "type": "string",
    "example": "SELECT ?graph WHERE { GRAPH ?graph {} } ORDER BY ?graph",
}
_FORMAT_NAMES: Final[dict[str, Any]] = {
    "type": "string",
    "enum": list(dict.fromkeys(each.name for each in (*SOLUTION_FORMATS, *GRAPH_FORMATS, HTML))),
}
_PARAMETERS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "query": (_QUERY_TEXT, "A SPARQL 1.1 query; exactly one."),
    "default-graph-uri": (
        _GRAPH_NAMES,
        "Names of graphs whose union is the default graph. With one of these two parameters the "
        "dataset is what they say, whatever FROM says in the query.",
    ),
    "named-graph-uri": (_GRAPH_NAMES, "Names of graphs that GRAPH reaches."),
    "format": (
        _FORMAT_NAMES,
        "The format of the answer by name, before the Accept header. `output` and `results` are "
        "other names of this parameter.",
    ),
}
_ANSWERS: Final[dict[str, Any]] = {
    "200": {
        "description": "The whole answer. SELECT and ASK answer in SPARQL results formats, "
        "CONSTRUCT and DESCRIBE in RDF formats, all of them as a page too.",
        "content": _content(*SOLUTION_FORMATS, *GRAPH_FORMATS, HTML),
    },
    **_problems(
        _400="The query is not SPARQL 1.1 (with line and column), or the request is malformed.",
        _403="The query is an update, or has a SERVICE clause.",
        _406="The answer cannot be had in that format; those on offer are listed.",
        _413="The query or its answer is too large.",
        _503="The server is busy or stopping; Retry-After says when to ask again.",
    ),
}

SPARQL_GET: Final[dict[str, Any]] = {
    "operation_id": "query",
    "tags": ["SPARQL"],
    "summary": "Ask a SPARQL query",
    "description": "The query operation of the SPARQL 1.1 Protocol by GET.",
    "responses": {**_ANSWERS, "304": {"description": "The answer is the one you have."}},
    "openapi_extra": {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name == "query",
                "description": meaning,
                "schema": schema,
            }
            for name, (schema, meaning) in _PARAMETERS.items()
        ]
    },
}

SPARQL_POST: Final[dict[str, Any]] = {
    "operation_id": "queryByPost",
    "tags": ["SPARQL"],
    "summary": "Ask a SPARQL query that is too long for an address",
    "description": "The query operation of the SPARQL 1.1 Protocol by POST, as a form or as the "
    "query itself; the parameters of GET may then stand in the address.",
    "responses": {**_ANSWERS, **_problems(_415="The body is neither a form nor a query.")},
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                QUERY: {"schema": _QUERY_TEXT},
                FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["query"],
                        "properties": {
                            name: {**schema, "description": meaning}
                            for name, (schema, meaning) in _PARAMETERS.items()
                        },
                    }
                },
            },
        }
    },
}

HOME: Final[dict[str, Any]] = {
    "operation_id": "home",
    "tags": ["Pages"],
    "summary": "The first page",
    "description": "What this graph is, a field for a query, and the stored queries.",
    "responses": {"200": {"description": "A page.", "content": _content(HTML)}},
}

DUMPS: Final[dict[str, Any]] = {
    "operation_id": "listDumps",
    "tags": ["Dumps"],
    "summary": "List the files of the release",
    "description": "Each file with its size, number of statements, SHA-256 and media type.",
    "responses": {
        "200": {
            "description": "The list, as JSON or as a page.",
            "content": {"application/json": {"schema": {"type": "object"}}, **_content(HTML)},
        },
    },
}

DUMP: Final[dict[str, Any]] = {
    "operation_id": "getDump",
    "tags": ["Dumps"],
    "summary": "Download a file of the release",
    "description": "The entity tag is the file's SHA-256. Byte ranges are served. "
    "The version `latest` leads to the one there is.",
    "responses": {
        "200": {"description": "The file."},
        "206": {"description": "A part of the file."},
        "302": {"description": "`latest` is this version."},
        "304": {"description": "The file is the one you have."},
        **_problems(
            _404="There is no such version or file; the closest names are given.",
            _416="The file has no such part.",
        ),
    },
}

HEALTH: Final[dict[str, Any]] = {
    "operation_id": "health",
    "tags": ["Operations"],
    "summary": "Tell whether the server answers",
    "description": "The status, the version of the release, and that of the software.",
    "responses": {
        "200": {
            "description": "The server answers.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["status", "release", "software"],
                        "properties": {
                            "status": {"const": "ok"},
                            "release": {"type": ["string", "null"]},
                            "software": {"type": "string"},
                        },
                    }
                }
            },
        }
    },
}

ABOUT: Final = (
    "The MIC World Development Action Plan 2020 of Japan's Ministry of Internal Affairs and "
    "Communications as a knowledge graph, in which every fact opens to the quoted sentence that "
    "says it. Errors are problems as of RFC 9457. Every address may be read by scripts of any site."
)
