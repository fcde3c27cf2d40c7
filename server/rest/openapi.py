"""The OpenAPI document, made from the table of operations: served at /openapi.json, kept in frontend-contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response

from domain.access import OPERATIONS as ROLES
from domain.texts import KEY_LENGTH_MAX
from schema.enums import RefusalCode
from server.accept import JSON
from server.rest.operation import Body, Operation, Parameter, Telling
from server.rest.problem_shapes import PROBLEM, example_of
from server.rest.problems import PROBLEM_JSON, STATUSES
from server.rest.reading import KEY_HEADER
from server.rest.routes import OPERATIONS
from server.rest.shapes import Record, Schema, identifier, records_in

#: Of this document: grows when a path or a field is added.
VERSION = "1.2"
_ABOUT = (
    "Stock and reservations by path, for services that call by path: the same use cases, rules, roles and idempotency "
    "keys as the mutations and queries of `/graphql`. Every answer that is no success is a problem (RFC 9457); branch "
    "on its `code`. A thing of another tenant, or for a vendor of another vendor, reads like one that is not there."
)
_TAGS = {
    "stock": "What there is, and what can be promised.",
    "reservations": "Stock held for orders.",
    "adjustments": "Stock corrected by hand, and what waits for approval.",
    "reports": "How stock does.",
}
_BEARER = "A JWT of your issuer's with tenant, roles and subject, as for `/graphql`."
_KEY = (
    "Your own name for this request, kept for at least 24 hours: sent again under it, the same request changes nothing "
    "and gets its decision again; another one gets 422. In quotes or without."
)
#: What may go wrong with every request, beside its refusals: status -> codes.
_ALWAYS = {
    400: ("BAD_REQUEST", "BAD_USER_INPUT"),
    401: ("UNAUTHENTICATED",),
    403: ("FORBIDDEN",),
    429: ("RATE_LIMITED",),
    500: ("INTERNAL",),
    503: ("UNAVAILABLE", "OVERLOADED"),
}
_WITH_BODY = {413: ("PAYLOAD_TOO_LARGE",), 415: ("UNSUPPORTED_MEDIA_TYPE",)}
_WITH_PATH = {404: ("NOT_FOUND",)}
_HEADERS = {
    201: ("Location", "Where that which was made is."),
    202: ("Location", "Where that which waits is."),
    401: ("WWW-Authenticate", "How to say who you are (RFC 6750)."),
    429: ("Retry-After", "Seconds after which there is room for more."),
    503: ("Retry-After", "Seconds after which to send the same again."),
}
_MEANINGS: dict[str, str] = {
    value.name: value.description
    for value in RefusalCode.__strawberry_definition__.values  # pyright: ignore[reportAttributeAccessIssue]
} | {
    "BAD_REQUEST": "What was sent cannot be read.",
    "BAD_USER_INPUT": "A parameter or a field is missing, not known, or not of its type.",
    "UNAUTHENTICATED": "There is no token, or none that is accepted.",
    "FORBIDDEN": "Your token has none of the roles that may do this.",
    "RATE_LIMITED": "You have asked for more than is allowed a minute; `retryAfterMs` tells when to go on.",
    "PAYLOAD_TOO_LARGE": "The body is longer than 256 KiB.",
    "UNSUPPORTED_MEDIA_TYPE": "The body is not `application/json` in UTF-8.",
    "INTERNAL": "Something failed on our side; the request id finds it in our log.",
    "UNAVAILABLE": "The database cannot be reached now.",
}


def document() -> Schema:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stockcast by path", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": _paths(),
        "components": {
            "schemas": {record.name: record.definition() for record in _records()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _BEARER}
            },
        },
    }


@cache
def text() -> str:
    """The document as it is kept."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2).decode() + "\n"


async def serve(request: Request) -> Response:
    return Response(text(), media_type=JSON, headers={"cache-control": "no-cache", "x-content-type-options": "nosniff"})


def _paths() -> Schema:
    paths: Schema = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return paths


def _operation(each: Operation) -> Schema:
    roles = ", ".join(sorted(ROLES[each.name]))
    told: Schema = {
        "operationId": each.id,
        "tags": [each.tag],
        "summary": each.summary,
        "description": f"{each.description}\n\nRoles: {roles}.",
        "parameters": [
            *(_parameter(parameter, "path") for parameter in each.path_parameters),
            *(_parameter(parameter, "query") for parameter in each.query),
            *([_key(each.body)] if each.writes else []),
        ],
        "responses": _responses(each),
    }
    if each.body is not None:
        content = {JSON: {"schema": each.body.shape.schema(), "example": each.body.example}}
        told["requestBody"] = {"required": not each.body.may_be_left_out, "content": content}
    return told


def _parameter(parameter: Parameter, where: str) -> Schema:
    schema: Schema = parameter.shape.schema()
    if parameter.listed:
        schema = {"type": "array", "items": schema}
    return {
        "name": parameter.name,
        "in": where,
        "required": where == "path",
        "description": parameter.description,
        "schema": schema,
        "example": [parameter.example] if parameter.listed else parameter.example,
    }


def _key(body: Body | None) -> Schema:
    """Not required where the body may give it instead: a generated client would insist on it."""
    schema = identifier(KEY_LENGTH_MAX).schema()
    field = body.key_field if body else None
    instead = f" Required, unless the body gives it as `{field}`." if field else ""
    return {
        "name": KEY_HEADER,
        "in": "header",
        "required": field is None,
        "description": f"{_KEY}{instead}",
        "schema": schema,
    }


def _responses(each: Operation) -> Schema:
    told = {str(status): _answer(status, telling) for status, telling in each.answers.items()}
    return told | {str(status): _problem(status, codes) for status, codes in sorted(_codes_of(each).items())}


def _answer(status: int, telling: Telling) -> Schema:
    content = {JSON: {"schema": telling.shape.schema(), "example": telling.example}}
    return {"description": telling.description, "headers": _headers(status), "content": content}


def _problem(status: int, codes: Sequence[str]) -> Schema:
    meanings = "\n".join(f"- `{code}`: {_MEANINGS[code]}" for code in codes)
    example = example_of(status, codes[0], _MEANINGS[codes[0]])
    content = {PROBLEM_JSON: {"schema": PROBLEM.schema(), "example": example}}
    return {
        "description": f"{HTTPStatus(status).phrase}.\n\n{meanings}",
        "headers": _headers(status),
        "content": content,
    }


def _headers(status: int) -> Schema:
    name, description = _HEADERS.get(status, ("", ""))
    special = [(name, description)] if name else []
    headers = [("X-Request-Id", "Names the request in our log; yours, where you sent one."), *special]
    return {name: {"description": description, "schema": {"type": "string"}} for name, description in headers}


def _codes_of(each: Operation) -> dict[int, list[str]]:
    """Every code that the operation may answer, by status."""
    told = _ALWAYS | (_WITH_BODY if each.body else {}) | (_WITH_PATH if each.path_parameters else {})
    found = {status: list(codes) for status, codes in told.items()}
    for code in each.refusals:
        # What the path names is 404 anyway; what the body names and is not there is 422 (`status_of`).
        codes = found.setdefault(422 if code is RefusalCode.NOT_FOUND else STATUSES[code], [])
        if code not in codes:
            codes.append(code.value)
    return found


def _records() -> Iterable[Record]:
    """Every record that is asked for or told, once each."""
    shapes = [PROBLEM, *(each.body.shape for each in OPERATIONS if each.body)]
    shapes += [telling.shape for each in OPERATIONS for telling in each.answers.values()]
    return {record.name: record for shape in shapes for record in records_in(shape)}.values()
