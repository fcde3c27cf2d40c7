"""Adjustments: corrections of stock by hand, each kept with who asked and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.ledger import LedgerEntry, LedgerKind
from domain.places import Place

#: The reason of a correction that names none.
REASON_UNSAID = "correction"


class AdjustmentStatus(StrEnum):
    APPLIED = "APPLIED"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """`quantity_change` is that of on hand; `quantity_counted` is set when it came from a count."""

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
        )
