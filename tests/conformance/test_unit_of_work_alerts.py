"""What every unit of work promises of alerts and of levels that are watched; fake and adapter keep it alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from domain.alerts import NONE_STAND, Alert, AlertKind, StandingAlerts
from domain.refusals import Refusal
from domain.status import StockPolicy
from domain.stock import StockLevel
from services.ports import Unit
from tests.conformance.units_worlds import BLUE, CAUSE, GLOBEX, RED, World, ids, look

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOON + timedelta(microseconds=1)


def made(location: str = "MAIN") -> Alert:
    return Alert(ids(), AlertKind.LOW_STOCK, "blue", location, 3, 5, NOON, NOON)


def seen(alert: Alert) -> Alert:
    acknowledged = alert.acknowledge('man/€ 1% "a,b"', LATER)
    assert not isinstance(acknowledged, Refusal)
    return acknowledged


STALE = Alert(ids(), AlertKind.STALE, "Éclair", "A-1", 100_000_000, None, NOON, LATER, version=41)


async def save(world: World, *alerts: Alert) -> None:
    await world.run(lambda unit: unit.alerts.save(alerts, ()))


async def change(world: World, before: Alert, after: Alert) -> None:
    await world.run(lambda unit: unit.alerts.save((), [(before, after)]))


async def lock(world: World, ids: Iterable[UUID]) -> list[Alert]:
    return list(await world.run(lambda unit: unit.alerts.lock({*ids})))


# ------------------------------------------------------------------ alerts
@pytest.mark.parametrize(
    "alert",
    [made(), STALE, seen(made()), seen(STALE).resolve(7, LATER), made().resolve(0, NOON)],
    ids=["plain", "odd", "seen", "seen and resolved", "resolved at once"],
)
async def test_an_alert_comes_back_as_it_was_saved(world: World, alert: Alert) -> None:
    await save(world, alert)

    assert await lock(world, [alert.id]) == [alert]
    assert await world.run(lambda unit: unit.alerts.find(alert.id)) == alert


async def test_the_next_unit_finds_an_alert_as_it_has_become(world: World) -> None:
    before = made()
    await save(world, before)
    steps = [before, seen(before)]
    steps.append(steps[-1].turn(AlertKind.OUT_OF_STOCK, 0, None, LATER))
    steps.append(steps[-1].turn(AlertKind.LOW_STOCK, 2, 7, LATER))
    steps.append(seen(steps[-1]).resolve(20, LATER))

    for read, now in pairwise(steps):
        await change(world, read, now)
        assert await lock(world, [before.id]) == [now]


async def test_alerts_are_locked_in_the_order_of_their_ids_and_unknown_ones_left_out(world: World) -> None:
    several = [made(code) for code in ("MAIN", "A", "A-1", "SHOP")]
    await save(world, *several)

    found = await lock(world, [ids(), *(each.id for each in several[::-1])])

    assert found == sorted(several, key=lambda each: each.id)


async def test_an_alert_that_is_not_there_is_not_found(world: World) -> None:
    assert await world.run(lambda unit: unit.alerts.find(ids())) is None


async def test_another_tenants_alert_is_not_there(world: World) -> None:
    alert = made()
    await save(world, alert)

    assert list(await world.run(lambda unit: unit.alerts.lock({alert.id}), GLOBEX)) == []
    assert await world.run(lambda unit: unit.alerts.find(alert.id), GLOBEX) is None


async def test_an_alert_that_is_not_as_it_was_read_is_not_written(world: World) -> None:
    before = made()
    await save(world, before)
    stale = replace(before, version=7)

    with pytest.raises(RuntimeError):
        await change(world, stale, replace(stale, version=8))

    assert await lock(world, [before.id]) == [before]


async def test_an_exception_undoes_what_was_opened(world: World) -> None:
    async def fail(unit: Unit) -> None:
        await unit.alerts.save([made()], ())
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await world.run(fail)

    assert await world.alerts() == []


async def test_who_finds_an_alert_locks_nothing_and_who_locks_one_is_told_the_time(world: World) -> None:
    late = replace(made(), updated_at=datetime(2999, 1, 1, tzinfo=UTC))
    await save(world, late)

    async def find(unit: Unit) -> datetime:
        await unit.alerts.find(late.id)
        return unit.levels.stamp(None).recorded_at

    async def hold(unit: Unit) -> datetime:
        await unit.alerts.lock([late.id])
        return unit.levels.stamp(None).recorded_at

    with pytest.raises(RuntimeError):
        await world.run(find)
    assert await world.run(hold) == late.updated_at, "never behind what was locked"


# ------------------------------------------------------------------ levels that are watched
async def stocked(world: World, *places: tuple[str, str]) -> None:
    """Five units of each, which may lie for a month."""

    async def work(unit: Unit) -> None:
        levels = await unit.levels.lock(places, ids)
        for level in levels.values():
            filled(level, unit)
        await unit.levels.save(levels.values())

    await world.run(work)


def filled(level: StockLevel, unit: Unit) -> StockLevel:
    level.receive(5, CAUSE, unit.levels.stamp(None))
    level.set_policy(StockPolicy(stale_after_days=30), unit.levels.stamp(None))
    return level


ALL = StandingAlerts(ids(), AlertKind.OUT_OF_STOCK, ids())


@pytest.mark.parametrize("standing", [ALL, replace(ALL, stock=None, kind=None), replace(ALL, stale=None)])
async def test_a_level_comes_back_with_the_alerts_with_which_it_was_saved(
    world: World, standing: StandingAlerts
) -> None:
    async def write(unit: Unit, standing: StandingAlerts) -> None:
        level = filled(await look(unit), unit)
        level.alerts = standing
        await unit.levels.save([level])

    await world.run(lambda unit: write(unit, standing))
    assert (await world.run(look)).alerts == standing
    await world.run(lambda unit: write(unit, NONE_STAND))
    assert (await world.run(look)).alerts == NONE_STAND


@pytest.mark.parametrize("next_look", [NOON, None])
async def test_a_level_that_is_watched_changes_in_nothing_but_its_alerts_and_its_next_look(
    world: World, next_look: datetime | None
) -> None:
    await stocked(world, BLUE, RED)
    before, entries, events = await world.run(look), await world.entries(), await world.events()
    other = await world.run(lambda unit: look(unit, RED))

    async def watch(unit: Unit) -> None:
        level = await look(unit)
        level.alerts = ALL
        await unit.levels.watch({BLUE: (level, next_look)})

    await world.run(watch)

    assert await world.run(look) == replace(before, alerts=ALL)
    assert await world.run(lambda unit: look(unit, RED)) == other
    assert (await world.looks(BLUE), await world.entries(), await world.events()) == (next_look, entries, events)


async def test_of_levels_that_are_watched_together_each_gets_its_own(world: World) -> None:
    await stocked(world, BLUE, RED)

    async def watch(unit: Unit) -> None:
        levels = await unit.levels.lock([RED, BLUE], ids)
        levels[BLUE].alerts = ALL
        await unit.levels.watch({RED: (levels[RED], LATER), BLUE: (levels[BLUE], NOON)})

    await world.run(watch)

    assert [(await world.run(lambda unit, at=at: look(unit, at))).alerts for at in (BLUE, RED)] == [ALL, NONE_STAND]
    assert (await world.looks(BLUE), await world.looks(RED)) == (NOON, LATER)


async def test_nothing_to_be_watched_is_no_fault(world: World) -> None:
    await world.run(lambda unit: unit.levels.watch({}))


async def test_a_level_that_is_not_as_it_was_read_is_not_watched(world: World) -> None:
    await stocked(world, BLUE, RED)
    before = [await world.run(lambda unit, at=at: look(unit, at)) for at in (BLUE, RED)]

    async def watch(unit: Unit) -> None:
        levels = dict(await unit.levels.lock([BLUE, RED], ids))
        levels[BLUE].alerts = ALL
        levels[RED] = _of_another_version(levels[RED])
        await unit.levels.watch({place: (level, NOON) for place, level in levels.items()})

    with pytest.raises(RuntimeError):
        await world.run(watch)

    assert [await world.run(lambda unit, at=at: look(unit, at)) for at in (BLUE, RED)] == before


def _of_another_version(level: StockLevel) -> StockLevel:
    return replace(level, version=level.version + 1)
