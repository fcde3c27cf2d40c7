"""Stock: a level, a SKU summed over its levels, what can be promised of it."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

import strawberry
from strawberry import Parent

from domain.levels import LevelState, PastLevel, SkuState
from domain.status import stale_at
from schema.context import Info
from schema.enums import StockStatus
from schema.errors import too_large
from schema.fields import Made, attribute, derived, holding, picture, seen
from schema.history import POINTS, span_of
from schema.ids import global_id, global_id_of, kind_as_of
from schema.loaders import LevelPage
from schema.pages import page_of
from schema.past import told
from schema.scalars import INT_MAX, BigInt
from schema.types.item import Item
from schema.types.ledger import LedgerEntryConnection
from schema.types.location import Location
from schema.types.node import Node
from services.reads import LedgerRecord, Page
from services.reads import StockPoint as StockPointPicture

#: What a SKU is priced as; a firm may have more, and then its levels are better asked page by page.
LOCATIONS_USUAL = 100
_SUM_MAX = "LIMIT_EXCEEDED above 2,147,483,647: ask the levels one by one."
_AS_OF = (
    "As of a moment (`asOf`) quantities are the sum of what had happened by then, as far as it is known today: below 0 "
    "where a sale happened before the receipt that covers it. `version` and `updatedAt` are those of the newest ledger "
    "entry that counts (0, and when the level was made, where none does). `stale`, `ledger` and `history` look back "
    "from then. Thresholds, item and location are those of today; `status` is what the quantities mean under them."
)
_AVAILABLE = "What can still be promised: on hand - allocated - unavailable. Never below 0."


def summed(path: str, description: str) -> Any:
    """A sum over the levels of `sku`; each level fits an Int, their sum may not."""
    find, name = attrgetter(path), path.split(".")[-1].replace("_", " ")

    def getter(picture: Any) -> int:
        total: int = find(picture)
        if total > INT_MAX:
            raise too_large(f"The sum of {name} of SKU '{picture.sku}'", total, INT_MAX, "ask its levels one by one")
        return total

    return derived(getter, f"{description} {_SUM_MAX}")


def _level_id(level: LevelState) -> str:
    until = _until(level)
    return global_id("StockLevel" if until is None else kind_as_of("StockLevel", until), level.id)


def _until(level: LevelState) -> datetime | None:
    """Of a level as of a moment, that moment."""
    return level.as_of if isinstance(level, PastLevel) else None


@strawberry.type(description="A level as it was at one moment.")
class StockPoint:
    at: datetime = attribute("at", "The moment.")
    quantity_on_hand: int = attribute("on_hand", "On hand at that moment.")
    available_to_promise: int = attribute("available_to_promise", "Available to promise at that moment.")


@picture(
    LevelState,
    "One SKU at one location. Quantities are whole numbers of the item's base unit (`Item.unitOfMeasure`), at most "
    f"100,000,000 each; neither they nor `availableToPromise` are ever below 0.\n\n{_AS_OF}",
)
class StockLevel(Node):
    id: strawberry.ID = derived(
        _level_id,
        "Global id; as of a moment another one, which `node` finds again as well.",
        of_row=global_id_of("StockLevel"),
    )
    sku: str = attribute("item.sku", "SKU of the item.")
    item: Item = attribute("item", "What is stocked.")
    location: Location = attribute("location", "Where it is stocked.")
    quantity_on_hand: int = attribute("quantities.on_hand", "Units that lie there, whatever they are promised to.")
    quantity_allocated: int = attribute("quantities.allocated", "Units promised to orders and not yet picked.")
    quantity_unavailable: int = attribute(
        "quantities.unavailable", "Units on hand that are set aside: damage, quality."
    )
    quantity_incoming: int = attribute("quantities.incoming", "Units on order or in transit; not on hand yet.")
    available_to_promise: int = attribute("quantities.available_to_promise", _AVAILABLE)
    reorder_point: int | None = attribute(
        "policy.reorder_point", "Order anew when available to promise falls to this; null: no such rule."
    )
    safety_stock: int = attribute(
        "policy.safety_stock", "Units meant to be kept in reserve. Does not lower available to promise."
    )
    low_stock_threshold: int | None = attribute(
        "policy.low_stock_threshold", "At or below this, available to promise counts as LOW; null: `reorderPoint` does."
    )
    overstock_threshold: int | None = attribute(
        "policy.overstock_threshold", "Above this, on hand counts as OVERSTOCK; null: never."
    )
    stale_after_days: int | None = attribute(
        "policy.stale_after_days", "After so many days without movement the level is stale; null: never."
    )
    status: StockStatus = attribute("status", "What the quantities mean under the thresholds.")
    version: BigInt = attribute(
        "version", "Grows by 1 with each change of this level; the order of events and answers per level."
    )
    updated_at: datetime = attribute("updated_at", "Time of the last change, a new threshold included.")
    last_movement_at: datetime | None = attribute(
        "last_movement_at", "When a quantity last changed in the world; null: never."
    )

    stale: bool = seen(
        lambda level, context: level.stale(context.moment),
        "Whether nothing has moved for `staleAfterDays` days, as seen now.",
        of_row=Made(
            lambda context, *columns: stale_at(context.moment, *columns),
            ("policy.stale_after_days", "last_movement_at", "created_at", "item.archived_at"),
        ),
    )

    @strawberry.field(
        graphql_type=LedgerEntryConnection,
        description="This level's own entries of the ledger, newest first by `occurredAt`; as of a moment, those that "
        "had happened by then.",
    )
    @staticmethod
    async def ledger(
        level: Parent[LevelState],
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 250; 50 if left out.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Those after this cursor.")] = None,
    ) -> Page[LedgerRecord]:
        with page_of(info, first, after) as page:
            asked = LevelPage(level.id, page, _until(level))
            return await info.context.loaders.entries_of.load(asked) or Page(())

    @strawberry.field(
        graphql_type=list[StockPoint],
        description="The level at evenly spaced moments, `from` and `to` included; 0 before its first entry. What was "
        "recorded late counts from when it happened.",
        metadata=holding(POINTS),
    )
    @staticmethod
    async def history(
        level: Parent[LevelState],
        info: Info,
        from_: Annotated[
            datetime | None,
            strawberry.argument(name="from", description="First moment; 30 days before `to` if left out."),
        ] = None,
        to: Annotated[
            datetime | None,
            strawberry.argument(description="Last moment; if left out now, or the moment of a level as of one."),
        ] = None,
        points: Annotated[int | None, strawberry.argument(description="How many, 2 to 500; 30 if left out.")] = None,
    ) -> Sequence[StockPointPicture]:
        span = span_of(level.id, from_, to, points, _until(level) or info.context.moment)
        with told("from"):
            return await info.context.loaders.histories.load(span) or ()


@picture(
    SkuState, "A SKU summed over its locations. An item that was never stocked has no levels, and 0 of everything."
)
class Stock(Node):
    id: strawberry.ID = derived(global_id_of("Stock", "item.id"), "Global id.")
    sku: str = attribute("item.sku", "SKU of the item.")
    item: Item = attribute("item", "What is stocked.")
    quantity_on_hand: int = summed("quantities.on_hand", "Sum of its levels' on hand.")
    quantity_allocated: int = summed("quantities.allocated", "Sum of its levels' allocated.")
    quantity_unavailable: int = summed("quantities.unavailable", "Sum of its levels' unavailable.")
    quantity_incoming: int = summed("quantities.incoming", "Sum of its levels' incoming.")
    available_to_promise: int = summed("quantities.available_to_promise", _AVAILABLE)
    status: StockStatus = attribute(
        "status",
        "OUT_OF_STOCK where nothing is available at any location; else LOW if a level is LOW or OUT_OF_STOCK; else "
        "OVERSTOCK if one is; else IN_STOCK.",
    )
    levels: list[StockLevel] = attribute("levels", "Its levels, by the locations' codes.", holds=LOCATIONS_USUAL)


@strawberry.type(
    description="What can be promised of a SKU. No id on purpose: the value depends on the arguments (embed it in "
    "caches)."
)
class Availability:
    sku: str = attribute("sku", "The SKU as it was asked for.")
    known: bool = attribute("known", "Whether there is such an item; if not, nothing of it is available.")
    available_to_promise: int = summed("available_to_promise", _AVAILABLE + " Summed over the locations asked for.")
    as_of: datetime = attribute("as_of", "When this was so, by the database's clock.")
