"""Allocation: which locations serve an order, by each strategy, and that nothing promises what is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, combinations
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.allocation import Allocation, FulfillmentPolicy, Shortage, allocate, summed
from domain.locations import Location
from domain.orders import refusals_of
from domain.refusals import RefusalCode
from domain.strategies import AllocationStrategy, Shelf, Want
from tests.factories.shelves import SITES, Held, shelf, shelves

PRIORITY, NEAREST, MOST_STOCK, FEWEST_SPLITS = AllocationStrategy


def tent(units: int, location: str | None = None) -> Want:
    return Want("TENT", location, units)


def stove(units: int, location: str | None = None) -> Want:
    return Want("STOVE", location, units)


def served(allocation: Allocation) -> list[tuple[int, str, int]]:
    return [(share.want, share.location, share.units) for share in allocation.shares]


def test_by_priority_the_lowest_number_serves_first_and_of_equals_the_first_code() -> None:
    stock = shelves(TENT={"A": 5, "D": 5, "B": 5, "C": 5})

    assert served(allocate([tent(18)], stock, PRIORITY)) == [(0, "C", 5), (0, "B", 5), (0, "D", 5), (0, "A", 3)]


def test_the_nearest_zone_serves_first_then_the_others_by_priority() -> None:
    stock = shelves(TENT={"A": 5, "B": 5, "C": 5, "D": 5})

    told = served(allocate([tent(18)], stock, NEAREST, "north"))
    assert told == [(0, "B", 5), (0, "D", 5), (0, "C", 5), (0, "A", 3)]
    assert served(allocate([tent(6)], stock, NEAREST, "south")) == [(0, "C", 5), (0, "A", 1)]


@pytest.mark.parametrize("zone", [None, "nowhere"])
def test_where_no_zone_is_near_priority_decides(zone: str | None) -> None:
    stock = shelves(TENT={"A": 5, "B": 5, "C": 5})

    assert served(allocate([tent(6)], stock, NEAREST, zone)) == served(allocate([tent(6)], stock, PRIORITY))


def test_a_location_outside_every_zone_is_not_near_to_an_order_without_one() -> None:
    nowhere = Shelf(Location(UUID(int=9), "Z", "Z", zone=None, priority=99), 5)
    stock = {"TENT": [nowhere, shelf("C", 5)]}

    assert served(allocate([tent(2)], stock, NEAREST, None)) == [(0, "C", 2)]


def test_the_most_stock_of_each_want_serves_first_and_of_equals_the_first_by_priority() -> None:
    stock = shelves(TENT={"C": 1, "A": 4, "D": 3, "B": 3}, STOVE={"A": 1, "C": 2})

    told = served(allocate([tent(9), stove(3)], stock, MOST_STOCK))
    assert told == [(0, "A", 4), (0, "B", 3), (0, "D", 2), (1, "C", 2), (1, "A", 1)]


def test_the_most_stock_is_counted_after_those_lines_that_name_a_location() -> None:
    stock = shelves(TENT={"A": 10, "B": 6})

    assert served(allocate([tent(9, "A"), tent(5)], stock, MOST_STOCK)) == [(0, "A", 9), (1, "B", 5)]


def test_the_fewest_splits_leave_a_better_priority_for_one_place_that_serves_all() -> None:
    stock = shelves(TENT={"C": 2, "A": 3}, STOVE={"B": 2, "A": 2})

    assert served(allocate([tent(3), stove(2)], stock, FEWEST_SPLITS)) == [(0, "A", 3), (1, "A", 2)]


def test_the_fewest_splits_of_one_want_take_the_fullest_shelves() -> None:
    stock = shelves(TENT={"C": 2, "B": 3, "A": 4})

    assert served(allocate([tent(7)], stock, FEWEST_SPLITS)) == [(0, "A", 4), (0, "B", 3)]


@pytest.mark.parametrize("strategy", AllocationStrategy)
def test_lines_that_name_a_location_are_served_before_those_that_leave_it_open(strategy: AllocationStrategy) -> None:
    stock = shelves(TENT={"A": 5, "C": 2})

    allocation = allocate([tent(4), tent(2, "C"), tent(2, "A")], stock, strategy)

    assert sorted(served(allocation)) == [(0, "A", 3), (1, "C", 2), (2, "A", 2)]
    assert allocation.shortages == {0: Shortage("TENT", None, 4, 3)}


@pytest.mark.parametrize("strategy", AllocationStrategy)
def test_a_line_that_names_a_location_takes_nothing_from_another(strategy: AllocationStrategy) -> None:
    allocation = allocate([tent(4, "C"), tent(1, "B")], shelves(TENT={"A": 9, "C": 3}), strategy, "south")

    assert served(allocation) == [(0, "C", 3)]
    assert allocation.shortages == {0: Shortage("TENT", "C", 4, 3), 1: Shortage("TENT", "B", 1, 0)}


@pytest.mark.parametrize("strategy", AllocationStrategy)
def test_of_what_is_nowhere_nothing_is_served(strategy: AllocationStrategy) -> None:
    allocation = allocate([tent(4), stove(1)], shelves(TENT={"A": 0}), strategy)

    assert allocation.shares == ()
    assert allocation.shortages == {0: Shortage("TENT", None, 4, 0), 1: Shortage("STOVE", None, 1, 0)}


def test_lines_of_one_sku_and_location_are_summed_in_the_order_in_which_they_are_first_named() -> None:
    lines = [tent(1), stove(2), tent(3, "A"), tent(4), stove(5), tent(6, "A")]

    assert summed(lines) == (tent(5), stove(7), tent(9, "A"))


_skus = st.sampled_from(["TENT", "STOVE", "MUG"])
_stock = st.dictionaries(_skus, st.dictionaries(st.sampled_from(sorted(SITES)), st.integers(0, 6)))
_wants = st.lists(
    st.builds(Want, _skus, st.none() | st.sampled_from(sorted(SITES)), st.integers(1, 9)), min_size=1, max_size=8
).map(summed)


def _served_at_most(wants: Sequence[Want], stock: Mapping[str, Held]) -> list[int]:
    """What can be served of each want at most: named locations first, then what is left anywhere."""
    left = Counter({(sku, code): units for sku, held in stock.items() for code, units in held.items()})
    most = [0] * len(wants)
    for number, want in sorted(enumerate(wants), key=lambda pair: pair[1].location is None):
        for code in SITES if want.location is None else [want.location]:
            taken = min(want.units - most[number], left[want.sku, code])
            left[want.sku, code] -= taken
            most[number] += taken
    return most


@given(_stock, _wants, st.sampled_from(AllocationStrategy), st.sampled_from([None, "north", "south"]))
def test_no_strategy_promises_what_is_not_there_and_each_serves_all_it_can(
    stock: dict[str, Held], wants: tuple[Want, ...], strategy: AllocationStrategy, zone: str | None
) -> None:
    allocation = allocate(wants, shelves(**stock), strategy, zone)

    taken: Counter[tuple[str, str]] = Counter()
    for share in allocation.shares:
        assert share.units > 0
        assert wants[share.want].location in (None, share.location)
        taken[wants[share.want].sku, share.location] += share.units
    assert all(units <= stock[sku][code] for (sku, code), units in taken.items())
    assert len({(share.want, share.location) for share in allocation.shares}) == len(allocation.shares)

    most = _served_at_most(wants, stock)
    given = [sum(share.units for share in allocation.shares if share.want == number) for number in range(len(wants))]
    assert given == most
    assert allocation.shortages == {
        number: Shortage(want.sku, want.location, want.units, most[number])
        for number, want in enumerate(wants)
        if most[number] < want.units
    }


def _fewest(wants: Sequence[Want], stock: Mapping[str, Held]) -> int:
    """The least number of locations that can serve what all of them can, found by trying every set of them."""

    def serve(codes: Sequence[str]) -> list[int]:
        return [min(want.units, sum(stock.get(want.sku, {}).get(code, 0) for code in codes)) for want in wants]

    codes = sorted({code for held in stock.values() for code in held})
    every = chain.from_iterable(combinations(codes, size) for size in range(len(codes) + 1))
    return next(len(some) for some in every if serve(some) == serve(codes))


_open = st.lists(st.builds(Want, _skus, st.none(), st.integers(1, 9)), min_size=1, max_size=3).map(summed)


@given(_stock, _open)
@example({"TENT": {"A": 3, "B": 2, "C": 2}, "STOVE": {"B": 1, "C": 1}}, (tent(4), stove(2)))
def test_the_fewest_splits_use_at_most_one_location_more_than_the_best_choice_of_four(
    stock: dict[str, Held], wants: tuple[Want, ...]
) -> None:
    """Greedy: the best for one want, and where one location serves all; never the whole house for a good pair."""
    used = len({share.location for share in allocate(wants, shelves(**stock), FEWEST_SPLITS).shares})
    best = _fewest(wants, stock)

    assert best <= used <= best + (best > 1 and len(wants) > 1)


def _refused(policy: FulfillmentPolicy, lines: Sequence[Want], stock: Mapping[str, Held]) -> list[object]:
    wants = summed(lines)
    refusals = refusals_of(lines, wants, allocate(wants, shelves(**stock), PRIORITY), policy)
    assert {each.code for each in refusals} <= {RefusalCode.INSUFFICIENT_STOCK}
    return [(each.field[:2], each.sku, each.location, each.requested, each.available) for each in refusals]


def test_an_order_for_all_or_nothing_is_refused_for_each_want_that_is_short() -> None:
    lines = [tent(2), stove(1, "A"), tent(3), stove(4, "B")]

    assert _refused(FulfillmentPolicy.ALL_OR_NOTHING, lines, {"TENT": {"A": 4}, "STOVE": {"A": 1, "B": 0}}) == [
        (("lines", "0"), "TENT", None, 5, 4),
        (("lines", "3"), "STOVE", "B", 4, 0),
    ]
    assert _refused(FulfillmentPolicy.ALL_OR_NOTHING, lines, {"TENT": {"A": 5}, "STOVE": {"A": 1, "B": 4}}) == []


def test_a_partial_order_is_refused_only_where_nothing_of_it_can_be_had() -> None:
    lines = [tent(2), stove(1)]

    assert _refused(FulfillmentPolicy.PARTIAL, lines, {"STOVE": {"A": 1}}) == []
    assert _refused(FulfillmentPolicy.PARTIAL, lines, {"STOVE": {"A": 0}}) == [
        (("lines", "0"), "TENT", None, 2, 0),
        (("lines", "1"), "STOVE", None, 1, 0),
    ]


def test_an_order_that_queues_is_never_refused_for_want_of_stock() -> None:
    assert _refused(FulfillmentPolicy.BACKORDER, [tent(2), stove(1)], {}) == []
