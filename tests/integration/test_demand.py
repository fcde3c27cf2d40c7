"""Demand on PostgreSQL: what orders ask for is counted once, by day, however often it is asked and added up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from db.folding import Folding
from db.worker_session import WorkerSession
from domain.allocation import FulfillmentPolicy
from domain.movements import Receive
from domain.strategies import Want
from server.embedded.database import Addresses
from services.reservations import ReserveStock, reserve_stock
from tests.conformance.units_worlds import ACME
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from workers.rollups import Rollups

BLUE, RED = SKUS[:2]
#: In Berlin it is the next day already.
LATE = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
_DAILY = "SELECT sku, location, day, asked, served FROM demand_daily WHERE tenant_id = $1 ORDER BY sku, location"


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


async def order(shop: Shop, key: str, *wants: Want, policy: FulfillmentPolicy = ReserveStock.POLICY) -> None:
    await reserve_stock(key, ReserveStock(key, wants, policy, occurred_at=LATE), CALLER, shop.commits)


async def added_up(shop: Shop) -> list[tuple[str, str, date, int, int]]:
    session = WorkerSession(shop.database)
    await Rollups(Folding(shop.database, session)).turn()
    await session.close()
    assert await shop.outside.fetchval("SELECT count(*) FROM demand_feed") == 0
    return [tuple(row) for row in await shop.outside.fetch(_DAILY, ACME.id)]


async def test_units_of_orders_are_counted_by_local_day_served_or_not_and_once_for_each_order(shop: Shop) -> None:
    await shop.move("goods", Receive(sku=BLUE, location="MAIN", quantity=5))
    tuesday = date(2026, 5, 5)

    for _ in range(2):  # the same order again is no other one
        await order(shop, "all", Want(BLUE, None, 3))
    await order(shop, "none", Want(BLUE, "MAIN", 3), Want(RED, None, 1))
    assert await added_up(shop) == [
        (BLUE, "MAIN", tuesday, 6, 3),
        (RED, "", tuesday, 1, 0),
    ]

    await order(shop, "part", Want(BLUE, None, 4), policy=FulfillmentPolicy.PARTIAL)
    await order(shop, "queue", Want(RED, "SHOP", 7), policy=FulfillmentPolicy.BACKORDER)
    await order(shop, "unknown", Want("no-such-sku", None, 7))
    assert await added_up(shop) == [
        (BLUE, "", tuesday, 2, 0),
        (BLUE, "MAIN", tuesday, 8, 5),
        (RED, "", tuesday, 1, 0),
        (RED, "SHOP", tuesday, 7, 0),
    ]
