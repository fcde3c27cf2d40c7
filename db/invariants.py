"""Invariants: what must hold of every tenant's books, checked by SQL over the whole of them.

I1: each level is the sum of its ledger entries, and its last entry tells its balances and a version no higher than its
own. I2: no quantity and no available-to-promise is below zero. The outbox: its rows lie in the shard of their key, and
the versions of one thing rise in the order in which they will be sent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from db.outbox_events import shard_of

#: Sentences told of one rule for one tenant.
TOLD_MAX = 20

_SUMS = """
SELECT format('%s at %s: the level is (%s, %s, %s, %s), its entries add up to (%s, %s, %s, %s)', sku, location,
    level.on_hand, level.allocated, level.unavailable, level.incoming,
    entries.on_hand, entries.allocated, entries.unavailable, entries.incoming)
FROM (
    SELECT sku, location, on_hand, allocated, unavailable, incoming FROM stock_levels WHERE tenant_id = $1
) AS level
FULL JOIN (
    SELECT sku, location, sum(on_hand_change) AS on_hand, sum(allocated_change) AS allocated,
        sum(unavailable_change) AS unavailable, sum(incoming_change) AS incoming
    FROM ledger WHERE tenant_id = $1 GROUP BY sku, location
) AS entries USING (sku, location)
WHERE (level.on_hand, level.allocated, level.unavailable, level.incoming) IS DISTINCT FROM
    (coalesce(entries.on_hand, 0), coalesce(entries.allocated, 0), coalesce(entries.unavailable, 0),
        coalesce(entries.incoming, 0))
ORDER BY sku, location LIMIT $2
"""

_LAST = """
SELECT format(
    '%s at %s: the level is (%s, %s, %s, %s) at version %s, its last entry says (%s, %s, %s, %s) at version %s',
    sku, location, level.on_hand, level.allocated, level.unavailable, level.incoming, level.version,
    last.on_hand_after, last.allocated_after, last.unavailable_after, last.incoming_after, last.level_version)
FROM stock_levels AS level JOIN (
    SELECT DISTINCT ON (sku, location) * FROM ledger WHERE tenant_id = $1 ORDER BY sku, location, level_version DESC
) AS last USING (sku, location)
WHERE level.tenant_id = $1 AND (
    (level.on_hand, level.allocated, level.unavailable, level.incoming) IS DISTINCT FROM
        (last.on_hand_after, last.allocated_after, last.unavailable_after, last.incoming_after)
    OR last.level_version > level.version)
ORDER BY sku, location LIMIT $2
"""

_STEPS = """
SELECT format('%s at %s: entry %s of version %s does not follow from the one before it',
    sku, location, id, level_version)
FROM (
    SELECT *, lag(level_version) OVER place AS version_before, lag(recorded_at) OVER place AS recorded_before,
        coalesce(lag(on_hand_after) OVER place, 0) AS on_hand,
        coalesce(lag(allocated_after) OVER place, 0) AS allocated,
        coalesce(lag(unavailable_after) OVER place, 0) AS unavailable,
        coalesce(lag(incoming_after) OVER place, 0) AS incoming
    FROM ledger WHERE tenant_id = $1 WINDOW place AS (PARTITION BY sku, location ORDER BY level_version, id)
) AS entry
WHERE level_version = version_before OR recorded_at < recorded_before OR
    (on_hand + on_hand_change, allocated + allocated_change, unavailable + unavailable_change,
        incoming + incoming_change)
    IS DISTINCT FROM (on_hand_after, allocated_after, unavailable_after, incoming_after)
ORDER BY sku, location, level_version LIMIT $2
"""

_NEGATIVE = """
SELECT format('%s at %s: (%s, %s, %s, %s) holds less than nothing', sku, location,
    on_hand, allocated, unavailable, incoming)
FROM (
    SELECT sku, location, on_hand, allocated, unavailable, incoming FROM stock_levels WHERE tenant_id = $1
    UNION ALL
    SELECT sku, location, on_hand_after, allocated_after, unavailable_after, incoming_after
    FROM ledger WHERE tenant_id = $1
) AS balance
WHERE least(on_hand, allocated, unavailable, incoming, on_hand - allocated - unavailable) < 0
ORDER BY sku, location LIMIT $2
"""

_ORDER = """
SELECT format('outbox row %s tells version %s of %s after version %s', id, version, aggregate_id, version_before)
FROM (
    SELECT *, lag(version) OVER (PARTITION BY aggregate_id ORDER BY id) AS version_before
    FROM outbox WHERE tenant_id = $1
) AS row
WHERE version <= version_before ORDER BY id LIMIT $2
"""

_KEYS = "SELECT DISTINCT key, shard FROM outbox WHERE tenant_id = $1"


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    sql: str
    table: str


_RULES = (
    _Rule("I1", _SUMS, "ledger"),
    _Rule("I1", _LAST, "ledger"),
    _Rule("I1", _STEPS, "ledger"),
    _Rule("I2", _NEGATIVE, "ledger"),
    _Rule("outbox", _ORDER, "outbox"),
)


async def violations(connection: asyncpg.Connection, tenants: Collection[UUID] | None = None) -> list[str]:
    """A sentence for each fault found, at most TOLD_MAX a rule and tenant; empty when the books are right.

    A superuser's connection checks every tenant. Another sees only the tenant its session is set for, unless `tenants`
    are named: the session is then set for one after the other. What the role may not read is not checked.
    """
    set_before = await connection.fetchval("SELECT current_setting('app.tenant', true)")
    found: list[str] = []
    try:
        for tenant in await _seen(connection, set_before) if tenants is None else tenants:
            await connection.execute("SELECT set_config('app.tenant', $1, false)", str(tenant))
            found += await _of_tenant(connection, tenant)
    finally:
        await connection.execute("SELECT set_config('app.tenant', $1, false)", set_before or "")
    return found


async def _seen(connection: asyncpg.Connection, tenant: str | None) -> list[UUID]:
    """The tenants that this session sees. Raises ValueError where it sees none because it is set for none."""
    sees_all = await connection.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    if not (sees_all or tenant):
        raise ValueError("this role sees one tenant at a time: name the tenants, or connect as a superuser")
    return [row[0] for row in await connection.fetch("SELECT tenant_id FROM tenants ORDER BY slug")]


async def _of_tenant(connection: asyncpg.Connection, tenant: UUID) -> list[str]:
    found: list[str] = []
    readable = {
        row[0]
        for row in await connection.fetch(
            "SELECT relname FROM pg_class WHERE relname = ANY ($1) AND has_table_privilege(oid, 'SELECT')",
            ["ledger", "outbox"],
        )
    }
    for rule in _RULES:
        if rule.table in readable:
            found += [f"{rule.name}: {row[0]}" for row in await connection.fetch(rule.sql, tenant, TOLD_MAX)]
    if "outbox" in readable:
        for key, shard in await connection.fetch(_KEYS, tenant):
            if shard != shard_of(tenant, key):
                found.append(f"outbox: the key {key} lies in shard {shard} instead of {shard_of(tenant, key)}")
    return found
