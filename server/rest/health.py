"""Health of stock, as `GET /inventory/reports/health` names it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.health import DEAD_AFTER_DAYS, HealthMetrics, days_without_movement
from domain.money import amount_of
from domain.periods import DEAD_AFTER_DAYS_MAX, FIRST_DAY, Period, period_of
from domain.refusals import Refusal, RefusalCode
from server.rest.address_shapes import Day, Digits
from server.rest.health_shapes import EXAMPLE, METRICS, REPORT
from server.rest.operation import Call, Operation, Parameter, Telling, Told
from server.rest.pages import PARAMETERS, page_of, several
from server.rest.problems import Problem
from server.rest.shapes import Choice, Misfit
from services.insight import books_of, unknown_names
from services.insight_ports import DeadStock, HealthGroup, HealthReads, ReportFilter, ReportGroupBy
from services.pages import PAGE_SIZE, Page, PageRequest

#: What the query names in the singular.
_NAMES = {"skus": "sku", "locations": "location", "categories": "category", "vendors": "vendor"}
_DAYS = timedelta(days=29)


async def health(call: Call) -> Told:
    period, filter = await _asked(call)
    scope = call.context.scope
    dead_after = call.one("dead_after_days") or DEAD_AFTER_DAYS
    first = PageRequest(call.one("limit") or PAGE_SIZE, counted=True)
    async with call.context.reads.at_one_moment(scope.tenant) as reads:
        groups = await _groups(call, reads.health, filter, period)
        whole = await reads.health.whole(scope, filter, period)
        dead = await reads.health.dead_stock(scope, filter, period, dead_after, first)
    return Told(
        {
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "time_zone": period.books.time_zone,
            "currency": period.books.currency,
            "items_without_value": whole.items_without_value,
            "complete": whole.complete,
            "metrics": _figures(whole.health.metrics),
            "groups": [{"key": each.node.key, "metrics": _figures(each.node.health.metrics)} for each in groups.edges],
            "next_cursor": groups.edges[-1].cursor if groups.has_next else None,
            "dead_stock": [_dead(edge.node) for edge in dead.edges],
            "dead_stock_count": dead.total,
        }
    )


async def _asked(call: Call) -> tuple[Period, ReportFilter]:
    """Over which days, and of what. Raises Problem."""
    if call.one("after") is not None and call.one("group_by") is None:
        raise Problem.of_misfits([Misfit("after", "after goes on with groups: give group_by too.")])
    context = call.context
    tenant = await context.loaders.tenants.load(context.signed_in.tenant)
    assert tenant is not None, "whoever is signed in has a tenant"
    books = await books_of(context.reads.health, tenant)
    today = books.days.of(context.moment)
    last = call.one("to") or today
    first = call.one("from") or max(min(last, today), FIRST_DAY + _DAYS) - _DAYS
    period = period_of(books, first, last, context.moment)
    if isinstance(period, Refusal):
        raise Problem.of_refusals([period])
    filter = ReportFilter(**{field: several(call, name) for field, name in _NAMES.items()})
    if refusal := await unknown_names(context.reads.health, context.scope, filter):
        raise Problem.of_refusals([_by_parameter(refusal)])
    return period, filter


def _by_parameter(refusal: Refusal) -> Refusal:
    """The refusal with the parameter's name, of which the message may speak too."""
    field = refusal.field[-1]
    message = refusal.message.replace(f"filter.{field}", _NAMES[field])
    return Refusal(refusal.code, message, (_NAMES[field],), refusal.sku, refusal.location)


async def _groups(call: Call, reads: HealthReads, filter: ReportFilter, period: Period) -> Page[HealthGroup]:
    """First of all parts, so that a cursor of another list is told before any other is read. Raises Problem."""
    by = call.one("group_by")
    if by is None:
        return Page(())
    with page_of(call) as page:
        return await reads.groups(call.context.scope, filter, period, ReportGroupBy(by), page)


def _figures(metrics: HealthMetrics) -> dict[str, Any]:
    found = {name: getattr(metrics, name) for name in METRICS}
    return {name: value if value is None or isinstance(value, int) else f"{value:f}" for name, value in found.items()}


def _dead(stock: DeadStock) -> dict[str, Any]:
    return {
        "sku": stock.sku,
        "quantity_on_hand": stock.on_hand,
        "value": None if stock.value is None else f"{amount_of(stock.value):f}",
        "last_movement_at": stock.moved_at,
        "days_without_movement": days_without_movement(stock.moved_at, stock.at),
    }


OPERATIONS = (
    Operation(
        id="getHealthReport",
        name="healthReport",
        method="GET",
        path="/inventory/reports/health",
        tag="reports",
        summary="How healthy stock was",
        description="Turnover, days of inventory, sell-through, stock-outs, fill rate, shrinkage and dead stock over "
        "whole days of the tenant's time zone: of everything, and by group. A vendor sees its own items alone.",
        query=(
            Parameter("from", "The first day; left out: 29 days before the last.", "2025-01-01", Day()),
            Parameter("to", "The last day, it included; left out: today.", "2025-03-31", Day()),
            Parameter("sku", "Of this SKU; once for each.", "OUT-TENT-1P-ORG", listed=True),
            Parameter("location", "At the location of this code; once for each.", "LDS-DC", listed=True),
            Parameter("category", "Of items in this category; once for each.", "Tents", listed=True),
            Parameter("vendor", "Of items of this vendor; once for each.", "nordlys", listed=True),
            Parameter("group_by", "What makes a group; left out: no groups.", "CATEGORY", Choice(ReportGroupBy)),
            Parameter(
                "dead_after_days",
                "After so many days without movement stock counts as dead.",
                DEAD_AFTER_DAYS,
                Digits(1, DEAD_AFTER_DAYS_MAX, DEAD_AFTER_DAYS),
            ),
            *PARAMETERS,
        ),
        answers={200: Telling("The report.", REPORT, EXAMPLE)},
        serve=health,
        refusals=(RefusalCode.INVALID_INPUT, RefusalCode.UNKNOWN_SKU, RefusalCode.UNKNOWN_LOCATION),
    ),
)
