"""What alerts cost: of an order over a thousand levels a statement more, whatever it makes of their alerts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest

from db import bulk
from domain.items import Item
from domain.ledger import Stamp
from domain.status import StockPolicy
from domain.stock import StockLevel
from domain.strategies import Want
from server.embedded.database import Addresses
from services.decisions import Decision
from services.reservations import ReserveStock, reserve_stock
from services.settlement import ReleaseReservation, settle_reservation
from tests.conformance.units_worlds import ACME, CAUSE, ids
from tests.integration.small_shop import CALLER, Shop, open_shop
from tests.integration.test_unit_of_work import counted

LEVELS = 1_000


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    """A thousand levels of ten units, of which five are low."""
    async with open_shop(database) as shop:
        items = [Item(ids(), f"line-{n:03}", "Line", version=1) for n in range(LEVELS)]
        await bulk.load(shop.database, ACME, items=items, levels=[stocked(item.sku) for item in items])
        yield shop


def stocked(sku: str) -> StockLevel:
    stamp = Stamp(datetime.now(UTC), datetime.now(UTC))
    level = StockLevel(ids(), sku, "MAIN", stamp.recorded_at)
    level.receive(10, CAUSE, stamp)
    level.set_policy(StockPolicy(low_stock_threshold=5), stamp)
    return level


async def statements(monkeypatch: pytest.MonkeyPatch, step: Callable[[], Awaitable[Decision]]) -> int:
    with counted(monkeypatch) as sent:
        assert (await step()).refusals == ()
    return len(sent)


async def told(shop: Shop) -> dict[tuple[str, str], int]:
    rows = await shop.outside.fetch("SELECT kind, status, count(*) FROM alerts GROUP BY kind, status")
    return {(row["kind"], row["status"]): row["count"] for row in rows}


async def test_an_order_over_a_thousand_levels_takes_a_statement_more_for_their_alerts(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reservations: list[Decision] = []

    def reserve(units: int) -> Callable[[], Awaitable[Decision]]:
        async def step() -> Decision:
            order = f"order {len(reservations)}"
            lines = tuple(Want(f"line-{n:03}", "MAIN", units) for n in range(LEVELS))
            reservations.append(await reserve_stock(order, ReserveStock(order, lines), CALLER, shop.commits))
            return reservations[-1]

        return step

    def release(number: int) -> Callable[[], Awaitable[Decision]]:
        id_ = reservations[number].reservation
        assert id_ is not None
        return lambda: settle_reservation(f"release {number}", ReleaseReservation(id_), CALLER, shop.commits)

    plain = await statements(monkeypatch, reserve(1))
    assert await told(shop) == {}
    assert await statements(monkeypatch, reserve(4)) == plain, "opened"
    assert await told(shop) == {("LOW_STOCK", "OPEN"): LEVELS}
    assert await statements(monkeypatch, reserve(1)) == plain, "lower still"
    assert await statements(monkeypatch, reserve(4)) == plain + 1, "turned"
    assert await told(shop) == {("OUT_OF_STOCK", "OPEN"): LEVELS}

    plain = await statements(monkeypatch, release(2))
    assert await told(shop) == {("OUT_OF_STOCK", "OPEN"): LEVELS}, "hardly more"
    assert await statements(monkeypatch, release(1)) == plain + 1, "turned back"
    assert await told(shop) == {("LOW_STOCK", "OPEN"): LEVELS}
    assert await statements(monkeypatch, release(3)) == plain + 1, "ended"
    assert await told(shop) == {("LOW_STOCK", "RESOLVED"): LEVELS}
