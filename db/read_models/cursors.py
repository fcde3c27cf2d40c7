"""Cursors: where a row lies in a sort order, as an opaque text. Everything in one is checked before it is used."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from domain.texts import storable
from services.pages import CURSOR_LENGTH_MAX, BadCursor

_INTEGER_MAX = 2**63 - 1


def encode(sort: str, key: Sequence[object]) -> str:
    """The cursor of a row: the sort order's name and the row's values of its columns."""
    return urlsafe_b64encode(orjson.dumps([sort, *key], default=str)).decode().rstrip("=")


def decode(cursor: str, sort: str, types: Sequence[type]) -> list[object]:
    """The values of a cursor made for this sort order. Raises BadCursor."""
    try:
        if len(cursor) > CURSOR_LENGTH_MAX:
            raise ValueError("too long")
        raw: Any = orjson.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        name, *values = raw
        if name != sort:
            raise ValueError("of another sort order")
        return [_read(value, type_) for value, type_ in zip(values, types, strict=True)]
    except (ValueError, TypeError, OverflowError) as fault:
        raise BadCursor(f"'{cursor[:40]}' is no cursor of this list: take endCursor or startCursor from it.") from fault


def _read(value: Any, type_: type) -> object:
    if type_ is int:
        if type(value) is not int or abs(value) > _INTEGER_MAX:
            raise ValueError("not a number")
        return value
    if not isinstance(value, str) or not storable(value):
        raise ValueError("not a text")
    if type_ is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("without a time zone")
        return moment.astimezone(UTC)
    return UUID(value) if type_ is UUID else value
