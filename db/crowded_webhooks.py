"""Webhooks for which much waits, of all tenants, as the worker finds them: by the index of what waits for each."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from db.waiting_deliveries import WEBHOOKS_WAITING
from db.worker_session import WorkerSession

#: Below all ids.
_FIRST = UUID(int=0)
#: The advisory lock of the one process that looks after them.
CROWDED_CLASS = 0xC40D

CROWDED = f"""
{WEBHOOKS_WAITING}
SELECT tenant_id, webhook_id FROM waiting WHERE EXISTS (
    SELECT FROM webhook_deliveries AS delivery
    WHERE delivery.tenant_id = waiting.tenant_id AND delivery.webhook_id = waiting.webhook_id
        AND delivery.state = 'PENDING' OFFSET $3
)
"""


class CrowdedWebhooks:
    """Implements `workers.ports.CrowdedWebhooks`. Each call raises DatabaseUnavailable."""

    def __init__(self, session: WorkerSession) -> None:
        self._session = session

    async def alone(self) -> bool:
        return await self._session.holds(CROWDED_CLASS, 0)

    async def find(self, more_than: int) -> Sequence[tuple[UUID, UUID]]:
        rows = await self._session.fetch(CROWDED, _FIRST, _FIRST, more_than)
        return [(row["tenant_id"], row["webhook_id"]) for row in rows]
