"""Aging: how long what is on hand has lain there, in buckets of days, by FIFO (`domain.layers`).

Age is counted in times of 24 hours that have gone by, so it needs no time zone: a unit is 30 days old until its 31st
day is over. Units without a known cost count as units and have no value.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from domain.days import DAY_US, lapsed, whole_days
from domain.layers import Parcel
from domain.money import AVERAGE_PLACES, amount_of, quotient
from domain.refusals import Refusal, RefusalCode

#: Upper bounds of the buckets, in days; the last bucket has none.
BUCKETS = (30, 60, 90, 180)
BUCKETS_MAX = 20
BUCKET_DAYS_MAX = 36_500


class Bucket(NamedTuple):
    """Ages from one number of whole days to another, both included; None: and all that are older."""

    from_days: int
    to_days: int | None


def invalid_buckets(bounds: Sequence[int]) -> Refusal | None:
    """What is wrong with upper bounds that are asked for."""
    rising = all(low < high for low, high in pairwise(bounds))
    within = all(0 <= bound <= BUCKET_DAYS_MAX for bound in bounds)
    if rising and within and 1 <= len(bounds) <= BUCKETS_MAX:
        return None
    message = (
        f"buckets are 1 to {BUCKETS_MAX} upper bounds in days, each from 0 to {BUCKET_DAYS_MAX} and higher than the "
        f"one before, such as {list(BUCKETS)}: not {list(bounds)[: BUCKETS_MAX + 1]}."
    )
    return Refusal(RefusalCode.INVALID_INPUT, message, ("buckets",))


def buckets_of(bounds: Sequence[int]) -> list[Bucket]:
    """The buckets that upper bounds make, the youngest first."""
    starts = [0, *(bound + 1 for bound in bounds)]
    return [Bucket(start, end) for start, end in zip(starts, (*bounds, None), strict=True)]


@dataclass(frozen=True, slots=True)
class Aged:
    """Sums over units on hand: those without cost, ticks of the others, age in units x microseconds, and the first of
    the moments when they were received."""

    units: int = 0
    uncosted: int = 0
    value: int = 0
    age_time: int = 0
    oldest: datetime | None = None

    @classmethod
    def of(cls, parcel: Parcel, as_of: datetime) -> Aged:
        quantity, received_at, _, cost = parcel
        uncosted = quantity if cost is None else 0
        return cls(quantity, uncosted, quantity * (cost or 0), quantity * lapsed(received_at, as_of), received_at)

    def __add__(self, other: Aged) -> Aged:
        moments = [moment for moment in (self.oldest, other.oldest) if moment is not None]
        return Aged(
            self.units + other.units,
            self.uncosted + other.uncosted,
            self.value + other.value,
            self.age_time + other.age_time,
            min(moments, default=None),
        )

    def figures(self, as_of: datetime) -> AgeFigures:
        return AgeFigures(
            self.units,
            None if 0 < self.units == self.uncosted else amount_of(self.value),
            quotient(self.age_time, self.units * DAY_US, AVERAGE_PLACES) if self.units else None,
            None if self.oldest is None else whole_days(self.oldest, as_of),
        )


@dataclass(frozen=True, slots=True)
class AgeFigures:
    """What is shown. `value` is that of the units whose cost is known, None where there are units and none has one; the
    ages are None where there are no units."""

    units: int
    value: Decimal | None
    average_age_days: Decimal | None
    oldest_days: int | None


def aged(parcels: Iterable[Parcel], as_of: datetime, bounds: Sequence[int] = BUCKETS) -> list[Aged]:
    """Sums for each bucket, the youngest first; their sum is the total. Nothing was received after `as_of`."""
    sums = [Aged()] * (len(bounds) + 1)
    for parcel in parcels:
        place = bisect_left(bounds, whole_days(parcel.received_at, as_of))
        sums[place] += Aged.of(parcel, as_of)
    return sums
