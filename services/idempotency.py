"""Idempotency: a repeat under the same key is answered with the earlier decision, not done again.

Keys are looked up before a command is decided and kept with what it did, in one transaction. Of two that decide under
one key at once, the later one's transaction finds the key kept, is undone and runs again: then it finds the decision.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast

import orjson

from domain.access import Caller
from domain.refusals import Refusal, RefusalCode
from domain.texts import KEY_LENGTH_MAX, invalid_identifier
from services.decisions import Claim, Decision, Kept, KeyName
from services.ports import Unit, UnitOfWork

Decide = Callable[[Unit], Awaitable[Decision]]


def invalid_key(key: str) -> Refusal | None:
    return invalid_identifier("idempotencyKey", key, KEY_LENGTH_MAX)


def claim_of(caller: Caller, operation: str, key: str, request: object) -> Claim | Refusal:
    """The claim of a key by a request: what the caller sent, its fields at their defaults left out."""
    if refusal := invalid_key(key):
        return refusal
    return Claim(KeyName(caller.subject, operation, key), fingerprint(request))


async def decide_once(
    caller: Caller, operation: str, key: str, request: object, units: UnitOfWork, decide: Decide
) -> Decision:
    """Carry out `decide` in one transaction under the idempotency key, or give the earlier decision again.

    `request` is what the caller sent; another request under the same key is refused.
    """
    claim = claim_of(caller, operation, key, request)
    if isinstance(claim, Refusal):
        return Decision((claim,))

    async def work(unit: Unit) -> Decision:
        kept = await unit.decisions.find([claim.name])
        if earlier := repeated(claim, kept):
            return earlier
        decision = await decide(unit)
        await unit.decisions.keep([(claim, decision)])
        return decision

    return await units.run(caller.tenant, work)


def repeated(claim: Claim, kept: Mapping[KeyName, Kept]) -> Decision | None:
    """What was decided under the key; a refusal if it was another request's, None if it is new."""
    earlier = kept.get(claim.name)
    if earlier is None:
        return None
    return earlier.decision if earlier.fingerprint == claim.fingerprint else Decision((_key_reused(claim.name.key),))


def _key_reused(key: str) -> Refusal:
    return Refusal(
        RefusalCode.IDEMPOTENCY_KEY_REUSED,
        f"idempotencyKey '{key}' was used before with another request: use a new key for a new request.",
        ("idempotencyKey",),
    )


def fingerprint(request: object) -> bytes:
    """SHA-256 of what was sent: values, mappings, sequences, and dataclasses that have a `name` which never changes.

    Fields at their defaults are left out, so that a new optional field changes no old key.
    """
    return hashlib.sha256(_written(_plain(request))).digest()


def _written(plain: object) -> bytes:
    """As JSON with nothing but printable ASCII, by which keys have been kept from the first. What is that by itself
    orjson writes the same, much faster; no request holds a fraction that is not a decimal, which it would not."""
    try:
        written = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # what was sent is no text, or a number of many digits
        return _ENCODER.encode(plain).encode()
    return written if written.isascii() and b"\x7f" not in written else _ENCODER.encode(plain).encode()


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False)


#: Types whose values are written as they are.
_SIMPLE = frozenset({type(None), str, int, bool})
#: Type -> its field names with their defaults.
_FIELDS: dict[type, tuple[tuple[str, object], ...]] = {}


def _plain(value: Any) -> Any:
    kind = cast("type[Any]", type(value))
    if kind in _SIMPLE:
        return value
    if kind in _FIELDS or is_dataclass(value):
        return {"": getattr(kind, "name", ""), **_sent(value, kind)}
    if isinstance(value, (list, tuple)):
        return [each if type(each) in _SIMPLE else _plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return _leaf(value)


def _sent(value: Any, kind: type[Any]) -> dict[str, Any]:
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = tuple((f.name, f.default) for f in fields(value))
    return {
        name: sent if type(sent) in _SIMPLE else _plain(sent)
        for name, default in known
        if (sent := getattr(value, name)) != default
    }


def _leaf(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, (str, int, float)) else str(value)
