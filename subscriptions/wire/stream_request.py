"""What a client asks of the event stream: an operation in an address or a body, and where to resume.

Whatever cannot be one is a `BadStreamRequest`, answered as JSON with its status before any stream begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from subscriptions.wire.frames import DEPTH_MAX, depth_of
from subscriptions.wire.operations import Request

BODY_BYTES_MAX = 256 * 1024
STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class BadStreamRequest(Exception):
    message: str
    status: int = 400
    code: str = "BAD_REQUEST"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Disconnected(Exception):
    """The client went away before its request was complete."""


def header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Raises BadStreamRequest, Disconnected."""
    method = scope["method"]
    if method not in ("GET", "POST"):
        raise BadStreamRequest("Use POST or GET.", 405, headers={"allow": "GET, POST"})
    accepted = header(scope, b"accept") or "*/*"
    if not any(kind in accepted.lower() for kind in (STREAM, "text/*", "*/*")):
        raise BadStreamRequest(f"This endpoint answers with an event stream: send `Accept: {STREAM}`.", 406)
    if method == "GET":
        return _request(_of_address(scope["query_string"]))
    content_type = (header(scope, b"content-type") or "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise BadStreamRequest("Send the request as `Content-Type: application/json`.", 415)
    return _request(_parsed("The body", await _body(receive)))


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise BadStreamRequest(
                f"The body is longer than {BODY_BYTES_MAX} bytes: send less.", 413, headers={"connection": "close"}
            )
        if not message.get("more_body"):
            return bytes(body)


def _of_address(query_string: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=32)
    except ValueError as fault:
        raise BadStreamRequest("The address's parameters are not URL-encoded UTF-8.") from fault
    given: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _parsed(name, given[name].encode()) if given[name] else None
    return given


def _parsed(what: str, text: bytes) -> Any:
    try:
        value = orjson.loads(text)
    except ValueError as fault:
        raise BadStreamRequest(f"{what} is not JSON in UTF-8.") from fault
    if text.count(b"{") + text.count(b"[") > DEPTH_MAX and depth_of(value) > DEPTH_MAX:
        raise BadStreamRequest(f"{what} nests deeper than {DEPTH_MAX} levels.")
    return value


def _request(raw: Any) -> Request:
    if not isinstance(raw, dict):
        raise BadStreamRequest("Send a JSON object: {query, variables, operationName, extensions}.")
    query, name = raw.get("query"), raw.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise BadStreamRequest("`query` must be a text: the GraphQL document.")
    if not isinstance(name, str | None):
        raise BadStreamRequest("`operationName` must be a text or left out.")
    for parameter in ("variables", "extensions"):
        if not isinstance(raw.get(parameter), dict | None):
            raise BadStreamRequest(f"`{parameter}` must be an object or left out.")
    return Request(query, raw.get("variables") or {}, name, raw.get("extensions") or {})
