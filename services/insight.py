"""Insight: what a report may be asked for, decided before anything is read."""

from __future__ import annotations

from datetime import date, datetime

from domain.access import Scope
from domain.places import unknown_location
from domain.refusals import Refusal, RefusalCode
from domain.tenants import Tenant
from services.insight_ports import Books, HealthReads, Period, ReportFilter

#: Of a period: ten years. Its length costs nothing; a longer one is a slip of the pen.
DAYS_MAX = 3_660
#: No stock was ever counted before.
FIRST_DAY = date(1970, 1, 1)
DEAD_AFTER_DAYS_MAX = 3_660
#: Of a series.
POINTS = 30
POINTS_MAX = 100


async def books_of(reads: HealthReads, tenant: Tenant) -> Books:
    """Whose days and whose money the tenant's reports are in."""
    return await reads.books(tenant.id) or Books(tenant.time_zone, tenant.currency)


def period_of(books: Books, first: date, last: date, now: datetime) -> Period | Refusal:
    """From the first day to the last, or to today where that is later."""
    today = books.days.of(now)
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
    if as_of > now:
        return _invalid("asOf", "asOf has not come yet: name a past moment, or leave it out for now.")
    if as_of.date() <= FIRST_DAY:
        return _invalid("asOf", f"asOf lies before {FIRST_DAY}: name a later moment.")
    begin = books.days.start(books.days.of(as_of))
    if books.floor is not None and begin < as_of < books.floor:
        told = f"asOf lies before {books.floor.isoformat()}, where the ledger is archived"
        return _invalid("asOf", f"{told}: name the beginning of a day, such as {begin.isoformat()}.")
    return as_of


def invalid_dead_after(days: int) -> Refusal | None:
    if 1 <= days <= DEAD_AFTER_DAYS_MAX:
        return None
    return _invalid("deadAfterDays", f"deadAfterDays must lie between 1 and {DEAD_AFTER_DAYS_MAX:,}, not {days}.")


def invalid_points(points: int) -> Refusal | None:
    if 1 <= points <= POINTS_MAX:
        return None
    return _invalid("points", f"points must lie between 1 and {POINTS_MAX}, not {points}.")


async def unknown_names(reads: HealthReads, scope: Scope, filter: ReportFilter) -> Refusal | None:
    """Why a filter leads nowhere: a report of nothing would look like one of stock that is not there."""
    if filter == ReportFilter():
        return None
    unknown = await reads.unknown(scope, filter)
    if unknown.skus:
        return _unknown(RefusalCode.UNKNOWN_SKU, "skus", "SKU", unknown.skus[0])
    if unknown.locations:
        return unknown_location(unknown.locations[0], field="locations").at("filter")
    if unknown.categories:
        return _unknown(RefusalCode.INVALID_INPUT, "categories", "category", unknown.categories[0])
    if unknown.vendors:
        return _unknown(RefusalCode.INVALID_INPUT, "vendors", "vendor", unknown.vendors[0])
    return None


def _unknown(code: RefusalCode, field: str, what: str, name: str) -> Refusal:
    message = f"filter.{field}: there is no item of the {what} '{name}': see the query items."
    return Refusal(code, message, ("filter", field))


def _invalid(field: str, message: str) -> Refusal:
    return Refusal(RefusalCode.INVALID_INPUT, message, (field,))
