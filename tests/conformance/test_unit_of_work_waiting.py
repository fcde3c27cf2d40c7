"""What every unit of work promises of those who wait for stock; fake and adapter keep it alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.reservation_lines import ReservationLine, reservation_id
from domain.reservations import ReservationStatus
from services.ports import BACKORDERS_AT_ONCE, LOOKS_MAX, Awaited, Unit
from tests.conformance.reservations import (
    BACKORDERED,
    BLUE_HELD,
    PENDING,
    RED_AWAITED,
    in_a_row,
    lock,
    made,
    save,
)
from tests.conformance.units_worlds import CAUSE, World, ids, look, receive


async def test_those_who_wait_for_a_sku_come_with_it_and_others_do_not(world: World) -> None:
    waits, full, other = in_a_row(
        made("O-1", BACKORDERED, [BLUE_HELD, RED_AWAITED]),
        made("O-2", lines=[ReservationLine(0, "red", "MAIN", 1, allocated=1)]),
        made("O-3", BACKORDERED, [ReservationLine(0, "blue", None, 1, backordered=1, wanted="SHOP")]),
    )
    gone = made("O-4", ReservationStatus.RELEASED, [RED_AWAITED])
    await save(world, waits, full, other, gone)

    assert await lock(world, skus=["red"]) == [waits]
    assert await lock(world, skus=["blue", "red", "Éclair"]) == [waits]

    await world.run(lambda unit: receive(unit, ("blue", "SHOP")))  # the place on which the other insists
    assert await lock(world, skus=["blue", "red", "Éclair"]) == [waits, other]


async def test_a_crowd_at_one_place_hides_nobody_who_waits_for_another(world: World) -> None:
    await world.run(lambda unit: receive(unit, ("red", "SHOP")))
    far = replace(RED_AWAITED, wanted="SHOP")
    many = in_a_row(
        *(made(f"O-{n}", BACKORDERED, [far]) for n in range(BACKORDERS_AT_ONCE + 1)), made("O", BACKORDERED)
    )
    await save(world, *many)

    assert await lock(world, skus=["red"]) == [*many[:BACKORDERS_AT_ONCE], many[-1]]


async def test_those_who_wait_for_what_a_named_reservation_holds_come_with_it(world: World) -> None:
    holds, waits_red, waits_blue = in_a_row(
        made("O-1", BACKORDERED, [BLUE_HELD, RED_AWAITED]),
        made("O-2", BACKORDERED, [RED_AWAITED]),
        made("O-3", BACKORDERED, [ReservationLine(0, "blue", None, 1, backordered=1)]),
    )
    await save(world, holds, waits_red, waits_blue)

    # It may free blue; what it waits for itself it cannot give to others.
    assert await lock(world, ids=[holds.id]) == [holds, waits_blue]
    assert await lock(world, orders=["O-1"]) == [holds, waits_blue]
    assert await lock(world, ids=[waits_red.id]) == [waits_red]


async def test_of_many_who_wait_the_first_come(world: World) -> None:
    many = in_a_row(*(made(f"O-{n}", BACKORDERED) for n in range(BACKORDERS_AT_ONCE + 3)))
    last = replace(made("blue", BACKORDERED, [replace(RED_AWAITED, sku="blue")]), id=reservation_id(ids()))
    await save(world, *reversed(many), last)

    assert await lock(world, skus=["red"]) == list(many[:BACKORDERS_AT_ONCE])
    assert len(await lock(world, skus=["red", "blue"])) == BACKORDERS_AT_ONCE + 1
    assert await lock(world, ids=[many[-1].id]) == [many[-1]]


async def test_who_waits_in_several_lines_counts_once(world: World) -> None:
    twice = [RED_AWAITED, replace(RED_AWAITED, number=2, wanted="SHOP")]
    many = in_a_row(*(made(f"O-{n}", BACKORDERED, twice) for n in range(BACKORDERS_AT_ONCE)))
    await save(world, *many)

    assert await lock(world, skus=["red"]) == list(many)


async def looks(world: World, *awaited: Awaited, looking_from: int = 0) -> int:
    """How often a unit is begun that brings red, and until the try of that number looks for nobody who waits for it."""
    tries: list[None] = []

    async def bring(unit: Unit) -> None:
        tries.append(None)
        await unit.reservations.lock([], [], ["red"] if len(tries) > looking_from else [])
        level = (await unit.levels.lock([("red", "SHOP")], ids))[("red", "SHOP")]
        level.receive(1, CAUSE, unit.levels.stamp(None))
        await unit.reservations.ensure_known(awaited)
        await unit.reservations.save([made(f"made with it {len(tries)}", BACKORDERED)], ())
        await unit.levels.save([level])

    await world.run(bring)
    return len(tries)


@pytest.mark.parametrize("awaited", [("red", None), ("red", "SHOP")])
async def test_who_finds_somebody_waiting_whom_it_did_not_know_is_undone_and_looks_again(
    world: World, awaited: Awaited
) -> None:
    await world.run(lambda unit: receive(unit, ("red", "SHOP")))
    await save(world, made("O-1", BACKORDERED, [replace(RED_AWAITED, wanted=awaited[1])]))

    assert await looks(world, *{("red", None), awaited}, looking_from=1) == 2
    assert (await world.run(lambda unit: look(unit, ("red", "SHOP")))).on_hand == 6
    assert await lock(world, orders=["made with it 1"]) == []


async def test_who_waits_for_something_else_makes_nobody_look_again(world: World) -> None:
    held = replace(RED_AWAITED, allocated=3, backordered=0, location="SHOP")
    await save(
        world,
        made("elsewhere", BACKORDERED, [replace(RED_AWAITED, wanted="MAIN")]),
        made("blue", BACKORDERED, [replace(RED_AWAITED, sku="blue")]),
        made("served", PENDING, [held]),
    )

    assert await looks(world, ("red", None), ("red", "SHOP"), looking_from=1) == 1


async def test_those_beyond_the_first_that_are_looked_at_make_nobody_look_again(world: World) -> None:
    many = in_a_row(*(made(f"O-{n}", BACKORDERED) for n in range(BACKORDERS_AT_ONCE + 3)))
    await save(world, *many)

    assert await looks(world, ("red", None)) == 1


async def test_those_who_keep_coming_let_one_look_again_a_few_times_and_no_more(world: World) -> None:
    await save(world, made("O-1", BACKORDERED))

    assert await looks(world, ("red", None), looking_from=99) == LOOKS_MAX
