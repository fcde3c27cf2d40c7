"""For how many months a tenant keeps the entries of its ledger; none: for ever."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from db.audit_log import audited
from db.pool import Database
from services.audit import AuditEntry

READ = "SELECT ledger_months FROM tenants WHERE tenant_id = $1"
SET = "UPDATE tenants SET ledger_months = $2 WHERE tenant_id = $1 RETURNING ledger_months"


async def kept(database: Database, tenant: UUID) -> Sequence[int | None]:
    """One value, or none where there is no such tenant."""
    return [row[0] for row in await database.fetch(tenant, READ, [tenant])]


async def keep(database: Database, tenant: UUID, months: int | None, told: AuditEntry) -> Sequence[int | None]:
    """The same, from now on."""
    return [row[0] for row in await audited(database, tenant, told, SET, months)]
