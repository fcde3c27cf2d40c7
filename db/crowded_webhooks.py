"""Webhooks for which much waits, of all tenants, as the worker finds them: by the index of what waits for each."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from db.worker_session import WorkerSession

#: The advisory lock of the one process that looks after them.
CROWDED_CLASS = 0xC40D

#: Its first parameters are below all ids: from there on the index is read.
CROWDED = """
WITH RECURSIVE waiting AS (
    (SELECT tenant_id, webhook_id FROM webhook_deliveries
    WHERE state = 'PENDING' AND (tenant_id, webhook_id) > ($1::uuid, $1::uuid)
    ORDER BY tenant_id, webhook_id LIMIT 1)
    UNION ALL
    SELECT further.tenant_id, further.webhook_id FROM waiting CROSS JOIN LATERAL (
        SELECT tenant_id, webhook_id FROM webhook_deliveries AS delivery
        WHERE state = 'PENDING'
            AND (delivery.tenant_id, delivery.webhook_id) > (waiting.tenant_id, waiting.webhook_id)
        ORDER BY tenant_id, webhook_id LIMIT 1
    ) AS further
)
SELECT tenant_id, webhook_id FROM waiting WHERE EXISTS (
    SELECT FROM webhook_deliveries AS delivery
    WHERE delivery.tenant_id = waiting.tenant_id AND delivery.webhook_id = waiting.webhook_id
        AND delivery.state = 'PENDING' OFFSET $2
)
"""


class CrowdedWebhooks:
    """Implements `workers.ports.CrowdedWebhooks`. Each call raises DatabaseUnavailable."""

    def __init__(self, session: WorkerSession) -> None:
        self._session = session

    async def alone(self) -> bool:
        return await self._session.holds(CROWDED_CLASS, 0)

    async def find(self, more_than: int) -> Sequence[tuple[UUID, UUID]]:
        rows = await self._session.fetch(CROWDED, UUID(int=0), more_than)
        return [(row["tenant_id"], row["webhook_id"]) for row in rows]
