"""What our side holds before each run: one tenant and its articles, with a level of each at each place."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

import asyncpg

from db.bulk import analyze, load
from db.invariants import violations
from db.pool import Database
from domain.identity import tenant_id
from domain.items import Item
from domain.ledger import Cause, Quantities, Stamp
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


def articles(
    skus: int = SKUS, numbered: Callable[[int], str] = sku, *, category: str | None = None, vendor: str | None = None
) -> Iterator[Item]:
    for number in range(1, skus + 1):
        yield Item(new_id(), numbered(number), f"Article {number}", category=category, vendor=vendor, version=1)


async def stock(
    addresses: Addresses,
    items: Callable[[], Iterable[Item]],
    places: Mapping[str, str],
    units: int = 0,
    *,
    entered: bool = True,
) -> None:
    """A migrated database gets a level of each item at each place, by code and name, with so many units. `entered`: an
    entry of the ledger tells how they came. What was loaded is not analysed yet."""
    database = await Database.connect(addresses.application_url, size=1)
    try:
        await load(
            database,
            TENANT,
            locations=[Location(new_id(), code, name, version=1) for code, name in places.items()],
            reason_codes=DEFAULT_REASON_CODES,
            items=items(),
            levels=_levels(items(), places, units, entered=entered),
        )
    finally:
        await database.close()


def _levels(items: Iterable[Item], places: Iterable[str], units: int, *, entered: bool) -> Iterator[StockLevel]:
    now = datetime.now(UTC)
    for item in items:
        for place in places:
            if entered and units:
                level = StockLevel(new_id(), item.sku, place, now)
                level.receive(units, Cause("benchmark"), Stamp(now, now))
            else:
                level = StockLevel(new_id(), item.sku, place, now, Quantities(units), version=1, updated_at=now)
            yield level


async def fill(addresses: Addresses) -> None:
    """SKUS articles at one place, analysed."""
    await stock(addresses, articles, {TENANT.default_location: "Main warehouse"}, UNITS)
    await analyze(addresses.owner_url)


async def faults(addresses: Addresses, made: int) -> list[str]:
    """What is wrong with the books after a run that was told of `made` reservations; empty when they are right."""
    connection = await asyncpg.connect(addresses.superuser_url)
    try:
        found = await violations(connection)
        kept = await connection.fetchval("SELECT count(*) FROM reservations WHERE tenant_id = $1", TENANT.id)
    finally:
        await connection.close()
    return found if kept == made else [*found, f"{made} reservations were told, {kept} are kept"]
