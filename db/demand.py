"""Demand: what orders asked for, fed with the transaction that decides them, and added up by day afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import asyncpg

from db.rollup_books import RollupBooks
from db.transaction import Transaction
from db.writes import Kind, columns_of
from domain.demand import Demand, summed

FEED_ROWS_AT_ONCE = 500

#: One row for all that the orders of a transaction ask for; it comes with the commit.
FEED = Kind(
    "demand_fed",
    "INSERT INTO demand_feed (tenant_id, skus, locations, asked, served, moments) "
    "VALUES ($1, {0}::text[], {1}::text[], {2}::bigint[], {3}::bigint[], {4}::timestamptz[])",
    5,
)
_TAKE = """
DELETE FROM demand_feed USING (
    SELECT id FROM demand_feed WHERE tenant_id = $1 ORDER BY id LIMIT $2
) AS first
WHERE demand_feed.tenant_id = $1 AND demand_feed.id = first.id
RETURNING skus, locations, asked, served, moments
"""
_ADD = """
INSERT INTO demand_daily AS daily (tenant_id, sku, location, day, asked, served)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::date[], $5::bigint[], $6::bigint[])
ON CONFLICT (tenant_id, sku, location, day)
DO UPDATE SET asked = daily.asked + excluded.asked, served = daily.served + excluded.served
"""


class PostgresDemand:
    """Implements `services.ports.DemandFeed`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def feed(self, asked: Iterable[Demand]) -> None:
        rows = [(each.sku, each.location or "", each.asked, each.served, each.at) for each in summed(asked)]
        if rows:
            await self._transaction.write(FEED, columns_of(rows, 5))


async def take_demand(connection: asyncpg.Connection, books: RollupBooks) -> int:
    """Add up some of what was fed, the first fed first; how many rows. By who holds the books."""
    rows = await connection.fetch(_TAKE, books.tenant, FEED_ROWS_AT_ONCE)
    asked: Counter[tuple[str, str, date]] = Counter()
    served: Counter[tuple[str, str, date]] = Counter()
    for row in rows:
        for sku, location, units, there, at in zip(*row, strict=True):
            key = sku, location, books.days.of(at)
            asked[key] += units
            served[key] += there
    if asked:
        values = [(*key, units, served[key]) for key, units in asked.items()]
        await connection.execute(_ADD, books.tenant, *columns_of(values, 5))
    return len(rows)
