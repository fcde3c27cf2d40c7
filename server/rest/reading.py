"""Reading: from what HTTP carries to a Call. Whatever does not fit is a Problem that names every field at fault."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.types import Receive, Scope

from schema.context import Context
from schema.inputs.texts import text
from server.rest.operation import KEY_FIELDS, Body, Call, Operation, Parameter
from server.rest.problems import Problem
from server.rest.shapes import Misfit, shown
from services.reads import AVAILABILITY_SKUS_MAX
from subscriptions.wire.http_request import has_body, parameters_of, read_json

KEY_HEADER = "Idempotency-Key"
QUERY_PARAMETERS_MAX = AVAILABILITY_SKUS_MAX + 10

#: A Structured Field string (RFC 8941), as the IETF's draft has the header; many send it without the quotes.
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')


async def read_call(
    operation: Operation, path: Mapping[str, str], scope: Scope, receive: Receive, context: Context
) -> Call:
    """Raises Problem, ApiError, RequestRefused, Disconnected."""
    query = _read_query(operation.query, parameters_of(scope["query_string"], QUERY_PARAMETERS_MAX))
    misfits: list[Misfit] = []
    body = None if operation.body is None else await _read_body(operation.body, scope, receive, misfits)
    key = _read_key(operation, scope, body, misfits) if operation.writes else ""
    if misfits:
        raise Problem.of_misfits(misfits)
    return Call(context, path, query, body, key)


def required_text(at: str, value: str) -> str:
    """The text as it is, if any stored text can equal it. Raises Problem, ApiError."""
    text(at, value)
    if not value.strip():
        raise Problem.of_misfits([Misfit(at, f"{at} is empty: give a value, or leave it out.")])
    return value


def _read_query(parameters: Sequence[Parameter], pairs: Sequence[tuple[str, str]]) -> Mapping[str, Sequence[Any]]:
    by_name = {parameter.name: parameter for parameter in parameters}
    found: dict[str, list[Any]] = {name: [] for name in by_name}
    misfits: list[Misfit] = []
    for name, value in pairs:
        if name not in found:
            known = ", ".join(found) or "none"
            raise Problem.of_misfits([Misfit("query", f"There is no parameter {shown(name)} here: there are {known}.")])
        given = value if by_name[name].told else required_text(name, value)
        found[name].append(by_name[name].shape.read(given, name, misfits))
    for parameter in parameters:
        if len(found[parameter.name]) > 1 and not parameter.listed:
            misfits.append(Misfit(parameter.name, f"{parameter.name} is given twice: give it once."))
    if misfits:
        raise Problem.of_misfits(misfits)
    return found


async def _read_body(body: Body, scope: Scope, receive: Receive, misfits: list[Misfit]) -> Any:
    left_out = body.may_be_left_out and not has_body(scope)
    value = {} if left_out else await read_json(scope, receive)
    return body.shape.read(value, body.at, misfits)


def _read_key(operation: Operation, scope: Scope, body: Any, misfits: list[Misfit]) -> str:
    """The header's, else the body's; "" where that is at fault."""
    headers = [value.decode("latin-1") for name, value in scope["headers"] if name == KEY_HEADER.lower().encode()]
    fields = [body[name] for name in KEY_FIELDS if isinstance(body, dict) and isinstance(body.get(name), str)]
    keys = {*map(_unquoted, headers), *fields}
    if len(keys) == 1 and all(value.isascii() for value in headers):
        return keys.pop()
    if not keys:
        field = operation.body.key_field if operation.body else None
        place = f", in this header or as `{field}` in the body" if field else ""
        message = f"{KEY_HEADER} is missing: send a key of your own{place}, the same with each repeat of one request."
    elif len(keys) > 1:
        message = f"{KEY_HEADER} is given twice, or the body has another key: give one."
    else:
        message = f"{KEY_HEADER} must be ASCII: give a key of other characters in the body."
    misfits.append(Misfit(KEY_HEADER, message))
    return ""


def _unquoted(value: str) -> str:
    quoted = _QUOTED.fullmatch(value)
    return value if quoted is None else _ESCAPED.sub(r"\1", quoted[1])
