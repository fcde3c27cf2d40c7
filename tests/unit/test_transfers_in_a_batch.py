"""Transfers as commands: what they leave for those behind them, under keys, and to those who wait for stock."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.allocation import FulfillmentPolicy
from domain.ledger import Quantities
from domain.movements import Receive
from domain.refusals import RefusalCode
from domain.reservations import Reservation, ReservationStatus
from domain.strategies import Want
from domain.transfers import Transfer, TransferStatus
from services.decisions import Decision
from services.reservations import Reserve, ReserveStock
from services.stock import Movements
from services.transfers import CallOff, CancelTransfer, ReceiveTransfer, Send, TakeIn, TransferStock, move_transfer
from tests.conformance.units_worlds import ids
from tests.fakes.combiner import ACME, CALLER, Combiner
from tests.fakes.house import House

SEND = TransferStock("blue", "MAIN", "SHOP", 4)


def house(combiner: Combiner) -> House:
    return combiner.units.houses[ACME.id]


def at(combiner: Combiner, location: str) -> Quantities:
    level = house(combiner).levels.get(("blue", location))
    return level.quantities if level else Quantities()


async def stocked(units: int = 10) -> Combiner:
    combiner = Combiner()
    await combiner.send(Movements([Receive(sku="blue", location="MAIN", quantity=units)], CALLER))
    return combiner


async def sent(combiner: Combiner, request: TransferStock = SEND) -> Transfer:
    decision = await combiner.send(Send(request, CALLER))
    assert decision.transfer is not None, decision.refusals
    return house(combiner).transfers[decision.transfer]


async def waiting(combiner: Combiner, location: str | None, units: int) -> UUID:
    lines = (Want("blue", location, units),)
    request = ReserveStock(f"order at {location}", lines, FulfillmentPolicy.BACKORDER)
    decision = await combiner.send(Reserve(request, CALLER))
    assert decision.reservation is not None
    return decision.reservation


def reservation(combiner: Combiner, id_: UUID) -> Reservation:
    return house(combiner).reservations[id_]


def codes(decision: Decision) -> list[RefusalCode]:
    return [refusal.code for refusal in decision.refusals]


async def test_units_travel_from_one_level_to_another_that_is_made_for_them() -> None:
    combiner = await stocked()
    transfer = await sent(combiner)
    assert (at(combiner, "MAIN"), at(combiner, "SHOP")) == (Quantities(6), Quantities(incoming=4))
    await combiner.send(TakeIn(ReceiveTransfer(transfer.id, 3), CALLER))
    assert at(combiner, "SHOP") == Quantities(3, incoming=1)
    decision = await combiner.send(CallOff(CancelTransfer(transfer.id), CALLER))
    assert decision.places == (("blue", "MAIN"), ("blue", "SHOP"))
    assert (at(combiner, "MAIN"), at(combiner, "SHOP")) == (Quantities(7), Quantities(3))
    after = house(combiner).transfers[transfer.id]
    assert (after.status, after.received, after.version) == (TransferStatus.CANCELLED, 3, 3)
    told = [event.type for event in house(combiner).events if event.aggregate_id == transfer.id]
    assert told == ["InventoryTransferred", "InventoryTransferReceived", "InventoryTransferCancelled"]


async def test_of_two_in_a_batch_the_second_finds_what_the_first_has_left() -> None:
    combiner = await stocked(5)
    first = await combiner.behind_one()
    pair = [combiner.send(Send(replace(SEND, quantity=units), CALLER)) for units in (3, 3)]
    await combiner.settled()
    combiner.units.open.set()
    await first
    one, other = await asyncio.gather(*pair)

    assert combiner.batches[-1] == 2
    assert (codes(one), codes(other)) == ([], [RefusalCode.INSUFFICIENT_STOCK])
    assert (other.refusals[0].available, other.places) == (2, (("blue", "MAIN"), ("blue", "SHOP")))


async def test_of_two_who_receive_the_last_units_in_a_batch_one_is_told_that_they_are_there() -> None:
    combiner = await stocked()
    transfer = await sent(combiner)
    first = await combiner.behind_one()
    pair = [combiner.send(TakeIn(ReceiveTransfer(transfer.id, 4), CALLER)) for _ in range(2)]
    await combiner.settled()
    combiner.units.open.set()
    await first

    assert [codes(decision) for decision in await asyncio.gather(*pair)] == [[], [RefusalCode.ILLEGAL_TRANSITION]]
    assert at(combiner, "SHOP") == Quantities(4)


async def test_units_that_arrive_are_there_for_an_order_behind_them_in_the_batch() -> None:
    combiner = await stocked(4)
    transfer = await sent(combiner)
    first = await combiner.behind_one()
    arriving = combiner.send(TakeIn(ReceiveTransfer(transfer.id, 4), CALLER))
    order = combiner.send(Reserve(ReserveStock("O-1", (Want("blue", "SHOP", 4),)), CALLER))
    await combiner.settled()
    combiner.units.open.set()
    await asyncio.gather(first, arriving)

    assert codes(await order) == []


@pytest.mark.parametrize("location", ["SHOP", None])
async def test_units_that_arrive_serve_those_who_wait(location: str | None) -> None:
    combiner = await stocked(4)
    transfer = await sent(combiner)
    order = await waiting(combiner, location, 3)
    await combiner.send(TakeIn(ReceiveTransfer(transfer.id, 4), CALLER))

    assert reservation(combiner, order).status is ReservationStatus.PENDING
    assert at(combiner, "SHOP") == Quantities(4, 3)


async def test_units_that_are_cancelled_serve_those_who_wait() -> None:
    combiner = await stocked(4)
    transfer = await sent(combiner)
    order = await waiting(combiner, "MAIN", 3)
    await combiner.send(CallOff(CancelTransfer(transfer.id), CALLER))

    assert reservation(combiner, order).status is ReservationStatus.PENDING
    assert at(combiner, "MAIN") == Quantities(4, 3)


async def test_one_key_moves_units_once_and_tells_the_same_transfer_again() -> None:
    combiner = await stocked()
    first = await move_transfer("key", SEND, CALLER, combiner.commits)
    again = await move_transfer("key", SEND, CALLER, combiner.commits)
    other = await move_transfer("key", replace(SEND, quantity=5), CALLER, combiner.commits)

    assert again == first
    assert codes(other) == [RefusalCode.IDEMPOTENCY_KEY_REUSED]
    assert at(combiner, "MAIN") == Quantities(6)
    step = ReceiveTransfer(next(iter(house(combiner).transfers)), 2)
    told = [await move_transfer("key", step, CALLER, combiner.commits) for _ in range(2)]
    assert told[0] == told[1]
    assert at(combiner, "SHOP") == Quantities(2, incoming=2)


async def test_nothing_arrives_at_a_location_that_closed_meanwhile_and_all_goes_back() -> None:
    combiner = await stocked()
    transfer = await sent(combiner)
    for code in ("MAIN", "SHOP"):
        house(combiner).locations[code] = replace(house(combiner).locations[code], active=False)

    late = await combiner.send(TakeIn(ReceiveTransfer(transfer.id, 4), CALLER))
    assert (codes(late), late.refusals[0].field) == ([RefusalCode.LOCATION_INACTIVE], ("transferId",))
    assert codes(await combiner.send(CallOff(CancelTransfer(transfer.id), CALLER))) == []
    assert at(combiner, "MAIN") == Quantities(10)


async def test_what_was_archived_on_its_way_goes_back_and_nowhere_else() -> None:
    combiner = await stocked()
    transfer = await sent(combiner)
    item = house(combiner).items["blue"]
    house(combiner).items["blue"] = replace(item, archived_at=datetime(2026, 5, 4, tzinfo=UTC))

    assert codes(await combiner.send(TakeIn(ReceiveTransfer(transfer.id, 4), CALLER))) == [RefusalCode.ITEM_ARCHIVED]
    assert codes(await combiner.send(CallOff(CancelTransfer(transfer.id), CALLER))) == []


async def test_a_transfer_that_is_not_there_is_not_found() -> None:
    combiner = await stocked()
    for command in (TakeIn(ReceiveTransfer(ids(), 1), CALLER), CallOff(CancelTransfer(ids()), CALLER)):
        decision = await combiner.send(command)
        assert (codes(decision), decision.refusals[0].field) == ([RefusalCode.NOT_FOUND], ("transferId",))


async def test_what_is_wrong_with_a_step_is_told_before_its_transfer_is_looked_for() -> None:
    combiner = await stocked()
    for number, (request, field) in enumerate(
        (
            (ReceiveTransfer(ids(), 0), "quantity"),
            (ReceiveTransfer(ids(), 1, "a\0b"), "note"),
            (CancelTransfer(ids(), "x" * 2_001), "note"),
        )
    ):
        decision = await move_transfer(f"key-{number}", request, CALLER, combiner.commits)
        assert decision.refusals[0].field == (field,)
