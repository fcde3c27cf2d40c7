"""Alike: an answer without what differs each time anyhow, so that two of them can be held together."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schema.ids import read_global_id
from tests.answers import Answer

#: What tells requests of the same kind apart, and nothing of what was asked.
_OF_THE_MOMENT = frozenset({"date", "content-length", "x-request-id"})
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)")
_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")
#: What the tests call new things: a word and a number.
_FRESH = re.compile(r"\b([A-Za-z]+(?:_[A-Za-z]+)?)-\d+\b")
_WORD = re.compile(r"[\w=-]{6,}")
_EXPIRES, _BEGINS = ("expiresAt", "expires_at"), ("updatedAt", "updated_at", "requestedAt", "requested_at", "createdAt")
#: What a report weighs by time goes on with the clock; beside it stand sums that do not.
_WEIGHED = frozenset(
    name
    for field in (
        ("average", "inventory", "units"),
        ("average", "inventory", "value"),
        ("inventory", "turnover"),
        ("days", "of", "inventory"),
        ("stock", "out", "rate"),
        ("average", "age", "days"),
    )
    for name in ("_".join(field), field[0] + "".join(map(str.title, field[1:])))
)

Told = dict[str, Any]


def told(answer: Answer, named: str) -> Told:
    """Status, headers and body; the name that was asked for, and the ids, times and secrets of what is one's own
    left out."""
    headers = {name: value for name, value in answer.headers.items() if name not in _OF_THE_MOMENT}
    return {"status": answer.status, "headers": likened(headers, named), "body": likened(answer.body, named)}


def likened(value: Any, named: str) -> Any:
    if isinstance(value, dict):
        return _object(value, named)
    if isinstance(value, list):
        return [likened(each, named) for each in value]
    return _text(value, named) if isinstance(value, str) else value


def _object(value: Mapping[str, Any], named: str) -> Told:
    """A time to come is told as how long after the last change it is, what goes with time as being there."""
    found = {_text(name, named): likened(each, named) for name, each in value.items() if name != "requestId"}
    found |= {name: "<weighed>" for name in found.keys() & _WEIGHED if found[name] is not None}
    for name in _EXPIRES:
        begin = next((value[each] for each in _BEGINS if value.get(each)), None)
        if value.get(name) and begin:
            seconds = (datetime.fromisoformat(value[name]) - datetime.fromisoformat(begin)).total_seconds()
            found[name] = f"{round(seconds, -1):.0f} s later"
    return found


def _text(value: str, named: str) -> str:
    value = value.replace(named, "<it>") if named else value
    value = _SECRET.sub("<secret>", _MOMENT.sub("<time>", _UUID.sub("<id>", value)))
    return _FRESH.sub(r"<\1>", _WORD.sub(lambda found: _read(found[0]), value))


def _read(word: str) -> str:
    """A global id is told as its kind, a cursor as its place."""
    if named := read_global_id(word):
        return f"<{named[0]}>"
    try:
        text = urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode()
        return f"<{text}>" if isinstance(json.loads(text), list) else word
    except (NotBase64, ValueError):
        return word


def words(text: str) -> set[str]:
    """All that could be a name or an id, also within a cursor."""
    found = set(_WORD.findall(text))
    return found.union(*(_WORD.findall(_read(word)) for word in found))


def differing(one: Any, other: Any, at: str = "") -> str:
    """The first place in which two answers differ, in words."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(differing(one[name], other[name], f"{at}.{name}") for name in one if one[name] != other[name])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next(differing(a, b, f"{at}.{number}") for number, (a, b) in pairs if a != b)
    return f"at {at.lstrip('.') or 'the whole'}: {_short(one)} instead of {_short(other)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"
