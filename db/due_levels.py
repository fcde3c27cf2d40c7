"""Levels that may have become stale by now, of all tenants, as the worker finds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from db.worker_session import WorkerSession
from domain.places import Place

#: The advisory lock of the one process that looks at them.
DUE_CLASS = 0x57A1

#: The longest due first, by one index, which holds neither levels that are known to be stale nor those that never
#: become so. `statement_timestamp` is the one clock that an index can be asked by.
DUE = """
SELECT tenant_id, id, sku, location FROM stock_levels
WHERE stale_due <= statement_timestamp() AND stale_alert IS NULL AND id <> ALL ($1::uuid[])
ORDER BY stale_due LIMIT $2
"""


class DueLevels:
    """Implements `workers.ports.DueLevels`. Each call raises DatabaseUnavailable."""

    def __init__(self, session: WorkerSession) -> None:
        self._session = session

    async def alone(self) -> bool:
        return await self._session.holds(DUE_CLASS, 0)

    async def due(self, but_for: Collection[UUID], limit: int) -> Sequence[tuple[UUID, UUID, Place]]:
        rows = await self._session.fetch(DUE, list(but_for), limit)
        return [(row["tenant_id"], row["id"], (row["sku"], row["location"])) for row in rows]
