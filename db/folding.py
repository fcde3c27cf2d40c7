"""Folding beside the sealing: SKUs that are to be folded by themselves, and what orders asked for, added up by day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from db.demand import FEED_ROWS_AT_ONCE, take_demand
from db.faults import BooksHeld, DatabaseUnavailable, connection_lost
from db.keeper import Keeper, Step
from db.ledger_seals import BY_INDEX_NOW, SEAL_CLASS, TENANTS
from db.pool import Database
from db.rollup_books import RollupBooks, RollupQueue, held
from db.worker_session import WorkerSession

QUEUED = TENANTS.format(table="rollup_queue")
ASKED = TENANTS.format(table="demand_feed")
NEXT = "SELECT sku FROM rollup_queue WHERE tenant_id = $1 AND sku > $2 ORDER BY sku LIMIT 1"
LEFT = "SELECT count(*) FROM rollup_queue WHERE tenant_id = $1"


class Folding:
    """Implements `workers.ports.Folding`. Each call raises DatabaseUnavailable; what changes rows, BooksHeld too."""

    def __init__(self, database: Database, session: WorkerSession) -> None:
        self._database = database
        self._session = session

    async def alone(self) -> bool:
        return await self._session.holds(SEAL_CLASS, 0)

    async def queued(self) -> Sequence[UUID]:
        return [row[0] for row in await self._session.fetch(QUEUED)]

    async def asked(self) -> Sequence[UUID]:
        return [row[0] for row in await self._session.fetch(ASKED)]

    async def left(self, tenant: UUID) -> int:
        return (await self._session.fetch(LEFT, tenant))[0][0]

    async def next(self, tenant: UUID, after: str) -> str | None:
        rows = await self._session.fetch(NEXT, tenant, after)
        return rows[0][0] if rows else None

    async def fold(self, tenant: UUID, sku: str) -> Step:
        async with self._held(tenant) as (connection, books):
            turn = None if books is None else await RollupQueue(connection, tenant).turn_of(sku)
            if books is None or turn is None:
                return Step(0, more=False)
            return await Keeper(connection, books).fold_some(sku, turn)

    async def rebuild(self, tenant: UUID, sku: str, *, from_balances: bool = False) -> int:
        """Fold a SKU from the ledger, whether it waits for that or not; how many of its entries.

        `from_balances`: also what is kept of archived months is given up for the balances that they left. Where it is
        left in the midst of it the worker goes on.
        """
        async with self._held(tenant) as (connection, books):
            if books is not None:
                if from_balances:
                    await Keeper(connection, books).drop_all(sku)
                await RollupQueue(connection, tenant).put({sku: books.first})
        entries, more = 0, True
        while more:
            step, more = await self.fold(tenant, sku)
            entries += step
        return entries

    async def add_demand(self, tenant: UUID) -> bool:
        async with self._held(tenant) as (connection, books):
            return books is not None and await take_demand(connection, books) == FEED_ROWS_AT_ONCE

    @asynccontextmanager
    async def _held(self, tenant: UUID) -> AsyncIterator[tuple[asyncpg.Connection, RollupBooks | None]]:
        """A transaction of who holds the tenant's books."""
        async with self._database.acquire(tenant) as connection:
            try:
                async with connection.transaction():
                    await connection.execute(BY_INDEX_NOW)
                    yield connection, await held(connection, tenant)
            except asyncpg.LockNotAvailableError as fault:
                raise BooksHeld(f"Somebody else folds for the tenant: {fault}") from fault
            except Exception as fault:
                if connection_lost(fault, connection.is_closed()):
                    raise DatabaseUnavailable(f"The connection was lost while rollups were folded: {fault}") from fault
                raise
