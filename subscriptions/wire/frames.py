"""Frames of graphql-transport-ws as clients send them: read and checked before anything looks into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

ID_LENGTH_MAX = 256
DEPTH_MAX = 64


class MalformedFrame(Exception):
    """Its text is the reason the socket is closed with: it names the field at fault."""


def read_frame(text: str) -> dict[str, Any]:
    """A message of a known type, each field of the type the protocol gives it. Raises MalformedFrame."""
    message = _parsed(text)
    if not isinstance(message, dict):
        raise MalformedFrame("The message must be a JSON object")
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _CHECKS:
        raise MalformedFrame(f"type must be one of {', '.join(_CHECKS)}")
    _CHECKS[kind](message)
    return message


def _parsed(text: str) -> Any:
    try:
        message = orjson.loads(text)
    except ValueError:
        raise MalformedFrame("The message must be valid JSON") from None
    if text.count("{") + text.count("[") > DEPTH_MAX and depth_of(message) > DEPTH_MAX:
        raise MalformedFrame(f"The message is nested deeper than {DEPTH_MAX}")
    return message


def depth_of(value: Any) -> int:
    """How deep lists and objects lie in each other; breadth first, so that no depth exhausts the stack."""
    depth, layer = 0, [value]
    while layer := [item for item in layer if isinstance(item, dict | list)]:
        depth += 1
        layer = [inner for item in layer for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def _check_payload(message: Mapping[str, Any]) -> None:
    _check_object(message, "payload")


def _check_id(message: Mapping[str, Any]) -> None:
    identifier = message.get("id")
    if not isinstance(identifier, str) or not 1 <= len(identifier) <= ID_LENGTH_MAX:
        raise MalformedFrame(f"id must be a text of 1 to {ID_LENGTH_MAX} characters")


def _check_subscribe(message: Mapping[str, Any]) -> None:
    _check_id(message)
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise MalformedFrame("payload must be an object")
    if not isinstance(payload.get("query"), str):
        raise MalformedFrame("payload.query must be a text")
    if not isinstance(payload.get("operationName"), str | None):
        raise MalformedFrame("payload.operationName must be a text or null")
    _check_object(payload, "variables", "payload.")
    _check_object(payload, "extensions", "payload.")


def _check_object(message: Mapping[str, Any], field: str, prefix: str = "") -> None:
    if not isinstance(message.get(field), dict | None):
        raise MalformedFrame(f"{prefix}{field} must be an object or null")


_CHECKS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "connection_init": _check_payload,
    "ping": _check_payload,
    "pong": _check_payload,
    "subscribe": _check_subscribe,
    "complete": _check_id,
}
