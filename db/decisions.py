"""Decisions under idempotency keys, kept in the transaction that carries them out.

A key is looked up first and kept last. Of two transactions that use one key at once, the second waits for the end of
the first when it keeps it; if the first was committed, the second is undone and runs again (`db.transaction.TAKEN`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

import orjson

from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.allocation import Shortage
from domain.refusals import Refusal, RefusalCode
from services.decisions import Claim, Decision, Kept, KeyName
from services.webhook_ports import Replayed

#: What was decided under keys, each looked up by itself: the fastest way whatever the table's statistics say.
FIND = """
SELECT kept.subject, kept.operation, kept.key, kept.fingerprint, kept.decision
FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted (subject, operation, key)
CROSS JOIN LATERAL (
    SELECT subject, operation, key, fingerprint, decision::text FROM decisions
    WHERE tenant_id = $1 AND subject = wanted.subject AND operation = wanted.operation AND key = wanted.key
    LIMIT 1
) AS kept
"""

_TYPES = (("subject", "text"), ("operation", "text"), ("key", "text"), ("fingerprint", "bytea"), ("decision", "jsonb"))
_NAMES = ", ".join(name for name, _ in _TYPES)

#: Store decisions, in the order of their keys.
KEEP = Kind(
    "decisions_kept",
    f"""
    INSERT INTO decisions (tenant_id, {_NAMES}) SELECT $1, {_NAMES} FROM {unnested(_TYPES)} AS given ({_NAMES})
    ORDER BY subject, operation, key RETURNING key
    """,
    len(_TYPES),
    counted=True,
)


class PostgresDecisions:
    """Implements `services.ports.Decisions`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def find(self, names: Sequence[KeyName]) -> Mapping[KeyName, Kept]:
        wanted = columns_of([list(name) for name in set(names)], 3)
        rows = await self._transaction.read(FIND, *wanted)
        return {KeyName(*row[:3]): Kept(row["fingerprint"], decode(row["decision"])) for row in rows}

    async def keep(self, decided: Sequence[tuple[Claim, Decision]]) -> None:
        rows = [[*claim.name, claim.fingerprint, encode(decision)] for claim, decision in decided]
        await self._transaction.write(KEEP, columns_of(rows, len(_TYPES)), expected=len(rows))


def encode(decision: Decision) -> str:
    """A decision as JSON."""
    return orjson.dumps(_plain(decision), default=str).decode()


def _plain(decision: Decision) -> dict[str, Any]:
    return {name: _PLAIN.get(name, _as_it_is)(value) for name in _KEPT if (value := getattr(decision, name))}


def _as_it_is(value: object) -> object:
    return value


#: What is kept of a decision, where there is anything; and how what JSON does not know is told.
_KEPT = (
    *("refusals", "places", "adjustment", "subject", "reservation", "shortages", "transfer", "lines", "cycle_count"),
    *("alert", "webhook", "replayed"),
)
_PLAIN: Mapping[str, Callable[[Any], object]] = {
    "refusals": lambda refusals: [_told(refusal) for refusal in refusals],
    "shortages": lambda short: [[each.sku, each.location, each.requested, each.available] for each in short],
    "lines": lambda lines: [_plain(line) for line in lines],
    "replayed": lambda replayed: [replayed.count, replayed.remaining],
}


def decode(text: str) -> Decision:
    return _read(orjson.loads(text))


def _read(raw: Mapping[str, Any]) -> Decision:
    return Decision(
        tuple(_refusal(each) for each in raw.get("refusals", ())),
        tuple((sku, location) for sku, location in raw.get("places", ())),
        _id(raw.get("adjustment")),
        raw.get("subject"),
        _id(raw.get("reservation")),
        tuple(Shortage(*each) for each in raw.get("shortages", ())),
        _id(raw.get("transfer")),
        tuple(_read(line) for line in raw.get("lines", ())),
        _id(raw.get("cycle_count")),
        _id(raw.get("alert")),
        _id(raw.get("webhook")),
        Replayed(*raw["replayed"]) if "replayed" in raw else None,
    )


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _told(refusal: Refusal) -> dict[str, Any]:
    """A refusal's fields, those at None left out."""
    values = {field.name: getattr(refusal, field.name) for field in fields(refusal)}
    return {name: value for name, value in values.items() if value is not None}


def _refusal(raw: Mapping[str, Any]) -> Refusal:
    return Refusal(**{**raw, "code": RefusalCode(raw["code"]), "field": tuple(raw["field"])})
