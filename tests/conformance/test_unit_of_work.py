"""What every unit of work promises of levels and transactions; fake and adapter keep it alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.adjustments import Adjustment, AdjustmentStatus
from domain.events import ItemChanged
from domain.ledger import LedgerKind, Quantities
from domain.places import Place
from domain.refusals import Refusal
from domain.status import StockPolicy
from domain.stock import StockLevel
from services import trace
from services.decisions import Claim, Decision, KeyName
from services.ports import Unit
from tests.conformance.units_worlds import BLUE, CAUSE, GLOBEX, RED, World, ids, look, receive
from tests.fakes.tracer import a_traceparent

CLAIM = Claim(KeyName("manager@acme", "receiveStock", "key-1"), b"fingerprint")


async def test_the_next_unit_finds_what_a_unit_wrote(world: World) -> None:
    policy = StockPolicy(reorder_point=3, safety_stock=1, overstock_threshold=50, stale_after_days=30)

    async def write(unit: Unit) -> StockLevel:
        level = await look(unit)
        level.receive(5, CAUSE, unit.levels.stamp(None), Decimal("1.25"))
        level.set_policy(policy, unit.levels.stamp(None))
        await unit.levels.save([level])
        return level

    written = await world.run(write)
    found = await world.run(look)

    assert found == replace(written, entries=[])
    assert (found.version, found.on_hand, found.policy) == (2, 5, policy)
    assert await world.entries() == [(BLUE, written.entries[0])]


async def test_an_exception_undoes_everything(world: World) -> None:
    async def fail(unit: Unit) -> None:
        await unit.decisions.keep([(CLAIM, Decision())])
        await receive(unit)
        await look(unit, RED)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await world.run(fail)

    assert (await world.run(look)).version == 0
    assert await world.entries() == []
    assert await world.run(lambda unit: unit.decisions.find([CLAIM.name])) == {}


async def test_a_level_that_did_not_change_was_never_there(world: World) -> None:
    async def refuse(unit: Unit) -> None:
        level = await look(unit)
        assert isinstance(level.allocate(1, CAUSE, unit.levels.stamp(None)), Refusal)
        await unit.levels.save([level])

    await world.run(refuse)

    sites = await world.run(lambda unit: unit.levels.sites(["blue"], []))
    assert sites.levels == {}


async def test_a_new_level_carries_the_items_cost_into_its_entries(world: World) -> None:
    async def cost(unit: Unit) -> None:
        item = await unit.items.lock("blue")
        assert item is not None
        await unit.items.save(replace(item, unit_cost=Decimal("2.5"), currency="EUR", version=2))

    await world.run(cost)
    await world.run(receive)
    await world.run(receive)

    assert [(entry.unit_cost, entry.currency) for _, entry in await world.entries()] == [(Decimal("2.5"), "EUR")] * 2


async def test_those_who_make_one_level_at_once_make_one(world: World) -> None:
    await asyncio.gather(*(world.run(receive) for _ in range(8)))

    level = await world.run(look)
    assert (level.version, level.on_hand) == (8, 40)
    assert [entry.level_version for _, entry in await world.entries()] == list(range(1, 9))


async def test_units_that_name_levels_in_any_order_all_succeed(world: World) -> None:
    places = [("blue", "MAIN"), ("Blue", "SHOP"), ("red", "A-1"), ("Éclair", "MAIN")]

    async def move(unit: Unit, order: list[Place]) -> None:
        await unit.levels.sites({sku for sku, _ in order}, {where for _, where in order})
        levels = await unit.levels.lock(order, ids)
        for place in order:
            levels[place].receive(1, CAUSE, unit.levels.stamp(None))
        await unit.levels.save(levels.values())

    orders = [places, places[::-1], places[2:] + places[:2], places[1:3]] * 3
    await asyncio.gather(*(world.run(lambda unit, order=order: move(unit, order)) for order in orders))

    held = {place: (await world.run(lambda unit, place=place: look(unit, place))).on_hand for place in places}
    assert held == {place: sum(place in order for order in orders) for place in places}


async def test_recorded_times_of_a_level_never_run_backwards(world: World) -> None:
    await asyncio.gather(*(world.run(receive) for _ in range(6)))

    times = [entry.stamp.recorded_at for _, entry in await world.entries()]
    assert times == sorted(times)


async def test_occurred_at_may_be_given_and_recorded_at_not(world: World) -> None:
    long_ago = datetime(2024, 2, 29, 12, tzinfo=UTC)

    async def back_date(unit: Unit) -> None:
        level = await look(unit)
        level.receive(5, CAUSE, unit.levels.stamp(long_ago))
        await unit.levels.save([level])

    await world.run(back_date)

    [(_, entry)] = await world.entries()
    assert entry.stamp.occurred_at == long_ago < entry.stamp.recorded_at
    assert entry.kind is LedgerKind.RECEIPT and entry.after == Quantities(5)


async def test_nothing_has_a_time_before_a_lock(world: World) -> None:
    async def hurry(unit: Unit) -> None:
        unit.levels.stamp(None)

    with pytest.raises(RuntimeError):
        await world.run(hurry)


async def test_a_unit_reads_what_it_wrote(world: World) -> None:
    async def describe(unit: Unit) -> None:
        await receive(unit)
        item = await unit.items.lock("blue")
        assert item is not None
        await unit.items.save(replace(item, name="Anew", version=2))
        levels = await unit.levels.lock_all_of("blue")
        assert [level.version for level in levels.values()] == [1]
        levels[BLUE].describe_anew(unit.levels.stamp(None))
        await unit.levels.save(levels.values())
        sites = await unit.levels.sites(["blue"], [])
        assert sites.items["blue"].name == "Anew"
        assert sites.levels == {"blue": ["MAIN"]}

    await world.run(describe)

    assert (await world.run(look)).version == 2


async def test_a_collision_runs_the_work_again_from_its_start(world: World) -> None:
    tries: list[int] = []

    async def collide(unit: Unit) -> int:
        await receive(unit)
        tries.append(1)
        if len(tries) < 3:
            raise world.collision()
        await unit.decisions.keep([(CLAIM, Decision())])
        return len(tries)

    assert await world.run(collide) == 3
    assert (await world.run(look)).on_hand == 5


async def test_each_event_is_kept_with_its_trace_or_all_with_that_of_the_task(world: World) -> None:
    of_the_task, of_one = a_traceparent(), a_traceparent()

    async def tell(unit: Unit) -> None:
        item = await unit.items.lock("blue")
        assert item is not None
        at = unit.levels.stamp(None).recorded_at
        told = [ItemChanged(ids(), replace(item, version=n), "manager@acme", at) for n in (5, 6)]
        await unit.outbox.add(told, {told[1].id: of_one})
        await unit.outbox.add([ItemChanged(ids(), replace(item, version=7), "manager@acme", at)])

    with trace.work("request", given=of_the_task):
        await world.run(tell)
    assert await world.traces() == [None, of_one, of_the_task]


async def test_events_are_kept_in_order_and_the_relay_is_woken_once(world: World) -> None:
    async def tell(unit: Unit) -> None:
        item = await unit.items.lock("blue")
        assert item is not None
        at = unit.levels.stamp(None).recorded_at
        await unit.outbox.add([ItemChanged(ids(), replace(item, version=n), "manager@acme", at) for n in (5, 6)])
        await unit.outbox.add([ItemChanged(ids(), replace(item, version=7), "manager@acme", at)])

    await world.run(tell)
    await world.run(look)

    assert [version for _, _, version in await world.events()] == [5, 6, 7]
    assert [name for name, _, _ in await world.events()] == ["ItemChanged"] * 3
    assert world.nudges == [1]


async def test_adjustments_are_kept(world: World) -> None:
    async def adjust(unit: Unit) -> Adjustment:
        level = await receive(unit)
        at = level.entries[0].stamp.recorded_at
        made = Adjustment(ids(), *BLUE, 5, 5, "cycle_count", None, "manager@acme", at)
        await unit.adjustments.save([made], [])
        return made

    assert await world.run(adjust) in await world.adjustments()


async def test_counts_that_stand_are_found_by_who_counted_their_level_before(world: World) -> None:
    async def count(unit: Unit) -> list[Adjustment]:
        at = (await receive(unit)).entries[0].stamp.recorded_at
        one, *rest = sorted(ids() for _ in range(7))
        asked = AdjustmentStatus.PENDING_APPROVAL
        first = Adjustment(one, *BLUE, 5, 5, "cycle_count", None, "manager@acme", at, asked)
        ended = {"status": AdjustmentStatus.CANCELLED, "decided_by": "manager@acme", "decided_at": at, "version": 2}
        others = [
            replace(first, id=rest[0], requested_at=at - timedelta(microseconds=1)),
            replace(first, id=rest[1]),
            replace(first, id=rest[2], requested_at=at + timedelta(microseconds=1), status=AdjustmentStatus.APPLIED),
            replace(first, id=rest[3], **ended),
            replace(first, id=rest[4], location=RED[1]),
            replace(first, id=rest[5], quantity_counted=None),
        ]
        await unit.adjustments.save([first, *others], [])
        return [first, *others]

    first, before, again, applied, *_ = await world.run(count)

    found = await world.run(lambda unit: unit.adjustments.counted_later([first]))
    assert sorted(found, key=lambda each: each.id) == [again, applied]
    found = await world.run(lambda unit: unit.adjustments.counted_later([before, again]))
    assert {each.id for each in found} == {first.id, again.id, applied.id}
    assert await world.run(lambda unit: unit.adjustments.counted_later([applied])) == []


async def test_tenants_never_meet(world: World) -> None:
    await world.run(receive)

    assert (await world.run(look, GLOBEX)).version == 0
    assert (await world.run(lambda unit: unit.levels.sites(["blue"], []), GLOBEX)).levels == {}
    assert (await world.run(lambda unit: unit.tenant(), GLOBEX)).slug == "globex"
    assert len(await world.run(lambda unit: unit.levels.lock_all_of("blue"), GLOBEX)) == 0
