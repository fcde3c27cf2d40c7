"""Cycle counts: lists of what is to be counted, and what was."""

from dataclasses import dataclass
from datetime import datetime

import strawberry
from strawberry import Parent

from domain.adjustment_state import AdjustmentState
from domain.cycle_counts import LINES_MAX, CountLine, CycleCountStatus
from domain.cycle_counts import CycleCount as CycleCountPicture
from domain.items import Item as ItemPicture
from domain.locations import Location as LocationPicture
from schema.context import Info
from schema.enums import CycleCountStatus as Status
from schema.fields import attribute, derived, loaded, picture
from schema.ids import global_id_of
from schema.scalars import BigInt
from schema.types.adjustment import Adjustment
from schema.types.item import Item
from schema.types.location import Location
from schema.types.node import Node


@dataclass(frozen=True, slots=True)
class LineOf:
    """A line with the list that it stands on."""

    document: CycleCountPicture
    line: CountLine

    @property
    def hidden(self) -> bool:
        """Whether what the books say is kept from whoever counts."""
        return self.document.blind and self.document.status is CycleCountStatus.OPEN


async def _item(shown: Parent[LineOf], info: Info) -> ItemPicture | None:
    return await info.context.loaders.items.load(shown.line.sku)


async def _expected(shown: Parent[LineOf], info: Info) -> int | None:
    if shown.hidden or shown.line.counted is not None:
        return None if shown.hidden else shown.line.expected
    level = await info.context.loaders.levels_at.load((shown.line.sku, shown.document.location))
    return level.quantities.on_hand if level else 0


async def _adjustment(shown: Parent[LineOf], info: Info) -> AdjustmentState | None:
    made = None if shown.hidden else shown.line.adjustment
    return await info.context.loaders.adjustments_by_id.load(made) if made else None


async def _location(cycle_count: Parent[CycleCountPicture], info: Info) -> LocationPicture | None:
    return await info.context.loaders.locations.load(cycle_count.location)


@picture(
    LineOf,
    "One SKU of a list. In a blind one, what the books say is null for as long as it is OPEN: `quantityExpected`, "
    "`difference` and `adjustment`.",
)
class CycleCountLine:
    sku: str = attribute("line.sku", "SKU of the item.")
    item: Item = loaded(_item, "What is to be counted.")
    quantity_expected: int | None = loaded(
        _expected, "On hand by the books: right before it was counted or, while it was not, now."
    )
    quantity_counted: int | None = attribute("line.counted", "Units that were found the last time; null: not counted.")
    difference: int | None = derived(
        lambda shown: None if shown.hidden else shown.line.difference, "Counted less expected; null: not counted."
    )
    counted_by: str | None = attribute("line.counted_by", "Subject of the token that recorded it; null: not counted.")
    counted_at: datetime | None = attribute("line.counted_at", "When it was recorded; null: not counted.")
    adjustment: Adjustment | None = loaded(
        _adjustment, "The count that came of it: applied, or waiting for approval. Null: not counted."
    )


@picture(
    CycleCountPicture,
    "A list of SKUs to be counted at one location. Each that is counted becomes a count of its own, applied at once or "
    "left to wait by the approval policy; the ledger tells of it with `referenceType` cycle_count and this list's "
    "`reference`, or else its UUID.",
)
class CycleCount(Node):
    id: strawberry.ID = derived(global_id_of("CycleCount"), "Global id.")
    version: BigInt = attribute("version", "Grows by 1 with each change of this list.")
    location: Location = loaded(_location, "Where is counted.")
    blind: bool = attribute("blind", "Whether it keeps what the books say from whoever counts, until it is CLOSED.")
    status: Status = attribute("status", "How far it has come.")
    reference: str | None = attribute("reference", "Number of the document behind it, as it was given.")
    lines: list[CycleCountLine] = derived(
        lambda document: [LineOf(document, line) for line in document.lines],
        "In the order in which they were listed.",
        holds=LINES_MAX,
    )
    created_by: str = attribute("created_by", "Subject of the token that made it.")
    created_at: datetime = attribute("created_at", "When it was made.")
    updated_at: datetime = attribute("updated_at", "When it last changed.")
