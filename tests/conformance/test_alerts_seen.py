"""Who has seen an alert, and what opens those of levels on which nothing moves; fake and adapter alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.alerts import Alert, AlertKind, AlertStatus
from domain.places import Place
from domain.refusals import RefusalCode
from domain.status import StockPolicy
from services.alerts import open_stale
from services.ports import Unit
from tests.conformance.units_worlds import ACME, BLUE, CAUSE, GLOBEX, RED, World, ids, look
from tests.conformance.watched_store import APPROVER, MANAGER, Store, open_store
from tests.conformance.ways import lost

THEIRS = replace(MANAGER, tenant=GLOBEX.id, tenant_slug=GLOBEX.slug)
A_MONTH = timedelta(days=30)


# ------------------------------------------------------------------ seen
@pytest.fixture
async def store(world: World) -> Store:
    return await open_store(world)


async def low(store: Store) -> UUID:
    await store.move(lost(6))
    return (await store.only()).id


async def test_who_has_seen_an_alert_is_kept_and_told_once(store: Store) -> None:
    alert = await low(store)
    assert await store.told(lambda: store.acknowledge(alert)) == ["AlertAcknowledged"]
    seen = await store.only()
    assert (seen.status, seen.acknowledged_by, seen.version) == (AlertStatus.ACKNOWLEDGED, MANAGER.subject, 2)
    assert (await store.world.events())[-1] == ("AlertAcknowledged", "blue", 2)
    assert await store.told(lambda: store.acknowledge(alert, APPROVER)) == []
    assert await store.only() == seen


async def test_of_many_who_see_it_at_once_one_is_kept(store: Store) -> None:
    alert = await low(store)
    decisions = await asyncio.gather(*(store.acknowledge(alert, by) for by in (MANAGER, APPROVER) * 4))
    assert {(decision.refusals, decision.alert) for decision in decisions} == {((), alert)}
    assert (await store.only()).version == 2
    assert [type for type, _, _ in await store.world.events()].count("AlertAcknowledged") == 1


async def test_the_same_key_again_is_answered_as_before_though_the_alert_has_ended(store: Store) -> None:
    alert = await low(store)
    first = await store.acknowledge(alert, key="seen")
    await store.receive(6)
    ended = await store.only()
    assert await store.acknowledge(alert, key="seen") == first
    again = await store.acknowledge(alert)
    assert [refusal.code for refusal in again.refusals] == [RefusalCode.ILLEGAL_TRANSITION]
    assert again.alert == alert
    assert await store.only() == ended


async def test_an_alert_that_is_not_there_and_another_tenants_are_refused_alike(store: Store) -> None:
    alert = await low(store)
    theirs, unknown = await store.acknowledge(alert, THEIRS), await store.acknowledge(ids())
    assert [refusal.code for refusal in unknown.refusals] == [RefusalCode.NOT_FOUND]
    assert theirs == unknown
    assert (await store.only()).status is AlertStatus.OPEN


# ------------------------------------------------------------------ stale
async def still(world: World, *places: Place, days: int = 40) -> None:
    """Five of each, which may lie for a month and have lain for so many days; nobody has looked yet."""

    async def work(unit: Unit) -> None:
        levels = await unit.levels.lock(places, ids)
        for level in levels.values():
            level.receive(5, CAUSE, unit.levels.stamp(datetime.now(UTC) - timedelta(days=days)))
            level.set_policy(StockPolicy(stale_after_days=30), unit.levels.stamp(None))
        await unit.levels.save(levels.values())

    await world.run(work)


async def opened(world: World, *places: Place) -> int:
    return await open_stale(ACME.id, places, world.units, ids)


async def last_moved(world: World, place: Place) -> datetime:
    moved_at = (await world.run(lambda unit: look(unit, place))).last_movement_at
    assert moved_at is not None
    return moved_at


def told(alerts: Iterable[Alert]) -> set[tuple[Place, AlertKind, AlertStatus, int]]:
    return {(alert.place, alert.kind, alert.status, alert.remaining) for alert in alerts}


async def test_levels_on_which_nothing_moves_open_an_alert_each_and_once(world: World) -> None:
    await still(world, BLUE, RED)
    before = await world.run(look)
    assert await opened(world, BLUE, RED) == 2
    alerts = await world.alerts()
    assert told(alerts) == {(place, AlertKind.STALE, AlertStatus.OPEN, 5) for place in (BLUE, RED)}
    assert sorted(await world.events()) == [("StaleStockAlert", sku, 1) for sku in ("blue", "red")]
    (of_blue,) = [alert for alert in alerts if alert.place == BLUE]
    assert await world.run(look) == replace(before, alerts=replace(before.alerts, stale=of_blue.id))

    assert await opened(world, BLUE, RED) == 0
    assert (await world.alerts(), len(await world.events())) == (alerts, 2)


async def test_a_level_that_moved_meanwhile_is_looked_at_again_when_it_may_be_stale(world: World) -> None:
    await still(world, BLUE, days=29)
    await still(world, RED)
    assert await opened(world, BLUE, RED) == 1
    assert told(await world.alerts()) == {(RED, AlertKind.STALE, AlertStatus.OPEN, 5)}
    assert await world.looks(BLUE) == await last_moved(world, BLUE) + A_MONTH


async def test_a_level_of_an_archived_item_is_not_looked_at_again_until_it_is_restored(world: World) -> None:
    store = Store(world)
    await still(world, BLUE)
    await store.describe(archived=True)
    assert await opened(world, BLUE) == 0
    assert (await world.alerts(), await world.looks(BLUE)) == ([], None)
    assert await store.told(lambda: store.describe(archived=False)) == ["StockLevelChanged", "StaleStockAlert"]


async def test_whatever_moves_ends_that_it_is_stale_and_a_new_policy_alone_does_not(world: World) -> None:
    store = Store(world)
    await still(world, BLUE)
    await opened(world, BLUE)
    assert await store.told(lambda: store.allow(overstock_threshold=100)) == ["StockLevelChanged"]
    assert await store.told(lambda: store.reserve(1)) == ["StockLevelChanged", "AlertResolved"]
    assert told(await world.alerts()) == {(BLUE, AlertKind.STALE, AlertStatus.RESOLVED, 4)}


async def test_a_level_may_be_low_and_stale_and_each_ends_by_itself(world: World) -> None:
    store = Store(world)
    await still(world, BLUE)
    await opened(world, BLUE)
    assert await store.told(lambda: store.allow(low_stock_threshold=5)) == ["StockLevelChanged", "LowStockAlert"]
    assert {alert.kind for alert in await world.alerts()} == {AlertKind.LOW_STOCK, AlertKind.STALE}
    assert await store.told(lambda: store.reserve(1)) == ["StockLevelChanged", "AlertResolved"]
    assert await store.told(lambda: store.receive(90)) == ["StockLevelChanged", "AlertResolved"]


async def test_a_place_where_there_is_no_level_is_passed_over(world: World) -> None:
    assert await opened(world, BLUE) == 0
    assert (await world.alerts(), await world.events()) == ([], [])


async def test_two_who_look_at_one_level_at_once_open_one_alert(world: World) -> None:
    await still(world, BLUE)
    assert sum(await asyncio.gather(*(opened(world, BLUE) for _ in range(6)))) == 1
    assert len(await world.alerts()) == len(await world.events()) == 1
