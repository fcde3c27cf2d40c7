"""Books: what the database holds of a tenant, read past row-level security."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from domain.identity import tenant_id
from server.embedded.database import Addresses, run
from tests.faults.tenancy.belongings import ids_in

#: Every table of which the catalogue says that it has rows of tenants; parts of one are read with it.
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum > 0
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: Of names that tests give, and of nothing else: a number or a time tells nobody's.
_NAME = re.compile(r"[A-Za-z][\w@]*-\d+")

Picture = Mapping[str, frozenset[str]]


def picture(addresses: Addresses, slug: str) -> Picture:
    """Every row of a tenant, by its table."""
    return run(_picture(addresses.superuser_url, tenant_id(slug)))


async def _picture(url: str, tenant: UUID) -> Picture:
    connection = await asyncpg.connect(url)
    try:
        found: dict[str, frozenset[str]] = {}
        for (table,) in await connection.fetch(TABLES):
            rows = await connection.fetch(f"SELECT {table}::text FROM {table} WHERE tenant_id = $1", tenant)
            found[table] = frozenset(row[0] for row in rows)
        return found
    finally:
        await connection.close()


def marks(theirs: Picture, mine: Picture, kinds: Mapping[str, str]) -> frozenset[str]:
    """The names and ids that are in one tenant's rows alone, however the API would tell them."""
    return frozenset(_marks(theirs, kinds) - _marks(mine, kinds))


def _marks(of: Picture, kinds: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for row in (row for rows in of.values() for row in rows):
        found |= set(_NAME.findall(row))
        found = found.union(*(ids_in(kinds, UUID(each)) for each in _UUID.findall(row)))
    return found


def settled(addresses: Addresses) -> bool:
    """Whether all that was done has been told."""
    return not run(_fetch(addresses.superuser_url, "SELECT 1 FROM outbox LIMIT 1"))


def hold(addresses: Addresses, slug: str, channel: str, seconds: int) -> None:
    """Let the reservations of a tenant's channel hold for so long."""
    sql = "UPDATE tenants SET reservation_ttls = jsonb_build_object($2::text, $3::int) WHERE tenant_id = $1"
    run(_fetch(addresses.superuser_url, sql, tenant_id(slug), channel, seconds))


async def _fetch(url: str, sql: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(sql, *values)
    finally:
        await connection.close()
