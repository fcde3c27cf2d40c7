"""Decisions: what a command came to, and the key under which it is kept."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from domain.allocation import Shortage
from domain.refusals import Refusal
from domain.reservation_state import ReservationState
from domain.value import value
from services.webhook_ports import Replayed


class Fate(StrEnum):
    """What becomes of a delivery that was decided."""

    #: It is kept, and never taken again.
    KEPT = "KEPT"
    #: What it speaks of is not there yet: nothing is kept, and the same may succeed later.
    EARLY = "EARLY"
    #: Nothing of it can be done, now or later: nothing is kept, and somebody has to look at it.
    REJECTED = "REJECTED"


@value
class Decision:
    """The outcome of a command in codes and ids; the things themselves are read as they are when it is answered.

    `places` are the levels concerned as (SKU, location code), known also when the command was refused; `adjustment`,
    `reservation`, `transfer`, `cycle_count`, `alert`, `webhook` and `subject` (a SKU, a location's code) name what else
    was made or changed; `replayed` tells how many of a webhook's deliveries are sent again.
    """

    refusals: tuple[Refusal, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    adjustment: UUID | None = None
    subject: str | None = None
    reservation: UUID | None = None
    shortages: tuple[Shortage, ...] = ()
    transfer: UUID | None = None
    #: What was decided of each line, where each was decided for itself.
    lines: tuple[Decision, ...] = ()
    cycle_count: UUID | None = None
    alert: UUID | None = None
    webhook: UUID | None = None
    replayed: Replayed | None = None
    #: The reservation as this very decision left it, for whoever answers at once; never kept.
    seen: ReservationState | None = field(default=None, compare=False)
    #: A webhook's new secret, told once by the decision that made it; never kept.
    secret: str | None = field(default=None, compare=False, repr=False)
    #: Of a delivery: what is kept of it in a word, where it is neither its refusal's code nor APPLIED; and its fate.
    outcome: str | None = field(default=None, compare=False)
    fate: Fate = field(default=Fate.KEPT, compare=False)


#: What is kept of a delivery in a word, where it was not refused.
APPLIED = "APPLIED"
#: There was nothing left to do.
NO_EFFECT = "NO_EFFECT"
#: It changes nothing by its nature.
RECORDED = "RECORDED"
#: The order it speaks of was called off before it ever came.
CALLED_OFF = "CALLED_OFF"
#: Never kept: the same delivery was taken before.
REPEATED = "REPEATED"


class KeyName(NamedTuple):
    """Where a key is unique within a tenant."""

    subject: str
    operation: str
    key: str


@value
class Claim:
    """One use of an idempotency key; `fingerprint` tells what was asked under it."""

    name: KeyName
    fingerprint: bytes


@value
class Kept:
    """What was decided under a key, and for which request."""

    fingerprint: bytes
    decision: Decision


@value
class Delivery:
    """One event that another system told us: it has its effect once, however often it comes.

    `id` is unique within a tenant; `order_id` is the order that it speaks of, if it does.
    """

    id: str
    type: str
    order_id: str | None = None
