"""A session of the worker's role: a connection of its own, made when it is needed, with one statement at a time.

Its advisory locks end with the connection. Who held one learns of that by DatabaseUnavailable, or not at all: a lock
taken here shares out work, and nothing may depend on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from db.faults import DatabaseUnavailable, connection_lost
from db.pool import Database


class WorkerSession:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: asyncpg.Connection | None = None
        self._held: set[tuple[int, int]] = set()
        self._one_at_a_time = asyncio.Lock()

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows of a statement that is a transaction of its own. Raises DatabaseUnavailable."""
        async with self._one_at_a_time, self._lent() as connection:
            return await connection.fetch(sql, *arguments)

    async def execute(self, *statements: tuple[str, Sequence[object]]) -> None:
        """Statements with their arguments, in one transaction. Raises DatabaseUnavailable, also for a lock not got."""
        async with self._one_at_a_time, self._lent() as connection:
            try:
                async with connection.transaction():
                    for sql, arguments in statements:
                        await connection.execute(sql, *arguments)
            except asyncpg.LockNotAvailableError as fault:
                raise DatabaseUnavailable(f"Rows that a worker needs are held by somebody else: {fault}") from fault

    async def holds(self, lock_class: int, number: int) -> bool:
        """Whether this session has the lock, or gets it now; it then keeps it as long as its connection lives."""
        lock = (lock_class, number)
        if lock in self._held and self._connection is not None and not self._connection.is_closed():
            return True
        rows = await self.fetch("SELECT pg_try_advisory_lock($1::int, $2::int)", *lock)
        if rows[0][0]:
            self._held.add(lock)
        return rows[0][0]

    async def close(self) -> None:
        """Give everything back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await self._connected()
        try:
            yield connection
        except BaseException as fault:
            known = isinstance(fault, (asyncpg.PostgresError, DatabaseUnavailable))
            if known and not connection_lost(fault, connection.is_closed()):
                raise
            connection.terminate()  # lost, or left by the driver in a state that nobody knows
            if not isinstance(fault, Exception):
                raise
            raise DatabaseUnavailable(f"The worker's database connection was lost: {fault}") from fault

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._held.clear()
            self._connection = await self._database.worker()
        return self._connection
