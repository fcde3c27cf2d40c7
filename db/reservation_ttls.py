"""For how long a tenant's reservations hold, in seconds by channel; "" stands for all channels that are not named."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import orjson

from db.audit_log import audited
from db.pool import Database
from services.audit import AuditEntry

#: What holds now.
READ = "SELECT reservation_ttls::text FROM tenants WHERE tenant_id = $1"

#: The seconds of one channel, the others as they are; what holds then.
SET = """
UPDATE tenants SET reservation_ttls = reservation_ttls || jsonb_build_object($2::text, $3::int)
WHERE tenant_id = $1 RETURNING reservation_ttls::text
"""

#: A channel is named no more, so that it has those of all others; what holds then.
CLEAR = """
UPDATE tenants SET reservation_ttls = reservation_ttls - $2::text
WHERE tenant_id = $1 RETURNING reservation_ttls::text
"""


async def ttls_of(database: Database, tenant: UUID) -> Mapping[str, int] | None:
    """None where there is no such tenant."""
    rows = await database.fetch(tenant, READ, [tenant])
    return orjson.loads(rows[0][0]) if rows else None


async def set_ttl(
    database: Database, tenant: UUID, channel: str, seconds: int, told: AuditEntry
) -> Mapping[str, int] | None:
    """What holds from now on, for reservations made from now on; None where there is no such tenant."""
    rows = await audited(database, tenant, told, SET, channel, seconds)
    return orjson.loads(rows[0][0]) if rows else None


async def clear_ttl(database: Database, tenant: UUID, channel: str, told: AuditEntry) -> Mapping[str, int] | None:
    """What holds from now on without those of this channel, whether it had any; None where there is no such tenant."""
    rows = await audited(database, tenant, told, CLEAR, channel)
    return orjson.loads(rows[0][0]) if rows else None
