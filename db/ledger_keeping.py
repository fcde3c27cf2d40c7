"""For how many months a tenant keeps the entries of its ledger; none: for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg

from db.audit_log import audited
from db.pool import Database
from services.audit import AuditEntry

READ = "SELECT ledger_months FROM tenants WHERE tenant_id = $1"
#: `before`: what held until now.
SET = """
UPDATE tenants SET ledger_months = $2
FROM (SELECT tenant_id, ledger_months AS before FROM tenants WHERE tenant_id = $1 FOR UPDATE) AS was
WHERE tenants.tenant_id = was.tenant_id RETURNING ledger_months, before
"""

#: What was done: the months before, and from now on.
Told = Callable[[int | None, int | None], AuditEntry]


async def kept(database: Database, tenant: UUID) -> Sequence[int | None]:
    """One value, or none where there is no such tenant."""
    return [row[0] for row in await database.fetch(tenant, READ, [tenant])]


async def keep(database: Database, tenant: UUID, months: int | None, told: Told) -> Sequence[int | None]:
    """The same, from now on; told where it differs."""

    def entry(row: asyncpg.Record) -> AuditEntry | None:
        return None if row["before"] == months else told(row["before"], months)

    return [row[0] for row in await audited(database, tenant, entry, SET, months)]
