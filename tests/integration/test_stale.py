"""The worker that opens alerts of what does not move: on PostgreSQL, each once, by an index, however many look."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import asyncpg
import orjson
import pytest

from db import bulk
from db.due_levels import DUE, DueLevels
from db.worker_session import WorkerSession
from domain.items import Item
from domain.ledger import Stamp
from domain.movements import Adjust, Receive
from domain.status import StockPolicy
from domain.stock import StockLevel
from server.embedded.database import Addresses
from server.settings import Settings
from server.work import work
from services.alerts import WATCH
from services.policies import SetStockPolicy, set_stock_policy
from services.ports import Unavailable, Unit, UnitOfWork
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop
from tests.integration.still_stock import (
    A_MONTH,
    AGE,
    DAYS,
    allow,
    archive,
    due,
    next_look,
    standing,
    stock,
    told,
    workers,
)
from workers import metrics, set_aside

T = TypeVar("T")
THEIRS = replace(CALLER, tenant=GLOBEX.id, tenant_slug=GLOBEX.slug)
#: What is looked at again, though it moved since.
FORGOTTEN = "UPDATE stock_levels SET stale_due = clock_timestamp() - interval '1 second' WHERE sku = $1"


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


# ------------------------------------------------------------------ what it opens
async def test_what_has_not_moved_for_as_long_as_its_policy_allows_is_told_and_what_has_time_is_not(shop: Shop) -> None:
    await stock(shop, 0)
    await stock(shop, 1, aged=timedelta(days=DAYS - 1))
    await stock(shop, 2, policy=None)
    versions = await shop.outside.fetch("SELECT sku, version, updated_at FROM stock_levels ORDER BY sku")
    nudges, opened = len(shop.nudges), metrics.STALE._value.get()  # pyright: ignore[reportPrivateUsage]

    async with workers(shop) as [worker]:
        assert not await worker.turn()
        assert not await worker.turn()

    assert await standing(shop) == [SKUS[0]]
    assert metrics.STALE._value.get() == opened + 1  # pyright: ignore[reportPrivateUsage]
    assert len(shop.nudges) == nudges + 1
    event = orjson.loads((await shop.bodies())[-1])
    assert (event["type"], event["key"], event["cause"]["actor"]) == ("StaleStockAlert", SKUS[0], WATCH.actor)
    assert (event["data"]["remainingQuantity"], event["data"]["status"], event["data"]["version"]) == (10, "OPEN", 1)
    assert await told(shop) == 1
    again = await shop.outside.fetch("SELECT sku, version, updated_at FROM stock_levels ORDER BY sku")
    assert again == versions, "nothing moved"


async def test_what_moves_again_ends_its_alert_and_is_stale_again_only_after_as_long(shop: Shop) -> None:
    await stock(shop, 0)
    async with workers(shop) as [worker]:
        await worker.turn()
        await shop.move("sold", Adjust(sku=SKUS[0], change=-1, reason_code="lost"))
        assert (await standing(shop), await told(shop, "AlertResolved")) == ([], 1)
        assert await next_look(shop, SKUS[0]) == timedelta(days=DAYS)
        await worker.turn()
        assert await told(shop) == 1
        await shop.outside.execute(AGE, A_MONTH, SKUS[0])
        await worker.turn()
    assert (await standing(shop), await told(shop)) == ([SKUS[0]], 2)


async def test_each_tenant_is_told_of_its_own(shop: Shop) -> None:
    await stock(shop, 0)
    theirs = SetStockPolicy("allow", SKUS[1], "MAIN", {"stale_after_days": DAYS})
    assert (await set_stock_policy(theirs, THEIRS, shop.units, ids)).refusals == ()
    await shop.outside.execute(AGE, A_MONTH, SKUS[1])
    async with workers(shop) as [worker]:
        await worker.turn()
    rows = await shop.outside.fetch("SELECT tenant_id, sku FROM alerts")
    assert {(row["tenant_id"], row["sku"]) for row in rows} == {(CALLER.tenant, SKUS[0]), (GLOBEX.id, SKUS[1])}


# ------------------------------------------------------------------ how often it looks
async def test_more_than_one_turn_takes_is_looked_at_by_the_next(shop: Shop) -> None:
    await stock(shop, *range(5))
    async with workers(shop, at_once=2) as [worker]:
        assert [await worker.turn() for _ in range(4)] == [True, True, False, False]
    assert (await standing(shop), await told(shop)) == (SKUS[:5], 5)


async def test_a_level_that_moved_meanwhile_is_looked_at_once_and_then_when_it_may_be_stale(shop: Shop) -> None:
    await stock(shop, 0, aged=timedelta(days=2))
    await shop.outside.execute(FORGOTTEN, SKUS[0])
    assert await due(shop) == [SKUS[0]]
    async with workers(shop) as [worker]:
        await worker.turn()
    assert (await standing(shop), await told(shop), await due(shop)) == ([], 0, [])
    assert await next_look(shop, SKUS[0]) == timedelta(days=DAYS)


async def test_a_movement_leaves_the_moment_of_the_next_look_where_it_is(shop: Shop) -> None:
    await stock(shop, 0, aged=timedelta(days=2))
    before = await shop.outside.fetchval("SELECT stale_due FROM stock_levels WHERE sku = $1", SKUS[0])
    await shop.move("more", Receive(sku=SKUS[0], location="MAIN", quantity=1))
    assert await shop.outside.fetchval("SELECT stale_due FROM stock_levels WHERE sku = $1", SKUS[0]) == before


async def test_a_level_of_an_archived_item_is_looked_at_once_and_again_when_it_is_restored(shop: Shop) -> None:
    await stock(shop, 0, aged=timedelta(days=2))
    await archive(shop, SKUS[0], True)
    await shop.outside.execute(AGE, A_MONTH, SKUS[0])
    assert await due(shop) == [SKUS[0]]
    async with workers(shop) as [worker]:
        await worker.turn()
        assert (await standing(shop), await due(shop)) == ([], [])
        assert await next_look(shop, SKUS[0]) is None
        await archive(shop, SKUS[0], False)
        assert (await standing(shop), await due(shop)) == ([SKUS[0]], []), "it was stale all the while"
        await worker.turn()
    assert await told(shop) == 1


async def test_a_policy_that_allows_fewer_days_opens_the_alert_itself_and_one_that_allows_more_ends_it(
    shop: Shop,
) -> None:
    await stock(shop, 0, aged=timedelta(days=7))
    await allow(shop, SKUS[0], 5, "fewer")
    assert (await standing(shop), await due(shop)) == ([SKUS[0]], [])
    await allow(shop, SKUS[0], 8, "more")
    assert (await standing(shop), await due(shop)) == ([], [])
    await shop.outside.execute(AGE, timedelta(days=1), SKUS[0])
    assert await due(shop) == [SKUS[0]]
    await allow(shop, SKUS[0], None, "for ever")
    assert (await standing(shop), await due(shop)) == ([], [])


# ------------------------------------------------------------------ who looks
async def test_of_two_workers_one_looks_and_the_other_takes_over_when_it_goes(shop: Shop) -> None:
    async with workers(shop, 2) as [first, second]:
        await stock(shop, 0)
        await asyncio.gather(first.turn(), second.turn())
        assert await told(shop) == 1
        await stock(shop, *range(1, 4))
        assert sum([await first.turn(), await second.turn()]) == 0
        assert await told(shop) == 4
    await stock(shop, 4)
    async with workers(shop) as [third]:
        await third.turn()
    assert await told(shop) == 5


async def test_a_worker_process_looks_among_all_that_it_does(shop: Shop) -> None:
    await stock(shop, 0)
    working = asyncio.create_task(work(Settings(), shop.database, shop.units, shop.commits))
    try:
        async with asyncio.timeout(60):
            while not await standing(shop):  # noqa: ASYNC110 - nobody tells; it is looked for
                await asyncio.sleep(0.02)
    finally:
        working.cancel()
        await asyncio.wait({working})
    assert (await standing(shop), await told(shop)) == ([SKUS[0]], 1)


class Everybody(DueLevels):
    """Thinks itself alone, as one does whose connection was lost and who does not know it yet."""

    async def alone(self) -> bool:
        return True


async def test_two_who_both_think_themselves_alone_open_each_alert_once(shop: Shop) -> None:
    await stock(shop, *range(20))
    async with workers(shop, 3, kind=Everybody) as made:
        await asyncio.gather(*(each.turn() for each in made))
    assert (await standing(shop), await told(shop)) == (SKUS[:20], 20)


# ------------------------------------------------------------------ what goes wrong
async def test_a_level_that_cannot_be_settled_is_set_aside_for_a_while_and_holds_up_no_other(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    now, bad = [0.0], SKUS[1]
    await stock(shop, *range(5))
    await shop.outside.execute(AGE, timedelta(hours=1), bad)
    await shop.outside.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$; CREATE TRIGGER fail "
        f"BEFORE INSERT ON alerts FOR EACH ROW WHEN (NEW.sku = '{bad}') EXECUTE FUNCTION fail()"
    )
    async with workers(shop, clock=lambda: now[0], at_once=4) as [worker]:
        assert [await worker.turn() for _ in range(3)] == [True, False, False]
        assert await standing(shop) == [sku for sku in SKUS[:5] if sku != bad]
        assert [record.message for record in caplog.records] == [
            f"{bad} at MAIN cannot be settled; it is tried again in 30 s"
        ]
        await shop.outside.execute("DROP TRIGGER fail ON alerts")
        await worker.turn()
        assert bad not in await standing(shop), "its time has not come"
        now[0] += set_aside.FOR_S + 1
        await worker.turn()
    assert (await standing(shop), await told(shop)) == (SKUS[:5], 5)


class Away:
    """A database that can be read and not written, until it can."""

    def __init__(self, units: UnitOfWork) -> None:
        self._units = units
        self.away = True

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        if self.away:
            raise Unavailable("no")
        return await self._units.run(tenant, work)


async def test_a_database_that_is_away_sets_nothing_aside(shop: Shop) -> None:
    await stock(shop, 0, 1)
    units = Away(shop.units)
    async with workers(shop, units=units) as [worker]:
        with pytest.raises(Unavailable):
            await worker.turn()
        units.away = False
        await worker.turn()
    assert await standing(shop) == SKUS[:2]


# ------------------------------------------------------------------ what it costs
async def many(shop: Shop, number: int) -> None:
    """Levels that become stale an hour after each other, the third of them now."""
    items = [Item(ids(), f"more-{n:04}", "More", version=1) for n in range(number)]
    now = datetime.now(UTC)
    levels: list[StockLevel] = []
    for hours, item in enumerate(items, -2):
        made_at = now - timedelta(days=DAYS) + timedelta(hours=hours)
        levels.append(StockLevel(ids(), item.sku, "MAIN", made_at))
        levels[-1].set_policy(StockPolicy(stale_after_days=DAYS), Stamp(made_at, made_at))
    await bulk.load(shop.database, ACME, items=items, levels=levels)


async def test_of_thousands_of_levels_it_reads_those_that_are_due_and_sorts_none(shop: Shop) -> None:
    await stock(shop, 0, aged=timedelta(days=1))
    await many(shop, 3_000)
    await shop.outside.execute("ANALYZE stock_levels")
    session = WorkerSession(shop.database)
    plan = json.loads((await session.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {DUE}", [ids()], 200))[0][0])[0]["Plan"]
    await session.close()
    (scan,) = plan["Plans"]
    assert (plan["Node Type"], scan["Node Type"]) == ("Limit", "Index Scan")
    assert scan["Index Name"] == "stock_levels_turning_stale"
    assert "stale_due" in scan["Index Cond"]
    assert (scan["Actual Rows"], scan["Rows Removed by Filter"]) == (3, 0)


async def test_the_worker_may_read_of_levels_what_it_needs_and_no_quantity(shop: Shop) -> None:
    session = WorkerSession(shop.database)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await session.fetch("SELECT on_hand FROM stock_levels")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await session.fetch("UPDATE stock_levels SET stale_due = NULL")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await session.fetch("SELECT id FROM alerts")
    await session.close()
