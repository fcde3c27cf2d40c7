"""Transfer: units of one SKU on their way from one location to another.

    IN_TRANSIT  off the sender's on hand, in the receiver's incoming; they may be received in parts
    RECEIVED    all of them have arrived
    CANCELLED   what had not arrived is the sender's again; what had stays with the receiver

Each verb returns the transfer as it is afterwards, with the units that moved, or refuses and changes nothing. What the
two levels make of it is `Ends.after`: both change, or neither. In the ledger all entries of the sender are TRANSFER_OUT
and all of the receiver TRANSFER_IN, so that the sum of either kind is what really went or came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from domain.ledger import Cause, LedgerEntry, Stamp
from domain.places import Place, Sites
from domain.quantities import invalid_quantity
from domain.refusals import Refusal, RefusalCode
from domain.stock import StockLevel
from domain.texts import (
    CODE_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    SKU_LENGTH_MAX,
    invalid_identifier,
)

#: What the ledger says that its entries refer to.
DOCUMENT = "transfer"


class TransferStatus(StrEnum):
    IN_TRANSIT = "IN_TRANSIT"
    RECEIVED = "RECEIVED"
    CANCELLED = "CANCELLED"


class TransferAct(StrEnum):
    """What was done to a transfer; each has its own type of event."""

    SENT = "InventoryTransferred"
    RECEIVED = "InventoryTransferReceived"
    CANCELLED = "InventoryTransferCancelled"


class Moved(NamedTuple):
    """The transfer after a verb, and the units that this moved."""

    transfer: Transfer
    units: int


@dataclass(frozen=True, slots=True)
class Route:
    """Of which SKU units go from where to where, by the locations' codes."""

    sku: str
    origin: str
    destination: str

    def invalid(self) -> Refusal | None:
        """What is wrong with it whatever there is."""
        return (
            invalid_identifier("sku", self.sku, SKU_LENGTH_MAX)
            or invalid_identifier("fromLocation", self.origin, CODE_LENGTH_MAX)
            or invalid_identifier("toLocation", self.destination, CODE_LENGTH_MAX)
            or self._circle()
        )

    @property
    def places(self) -> tuple[Place, Place]:
        """The sender's level and the receiver's."""
        return (self.sku, self.origin), (self.sku, self.destination)

    def unusable(self, sites: Sites) -> Refusal | None:
        """Why nothing can be sent on it: unknown things first, then closed ones."""
        for location, field in ((self.origin, "fromLocation"), (self.destination, "toLocation")):
            place = sites.place_of(self.sku, location)
            if isinstance(place, Refusal):
                return _naming(field, place)
        return self._closed(sites, self.origin, "fromLocation") or self.blocked(sites, "toLocation")

    def blocked(self, sites: Sites, field: str) -> Refusal | None:
        """Why nothing can arrive where it leads; `field` names the input at fault."""
        return self._closed(sites, self.destination, field)

    def _closed(self, sites: Sites, location: str, field: str) -> Refusal | None:
        refusal = sites.closed((self.sku, location))
        return None if refusal is None else _naming(field, refusal)

    def _circle(self) -> Refusal | None:
        if self.origin != self.destination:
            return None
        message = f"toLocation is fromLocation, '{self.origin}': name another location."
        return Refusal(RefusalCode.INVALID_INPUT, message, ("toLocation",), self.sku, self.origin)


