"""Stock that nobody moves, on PostgreSQL, and the workers that look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from db.due_levels import DueLevels
from db.worker_session import WorkerSession
from domain.movements import Receive
from services.items import UpsertItem, upsert_item
from services.policies import SetStockPolicy, set_stock_policy
from services.ports import UnitOfWork
from tests.conformance.units_worlds import ids
from tests.integration.small_shop import CALLER, SKUS, Shop
from workers.stale import Stale

DAYS = 30
A_MONTH = timedelta(days=DAYS, hours=1)
#: As if what there is had happened so much earlier.
AGE = """
UPDATE stock_levels SET created_at = created_at - $1::interval, updated_at = updated_at - $1,
    last_movement_at = last_movement_at - $1, stale_due = stale_due - $1
WHERE sku = $2
"""


@asynccontextmanager
async def workers(
    shop: Shop, number: int = 1, units: UnitOfWork | None = None, kind: type[DueLevels] = DueLevels, **how: Any
) -> AsyncIterator[list[Stale]]:
    """As many as processes would have: each over a session of its own."""
    async with AsyncExitStack() as stack:
        made: list[Stale] = []
        for _ in range(number):
            session = WorkerSession(shop.database)
            stack.push_async_callback(session.close)
            made.append(Stale(kind(session), units or shop.units, ids, **how))
        yield made


async def stock(shop: Shop, *numbers: int, aged: timedelta = A_MONTH, policy: int | None = DAYS) -> None:
    """Ten units of each SKU, which become stale after a month without a movement; and then that time goes by."""
    for number in numbers:
        sku = SKUS[number]
        await shop.move(f"stock {number}", Receive(sku=sku, location="MAIN", quantity=10))
        await allow(shop, sku, policy)
        await shop.outside.execute(AGE, aged, sku)


async def allow(shop: Shop, sku: str, days: int | None, key: str = "allow") -> None:
    set_ = SetStockPolicy(f"{key} {sku}", sku, "MAIN", {"stale_after_days": days})
    assert (await set_stock_policy(set_, CALLER, shop.units, ids)).refusals == ()


async def archive(shop: Shop, sku: str, archived: bool) -> None:
    item = UpsertItem(f"archive {sku} {archived}", sku, {"archived": archived})
    assert (await upsert_item(item, CALLER, shop.units, ids)).refusals == ()


async def standing(shop: Shop) -> list[str]:
    """SKUs of the alerts that stand, all of them STALE."""
    rows = await shop.outside.fetch("SELECT sku, kind FROM alerts WHERE status <> 'RESOLVED' ORDER BY sku")
    assert {row["kind"] for row in rows} <= {"STALE"}
    return [row["sku"] for row in rows]


async def told(shop: Shop, type: str = "StaleStockAlert") -> int:
    return await shop.outside.fetchval("SELECT count(*) FROM outbox WHERE type = $1", type) or 0


async def due(shop: Shop) -> list[str]:
    """SKUs of the levels that a worker would look at now."""
    session = WorkerSession(shop.database)
    found = await DueLevels(session).due([], 1_000)
    await session.close()
    return sorted(sku for _, _, (sku, _) in found)


async def next_look(shop: Shop, sku: str) -> timedelta | None:
    """How long after its last movement a level is looked at."""
    sql = "SELECT stale_due - last_movement_at FROM stock_levels WHERE sku = $1"
    return await shop.outside.fetchval(sql, sku)
