"""Adjustments: corrections of stock by hand, each kept with who asked and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


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
