"""The ledger: its entries and their pages."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import Parent

from schema.context import Info
from schema.enums import LedgerKind
from schema.fields import attribute, derived, loaded, picture, seen
from schema.ids import global_id_of
from schema.scalars import BigInt
from schema.types.connection import Edge, PageInfo, page_info
from schema.types.location import Location
from schema.types.node import Node
from services.reads import LedgerRecord
from services.seal_reads import EntrySeal, Recorded


async def _sequence(record: Parent[LedgerRecord], info: Info) -> int | None:
    seal = await _seal(record, info)
    return seal and seal.sequence


async def _hash(record: Parent[LedgerRecord], info: Info) -> str | None:
    seal = await _seal(record, info)
    return seal and seal.hash.hex()


async def _seal(record: LedgerRecord, info: Info) -> EntrySeal | None:
    return await info.context.loaders.seals.load(Recorded(record.id, record.entry.stamp.recorded_at))


@picture(
    LedgerRecord,
    "One change of one level, written in the same transaction and never changed afterwards. For each quantity, the sum "
    "of all its changes is its balance. Quantities count base units of the item.",
)
class LedgerEntry(Node):
    id: strawberry.ID = derived(global_id_of("LedgerEntry"), "Global id.")
    sequence: BigInt | None = loaded(
        _sequence, "Its place in the tenant's chain of entries; null until it is sealed there."
    )
    level_version: BigInt = attribute("entry.level_version", "`StockLevel.version` after this entry.")
    sku: str = attribute("sku", "SKU of the item.")
    location: Location = attribute("location", "Where the level lies.")
    occurred_at: datetime = attribute(
        "entry.stamp.occurred_at", "When it happened in the world; may lie before `recordedAt`."
    )
    recorded_at: datetime = attribute("entry.stamp.recorded_at", "When it was written down, by the database's clock.")
    kind: LedgerKind = attribute("entry.kind", "What kind of change it was.")
    quantity_on_hand_change: int = attribute("entry.change.on_hand", "By how much on hand changed.")
    quantity_allocated_change: int = attribute("entry.change.allocated", "By how much allocated changed.")
    quantity_unavailable_change: int = attribute("entry.change.unavailable", "By how much unavailable changed.")
    quantity_incoming_change: int = attribute("entry.change.incoming", "By how much incoming changed.")
    quantity_on_hand_after: int = attribute("entry.after.on_hand", "On hand after it.")
    quantity_allocated_after: int = attribute("entry.after.allocated", "Allocated after it.")
    quantity_unavailable_after: int = attribute("entry.after.unavailable", "Unavailable after it.")
    quantity_incoming_after: int = attribute("entry.after.incoming", "Incoming after it.")
    available_to_promise_after: int = attribute(
        "entry.after.available_to_promise", "On hand - allocated - unavailable, after it."
    )
    unit_cost: Decimal | None = attribute(
        "entry.unit_cost",
        "Cost of one base unit, in `currency`: of a receipt what it was said to cost, otherwise the item's at that "
        "time; null where it was not known.",
    )
    currency: str | None = attribute("entry.currency", "Currency of `unitCost`, as ISO 4217 has it.")
    reason_code: str | None = attribute("entry.cause.reason_code", "Why, as a code of the tenant's list.")
    note: str | None = attribute("entry.cause.note", "Why, in somebody's words.")
    reference_type: str | None = attribute(
        "entry.cause.reference_type",
        "What `reference` names: `adjustment`, `count`, `cycle_count`, `receipt`, `return`, `hold`, `waste`, "
        "`transfer`, `order`, `shipment`, `adjustment_request`, and more to come.",
    )
    reference: str | None = attribute(
        "entry.cause.reference",
        "Number of the document behind it, as it was given; of an approved adjustment that was asked for without one "
        "(`adjustment_request`) the UUID that events call `adjustmentId`.",
    )
    hash: str | None = loaded(_hash, "Its hash in the tenant's chain of entries; null until it is sealed there.")

    actor: str | None = seen(
        lambda record, context: context.named(record.entry.cause.actor),
        "Subject of the token that made the change: who asked for it or, where it waited for approval, who approved "
        "it; a vendor sees its own name, and null for anybody else.",
    )


@strawberry.type(description="A page of the ledger, newest first by `occurredAt`.")
class LedgerEntryConnection:
    edges: list[Edge[LedgerEntry]] = attribute("edges", "The entries of this page with their cursors, in order.")
    nodes: list[LedgerEntry] = attribute("nodes", "The entries of this page, in order: `edges` without their cursors.")
    page_info: PageInfo = page_info()
    total_count: int | None = attribute(
        "total", "How many entries the whole list holds; null where counting would cost too much."
    )
