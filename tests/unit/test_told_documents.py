"""Documents that tell that goods have left: the same goods leave once."""

from __future__ import annotations

from domain.reservation_lines import LineQuantity
from domain.reservations import Reservation
from tests.factories.reservations import SOON, S, changed, done, number_at, pending, spread, units


def told(reservation: Reservation, document: str, count: int) -> tuple[Reservation, int]:
    """After a document said that so many units of line 0 have left: the reservation, and what moved by it."""
    after, moved = changed(reservation.tell(document, {0: count}, SOON))
    return after, sum(moved.units for moved in moved)


def test_a_pick_list_and_a_shipment_of_the_same_goods_count_once() -> None:
    picked, moved = told(pending(), "ItemPicked", 5)
    assert (picked.status, moved) == (S.COMMITTED, 5)

    partly, moved = told(pending(), "ItemPicked", 3)
    assert (partly.status, moved) == (S.CONFIRMED, 3)
    shipped, moved = told(partly, "ShipmentCreated", 3)
    assert (shipped.status, moved) == (S.CONFIRMED, 0)
    confirmed, moved = told(shipped, "FulfillmentConfirmed", 4)
    assert (confirmed.status, moved) == (S.CONFIRMED, 1)


def test_two_documents_of_one_kind_add_up() -> None:
    first, _ = told(pending(), "ShipmentCreated", 2)
    picked, moved = told(first, "ItemPicked", 1)
    assert moved == 0
    second, moved = told(picked, "ShipmentCreated", 2)
    assert moved == 2
    third, moved = told(second, "ItemPicked", 4)
    assert (third.status, moved) == (S.COMMITTED, 1)


def test_what_was_committed_by_hand_counts_once_with_the_document_that_tells_of_it() -> None:
    committed = done(pending().commit([LineQuantity(2, sku="TENT")], SOON))

    first, moved = told(committed, "ItemPicked", 2)
    assert (units(first)["TENT", "A"], moved) == ((3, 0, 2, 0), 0)
    second, moved = told(first, "ItemPicked", 1)
    assert (units(second)["TENT", "A"], moved) == ((2, 0, 3, 0), 1)


def test_no_more_leaves_than_was_held_whatever_a_document_tells() -> None:
    after, moved = told(pending(), "ItemPicked", 9)

    assert (after.status, moved) == (S.COMMITTED, 5)


def test_documents_tell_of_several_lines_at_once() -> None:
    before = spread()
    tents, stoves = number_at(before, "TENT", "A"), number_at(before, "STOVE", "A")

    _, moved = changed(before.tell("ItemPicked", {tents: 1, stoves: 2}, SOON))

    assert sorted(moved) == [("STOVE", "A", 2), ("TENT", "A", 1)]
