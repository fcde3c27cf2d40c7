"""What becomes of a reservation: confirmed, committed, released, extended or expired, each as a command."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Iterable
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.access import Caller
from domain.ledger import Cause
from domain.orders import invalid_ttl
from domain.places import Place, unknown_reason
from domain.refusals import Refusal
from domain.reservation_lines import LineQuantity, invalid_lines
from domain.reservation_state import ReservationState
from domain.reservations import Changed, Reservation, ReservationAct, unknown_reservation
from domain.texts import CODE_LENGTH_MAX, REFERENCE_LENGTH_MAX, invalid_identifier, invalid_note, said
from domain.value import value
from services.commands import Command, Needs
from services.decisions import Claim, Decision
from services.desk import Desk
from services.group_commit import GroupCommit
from services.reservations import DOCUMENT, expire

#: What a commit's own reference is called in the ledger.
SHIPMENT = "shipment"


@value
class ConfirmReservation:
    name: ClassVar[str] = "ConfirmReservation"
    operation: ClassVar[str] = "confirmReservation"
    reservation: UUID


@value
class CommitReservation:
    """`lines` None: everything that is held. `reference` names the shipment.

    `occurred_at` is when the goods left where it is told later, in a replay.
    """

    name: ClassVar[str] = "CommitReservation"
    operation: ClassVar[str] = "commitReservation"
    reservation: UUID
    lines: tuple[LineQuantity, ...] | None = None
    reference: str | None = None
    occurred_at: datetime | None = None


@value
class ReleaseReservation:
    """`lines` None: everything that is open. `occurred_at` as of a commit."""

    name: ClassVar[str] = "ReleaseReservation"
    operation: ClassVar[str] = "releaseReservation"
    reservation: UUID
    lines: tuple[LineQuantity, ...] | None = None
    reason_code: str | None = None
    note: str | None = None
    occurred_at: datetime | None = None


@value
class ExtendReservation:
    name: ClassVar[str] = "ExtendReservation"
    operation: ClassVar[str] = "extendReservation"
    reservation: UUID
    ttl_seconds: int


SettleReservation = ConfirmReservation | CommitReservation | ReleaseReservation | ExtendReservation


def settle_reservation(
    key: str, request: SettleReservation, caller: Caller, commits: GroupCommit
) -> Awaitable[Decision]:
    """Carry the request out under its idempotency key, or refuse it."""
    return commits.submit_once(key, request.operation, request, caller, lambda claim: _command(request, caller, claim))


async def expire_reservation(reservation: UUID, caller: Caller, commits: GroupCommit) -> Decision:
    """Give back what it holds if its time has come; nothing happens if it has not, or if it has ended meanwhile."""
    return await commits.submit(Expire(reservation, caller))


class _Settlement(Command):
    """One step in the life of a reservation that the caller may see."""

    act: ClassVar[ReservationAct]

    def __init__(
        self,
        reservation: UUID,
        caller: Caller,
        claim: Claim | None = None,
        invalid: Refusal | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        super().__init__(caller, claim)
        self._id = reservation
        self._invalid = invalid
        self._occurred_at = occurred_at

    @property
    def lane(self) -> str:
        return str(self._id)

    def needs(self) -> Needs:
        return Needs() if self._invalid else Needs(reservations=(self._id,))

    def places(self, desk: Desk) -> Iterable[Place]:
        reservation = desk.reservation(self._id)
        return () if reservation is None else ((sku, location) for sku, location, _ in reservation.held)

    def decide(self, desk: Desk) -> Decision:
        if self._invalid:
            return Decision((self._invalid,))
        reservation = desk.reservation(self._id)
        if reservation is None or self._seen(reservation, desk) is None:
            return Decision((unknown_reservation(),))
        changed = self.change(reservation, desk)
        if isinstance(changed, list):
            return Decision(tuple(changed), reservation=self._id, seen=desk.picture(reservation))
        state = desk.keep(changed, self.act, self.cause(reservation), self._occurred_at)
        return Decision(reservation=self._id, seen=state)

    @abstractmethod
    def change(self, reservation: Reservation, desk: Desk) -> Changed | list[Refusal]:
        """The reservation after this step, or why not."""

    def cause(self, reservation: Reservation) -> Cause:
        return Cause(self.caller.subject, reference_type=DOCUMENT, reference=reservation.order.id)

    def _seen(self, reservation: Reservation, desk: Desk) -> ReservationState | None:
        return desk.picture(reservation).seen_by(self.caller.scope.vendor)


class Confirm(_Settlement):
    act = ReservationAct.CONFIRMED

    def __init__(self, request: ConfirmReservation, caller: Caller, claim: Claim | None = None) -> None:
        super().__init__(request.reservation, caller, claim)

    def change(self, reservation: Reservation, desk: Desk) -> Changed | list[Refusal]:
        return reservation.confirm(desk.now)


class Extend(_Settlement):
    act = ReservationAct.EXTENDED

    def __init__(self, request: ExtendReservation, caller: Caller, claim: Claim | None = None) -> None:
        super().__init__(request.reservation, caller, claim, invalid_ttl(request.ttl_seconds))
        self._ttl_seconds = request.ttl_seconds

    def change(self, reservation: Reservation, desk: Desk) -> Changed | list[Refusal]:
        return reservation.extend(self._ttl_seconds, desk.now)


class Commit(_Settlement):
    act = ReservationAct.COMMITTED

    def __init__(self, request: CommitReservation, caller: Caller, claim: Claim | None = None) -> None:
        invalid = invalid_lines(request.lines) or invalid_identifier(
            "reference", request.reference, REFERENCE_LENGTH_MAX
        )
        super().__init__(request.reservation, caller, claim, invalid, request.occurred_at)
        self._request = request

    def change(self, reservation: Reservation, desk: Desk) -> Changed | list[Refusal]:
        return reservation.commit(self._request.lines, desk.now)

    def cause(self, reservation: Reservation) -> Cause:
        if self._request.reference is None:
            return super().cause(reservation)
        return Cause(self.caller.subject, reference_type=SHIPMENT, reference=self._request.reference)


class Release(_Settlement):
    act = ReservationAct.RELEASED

    def __init__(self, request: ReleaseReservation, caller: Caller, claim: Claim | None = None) -> None:
        invalid = (
            invalid_lines(request.lines)
            or invalid_identifier("reasonCode", request.reason_code, CODE_LENGTH_MAX)
            or invalid_note("note", said(request.note))
        )
        super().__init__(request.reservation, caller, claim, invalid, request.occurred_at)
        self._request = request

    def needs(self) -> Needs:
        if self._invalid or self._request.reason_code is None:
            return super().needs()
        return Needs(reason_codes=(self._request.reason_code,), reservations=(self._id,))

    def change(self, reservation: Reservation, desk: Desk) -> Changed | list[Refusal]:
        if refusal := unknown_reason(self._request.reason_code, desk.reasons):
            return [refusal]
        seen = self._seen(reservation, desk)
        among = {each.line.number for each in seen.lines} if seen and self.caller.scope.vendor is not None else None
        return reservation.release(self._request.lines, desk.now, among=among)

    def cause(self, reservation: Reservation) -> Cause:
        request = self._request
        return Cause(self.caller.subject, request.reason_code, said(request.note), DOCUMENT, reservation.order.id)


class Expire(Command):
    """Repeated, it finds that it has happened."""

    def __init__(self, reservation: UUID, caller: Caller) -> None:
        super().__init__(caller)
        self._id = reservation

    @property
    def lane(self) -> str:
        return str(self._id)

    def needs(self) -> Needs:
        return Needs(reservations=(self._id,))

    def places(self, desk: Desk) -> Iterable[Place]:
        reservation = desk.reservation(self._id)
        return () if reservation is None else ((sku, location) for sku, location, _ in reservation.held)

    def decide(self, desk: Desk) -> Decision:
        reservation = desk.reservation(self._id)
        expired = reservation is not None and expire(reservation, desk)
        return Decision(reservation=self._id if expired else None)


def _command(request: SettleReservation, caller: Caller, claim: Claim) -> Command:
    match request:
        case ConfirmReservation():
            return Confirm(request, caller, claim)
        case CommitReservation():
            return Commit(request, caller, claim)
        case ReleaseReservation():
            return Release(request, caller, claim)
        case ExtendReservation():
            return Extend(request, caller, claim)
