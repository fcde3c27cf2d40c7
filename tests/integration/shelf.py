"""Two tenants that hold the very same things: what read models are asked about."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from db import bulk
from db.ledger import FEED, entry_id, recorded_within
from db.pool import Database
from db.read_models import PostgresReads
from domain.access import Scope
from domain.adjustments import Adjustment, AdjustmentStatus
from domain.items import Item
from domain.ledger import Cause, LedgerEntry, Stamp
from domain.levels import LevelState
from domain.locations import Location
from domain.reasons import DEFAULT_REASON_CODES
from domain.status import StockPolicy
from domain.stock import StockLevel
from domain.watching import first_alerts
from server.embedded.database import Addresses
from services.reads import (
    Page,
    PageRequest,
)
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids

T = TypeVar("T")
NOW = datetime.now(UTC).replace(microsecond=123_456)
EVERYTHING = PageRequest(250)
SCOPE = Scope(ACME.id)
NORTH = Scope(ACME.id, "north")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a tenant holds, as it was loaded, and the read models over it."""

    database: Database
    reads: PostgresReads
    outside: asyncpg.Connection
    items: Sequence[Item]
    levels: Sequence[StockLevel]
    adjustment: Adjustment

    @property
    def states(self) -> list[LevelState]:
        items = {item.sku: item for item in self.items}
        places = {location.code: location for location in LOCATIONS}
        return [LevelState.of(level, items[level.sku], places[level.location]) for level in self.levels]

    @property
    def entries(self) -> list[tuple[UUID, StockLevel, LedgerEntry]]:
        return [(entry_id(level.id, entry), level, entry) for level in self.levels for entry in level.entries]

    async def costs(self, statements: int, asking: Callable[[], Any]) -> Any:
        """The answer, which must have cost so many statements."""
        before = self.database.statements_sent
        answer = await asking()
        assert self.database.statements_sent - before == statements
        return answer


def make_items() -> list[Item]:
    chance = random.Random(3)
    kinds: list[tuple[str, Sequence[Any]]] = [
        ("category", (None, "toys", "games")),
        ("vendor", (None, "north", "south")),
        ("condition", ("new", "used", None)),
        ("language", ("en", "de")),
        ("catalog_product_id", ("P-1", "P-2", None)),
        ("barcodes", ((), ("4006381333931",), ("2000000000015", "4006381333931"))),
    ]
    names = ["sku-%d", "SKU_%d", "É%dclair", "100%%-%d", "z\\%d"]
    made = [
        Item(ids(), names[n % 5] % n, f"Name {n} Straße", version=1, **{key: chance.choice(of) for key, of in kinds})
        for n in range(24)
    ]
    return [replace(item, archived_at=NOW) if n % 8 == 0 else item for n, item in enumerate(made)]


def make_levels(items: Sequence[Item]) -> list[StockLevel]:
    chance = random.Random(5)
    return [make_level(item, location, chance) for item in items[2:] for location in LOCATIONS if chance.random() < 0.6]


def make_level(item: Item, location: Location, chance: random.Random) -> StockLevel:
    start = NOW - timedelta(days=chance.randint(20, 90), seconds=chance.randint(0, 9_999))
    level = StockLevel(ids(), item.sku, location.code, start)
    days = chance.choice((None, 30, 60))
    level.set_policy(
        StockPolicy(low_stock_threshold=3, overstock_threshold=12, stale_after_days=days), Stamp(start, start)
    )
    for n in range(chance.randint(0, 6)):
        at = start + timedelta(days=n, microseconds=chance.randint(0, 999_999))
        cause = Cause(f"user-{n % 2}", chance.choice(("received", None)), None, None, chance.choice(("PO-1", None)))
        level.receive(chance.randint(1, 9), cause, Stamp(at, at))
        if n % 2:
            level.allocate(1, cause, Stamp(at, at))
            level.hold(1, cause, Stamp(at, at))
            level.pick(1, cause, Stamp(at, at))
    return level


ITEMS = make_items()
LEVELS = make_levels(ITEMS)
ALERTS = first_alerts(LEVELS, {item.sku: item for item in ITEMS}, ids, NOW)
#: Rejected, so that no entry tells of it.
ADJUSTMENT = Adjustment(
    ids(),
    ITEMS[5].sku,
    "MAIN",
    -1,
    None,
    "lost",
    "gone",
    "manager@acme",
    NOW,
    AdjustmentStatus.REJECTED,
    "approver@acme",
    NOW,
    version=2,
)


async def fill(addresses: Addresses) -> None:
    """Two tenants hold the very same things."""
    pool = await Database.connect(addresses.application_url, size=1)
    for tenant in (ACME, GLOBEX):
        await bulk.load(
            pool,
            tenant,
            locations=LOCATIONS,
            reason_codes=DEFAULT_REASON_CODES,
            items=ITEMS,
            levels=LEVELS,
            adjustments=[ADJUSTMENT],
            alerts=ALERTS,
        )
    await pool.close()


_ENTRY = """
INSERT INTO ledger
SELECT $1, $3, $2, sku, location, level_version + 1000, $3, kind, 0, 0, 0, 0, on_hand_after, allocated_after,
    unavailable_after, incoming_after, unit_cost, currency, actor
FROM ledger WHERE tenant_id = $1 LIMIT 1
"""


async def add_entry(connection: asyncpg.Connection, tenant: UUID) -> UUID:
    """One more entry, recorded now, and fed as those of a statement are."""
    id_ = ids()
    await connection.execute(_ENTRY, tenant, id_, recorded_within(id_))
    await connection.execute(FEED.sql.format("$2"), tenant, [id_])
    return id_


def nodes(page: Page[T]) -> list[T]:
    return [edge.node for edge in page.edges]


async def all_pages(ask: Callable[[PageRequest], Any], size: int, backward: bool) -> list[Any]:
    """Every node, page by page; in the list's order whichever way the pages go."""
    found: list[Any] = []
    cursor = None
    while True:
        page = await ask(PageRequest(size, cursor, backward))
        assert len(page.edges) <= size
        found = nodes(page) + found if backward else found + nodes(page)
        more, come_from = (page.has_previous, page.has_next) if backward else (page.has_next, page.has_previous)
        assert come_from == (cursor is not None)
        if not more:
            return found
        cursor = page.edges[0 if backward else -1].cursor
