"""Health: how well stock did over a span of days. The formulas and their sources are `domain.health`'s."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated

import strawberry
from strawberry import Parent, argument

from domain.access import Scope
from domain.health import HealthMetrics as MetricsPicture
from domain.health import days_without_movement
from domain.items import Item as ItemPicture
from domain.locations import Location as LocationPicture
from domain.money import amount_of
from domain.periods import POINTS, Period, invalid_points
from domain.refusals import Refusal
from schema.context import Info
from schema.enums import ReportGroupBy
from schema.errors import refused
from schema.fields import attribute, derived, holding, weighing
from schema.pages import page_of
from schema.report_parts import ReportParts
from schema.scalars import BigInt
from schema.types.connection import Connection, PageInfo, page_info
from schema.types.item import Item
from schema.types.location import Location
from schema.types.stock import summed
from services.insight import series_of
from services.insight_ports import DeadStock, Health, ReportFilter, WholeHealth
from services.insight_ports import HealthGroup as GroupPicture
from services.pages import Page

#: What each part of a report is priced as: it looks at every level that the report is of.
A_REPORT = 400
#: A point of a series is one more look at each.
A_SERIES = 2_000

#: Of both reports.
COMPLETE = (
    "Whether all that was written by now is in these figures: false for seconds under a flood of changes, after one "
    "that was told late, and while stock is summed up anew, as after a change of the tenant's time zone."
)

#: Of both reports.
BASE_UNITS = (
    "Units are the items' base units: where items differ in measure they are added all the same, grams to pieces, and "
    "amounts tell more."
)

_KEY = (
    "What its figures are of: a category, a vendor, a location's code or a SKU; null for items that have no category "
    "or vendor, and for what was asked for at no location."
)


@dataclass(frozen=True)
class HealthAsked:
    """A report as it was asked for."""

    scope: Scope
    filter: ReportFilter
    period: Period
    dead_after_days: int
    parts: ReportParts

    @cached_property
    def whole(self) -> Awaitable[WholeHealth]:
        return self.parts.read(lambda reads: reads.health.whole(self.scope, self.filter, self.period))


@strawberry.type(
    description="Figures of a group over a span of days: ratios of sums, never averages of ratios. Null: nothing can "
    "be said, because the denominator is 0 or because no unit's cost is known in the report's currency. Amounts and "
    "averages have 2 decimal places, ratios 4; each is rounded once, half away from zero. " + BASE_UNITS
)
class HealthMetrics:
    inventory_turnover: Decimal | None = attribute(
        "inventory_turnover",
        "How often stock was sold and replaced in the span: cost of goods sold ÷ average inventory at cost (APICS "
        "Dictionary, there of a year; here of the span, not scaled to a year). Where no cost is known "
        "(`averageInventoryValue` is null) it is units sold ÷ average units.",
    )
    days_of_inventory: Decimal | None = attribute(
        "days_of_inventory",
        "Days that the average stock lasts as it sold: days in the span ÷ `inventoryTurnover`, by Little's law "
        "(Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains). Null where nothing was sold.",
    )
    average_inventory_units: Decimal = attribute(
        "average_inventory_units",
        "Units on hand on average over time: each moment counts alike, not only the first and the last (Silver, Pyke "
        "and Thomas). A level counts 0 before its first entry.",
    )
    average_inventory_value: Decimal | None = attribute(
        "average_inventory_value",
        "Value on hand on average over time, at the moving weighted average cost of each level (IAS 2, 25 and 27). "
        "Units without a known cost are left out; null where no unit's cost is known.",
    )
    units_sold: BigInt = attribute("units_sold", "Units picked for orders, gross: returns do not lower it.")
    units_returned: BigInt = attribute("units_returned", "Units that came back and were put into stock again.")
    cost_of_goods_sold: Decimal | None = attribute(
        "cost_of_goods_sold",
        "Cost of `unitsSold`, each at the moving weighted average cost of its level when it was sold (IAS 2, 25, 27 "
        "and 34), gross of returns. Units without a known cost are left out; null where no unit's cost is known.",
    )
    sell_through_rate: Decimal | None = attribute(
        "sell_through_rate",
        "Share sold of what was there to sell: `unitsSold` ÷ (on hand at first + received), as retailers count it. "
        "Received counts what came from outside, from other locations net of what was sent to them, and what counts "
        "found. Above 1 where returned units were sold again.",
    )
    stock_out_rate: Decimal | None = attribute(
        "stock_out_rate",
        "Share of time with nothing available to promise: time out of stock ÷ time that the levels existed in the "
        "span, each level alike (1 - ready rate, P3 of Silver, Pyke and Thomas).",
    )
    fill_rate: Decimal | None = attribute(
        "fill_rate",
        "Share of demand met from stock: units promised when they were asked for ÷ units asked for, by reservations "
        "(P2 of Silver, Pyke and Thomas). Null where nothing was asked for.",
    )
    shrinkage_units: BigInt = attribute(
        "shrinkage_units",
        "Units gone without use: damage, theft, loss, waste, and counts and corrections that found less (APICS "
        "Dictionary). Gross: what counts found elsewhere does not lower it.",
    )
    shrinkage_rate: Decimal | None = attribute(
        "shrinkage_rate",
        "Share that shrank of what was there to sell (as of `sellThroughRate`): `shrinkageUnits` ÷ (on hand at first + "
        "received).",
    )


async def _item(group: GroupPicture, info: Info) -> ItemPicture | None:
    of_sku = group.by is ReportGroupBy.SKU and group.key is not None
    return await info.context.loaders.items.load(group.key or "") if of_sku else None


async def _location(group: GroupPicture, info: Info) -> LocationPicture | None:
    of_location = group.by is ReportGroupBy.LOCATION and group.key is not None
    return await info.context.loaders.locations.load(group.key or "") if of_location else None


@strawberry.type(description="The figures of one category, vendor, location or SKU.")
class HealthGroup:
    key: str | None = attribute("key", _KEY)
    metrics: HealthMetrics = attribute("health.metrics", "Its figures.")

    @strawberry.field(graphql_type=Item | None, description="The item, where the groups are SKUs; else null.")
    @staticmethod
    async def item(group: Parent[GroupPicture], info: Info) -> ItemPicture | None:
        return await _item(group, info)

    @strawberry.field(
        graphql_type=Location | None, description="The location, where the groups are locations; else null."
    )
    @staticmethod
    async def location(group: Parent[GroupPicture], info: Info) -> LocationPicture | None:
        return await _location(group, info)


@strawberry.type(
    description="A SKU with units on hand of which none moved for `deadAfterDays` days up to the end of the report "
    '(APICS Dictionary, "inactive inventory"): at the locations that the report is of, together.'
)
class DeadStockItem:
    sku: str = attribute("sku", "SKU of the item.")
    quantity_on_hand: int = summed("on_hand", "Units on hand at the end of the report.")
    value: Decimal | None = derived(
        lambda dead: None if dead.value is None else amount_of(dead.value),
        "What they are worth at moving weighted average cost, in the report's currency; null where no unit's cost is "
        "known.",
    )
    last_movement_at: datetime | None = attribute("moved_at", "When what is on hand last changed at any of them.")
    days_without_movement: int | None = derived(
        lambda dead: days_without_movement(dead.moved_at, dead.at),
        "Times of 24 hours from then to the end of the report.",
    )

    @strawberry.field(graphql_type=Item, description="What it is.")
    @staticmethod
    async def item(dead: Parent[DeadStock], info: Info) -> ItemPicture | None:
        return await info.context.loaders.items.load(dead.sku)


@strawberry.type(description="A SKU of dead stock in its place in the list.")
class DeadStockEdge:
    cursor: str = attribute("cursor", "Opaque; of use only with the same list.")
    node: DeadStockItem = attribute("node", "The SKU itself.")


@strawberry.type(description="A page of dead stock: at most 250 SKUs, 50 where `first` is not given.")
class DeadStockConnection:
    edges: list[DeadStockEdge] = attribute("edges", "The SKUs of this page with their cursors, in order.")
    nodes: list[DeadStockItem] = attribute("nodes", "The SKUs of this page, in order: `edges` without their cursors.")
    page_info: PageInfo = page_info()
    total_count: int = attribute("total", "How many SKUs the whole list holds. Counted only when selected.")


@dataclass(frozen=True, slots=True)
class Point:
    """A part of the report's days, and what they come to."""

    period: Period
    health: Health


