"""What messages of graphql-transport-ws, read and checked, ask for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from services.identity import Unauthenticated
from services.trace import TRACEPARENT
from subscriptions.wire.operations import PERSISTED, Request, named_by


def request_of(payload: Mapping[str, Any]) -> Request:
    """Of a message that was checked. Thousands of screens send the same text."""
    extensions = payload.get("extensions") or {}
    given = extensions.get(TRACEPARENT)
    traceparent = given if isinstance(given, str) else None
    named = named_by(payload.get("documentId"), extensions.get(PERSISTED))
    return Request(
        sys.intern(payload["query"]), payload.get("variables") or {}, payload.get("operationName"), traceparent, named
    )


def authorization_of(params: Mapping[str, object]) -> str | None:
    """The value beside the key `authorization`, however its letters are written. Raises Unauthenticated."""
    for name, value in params.items():
        if name.lower() == "authorization":
            if value is not None and not isinstance(value, str):
                raise Unauthenticated("Authorization must be a text: Bearer, a space and the token")
            return value
    return None
