"""Adjustments that have waited for approval for as long as they may, of all tenants, as the worker finds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from db.worker_session import WorkerSession

#: The advisory lock of the one process that ends them.
DUE_CLASS = 0xAD7

#: The longest due first, by one index. `statement_timestamp` is the one clock that an index can be asked by.
DUE = """
SELECT tenant_id, id FROM adjustments
WHERE status = 'PENDING_APPROVAL' AND expires_at <= statement_timestamp() AND id <> ALL ($1::uuid[])
ORDER BY expires_at LIMIT $2
"""


class DueAdjustments:
    """Implements `workers.ports.DueAdjustments`. Each call raises DatabaseUnavailable."""

    def __init__(self, session: WorkerSession) -> None:
        self._session = session

    async def alone(self) -> bool:
        return await self._session.holds(DUE_CLASS, 0)

    async def due(self, but_for: Collection[UUID], limit: int) -> Sequence[tuple[UUID, UUID]]:
        rows = await self._session.fetch(DUE, list(but_for), limit)
        return [(row["tenant_id"], row["id"]) for row in rows]
