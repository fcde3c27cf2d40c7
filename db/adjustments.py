"""Adjustments: their columns, and the repository of a unit of work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from uuid import UUID

from db import locks
from db.approval_policies import AS_READ
from db.lives import Life
from db.transaction import Transaction
from domain.adjustments import STANDING, Adjustment, AdjustmentStatus

#: What the end of a request changes.
_END = {"status", "decided_by", "decided_at", "decision_note", "version"}
ROWS = Life(
    Adjustment,
    "adjustments",
    types={
        "id": "uuid",
        "quantity_change": "int",
        "quantity_counted": "int",
        "requested_at": "timestamptz",
        "decided_at": "timestamptz",
        "version": "bigint",
        "expires_at": "timestamptz",
    },
    enums={"status": AdjustmentStatus},
    lasting={field.name for field in fields(Adjustment)} - _END,
)
#: In the order of Adjustment's fields.
COLUMNS = ROWS.columns
adjustment_from = ROWS.thing

#: What waits, by who asked.
PENDING = """
SELECT requested_by, count(*) FROM adjustments WHERE tenant_id = $1 AND status = 'PENDING_APPROVAL' GROUP BY 1
"""

#: What waits of the items of some vendors.
PENDING_OF = """
SELECT item.vendor, count(*) FROM adjustments AS waiting
JOIN items AS item ON item.tenant_id = waiting.tenant_id AND item.sku = waiting.sku
WHERE waiting.tenant_id = $1 AND waiting.status = 'PENDING_APPROVAL' AND item.vendor = ANY ($2::text[]) GROUP BY 1
"""

#: What some have withdrawn of late.
WITHDRAWN = """
SELECT requested_by, count(*) FROM adjustments
WHERE tenant_id = $1 AND requested_by = ANY ($2::text[]) AND status = 'CANCELLED'
    AND decided_at > statement_timestamp() - interval '24 hours'
GROUP BY 1
"""

#: Counts that stand, of levels that others counted before: SKU, location, time and id of those.
COUNTED_LATER = f"""
SELECT DISTINCT {", ".join(f"later.{name}" for name in COLUMNS)}
FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::uuid[]) AS earlier (sku, location, requested_at, id)
JOIN adjustments AS later ON later.tenant_id = $1 AND later.sku = earlier.sku COLLATE "C"
WHERE (later.requested_at, later.id) > (earlier.requested_at, earlier.id) AND later.location = earlier.location
    AND later.quantity_counted IS NOT NULL AND later.status = ANY ($6::text[])
"""


class PostgresAdjustments:
    """Implements `services.adjustment_ports.Adjustments`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock(self, ids: Collection[UUID]) -> Sequence[Adjustment]:
        return [adjustment_from(row[1:]) for row in await locks.lock_adjustments(self._transaction, ids)]

    async def pending(self) -> Mapping[str, int]:
        return {row[0]: row[1] for row in await self._transaction.read(PENDING)}

    async def pending_of(self, vendors: Collection[str]) -> Mapping[str, int]:
        return {row[0]: row[1] for row in await self._transaction.read(PENDING_OF, list(vendors))}

    async def withdrawn(self, requesters: Collection[str]) -> Mapping[str, int]:
        return {row[0]: row[1] for row in await self._transaction.read(WITHDRAWN, list(requesters))}

    async def counted_later(self, counts: Collection[Adjustment]) -> Sequence[Adjustment]:
        columns = zip(*((each.sku, each.location, each.requested_at, each.id) for each in counts), strict=True)
        standing = [status.value for status in STANDING]
        rows = await self._transaction.read(COUNTED_LATER, *map(list, columns), standing)
        return [adjustment_from(row) for row in rows]

    async def save(self, made: Collection[Adjustment], changed: Collection[tuple[Adjustment, Adjustment]]) -> None:
        if made and (policy := self._transaction.approval_policy) is not None:
            await self._transaction.write(AS_READ, [policy], expected=0)
        await ROWS.save(self._transaction, made, changed)
