"""One moment: statements of a tenant that all see the database as it was when the first of them was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from db.faults import ConnectionLost
from db.pool import Database
from db.tenant_connection import TenantConnection

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#: The first statement makes the snapshot, and reads the clock when it has it: what it sees was written before.
_NOW = "SELECT clock_timestamp()"


class OneMoment:
    """Asks as `Database` does, on one connection, statement by statement. `now` lies behind all that it sees."""

    def __init__(self, database: Database, connection: TenantConnection, now: datetime) -> None:
        self._database = database
        self._connection = connection
        self.now = now

    async def fetch(self, tenant: UUID, sql: str, arguments: Sequence[object] = ()) -> list[asyncpg.Record]:
        """Never tried again: on another connection it would be another moment. Raises DatabaseUnavailable."""
        with self._database.told(self._connection, sql):
            assert self._connection.tenant == tenant, "one moment is of one tenant"
            self._database.statements_sent += 1
            return await self._connection.fetch(sql, *arguments)

    async def report(self, tenant: UUID, sql: str, arguments: Sequence[object] = ()) -> list[asyncpg.Record]:
        return await self.fetch(tenant, sql, arguments)


@asynccontextmanager
async def one_moment(database: Database, tenant: UUID) -> AsyncIterator[OneMoment]:
    """Counts as one report, however many statements it asks. Raises DatabaseUnavailable."""
    async with database.reporting(tenant), AsyncExitStack() as stack:
        try:
            moment = await stack.enter_async_context(_begun(database, tenant))
        except ConnectionLost as lost:
            moment = await database.again(lost, lambda: stack.enter_async_context(_begun(database, tenant)))
        yield moment


@asynccontextmanager
async def _begun(database: Database, tenant: UUID) -> AsyncIterator[OneMoment]:
    async with database.turn(tenant) as connection:
        try:
            with database.told(connection, _BEGIN, unsent=True):
                await connection.serve(tenant)
                await connection.execute(_BEGIN)
                [(now,)] = await connection.fetch(_NOW)
            yield OneMoment(database, connection, now)
        finally:
            if not connection.is_closed() and connection.is_in_transaction():
                with database.told(connection, "ROLLBACK"):
                    await connection.execute("ROLLBACK")
