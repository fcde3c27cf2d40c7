"""Aging: buckets, averages, the oldest, and what has no value."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aging import BUCKET_DAYS_MAX, BUCKETS_MAX, Aged, Bucket, aged, buckets_of, invalid_buckets
from domain.days import MICROSECOND
from domain.layers import Origin, Parcel
from domain.refusals import Refusal, RefusalCode
from tests.reckoning import ratio

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def _parcel(units: int, age: timedelta, cost: int | None = 2_0000) -> Parcel:
    return Parcel(units, NOW - age, Origin.RECEIPT, cost)


def test_the_buckets_are_0_30_31_60_61_90_91_180_and_over_180_days() -> None:
    assert buckets_of((30, 60, 90, 180)) == [
        Bucket(0, 30),
        Bucket(31, 60),
        Bucket(61, 90),
        Bucket(91, 180),
        Bucket(181, None),
    ]


def test_a_unit_is_thirty_days_old_until_its_thirty_first_day_is_over() -> None:
    young, old = _parcel(3, 31 * DAY - MICROSECOND), _parcel(4, 31 * DAY)
    assert [sums.units for sums in aged([young, old], NOW)] == [3, 4, 0, 0, 0]


def test_two_of_ten_days_and_six_of_fifty_are_forty_days_old_on_average_and_fifty_at_most() -> None:
    parcels = [_parcel(2, 10 * DAY), _parcel(6, 50 * DAY, 1_5000)]
    figures = sum(aged(parcels, NOW), Aged()).figures(NOW)
    assert (figures.units, figures.value) == (8, Decimal("13.00"))
    assert (figures.average_age_days, figures.oldest_days) == (Decimal("40.00"), 50)


def test_an_empty_bucket_is_worth_nothing_and_has_no_age() -> None:
    figures = Aged().figures(NOW)
    assert (figures.units, figures.value) == (0, Decimal("0.00"))
    assert (figures.average_age_days, figures.oldest_days) == (None, None)


def test_the_value_is_that_of_the_units_whose_cost_is_known_and_none_where_none_is() -> None:
    known, unknown = _parcel(1, DAY), _parcel(5, DAY, None)
    assert sum(aged([known, unknown], NOW), Aged()).figures(NOW).value == Decimal("2.00")
    assert sum(aged([unknown], NOW), Aged()).figures(NOW).value is None
    assert sum(aged([_parcel(5, DAY, 0)], NOW), Aged()).figures(NOW).value == Decimal("0.00")


@pytest.mark.parametrize("bounds", [[], [30, 30], [60, 30], [-1], [BUCKET_DAYS_MAX + 1], list(range(BUCKETS_MAX + 1))])
def test_bounds_that_do_not_rise_or_are_too_many_are_refused_with_the_field_and_an_example(bounds: list[int]) -> None:
    refusal = invalid_buckets(bounds)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_INPUT, ("buckets",))
    assert "[30, 60, 90, 180]" in refusal.message or "(30, 60, 90, 180)" in refusal.message


@pytest.mark.parametrize("bounds", [[0], [30, 60, 90, 180], [1, BUCKET_DAYS_MAX]])
def test_bounds_that_rise_are_taken(bounds: list[int]) -> None:
    assert invalid_buckets(bounds) is None


_parcels = st.lists(
    st.builds(
        _parcel,
        st.integers(1, 5),
        st.integers(0, 400 * 24).map(lambda hours: timedelta(hours=hours)),
        st.none() | st.integers(0, 9_9999),
    ),
    max_size=12,
)


@given(_parcels, st.lists(st.integers(0, 300), min_size=1, max_size=6, unique=True).map(sorted))
@settings(deadline=None)
def test_buckets_hold_each_unit_once_by_its_whole_days(parcels: list[Parcel], bounds: list[int]) -> None:
    for bucket, sums in zip(buckets_of(bounds), aged(parcels, NOW, bounds), strict=True):
        ages = [
            (age, parcel.cost)
            for parcel in parcels
            for age in [Fraction((NOW - parcel.received_at) // MICROSECOND, 86_400_000_000)] * parcel.quantity
            if bucket.from_days <= int(age) <= (10_000 if bucket.to_days is None else bucket.to_days)
        ]
        costs = [cost for _, cost in ages if cost is not None]
        figures = sums.figures(NOW)
        assert figures.units == len(ages)
        assert figures.value == (None if ages and not costs else ratio(sum(costs), 10_000, 2))
        assert figures.average_age_days == ratio(sum((age for age, _ in ages), Fraction(0)), len(ages), 2)
        assert figures.oldest_days == (max(int(age) for age, _ in ages) if ages else None)
