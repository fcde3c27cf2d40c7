"""What our side holds before each run: one tenant, one location, SKUS items with a well-stocked level each."""

from datetime import UTC, datetime

import asyncpg

from db.bulk import analyze, load
from db.invariants import violations
from db.pool import Database
from domain.identity import tenant_id
from domain.items import Item
from domain.ledger import Cause, Stamp
from domain.locations import Location
from domain.reasons import DEFAULT_REASON_CODES
from domain.stock import StockLevel
from domain.tenants import Tenant
from server.embedded.database import Addresses
from server.ids import new_id

SLUG = "acme"
TENANT = Tenant(tenant_id(SLUG), SLUG, "Acme", "Europe/Berlin", "EUR", "MAIN")
SKUS = 10_000
#: So much that no run reserves the last unit.
UNITS = 10_000_000


def sku(number: int) -> str:
    """From 1 to SKUS; as long as every other, so that requests are."""
    return f"SKU-{number:05}"


async def fill(addresses: Addresses) -> None:
    """Load a migrated database, and analyse it."""
    now = datetime.now(UTC)
    items = [Item(new_id(), sku(number), f"Article {number}", version=1) for number in range(1, SKUS + 1)]
    database = await Database.connect(addresses.application_url, size=1)
    try:
        await load(
            database,
            TENANT,
            locations=[Location(new_id(), "MAIN", "Main warehouse", version=1)],
            reason_codes=DEFAULT_REASON_CODES,
            items=items,
            levels=[_level(item, now) for item in items],
        )
    finally:
        await database.close()
    await analyze(addresses.owner_url)


def _level(item: Item, now: datetime) -> StockLevel:
    level = StockLevel(new_id(), item.sku, TENANT.default_location, now)
    level.receive(UNITS, Cause("benchmark"), Stamp(now, now))
    return level


async def faults(addresses: Addresses, made: int) -> list[str]:
    """What is wrong with the books after a run that was told of `made` reservations; empty when they are right."""
    connection = await asyncpg.connect(addresses.superuser_url)
    try:
        found = await violations(connection)
        kept = await connection.fetchval("SELECT count(*) FROM reservations WHERE tenant_id = $1", TENANT.id)
    finally:
        await connection.close()
    return found if kept == made else [*found, f"{made} reservations were told, {kept} are kept"]
