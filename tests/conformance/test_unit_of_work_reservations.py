"""What every unit of work promises of reservations; fake and adapter keep it alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.allocation import Shortage
from domain.reservation_lines import ReservationLine, reservation_id
from domain.reservations import STANDING, Order, Reservation, ReservationStatus
from domain.strategies import AllocationStrategy, Want
from services.decisions import Delivery
from services.ports import Unit
from tests.conformance.reservations import (
    BACKORDERED,
    BLUE_HELD,
    NOON,
    PENDING,
    RED_AWAITED,
    in_a_row,
    lock,
    made,
    save,
)
from tests.conformance.units_worlds import GLOBEX, World, ids, look, receive

ODD = Reservation(
    reservation_id(ids()),
    Order(
        'O/€ 1% "a,b"',
        (Want("Éclair", None, 7), Want("blue", "A-1", 100_000_000)),
        *(AllocationStrategy.FEWEST_SPLITS, "zöne", "shop", 2_678_400),
    ),
    BACKORDERED,
    (
        ReservationLine(0, "Éclair", "A-1", 4, 1, 0, 2, 1, told={"ItemPicked": 2, "ShipmentCreated": 1}),
        ReservationLine(3, "Éclair", None, 3, 0, 2, 0, 1),
        ReservationLine(65_535, "blue", None, 100_000_000, 0, 100_000_000, wanted="A-1"),
    ),
    NOON,
    NOON + timedelta(microseconds=1),
    None,
    True,
    (Shortage("Éclair", None, 7, 4), Shortage("blue", "A-1", 100_000_000, 0)),
    None,
    41,
)


@pytest.mark.parametrize("reservation", [ODD, *(made(f"O-{status}", status) for status in ReservationStatus)])
async def test_a_reservation_comes_back_as_it_was_saved(world: World, reservation: Reservation) -> None:
    await save(world, reservation)

    assert await lock(world, [reservation.id]) == [reservation]


async def test_the_next_unit_finds_a_reservation_as_it_has_become(world: World) -> None:
    before = made("O-1", BACKORDERED, [BLUE_HELD, RED_AWAITED])
    await save(world, before)
    later = NOON + timedelta(seconds=3)
    after = replace(
        before,
        status=PENDING,
        lines=(
            replace(BLUE_HELD, allocated=0, committed=1, released=1, told={"ItemPicked": 1}),
            replace(RED_AWAITED, quantity=2, location="SHOP", allocated=2, backordered=0),
            ReservationLine(2, "red", "A", 1, allocated=1),
        ),
        updated_at=later,
        expires_at=later + timedelta(days=31),
        confirmed=True,
        version=2,
    )

    await world.run(lambda unit: unit.reservations.save((), [(before, after)]))

    assert await lock(world, [before.id]) == [after]


async def test_what_was_read_at_another_version_is_not_written_over(world: World) -> None:
    before = made("O-1")
    await save(world, before)

    with pytest.raises(RuntimeError):
        await world.run(
            lambda unit: unit.reservations.save((), [(replace(before, version=2), replace(before, version=3))])
        )

    assert await lock(world, [before.id]) == [before]


@pytest.mark.parametrize("status", sorted(ReservationStatus))
async def test_an_order_finds_its_reservation_while_that_stands(world: World, status: ReservationStatus) -> None:
    reservation, another = made("O-1", status), made("O-2")
    await save(world, reservation, another)

    assert await lock(world, orders=["O-1", "O-3"]) == ([reservation] if status in STANDING else [])


async def test_an_order_that_ended_may_be_reserved_anew(world: World) -> None:
    first, second, third = in_a_row(
        made("O-1", ReservationStatus.RELEASED), made("O-1", ReservationStatus.EXPIRED), made("O-1")
    )
    await save(world, first, second)
    await save(world, third)

    assert await lock(world, orders=["O-1"]) == [third]
    assert await lock(world, ids=[first.id, second.id]) == [first, second]


async def test_one_unit_ends_an_orders_reservation_and_makes_the_next(world: World) -> None:
    first, second = in_a_row(made("O-1"), made("O-1"))
    await save(world, first)
    ended = replace(made("O-1", ReservationStatus.EXPIRED), id=first.id, version=2)

    await world.run(lambda unit: unit.reservations.save([second], [(first, ended)]))

    assert await lock(world, ids=[first.id], orders=["O-1"]) == [ended, second]


@pytest.mark.parametrize("status", sorted(STANDING))
async def test_who_reserves_an_order_that_was_reserved_meanwhile_is_undone_and_runs_again(
    world: World, status: ReservationStatus
) -> None:
    standing = made("O-1", status)
    await save(world, standing)
    looked: list[list[Reservation]] = []

    async def look_too_early(unit: Unit) -> None:
        looked.append(list(await unit.reservations.lock([], ["O-1"], [])) if looked else [])
        if not looked[-1]:
            await receive(unit)
            await unit.reservations.save([made("O-2"), made("O-1")], ())

    await world.run(look_too_early)

    assert looked == [[], [standing]]
    assert (await world.run(look)).on_hand == 0
    assert await lock(world, orders=["O-1", "O-2"]) == [standing]


async def test_one_order_many_times_at_once_is_reserved_once(world: World) -> None:
    async def reserve(unit: Unit) -> UUID:
        if found := await unit.reservations.lock([], ["O-1"], []):
            return found[0].id
        reservation = made("O-1")
        await unit.reservations.save([reservation], ())
        return reservation.id

    assert len(set(await asyncio.gather(*(world.run(reserve) for _ in range(12))))) == 1


async def test_reservations_come_older_ones_first_and_each_once(world: World) -> None:
    first, second, third = in_a_row(made("O-1"), made("O-2", BACKORDERED), made("O-3"))
    await save(world, third, first, second)

    asked = {"ids": [third.id, second.id, reservation_id(ids())], "orders": ["O-1", "O-3"], "skus": ["red", "blue"]}
    assert await lock(world, **asked) == [first, second, third]
    assert await lock(world) == []


async def test_each_tenant_has_reservations_of_its_own(world: World) -> None:
    theirs = made("O-1", BACKORDERED)
    await save(world, theirs)

    async def look_elsewhere(unit: Unit) -> int:
        await unit.reservations.save([replace(theirs, id=reservation_id(ids()))], ())
        return len(await unit.reservations.lock([theirs.id], [], []))

    assert await world.run(look_elsewhere, GLOBEX) == 0
    assert await lock(world, [theirs.id], ["O-1"], ["red"]) == [theirs]


async def test_those_who_change_a_reservation_at_once_do_so_one_after_the_other(world: World) -> None:
    first, second = in_a_row(made("O-1"), made("O-2"))
    await save(world, first, second)

    async def extend(unit: Unit, named: list[UUID]) -> None:
        found = await unit.reservations.lock(named, [], [])
        now = unit.levels.stamp(None).recorded_at
        grown = [(each, replace(each, version=each.version + 1, updated_at=now)) for each in found]
        await unit.reservations.save((), grown)

    orders = [[first.id, second.id], [second.id, first.id], [second.id], [first.id]] * 3
    await asyncio.gather(*(world.run(lambda unit, named=named: extend(unit, named)) for named in orders))

    assert [each.version for each in await lock(world, [first.id, second.id])] == [10, 10]


async def test_a_reservation_is_never_changed_before_its_last_change(world: World) -> None:
    future = datetime(2999, 1, 1, tzinfo=UTC)
    reservation = replace(made("O-1"), updated_at=future)
    await save(world, reservation)

    async def stamp(unit: Unit) -> datetime:
        await unit.reservations.lock([reservation.id], [], [])
        return unit.levels.stamp(None).recorded_at

    assert await world.run(stamp) == future


async def test_the_time_is_known_once_reservations_were_locked_also_where_there_are_none(world: World) -> None:
    async def stamp(unit: Unit) -> datetime:
        await unit.reservations.lock([], ["none"], [])
        return unit.levels.stamp(None).recorded_at

    before = datetime.now(UTC) - timedelta(minutes=1)
    assert before < await world.run(stamp) < before + timedelta(minutes=2)


async def test_an_exception_undoes_a_reservation(world: World) -> None:
    async def fail(unit: Unit) -> None:
        await unit.reservations.save([made("O-1")], ())
        assert len(await unit.reservations.lock([], ["O-1"], [])) == 1
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await world.run(fail)

    assert await lock(world, orders=["O-1"]) == []


async def test_how_the_last_reservation_of_an_order_ended_is_told(world: World) -> None:
    released, expired, standing = in_a_row(
        made("O-1", ReservationStatus.RELEASED), made("O-1", ReservationStatus.EXPIRED), made("O-3")
    )
    await save(world, released, expired, made("O-2", ReservationStatus.FAILED), standing)

    async def ended(unit: Unit) -> object:
        await unit.reservations.lock([], ["O-1", "O-2", "O-3"], [])
        return await unit.reservations.ended({"O-1", "O-2", "O-3", "none"})

    assert await world.run(ended) == {"O-1": ReservationStatus.EXPIRED, "O-2": ReservationStatus.FAILED}
    assert await world.run(ended, GLOBEX) == {}


async def test_who_finds_a_reservation_made_meanwhile_runs_again(world: World) -> None:
    await save(world, made("O-1"))
    locked: list[int] = []

    async def look_too_early(unit: Unit) -> object:
        locked.append(len(await unit.reservations.lock([], ["O-1"] if locked else [], [])))
        return await unit.reservations.ended(["O-1"])

    assert await world.run(look_too_early) == {}
    assert locked == [0, 1]


async def test_who_refuses_an_order_that_was_reserved_meanwhile_runs_again(world: World) -> None:
    await save(world, made("O-1"), made("O-2", ReservationStatus.RELEASED))
    locked: list[int] = []

    async def look_too_early(unit: Unit) -> None:
        locked.append(len(await unit.reservations.lock([], ["O-1"] if locked else [], [])))
        await unit.reservations.ensure_unreserved(["O-1", "O-2", "none"])

    await world.run(look_too_early)
    assert locked == [0, 1]


async def test_of_a_beginning_and_an_end_that_are_told_at_once_the_later_sees_the_earlier(world: World) -> None:
    async def begin(unit: Unit, order_id: str) -> bool:
        await unit.reservations.lock([], [order_id], [])
        if called_off := await unit.inbox.called_off([order_id]):
            return bool(called_off)
        await unit.reservations.save([made(order_id)], ())
        return False

    async def end(unit: Unit, order_id: str) -> bool:
        found = await unit.reservations.lock([], [order_id], [])
        await unit.inbox.called_off([order_id])
        assert await unit.reservations.ended([order_id]) == {}
        await unit.inbox.keep([(Delivery(f"end of {order_id}", "OrderCancelled", order_id), "APPLIED")])
        return bool(found)

    for number in range(20):
        order_id = f"O-{number}"
        seen = await asyncio.gather(
            world.run(lambda unit, order_id=order_id: begin(unit, order_id)),
            world.run(lambda unit, order_id=order_id: end(unit, order_id)),
        )
        assert any(seen), order_id
