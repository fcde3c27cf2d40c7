"""Adjustments: corrections of stock by hand, each kept with who asked and why.

One that the tenant's policy holds back (`domain.approvals`) is a request: PENDING_APPROVAL, and nothing has moved.
Another person than who asked approves or rejects it; who asked may cancel it; it expires when its time has come. Each
of these ends it. What an approval carries out is examined as any movement is, at that time: where it cannot be done,
the request goes on waiting.

A step is examined in this order: is it the caller's to take (SELF_APPROVAL, NOT_FOUND), did the request expire
(APPROVAL_EXPIRED), does it still wait (ILLEGAL_TRANSITION); then, of an approval, was its level counted again
(ILLEGAL_TRANSITION), and the movement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.ledger import LedgerEntry, LedgerKind
from domain.movements import Adjust, Movement, PostCount
from domain.places import Place
from domain.refusals import Refusal, RefusalCode

#: Lines of one batch.
LINES_MAX = 250
#: The reason of a correction that names none.
REASON_UNSAID = "correction"
#: What an approved request's entry in the ledger refers to where it was asked without a document.
REQUEST = "adjustment_request"


class AdjustmentStatus(StrEnum):
    APPLIED = "APPLIED"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


#: What was done, or may yet be.
STANDING = frozenset({AdjustmentStatus.APPLIED, AdjustmentStatus.PENDING_APPROVAL})


class AdjustmentAct(StrEnum):
    """What was done to an adjustment; each has its own type of event."""

    REQUESTED = "AdjustmentRequested"
    APPLIED = "AdjustmentApplied"
    REJECTED = "AdjustmentRejected"
    EXPIRED = "AdjustmentExpired"
    CANCELLED = "AdjustmentCancelled"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """`quantity_change` is that of on hand; `quantity_counted` is set when it came from a count. Of a request both are
    as they were when it was asked: what was found to differ then is what an approval corrects, whatever moved since.

    `decided_*` tell who ended a request and when; of one that expired nobody did. `expires_at` is when a request stops
    waiting, None: never; `reference` is the document that it was asked with, `reference_type` which kind of one.
    """

    id: UUID
    sku: str
    location: str
    quantity_change: int
    quantity_counted: int | None
    reason_code: str
    note: str | None
    requested_by: str
    requested_at: datetime
    status: AdjustmentStatus = AdjustmentStatus.APPLIED
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_note: str | None = None
    version: int = 1
    expires_at: datetime | None = None
    reference: str | None = None
    reference_type: str | None = None

    @classmethod
    def of(cls, id_: UUID, place: Place, entry: LedgerEntry) -> Adjustment:
        """The record of a correction by hand (`Movement.by_hand`) that was applied at once, as its entry tells it."""
        return cls(
            id_,
            *place,
            entry.change.on_hand,
            entry.after.on_hand if entry.kind is LedgerKind.COUNT else None,
            entry.cause.reason_code or REASON_UNSAID,
            entry.cause.note,
            entry.cause.actor,
            entry.stamp.recorded_at,
            reference=entry.cause.reference,
            reference_type=entry.cause.reference_type,
        )

    @classmethod
    def asked(cls, id_: UUID, place: Place, entry: LedgerEntry, expires_at: datetime | None) -> Adjustment:
        """The request for a correction that would have left this entry."""
        made = cls.of(id_, place, entry)
        return replace(made, status=AdjustmentStatus.PENDING_APPROVAL, expires_at=expires_at)

    @property
    def place(self) -> Place:
        return self.sku, self.location

    @property
    def pending(self) -> bool:
        return self.status is AdjustmentStatus.PENDING_APPROVAL

    def overtaken_by(self, other: Adjustment) -> bool:
        """Whether another count of the same level, made later, waits or was applied: it found the same difference anew,
        and both would correct it twice."""
        return (
            self.quantity_counted is not None
            and other.quantity_counted is not None
            and other.place == self.place
            and other.status in STANDING
            and (other.requested_at, other.id) > (self.requested_at, self.id)
        )

    def lapsed(self, at: datetime) -> bool:
        """Whether its time has come, though nobody may have noticed yet."""
        return self.pending and self.expires_at is not None and self.expires_at <= at

    # ------------------------------------------------------------------ steps
    def approve(
        self, by: str, note: str | None, at: datetime, counts: Iterable[Adjustment] = ()
    ) -> Adjustment | Refusal:
        """The adjustment once `movement` has been carried out. `counts`: later ones of its level."""
        approved = self._decide(AdjustmentStatus.APPLIED, by, note, at)
        if isinstance(approved, Refusal) or not any(self.overtaken_by(each) for each in counts):
            return approved
        message = (
            "This level was counted again after this count, and both would correct the same units: reject this one, "
            "and decide the later one if it waits too."
        )
        return Refusal(RefusalCode.ILLEGAL_TRANSITION, message, _FIELD, self.sku, self.location)

    def reject(self, by: str, note: str | None, at: datetime) -> Adjustment | Refusal:
        return self._decide(AdjustmentStatus.REJECTED, by, note, at)

    def cancel(self, by: str, note: str | None, at: datetime) -> Adjustment | Refusal:
        """Withdrawn by who asked; to anybody else it is no request of theirs."""
        if by != self.requested_by:
            message = (
                "You have no such request: see the query adjustments. Another person's is rejected, not cancelled."
            )
            return Refusal(RefusalCode.NOT_FOUND, message, _FIELD)
        return self._ended_by(at) or self._end(AdjustmentStatus.CANCELLED, by, note, at)

    def expire(self, at: datetime) -> Adjustment | None:
        """None where its time has not come, or where it has ended."""
        return self._end(AdjustmentStatus.EXPIRED, None, None, at) if self.lapsed(at) else None

    def movement(self) -> Movement:
        """What an approval carries out, whatever version the level is at by then. Its entry in the ledger names the
        document that it was asked with."""
        asked: dict[str, Any] = {
            "sku": self.sku,
            "location": self.location,
            "reason_code": self.reason_code,
            "note": self.note,
            "reference_type": REQUEST if self.reference is None else self.reference_type,
            "reference": self.reference or str(self.id),
        }
        if self.quantity_counted is None:
            return Adjust(change=self.quantity_change, **asked)
        return PostCount(difference=self.quantity_change, **asked)

    # ------------------------------------------------------------------ rules
    def _decide(self, status: AdjustmentStatus, by: str, note: str | None, at: datetime) -> Adjustment | Refusal:
        if by == self.requested_by:
            message = (
                "You asked for this adjustment yourself: another person decides it. cancelAdjustment withdraws it."
            )
            return Refusal(RefusalCode.SELF_APPROVAL, message, _FIELD)
        return self._ended_by(at) or self._end(status, by, note, at)

    def _ended_by(self, at: datetime) -> Refusal | None:
        if self.status is AdjustmentStatus.EXPIRED or self.lapsed(at):
            message = "Nobody decided this request in time, and it has expired: ask for the adjustment anew."
            return Refusal(RefusalCode.APPROVAL_EXPIRED, message, _FIELD)
        if self.pending:
            return None
        message = f"This adjustment is {self.status.value} and waits for no decision."
        return Refusal(RefusalCode.ILLEGAL_TRANSITION, message, _FIELD)

    def _end(self, status: AdjustmentStatus, by: str | None, note: str | None, at: datetime) -> Adjustment:
        decided_at = max(at, self.requested_at)
        return replace(
            self, status=status, decided_by=by, decided_at=decided_at, decision_note=note, version=self.version + 1
        )


_FIELD = ("adjustmentId",)


def unknown_adjustment() -> Refusal:
    return Refusal(RefusalCode.NOT_FOUND, "There is no such adjustment: see the query adjustments.", _FIELD)


def invalid_batch(lines: int) -> Refusal | None:
    """What is wrong with a number of corrections that are sent together."""
    if lines == 0:
        return Refusal(RefusalCode.INVALID_INPUT, "lines is empty: give at least one.", ("lines",))
    if lines <= LINES_MAX:
        return None
    message = f"lines has {lines}: give at most {LINES_MAX}, and the rest as another batch."
    return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("lines",), requested=lines, limit=LINES_MAX)
