"""Turns: each tenant has at most so many works under way at once, so that no tenant leaves the others without any."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID


@dataclass(slots=True)
class _Queue:
    """Of one tenant: who works or waits is counted, so that it is forgotten when nobody does."""

    free: asyncio.Semaphore
    present: int = 0


class Turns:
    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._queues: dict[UUID, _Queue] = {}

    async def take(self, tenant: UUID, wait_s: float) -> None:
        """Wait behind the tenant's earlier works, first come, first served. Raises TimeoutError."""
        queue = self._queues.setdefault(tenant, _Queue(asyncio.Semaphore(self._at_once)))
        queue.present += 1
        try:
            if queue.free.locked():
                async with asyncio.timeout(wait_s):
                    await queue.free.acquire()
            else:
                await queue.free.acquire()  # at once
        except BaseException:
            self._leave(tenant, queue)
            raise

    def give(self, tenant: UUID) -> None:
        """The work of a turn that was taken is over."""
        queue = self._queues[tenant]
        queue.free.release()
        self._leave(tenant, queue)

    def _leave(self, tenant: UUID, queue: _Queue) -> None:
        queue.present -= 1
        if not queue.present:
            del self._queues[tenant]
