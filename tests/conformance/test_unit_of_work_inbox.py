"""What every unit of work promises of the events that other systems tell; fake and adapter keep it alike."""

from __future__ import annotations

import asyncio

import pytest

from services.decisions import Delivery
from services.ports import Unit
from tests.conformance.units_worlds import GLOBEX, World, look, receive

CREATED = Delivery("orders:1", "OrderCreated", "O-1")
CANCELLED = Delivery("orders:2", "OrderCancelled", "O-2")


async def take(unit: Unit, *deliveries: Delivery) -> None:
    await unit.inbox.keep([(delivery, "APPLIED") for delivery in deliveries])


async def known(unit: Unit) -> set[str]:
    return set(await unit.inbox.known([CREATED.id, CANCELLED.id, "nobody told this"]))


async def test_a_delivery_is_known_once_it_was_taken(world: World) -> None:
    assert await world.run(known) == set()

    await world.run(lambda unit: take(unit, CANCELLED, CREATED))

    assert await world.run(known) == {CREATED.id, CANCELLED.id}
    assert await world.run(lambda unit: unit.inbox.known([CREATED.id, CREATED.id])) == {CREATED.id}
    assert len(await world.run(lambda unit: unit.inbox.known([]))) == 0


async def test_deliveries_belong_to_their_tenant(world: World) -> None:
    await world.run(lambda unit: take(unit, CREATED, CANCELLED))

    assert await world.run(known, GLOBEX) == set()
    assert len(await world.run(lambda unit: unit.inbox.called_off(["O-2"]), GLOBEX)) == 0
    await world.run(lambda unit: take(unit, CREATED), GLOBEX)


@pytest.mark.parametrize("type_", ["OrderCancelled", "OrderFailed"])
async def test_an_order_is_called_off_by_an_event_that_ends_it(world: World, type_: str) -> None:
    await world.run(lambda unit: take(unit, CREATED, Delivery("orders:9", type_, "O-9")))

    assert await world.run(lambda unit: unit.inbox.called_off(["O-1", "O-9", "O-10"])) == {"O-9"}


async def test_events_that_name_no_order_call_none_off(world: World) -> None:
    await world.run(lambda unit: take(unit, Delivery("stray:1", "OrderCancelled"), Delivery("stray:2", "ItemPicked")))

    assert len(await world.run(lambda unit: unit.inbox.called_off(["O-1"]))) == 0
    assert len(await world.run(lambda unit: unit.inbox.called_off([]))) == 0


async def test_who_takes_a_delivery_that_was_taken_meanwhile_is_undone_and_runs_again(world: World) -> None:
    await world.run(lambda unit: take(unit, CREATED))
    looked: list[set[str]] = []

    async def look_too_early(unit: Unit) -> None:
        looked.append(await known(unit) if looked else set())
        if not looked[-1]:
            await receive(unit)
            await take(unit, CREATED, CANCELLED)

    await world.run(look_too_early)

    assert looked == [set(), {CREATED.id}]
    assert (await world.run(look)).on_hand == 0
    assert await world.run(known) == {CREATED.id}


async def test_one_delivery_many_times_at_once_has_one_effect(world: World) -> None:
    async def consume(unit: Unit) -> None:
        if CREATED.id not in await known(unit):
            await receive(unit)
            await take(unit, CREATED)

    await asyncio.gather(*(world.run(consume) for _ in range(12)))

    assert (await world.run(look)).on_hand == 5


async def test_what_fails_takes_its_delivery_with_it(world: World) -> None:
    async def fail(unit: Unit) -> None:
        await take(unit, CREATED)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await world.run(fail)

    assert await world.run(known) == set()
