"""Documents of the warehouse, laid on the lines of a reservation."""

from __future__ import annotations

import pytest

from domain.documents import units_told
from domain.refusals import Refusal
from domain.reservation_lines import LineQuantity
from domain.reservations import Reservation
from tests.factories.reservations import LATER, SOON, R, done, pending, spread, waiting


def line(sku: str, quantity: int, location: str | None = None) -> LineQuantity:
    return LineQuantity(quantity, None, sku, location)


def told(
    reservation: Reservation, *lines: LineQuantity, document: str = "ItemPicked"
) -> dict[tuple[str, str | None], int]:
    """Units by SKU and location."""
    units = units_told(reservation, document, lines or None)
    assert isinstance(units, dict), units
    places = {each.number: (each.sku, each.location) for each in reservation.lines}
    return {places[number]: count for number, count in units.items()}


def refused(reservation: Reservation, *lines: LineQuantity) -> list[Refusal]:
    outcome = units_told(reservation, "ItemPicked", lines)
    assert isinstance(outcome, list), outcome
    return outcome


def test_without_lines_all_that_is_held_is_meant() -> None:
    assert told(spread()) == {("TENT", "A"): 4, ("TENT", "C"): 3, ("STOVE", "A"): 2}
    assert told(waiting()) == {("TENT", "A"): 2}


def test_a_line_without_a_location_is_served_line_by_line() -> None:
    reservation = spread()
    first = next(each for each in reservation.lines if each.sku == "TENT")
    [(place, units), (_, rest)] = told(reservation, line("TENT", 5)).items()
    assert (place, units + rest) == (("TENT", first.location), 5)
    assert units == first.allocated


def test_a_line_with_a_location_is_that_line() -> None:
    assert told(spread(), line("TENT", 1, "C"), line("TENT", 2, "A")) == {("TENT", "C"): 1, ("TENT", "A"): 2}


def test_the_same_sku_twice_is_summed() -> None:
    assert sum(told(pending(), line("TENT", 2), line("TENT", 3)).values()) == 5


def test_of_a_line_one_kind_of_document_tells_no_more_than_there_is_and_another_may_tell_it_again() -> None:
    reservation = done(pending().tell("ItemPicked", {0: 4}, SOON))
    assert told(reservation) == {("TENT", "A"): 1}
    assert told(reservation, document="ShipmentCreated") == {("TENT", "A"): 5}
    [refusal] = refused(reservation, line("TENT", 2))
    assert (refusal.code, refusal.field) == (R.INVALID_QUANTITY, ("lines", "0", "quantity"))
    assert (refusal.requested, refusal.available) == (2, 1)


def test_nothing_is_left_to_tell_once_all_was_told_or_given_back() -> None:
    assert told(done(pending().tell("ItemPicked", {0: 5}, SOON))) == {}
    part = done(done(pending().commit([line("TENT", 2)], SOON)).release(None, LATER))
    assert told(part) == {("TENT", "A"): 2}
    assert refused(part, line("TENT", 3))[0].code == R.INVALID_QUANTITY


@pytest.mark.parametrize("named", [line("BOAT", 1), line("TENT", 1, "B")])
def test_what_the_reservation_does_not_have_is_named(named: LineQuantity) -> None:
    [refusal] = refused(pending(), line("TENT", 1), named)
    assert (refusal.code, refusal.field) == (R.NOT_FOUND, ("lines", "1", "sku"))


def test_what_waits_for_stock_is_told_apart_from_what_there_never_will_be() -> None:
    assert [each.code for each in refused(waiting(), line("TENT", 5))] == [R.INSUFFICIENT_STOCK]
    assert [each.code for each in refused(waiting(), line("TENT", 3, "B"))] == [R.INSUFFICIENT_STOCK]
    assert [each.code for each in refused(waiting(), line("TENT", 6))] == [R.INVALID_QUANTITY]
    assert [each.code for each in refused(waiting(), line("TENT", 4, "B"))] == [R.NOT_FOUND]
