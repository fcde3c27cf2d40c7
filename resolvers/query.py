"""Query: what the API reads."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from domain.access import Caller
from domain.items import Item as ItemPicture
from domain.levels import LevelState, PastLevel, SkuState
from domain.locations import Location as LocationPicture
from resolvers.adjustments import AdjustmentQueries
from resolvers.admission import admitted, check_may_name
from resolvers.alerts import AlertQueries
from resolvers.audit import AuditQueries
from resolvers.cycle_counts import CycleCountQueries
from resolvers.insight import InsightQueries
from resolvers.levels import level_meant, level_then
from resolvers.node import find, stock_of
from resolvers.reservations import ReservationQueries
from resolvers.rules import RuleQueries
from resolvers.transfers import TransferQueries
from resolvers.webhooks import WebhookQueries
from schema.context import Info
from schema.errors import bad_input
from schema.fields import in_rows, looking_back
from schema.inputs.filters import ItemFilter, LedgerFilter, LocationFilter, StockLevelFilter
from schema.inputs.texts import text, texts
from schema.pages import page_of
from schema.past import PRICE, check_of_past, past_moment, told
from schema.rows import columns_of
from schema.types.connection import Connection
from schema.types.item import Item
from schema.types.ledger import LedgerEntryConnection
from schema.types.location import Location
from schema.types.node import Node
from schema.types.stock import Availability, Stock, StockLevel
from schema.types.viewer import Viewer
from services.reads import (
    AVAILABILITY_SKUS_MAX,
    AvailabilityRow,
    LedgerRecord,
    LevelFilter,
    LevelSort,
    Page,
)
from services.reads import ItemFilter as ItemsWanted
from services.reads import LedgerFilter as EntriesWanted
from services.reads import LocationFilter as LocationsWanted
from services.rows import Row, RowPage

Sku = Annotated[str, argument(description="Stock keeping unit; upper and lower case differ.")]
First = Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")]
After = Annotated[str | None, argument(description="Those after this cursor.")]
_AS_OF = (
    "As of this moment, which has passed: what had happened by then (`LedgerEntry.occurredAt`), also what was recorded "
    "only later. `StockLevel` says what is of then, and what of today. A level that there was not yet is left out."
)
AsOf = Annotated[datetime | None, argument(description=_AS_OF)]
PageAsOf = Annotated[
    datetime | None,
    argument(
        description=f"{_AS_OF} Levels then come by SKU, and no filter asks for status or staleness. A cursor holds for "
        "its moment alone: send the same one for each page."
    ),
]


@strawberry.type(
    description="What can be read. A vendor's token sees its own items alone, with their stock and their lines of "
    "reservations."
)
class Query(
    ReservationQueries,
    TransferQueries,
    CycleCountQueries,
    AdjustmentQueries,
    AlertQueries,
    InsightQueries,
    RuleQueries,
    AuditQueries,
    WebhookQueries,
):
    @strawberry.field(
        graphql_type=Node | None,
        description="The thing of this global id; null where there is none or you may not see it.",
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="A global id that this API told.")]
    ) -> object | None:
        return await find(admitted(info), id)

    @strawberry.field(graphql_type=Viewer, description="Who you are.")
    async def viewer(self, info: Info) -> Caller:
        return admitted(info).signed_in

    @strawberry.field(
        graphql_type=Stock | None, description="A SKU summed over its locations; null for an unknown SKU."
    )
    async def stock(self, info: Info, sku: Sku) -> SkuState | None:
        context = admitted(info)
        item = await context.loaders.items.load(text("sku", sku) or "")
        return None if item is None else await stock_of(context, item)

    @strawberry.field(
        graphql_type=StockLevel | None,
        description="One SKU at one location; null where it was never stocked there.",
        metadata=looking_back(PRICE) | in_rows("StockLevel"),
    )
    def stock_level(
        self,
        info: Info,
        sku: Sku,
        location: Annotated[
            str | None,
            argument(description="Code of the location. Left out: the SKU's one level; null where it has several."),
        ] = None,
        as_of: AsOf = None,
    ) -> Awaitable[LevelState | PastLevel | Row | None]:
        context, columns = admitted(info), columns_of(info)
        text("sku", sku)
        text("location", location)
        if as_of is not None:
            return level_then(context, sku, location, as_of)
        if columns is not None:
            return context.reads.stock.level_row(context.scope, sku, location, columns)
        return level_meant(context, sku, location)

    @strawberry.field(
        graphql_type=Connection[StockLevel],
        description="Stock levels, filtered and sorted, a page at a time both ways.",
        metadata=looking_back(PRICE) | in_rows("StockLevel"),
    )
    async def stock_levels(
        self,
        info: Info,
        filter: Annotated[StockLevelFilter | None, argument(description="Which; all if left out.")] = None,
        sort: Annotated[LevelSort | None, argument(description="In which order.")] = LevelSort.SKU,
        first: First = None,
        after: After = None,
        last: Annotated[int | None, argument(description="How many from the end, 1 to 250.")] = None,
        before: Annotated[str | None, argument(description="Those before this cursor.")] = None,
        as_of: PageAsOf = None,
    ) -> Page[LevelState] | Page[PastLevel] | RowPage:
        context = admitted(info)
        wanted = filter.wanted() if filter else LevelFilter()
        if as_of is not None:
            at = past_moment(as_of, context.moment)
            check_of_past(wanted, sort or LevelSort.SKU)
            with page_of(info, first, after, last, before) as page, told("asOf"):
                return await context.reads.past.levels(context.scope, wanted, page, at)
        stock, by, columns = context.reads.stock, sort or LevelSort.SKU, columns_of(info)
        with page_of(info, first, after, last, before) as page:
            if columns is None:
                return await stock.levels(context.scope, wanted, by, page)
            return await stock.level_rows(context.scope, wanted, by, page, columns)

    @strawberry.field(
        graphql_type=list[Availability],
        description="What can be promised of up to 1,000 SKUs, in the order asked: 0 of an unknown SKU or an archived "
        "item; nothing that lies at a closed location counts.",
    )
    async def availability(
        self,
        info: Info,
        skus: Annotated[list[str], argument(description="At most 1,000 SKUs.")],
        location: Annotated[
            str | None, argument(description="At the location of this code; summed over all if left out.")
        ] = None,
        channel: Annotated[
            str | None,
            argument(description="For this sales channel. No channel keeps a buffer of its own, so all see the same."),
        ] = None,
    ) -> Sequence[AvailabilityRow]:
        context = admitted(info)
        if len(skus) > AVAILABILITY_SKUS_MAX:
            raise bad_input("skus", f"names {len(skus)}: give at most {AVAILABILITY_SKUS_MAX}")
        texts("skus", skus)
        text("location", location)
        text("channel", channel)
        if location is not None and await context.loaders.locations.load(location) is None:
            raise bad_input("location", "is the code of no location: see the query locations")
        return await context.reads.stock.availability(context.scope, skus, location)

    @strawberry.field(
        graphql_type=Item | None,
        description="The item of this SKU; null where there is none.",
        metadata=in_rows("Item"),
    )
    def item(self, info: Info, sku: Sku) -> Awaitable[ItemPicture | Row | None]:
        context, columns = admitted(info), columns_of(info)
        text("sku", sku)
        if columns is not None:
            return context.reads.catalog.item_row(context.scope, sku, columns)
        return context.loaders.items.load(sku)

    @strawberry.field(graphql_type=Connection[Item], description="Items by SKU.", metadata=in_rows("Item"))
    async def items(
        self,
        info: Info,
        filter: Annotated[ItemFilter | None, argument(description="Which; all if left out.")] = None,
        first: First = None,
        after: After = None,
    ) -> Page[ItemPicture] | RowPage:
        context, columns = admitted(info), columns_of(info)
        wanted = filter.wanted() if filter else ItemsWanted()
        with page_of(info, first, after) as page:
            if columns is not None:
                return await context.reads.catalog.item_rows(context.scope, wanted, page, columns)
            return await context.reads.catalog.items(context.scope, wanted, page)

    @strawberry.field(graphql_type=Location | None, description="The location of this code; null where there is none.")
    async def location(
        self, info: Info, code: Annotated[str, argument(description="Code of the location.")]
    ) -> LocationPicture | None:
        return await admitted(info).loaders.locations.load(text("code", code) or "")

    @strawberry.field(graphql_type=Connection[Location], description="Locations by code.")
    async def locations(
        self,
        info: Info,
        filter: Annotated[LocationFilter | None, argument(description="Which; all if left out.")] = None,
        first: First = None,
        after: After = None,
    ) -> Page[LocationPicture]:
        context = admitted(info)
        wanted = filter.wanted() if filter else LocationsWanted()
        with page_of(info, first, after) as page:
            return await context.reads.catalog.locations(context.scope, wanted, page)

    @strawberry.field(
        graphql_type=LedgerEntryConnection | None,
        description="Changes of stock, newest first by `occurredAt`.",
    )
    async def ledger(
        self,
        info: Info,
        filter: Annotated[LedgerFilter | None, argument(description="Which; all if left out.")] = None,
        first: First = None,
        after: After = None,
    ) -> Page[LedgerRecord]:
        context = admitted(info)
        wanted = filter.wanted() if filter else EntriesWanted()
        check_may_name(wanted.actor, "filter.actor", context)
        with page_of(info, first, after) as page:
            return await context.reads.ledger.entries(context.scope, wanted, page)
