"""Founding: a tenant with its default location and the reason codes it starts with, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable

from db import locations as location_rows
from db import reason_codes as reason_rows
from db.audit_log import PostgresAudit
from db.pool import Database
from db.tenants import MAKE, arguments_of, tenant_of
from db.transaction import Transaction
from domain.locations import Location
from domain.reasons import ReasonCode
from domain.tenants import Tenant
from services.audit import AuditEntry

INSERT = MAKE.sql.format(*(f"${number}" for number in range(2, 2 + MAKE.arguments)))
ZONE = "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)"


async def knows_zone(database: Database, name: str) -> bool:
    """Whether the database can count days in a time zone. Raises DatabaseUnavailable."""
    async with database.acquire() as connection:
        return await connection.fetchval(ZONE, name)  # type: ignore[no-any-return]


async def found(
    database: Database, tenant: Tenant, location: Location, reasons: Iterable[ReasonCode], told: AuditEntry
) -> Tenant | None:
    """Make it and all that is given; or, where it is there already, touch nothing and return it as it is.

    Raises DatabaseUnavailable.
    """
    async with database.acquire(tenant.id) as connection, connection.transaction():
        transaction = Transaction(connection, tenant.id)
        if not await connection.fetch(INSERT, tenant.id, *arguments_of(tenant)):
            return await tenant_of(transaction)
        await transaction.write(location_rows.SAVE, location_rows.arrays_of([location]))
        await transaction.write(reason_rows.SAVE, reason_rows.arrays_of(reasons))
        await PostgresAudit(transaction).add([told])
        await transaction.flush()
    return None
