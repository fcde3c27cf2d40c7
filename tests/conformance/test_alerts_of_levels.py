"""Whatever changes a level opens, turns and ends its alerts in the same transaction, and tells of it once, behind the
level; fake and adapter alike."""

from __future__ import annotations

import asyncio

import pytest

from domain.alerts import AlertKind, AlertStatus
from domain.allocation import FulfillmentPolicy
from domain.movements import Adjust, Receive
from domain.strategies import Want
from services.reservations import Reserve, ReserveStock
from services.stock import Each, Movements
from tests.conformance.units_worlds import World
from tests.conformance.watched_store import MANAGER, THRESHOLD, Store, open_store
from tests.conformance.ways import FALLS, QUIET, RISES, Way, called_low, lost

LOW, OUT = AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK
OPEN, RESOLVED = AlertStatus.OPEN, AlertStatus.RESOLVED


@pytest.fixture
async def store(world: World) -> Store:
    return await open_store(world)


@pytest.mark.parametrize("fall", FALLS, ids=lambda way: way.__name__)
async def test_what_leaves_little_opens_an_alert_with_it(store: Store, fall: Way) -> None:
    way = aiter(fall(store))
    await anext(way)
    assert await store.world.alerts() == []

    told = await store.told(lambda: anext(way, None))

    assert ({*told[:-1]}, told[-1]) == ({"StockLevelChanged"}, "LowStockAlert")
    alert = await store.only()
    assert (alert.kind, alert.status, alert.place, alert.version) == (LOW, OPEN, ("blue", "MAIN"), 1)
    assert (alert.remaining, alert.threshold) == ((10, 10) if fall is called_low else (4, THRESHOLD))
    assert (await store.world.events())[-1] == ("LowStockAlert", "blue", 1)


@pytest.mark.parametrize("rise", RISES, ids=lambda way: way.__name__)
async def test_what_ends_the_want_ends_the_alert_with_it(store: Store, rise: Way) -> None:
    way = aiter(rise(store))
    await anext(way)
    opened = [alert for alert in await store.world.alerts() if alert.location == "MAIN"]
    assert [alert.status for alert in opened] == [OPEN]

    told = await store.told(lambda: anext(way, None))

    assert ({*told[:-1]}, told[-1]) == ({"StockLevelChanged"}, "AlertResolved")
    (alert,) = [alert for alert in await store.world.alerts() if alert.location == "MAIN"]
    assert (alert.id, alert.kind, alert.status, alert.version) == (opened[0].id, LOW, RESOLVED, opened[0].version + 1)
    assert alert.resolved_at is not None


@pytest.mark.parametrize("quiet", QUIET, ids=lambda way: way.__name__)
async def test_what_changes_nothing_of_that_tells_of_no_alert(store: Store, quiet: Way) -> None:
    way = aiter(quiet(store))
    await anext(way)
    opened = await store.world.alerts()
    told = await store.told(lambda: anext(way, None))
    assert {*told} == {"StockLevelChanged"}
    assert [alert for alert in await store.world.alerts() if alert.location == "MAIN"] == opened


# ------------------------------------------------------------------ one alert through its life
async def test_one_alert_is_low_runs_out_is_low_again_and_ends(store: Store) -> None:
    low = await store.reserve(6)
    out, seen = await store.reserve(4), [await store.only()]
    steps = [lambda: store.release(out), lambda: store.release(low)]
    for step, type in zip(steps, ["LowStockAlert", "AlertResolved"], strict=True):
        assert await store.told(step) == ["StockLevelChanged", type]
        seen.append(await store.only())
    assert [(it.kind, it.status, it.version, it.remaining) for it in seen] == [
        (OUT, OPEN, 2, 0),
        (LOW, OPEN, 3, 4),
        (LOW, RESOLVED, 4, 10),
    ]


