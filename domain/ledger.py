"""The ledger: one entry for each change of a level, never changed afterwards."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.value import value


class LedgerKind(StrEnum):
    RECEIPT = "RECEIPT"
    ALLOCATION = "ALLOCATION"
    DEALLOCATION = "DEALLOCATION"
    PICK = "PICK"
    ADJUSTMENT = "ADJUSTMENT"
    COUNT = "COUNT"
    RETURN = "RETURN"
    HOLD = "HOLD"
    UNHOLD = "UNHOLD"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    WASTE = "WASTE"


@value
class Quantities:
    """The four quantities of a level, or a change of them, in the item's base unit."""

    on_hand: int = 0
    allocated: int = 0
    unavailable: int = 0
    incoming: int = 0

    @property
    def available_to_promise(self) -> int:
        return self.on_hand - self.allocated - self.unavailable

    def __add__(self, change: Quantities) -> Quantities:
        return Quantities(
            self.on_hand + change.on_hand,
            self.allocated + change.allocated,
            self.unavailable + change.unavailable,
            self.incoming + change.incoming,
        )


NOTHING = Quantities()


@value
class Cause:
    """Why a level changed: who did it, for what reason, on behalf of which document."""

    actor: str
    reason_code: str | None = None
    note: str | None = None
    reference_type: str | None = None
    reference: str | None = None


@value
class Stamp:
    """When a change happened and when it was written down, both with a time zone.

    `occurred_at` may lie in the past (seed, replay, events that arrive late); `recorded_at` is the database's clock,
    read after the level was locked.
    """

    occurred_at: datetime
    recorded_at: datetime


@value
class LedgerEntry:
    """One change of one level: the deltas, the balances after it, and its cause."""

    kind: LedgerKind
    change: Quantities
    after: Quantities
    level_version: int
    cause: Cause
    stamp: Stamp
    unit_cost: Decimal | None = None
    currency: str | None = None
