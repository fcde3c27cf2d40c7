"""Reservation: units promised to an order, from the promise to its end.

    REQUESTED    taken, not decided
    PENDING      holds stock until `expires_at`
    CONFIRMED    paid for, or shipped in part: holds stock for as long as it takes
    BACKORDERED  a line waits for stock; what is there is held, and nothing expires while it waits
    COMMITTED    nothing is open any more, and something was shipped
    RELEASED     nothing is open any more, and nothing was shipped
    EXPIRED      it was still pending when its time came
    FAILED       an order that came as an event and could not be served; it never held anything

Each verb returns the reservation as it is afterwards, with the units that moved, or refuses and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from domain.allocation import Allocation, Shortage, allocate
from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import LineQuantity, Moved, ReservationLine, chosen, filled, moved
from domain.strategies import AllocationStrategy, Shelves, Want
from domain.value import value

TTL_SECONDS = 15 * 60
TTL_SECONDS_MAX = 31 * 24 * 60 * 60


class ReservationStatus(StrEnum):
    REQUESTED = "REQUESTED"
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    BACKORDERED = "BACKORDERED"


class ReservationAct(StrEnum):
    """What was done to a reservation; each has its own type of event."""

    RESERVED = "InventoryReserved"
    CONFIRMED = "InventoryReservationConfirmed"
    EXTENDED = "InventoryReservationExtended"
    FILLED = "InventoryBackorderFilled"
    COMMITTED = "InventoryCommitted"
    RELEASED = "InventoryReleased"
    EXPIRED = "InventoryReservationExpired"
    FAILED = "InventoryReservationFailed"


_Status = ReservationStatus

#: An order has at most one reservation in one of these.
OPEN = frozenset({_Status.REQUESTED, _Status.PENDING, _Status.CONFIRMED, _Status.BACKORDERED})
#: While its reservation is in one of these, an order is not reserved anew.
STANDING = OPEN | {_Status.COMMITTED}
_HOLDING = OPEN - {_Status.REQUESTED}


class Changed(NamedTuple):
    """The reservation after a verb, and the units that moved."""

    reservation: Reservation
    moved: tuple[Moved, ...] = ()


@value
class Order:
    """What was asked: `wants` are the lines, summed by SKU and location; the rest says how to serve them."""

    id: str
    wants: tuple[Want, ...]
    strategy: AllocationStrategy = AllocationStrategy.PRIORITY
    zone: str | None = None
    channel: str | None = None
    ttl_seconds: int = TTL_SECONDS

    def asks_as(self, other: Order) -> bool:
        """Whether both ask for the same lines, in whatever order."""
        return self.wants == other.wants or set(self.wants) == set(other.wants)


@value
class Reservation:
    """The aggregate. `version` grows by 1 with each change; `confirmed` says that it expires no more."""

    id: UUID
    order: Order
    status: ReservationStatus
    lines: tuple[ReservationLine, ...]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    confirmed: bool = False
    shortages: tuple[Shortage, ...] = ()
    failure: RefusalCode | None = None
    version: int = 1

    # ------------------------------------------------------------------ made
    @classmethod
    def made(cls, id_: UUID, order: Order, allocation: Allocation, at: datetime, *, queued: bool = False) -> Changed:
        """Holds what the allocation gives; what it lacks is waited for where `queued`, else left out."""
        lines = [
            ReservationLine.held(number, order.wants[share.want], share)
            for number, share in enumerate(allocation.shares)
        ]
        if queued:
            lines += [
                ReservationLine.waiting(len(lines) + number, order.wants[want], short.requested - short.available)
                for number, (want, short) in enumerate(allocation.shortages.items())
            ]
        status = _status(lines, confirmed=False)
        expires_at = at + timedelta(seconds=order.ttl_seconds) if status is _Status.PENDING else None
        shortages = tuple(allocation.shortages.values())
        made = cls(id_, order, status, tuple(lines), at, at, expires_at, shortages=shortages)
        return Changed(made, made.held)

    @classmethod
    def failed(
        cls, id_: UUID, order: Order, failure: RefusalCode, shortages: Sequence[Shortage], at: datetime
    ) -> Reservation:
        """The record of an order that could not be served: each of its lines given up at once."""
        lines = tuple(
            ReservationLine(number, want.sku, want.location, want.units, released=want.units, wanted=want.location)
            for number, want in enumerate(order.wants)
        )
        return cls(id_, order, _Status.FAILED, lines, at, at, shortages=tuple(shortages), failure=failure)

    # ------------------------------------------------------------------ facts
    @property
    def open(self) -> bool:
        return self.status in OPEN

    @property
    def standing(self) -> bool:
        return self.status in STANDING

    @property
    def held(self) -> tuple[Moved, ...]:
        """The units it holds now."""
        return tuple(
            Moved(line.sku, line.location, line.allocated)
            for line in self.lines
            if line.allocated and line.location is not None
        )

    @property
    def awaited(self) -> frozenset[str]:
        """The SKUs it waits for."""
        return frozenset(line.sku for line in self.lines if line.backordered)

    def lapsed(self, at: datetime) -> bool:
        """Whether its time has come, though nobody has ended it yet."""
        return self.status is _Status.PENDING and self.expires_at is not None and self.expires_at <= at

    # ------------------------------------------------------------------ verbs
    def confirm(self, at: datetime) -> Changed | list[Refusal]:
        """Paid for: it expires no more. One that waits for stock stays BACKORDERED until it is full."""
        if refusals := self._refuses("confirmed", at, {_Status.PENDING, _Status.BACKORDERED}):
            return refusals
        if self.confirmed:
            return [self._illegal("confirmed", "it is confirmed already")]
        return Changed(self._with(self.lines, at, confirmed=True))

    def extend(self, ttl_seconds: int, at: datetime) -> Changed | list[Refusal]:
        """Let it expire so many seconds from now instead."""
        if refusals := self._refuses("extended", at, {_Status.PENDING}):
            return refusals
        return Changed(self._next(at, expires_at=at + timedelta(seconds=ttl_seconds)))

    def commit(self, asked: Sequence[LineQuantity] | None, at: datetime) -> Changed | list[Refusal]:
        """Units have left the shelf; None: all that it holds. What is shipped, even in part, expires no more."""
        if refusals := self._refuses("committed", at, _HOLDING):
            return refusals
        if asked is None and not self.held:
            return [self._illegal("committed", "it holds nothing yet")]
        units = (
            {line.number: line.allocated for line in self.lines}
            if asked is None
            else chosen(self.id, self.lines, asked, waiting=False)
        )
        if isinstance(units, list):
            return units
        return self._moving(ReservationLine.commit, units, at, confirmed=True)

    def release(
        self, asked: Sequence[LineQuantity] | None, at: datetime, *, among: Collection[int] | None = None
    ) -> Changed | list[Refusal]:
        """Give units back; None: all that is open. `among`: the line numbers that the caller may touch, if not all."""
        if refusals := self._refuses("released", at, _HOLDING):
            return refusals
        lines = [line for line in self.lines if among is None or line.number in among]
        units = (
            {line.number: line.open for line in lines} if asked is None else chosen(self.id, lines, asked, waiting=True)
        )
        if isinstance(units, list):
            return units
        if not any(units.values()):
            return [self._illegal("released", "nothing of it is open")]
        return self._moving(ReservationLine.release, units, at, confirmed=self.confirmed)

    def expire(self, at: datetime) -> Changed | None:
        """Give all back if its time has come; None if not, and if it has ended or was paid for meanwhile."""
        if not self.lapsed(at):
            return None
        lines = tuple(line.release(line.open) for line in self.lines)
        return Changed(self._next(at, lines=lines, status=_Status.EXPIRED, expires_at=None), self.held)

    def fill(self, sku: str, shelves: Shelves, at: datetime) -> Changed | None:
        """Take what there is now for the lines that wait for the SKU; None if there is nothing for them."""
        waiting = [line for line in self.lines if line.sku == sku and line.backordered]
        wants = [Want(line.sku, line.wanted, line.backordered) for line in waiting]
        shares = allocate(wants, shelves, self.order.strategy, self.order.zone).shares
        if not shares:
            return None
        lines: Sequence[ReservationLine] = self.lines
        for share in shares:
            lines = filled(lines, waiting[share.want].number, share)
        after = self._with(lines, at, confirmed=self.confirmed)
        return Changed(after, tuple(Moved(sku, share.location, share.units) for share in shares))

    def tell(self, document: str, units: Mapping[int, int], at: datetime) -> Changed | list[Refusal]:
        """A kind of document says that units have left, by line number; nothing moves if others have said so before.

        What has left of a line is the most that any one kind has told of it: a pick list and a shipment of the same
        goods count once, two shipments add up.
        """
        if refusals := self._refuses("shipped", at, _HOLDING | {_Status.COMMITTED}):
            return refusals
        lines = [line.tell(document, units[line.number]) if units.get(line.number) else line for line in self.lines]
        told = replace(self, lines=tuple(lines))
        left = {line.number: line.untold(document) for line in lines if units.get(line.number)}
        if not any(left.values()):
            return Changed(told)  # nothing that anyone is shown has changed
        return told._moving(ReservationLine.commit, left, at, confirmed=True)

    # ------------------------------------------------------------------ rules
    def _refuses(self, done: str, at: datetime, allowed: Collection[ReservationStatus]) -> list[Refusal]:
        if self.status is _Status.EXPIRED or self.lapsed(at):
            message = f"The reservation of order '{self.order.id}' has expired and cannot be {done}: reserve anew."
            return [Refusal(RefusalCode.RESERVATION_EXPIRED, message)]
        return [] if self.status in allowed else [self._illegal(done, f"it is {self.status.value}")]

    def _illegal(self, done: str, why: str) -> Refusal:
        message = f"The reservation of order '{self.order.id}' cannot be {done}: {why}."
        return Refusal(RefusalCode.ILLEGAL_TRANSITION, message)

    def _moving(
        self,
        move: Callable[[ReservationLine, int], ReservationLine],
        units: Mapping[int, int],
        at: datetime,
        *,
        confirmed: bool,
    ) -> Changed:
        """Carry out a verb of lines on those of which there are units."""
        lines = [move(line, units[line.number]) if units.get(line.number) else line for line in self.lines]
        return Changed(self._with(lines, at, confirmed=confirmed), moved(self.lines, lines))

    def _with(self, lines: Sequence[ReservationLine], at: datetime, *, confirmed: bool) -> Reservation:
        """The status, and the time until which it holds, that follow from the lines."""
        status = _status(lines, confirmed)
        expires_at = None
        if status is _Status.PENDING:
            expires_at = self.expires_at or at + timedelta(seconds=self.order.ttl_seconds)
        return self._next(at, lines=tuple(lines), status=status, expires_at=expires_at, confirmed=confirmed)

    def _next(self, at: datetime, **changes: Any) -> Reservation:
        return replace(self, version=self.version + 1, updated_at=max(at, self.updated_at), **changes)


def _status(lines: Sequence[ReservationLine], confirmed: bool) -> ReservationStatus:
    if any(line.backordered for line in lines):
        return _Status.BACKORDERED
    if any(line.allocated for line in lines):
        return _Status.CONFIRMED if confirmed else _Status.PENDING
    return _Status.COMMITTED if any(line.committed for line in lines) else _Status.RELEASED


def unknown_reservation() -> Refusal:
    message = "There is no such reservation: give the id that its order was answered with."
    return Refusal(RefusalCode.NOT_FOUND, message, ("reservationId",))
