"""A reservation's lines: their ids, how units are chosen from them, and how what waits is filled."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.quantities import LEVEL_MAX
from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import (
    LINES_MAX,
    NUMBERS_MAX,
    LineQuantity,
    ReservationLine,
    chosen,
    filled,
    invalid_lines,
    line_id,
    line_number,
    moved,
    reservation_id,
)
from domain.strategies import Share

ID = reservation_id(UUID("0198a0c0-1111-7222-8333-444455556666"))
OTHER = reservation_id(UUID("0198a0c0-1111-7222-8333-444455576666"))
TENTS_A = ReservationLine(0, "TENT", "A", 5, allocated=3, committed=2)
TENTS_B = ReservationLine(1, "TENT", "B", 4, allocated=4)
TENTS_DUE = ReservationLine(2, "TENT", None, 6, backordered=6)
STOVES = ReservationLine(3, "STOVE", "A", 2, allocated=2)
MUGS_GONE = ReservationLine(4, "MUG", "A", 2, released=2)
LINES = (TENTS_A, TENTS_B, TENTS_DUE, STOVES, MUGS_GONE)


def commits(*asked: LineQuantity) -> dict[int, int] | list[RefusalCode]:
    return _told(chosen(ID, LINES, asked, waiting=False))


def releases(*asked: LineQuantity) -> dict[int, int] | list[RefusalCode]:
    return _told(chosen(ID, LINES, asked, waiting=True))


def _told(units: dict[int, int] | list[Refusal]) -> dict[int, int] | list[RefusalCode]:
    if isinstance(units, list):
        return [refusal.code for refusal in units]
    return {number: count for number, count in units.items() if count}


def test_the_id_of_a_line_leads_to_its_reservation_and_number() -> None:
    assert ID != OTHER
    for number in (0, 1, NUMBERS_MAX - 1):
        id_ = line_id(ID, number)
        assert (reservation_id(id_), line_number(id_)) == (ID, number)
    assert len({line_id(ID, number) for number in range(1000)} | {line_id(OTHER, 0)}) == 1001
    for impossible in (-1, NUMBERS_MAX):
        with pytest.raises(ValueError):
            line_id(ID, impossible)


def test_a_line_is_named_by_its_id() -> None:
    assert commits(LineQuantity(2, line_id(ID, 1)), LineQuantity(3, line_id(ID, 0))) == {1: 2, 0: 3}


def test_a_sku_names_its_open_lines_in_their_order() -> None:
    assert commits(LineQuantity(5, sku="TENT")) == {0: 3, 1: 2}
    assert commits(LineQuantity(2, sku="TENT"), LineQuantity(2, sku="STOVE")) == {0: 2, 3: 2}


def test_a_sku_at_a_location_names_the_line_there() -> None:
    assert commits(LineQuantity(4, sku="TENT", location="B")) == {1: 4}
    assert commits(LineQuantity(1, sku="TENT", location="A"), LineQuantity(1, sku="TENT", location="B")) == {0: 1, 1: 1}


def test_what_waits_can_be_released_but_not_committed() -> None:
    assert commits(LineQuantity(8, sku="TENT")) == [RefusalCode.INVALID_QUANTITY]
    assert releases(LineQuantity(8, sku="TENT")) == {0: 3, 1: 4, 2: 1}
    assert releases(LineQuantity(6, line_id(ID, 2))) == {2: 6}
    assert commits(LineQuantity(1, line_id(ID, 2))) == [RefusalCode.INVALID_QUANTITY]


@pytest.mark.parametrize(
    ("asked", "available"),
    [
        (LineQuantity(4, line_id(ID, 0)), 3),
        (LineQuantity(8, sku="TENT"), 7),
        (LineQuantity(5, sku="TENT", location="B"), 4),
        (LineQuantity(1, line_id(ID, 4)), 0),
        (LineQuantity(1, sku="MUG"), 0),
    ],
)
def test_more_than_is_open_is_refused_with_what_there_is(asked: LineQuantity, available: int) -> None:
    [refusal] = _refusals(asked)

    assert (refusal.code, refusal.available) == (RefusalCode.INVALID_QUANTITY, available)
    assert (refusal.requested, refusal.field[:2]) == (asked.quantity, ("lines", "0"))


@pytest.mark.parametrize(
    "asked",
    [
        LineQuantity(1, line_id(ID, 5)),
        LineQuantity(1, line_id(OTHER, 0)),
        LineQuantity(1, sku="tent"),
        LineQuantity(1, sku="TENT", location="C"),
        LineQuantity(1, sku="STOVE", location="B"),
    ],
)
def test_a_line_that_is_not_there_is_not_found(asked: LineQuantity) -> None:
    [refusal] = _refusals(asked)

    assert (refusal.code, refusal.field[:2]) == (RefusalCode.NOT_FOUND, ("lines", "0"))


@pytest.mark.parametrize(
    "asked",
    [
        (LineQuantity(1, line_id(ID, 0)), LineQuantity(1, line_id(ID, 0))),
        (LineQuantity(1, sku="STOVE"), LineQuantity(1, line_id(ID, 3))),
        (LineQuantity(1, line_id(ID, 3)), LineQuantity(1, sku="STOVE", location="A")),
        (LineQuantity(1, sku="STOVE"), LineQuantity(1, sku="STOVE")),
    ],
)
def test_a_line_named_twice_is_refused_where_it_is_named_again(asked: tuple[LineQuantity, ...]) -> None:
    [refusal] = _refusals(*asked)

    assert (refusal.code, refusal.field[:2]) == (RefusalCode.DUPLICATE_LINE, ("lines", "1"))


def test_each_entry_that_cannot_be_carried_out_is_told() -> None:
    refusals = _refusals(
        LineQuantity(9, line_id(ID, 0)), LineQuantity(1, sku="TENT", location="B"), LineQuantity(1, sku="LAMP")
    )

    assert [(each.code, each.field[:2]) for each in refusals] == [
        (RefusalCode.INVALID_QUANTITY, ("lines", "0")),
        (RefusalCode.NOT_FOUND, ("lines", "2")),
    ]


def _refusals(*asked: LineQuantity) -> list[Refusal]:
    units = chosen(ID, LINES, asked, waiting=False)
    assert isinstance(units, list)
    return units


def _invalid(*lines: LineQuantity) -> RefusalCode | None:
    refusal = invalid_lines(lines)
    return refusal and refusal.code


def test_a_list_of_lines_has_one_to_a_thousand() -> None:
    assert invalid_lines(None) is None
    assert _invalid() is RefusalCode.INVALID_INPUT
    assert _invalid(*[LineQuantity(1, sku="TENT")] * LINES_MAX) is None
    assert _invalid(*[LineQuantity(1, sku="TENT")] * (LINES_MAX + 1)) is RefusalCode.LIMIT_EXCEEDED


@pytest.mark.parametrize("quantity", [0, -1, LEVEL_MAX + 1, 2**63])
def test_a_quantity_is_a_whole_number_that_a_level_can_hold(quantity: int) -> None:
    assert _invalid(LineQuantity(1, sku="TENT"), LineQuantity(quantity, sku="STOVE")) is RefusalCode.INVALID_QUANTITY


@pytest.mark.parametrize(
    "entry",
    [
        LineQuantity(1),
        LineQuantity(1, location="A"),
        LineQuantity(1, line_id(ID, 0), sku="TENT"),
        LineQuantity(1, line_id(ID, 0), location="A"),
        LineQuantity(1, sku=""),
    ],
)
def test_a_line_is_named_by_its_id_or_by_its_sku_and_not_by_both(entry: LineQuantity) -> None:
    assert _invalid(entry) is RefusalCode.INVALID_INPUT


def test_of_a_line_the_units_that_wait_are_given_up_before_those_that_are_held() -> None:
    both = ReservationLine(0, "TENT", "A", 7, allocated=4, backordered=3)

    after = both.release(5)

    assert (after.allocated, after.backordered, after.released) == (2, 0, 5)


def test_a_waiting_line_that_takes_a_part_becomes_two() -> None:
    waiting = ReservationLine(2, "TENT", None, 6, backordered=5, released=1, wanted="B")

    [still, held] = filled([waiting], 2, Share(0, "B", 2))

    assert (still.number, still.location, still.backordered, still.released, still.quantity) == (2, None, 3, 1, 4)
    assert (held.number, held.location, held.allocated, held.quantity, held.wanted) == (3, "B", 2, 2, "B")
    assert still.wanted == "B"


def test_what_comes_later_to_the_same_location_joins_the_line_there() -> None:
    lines = [ReservationLine(0, "TENT", None, 9, backordered=9)]

    for units in (2, 3):
        lines = filled(lines, 0, Share(0, "A", units))
    lines = filled(lines, 0, Share(0, "B", 1))

    assert [(line.location, line.allocated, line.backordered) for line in lines] == [
        (None, 0, 3),
        ("A", 5, 0),
        ("B", 1, 0),
    ]


def test_a_waiting_line_that_takes_all_of_it_is_held_itself() -> None:
    [held] = filled([ReservationLine(2, "TENT", None, 5, backordered=5)], 2, Share(0, "A", 5))

    assert (held.number, held.location, held.allocated, held.backordered) == (2, "A", 5, 0)


def test_what_was_given_up_of_a_waiting_line_stays_where_it_was() -> None:
    waiting = ReservationLine(2, "TENT", None, 6, backordered=5, released=1)

    [still, held] = filled([waiting], 2, Share(0, "A", 5))

    assert (still.number, still.location, still.backordered, still.released, still.quantity) == (2, None, 0, 1, 1)
    assert (held.number, held.location, held.allocated, held.quantity) == (3, "A", 5, 5)


def test_what_has_moved_is_what_is_held_no_more_line_by_line() -> None:
    after = (TENTS_A.commit(1), TENTS_B.release(4), TENTS_DUE.release(6), STOVES)

    assert moved(LINES[:4], after) == (("TENT", "A", 1), ("TENT", "B", 4))
