"""Reason codes: the managed list of why stock was changed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from domain.refusals import Refusal, RefusalCode
from domain.texts import invalid_name, says_nothing

#: A tenant's codes are read together, with every change of stock.
REASON_CODES_MAX = 200


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

    @classmethod
    def fresh(cls, code: str) -> ReasonCode:
        """A code of which nothing has been said yet."""
        return cls(code, _name_of(code))

    def describe(self, changes: Mapping[str, Any]) -> ReasonCode | Refusal:
        """The code with `changes` made: a field that is left out stays, one that is None is cleared to its default."""
        if refusal := invalid_name("name", changes.get("name")):
            return refusal
        defaults = ReasonCode.fresh(self.code)
        settled = {name: getattr(defaults, name) if value is None else value for name, value in changes.items()}
        return replace(self, **settled)

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


def too_many(there: int) -> Refusal | None:
    """Why no code may be added to so many."""
    if there < REASON_CODES_MAX:
        return None
    message = (
        f"There are {there} reason codes, and no more than {REASON_CODES_MAX} are kept: describe one of them anew."
    )
    return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("code",), limit=REASON_CODES_MAX)


def _name_of(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _codes(direction: ReasonDirection, *names: str) -> tuple[ReasonCode, ...]:
    return tuple(ReasonCode(name, _name_of(name), direction) for name in names)


#: The codes every tenant starts with.
DEFAULT_REASON_CODES: tuple[ReasonCode, ...] = (
    *_codes(ReasonDirection.BOTH, "correction", "cycle_count"),
    *_codes(ReasonDirection.DECREASE, "damaged", "lost", "theft"),
    *_codes(ReasonDirection.INCREASE, "found", "received", "returned"),
    *_codes(ReasonDirection.BOTH, "promotion", "quality_hold"),
    *_codes(ReasonDirection.DECREASE, "sample", "waste"),
    ReasonCode("other", "Other", ReasonDirection.BOTH, requires_note=True),
)