@strawberry.type(description="The figures of some of the report's days, one after another.")
class HealthPoint:
    day: date = attribute("period.first", "The first of these days.", name="date")
    to: date = attribute("period.last", "The last of these days; the same where there is one.")
    metrics: HealthMetrics = attribute("health.metrics", "Their figures.")


@strawberry.type(
    description="How healthy stock was over whole days of the tenant's time zone, of which some have 23 or 25 hours. "
    "Summed up from the ledger by `occurredAt`: what is told late or back-dated counts where it happened. What "
    "waits to be summed up is read from the ledger itself."
)
class HealthReport:
    from_: date = attribute("period.first", "The first day.", name="from")
    to: date = attribute(
        "period.last",
        "The last day, it included; today, as far as it has come, where a later day was asked for.",
    )
    time_zone: str = attribute("period.books.time_zone", "IANA name of the time zone whose days are counted.")
    currency: str = attribute("period.books.currency", "ISO 4217 code of the currency of every value in the report.")

    @strawberry.field(
        description="Items of which units were there or were sold whose cost is not known in `currency`, costed in "
        "another or not at all: no value counts those units."
    )
    @staticmethod
    async def items_without_value(report: Parent[HealthAsked]) -> int:
        return (await report.whole).items_without_value

    @strawberry.field(description=COMPLETE)
    @staticmethod
    async def complete(report: Parent[HealthAsked]) -> bool:
        return (await report.whole).complete

    @strawberry.field(graphql_type=HealthMetrics, description="The figures of all that the report is of.")
    @staticmethod
    async def metrics(report: Parent[HealthAsked]) -> MetricsPicture:
        return (await report.whole).health.metrics

    @strawberry.field(
        graphql_type=Connection[HealthGroup],
        description="The figures of each category, vendor, location or SKU that had been stocked by the end of the "
        "report or was asked for in it, by key; those of no category, vendor or location come last.",
        metadata=weighing(A_REPORT),
    )
    @staticmethod
    async def groups(
        report: Parent[HealthAsked],
        info: Info,
        by: Annotated[ReportGroupBy, argument(description="What makes a group.")],
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[GroupPicture]:
        of = report.scope, report.filter, report.period, by
        with page_of(info, first, after) as page:
            return await report.parts.read(lambda reads: reads.health.groups(*of, page))

    @strawberry.field(
        graphql_type=DeadStockConnection,
        description="What lies there and has not moved, the most valuable first, then by SKU.",
        metadata=weighing(A_REPORT),
    )
    @staticmethod
    async def dead_stock(
        report: Parent[HealthAsked],
        info: Info,
        first: Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, argument(description="Those after this cursor.")] = None,
    ) -> Page[DeadStock]:
        of = report.scope, report.filter, report.period, report.dead_after_days
        with page_of(info, first, after) as page:
            return await report.parts.read(lambda reads: reads.health.dead_stock(*of, page))

    @strawberry.field(
        graphql_type=list[HealthPoint],
        description="The report's days in parts, one after another, whose lengths differ by one day at most.",
        metadata=holding(POINTS) | weighing(A_SERIES),
    )
    @staticmethod
    async def series(
        report: Parent[HealthAsked],
        info: Info,
        points: Annotated[
            int | None,
            argument(description="How many parts, 1 to 100, and as many as there are days at most; 30 if left out."),
        ] = None,
    ) -> Sequence[Point]:
        points = POINTS if points is None else points
        if refusal := invalid_points(points):
            raise refused(refusal)
        parts = report.period.parts(points)
        found = await report.parts.read(lambda reads: series_of(reads.health, report.scope, report.filter, parts))
        if isinstance(found, Refusal):
            raise refused(found)
        return [Point(part, health) for part, health in zip(parts, found, strict=True)]
