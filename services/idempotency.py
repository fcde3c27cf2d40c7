"""Idempotency: a repeat under the same key is answered with the earlier decision, not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, Protocol, runtime_checkable

from domain.access import Caller
from domain.refusals import Refusal, RefusalCode
from domain.texts import KEY_LENGTH_MAX, invalid_identifier
from services.decisions import Claim, Decision, KeyReused
from services.ports import Unit, UnitOfWork

Decide = Callable[[Unit], Awaitable[Decision]]


async def decide_once(
    caller: Caller, operation: str, key: str, request: object, units: UnitOfWork, decide: Decide
) -> Decision:
    """Carry out `decide` in one transaction under the idempotency key, or give the earlier decision again.

    `request` is what the caller sent; another request under the same key is refused.
    """
    if refusal := invalid_identifier("idempotencyKey", key, KEY_LENGTH_MAX):
        return Decision((refusal,))
    claim = Claim(caller.subject, operation, key, fingerprint(request))

    async def work(unit: Unit) -> Decision:
        if earlier := await unit.decisions.claim(claim):
            return earlier
        decision = await decide(unit)
        await unit.decisions.keep(claim, decision)
        return decision

    try:
        return await units.run(caller.tenant, work)
    except KeyReused:
        return Decision((_key_reused(key),))


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
    text = json.dumps(_plain(request), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


@runtime_checkable
class _Named(Protocol):
    """A dataclass that says what it is called here."""

    name: ClassVar[str]


def _plain(value: Any) -> Any:
    if isinstance(value, _Named) and is_dataclass(value):
        sent = {f.name: getattr(value, f.name) for f in fields(value) if getattr(value, f.name) != _default_of(f)}
        return {"": value.name, **{name: _plain(each) for name, each in sent.items()}}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return _leaf(value)


def _leaf(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _default_of(field: Any) -> Any:
    return field.default if field.default is not MISSING else MISSING
