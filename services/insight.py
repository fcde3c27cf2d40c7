"""Insight: whose days and money a report is in, and of what it may be, looked up before it is read."""

from __future__ import annotations

from collections.abc import Sequence

from domain.access import Scope
from domain.periods import Books, Period, too_many_looks
from domain.places import unknown_location
from domain.refusals import Refusal, RefusalCode
from domain.tenants import Tenant
from services.insight_ports import Health, HealthReads, ReportFilter


async def books_of(reads: HealthReads, tenant: Tenant) -> Books:
    """Whose days and whose money the tenant's reports are in."""
    return await reads.books(tenant.id) or Books(tenant.time_zone, tenant.currency)


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


async def series_of(
    reads: HealthReads, scope: Scope, filter: ReportFilter, parts: Sequence[Period]
) -> Sequence[Health] | Refusal:
    """How each of some periods went that follow one another; refused before it would be read for too long."""
    if refusal := too_many_looks(len(parts), await reads.levels(scope, filter)):
        return refusal
    return await reads.series(scope, filter, parts)


def _unknown(code: RefusalCode, field: str, what: str, name: str) -> Refusal:
    message = f"filter.{field}: there is no item of the {what} '{name}': see the query items."
    return Refusal(code, message, ("filter", field))
