"""Days of a time zone: 24 hours long, or 23, or 25, or what else its clocks make of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

MICROSECOND = timedelta(microseconds=1)
DAY_US = 86_400_000_000
_DAY = timedelta(days=1)


def lapsed(since: datetime, until: datetime) -> int:
    """Microseconds from one moment to another."""
    return (until - since) // MICROSECOND


def whole_days(since: datetime, until: datetime) -> int:
    """Times of 24 hours that have gone by: 30 until the 31st is over; never below 0."""
    return max(lapsed(since, until) // DAY_US, 0)


class Span(NamedTuple):
    """Time from a moment up to another, which is no part of it."""

    since: datetime
    until: datetime

    @property
    def lapsed(self) -> int:
        """Microseconds."""
        return lapsed(self.since, self.until)


@dataclass(slots=True)
class LocalDays:
    """The days of a time zone. One begins when its clocks first show midnight, and ends when the next begins.

    So days never overlap, though clocks show the minutes before a midnight twice (St. John's until 2011), or no
    midnight at all (Beirut in spring: the day begins at 01:00), or leave a whole date out (Apia in 2011: that day is
    empty). A date by the clock, which is what PostgreSQL's AT TIME ZONE gives, is no such day, nor is its midnight.
    """

    zone: tzinfo
    _newest: tuple[date, Span] | None = field(default=None, repr=False, compare=False)

    def start(self, day: date) -> datetime:
        """The first moment of a day, in UTC."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def span(self, first: date, last: date) -> Span:
        """From the first day to the last, both of them whole."""
        return Span(self.start(first), self.start(last + _DAY))

    def of(self, at: datetime) -> date:
        """The day of a moment."""
        if self._newest is None or not self._newest[1].since <= at < self._newest[1].until:
            day = self._found(at)
            self._newest = day, self.span(day, day)
        return self._newest[0]

    def _found(self, at: datetime) -> date:
        day = at.astimezone(self.zone).date()
        while at >= self.start(day + _DAY):
            day += _DAY
        while at < self.start(day):
            day -= _DAY
        return day