async def test_another_threshold_is_told_of_the_same_alert(store: Store) -> None:
    await store.reserve(6)
    assert await store.told(lambda: store.allow(low_stock_threshold=8)) == ["StockLevelChanged", "LowStockAlert"]
    alert = await store.only()
    assert (alert.kind, alert.threshold, alert.version) == (LOW, 8, 2)


async def test_who_has_seen_one_that_then_runs_out_is_asked_again(store: Store) -> None:
    await store.reserve(6)
    assert (await store.acknowledge((await store.only()).id)).refusals == ()
    assert (await store.only()).status is AlertStatus.ACKNOWLEDGED
    await store.reserve(4)
    alert = await store.only()
    assert (alert.kind, alert.status, alert.acknowledged_by) == (OUT, OPEN, None)


async def test_an_item_that_is_restored_has_a_new_alert_where_it_is_still_low(store: Store) -> None:
    await store.move(lost(6))
    ended = await store.only()
    await store.describe(archived=True)
    assert await store.told(lambda: store.describe(archived=False)) == ["StockLevelChanged", "LowStockAlert"]
    second, first = sorted(await store.world.alerts(), key=lambda alert: alert.status)
    assert (first.id, first.status) == (ended.id, RESOLVED)
    assert (second.kind, second.status, second.version) == (LOW, OPEN, 1)


async def test_what_is_refused_tells_of_nothing(store: Store) -> None:
    assert await store.told(lambda: store.together(Movements([lost(11)], MANAGER))) == []
    assert await store.world.alerts() == []


# ------------------------------------------------------------------ at once
async def test_two_at_once_who_both_leave_little_open_one_alert(store: Store) -> None:
    await asyncio.gather(*(store.move(lost(1)) for _ in range(10)))
    alert = await store.only()
    assert (alert.kind, alert.remaining) == (OUT, 0)
    told = [type for type, _, _ in await store.world.events()]
    assert told.count("LowStockAlert") == alert.version == 2, "it opens, and it runs out"


async def test_what_falls_and_rises_again_in_one_transaction_opens_nothing(store: Store) -> None:
    fall, rise = Movements([lost(10)], MANAGER), Movements([Receive(sku="blue", location="MAIN", quantity=9)], MANAGER)
    assert await store.told(lambda: store.together(fall, rise)) == ["StockLevelChanged"]
    lines = Each([lost(9), Adjust(sku="blue", location="MAIN", change=9, reason_code="found")], MANAGER)
    assert await store.told(lambda: store.together(lines)) == ["StockLevelChanged"]
    assert await store.world.alerts() == []


async def test_what_rises_and_falls_again_in_one_transaction_ends_nothing(store: Store) -> None:
    await store.move(lost(6))
    before = await store.only()
    rise, fall = Movements([Receive(sku="blue", location="MAIN", quantity=90)], MANAGER), Movements([lost(91)], MANAGER)
    assert await store.told(lambda: store.together(rise, fall)) == ["StockLevelChanged"]
    assert await store.only() == before


async def test_what_goes_to_those_who_wait_as_it_arrives_ends_nothing(store: Store) -> None:
    await store.move(lost(10))
    before = await store.only()
    queued = ReserveStock("O-1", (Want("blue", "MAIN", 50),), FulfillmentPolicy.BACKORDER)
    await store.together(Reserve(queued, MANAGER))
    assert await store.told(lambda: store.receive(50)) == ["StockLevelChanged"]
    assert await store.only() == before


async def test_an_order_over_several_levels_tells_of_each_that_it_leaves_low(store: Store) -> None:
    await store.move(*(Receive(sku=sku, location="MAIN", quantity=3) for sku in ("red", "Blue")))
    lines = (Want("blue", "MAIN", 6), Want("red", "MAIN", 3), Want("Blue", "MAIN", 1))
    told = await store.told(lambda: store.together(Reserve(ReserveStock("O-1", lines), MANAGER)))
    assert told == ["StockLevelChanged"] * 3 + ["LowStockAlert"] * 2
    assert {(alert.sku, alert.kind) for alert in await store.world.alerts()} == {("blue", LOW), ("red", OUT)}
