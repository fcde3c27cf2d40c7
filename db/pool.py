"""Database: connections of the application's role, each warm for the tenant it served last.

Nothing is reset between two uses of a connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeVar
from uuid import UUID

import asyncpg

from db.faults import (
    NOT_ADMITTED,
    UNREACHABLE,
    ConnectionLost,
    DatabaseBusy,
    DatabaseUnavailable,
    StatementTooLong,
    cannot_connect,
    connection_lost,
)
from db.spares import Spares
from db.tenant_connection import TenantConnection
from db.turns import Turns

T = TypeVar("T")

WORKER_ROLE = "stockcast_worker"
#: Who waits longer for a connection is told so: a read is asked again by whoever still wants it, a change is decided.
READ_WAIT_SECONDS = 3.0
WRITE_WAIT_SECONDS = 10.0
CONNECT_SECONDS = 10
#: What the pool has had for so long without anybody asking it closes, all but one.
INACTIVE_SECONDS = 300.0
#: Statements of reports that a tenant has under way at once.
REPORTS_AT_ONCE = 2
#: A statement that takes longer is given up: its connection leads nowhere any more.
COMMAND_SECONDS = 30
#: Before that the server gives it up by itself: one that only we had given up would go on there for nobody.
STATEMENT_SECONDS_MAX = 25
#: At the end whoever still asks is not waited for longer: a server that does not answer holds up no process that ends.
CLOSE_SECONDS = 5.0
#: A connection whose end is on its way still takes a statement, and fails it as if that had been under way.
_PROOF = "SELECT"
STATEMENTS_CACHED = 256
#: A plan is kept for so long: one that was made while a table was small is soon made anew.
STATEMENT_SECONDS = 30
SERVER_SETTINGS = {
    "application_name": "stockcast",
    "lock_timeout": "5s",
    "statement_timeout": f"{STATEMENT_SECONDS_MAX}s",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_user_timeout": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "default_transaction_isolation": "read committed",
    "jit": "off",
    "timezone": "UTC",
}

#: A queue is empty at one moment and full at the next: a plan made from its statistics is wrong half of the time, and
#: a prepared one stays wrong until the table is analysed again. The way by the index is always right.
WORKER_SETTINGS = {
    "application_name": "stockcast worker",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


class Database:
    """A bounded pool of connections to one database, of which a tenant may be given a part only.

    `statements_sent` counts the statements that `fetch` sent, for tests and metrics.
    """

    def __init__(self, url: str, pool: asyncpg.Pool, turns: Turns) -> None:
        self._url = url
        self._pool = pool
        self._spares = Spares(pool)
        self._turns = turns
        self._reports = Turns(REPORTS_AT_ONCE)
        self.statements_sent = 0

    @classmethod
    async def connect(cls, url: str, *, size: int = 10, tenant_max: int | None = None) -> Self:
        """Open the pool, at most `size` connections, of which `tenant_max` work for one tenant.

        Raises DatabaseUnavailable.
        """
        pool = asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            connection_class=TenantConnection,
            server_settings=SERVER_SETTINGS,
            statement_cache_size=STATEMENTS_CACHED,
            max_cached_statement_lifetime=STATEMENT_SECONDS,
            max_inactive_connection_lifetime=INACTIVE_SECONDS,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
        )
        try:
            await pool
        except (*UNREACHABLE, *NOT_ADMITTED, ValueError) as fault:
            raise DatabaseUnavailable(cannot_connect(url, "DATABASE_URL", fault)) from fault
        return cls(url, pool, Turns(tenant_max or size))

    async def close(self, within_s: float = CLOSE_SECONDS) -> None:
        """What is under way has so many seconds to come to its end."""
        await self._spares.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._pool.close()

    @property
    def size(self) -> int:
        return self._pool.get_size()

    @property
    def idle(self) -> int:
        return self._pool.get_idle_size() + len(self._spares)

    def acquire(self, tenant: UUID | None = None, *, wait_s: float = READ_WAIT_SECONDS) -> _Borrowing:
        """A connection, set for the tenant unless none is named. Entering raises DatabaseUnavailable."""
        return _Borrowing(self, tenant, None, wait_s)

    def turn(self, tenant: UUID, *, wait_s: float = READ_WAIT_SECONDS) -> _Borrowing:
        """A connection when it is the tenant's turn to have one more; it is not set for the tenant.

        Entering raises DatabaseUnavailable.
        """
        return _Borrowing(self, None, tenant, wait_s)

    async def fetch(self, tenant: UUID, sql: str, arguments: Sequence[object] = ()) -> list[asyncpg.Record]:
        """The rows of one reading statement; tried again where the connection turned out to be dead (`again`).

        Raises DatabaseUnavailable.
        """
        try:
            return await self._fetch(tenant, sql, arguments)
        except ConnectionLost as lost:
            return await self.again(lost, lambda: self._fetch(tenant, sql, arguments, prove=True))

    async def again(self, lost: ConnectionLost, reading: Callable[[], Awaitable[T]]) -> T:
        """What reads is sent once more, over a connection that lives: those that died in their rest were sent nothing.

        Raises DatabaseUnavailable.
        """
        rested, sent_twice = self._pool.get_max_size(), False
        while True:
            sent_twice = sent_twice or not lost.unsent
            try:
                return await reading()
            except ConnectionLost as another:
                if not rested or (sent_twice and not another.unsent):
                    raise
                rested, lost = rested - 1, another

    async def report(self, tenant: UUID, sql: str, arguments: Sequence[object] = ()) -> list[asyncpg.Record]:
        """As `fetch`, of what may take long (`reporting`). Raises DatabaseUnavailable."""
        async with self.reporting(tenant):
            return await self.fetch(tenant, sql, arguments)

    @asynccontextmanager
    async def reporting(self, tenant: UUID) -> AsyncIterator[None]:
        """Around what may take long: a tenant has few of these under way, so that what its tills read has its turn.

        Raises DatabaseUnavailable.
        """
        try:
            await self._reports.take(tenant, WRITE_WAIT_SECONDS)
        except TimeoutError as fault:
            raise DatabaseBusy(
                f"A tenant asks for more reports than are made in {WRITE_WAIT_SECONDS:.0f} s."
            ) from fault
        try:
            yield
        finally:
            self._reports.give(tenant)

    async def worker(self) -> asyncpg.Connection:
        """A connection apart from the pool, in the role that sees the queues of all tenants and nothing else.

        Who asks for it closes it. Raises DatabaseUnavailable.
        """
        try:
            connection = await asyncpg.connect(
                self._url,
                server_settings=SERVER_SETTINGS | WORKER_SETTINGS,
                timeout=CONNECT_SECONDS,
                command_timeout=COMMAND_SECONDS,
            )
            try:
                await connection.execute(f"SET ROLE {WORKER_ROLE}")
            except BaseException:
                connection.terminate()
                raise
            return connection
        except (*UNREACHABLE, *NOT_ADMITTED) as fault:
            raise self._unavailable(fault) from fault

    async def _fetch(
        self, tenant: UUID, sql: str, arguments: Sequence[object], *, prove: bool = False
    ) -> list[asyncpg.Record]:
        """`prove`: the connection is asked first whether it lives."""
        async with self.turn(tenant) as connection:
            if prove:
                with self.told(connection, _PROOF, unsent=True):
                    await connection.execute(_PROOF)
            with self.told(connection, sql):
                await connection.serve(tenant)
                self.statements_sent += 1
                return await connection.fetch(sql, *arguments)

    def told(self, connection: TenantConnection, sql: str, *, unsent: bool = False) -> _Telling:
        """Around reading statements: what goes wrong with them as DatabaseUnavailable.

        `unsent`: they may be asked of one connection after another, as if nothing had been sent.
        """
        return _Telling(self, connection, sql, unsent)

    async def _take_turn(self, tenant: UUID, wait_s: float) -> None:
        try:
            await self._turns.take(tenant, wait_s)
        except TimeoutError as fault:
            raise DatabaseBusy(f"A tenant asks for more than is done within {wait_s:.0f} s.") from fault

    async def _lend(self, tenant: UUID | None, wait_s: float) -> Any:
        try:
            return await self._spares.take(tenant, wait_s)
        except TimeoutError as fault:
            if self._pool.get_size() < self._pool.get_max_size():  # a new connection was waited for
                raise self._unavailable(fault) from fault
            raise DatabaseBusy(
                f"No database connection became free within {wait_s:.0f} s: the server is slow or gone, "
                "or the pool is too small for the load."
            ) from fault
        except (*UNREACHABLE, *NOT_ADMITTED, asyncpg.InterfaceError) as fault:  # the last: the pool is closed
            raise self._unavailable(fault) from fault

    def _unavailable(self, fault: BaseException) -> DatabaseUnavailable:
        return DatabaseUnavailable(cannot_connect(self._url, "DATABASE_URL", fault))


class _Borrowing:
    """A connection of the pool while it is entered: set for the tenant that is `served`, in the turn of another."""

    __slots__ = ("_database", "_lent", "_served", "_turn_of", "_wait_s")

    def __init__(self, database: Database, served: UUID | None, turn_of: UUID | None, wait_s: float) -> None:
        self._database, self._served, self._turn_of, self._wait_s = database, served, turn_of, wait_s
        self._lent: Any = None

    async def __aenter__(self) -> TenantConnection:
        database = self._database
        if self._turn_of is not None:
            await database._take_turn(self._turn_of, self._wait_s)
        try:
            self._lent = await database._lend(self._served or self._turn_of, self._wait_s)
            connection: TenantConnection = self._lent._con  # its own attributes are not part of asyncpg's proxy
            if self._served is not None:
                await connection.serve(self._served)
        except BaseException:
            await self._end(in_order=False)
            raise
        return connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._end(in_order=kind is None)

    async def _end(self, *, in_order: bool) -> None:
        try:
            if self._lent is not None:
                await self._database._spares.give(self._lent, in_order=in_order)
        finally:
            if self._turn_of is not None:
                self._database._turns.give(self._turn_of)


class _Telling:
    __slots__ = ("_connection", "_database", "_sql", "_unsent")

    def __init__(self, database: Database, connection: TenantConnection, sql: str, unsent: bool) -> None:
        self._database, self._connection, self._sql, self._unsent = database, connection, sql, unsent

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: object) -> None:
        if isinstance(fault, TimeoutError):
            self._connection.terminate()  # whether the server is slow or gone, to wait for it again helps nobody
            raise self._database._unavailable(fault) from fault
        if isinstance(fault, asyncpg.QueryCanceledError):
            raise StatementTooLong(
                f"A statement was ended after {STATEMENT_SECONDS_MAX} s: {self._sql[:200]}"
            ) from fault
        if isinstance(fault, Exception) and connection_lost(fault, self._connection.is_closed()):
            unsent = self._unsent or isinstance(fault, (asyncpg.InterfaceError, asyncpg.InternalClientError))
            raise ConnectionLost(cannot_connect(self._database._url, "DATABASE_URL", fault), unsent) from fault
