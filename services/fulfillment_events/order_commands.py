"""What other systems tell of an order, as commands on its reservation, wherever that is in its life.

Events come twice, late, and in an order of their own. What has happened already is recorded without effect; what speaks
of an order that is not there yet is EARLY; what can never be done is REJECTED. docs/consumed-events.md has the table.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace

from domain.access import Caller
from domain.documents import units_told
from domain.ledger import Cause
from domain.orders import CALLS_OFF
from domain.places import Place
from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import LineQuantity
from domain.reservations import Changed, Reservation, ReservationAct, ReservationStatus
from services.commands import Command, Needs
from services.decisions import CALLED_OFF, NO_EFFECT, RECORDED, Decision, Delivery, Fate
from services.desk import Desk
from services.fulfillment_events.told import Told
from services.reservations import DOCUMENT, expire
from services.stock import Movements


class OfOrder(Command):
    """One event about the reservation of its order."""

    def __init__(self, told: Told, caller: Caller) -> None:
        super().__init__(caller, delivery=Delivery(told.id, told.event.value, told.order_id))
        self.told = told

    @property
    def lane(self) -> str:
        return self.told.order_id

    def needs(self) -> Needs:
        return Needs(orders=(self.told.order_id,))

    def places(self, desk: Desk) -> Iterable[Place]:
        standing = desk.of_order(self.told.order_id)
        return () if standing is None else ((sku, location) for sku, location, _ in standing.held)

    def decide(self, desk: Desk) -> Decision:
        standing = desk.of_order(self.told.order_id)
        if standing is not None:
            return self.of_standing(standing, desk)
        ended = desk.ended(self.told.order_id)
        if ended is not None:
            return self.of_ended(ended)
        return self.of_called_off() if self.told.order_id in desk.called_off else self.of_none(desk)

    @abstractmethod
    def of_standing(self, reservation: Reservation, desk: Desk) -> Decision:
        """The order has a reservation that is open or committed."""

    @abstractmethod
    def of_ended(self, status: ReservationStatus) -> Decision:
        """Its last reservation was released, expired or failed."""

    def of_called_off(self) -> Decision:
        """It was called off before it came, and will never be reserved."""
        return Decision(outcome=CALLED_OFF)

    def of_none(self, desk: Desk) -> Decision:
        """Nothing is known of it yet."""
        message = f"Order '{self.told.order_id}' has no reservation yet."
        return Decision((Refusal(RefusalCode.NOT_FOUND, message, ("orderId",)),), fate=Fate.EARLY)

    def keep(self, changed: Changed, act: ReservationAct, desk: Desk) -> Decision:
        cause = Cause(self.caller.subject, reference_type=DOCUMENT, reference=self.told.order_id)
        state = desk.keep(changed, act, cause, self.told.occurred_at)
        return Decision(reservation=state.id, seen=state)

    def too_late(self, status: ReservationStatus) -> tuple[Refusal, ...]:
        """Why nothing can be done with a reservation that ended."""
        message = f"The reservation of order '{self.told.order_id}' is {status.value}."
        expired = status is ReservationStatus.EXPIRED
        code = RefusalCode.RESERVATION_EXPIRED if expired else RefusalCode.ILLEGAL_TRANSITION
        return (Refusal(code, message, ("orderId",)),)


class ConfirmOrder(OfOrder):
    """It was paid for."""

    def of_standing(self, reservation: Reservation, desk: Desk) -> Decision:
        changed = reservation.confirm(desk.now)
        if isinstance(changed, Changed):
            return self.keep(changed, ReservationAct.CONFIRMED, desk)
        if any(refusal.code is RefusalCode.RESERVATION_EXPIRED for refusal in changed):
            return Decision(tuple(changed), reservation=reservation.id)
        return Decision(reservation=reservation.id, outcome=NO_EFFECT)

    def of_ended(self, status: ReservationStatus) -> Decision:
        return Decision(self.too_late(status))


class ReleaseOrder(OfOrder):
    """It will not be shipped, or not all of it: whatever is open is given back."""

    def of_standing(self, reservation: Reservation, desk: Desk) -> Decision:
        if expire(reservation, desk):
            return Decision(reservation=reservation.id, outcome=RefusalCode.RESERVATION_EXPIRED.value)
        changed = reservation.release(None, desk.now)
        if isinstance(changed, Changed):
            return self.keep(changed, ReservationAct.RELEASED, desk)
        return Decision(reservation=reservation.id, outcome=NO_EFFECT)

    def of_ended(self, status: ReservationStatus) -> Decision:
        return Decision(outcome=NO_EFFECT)

    def of_none(self, desk: Desk) -> Decision:
        if self.told.event not in CALLS_OFF:
            return super().of_none(desk)
        return Decision(outcome=CALLED_OFF)


class ShipOrder(OfOrder):
    """Goods have left the shelf: those listed, or all that is held."""

    def __init__(self, told: Told, caller: Caller) -> None:
        super().__init__(told, caller)
        self.lines = None if told.lines is None else line_quantities(told)

    def of_standing(self, reservation: Reservation, desk: Desk) -> Decision:
        document = self.told.event.value
        units = units_told(reservation, document, self.lines)
        if isinstance(units, list):
            return _not_laid_out(units, reservation)
        if not units:
            return self._nothing_to_tell(reservation)
        changed = reservation.tell(document, units, desk.now)
        if not isinstance(changed, Changed):
            return Decision(tuple(changed), reservation=reservation.id, fate=Fate.REJECTED)
        if changed.moved:
            return self.keep(changed, ReservationAct.COMMITTED, desk)
        desk.record(changed.reservation)
        return Decision(reservation=reservation.id, outcome=NO_EFFECT)

    def of_ended(self, status: ReservationStatus) -> Decision:
        return Decision(self.too_late(status), fate=Fate.REJECTED)

    def of_called_off(self) -> Decision:
        message = f"Order '{self.told.order_id}' was called off before it came: nothing of it was reserved."
        refusal = Refusal(RefusalCode.ILLEGAL_TRANSITION, message, ("orderId",))
        return Decision((refusal,), fate=Fate.REJECTED)

    def _nothing_to_tell(self, reservation: Reservation) -> Decision:
        """All that is held was told before; or nothing is held yet, and so nothing can have left."""
        if not reservation.awaited or any(line.committed for line in reservation.lines):
            return Decision(reservation=reservation.id, outcome=NO_EFFECT)
        message = f"The reservation of order '{self.told.order_id}' holds nothing yet: all of it waits for stock."
        refusal = Refusal(RefusalCode.INSUFFICIENT_STOCK, message, ("orderId",))
        return Decision((refusal,), reservation=reservation.id, fate=Fate.EARLY)


class RecordOrder(Command):
    """It changes no stock."""

    def __init__(self, told: Told, caller: Caller) -> None:
        super().__init__(caller, delivery=Delivery(told.id, told.event.value, told.order_id))
        self._order_id = told.order_id

    @property
    def lane(self) -> str:
        return self._order_id

    def needs(self) -> Needs:
        return Needs()

    def places(self, desk: Desk) -> Iterable[Place]:
        return ()

    def decide(self, desk: Desk) -> Decision:
        return Decision(outcome=RECORDED)


class TakeBack(Movements):
    """Goods came back: all of the lines are put where they belong, or none."""

    def decide(self, desk: Desk) -> Decision:
        decision = super().decide(desk)
        return replace(decision, fate=Fate.REJECTED) if decision.refusals else decision


def line_quantities(told: Told) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line.quantity, None, line.sku, line.location) for line in told.lines or ())


def _not_laid_out(refusals: list[Refusal], reservation: Reservation) -> Decision:
    waits = all(refusal.code is RefusalCode.INSUFFICIENT_STOCK for refusal in refusals)
    return Decision(tuple(refusals), reservation=reservation.id, fate=Fate.EARLY if waits else Fate.REJECTED)
