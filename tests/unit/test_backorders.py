"""What waits for stock, and what other systems tell of the goods."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.strategies import Want
from tests.factories.reservations import BOTH, SOON, TENTS, TTL, S, changed, done, reserved, units, waiting
from tests.factories.shelves import shelves


def test_what_waits_takes_what_there_is_and_goes_on_waiting() -> None:
    after, moved = changed(waiting().fill("TENT", shelves(TENT={"B": 2}), SOON))

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
