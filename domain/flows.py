"""Flow: what an entry of the ledger means for the stock on hand, and Change: as much of the entry as insight reads.

Each entry that changes what is on hand belongs to exactly one flow, so that of a level always

    on hand = received + returned + arrived + gained - sold - sent - shrunk - used
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from domain.ledger import LedgerEntry, LedgerKind
from domain.money import ticks_of
from domain.transfers import DOCUMENT


class Flow(StrEnum):
    """The values name the totals of a level (`domain.level_totals`)."""

    RECEIVED = "received"  # goods came from outside
    RETURNED = "returned"  # sold goods came back
    ARRIVED = "arrived"  # came from another location
    GAINED = "gained"  # a count or a correction found more than the books said
    SOLD = "sold"  # picked for an order
    SENT = "sent"  # on their way to another location, less what came back from there
    SHRUNK = "shrunk"  # gone without use: damage, theft, loss, waste, a count or a correction that found less
    USED = "used"  # taken for a use of one's own


_OF_KINDS = {
    LedgerKind.RECEIPT: Flow.RECEIVED,
    LedgerKind.RETURN: Flow.RETURNED,
    LedgerKind.PICK: Flow.SOLD,
    LedgerKind.WASTE: Flow.SHRUNK,
    LedgerKind.TRANSFER_OUT: Flow.SENT,
    LedgerKind.TRANSFER_IN: Flow.ARRIVED,
}
#: Corrections by hand whose reason says that they are none. A tenant's own reasons are not known here.
_UPWARD = {"received": Flow.RECEIVED, "returned": Flow.RETURNED}
_DOWNWARD = {"promotion": Flow.USED, "sample": Flow.USED, "quality_hold": Flow.USED}

OUTWARD = frozenset({Flow.SOLD, Flow.SENT, Flow.SHRUNK, Flow.USED})


def flow_of(kind: LedgerKind, reason_code: str | None, on_hand_change: int) -> Flow | None:
    """None: what is on hand stays as it is."""
    if on_hand_change == 0:
        return None
    if flow := _OF_KINDS.get(kind):
        return flow
    if on_hand_change > 0:
        return _UPWARD.get(reason_code or "", Flow.GAINED)
    return _DOWNWARD.get(reason_code or "", Flow.SHRUNK)


def cost_of(unit_cost: Decimal | None, told: str | None, currency: str) -> int | None:
    """Ticks of the currency; None where the cost of a unit is not known, or told in another one."""
    return None if unit_cost is None or told != currency else ticks_of(unit_cost)


def transfer_of(reference_type: str | None, reference: str | None) -> str | None:
    """The transfer that an entry belongs to, by what it refers to."""
    return reference if reference_type == DOCUMENT else None


class Occasion(NamedTuple):
    """Where a change stands in the history of its level: by when it happened, then by the level's version.

    It is not the order of arrival: what is told late stands where it happened.
    """

    at: datetime
    version: int


class Change(NamedTuple):
    """The changes of the four quantities are signed units. `cost` is that of one unit in ticks of the tenant's
    currency, None where it is not known, or in another currency only. `transfer` names the one the units belong to."""

    at: datetime
    version: int
    flow: Flow | None
    on_hand: int
    allocated: int = 0
    unavailable: int = 0
    incoming: int = 0
    cost: int | None = None
    transfer: str | None = None

    @classmethod
    def of(cls, entry: LedgerEntry, currency: str) -> Change:
        change, cause = entry.change, entry.cause
        return cls(
            entry.stamp.occurred_at,
            entry.level_version,
            flow_of(entry.kind, cause.reason_code, change.on_hand),
            change.on_hand,
            change.allocated,
            change.unavailable,
            change.incoming,
            cost_of(entry.unit_cost, entry.currency, currency),
            transfer_of(cause.reference_type, cause.reference),
        )

    @property
    def occasion(self) -> Occasion:
        return Occasion(self.at, self.version)
