"""Reservations in JSON, as `/internal/inventory/reservations` names them: `items` are their lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.allocation import FulfillmentPolicy, Shortage
from domain.quantities import LEVEL_MAX
from domain.refusals import RefusalCode
from domain.reservation_lines import LINES_MAX
from domain.reservation_state import LineState, ReservationState
from domain.reservations import TTL_SECONDS_MAX, ReservationStatus
from domain.strategies import AllocationStrategy
from domain.texts import CODE_LENGTH_MAX, KEY_LENGTH_MAX, NOTE_LENGTH_MAX, REFERENCE_LENGTH_MAX, SKU_LENGTH_MAX
from schema.ids import global_id
from server.rest.shapes import MOMENT, UUID_TEXT, Choice, Field, ListOf, NamedId, Record, Text, Whole, identifier
from services.reservations import ReserveStock

_Code, _Reference, _Sku = identifier(CODE_LENGTH_MAX), identifier(REFERENCE_LENGTH_MAX), identifier(SKU_LENGTH_MAX)
_UNITS = Field("quantity", Whole(1, LEVEL_MAX), "Units.")
_KEY = Field(
    "idempotencyKey",
    identifier(KEY_LENGTH_MAX),
    "The idempotency key, where the header does not give it.",
    optional=True,
)

# ---------------------------------------------------------------------- asked
RESERVE = Record(
    "Order",
    "Stock to be held for an order.",
    (
        Field(
            "orderId",
            _Reference,
            "The order. While its reservation is open or COMMITTED, the same items give that reservation, under any "
            "key, and others ORDER_ALREADY_RESERVED.",
        ),
        Field(
            "items",
            ListOf(
                Record(
                    "OrderItem",
                    "Units of one SKU. Items of the same SKU and location are summed.",
                    (
                        Field("sku", _Sku, "SKU of the item; or give productId.", optional=True),
                        Field(
                            "productId",
                            _Code,
                            "In place of the SKU: the item whose SKU this is, else the one item of this product of the "
                            "catalog that is not archived.",
                            optional=True,
                        ),
                        _UNITS,
                        Field("location", _Code, "Take them from the location of this code alone.", optional=True),
                    ),
                    asked=True,
                ),
                least=1,
                most=LINES_MAX,
            ),
            "What to hold.",
        ),
        Field(
            "fulfillmentPolicy",
            Choice(FulfillmentPolicy),
            "What becomes of it where there is not enough: refused, held in part, or held and queued.",
            optional=True,
            default=ReserveStock.POLICY,
        ),
        Field(
            "strategy",
            Choice(AllocationStrategy),
            "Which locations serve the items that name none.",
            optional=True,
            default=ReserveStock.STRATEGY,
        ),
        Field("zone", _Code, "Zone of the delivery address, for NEAREST.", optional=True),
        Field("channel", _Code, "Sales channel; it decides how long the reservation holds.", optional=True),
        Field(
            "ttlSeconds",
            Whole(1, TTL_SECONDS_MAX),
            "Seconds until it expires unless it is confirmed; left out: the channel's or the tenant's.",
            optional=True,
        ),
        _KEY,
    ),
    asked=True,
)
_LINE_QUANTITIES = ListOf(
    Record(
        "LineQuantity",
        "Units of one line, by its lineId; or of the open lines of a SKU (at a location), in their order.",
        (
            Field("lineId", NamedId("ReservationLine"), "The line; or give sku.", optional=True),
            Field("sku", _Sku, "The SKU; or give lineId.", optional=True),
            Field("location", _Code, "With sku: at the location of this code alone.", optional=True),
            _UNITS,
        ),
        asked=True,
    ),
    least=1,
    most=LINES_MAX,
)
_SHIPPED = Field("items", _LINE_QUANTITIES, "What was shipped; left out: all that is held.", optional=True)
_GIVEN_UP = Field(
    "items", _LINE_QUANTITIES, "What is given up; left out: all that is held or waits for stock.", optional=True
)
CONFIRM = Record("Confirmation", "A reservation that was paid for.", (_KEY,), asked=True)
COMMIT = Record(
    "Shipment",
    "Units that have left the shelf.",
    (_SHIPPED, Field("reference", _Reference, "Number of the shipment, for the ledger.", optional=True), _KEY),
    asked=True,
)
RELEASE = Record(
    "Release",
    "Units that the order gives up.",
    (
        _GIVEN_UP,
        Field("reasonCode", _Code, "Why: an active reason code of the tenant's.", optional=True),
        Field("note", Text(NOTE_LENGTH_MAX), "What happened, in words.", optional=True),
        _KEY,
    ),
    asked=True,
)

# ---------------------------------------------------------------------- told
SHORTAGE = Record(
    "Shortage",
    "Units that an order asked for and there were not.",
    (
        Field("sku", Text(), "SKU that is short."),
        Field("location", Text(), "Code of the location that the order insisted on; null: any.", nullable=True),
        Field("requested", Whole(), "Units asked for."),
        Field("available", Whole(), "Units of these that there were."),
    ),
)
RESERVATION = Record(
    "Reservation",
    "Units promised to an order. PENDING holds them until expiresAt, CONFIRMED for as long as it takes, BACKORDERED "
    "waits for the rest; with nothing open any more it is COMMITTED, RELEASED or EXPIRED.",
    (
        Field("reservationId", UUID_TEXT, "Its id, as events tell it."),
        Field("globalId", Text(), "Its id, as GraphQL tells and takes it."),
        Field("orderId", Text(), "The order that it is for."),
        Field("status", Choice(ReservationStatus), "How far it has come."),
        Field("version", Whole(), "Grows by 1 with each change of it."),
        Field("channel", Text(), "The sales channel that the order came by.", nullable=True),
        Field(
            "expiresAt", MOMENT, "Until when it holds unless it is confirmed; null: it does not expire.", nullable=True
        ),
        Field("createdAt", MOMENT, "When it was made."),
        Field("updatedAt", MOMENT, "When it last changed."),
        Field(
            "items",
            ListOf(
                Record(
                    "ReservationItem",
                    "Units of one SKU at one location, or that wait for stock.",
                    (
                        Field("lineId", UUID_TEXT, "Names this line when part of it is committed or released."),
                        Field("sku", Text(), "SKU as the order names it."),
                        Field("productId", Text(), "The product of the catalog that it is one of.", nullable=True),
                        Field(
                            "location", Text(), "Code of the location; null while it waits for stock.", nullable=True
                        ),
                        Field("quantity", Whole(), "Units of this line, whatever became of them."),
                        Field("quantityAllocated", Whole(), "Units held and not yet shipped."),
                        Field("quantityBackordered", Whole(), "Units that it waits for."),
                        Field("quantityCommitted", Whole(), "Units that were shipped."),
                        Field("quantityReleased", Whole(), "Units that were given back or given up."),
                    ),
                )
            ),
            "What it holds, waits for, shipped and gave back.",
        ),
        Field("shortages", ListOf(SHORTAGE), "What was short when it was made."),
        Field("failureCode", Choice(RefusalCode), "Why it FAILED.", nullable=True),
    ),
)


def told(state: ReservationState) -> dict[str, Any]:
    reservation = state.reservation
    return {
        "reservationId": str(state.id),
        "globalId": global_id("Reservation", state.id),
        "orderId": reservation.order.id,
        "status": reservation.status,
        "version": reservation.version,
        "channel": reservation.order.channel,
        "expiresAt": reservation.expires_at,
        "createdAt": reservation.created_at,
        "updatedAt": reservation.updated_at,
        "items": [_item(each) for each in state.lines],
        "shortages": shortages_told(reservation.shortages),
        "failureCode": reservation.failure,
    }


def shortages_told(shortages: Sequence[Shortage]) -> list[dict[str, Any]]:
    return [
        {"sku": each.sku, "location": each.location, "requested": each.requested, "available": each.available}
        for each in shortages
    ]


def _item(state: LineState) -> dict[str, Any]:
    line = state.line
    return {
        "lineId": str(state.id),
        "sku": line.sku,
        "productId": state.item and state.item.catalog_product_id,
        "location": line.location,
        "quantity": line.quantity,
        "quantityAllocated": line.allocated,
        "quantityBackordered": line.backordered,
        "quantityCommitted": line.committed,
        "quantityReleased": line.released,
    }
