"""Periods: the days and moments that a report may be of, in a tenant's days, and what else it may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.days import LocalDays, Span
from domain.refusals import Refusal, RefusalCode

#: Of a period: ten years. Its length costs nothing; a longer one is a slip of the pen.
DAYS_MAX = 3_660
#: No stock was ever counted before.
FIRST_DAY = date(1970, 1, 1)
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
DEAD_AFTER_DAYS_MAX = 3_660
#: Of a series.
POINTS = 30
POINTS_MAX = 100
#: Of one series: each takes some ten microseconds.
LOOKS_MAX = 500_000
_DAY = timedelta(days=1)


class Books(NamedTuple):
    """Whose days and whose money reports are in: the tenant's, but for as long as a change of them is summed up.

    Of what happened before `floor` only what days came to is known: the entries of the ledger are archived.
    """

    time_zone: str
    currency: str
    floor: datetime | None = None

    @property
    def days(self) -> LocalDays:
        return LocalDays(ZoneInfo(self.time_zone))


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the first and the last included. Of a last day that is not over, what there is of it."""

    first: date
    last: date
    books: Books

    @property
    def span(self) -> Span:
        return self.books.days.span(self.first, self.last)

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + _DAY

    @property
    def length(self) -> int:
        return (self.end - self.first).days

    def parts(self, points: int) -> list[Period]:
        """So many periods one after another, as many days at most, whose lengths differ by one day at most."""
        points = min(points, self.length)
        starts = [self.first + timedelta(days=self.length * n // points) for n in range(points)]
        ends = [*(start - _DAY for start in starts[1:]), self.last]
        made = [Period(start, end, self.books) for start, end in zip(starts, ends, strict=True)]
        return [part for part in made if part.span.lapsed > 0]


def period_of(books: Books, first: date, last: date, now: datetime) -> Period | Refusal:
    """From the first day to the last, or to today where that is later."""
    today = books.days.of(now)
    if last < FIRST_DAY:
        return _invalid("to", f"to ({last}) lies before {FIRST_DAY}: name a later day.")
    if first > last:
        return _invalid("from", f"from ({first}) lies after to ({last}): name the earlier day first.")
    if first > today:
        return _invalid("from", f"from ({first}) has not begun in {books.time_zone}: name today or an earlier day.")
    if first < FIRST_DAY:
        return _invalid("from", f"from ({first}) lies before {FIRST_DAY}: name a later day.")
    period = Period(first, min(last, today), books)
    if period.length > DAYS_MAX:
        return _too_long(period)
    if period.span.lapsed <= 0:
        return _invalid("from", f"{first} was left out by the clocks of {books.time_zone}: name another day.")
    return period


def _too_long(period: Period) -> Refusal:
    message = f"from..to holds {period.length:,} days: ask for at most {DAYS_MAX:,}, in several reports."
    return Refusal(RefusalCode.INVALID_INPUT, message, ("from",), limit=DAYS_MAX)


def instant_of(books: Books, as_of: datetime | None, now: datetime) -> datetime | Refusal:
    """A past moment; now where none is named. Where the ledger is archived, a moment at which a day began."""
    if as_of is None:
        return now
    if refusal := invalid_moment(as_of, now):
        return refusal
    begin = books.days.start(books.days.of(as_of))
    if books.floor is not None and begin < as_of < books.floor:
        told = f"asOf lies before {books.floor.isoformat()}, where the ledger is archived"
        return _invalid("asOf", f"{told}: name the beginning of a day, such as {begin.isoformat()}.")
    return as_of


def invalid_moment(as_of: datetime, now: datetime) -> Refusal | None:
    """Why nothing can be told of a moment, of whatever."""
    if as_of > now:
        return _invalid("asOf", "asOf lies in the future: name a moment that has passed, or leave it out for now.")
    if as_of < FIRST_MOMENT:
        return _invalid("asOf", "asOf lies before 1970, and no ledger reaches back so far: name a later moment.")
    return None


def invalid_dead_after(days: int) -> Refusal | None:
    if 1 <= days <= DEAD_AFTER_DAYS_MAX:
        return None
    return _invalid("deadAfterDays", f"deadAfterDays must lie between 1 and {DEAD_AFTER_DAYS_MAX:,}, not {days}.")


def invalid_points(points: int) -> Refusal | None:
    if 1 <= points <= POINTS_MAX:
        return None
    return _invalid("points", f"points must lie between 1 and {POINTS_MAX}, not {points}.")


def too_many_looks(points: int, levels: int) -> Refusal | None:
    """A series looks at each level where each of its parts begins, and where the last one ends."""
    if points == 1 or (points + 1) * levels <= LOOKS_MAX:
        return None
    fitting = max(LOOKS_MAX // levels - 1, 1)
    message = (
        f"points: {points} parts of {levels:,} levels are more than is looked up for one series: ask for {fitting} at "
        "most, or name SKUs, locations, categories or vendors in filter."
    )
    return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("points",), limit=fitting)


def _invalid(field: str, message: str) -> Refusal:
    return Refusal(RefusalCode.INVALID_INPUT, message, (field,))
