"""What every unit of work promises of cycle counts; fake and adapter keep it alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.cycle_counts import CountLine, CycleCount, CycleCountStatus
from services.ports import Unit
from tests.conformance.units_worlds import GLOBEX, World, ids

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
COUNTED = CountLine("Éclair", 100_000_000, 0, "manager@acme", NOON + timedelta(microseconds=1), ids())


def made(*skus: str) -> CycleCount:
    return CycleCount(ids(), "MAIN", tuple(CountLine(sku) for sku in skus or ("blue",)), "manager@acme", NOON, NOON)


async def save(world: World, *lists: CycleCount) -> None:
    await world.run(lambda unit: unit.cycle_counts.save(lists, ()))


async def lock(world: World, ids: Iterable[UUID]) -> list[CycleCount]:
    return list(await world.run(lambda unit: unit.cycle_counts.lock({*ids})))


ODD = replace(
    made(),
    lines=(CountLine("red"), COUNTED, CountLine("blue")),
    blind=True,
    status=CycleCountStatus.CLOSED,
    reference='CC/€ 1% "a,b"',
    version=41,
)


@pytest.mark.parametrize("cycle_count", [made("red", "blue"), ODD], ids=["plain", "odd"])
async def test_a_list_comes_back_as_it_was_saved_its_lines_in_their_order(
    world: World, cycle_count: CycleCount
) -> None:
    await save(world, cycle_count)

    assert await lock(world, [cycle_count.id]) == [cycle_count]


async def test_the_next_unit_finds_a_list_as_it_has_become(world: World) -> None:
    before = made("red", "Éclair")
    await save(world, before)
    once = before.record(COUNTED, NOON)
    await world.run(lambda unit: unit.cycle_counts.save((), [(before, once)]))
    twice = replace(once.record(replace(COUNTED, counted=7), NOON), status=CycleCountStatus.CLOSED)

    await world.run(lambda unit: unit.cycle_counts.save((), [(once, twice)]))

    assert await lock(world, [before.id]) == [twice]


async def test_lists_are_locked_in_the_order_of_their_ids_and_unknown_ones_left_out(world: World) -> None:
    several = [made("red", "blue") for _ in range(3)]
    await save(world, *several)

    assert await lock(world, [ids(), *(each.id for each in several)]) == sorted(several, key=lambda each: each.id)


async def test_another_tenants_list_is_not_there(world: World) -> None:
    cycle_count = made()
    await save(world, cycle_count)

    assert list(await world.run(lambda unit: unit.cycle_counts.lock({cycle_count.id}), GLOBEX)) == []


async def test_a_list_that_is_not_as_it_was_read_is_not_written(world: World) -> None:
    before = made()
    await save(world, before)
    stale = replace(before, version=7)

    with pytest.raises(RuntimeError):
        await world.run(lambda unit: unit.cycle_counts.save((), [(stale, replace(stale, version=8))]))

    assert await lock(world, [before.id]) == [before]


async def test_who_asks_for_a_list_is_told_the_time_though_there_is_none(world: World) -> None:
    async def work(unit: Unit) -> datetime:
        await unit.cycle_counts.lock([ids()])
        return unit.levels.stamp(None).recorded_at

    assert (await world.run(work)).tzinfo is not None
