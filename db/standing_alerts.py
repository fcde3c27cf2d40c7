"""How many alerts stand, of all tenants, as the worker counts them."""

from __future__ import annotations

from collections.abc import Mapping

from db.worker_session import WorkerSession

#: The advisory lock of the one process that counts them.
COUNT_CLASS = 0xA1E7

#: By an index that holds nothing else.
COUNT = "SELECT kind, count(*) AS standing FROM alerts WHERE status <> 'RESOLVED' GROUP BY kind"


class StandingAlerts:
    """Implements `workers.ports.StandingAlerts`. Each call raises DatabaseUnavailable."""

    def __init__(self, session: WorkerSession) -> None:
        self._session = session

    async def alone(self) -> bool:
        return await self._session.holds(COUNT_CLASS, 0)

    async def counts(self) -> Mapping[str, int]:
        return {row["kind"]: row["standing"] for row in await self._session.fetch(COUNT)}
