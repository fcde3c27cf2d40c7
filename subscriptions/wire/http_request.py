"""Requests as HTTP carries them, read the same way for every endpoint: an operation in an address or in a body.

Whatever cannot be read is a `RequestRefused`, answered as JSON with its status before anything is run.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from types import NoneType
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from services.ports import OVERLOADED, UNAVAILABLE, Overloaded, Unavailable
from services.rates import RATE_LIMITED
from subscriptions.wire.frames import DEPTH_MAX, depth_of
from subscriptions.wire.operations import PERSISTED, Request, named_by

BODY_BYTES_MAX = 256 * 1024
JSON = "application/json"
PARAMETERS_MAX = 32

ID_BYTES = 16
IDS_DRAWN = 256
_unused: list[str] = []

_PARAMETERS = ("query", "documentId", "operationName", "variables", "extensions")
_TEXT_OR_NONE, _OBJECT_OR_NONE = (str, NoneType), (dict, NoneType)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RequestRefused(Exception):
    """No operation comes of this request; `message` says what would be right."""

    message: str
    status: int = 400
    code: str = "BAD_REQUEST"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    extensions: Mapping[str, int] = field(default_factory=dict[str, int])


class Disconnected(Exception):
    """The client went away before its request was complete."""


def unauthenticated(fault: Exception, authorization: str | None) -> RequestRefused:
    challenge = 'Bearer realm="stockcast"' + ("" if authorization is None else ', error="invalid_token"')
    return RequestRefused(str(fault), 401, "UNAUTHENTICATED", {"www-authenticate": challenge})


def unavailable(message: str = UNAVAILABLE) -> RequestRefused:
    return RequestRefused(message, 503, "UNAVAILABLE", {"retry-after": "1"})


def away(fault: Unavailable) -> RequestRefused:
    """What could not even be begun, because a server is away or there is too much to do."""
    if not isinstance(fault, Overloaded):
        return unavailable()
    headers = {"retry-after": str(ceil(fault.retry_after_ms / 1_000))}
    return RequestRefused(OVERLOADED, 503, "OVERLOADED", headers, {"retryAfterMs": fault.retry_after_ms})


def too_many(retry_after_ms: int) -> RequestRefused:
    """The caller has asked for more operations than are allowed a minute."""
    headers = {"retry-after": str(ceil(retry_after_ms / 1_000))}
    return RequestRefused(RATE_LIMITED, 429, "RATE_LIMITED", headers, {"retryAfterMs": retry_after_ms})


def error_body(message: str, code: str, request_id: str, **extensions: int) -> bytes:
    error = {"message": message, "extensions": {"code": code, "requestId": request_id, **extensions}}
    return orjson.dumps({"errors": [error]})


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that name (lower case), as text."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def request_id_of(scope: Scope) -> str:
    """The id that the client or a proxy gave the request, if it is a plain one; else a new one."""
    given = header(scope, b"x-request-id")
    return given if given is not None and _REQUEST_ID.fullmatch(given) else new_request_id()


def new_request_id() -> str:
    """Nobody can guess it. The system is asked for many at once: that takes longer than all the rest of it."""
    if not _unused:
        drawn = secrets.token_bytes(ID_BYTES * IDS_DRAWN)
        _unused.extend(drawn[at : at + ID_BYTES].hex() for at in range(0, len(drawn), ID_BYTES))
    return _unused.pop()


async def read_request(scope: Scope, receive: Receive) -> Request:
    """The operation of a POST's body or of a GET's address. Raises RequestRefused, Disconnected."""
    method = scope["method"]
    if method == "POST":
        return _request(await read_json(scope, receive))
    if method == "GET":
        return _request(_of_address(scope["query_string"]))
    message = f"{method} is not supported: send the request by POST, or what changes nothing by GET."
    raise RequestRefused(message, 405, "METHOD_NOT_ALLOWED", {"allow": "GET, POST"})


def request_of(body: bytes) -> Request:
    """The operation of a whole body of JSON. Raises RequestRefused."""
    if len(body) > BODY_BYTES_MAX:
        raise _too_long()
    return _request(_parsed("The body", body))


async def read_json(scope: Scope, receive: Receive) -> Any:
    """The JSON of a body. Raises RequestRefused, Disconnected."""
    _check_content_type(header(scope, b"content-type"))
    return _parsed("The body", await _body(scope, receive))


def has_body(scope: Scope) -> bool:
    """Whether the request announces a body."""
    return header(scope, b"transfer-encoding") is not None or header(scope, b"content-length") not in (None, "0")


def parameters_of(query_string: bytes, count_max: int) -> list[tuple[str, str]]:
    """The parameters of an address, in their order. Raises RequestRefused."""
    if query_string.count(b"&") >= count_max:
        raise RequestRefused(f"The address has more than {count_max} parameters: ask for less at once.")
    try:
        return parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise RequestRefused("The address's parameters are not URL-encoded UTF-8.") from error


def check_method(method: str, kind: str | None) -> None:
    if kind == "mutation" and method == "GET":
        raise RequestRefused("Mutations are sent by POST.", 405, "METHOD_NOT_ALLOWED", {"allow": "POST"})


def _check_content_type(content_type: str | None) -> None:
    """JSON in UTF-8, or 415: a browser sends the other types across origins without asking first."""
    if content_type == JSON:
        return
    media_type, *parameters = (content_type or "").split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    charsets = [value.strip('" ').lower() for name, _, value in pairs if name.strip().lower() == "charset"]
    if media_type.strip().lower() != JSON or any(charset not in ("utf-8", "utf8") for charset in charsets):
        message = f"Send the request as `Content-Type: {JSON}` (UTF-8)."
        raise RequestRefused(message, 415, "UNSUPPORTED_MEDIA_TYPE", {"accept-post": JSON})


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The body, or 413 as soon as it is known to be too long; what follows is not read."""
    announced = header(scope, b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > BODY_BYTES_MAX:
        raise _too_long()
    body: bytes | bytearray = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        piece: bytes = message.get("body", b"")
        if len(body) + len(piece) > BODY_BYTES_MAX:
            raise _too_long()
        more = message.get("more_body")
        if not more and not body:
            return piece  # most come in one
        body = bytearray(body) if isinstance(body, bytes) else body
        body += piece
        if not more:
            return bytes(body)


def _too_long() -> RequestRefused:
    message = f"The body is longer than {BODY_BYTES_MAX:,} bytes: send less at once."
    return RequestRefused(message, 413, "PAYLOAD_TOO_LARGE", {"connection": "close"})


def _of_address(query_string: bytes) -> dict[str, Any]:
    pairs = parameters_of(query_string, PARAMETERS_MAX)
    given: dict[str, Any] = {name: value for name, value in pairs if name in _PARAMETERS}
    if len(given) < sum(name in _PARAMETERS for name, _ in pairs):
        raise RequestRefused(f"A parameter is given twice: give each of {', '.join(_PARAMETERS)} once.")
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _parsed(name, given[name].encode()) if given[name] else None
    return given


def _parsed(what: str, text: bytes) -> Any:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "infinity" in error.msg:
            raise RequestRefused(f"{what} holds a number that is too large: send it in fewer digits.") from error
        raise RequestRefused(f"{what} is not JSON in UTF-8.") from error
    if text.count(b"{") + text.count(b"[") > DEPTH_MAX and depth_of(value) > DEPTH_MAX:
        raise RequestRefused(f"{what} nests deeper than {DEPTH_MAX} levels.")
    return value


def _request(raw: Any) -> Request:
    if isinstance(raw, list):
        raise RequestRefused("Batches are not supported: send one operation a request.")
    if not isinstance(raw, dict):
        raise RequestRefused("The body is no JSON object: send {query, variables, operationName, extensions}.")
    query, name = raw.get("query"), raw.get("operationName")
    named = named_by(raw.get("documentId"), _persisted(raw.get("extensions")))
    if named is not None and query is None:
        query = ""
    elif not isinstance(query, str) or not (query.strip() or named):
        raise RequestRefused("`query` must be a text: the GraphQL document.")
    if not isinstance(name, _TEXT_OR_NONE):
        raise RequestRefused("`operationName` must be a text or left out.")
    for parameter in ("variables", "extensions"):
        if not isinstance(raw.get(parameter), _OBJECT_OR_NONE):
            raise RequestRefused(f"`{parameter}` must be an object or left out.")
    return Request(query, raw.get("variables") or {}, name, named=named)


def _persisted(extensions: object) -> object:
    return extensions.get(PERSISTED) if isinstance(extensions, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
