"""A tenant with nothing but its default location and the reason codes that every tenant starts with."""

import asyncpg

from domain.identity import tenant_id
from domain.reasons import DEFAULT_REASON_CODES
from server.embedded import database
from server.embedded.database import Addresses

DEFAULT_LOCATION = "MAIN"


def found_tenant(addresses: Addresses, slug: str) -> None:
    """Write the tenant past row-level security, as no API makes one yet."""
    database.run(_found(addresses.superuser_url, slug))


async def _found(url: str, slug: str) -> None:
    connection = await asyncpg.connect(url)
    tenant = tenant_id(slug)
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO tenants (tenant_id, slug, name, time_zone, currency, default_location) "
                "VALUES ($1, $2, $3, 'Europe/Berlin', 'EUR', $4)",
                *(tenant, slug, slug.title(), DEFAULT_LOCATION),
            )
            await connection.execute(
                "INSERT INTO locations (tenant_id, id, code, name, kind, priority, active, version, searched) "
                "VALUES ($1, gen_random_uuid(), $2, 'Main warehouse', 'warehouse', 10, true, 1, 'main main warehouse')",
                *(tenant, DEFAULT_LOCATION),
            )
            await connection.executemany(
                "INSERT INTO reason_codes (tenant_id, code, name, direction, requires_note, active) "
                "VALUES ($1, $2, $3, $4, $5, $6)",
                [(tenant, r.code, r.name, r.direction.value, r.requires_note, r.active) for r in DEFAULT_REASON_CODES],
            )
    finally:
        await connection.close()
