"""Reservations: made, confirmed, extended, expired, and committed or released in whole and in part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.allocation import Shortage, allocate
from domain.reservation_lines import LineQuantity, line_id
from domain.reservations import Reservation
from domain.strategies import AllocationStrategy, Want
from tests.factories.reservations import (
    BOTH,
    ID,
    LATER,
    NOON,
    SOON,
    TENTS,
    TTL,
    R,
    S,
    changed,
    done,
    failed,
    number_at,
    pending,
    refused,
    reserved,
    spread,
    units,
    waiting,
)
from tests.factories.shelves import shelves


def test_a_new_reservation_holds_its_units_for_as_long_as_the_order_says() -> None:
    made, moved = Reservation.made(ID, TENTS, allocate(TENTS.wants, shelves(TENT={"A": 9}), TENTS.strategy), NOON)

    assert (made.status, made.version, made.created_at, made.updated_at) == (S.PENDING, 1, NOON, NOON)
    assert made.expires_at == NOON + timedelta(seconds=TTL)
    assert units(made) == {("TENT", "A"): (5, 0, 0, 0)}
    assert moved == made.held == (("TENT", "A", 5),)
    assert made.shortages == () and made.awaited == frozenset()


def test_a_partial_reservation_leaves_out_what_is_short_and_tells_it() -> None:
    made = reserved(BOTH, {"TENT": {"A": 3}, "STOVE": {"A": 2}})

    assert made.status is S.PENDING
    assert units(made) == {("TENT", "A"): (3, 0, 0, 0), ("STOVE", "A"): (2, 0, 0, 0)}
    assert made.shortages == (Shortage("TENT", None, 7, 3),)


def test_a_queued_reservation_waits_for_what_is_short_and_never_expires_meanwhile() -> None:
    made = reserved(BOTH, {"TENT": {"A": 3}}, queued=True)

    assert (made.status, made.expires_at) == (S.BACKORDERED, None)
    assert units(made) == {
        ("TENT", "A"): (3, 0, 0, 0),
        ("TENT", None): (0, 4, 0, 0),
        ("STOVE", None): (0, 2, 0, 0),
    }
    assert made.awaited == {"TENT", "STOVE"}
    assert made.expire(NOON + timedelta(days=365)) is None


def test_a_queued_reservation_that_gets_all_is_as_any_other() -> None:
    assert reserved(TENTS, {"TENT": {"A": 5}}, queued=True) == pending()


def test_an_order_that_could_not_be_served_is_kept_with_nothing_held() -> None:
    kept = failed()

    assert (kept.failure, kept.expires_at, kept.held) == (R.INSUFFICIENT_STOCK, None, ())
    assert units(kept) == {("TENT", None): (0, 0, 0, 5)}
    assert kept.shortages == (Shortage("TENT", None, 5, 0),)


def test_orders_ask_the_same_if_they_want_the_same_in_whatever_order() -> None:
    turned = replace(BOTH, id="O-3", wants=BOTH.wants[::-1], strategy=AllocationStrategy.NEAREST, zone="north")

    assert BOTH.asks_as(turned)
    assert not BOTH.asks_as(TENTS)
    assert not BOTH.asks_as(replace(BOTH, wants=(BOTH.wants[0], Want("STOVE", "B", 2))))
    assert not BOTH.asks_as(replace(BOTH, wants=(BOTH.wants[0], Want("STOVE", "A", 3))))


def test_what_is_paid_for_expires_no_more() -> None:
    confirmed = done(pending().confirm(SOON))

    assert (confirmed.expires_at, confirmed.confirmed) == (None, True)
    assert confirmed.held == pending().held
    assert confirmed.expire(NOON + timedelta(days=365)) is None


def test_an_extension_counts_from_now_and_may_also_shorten() -> None:
    assert done(pending().extend(3600, SOON)).expires_at == SOON + timedelta(seconds=3600)
    assert done(pending().extend(1, SOON)).expires_at == SOON + timedelta(seconds=1)


def test_what_was_extended_expires_at_its_new_time_only() -> None:
    extended = done(pending().extend(3600, SOON))

    assert extended.expire(LATER) is None
    assert done(extended.expire(SOON + timedelta(seconds=3600))).status is S.EXPIRED


def test_what_expires_gives_everything_back() -> None:
    expired, moved = changed(spread().expire(LATER))

    assert sorted(moved) == [("STOVE", "A", 2), ("TENT", "A", 4), ("TENT", "C", 3)]
    assert set(units(expired).values()) == {(0, 0, 0, 4), (0, 0, 0, 3), (0, 0, 0, 2)}
    assert expired.held == ()


def test_a_part_is_committed_by_line_by_sku_and_by_location() -> None:
    before = spread()
    asked = [
        LineQuantity(1, line_id(ID, number_at(before, "TENT", "A"))),
        LineQuantity(2, sku="TENT", location="C"),
        LineQuantity(2, sku="STOVE"),
    ]

    after, moved = changed(before.commit(asked, SOON))

    assert units(after) == {("TENT", "A"): (3, 0, 1, 0), ("TENT", "C"): (1, 0, 2, 0), ("STOVE", "A"): (0, 0, 2, 0)}
    assert sorted(moved) == [("STOVE", "A", 2), ("TENT", "A", 1), ("TENT", "C", 2)]
    assert (after.status, after.expires_at, after.confirmed) == (S.CONFIRMED, None, True)


def test_what_is_committed_in_parts_is_committed_in_the_end() -> None:
    first = done(spread().commit([LineQuantity(2, sku="STOVE")], SOON))
    second, moved = changed(first.commit(None, SOON))

    assert second.status is S.COMMITTED
    assert sorted(moved) == [("TENT", "A", 4), ("TENT", "C", 3)]


def test_a_part_is_released_and_the_rest_waits_for_its_time_as_before() -> None:
    before = spread()

    after, moved = changed(before.release([LineQuantity(5, sku="TENT")], SOON))

    assert sum(count for _, _, count in moved) == 5 and {sku for sku, _, _ in moved} == {"TENT"}
    assert (after.status, after.expires_at) == (S.PENDING, before.expires_at)
    assert next(line.open for line in after.lines if line.sku == "TENT") == 0


def test_after_a_part_was_shipped_giving_up_the_rest_ends_it_as_committed() -> None:
    shipped = done(spread().commit([LineQuantity(1, sku="TENT")], SOON))

    assert done(shipped.release(None, LATER)).status is S.COMMITTED


def test_giving_up_all_in_parts_ends_it_as_released() -> None:
    first = done(spread().release([LineQuantity(2, sku="STOVE")], SOON))

    assert done(first.release([LineQuantity(7, sku="TENT")], SOON)).status is S.RELEASED


@pytest.mark.parametrize("verb", [Reservation.commit, Reservation.release])
def test_lines_that_are_wrong_leave_all_of_it_as_it_is(verb: Callable[..., Any]) -> None:
    asked = [LineQuantity(1, sku="TENT"), LineQuantity(3, sku="STOVE"), LineQuantity(1, sku="LAMP")]

    assert refused(verb(spread(), asked, SOON)) == [R.INVALID_QUANTITY, R.NOT_FOUND]


def test_what_only_waits_cannot_be_committed() -> None:
    nothing_there = reserved(TENTS, {}, queued=True)

    assert refused(nothing_there.commit(None, SOON)) == [R.ILLEGAL_TRANSITION]
    assert refused(waiting().commit([LineQuantity(3, sku="TENT")], SOON)) == [R.INVALID_QUANTITY]


def test_committing_what_is_there_of_a_queued_reservation_leaves_it_waiting_and_paid_for() -> None:
    after, moved = changed(waiting().commit(None, SOON))

    assert (after.status, after.confirmed, moved) == (S.BACKORDERED, True, (("TENT", "A", 2),))
    assert done(after.fill("TENT", shelves(TENT={"B": 3}), SOON)).status is S.CONFIRMED


def test_giving_up_what_waits_moves_nothing_and_ends_the_waiting() -> None:
    before = waiting()
    line = LineQuantity(3, line_id(ID, number_at(before, "TENT", None)))

    after, moved = changed(before.release([line], SOON))

    assert moved == ()
    assert (after.status, after.expires_at) == (S.PENDING, SOON + timedelta(seconds=TTL))


def test_a_vendor_gives_up_its_own_lines_and_no_others() -> None:
    before = spread()
    own = {number_at(before, "STOVE", "A")}

    after, moved = changed(before.release(None, SOON, among=own))

    assert moved == (("STOVE", "A", 2),)
    assert after.status is S.PENDING


def test_a_vendor_finds_no_lines_of_others() -> None:
    before = spread()
    own = {number_at(before, "STOVE", "A")}
    others = line_id(ID, number_at(before, "TENT", "A"))

    assert refused(before.release([LineQuantity(1, others)], SOON, among=own)) == [R.NOT_FOUND]
    assert refused(before.release([LineQuantity(1, sku="TENT")], SOON, among=own)) == [R.NOT_FOUND]
    assert done(before.release([LineQuantity(1, sku="STOVE")], SOON, among=own)).status is S.PENDING


def test_a_vendor_of_whose_lines_none_is_open_has_nothing_to_give_up() -> None:
    before = spread()
    own = {number_at(before, "STOVE", "A")}
    given_up = done(before.release(None, SOON, among=own))

    assert refused(given_up.release(None, SOON, among=own)) == [R.ILLEGAL_TRANSITION]
