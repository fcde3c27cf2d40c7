"""Spares: connections between two uses, each warm for the tenant it served last, lent without asking the pool.

To borrow of the pool and to give back takes longer than a look-up by key: a timer, two tasks, a reset of what nobody
left in the session. Few are kept; all others, those that are worn or were left in disorder, those that rested for long
and whatever somebody waits for, the pool gets back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from uuid import UUID

SPARES_MAX = 4
#: What nobody asked for in so long goes back to the pool, which closes it a while later.
REST_SECONDS = 60.0
#: As many as asyncpg's pool sends over one connection.
QUERIES_MAX = 50_000


class Spares:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        #: As the pool lent them, each with when it came; given back last, lent first.
        self._kept: list[tuple[Any, float]] = []
        self._waiting = 0
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._look: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._kept)

    async def take(self, tenant: UUID | None, wait_s: float) -> Any:
        """As `Pool.acquire`, the one that served the tenant last if there is such a one."""
        while self._kept:
            lent, _ = self._kept.pop(self._place_of(tenant))
            if not _is_closed(lent):
                return lent
            await self._pool.release(lent)
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=wait_s)
        finally:
            self._waiting -= 1

    async def give(self, lent: Any, *, in_order: bool) -> None:
        """`in_order`: what it was taken for ended without a fault."""
        if in_order and self._has_room and not (_is_closed(lent) or _is_worn(lent._con)):
            self._kept.append((lent, self._loop.time()))
            if self._look is None:
                self._look = self._loop.call_later(REST_SECONDS, self._let_rest)
        else:
            await self._pool.release(lent)

    async def close(self) -> None:
        self._closed = True
        if self._look is not None:
            self._look.cancel()
        await self._leave(self._kept)

    def _let_rest(self) -> None:
        """One timer for all: it looks again when the one that came first could have rested for long."""
        since = self._loop.time() - REST_SECONDS
        rested = [each for each in self._kept if each[1] <= since]
        self._kept = [each for each in self._kept if each[1] > since]
        self._look = self._loop.call_at(self._kept[0][1] + REST_SECONDS, self._let_rest) if self._kept else None
        if rested:
            leaving = self._loop.create_task(self._leave(rested))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _leave(self, kept: list[tuple[Any, float]]) -> None:
        while kept:
            await self._pool.release(kept.pop()[0])

    @property
    def _has_room(self) -> bool:
        return not (self._waiting or self._closed) and len(self._kept) < SPARES_MAX

    def _place_of(self, tenant: UUID | None) -> int:
        for place in range(len(self._kept) - 1, -1, -1):
            connection = self._kept[place][0]._con
            if connection is not None and connection.tenant == tenant:
                return place
        return -1


def _is_closed(lent: Any) -> bool:
    """asyncpg takes the connection off what it lent when it finds it closed."""
    return lent._con is None or lent._con.is_closed()


def _is_worn(connection: asyncpg.Connection) -> bool:
    return connection.is_in_transaction() or connection._protocol.queries_count >= QUERIES_MAX  # type: ignore[attr-defined]
