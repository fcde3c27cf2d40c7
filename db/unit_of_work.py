"""The unit of work on PostgreSQL: one transaction of one tenant, tried again where trying again can help.

Its round trips, whatever the number of commands and levels: BEGIN (with the tenant, where the connection served
another), the keys, the reservations, what is there (`sites`, with the reason codes), the levels, all writes, COMMIT.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar
from uuid import UUID

import asyncpg

from db.adjustments import PostgresAdjustments
from db.alerts import PostgresAlerts
from db.approval_policies import PostgresApprovals
from db.audit_log import PostgresAudit
from db.cycle_counts import PostgresCycleCounts
from db.decisions import PostgresDecisions
from db.demand import PostgresDemand
from db.faults import DatabaseUnavailable, connection_lost
from db.inbox import PostgresInbox
from db.items import PostgresItems
from db.levels import PostgresLevels
from db.locations import PostgresLocations
from db.outbox_events import PostgresOutbox
from db.pool import WRITE_WAIT_SECONDS, Database
from db.reason_codes import PostgresReasonCodes
from db.reservations import PostgresReservations
from db.tenant_connection import TenantConnection
from db.tenants import tenant_of
from db.transaction import TAKEN, Outdated, Transaction
from db.transfers import PostgresTransfers
from db.webhook_deliveries import PostgresWebhookDeliveries
from db.webhooks import PostgresWebhooks
from domain.tenants import Tenant
from services.ports import Unit

TRIES_MAX = 6
PAUSE_MS = 5
UNDO_SECONDS = 5

T = TypeVar("T")
_log = logging.getLogger(__name__)

#: Two transactions were in each other's way; one of them was undone.
_COLLISIONS = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    Outdated,
)
_TOO_SLOW = (
    "The database did not answer in time, and the change was given up: send it again with the same idempotency key."
)
_STATUS = "SELECT pg_xact_status($1::text::xid8)"


class PostgresUnit:
    """Implements `services.ports.Unit`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.decisions = PostgresDecisions(transaction)
        self.inbox = PostgresInbox(transaction)
        self.reservations = PostgresReservations(transaction)
        self.transfers = PostgresTransfers(transaction)
        self.cycle_counts = PostgresCycleCounts(transaction)
        self.demand = PostgresDemand(transaction)
        self.levels = PostgresLevels(transaction)
        self.items = PostgresItems(transaction)
        self.locations = PostgresLocations(transaction)
        self.reason_codes = PostgresReasonCodes(transaction)
        self.approvals = PostgresApprovals(transaction)
        self.adjustments = PostgresAdjustments(transaction)
        self.alerts = PostgresAlerts(transaction)
        self.webhooks = PostgresWebhooks(transaction)
        self.webhook_deliveries = PostgresWebhookDeliveries(transaction)
        self.audit = PostgresAudit(transaction)
        self.outbox = PostgresOutbox(transaction)

    async def tenant(self) -> Tenant:
        return await tenant_of(self._transaction)


class _Again(Exception):
    """The transaction left nothing behind, or is found by its key: run the work once more."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _no_nudge() -> None:
    """Nobody waits for the outbox."""


class PostgresUnitOfWork:
    """Implements `services.ports.UnitOfWork`.

    `random` gives the jitter between tries; `nudge` is called after a commit that wrote to the outbox and returns at
    once.
    """

    def __init__(self, database: Database, *, random: Random, nudge: Callable[[], None] = _no_nudge) -> None:
        self._database = database
        self._random = random
        self._nudge = nudge

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        """See the port. Raises DatabaseUnavailable when no try succeeded."""
        cause: BaseException | None = None
        for number in range(TRIES_MAX):
            if number:
                await asyncio.sleep(self._random.uniform(0.5, 1.5) * PAUSE_MS / 1000 * 2**number)
            try:
                return await self._try(tenant, work, number)
            except _Again as again:
                cause = again.cause
        raise DatabaseUnavailable(
            f"The change was tried {TRIES_MAX} times and never got through ({type(cause).__name__}): "
            "send it again with the same idempotency key."
        ) from cause

    async def _try(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]], tries: int) -> T:
        async with self._database.turn(tenant, wait_s=WRITE_WAIT_SECONDS) as connection:
            transaction = Transaction(connection, tenant, tries)
            result = await self._do(transaction, work)
            unknown = await _commit(transaction)
        if unknown is not None:
            await self._resolve(transaction, unknown)
        if transaction.told:
            self._wake()
        return result

    async def _do(self, transaction: Transaction, work: Callable[[Unit], Awaitable[T]]) -> T:
        connection = transaction.connection
        try:
            await connection.begin(transaction.tenant)
            result = await work(PostgresUnit(transaction))
            await transaction.flush()
            return result
        except BaseException as fault:
            if lost := connection_lost(fault, connection.is_closed()):
                connection.terminate()
            await _undo(connection)
            if isinstance(fault, TimeoutError):  # to wait for it again helps nobody
                raise DatabaseUnavailable(_TOO_SLOW) from fault
            if lost or _collided(fault):
                raise _Again(fault) from fault
            raise

    async def _resolve(self, transaction: Transaction, lost: BaseException) -> None:
        """The answer to COMMIT was lost: returns if it was carried out.

        While the other session still ends the transaction, or nobody can be asked, the work runs again: it finds what
        it did by its key or by the state of things, and where the other is not done yet, its locks wait for it. That a
        key is absent proves nothing.
        """
        if transaction.tx is None:
            return  # nothing was written, nothing can be lost
        if await self._status(transaction) != "committed":
            raise _Again(lost) from lost

    async def _status(self, transaction: Transaction) -> str | None:
        """'committed', 'aborted', 'in progress', or None where nobody could be asked."""
        try:
            rows = await self._database.fetch(transaction.tenant, _STATUS, [str(transaction.tx)])
            return rows[0][0]
        except DatabaseUnavailable:
            return None

    def _wake(self) -> None:
        try:
            self._nudge()
        except Exception:  # noqa: BLE001 - the change is committed, whatever becomes of the waking
            _log.exception("the relay was not woken; it finds the events with its next poll")


def _collided(fault: BaseException) -> bool:
    taken = isinstance(fault, asyncpg.UniqueViolationError) and getattr(fault, "constraint_name", None) in TAKEN
    return taken or isinstance(fault, _COLLISIONS)


async def _commit(transaction: Transaction) -> BaseException | None:
    """Commit; the fault, if the connection was lost before the answer came."""
    connection = transaction.connection
    try:
        done = await connection.execute("COMMIT")
    except BaseException as fault:
        if connection_lost(fault, connection.is_closed()):
            connection.terminate()
            return fault
        await _undo(connection)
        if _collided(fault):
            raise _Again(fault) from fault
        raise
    if done != "COMMIT":
        raise RuntimeError("a statement failed and its exception was swallowed: the transaction was rolled back")
    return None


async def _undo(connection: TenantConnection) -> None:
    """Roll back; a connection that cannot is given up, which does the same."""
    if connection.is_closed():
        return
    try:
        async with asyncio.timeout(UNDO_SECONDS):  # also for a statement that was cancelled to come to its end
            await connection.execute("ROLLBACK")
    except Exception:  # noqa: BLE001 - whatever it was, the connection is of no more use
        connection.terminate()
