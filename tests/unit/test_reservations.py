"""The life of a reservation: every step from every state, in whole and in part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.allocation import Shortage, allocate
from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import LineQuantity, line_id, reservation_id
from domain.reservations import OPEN, STANDING, Changed, Order, Reservation, ReservationStatus
from domain.strategies import AllocationStrategy, Want
from tests.unit.test_allocation import shelves

ID = reservation_id(UUID("0198a0c0-1111-7222-8333-444455556666"))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOON, LATER = NOON + timedelta(seconds=60), NOON + timedelta(seconds=600)
TTL = 600
TENTS = Order("O-1", (Want("TENT", None, 5),), ttl_seconds=TTL)
BOTH = Order("O-2", (Want("TENT", None, 7), Want("STOVE", "A", 2)), ttl_seconds=TTL)

S, R = ReservationStatus, RefusalCode


def reserved(order: Order, stock: Mapping[str, Mapping[str, int]], *, queued: bool = False) -> Reservation:
    return Reservation.made(ID, order, allocate(order.wants, shelves(**stock), order.strategy), NOON, queued=queued)[0]


def done(outcome: Changed | list[Refusal] | None) -> Reservation:
    assert isinstance(outcome, Changed), outcome
    return outcome.reservation


def refused(outcome: Changed | list[Refusal] | None) -> list[RefusalCode]:
    assert isinstance(outcome, list), outcome
    return [refusal.code for refusal in outcome]


def pending() -> Reservation:
    return reserved(TENTS, {"TENT": {"A": 5}})


def waiting() -> Reservation:
    """Two tents held, three awaited."""
    return reserved(TENTS, {"TENT": {"A": 2}}, queued=True)


def spread() -> Reservation:
    """Tents: 3 at C (line 0), 4 at A (line 1); stoves: 2 at A (line 2), in some order of lines."""
    return reserved(BOTH, {"TENT": {"A": 4, "C": 3}, "STOVE": {"A": 2}})


def units(reservation: Reservation) -> dict[tuple[str, str | None], tuple[int, int, int, int]]:
    """(SKU, location) -> allocated, backordered, committed, released."""
    return {
        (line.sku, line.location): (line.allocated, line.backordered, line.committed, line.released)
        for line in reservation.lines
    }


def number_at(reservation: Reservation, sku: str, location: str | None) -> int:
    return next(line.number for line in reservation.lines if (line.sku, line.location) == (sku, location))


# ------------------------------------------------------------------------------------------------- from state to state

STATES: dict[str, Callable[[], Reservation]] = {
    "requested": lambda: replace(pending(), status=S.REQUESTED, expires_at=None, lines=()),
    "pending": pending,
    "confirmed": lambda: done(pending().confirm(NOON)),
    "partly committed": lambda: done(pending().commit([LineQuantity(2, sku="TENT")], NOON)),
    "backordered": waiting,
    "backordered and paid": lambda: done(waiting().confirm(NOON)),
    "committed": lambda: done(pending().commit(None, NOON)),
    "released": lambda: done(pending().release(None, NOON)),
    "expired": lambda: done(pending().expire(LATER)),
    "failed": lambda: Reservation.failed(ID, TENTS, R.INSUFFICIENT_STOCK, [Shortage("TENT", None, 5, 0)], NOON),
}
VERBS: dict[str, Callable[[Reservation], Changed | list[Refusal] | None]] = {
    "confirm": lambda reservation: reservation.confirm(SOON),
    "commit": lambda reservation: reservation.commit(None, SOON),
    "release": lambda reservation: reservation.release(None, SOON),
    "extend": lambda reservation: reservation.extend(3600, SOON),
    "expire": lambda reservation: reservation.expire(SOON),
    "tell": lambda reservation: reservation.tell("ItemPicked", {0: 1}, SOON),
    "fill": lambda reservation: reservation.fill("TENT", shelves(TENT={"B": 9}), SOON),
    "expire when due": lambda reservation: reservation.expire(LATER),
}
NO, LATE = R.ILLEGAL_TRANSITION, R.RESERVATION_EXPIRED
#: State -> the outcome of each verb, in the order of VERBS; None: nothing happens.
OUTCOMES: dict[str, tuple[ReservationStatus | RefusalCode | None, ...]] = {
    "requested": (NO, NO, NO, NO, None, NO, None, None),
    "pending": (S.CONFIRMED, S.COMMITTED, S.RELEASED, S.PENDING, None, S.CONFIRMED, None, S.EXPIRED),
    "confirmed": (NO, S.COMMITTED, S.RELEASED, NO, None, S.CONFIRMED, None, None),
    "partly committed": (NO, S.COMMITTED, S.COMMITTED, NO, None, S.CONFIRMED, None, None),
    "backordered": (S.BACKORDERED, S.BACKORDERED, S.RELEASED, NO, None, S.BACKORDERED, S.PENDING, None),
    "backordered and paid": (NO, S.BACKORDERED, S.RELEASED, NO, None, S.BACKORDERED, S.CONFIRMED, None),
    "committed": (NO, NO, NO, NO, None, S.COMMITTED, None, None),
    "released": (NO, NO, NO, NO, None, NO, None, None),
    "expired": (LATE, LATE, LATE, LATE, None, LATE, None, None),
    "failed": (NO, NO, NO, NO, None, NO, None, None),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_its_one_outcome_in_each_state(state: str, verb: str) -> None:
    before = STATES[state]()
    expected = OUTCOMES[state][list(VERBS).index(verb)]

    outcome = VERBS[verb](before)

    if isinstance(outcome, Changed):
        assert outcome.reservation.status is expected
        assert outcome.reservation.version == before.version + 1
        assert outcome.reservation.updated_at in (SOON, LATER)
        assert (outcome.reservation.status is S.PENDING) == (outcome.reservation.expires_at is not None)
    else:
        assert (outcome and refused(outcome)) == (expected and [expected])
    assert before == STATES[state]()


@pytest.mark.parametrize("verb", ["confirm", "commit", "release", "extend", "tell"])
def test_what_is_past_its_time_refuses_every_step_before_anyone_has_ended_it(verb: str) -> None:
    lapsed = replace(pending(), expires_at=SOON)

    assert lapsed.lapsed(SOON) and not lapsed.lapsed(SOON - timedelta(microseconds=1))
    assert refused(VERBS[verb](lapsed)) == [LATE]
    assert not isinstance(VERBS[verb](replace(lapsed, expires_at=SOON + timedelta(microseconds=1))), list)


def test_an_order_stands_until_it_was_given_up() -> None:
    open_ = {name: state().open for name, state in STATES.items()}
    standing = {name: state().standing for name, state in STATES.items()}

    assert [name for name in STATES if not open_[name]] == ["committed", "released", "expired", "failed"]
    assert [name for name in STATES if not standing[name]] == ["released", "expired", "failed"]
    assert OPEN < STANDING


# ------------------------------------------------------------------------------------------------- reserving


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
    failed = STATES["failed"]()

    assert (failed.failure, failed.expires_at, failed.held) == (R.INSUFFICIENT_STOCK, None, ())
    assert units(failed) == {("TENT", None): (0, 0, 0, 5)}
    assert failed.shortages == (Shortage("TENT", None, 5, 0),)


def test_orders_ask_the_same_if_they_want_the_same_in_whatever_order() -> None:
    turned = replace(BOTH, id="O-3", wants=BOTH.wants[::-1], strategy=AllocationStrategy.NEAREST, zone="north")

    assert BOTH.asks_as(turned)
    assert not BOTH.asks_as(TENTS)
    assert not BOTH.asks_as(replace(BOTH, wants=(BOTH.wants[0], Want("STOVE", "B", 2))))
    assert not BOTH.asks_as(replace(BOTH, wants=(BOTH.wants[0], Want("STOVE", "A", 3))))


# ------------------------------------------------------------------------------------------------- confirm and extend


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
    expired, moved = _changed(spread().expire(LATER))

    assert sorted(moved) == [("STOVE", "A", 2), ("TENT", "A", 4), ("TENT", "C", 3)]
    assert set(units(expired).values()) == {(0, 0, 0, 4), (0, 0, 0, 3), (0, 0, 0, 2)}
    assert expired.held == ()


def _changed(outcome: Changed | list[Refusal] | None) -> Changed:
    assert isinstance(outcome, Changed), outcome
    return outcome


# ------------------------------------------------------------------------------------------------- commit and release


def test_a_part_is_committed_by_line_by_sku_and_by_location() -> None:
    before = spread()
    asked = [
        LineQuantity(1, line_id(ID, number_at(before, "TENT", "A"))),
        LineQuantity(2, sku="TENT", location="C"),
        LineQuantity(2, sku="STOVE"),
    ]

    after, moved = _changed(before.commit(asked, SOON))

    assert units(after) == {("TENT", "A"): (3, 0, 1, 0), ("TENT", "C"): (1, 0, 2, 0), ("STOVE", "A"): (0, 0, 2, 0)}
    assert sorted(moved) == [("STOVE", "A", 2), ("TENT", "A", 1), ("TENT", "C", 2)]
    assert (after.status, after.expires_at, after.confirmed) == (S.CONFIRMED, None, True)


def test_what_is_committed_in_parts_is_committed_in_the_end() -> None:
    first = done(spread().commit([LineQuantity(2, sku="STOVE")], SOON))
    second, moved = _changed(first.commit(None, SOON))

    assert second.status is S.COMMITTED
    assert sorted(moved) == [("TENT", "A", 4), ("TENT", "C", 3)]


def test_a_part_is_released_and_the_rest_waits_for_its_time_as_before() -> None:
    before = spread()

    after, moved = _changed(before.release([LineQuantity(5, sku="TENT")], SOON))

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
    after, moved = _changed(waiting().commit(None, SOON))

    assert (after.status, after.confirmed, moved) == (S.BACKORDERED, True, (("TENT", "A", 2),))
    assert done(after.fill("TENT", shelves(TENT={"B": 3}), SOON)).status is S.CONFIRMED


def test_giving_up_what_waits_moves_nothing_and_ends_the_waiting() -> None:
    before = waiting()
    line = LineQuantity(3, line_id(ID, number_at(before, "TENT", None)))

    after, moved = _changed(before.release([line], SOON))

    assert moved == ()
    assert (after.status, after.expires_at) == (S.PENDING, SOON + timedelta(seconds=TTL))


# ------------------------------------------------------------------------------------------------- vendors


def test_a_vendor_gives_up_its_own_lines_and_no_others() -> None:
    before = spread()
    own = {number_at(before, "STOVE", "A")}

    after, moved = _changed(before.release(None, SOON, among=own))

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


# ------------------------------------------------------------------------------------------------- what waits


def test_what_waits_takes_what_there_is_and_goes_on_waiting() -> None:
    after, moved = _changed(waiting().fill("TENT", shelves(TENT={"B": 2}), SOON))

    assert moved == (("TENT", "B", 2),)
    assert units(after) == {("TENT", "A"): (2, 0, 0, 0), ("TENT", "B"): (2, 0, 0, 0), ("TENT", None): (0, 1, 0, 0)}
    assert (after.status, after.expires_at) == (S.BACKORDERED, None)
    assert len({line.number for line in after.lines}) == 3


def test_what_is_full_is_held_for_as_long_as_the_order_said_from_now_on() -> None:
    after = done(waiting().fill("TENT", shelves(TENT={"B": 9}), SOON))

    assert (after.status, after.expires_at) == (S.PENDING, SOON + timedelta(seconds=TTL))
    assert units(after) == {("TENT", "A"): (2, 0, 0, 0), ("TENT", "B"): (3, 0, 0, 0)}


def test_what_waits_for_two_skus_waits_on_for_the_other() -> None:
    both = reserved(BOTH, {}, queued=True)

    after = done(both.fill("STOVE", shelves(STOVE={"A": 2}, TENT={"A": 9}), SOON))

    assert (after.status, after.awaited) == (S.BACKORDERED, {"TENT"})


def test_what_waits_is_filled_from_several_locations_by_the_orders_strategy() -> None:
    after = done(reserved(TENTS, {}, queued=True).fill("TENT", shelves(TENT={"A": 4, "C": 2, "B": 2}), SOON))

    assert units(after) == {("TENT", "C"): (2, 0, 0, 0), ("TENT", "B"): (2, 0, 0, 0), ("TENT", "A"): (1, 0, 0, 0)}


def test_a_line_that_names_a_location_waits_for_that_location() -> None:
    there = reserved(replace(TENTS, wants=(Want("TENT", "B", 5),)), {"TENT": {"A": 9}}, queued=True)

    assert there.fill("TENT", shelves(TENT={"A": 9, "C": 9}), SOON) is None
    assert units(done(there.fill("TENT", shelves(TENT={"A": 9, "B": 9}), SOON))) == {("TENT", "B"): (5, 0, 0, 0)}


@pytest.mark.parametrize("stock", [{}, {"TENT": {}}, {"TENT": {"A": 0}}, {"STOVE": {"A": 9}}])
def test_where_nothing_is_there_for_those_who_wait_nothing_happens(stock: dict[str, dict[str, int]]) -> None:
    assert waiting().fill("TENT", shelves(**stock), SOON) is None


# ------------------------------------------------------------------------------------------------- documents


def told(reservation: Reservation, document: str, count: int) -> tuple[Reservation, int]:
    """After a document said that so many units of line 0 have left: the reservation, and what moved by it."""
    after, moved = _changed(reservation.tell(document, {0: count}, SOON))
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

    _, moved = _changed(before.tell("ItemPicked", {tents: 1, stoves: 2}, SOON))

    assert sorted(moved) == [("STOVE", "A", 2), ("TENT", "A", 1)]
