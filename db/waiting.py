"""Those who wait for stock, of all tenants, as the sweep finds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from db.pool import Database
from db.worker_session import WorkerSession

#: The advisory lock of the one process that sweeps.
SWEEP_CLASS = 0x5EE9

#: SKUs that somebody waits for, after a given one: one step in the index for each, however many wait for it.
SKUS = """
WITH RECURSIVE awaited AS (
    (
        SELECT tenant_id, sku FROM reservation_lines
        WHERE backordered > 0 AND (tenant_id, sku) > ($1::uuid, $2::text COLLATE "C")
        ORDER BY tenant_id, sku LIMIT 1
    )
    UNION ALL
    SELECT later.tenant_id, later.sku FROM awaited CROSS JOIN LATERAL (
        SELECT line.tenant_id, line.sku FROM reservation_lines AS line
        WHERE line.backordered > 0 AND (line.tenant_id, line.sku) > (awaited.tenant_id, awaited.sku)
        ORDER BY line.tenant_id, line.sku LIMIT 1
    ) AS later
)
SELECT tenant_id, sku FROM awaited LIMIT $3
"""

#: Those of the SKUs of which units may be promised where somebody who waits for them would take them.
TO_BE_HAD = """
SELECT wanted.sku FROM unnest($2::text[]) AS wanted (sku)
WHERE EXISTS (
    SELECT FROM stock_levels AS level
    JOIN locations AS location
        ON location.tenant_id = $1 AND location.code = level.location AND location.active
    JOIN reservation_lines AS line
        ON line.tenant_id = $1 AND line.sku = level.sku AND line.backordered > 0
        AND coalesce(line.wanted, level.location) = level.location
    WHERE level.tenant_id = $1 AND level.sku = wanted.sku
        AND level.on_hand - level.allocated - level.unavailable > 0
)
"""

_START = (UUID(int=0), "")


class WaitingStock:
    """Implements `workers.ports.Waiting`: finds the SKUs in the worker's role, the stock as each tenant sees it."""

    def __init__(self, database: Database, session: WorkerSession) -> None:
        self._database = database
        self._session = session
        self._after = _START

    async def alone(self) -> bool:
        return await self._session.holds(SWEEP_CLASS, 0)

    async def skus(self, limit: int) -> Sequence[tuple[UUID, str]]:
        rows = await self._session.fetch(SKUS, *self._after, limit)
        self._after = (rows[-1][0], rows[-1][1]) if len(rows) >= limit else _START
        return [(row[0], row[1]) for row in rows]

    async def to_be_had(self, tenant: UUID, skus: Collection[str]) -> Sequence[str]:
        return [row[0] for row in await self._database.fetch(tenant, TO_BE_HAD, [tenant, list(skus)])]
