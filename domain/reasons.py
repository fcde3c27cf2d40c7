"""Reason codes: the managed list of why stock was changed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.refusals import Refusal, RefusalCode
from domain.texts import says_nothing


class ReasonDirection(StrEnum):
    INCREASE = "INCREASE"
    DECREASE = "DECREASE"
    BOTH = "BOTH"


@dataclass(frozen=True, slots=True)
class ReasonCode:
    code: str
    name: str
    direction: ReasonDirection = ReasonDirection.BOTH
    requires_note: bool = False
    active: bool = True

    def refuses(self, change: int, note: str | None) -> Refusal | None:
        """Why this reason cannot stand for a `change` of on hand (signed units; 0 fits every direction)."""
        wrong_way = (change > 0 and self.direction is ReasonDirection.DECREASE) or (
            change < 0 and self.direction is ReasonDirection.INCREASE
        )
        if wrong_way:
            way = "raise" if change > 0 else "lower"
            return Refusal(
                RefusalCode.REASON_DIRECTION_MISMATCH,
                f"Reason code '{self.code}' cannot {way} stock: it allows {self.direction.value} only.",
                ("reasonCode",),
            )
        if self.requires_note and (note is None or says_nothing(note)):
            return Refusal(
                RefusalCode.NOTE_REQUIRED, f"Reason code '{self.code}' needs a note: say what happened.", ("note",)
            )
        return None


def _codes(direction: ReasonDirection, *names: str) -> tuple[ReasonCode, ...]:
    return tuple(ReasonCode(name, name.replace("_", " ").capitalize(), direction) for name in names)


#: The codes every tenant starts with.
DEFAULT_REASON_CODES: tuple[ReasonCode, ...] = (
    *_codes(ReasonDirection.BOTH, "correction", "cycle_count"),
    *_codes(ReasonDirection.DECREASE, "damaged", "lost", "theft"),
    *_codes(ReasonDirection.INCREASE, "found", "received", "returned"),
    *_codes(ReasonDirection.BOTH, "promotion", "quality_hold"),
    *_codes(ReasonDirection.DECREASE, "sample", "waste"),
    ReasonCode("other", "Other", ReasonDirection.BOTH, requires_note=True),
)
