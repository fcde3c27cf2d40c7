"""GraphQL requests as HTTP carries them: what is asked, and in which media type the answer is wanted.

Whatever cannot be a request is a `BadRequest` with a status, a code and a sentence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from schema.executor import Request

BODY_BYTES_MAX = 256 * 1024
DEPTH_MAX = 64
ACCEPT_LENGTH_MAX = 512
JSON = "application/json"
GRAPHQL = "application/graphql-response+json"

_PARAMETERS = ("query", "operationName", "variables", "extensions")


@dataclass(frozen=True, slots=True)
class BadRequest(Exception):
    """The request cannot be understood; `message` says what would be right."""

    message: str
    status: int = 400
    code: str = "BAD_REQUEST"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Disconnected(Exception):
    """The client went away before its request was complete."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that name (lower case), as text."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def check_content_type(content_type: str | None) -> None:
    """JSON in UTF-8, or 415: a browser sends the other types across origins without asking first."""
    media_type, *parameters = (content_type or "").split(";")
    charsets = [value.strip('" ').lower() for name, _, value in _pairs(parameters) if name.strip().lower() == "charset"]
    if media_type.strip().lower() != JSON or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise BadRequest(
            f"Send the request as `Content-Type: {JSON}` (UTF-8).", 415, "UNSUPPORTED_MEDIA_TYPE", {"accept-post": JSON}
        )


def _pairs(parameters: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    return (parameter.partition("=") for parameter in parameters)


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The body, or 413 as soon as it is known to be too long; what follows is not read."""
    announced = header(scope, b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > BODY_BYTES_MAX:
        raise _too_long()
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        length += len(part)
        if length > BODY_BYTES_MAX:
            raise _too_long()
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_long() -> BadRequest:
    message = f"The body is longer than {BODY_BYTES_MAX:,} bytes: send less at once."
    return BadRequest(message, 413, "PAYLOAD_TOO_LARGE", {"connection": "close"})


def request_of_body(body: bytes) -> Request:
    return _request(parse_json("The body", body))


def request_of_query(query_string: bytes) -> Request | None:
    """The request in an address's parameters; None where there is none at all."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=32)
    except ValueError as error:
        raise BadRequest("The address's parameters are not URL-encoded UTF-8.") from error
    given = {name: value for name, value in pairs if name in _PARAMETERS}
    if len(given) < sum(name in _PARAMETERS for name, _ in pairs):
        raise BadRequest("A parameter is given twice: give each of query, operationName, variables, extensions once.")
    if not given:
        return None
    raw: dict[str, Any] = {name: value for name, value in given.items() if name in ("query", "operationName")}
    for name in ("variables", "extensions"):
        if given.get(name):
            raw[name] = parse_json(name, given[name].encode())
    return _request(raw)


def parse_json(what: str, text: bytes) -> Any:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"{what} is not JSON in UTF-8.") from error
    if text.count(b"{") + text.count(b"[") > DEPTH_MAX and _deeper(value):
        raise BadRequest(f"{what} nests deeper than {DEPTH_MAX} levels.")
    return value


def _deeper(value: Any) -> bool:
    """Whether objects and lists nest deeper than allowed, found without recursion."""
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [child for parent in level for child in _children(parent) if isinstance(child, (dict, list))]
        if not level:
            return False
    return True


def _children(parent: Any) -> Iterable[Any]:
    return parent.values() if isinstance(parent, dict) else parent if isinstance(parent, list) else ()


def _request(raw: Any) -> Request:
    if isinstance(raw, list):
        raise BadRequest("Batches are not supported: send one operation a request.")
    if not isinstance(raw, dict):
        raise BadRequest("The body is no JSON object: send {query, variables, operationName, extensions}.")
    query = raw.get("query")
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("`query` must be a text: the GraphQL document.")
    name, variables, extensions = raw.get("operationName"), raw.get("variables"), raw.get("extensions")
    if name is not None and not isinstance(name, str):
        raise BadRequest("`operationName` must be a text or left out.")
    for parameter, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise BadRequest(f"`{parameter}` must be an object or left out.")
    return Request(query, variables or {}, name, extensions or {})


def media_type_for(accept: str | None) -> str:
    """What the client likes best of our two media types; JSON where it likes both alike, or names neither."""
    return JSON if accept is None or len(accept) > ACCEPT_LENGTH_MAX else _media_type_for(accept.lower())


@lru_cache(maxsize=256)
def _media_type_for(accept: str) -> str:
    wanted = {JSON: 0.0, GRAPHQL: 0.0}
    exact: set[str] = set()
    for part in accept.split(","):
        name, *parameters = part.split(";")
        name, quality = name.strip(), _quality(parameters)
        if name in wanted:
            wanted[name] = quality
            exact.add(name)
        elif name in ("*/*", "application/*"):
            wanted |= {known: quality for known in wanted if known not in exact}
    # Of two named alike the first named is meant: clients list the newer type first.
    if exact == set(wanted) and wanted[GRAPHQL] == wanted[JSON]:
        return GRAPHQL if accept.index(GRAPHQL) < accept.index(JSON) else JSON
    return GRAPHQL if wanted[GRAPHQL] > wanted[JSON] else JSON


def _quality(parameters: list[str]) -> float:
    for name, _, value in _pairs(parameters):
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def prefers_html(accept: str | None) -> bool:
    """Whether a browser asks for a page."""
    return "text/html" in (accept or "").lower()
