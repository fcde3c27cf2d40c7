"""Reservations: units promised to an order, line by line."""

from datetime import datetime

import strawberry

from domain.reservation_lines import LINES_MAX
from domain.reservation_state import LineState, ReservationState
from schema.enums import RefusalCode, ReservationStatus
from schema.fields import attribute, derived, picture
from schema.ids import global_id_of
from schema.scalars import BigInt
from schema.types.item import Item
from schema.types.location import Location
from schema.types.node import Node


@picture(
    LineState,
    "Units of one SKU that a reservation holds at one location, or waits for. An order's line has one of these for "
    "each location that serves it, and one for what it still waits for. `quantity` = `quantityAllocated` + "
    "`quantityBackordered` + `quantityCommitted` + `quantityReleased`, and what is not yet decided.",
)
class ReservationLine(Node):
    id: strawberry.ID = derived(global_id_of("ReservationLine"), "Global id; names this line in `lineId` of inputs.")
    sku: str = attribute("line.sku", "SKU as the order names it.")
    item: Item | None = attribute("item", "What is reserved; null for an unknown SKU of a FAILED reservation.")
    location: Location | None = attribute(
        "location", "Where the units lie; null while that is undecided or the line waits for stock."
    )
    quantity: int = attribute("line.quantity", "Units asked of this line, whatever became of them.")
    quantity_allocated: int = attribute("line.allocated", "Units held for the order and not yet shipped.")
    quantity_backordered: int = attribute("line.backordered", "Units that it waits for.")
    quantity_committed: int = attribute("line.committed", "Units that were shipped: they left on hand.")
    quantity_released: int = attribute("line.released", "Units that were given back, or that the order gave up.")


@strawberry.type(description="Units that an order asked for and did not get at once.")
class Shortage:
    sku: str = attribute("sku", "SKU that is short.")
    location: str | None = attribute("location", "Code of the location that the order insisted on; null: any.")
    requested: int = attribute("requested", "Units asked for, lines of the same SKU and location summed.")
    available: int = attribute("available", "Units of these that there were.")


@picture(
    ReservationState,
    "Units promised to an order. PENDING holds them until `expiresAt`, then EXPIRED; CONFIRMED for as long as it "
    "takes; BACKORDERED holds what there is and waits for the rest. Once nothing of it is open it is COMMITTED if "
    "anything was shipped, else RELEASED. A vendor sees the lines and shortages of its own items alone.",
)
class Reservation(Node):
    id: strawberry.ID = derived(global_id_of("Reservation"), "Global id; that of a dry run names nothing.")
    version: BigInt = attribute("reservation.version", "Grows by 1 with each change of this reservation.")
    order_id: str = attribute(
        "reservation.order.id",
        "The order it holds stock for. An order has at most one open reservation; ended ones may be many.",
    )
    status: ReservationStatus = attribute("status", "How far it has come.")
    channel: str | None = attribute("reservation.order.channel", "The sales channel that the order came by.")
    expires_at: datetime | None = attribute(
        "reservation.expires_at", "Until when it holds unless it is confirmed; null where it does not expire."
    )
    created_at: datetime = attribute("reservation.created_at", "When it was made.")
    updated_at: datetime = attribute("reservation.updated_at", "When it last changed.")
    lines: list[ReservationLine] = attribute(
        "lines", "What it holds, waits for, shipped and gave back.", holds=LINES_MAX
    )
    shortages: list[Shortage] = attribute(
        "reservation.shortages", "What was short when it was made; says nothing of later.", holds=LINES_MAX
    )
    failure_code: RefusalCode | None = attribute("reservation.failure", "Why it FAILED; null unless it did.")
