"""Spares: connections between two uses, each warm for the tenant it served last, lent without asking the pool.

To borrow of the pool and to give back takes longer than a look-up by key: a timer, two tasks, a reset of what nobody
left in the session. Few are kept; all others, those that are worn or were left in disorder, and whatever somebody waits
for, the pool gets back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from uuid import UUID

#: The pool closes by itself what it has had for long without anybody asking; these stay open.
SPARES_MAX = 4
#: As many as asyncpg's pool sends over one connection.
QUERIES_MAX = 50_000


class Spares:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        #: As the pool lent them; given back last, lent first.
        self._kept: list[Any] = []
        self._waiting = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._kept)

    async def take(self, tenant: UUID | None, wait_s: float) -> Any:
        """As `Pool.acquire`, the one that served the tenant last if there is such a one."""
        while self._kept:
            lent = self._kept.pop(self._place_of(tenant))
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
            self._kept.append(lent)
        else:
            await self._pool.release(lent)

    async def close(self) -> None:
        self._closed = True
        while self._kept:
            await self._pool.release(self._kept.pop())

    @property
    def _has_room(self) -> bool:
        return not (self._waiting or self._closed) and len(self._kept) < SPARES_MAX

    def _place_of(self, tenant: UUID | None) -> int:
        for place in range(len(self._kept) - 1, -1, -1):
            connection = self._kept[place]._con
            if connection is not None and connection.tenant == tenant:
                return place
        return -1


def _is_closed(lent: Any) -> bool:
    """asyncpg takes the connection off what it lent when it finds it closed."""
    return lent._con is None or lent._con.is_closed()


def _is_worn(connection: asyncpg.Connection) -> bool:
    return connection.is_in_transaction() or connection._protocol.queries_count >= QUERIES_MAX  # type: ignore[attr-defined]
