"""Insight: how healthy and how old stock is."""

from datetime import date, datetime
from typing import Annotated, TypeVar

import strawberry
from strawberry import argument

from domain.aging import BUCKETS, invalid_buckets
from domain.health import DEAD_AFTER_DAYS
from domain.periods import Books, instant_of, invalid_dead_after, period_of
from domain.refusals import Refusal
from resolvers.admission import admitted
from schema.context import Context, Info
from schema.errors import refused
from schema.fields import weighing
from schema.inputs.insight import ReportFilter
from schema.types.aging import AgingAsked, AgingReport
from schema.types.health import A_REPORT, HealthAsked, HealthReport
from services.insight import books_of, unknown_names
from services.insight_ports import ReportFilter as ReportsWanted

T = TypeVar("T")
Which = Annotated[ReportFilter | None, argument(description="Of what; of all that you may see if left out.")]


@strawberry.type
class InsightQueries:
    @strawberry.field(
        graphql_type=HealthReport | None,
        description="How healthy stock was from a day to another: turnover, days of inventory, sell-through, "
        "stock-outs, fill rate, shrinkage, dead stock. The cost does not grow with the ledger.",
        metadata=weighing(A_REPORT),
    )
    async def health_report(
        self,
        info: Info,
        from_: Annotated[date, argument(name="from", description="The first day, in the tenant's time zone.")],
        to: Annotated[date, argument(description="The last day, it included; at most 3,660 days in all.")],
        filter: Which = None,
        dead_after_days: Annotated[
            int | None, argument(description="After so many days without movement stock counts as dead, 1 to 3,660.")
        ] = DEAD_AFTER_DAYS,
    ) -> HealthAsked:
        context = admitted(info)
        with context.reports.coming():
            books, wanted = await _books(context), await _wanted(context, filter)
            dead_after = DEAD_AFTER_DAYS if dead_after_days is None else dead_after_days
            _check(invalid_dead_after(dead_after))
            period = _good(period_of(books, from_, to, context.moment))
            return HealthAsked(context.scope, wanted, period, dead_after, context.reports)

    @strawberry.field(
        graphql_type=AgingReport | None,
        description="How old what is on hand is, by first in, first out; also as of a past moment.",
        metadata=weighing(A_REPORT),
    )
    async def aging_report(
        self,
        info: Info,
        filter: Which = None,
        as_of: Annotated[datetime | None, argument(description="A past moment; now if left out.")] = None,
        buckets: Annotated[
            list[int] | None,
            argument(
                description="The upper bounds in days, rising, at most 20; 30, 60, 90, 180 if left out. The last "
                "bucket has what is older than all of them."
            ),
        ] = None,
    ) -> AgingAsked:
        context = admitted(info)
        with context.reports.coming():
            books, wanted = await _books(context), await _wanted(context, filter)
            bounds = BUCKETS if buckets is None else buckets
            _check(invalid_buckets(bounds))
            moment = _good(instant_of(books, as_of, context.moment))
            return AgingAsked(context.scope, wanted, books, moment, bounds, context.reports)


async def _books(context: Context) -> Books:
    tenant = await context.loaders.tenants.load(context.signed_in.tenant)
    assert tenant is not None, "whoever is signed in has a tenant"
    return await books_of(context.reads.health, tenant)


async def _wanted(context: Context, filter: ReportFilter | None) -> ReportsWanted:
    wanted = filter.wanted() if filter else ReportsWanted()
    _check(await unknown_names(context.reads.health, context.scope, wanted))
    return wanted


def _check(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refused(refusal)


def _good(found: T | Refusal) -> T:
    if isinstance(found, Refusal):
        raise refused(found)
    return found
