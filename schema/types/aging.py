"""Aging: how long what is on hand has lain there. The rules are `domain.aging`'s and `domain.layers`'."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated

import strawberry
from strawberry import Parent, argument

from domain.access import Scope
from domain.aging import Aged, Bucket, buckets_of
from domain.items import Item as ItemPicture
from domain.locations import Location as LocationPicture
from domain.periods import Books
from schema.context import Info
from schema.enums import ReportGroupBy
from schema.fields import attribute, derived, weighing
from schema.pages import page_of
from schema.report_parts import ReportParts
from schema.scalars import BigInt
from schema.types.connection import Connection
from schema.types.health import A_REPORT, BASE_UNITS, COMPLETE
from schema.types.item import Item
from schema.types.location import Location
from services.insight_ports import AgedGroup, ReportFilter, WholeAging
from services.pages import Page

#: What a row is priced as; whoever asks for more buckets has asked for fewer days each.
BUCKETS_USUAL = 5


@dataclass(frozen=True)
class AgingAsked:
    """A report as it was asked for."""

    scope: Scope
    filter: ReportFilter
    books: Books
    as_of: datetime
    bounds: Sequence[int]
    parts: ReportParts

    @cached_property
    def whole(self) -> Awaitable[WholeAging]:
        return self.parts.read(lambda reads: reads.aging.whole(*self.of))

    @property
    def of(self) -> tuple[Scope, ReportFilter, Books, datetime, Sequence[int]]:
        return self.scope, self.filter, self.books, self.as_of, self.bounds


@dataclass(frozen=True, slots=True)
class _Bucket:
    bucket: Bucket
    aged: Aged
    as_of: datetime


def _buckets(group: AgedGroup) -> list[_Bucket]:
    return [
        _Bucket(bucket, aged, group.as_of) for bucket, aged in zip(buckets_of(group.bounds), group.buckets, strict=True)
    ]


_VALUE = (
    "What those of them are worth whose cost is known in the report's currency, each at the cost of its receipt "
    "(FIFO); null where there are units and no cost of any is known."
)


@strawberry.type(description="What is of an age, in times of 24 hours that have gone by.")
class AgingBucket:
    from_days: int = attribute("bucket.from_days", "The least age in whole days.")
    to_days: int | None = attribute("bucket.to_days", "The highest age in whole days, it included; null: any higher.")
    units: BigInt = attribute("aged.units", "Units of that age.")
    value: Decimal | None = derived(lambda shown: shown.aged.figures(shown.as_of).value, _VALUE)


@strawberry.type(
    description="How old what is on hand is. What came first leaves first (FIFO, IAS 2, 27), so that what is there is "
    "what was received last. Age counts from the receipt: a transfer keeps it; returned units, and those that a count "
    "found, are as old as their return or the count. " + BASE_UNITS
)
class AgingRow:
    key: str | None = attribute(
        "key",
        "A category, a vendor, a location's code or a SKU; null for items that have no category or vendor, and in "
        "totals.",
    )
    units: BigInt = attribute("total.units", "Units on hand.")
    value: Decimal | None = derived(lambda group: group.total.figures(group.as_of).value, _VALUE)
    average_age_days: Decimal | None = derived(
        lambda group: group.total.figures(group.as_of).average_age_days,
        "Age of a unit on average, in days with 2 decimal places; null where there are no units.",
    )
    oldest_days: int | None = derived(
        lambda group: group.total.figures(group.as_of).oldest_days,
        "Age of the oldest unit in whole days; null where there are no units.",
    )
    buckets: list[AgingBucket] = derived(_buckets, "By age, the youngest first.", holds=BUCKETS_USUAL)

    @strawberry.field(graphql_type=Item | None, description="The item, where the rows are SKUs; else null.")
    @staticmethod
    async def item(group: Parent[AgedGroup], info: Info) -> ItemPicture | None:
        of_sku = group.by is ReportGroupBy.SKU
        return await info.context.loaders.items.load(group.key or "") if of_sku else None

    @strawberry.field(
        graphql_type=Location | None, description="The location, where the rows are locations; else null."
    )
    @staticmethod
    async def location(group: Parent[AgedGroup], info: Info) -> LocationPicture | None:
        of_location = group.by is ReportGroupBy.LOCATION
        return await info.context.loaders.locations.load(group.key or "") if of_location else None


@strawberry.type(
    description="How old what is on hand is, or was at a past moment, as far as the ledger tells it now: by "
    "`occurredAt`, what was told late where it happened."
)
class AgingReport:
    as_of: datetime = attribute("as_of", "The moment.")
    currency: str = attribute("books.currency", "ISO 4217 code of the currency of every value in the report.")

    @strawberry.field(description=COMPLETE)
    @staticmethod
    async def complete(report: Parent[AgingAsked]) -> bool:
        return (await report.whole).complete

    @strawberry.field(graphql_type=AgingRow, description="All that the report is of.")
    @staticmethod
    async def totals(report: Parent[AgingAsked]) -> AgedGroup:
        return (await report.whole).group

    @strawberry.field(
        graphql_type=Connection[AgingRow],
        description="What is on hand of each category, vendor, location or SKU that has any, by key; those of no "
        "category or vendor come last.",
        metadata=weighing(A_REPORT),
    )
    @staticmethod
    async def rows(
        report: Parent[AgingAsked],
        info: Info,
        by: Annotated[ReportGroupBy, argument(description="What makes a row.")],
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[AgedGroup]:
        with page_of(info, first, after) as page:
            return await report.parts.read(lambda reads: reads.aging.groups(*report.of, by, page))
