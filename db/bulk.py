"""Loading much at once: a seed or an import into a tenant, through the application's own role, without events.

What is loaded was decided by the domain (levels with their entries); the tables' rules hold for it as for any write.
Planning goes wrong on freshly filled tables until they are analysed, which is the owner's to do: see `analyze`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import asyncpg

from db import items as item_rows
from db import ledger
from db import levels as level_rows
from db import locations as location_rows
from db import reason_codes as reason_rows
from db import tenants as tenant_rows
from db.adjustments import PostgresAdjustments
from db.alerts import PostgresAlerts
from db.faults import NOT_ADMITTED, UNREACHABLE, DatabaseUnavailable, cannot_connect
from db.pool import Database
from db.reservations import PostgresReservations
from db.transaction import Transaction
from domain.adjustments import Adjustment
from domain.alerts import Alert
from domain.items import Item
from domain.locations import Location
from domain.reasons import ReasonCode
from domain.reservations import Reservation
from domain.stock import StockLevel
from domain.tenants import Tenant

ROWS_AT_ONCE = 5_000
CONNECT_SECONDS = 10

T = TypeVar("T")


async def load(
    database: Database,
    tenant: Tenant,
    *,
    locations: Iterable[Location] = (),
    reason_codes: Iterable[ReasonCode] = (),
    items: Iterable[Item] = (),
    levels: Iterable[StockLevel] = (),
    adjustments: Iterable[Adjustment] = (),
    reservations: Iterable[Reservation] = (),
    alerts: Iterable[Alert] = (),
) -> None:
    """Make the tenant if it is new, and add all that is given, with each level's `entries`, in one transaction.

    Items, locations and reason codes that exist are described anew; a level that exists is a fault, and so is a
    reservation of an order that has one. What reservations hold is what their levels have allocated, and the alerts
    are those that the levels name (`domain.watching.first_alerts`).
    """
    async with database.acquire() as connection:
        await connection.serve(tenant.id)
        async with connection.transaction():
            transaction = Transaction(connection, tenant.id)
            await transaction.write(tenant_rows.MAKE, tenant_rows.arguments_of(tenant))
            await transaction.write(location_rows.SAVE, location_rows.arrays_of(locations))
            await transaction.write(reason_rows.SAVE, reason_rows.arrays_of(reason_codes))
            for batch in _batches(items):
                await transaction.write(item_rows.SAVE, item_rows.arrays_of(batch))
            for batch in _batches(levels):
                await transaction.write(level_rows.MAKE, level_rows.arrays_of_new(batch))
                await ledger.add(transaction, batch)
            for batch in _batches(adjustments):
                await PostgresAdjustments(transaction).save(batch, [])
            for batch in _batches(reservations):
                await PostgresReservations(transaction).save(batch, [])
            for batch in _batches(alerts):
                await PostgresAlerts(transaction).save(batch, [])
            await transaction.flush()


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(things)
    while batch := list(islice(rest, ROWS_AT_ONCE)):
        yield batch


async def analyze(migration_url: str) -> None:
    """Tell the planner what the tables hold now; as the owner. Raises DatabaseUnavailable."""
    try:
        connection = await asyncpg.connect(migration_url, timeout=CONNECT_SECONDS)
    except (*UNREACHABLE, *NOT_ADMITTED) as fault:
        raise DatabaseUnavailable(cannot_connect(migration_url, "MIGRATION_DATABASE_URL", fault)) from fault
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
