"""Inputs of the mutations that reserve stock and settle what is reserved."""

from collections.abc import Sequence

import strawberry

from domain.allocation import FulfillmentPolicy
from domain.reservation_lines import LineQuantity
from domain.strategies import AllocationStrategy, Want
from schema.fields import given, optional, required
from schema.ids import OR_UUID, uuid_named
from schema.inputs.mutations import KEY
from services.reservations import ReserveStock
from services.settlement import CommitReservation, ConfirmReservation, ExtendReservation, ReleaseReservation

_RESERVATION = "Global id of the reservation" + OR_UUID
_LINE_QUANTITY = "Units, 1 to what is open of it."


@strawberry.input(
    description="Units that an order asks for. Lines of the same SKU and location are summed; those that name a "
    "location are served before those that leave it open."
)
class ReserveLineInput:
    sku: str = required("SKU of the item.")
    quantity: int = required("Units, 1 to 100,000,000.")
    location: str | None = optional("Code of the location to take them from. Left out: the strategy chooses.")


@strawberry.input(description="Stock to be held for an order.")
class ReserveStockInput:
    idempotency_key: str = required(KEY)
    order_id: str = required(
        "The order, at most 200 characters. While its reservation is open or COMMITTED, the same lines give that "
        "reservation, under any key, and other lines ORDER_ALREADY_RESERVED; after RELEASED, EXPIRED or a refusal it "
        "may reserve anew."
    )
    lines: list[ReserveLineInput] = required("1 to 1,000 lines.")
    fulfillment_policy: FulfillmentPolicy | None = strawberry.field(
        description="What becomes of it where there is not enough.", default=ReserveStock.POLICY
    )
    strategy: AllocationStrategy | None = strawberry.field(
        description="Which locations serve the lines that name none.", default=ReserveStock.STRATEGY
    )
    zone: str | None = optional("Zone of the delivery address, for NEAREST: its locations are served from first.")
    channel: str | None = optional("Sales channel; it decides how long the reservation holds where nothing is said.")
    ttl_seconds: int | None = optional(
        "Seconds until it expires unless it is confirmed, 1 to 2,678,400 (31 days); the channel's or the tenant's "
        "own if left out."
    )
    dry_run: bool | None = strawberry.field(
        description="True: the answer alone. Nothing is kept, neither reservation nor key nor event.",
        default=False,
    )

    def request(self) -> ReserveStock:
        return ReserveStock(
            self.order_id,
            tuple(Want(line.sku, given(line.location), line.quantity) for line in self.lines),
            self.fulfillment_policy or ReserveStock.POLICY,
            self.strategy or ReserveStock.STRATEGY,
            given(self.zone),
            given(self.channel),
            given(self.ttl_seconds),
        )


@strawberry.input(
    description="Units of a line of a reservation, named by `lineId`, or by `sku` (and `location`): then of every open "
    "line of that SKU, in line order."
)
class ReservationLineQuantityInput:
    line_id: strawberry.ID | None = optional("Global id of the line, or its UUID; not with `sku`.")
    sku: str | None = optional("SKU of the lines; not with `lineId`.")
    location: str | None = optional("With `sku`: of its lines at the location of this code alone.")
    quantity: int = required(_LINE_QUANTITY)

    def named(self) -> LineQuantity:
        line = given(self.line_id)
        id_ = None if line is None else uuid_named("ReservationLine", line)
        return LineQuantity(self.quantity, id_, given(self.sku), given(self.location))


@strawberry.input(description="A reservation that was paid for, or that shall not expire for another reason.")
class ConfirmReservationInput:
    idempotency_key: str = required(KEY)
    reservation_id: strawberry.ID = required(_RESERVATION)

    def request(self) -> ConfirmReservation:
        return ConfirmReservation(uuid_named("Reservation", self.reservation_id))


@strawberry.input(description="Units of a reservation that have left the shelf.")
class CommitReservationInput:
    idempotency_key: str = required(KEY)
    reservation_id: strawberry.ID = required(_RESERVATION)
    lines: list[ReservationLineQuantityInput] | None = optional(
        "At most 1,000 lines, each named once. Left out: everything that it holds."
    )
    reference: str | None = optional(
        'Number of the shipment, at most 200 characters; kept in the ledger with `referenceType` "shipment". Left '
        'out: the order\'s, with "order".'
    )

    def request(self) -> CommitReservation:
        id_ = uuid_named("Reservation", self.reservation_id)
        return CommitReservation(id_, _named(given(self.lines)), given(self.reference))


@strawberry.input(description="Units of a reservation that the order gives up.")
class ReleaseReservationInput:
    idempotency_key: str = required(KEY)
    reservation_id: strawberry.ID = required(_RESERVATION)
    lines: list[ReservationLineQuantityInput] | None = optional(
        "At most 1,000 lines, each named once. Left out: everything that is open; for a vendor, of its items."
    )
    reason_code: str | None = optional("Why: an active code of the query `reasonCodes`.")
    note: str | None = optional("What happened, in words; at most 2,000 characters.")

    def request(self) -> ReleaseReservation:
        id_ = uuid_named("Reservation", self.reservation_id)
        return ReleaseReservation(id_, _named(given(self.lines)), given(self.reason_code), given(self.note))


@strawberry.input(description="A reservation that shall hold for longer, or for less.")
class ExtendReservationInput:
    idempotency_key: str = required(KEY)
    reservation_id: strawberry.ID = required(_RESERVATION)
    ttl_seconds: int = required("It expires so many seconds from now instead, 1 to 2,678,400 (31 days).")

    def request(self) -> ExtendReservation:
        return ExtendReservation(uuid_named("Reservation", self.reservation_id), self.ttl_seconds)


def _named(lines: Sequence[ReservationLineQuantityInput] | None) -> tuple[LineQuantity, ...] | None:
    return None if lines is None else tuple(line.named() for line in lines)
