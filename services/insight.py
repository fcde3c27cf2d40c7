"""Insight: whose days and money a report is in, and of what it may be, looked up before it is read."""

from __future__ import annotations

from collections.abc import Sequence

from domain.access import Scope
from domain.periods import Books, Period, too_many_looks
from domain.refusals import Refusal, RefusalCode
from domain.tenants import Tenant
from domain.texts import unseen
from services.insight_ports import Health, HealthReads, ReportFilter

#: The fields of a filter, why one of its names is refused, and what it names.
_NAMES = (
    ("skus", RefusalCode.UNKNOWN_SKU, "item of the SKU"),
    ("locations", RefusalCode.UNKNOWN_LOCATION, "location with the code"),
    ("categories", RefusalCode.INVALID_INPUT, "item of the category"),
    ("vendors", RefusalCode.INVALID_INPUT, "item of the vendor"),
)


async def books_of(reads: HealthReads, tenant: Tenant) -> Books:
    """Whose days and whose money the tenant's reports are in."""
    return await reads.books(tenant.id) or Books(tenant.time_zone, tenant.currency)


async def unknown_names(reads: HealthReads, scope: Scope, filter: ReportFilter) -> Refusal | None:
    """Why a filter leads nowhere: a report of nothing would look like one of stock that is not there."""
    if filter == ReportFilter():
        return None
    unknown = await reads.unknown(scope, filter)
    for field, code, what in _NAMES:
        if names := getattr(unknown, field):
            return _unknown(code, field, what, names)
    return None


async def series_of(
    reads: HealthReads, scope: Scope, filter: ReportFilter, parts: Sequence[Period]
) -> Sequence[Health] | Refusal:
    """How each of some periods went that follow one another; refused before it would be read for too long."""
    if refusal := too_many_looks(len(parts), await reads.levels(scope, filter)):
        return refusal
    return await reads.series(scope, filter, parts)


def _unknown(code: RefusalCode, field: str, what: str, names: Sequence[str]) -> Refusal:
    """Of the first name, which may look like one that there is."""
    if refusal := unseen(f"filter.{field}", names[0]):
        return Refusal(code, refusal.message, ("filter", field))
    others = f" (and {len(names) - 1:,} more)" if len(names) > 1 else ""
    message = f"filter.{field}: there is no {what} '{names[0]}'{others}: mind upper and lower case, or leave it out."
    return Refusal(code, message, ("filter", field))
