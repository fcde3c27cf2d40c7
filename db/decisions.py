"""Decisions under idempotency keys, kept in the transaction that carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

import orjson

from db.transaction import Transaction
from db.writes import Kind
from domain.refusals import Refusal, RefusalCode
from services.decisions import Claim, Decision, KeyReused

#: Take a key; who finds it taken by a transaction that still runs waits for its end.
CLAIM = """
INSERT INTO decisions (tenant_id, subject, operation, key, fingerprint) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, subject, operation, key) DO NOTHING
RETURNING pg_current_xact_id()::text::bigint AS tx
"""

#: What was decided under a key.
EARLIER = """
SELECT fingerprint, decision FROM decisions
WHERE tenant_id = $1 AND subject = $2 AND operation = $3 AND key = $4
"""

#: Store a decision under its claimed key.
KEEP = Kind(
    "decisions_kept",
    """
    UPDATE decisions SET decision = {3}::jsonb
    WHERE tenant_id = $1 AND subject = {0} AND operation = {1} AND key = {2}
    RETURNING key
    """,
    4,
    counted=True,
)


class PostgresDecisions:
    """Implements `services.ports.Decisions`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def claim(self, claim: Claim) -> Decision | None:
        key = (claim.subject, claim.operation, claim.key)
        while True:
            if taken := await self._transaction.read(CLAIM, *key, claim.fingerprint):
                self._transaction.tx = taken[0]["tx"]
                self._transaction.claimed = True
                return None
            # A new statement sees what the other committed; nothing, if the key was cleared away just now.
            if earlier := await self._transaction.read(EARLIER, *key):
                return _repeated(claim, earlier[0]["fingerprint"], earlier[0]["decision"])

    async def keep(self, claim: Claim, decision: Decision) -> None:
        arguments = (claim.subject, claim.operation, claim.key, encode(decision))
        await self._transaction.write(KEEP, arguments, expected=1)


def _repeated(claim: Claim, fingerprint: bytes, decision: str) -> Decision:
    if fingerprint != claim.fingerprint:
        raise KeyReused
    return decode(decision)


def encode(decision: Decision) -> str:
    """A decision as JSON."""
    return orjson.dumps(
        {
            "refusals": [_told(refusal) for refusal in decision.refusals],
            "places": decision.places,
            "adjustment": decision.adjustment,
            "subject": decision.subject,
        },
        default=str,
    ).decode()


def decode(text: str) -> Decision:
    raw: Mapping[str, Any] = orjson.loads(text)
    return Decision(
        tuple(_refusal(each) for each in raw["refusals"]),
        tuple((sku, location) for sku, location in raw["places"]),
        None if raw["adjustment"] is None else UUID(raw["adjustment"]),
        raw["subject"],
    )


def _told(refusal: Refusal) -> dict[str, Any]:
    """A refusal's fields, those at None left out."""
    values = {field.name: getattr(refusal, field.name) for field in fields(refusal)}
    return {name: value for name, value in values.items() if value is not None}


def _refusal(raw: Mapping[str, Any]) -> Refusal:
    return Refusal(**{**raw, "code": RefusalCode(raw["code"]), "field": tuple(raw["field"])})