@dataclass(frozen=True, slots=True)
class Transfer:
    """The aggregate. `version` grows by 1 with each change; `quantity` and `received` are units."""

    id: UUID
    route: Route
    quantity: int
    created_at: datetime
    updated_at: datetime
    received: int = 0
    status: TransferStatus = TransferStatus.IN_TRANSIT
    reference: str | None = None
    version: int = 1

    # ------------------------------------------------------------------ facts
    @property
    def open(self) -> int:
        """Units that are still on their way."""
        return self.quantity - self.received if self.status is TransferStatus.IN_TRANSIT else 0

    def cause(self, actor: str, note: str | None) -> Cause:
        return Cause(actor, note=note, reference_type=DOCUMENT, reference=self.reference or str(self.id))

    # ------------------------------------------------------------------ verbs
    @classmethod
    def sent(cls, id_: UUID, route: Route, quantity: int, reference: str | None, at: datetime) -> Moved:
        return Moved(cls(id_, route, quantity, at, at, reference=reference), quantity)

    def receive(self, quantity: int, at: datetime) -> Moved | Refusal:
        """So many of the units that are on their way have arrived."""
        if self.status is not TransferStatus.IN_TRANSIT:
            return self._ended("received")
        if quantity > self.open:
            return self._too_many(quantity)
        received = self.received + quantity
        status = TransferStatus.RECEIVED if received == self.quantity else TransferStatus.IN_TRANSIT
        return Moved(self._next(at, received=received, status=status), quantity)

    def cancel(self, at: datetime) -> Moved | Refusal:
        """What is on its way will not arrive: it goes back to the sender."""
        if self.status is not TransferStatus.IN_TRANSIT:
            return self._ended("cancelled")
        return Moved(self._next(at, status=TransferStatus.CANCELLED), self.open)

    def _next(self, at: datetime, **changes: object) -> Transfer:
        return replace(self, updated_at=at, version=self.version + 1, **changes)  # type: ignore[arg-type]

    def _ended(self, done: str) -> Refusal:
        message = f"A transfer that is {self.status.value} cannot be {done}: nothing of it is on its way."
        return Refusal(RefusalCode.ILLEGAL_TRANSITION, message, ("transferId",), self.route.sku)

    def _too_many(self, quantity: int) -> Refusal:
        return Refusal(
            RefusalCode.INVALID_QUANTITY,
            f"quantity is {quantity}: {self.open} are still on their way. Receive those, and take in what came beside "
            "them with receiveStock.",
            ("quantity",),
            *self.route.places[1],
            requested=quantity,
            available=self.open,
        )


_Verb = Callable[[StockLevel, int, Cause, Stamp], LedgerEntry | Refusal]

#: What each act does at the sender's level and at the receiver's.
_VERBS: Mapping[TransferAct, tuple[_Verb | None, _Verb]] = {
    TransferAct.SENT: (StockLevel.send, StockLevel.announce),
    TransferAct.RECEIVED: (None, StockLevel.take_in),
    TransferAct.CANCELLED: (StockLevel.take_back, StockLevel.call_off),
}


class Ends(NamedTuple):
    """The levels between which units move."""

    sender: StockLevel
    receiver: StockLevel

    def after(self, act: TransferAct, units: int, cause: Cause, stamp: Stamp) -> Ends | Refusal:
        """Both as the act leaves them, or why not; these here stay as they are.

        Raises RuntimeError where units that are on their way are not in the receiver's incoming.
        """
        drafts = Ends(self.sender.draft(), self.receiver.draft())
        for level, verb in zip(drafts, _VERBS[act], strict=True):
            outcome = None if verb is None else verb(level, units, cause, stamp)
            if isinstance(outcome, Refusal):
                return outcome if act is TransferAct.SENT else _misfit(act, outcome)
        return drafts


def _misfit(act: TransferAct, refusal: Refusal) -> Refusal:
    """Why units that are on their way find no room at either end."""
    if refusal.code is RefusalCode.INSUFFICIENT_STOCK:
        raise RuntimeError(f"the books disagree: {refusal.message}")
    return refusal if act is TransferAct.RECEIVED else replace(refusal, field=("transferId",))


def invalid_transfer(route: Route, quantity: int, reference: str | None) -> Refusal | None:
    """What is wrong with a transfer that is asked for, whatever the stock."""
    return (
        route.invalid()
        or invalid_identifier("reference", reference, REFERENCE_LENGTH_MAX)
        or invalid_quantity(quantity, route.sku, route.origin)
    )


def unknown_transfer() -> Refusal:
    message = "There is no such transfer: see the query transfers."
    return Refusal(RefusalCode.NOT_FOUND, message, ("transferId",))


def _naming(field: str, refusal: Refusal) -> Refusal:
    """The refusal with the input field that names the location here."""
    return replace(refusal, field=(field,)) if refusal.field == ("location",) else refusal
