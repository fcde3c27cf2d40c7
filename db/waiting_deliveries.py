"""How many deliveries to webhooks wait, of all tenants, and for how long, as workers tell it; each by an index."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from db.worker_session import WorkerSession

_FIRST = UUID(int=0)
#: Of those that wait so many are counted at most.
COUNTED_MAX = 100_000

#: `waiting`: every webhook of which something waits, once, from the one on that $1 (its tenant) and $2 name; each is
#: found by a look into the index, however much waits for the one before.
WEBHOOKS_WAITING = """WITH RECURSIVE waiting AS (
    (SELECT tenant_id, webhook_id FROM webhook_deliveries
    WHERE state = 'PENDING' AND (tenant_id, webhook_id) > ($1::uuid, $2::uuid)
    ORDER BY tenant_id, webhook_id LIMIT 1)
    UNION ALL
    SELECT further.tenant_id, further.webhook_id FROM waiting CROSS JOIN LATERAL (
        SELECT tenant_id, webhook_id FROM webhook_deliveries AS delivery
        WHERE state = 'PENDING'
            AND (delivery.tenant_id, delivery.webhook_id) > (waiting.tenant_id, waiting.webhook_id)
        ORDER BY tenant_id, webhook_id LIMIT 1
    ) AS further
)"""

#: Its parameter is below all ids: from there on the index is read.
WAITING = f"""
SELECT (
    SELECT count(*) FROM (
        SELECT FROM webhook_deliveries WHERE state = 'PENDING' AND tenant_id > $1::uuid LIMIT {COUNTED_MAX}
    ) AS counted
) AS deliveries, coalesce((
    SELECT greatest(extract(epoch FROM statement_timestamp() - next_attempt_at), 0)
    FROM webhook_deliveries WHERE state = 'PENDING' AND next_attempt_at > '-infinity' ORDER BY next_attempt_at LIMIT 1
), 0)::float8 AS oldest_due_s
"""


class Waiting(NamedTuple):
    """Implements `workers.ports.Backlog`."""

    deliveries: int
    oldest_due_s: float


class WaitingDeliveries:
    """Implements `workers.ports.WaitingDeliveries`. Its call raises DatabaseUnavailable."""

    def __init__(self, session: WorkerSession) -> None:
        self._session = session

    async def waiting(self) -> Waiting:
        [row] = await self._session.fetch(WAITING, _FIRST)
        return Waiting(*row)
