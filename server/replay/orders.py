"""Orders: each is reserved, as much of each line as there is, paid for at once, and shipped in the evening.

What its customer calls off before that is released; what comes back later is returned.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from domain.allocation import FulfillmentPolicy
from domain.movements import Return
from domain.refusals import RefusalCode
from domain.reservation_lines import LineQuantity
from domain.reservations import TTL_SECONDS_MAX
from domain.strategies import Want
from server.replay.commands import Commands
from server.replay.documents import Cancellation, Order
from server.replay.lanes import Lanes
from server.replay.parcels import Parcel, Parcels
from server.replay.shelves import Shelves
from server.replay.summary import Summary
from services.decisions import Decision
from services.reservations import ReserveStock
from services.settlement import CommitReservation, ConfirmReservation, ReleaseReservation


class Orders:
    """The retailer's orders, all served from one location. `shelves` is kept as they leave it."""

    def __init__(self, location: str, shelves: Shelves, commands: Commands, summary: Summary) -> None:
        self._location, self._shelves, self._commands, self._summary = location, shelves, commands, summary
        self._parcels = Parcels()

    async def sell(self, order: Order) -> None:
        """Reserve and pay."""
        request = ReserveStock(
            self._commands.order_id(order.name),
            tuple(Want(line.sku, self._location, line.quantity) for line in order.lines),
            FulfillmentPolicy.PARTIAL,
            ttl_seconds=TTL_SECONDS_MAX,
            occurred_at=order.at,
        )
        decision = await self._commands.reserve(order.name, request)
        held = self._take(order, decision)
        if decision.reservation is not None:
            self._summary.reserved(len(held), short=bool(decision.shortages))
            self._parcels.pack(Parcel(order, decision.reservation, dict(held)))
            await self._commands.settle("payment", order.name, ConfirmReservation(decision.reservation))

    def _take(self, order: Order, decision: Decision) -> Counter[str]:
        """From the shelves what the decision gives the order: SKU -> units."""
        wanted, held = order.units, Counter[str]()
        if decision.reservation is not None:
            held = wanted - Counter({short.sku: short.requested - short.available for short in decision.shortages})
        code = decision.refusals[0].code if decision.refusals else RefusalCode.INSUFFICIENT_STOCK
        self._summary.orders += 1
        for sku, units in wanted.items():
            self._summary.sold(sku, units, held[sku], code)
            self._shelves[sku].available -= held[sku]
            if held[sku] < units:
                self._shelves[sku].lack(units, units - held[sku])
        return held

    async def ship(self, at: datetime, at_once: int) -> None:
        """All that is held leaves."""
        async with Lanes(at_once) as lanes:
            for parcel in self._parcels.send():
                await lanes.begin((), partial(self._send, parcel, at))

    async def _send(self, parcel: Parcel, at: datetime) -> None:
        request = CommitReservation(parcel.reservation, reference=parcel.order.invoice, occurred_at=at)
        if await self._commands.settle("shipment", parcel.order.name, request):
            self._summary.shipped(parcel.lines)

    async def take_back(self, cancellation: Cancellation) -> None:
        """Release what has not been shipped yet, and return what has."""
        off: defaultdict[UUID, list[LineQuantity]] = defaultdict(list)
        back: list[Return] = []
        for sku, quantity in cancellation.units.items():
            open_ = list(self._parcels.unpack(cancellation.customer, sku, quantity))
            for parcel, units in open_:
                off[parcel.reservation].append(LineQuantity(units, sku=sku))
            if shipped := self._shipped(sku, quantity, sum(units for _, units in open_)):
                back.append(self._return(cancellation, sku, shipped))
            elif not open_:
                self._summary.returns_of_nothing += 1
        for number, (reservation, lines) in enumerate(off.items()):
            await self._release(cancellation, number, reservation, lines)
        for line in await self._commands.move("return", cancellation.name, back, "return"):
            self._shelves[line.sku].available += line.quantity
            self._summary.returns += 1

    def _shipped(self, sku: str, quantity: int, released: int) -> int:
        """Units of a line called off that are to come back: not those that were missing when they were ordered."""
        left = quantity - released
        return left - min(left, self._shelves[sku].never_left(quantity)) if left else 0

    def _return(self, cancellation: Cancellation, sku: str, quantity: int) -> Return:
        return Return(
            sku=sku,
            location=self._location,
            quantity=quantity,
            reason_code="returned",
            reference_type="cancellation",
            reference=cancellation.invoice,
            occurred_at=cancellation.at,
        )

    async def _release(
        self, cancellation: Cancellation, number: int, reservation: UUID, lines: Sequence[LineQuantity]
    ) -> None:
        note = f"Called off: {cancellation.invoice}"
        request = ReleaseReservation(reservation, tuple(lines), note=note, occurred_at=cancellation.at)
        if await self._commands.settle("release", f"{cancellation.name}:{number}", request):
            self._summary.released(len(lines))
            for line in lines:
                assert line.sku is not None
                self._shelves[line.sku].available += line.quantity
