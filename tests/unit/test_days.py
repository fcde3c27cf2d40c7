"""Days of a time zone: what the clocks do to them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.days import MICROSECOND, LocalDays, whole_days

_HOUR_US = 3_600_000_000


def _days(zone: str) -> LocalDays:
    return LocalDays(ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 28), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Havana", date(2024, 11, 3), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(zone: str, day: date, hours: float) -> None:
    assert _days(zone).span(day, day).lapsed == hours * _HOUR_US


def test_a_day_whose_midnight_the_clocks_skip_begins_at_one() -> None:
    start = _days("Asia/Beirut").start(date(2024, 3, 31))
    assert start == datetime(2024, 3, 30, 22, tzinfo=UTC)
    assert start.astimezone(ZoneInfo("Asia/Beirut")).hour == 1


def test_the_hour_behind_a_midnight_that_is_shown_twice_is_one_days_alone() -> None:
    havana = _days("America/Havana")
    first = datetime(2024, 11, 3, 4, tzinfo=UTC)
    assert havana.start(date(2024, 11, 3)) == first
    assert {havana.of(first + timedelta(minutes=minutes)) for minutes in range(120)} == {date(2024, 11, 3)}


def test_minutes_before_a_midnight_that_come_again_after_it_are_the_new_days() -> None:
    midnight = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    again = midnight + timedelta(minutes=30)
    assert again.astimezone(ZoneInfo("America/St_Johns")).date() == date(2010, 11, 6)
    assert _days("America/St_Johns").of(again) == date(2010, 11, 7)
    assert _days("America/St_Johns").of(midnight) == date(2010, 11, 7)
    assert _days("America/St_Johns").of(midnight - MICROSECOND) == date(2010, 11, 6)


def test_minutes_that_the_clocks_date_ahead_of_a_midnight_they_skip_are_the_old_days() -> None:
    days = _days("America/Toronto")  # from 23:30 on to 00:30
    ahead = datetime(1919, 3, 31, 4, 45, tzinfo=UTC)
    assert ahead.astimezone(days.zone).date() == date(1919, 3, 31)
    assert days.of(ahead) == date(1919, 3, 30)


@given(
    st.sampled_from(["UTC", "Europe/Berlin", "America/Havana", "America/St_Johns", "Asia/Beirut", "Pacific/Apia"]),
    st.integers(0, 22 * 366 * 24 * 60).map(
        lambda minutes: datetime(2005, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
def test_each_moment_lies_in_one_day_and_days_follow_each_other(zone: str, at: datetime) -> None:
    days = _days(zone)
    day = days.of(at)
    span = days.span(day, day)
    assert span.since <= at < span.until == days.start(day + timedelta(days=1))


def test_thirty_days_have_gone_by_when_the_thirtieth_is_over_and_none_before_the_first() -> None:
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert whole_days(noon, noon + timedelta(days=30) - MICROSECOND) == 29
    assert whole_days(noon, noon + timedelta(days=30)) == 30
    assert whole_days(noon, noon - timedelta(days=3)) == 0
