"""Demand: what orders ask for, and what of it is promised at once, by what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.allocation import allocate
from domain.demand import Demand, demand_of, summed
from domain.orders import Unserved
from domain.refusals import Refusal, RefusalCode
from domain.strategies import AllocationStrategy, Want
from tests.factories.shelves import shelves

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WANTS = (Want("TENT", None, 7), Want("STOVE", "A", 2))


def test_what_is_promised_is_asked_of_the_places_that_promise_it_and_the_rest_of_none() -> None:
    allocation = allocate(WANTS, shelves(TENT={"A": 3, "B": 1}, STOVE={"A": 1}), AllocationStrategy.PRIORITY)

    assert sorted(demand_of(WANTS, allocation, NOON), key=str) == sorted(
        [
            Demand("TENT", "A", 3, 3, NOON),
            Demand("TENT", "B", 1, 1, NOON),
            Demand("TENT", None, 3, 0, NOON),
            Demand("STOVE", "A", 1, 1, NOON),
            Demand("STOVE", "A", 1, 0, NOON),
        ],
        key=str,
    )


def test_an_order_refused_for_want_of_stock_asked_for_all_of_it_and_was_served_with_nothing() -> None:
    short = Unserved((Refusal(RefusalCode.INSUFFICIENT_STOCK, "3 asked, 1 available."),))

    assert list(demand_of(WANTS, short, NOON)) == [
        Demand("TENT", None, 7, 0, NOON),
        Demand("STOVE", "A", 2, 0, NOON),
    ]


def test_an_order_of_what_there_is_not_asked_for_nothing_that_stock_could_serve() -> None:
    unknown = Unserved((Refusal(RefusalCode.UNKNOWN_SKU, "no such SKU"),))

    assert list(demand_of(WANTS, unknown, NOON)) == []


def test_what_is_asked_at_one_place_and_moment_adds_up() -> None:
    assert summed([Demand("TENT", "A", 3, 3, NOON), Demand("TENT", "A", 2, 0, NOON)]) == [
        Demand("TENT", "A", 5, 3, NOON)
    ]
