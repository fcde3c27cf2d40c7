"""For how long a tenant's reservations hold, in seconds by channel; "" stands for all channels that are not named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

import asyncpg
import orjson

from db.audit_log import audited
from db.pool import Database
from services.audit import AuditEntry

#: What holds now.
READ = "SELECT reservation_ttls::text FROM tenants WHERE tenant_id = $1"

#: What becomes of the seconds of one channel, the others as they are; what holds then, and what the channel's were.
_SET = """
UPDATE tenants SET reservation_ttls = {becomes}
FROM (SELECT tenant_id, reservation_ttls AS ttls FROM tenants WHERE tenant_id = $1 FOR UPDATE) AS was
WHERE tenants.tenant_id = was.tenant_id RETURNING reservation_ttls::text, (was.ttls ->> $2::text)::int AS before
"""
SET = _SET.format(becomes="was.ttls || jsonb_build_object($2::text, $3::int)")
#: A channel is named no more, so that it has those of all others.
CLEAR = _SET.format(becomes="was.ttls - $2::text")

#: What was done: the channel's seconds before, and from now on; None where it is not named.
Told = Callable[[int | None, int | None], AuditEntry]


async def ttls_of(database: Database, tenant: UUID) -> Mapping[str, int] | None:
    """None where there is no such tenant."""
    rows = await database.fetch(tenant, READ, [tenant])
    return orjson.loads(rows[0][0]) if rows else None


async def set_ttl(database: Database, tenant: UUID, channel: str, seconds: int, told: Told) -> Mapping[str, int] | None:
    """What holds from now on, for reservations made from now on; None where there is no such tenant."""
    rows = await audited(database, tenant, _entry(told, seconds), SET, channel, seconds)
    return orjson.loads(rows[0][0]) if rows else None


async def clear_ttl(database: Database, tenant: UUID, channel: str, told: Told) -> Mapping[str, int] | None:
    """What holds from now on without those of this channel, whether it had any; None where there is no such tenant."""
    rows = await audited(database, tenant, _entry(told, None), CLEAR, channel)
    return orjson.loads(rows[0][0]) if rows else None


def _entry(told: Told, seconds: int | None) -> Callable[[asyncpg.Record], AuditEntry | None]:
    """None where nothing changes."""
    return lambda row: None if row["before"] == seconds else told(row["before"], seconds)
