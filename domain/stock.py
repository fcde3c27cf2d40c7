"""StockLevel: one SKU at one location, and the rules for changing it.

Each verb either changes the level, appends one `LedgerEntry` to `entries` and returns it, or changes nothing and
returns a `Refusal`. No verb lets a quantity or the available-to-promise fall below zero, or one rise above `LEVEL_MAX`.
Quantities are whole base units of the item.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from domain.alerts import NONE_STAND, AlertKind, StandingAlerts, stock_alert
from domain.ledger import NOTHING, Cause, LedgerEntry, LedgerKind, Quantities, Stamp
from domain.quantities import LEVEL_MAX, invalid_change, invalid_count, invalid_quantity
from domain.refusals import Refusal, RefusalCode
from domain.status import NO_POLICY, StockPolicy, StockStatus, stale_from, status_of


class Asked(NamedTuple):
    """Units asked for, and what they are called where they are asked for: a refusal names that field."""

    units: int
    field: str = "quantity"


@dataclass(slots=True)
class StockLevel:
    """The aggregate. `version` grows by 1 with each change; `version_read` is what the database holds."""

    id: UUID
    sku: str
    location: str
    created_at: datetime
    quantities: Quantities = NOTHING
    policy: StockPolicy = NO_POLICY
    version: int = 0
    updated_at: datetime | None = None
    last_movement_at: datetime | None = None
    unit_cost: Decimal | None = None
    currency: str | None = None
    alerts: StandingAlerts = NONE_STAND
    version_read: int = 0
    before: Quantities = NOTHING
    policy_before: StockPolicy = NO_POLICY
    status_before: StockStatus | None = None
    entries: list[LedgerEntry] = field(default_factory=list[LedgerEntry])

    def __post_init__(self) -> None:
        self.version_read = self.version
        self.before = self.quantities
        self.policy_before = self.policy
        self.status_before = None if self.version == 0 else self.status

    # ------------------------------------------------------------------ facts
    @property
    def on_hand(self) -> int:
        return self.quantities.on_hand

    @property
    def allocated(self) -> int:
        return self.quantities.allocated

    @property
    def unavailable(self) -> int:
        return self.quantities.unavailable

    @property
    def available_to_promise(self) -> int:
        return self.quantities.available_to_promise

    @property
    def status(self) -> StockStatus:
        return status_of(self.quantities, self.policy)

    @property
    def stale_due(self) -> datetime | None:
        """When this level becomes stale unless something moves."""
        return stale_from(self.policy.stale_after_days, self.last_movement_at, self.created_at)

    def stale(self, at: datetime) -> bool:
        due = self.stale_due
        return due is not None and at >= due

    @property
    def stock_alert(self) -> AlertKind | None:
        """Which alert its stock calls for."""
        before = self.before.available_to_promise
        return stock_alert(self.available_to_promise, self.policy.low_at, self.alerts.kind, before)

    @property
    def changed(self) -> bool:
        return self.version != self.version_read

    # ------------------------------------------------------------------ questions
    def expects(self, version: int | None) -> Refusal | None:
        """Compare-and-set: refuse when the caller looked at another version of this level."""
        if version is None or version == self.version:
            return None
        return Refusal(
            RefusalCode.STALE_VERSION,
            f"The level changed meanwhile: it is at version {self.version}, you expected {version}. "
            "Read it again and decide anew.",
            ("expectedVersion",),
            self.sku,
            self.location,
            current_version=self.version,
        )

    def expects_policy(self, seen: Mapping[str, int | None]) -> Refusal | None:
        """Compare-and-set of the thresholds, whatever has moved since."""
        stale = self.policy.expects(seen)
        return stale and replace(stale, sku=self.sku, location=self.location, current_version=self.version)

    # ------------------------------------------------------------------ verbs
    def receive(
        self, quantity: int, cause: Cause, stamp: Stamp, unit_cost: Decimal | None = None
    ) -> LedgerEntry | Refusal:
        """Goods arrive: on hand rises. `unit_cost` is that of these goods, the item's if None."""
        if unit_cost is not None and self.currency is None:
            return self._without_currency()
        return self._move(LedgerKind.RECEIPT, Quantities(on_hand=quantity), quantity, cause, stamp, unit_cost)

    def return_(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Sold goods come back into stock: on hand rises."""
        return self._move(LedgerKind.RETURN, Quantities(on_hand=quantity), quantity, cause, stamp)

    def allocate(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Promise units to an order: allocated rises, available-to-promise falls."""
        return self._move(LedgerKind.ALLOCATION, Quantities(allocated=quantity), quantity, cause, stamp)

    def deallocate(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Take a promise back: allocated falls."""
        return self._move(LedgerKind.DEALLOCATION, Quantities(allocated=-quantity), quantity, cause, stamp)

    def pick(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Allocated units leave the shelf: on hand and allocated fall together."""
        change = Quantities(on_hand=-quantity, allocated=-quantity)
        return self._move(LedgerKind.PICK, change, quantity, cause, stamp)

    def hold(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Set units aside (damage, quality): unavailable rises, on hand stays."""
        return self._move(LedgerKind.HOLD, Quantities(unavailable=quantity), quantity, cause, stamp)

    def unhold(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Put units that were set aside back on sale."""
        return self._move(LedgerKind.UNHOLD, Quantities(unavailable=-quantity), quantity, cause, stamp)

    def waste(self, quantity: int, cause: Cause, stamp: Stamp, *, from_hold: bool = False) -> LedgerEntry | Refusal:
        """Units are thrown away: on hand falls; unavailable too where they were set aside before."""
        change = Quantities(on_hand=-quantity, unavailable=-quantity if from_hold else 0)
        return self._move(LedgerKind.WASTE, change, quantity, cause, stamp)

    def send(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Units leave for another location: on hand falls."""
        return self._move(LedgerKind.TRANSFER_OUT, Quantities(on_hand=-quantity), quantity, cause, stamp)

    def take_back(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Units that were sent and never arrived are here again: on hand rises."""
        return self._move(LedgerKind.TRANSFER_OUT, Quantities(on_hand=quantity), quantity, cause, stamp)

    def announce(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Units are on their way here: incoming rises."""
        return self._move(LedgerKind.TRANSFER_IN, Quantities(incoming=quantity), quantity, cause, stamp)

    def take_in(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Units that were on their way have arrived: on hand rises, incoming falls."""
        change = Quantities(on_hand=quantity, incoming=-quantity)
        return self._move(LedgerKind.TRANSFER_IN, change, quantity, cause, stamp)

    def call_off(self, quantity: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Units that were on their way will not come: incoming falls."""
        return self._move(LedgerKind.TRANSFER_IN, Quantities(incoming=-quantity), quantity, cause, stamp)

    def adjust(self, change: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Correct on hand by a signed number of units."""
        if refusal := invalid_change(change, self.sku, self.location):
            return refusal
        asked = Asked(abs(change), "quantityChange")
        return self._apply(LedgerKind.ADJUSTMENT, Quantities(on_hand=change), asked, cause, stamp)

    def count(self, counted: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Set on hand to what was counted. No difference is an entry too: the count was made."""
        if refusal := invalid_count(counted, self.sku, self.location):
            return refusal
        return self.post_count(counted - self.on_hand, cause, stamp)

    def post_count(self, difference: int, cause: Cause, stamp: Stamp) -> LedgerEntry | Refusal:
        """Correct on hand by what a count found to differ, be it some time ago."""
        asked = Asked(abs(difference), "quantityCounted")
        return self._apply(LedgerKind.COUNT, Quantities(on_hand=difference), asked, cause, stamp)

    def set_policy(self, policy: StockPolicy, stamp: Stamp) -> None:
        """New thresholds; a change of the level like any other, but no movement and no ledger entry."""
        self.policy = policy
        self._touch(stamp)

    def describe_anew(self, stamp: Stamp) -> None:
        """The item's own attributes changed: whoever watches this level must see it again."""
        self._touch(stamp)

    def draft(self) -> StockLevel:
        """A copy to change in its place."""
        draft = copy(self)
        draft.entries = list(self.entries)
        return draft

    # ------------------------------------------------------------------ rules
    def _move(
        self,
        kind: LedgerKind,
        change: Quantities,
        quantity: int,
        cause: Cause,
        stamp: Stamp,
        unit_cost: Decimal | None = None,
    ) -> LedgerEntry | Refusal:
        if refusal := invalid_quantity(quantity, self.sku, self.location):
            return refusal
        return self._apply(kind, change, Asked(quantity), cause, stamp, unit_cost)

    def _apply(
        self,
        kind: LedgerKind,
        change: Quantities,
        asked: Asked,
        cause: Cause,
        stamp: Stamp,
        unit_cost: Decimal | None = None,
    ) -> LedgerEntry | Refusal:
        after = self.quantities + change
        if refusal := self._shortage(after, asked) or self._overflow(after, asked):
            return refusal
        self.quantities = after
        self._touch(stamp)
        self.last_movement_at = max(stamp.occurred_at, self.last_movement_at or stamp.occurred_at)
        cost = self.unit_cost if unit_cost is None else unit_cost
        entry = LedgerEntry(kind, change, after, self.version, cause, stamp, cost, self.currency)
        self.entries.append(entry)
        return entry

    def _without_currency(self) -> Refusal:
        message = (
            f"unitCost says nothing: item '{self.sku}' has no currency. Give it one with upsertItem(currency) first."
        )
        return Refusal(RefusalCode.INVALID_INPUT, message, ("unitCost",), self.sku, self.location)

    def _touch(self, stamp: Stamp) -> None:
        self.version += 1
        self.updated_at = stamp.recorded_at

    def _shortage(self, after: Quantities, asked: Asked) -> Refusal | None:
        """What would fall below zero; names how much there is of it."""
        if after.allocated < 0:
            return self._insufficient("allocated", asked, self.allocated)
        if after.unavailable < 0:
            return self._insufficient("on hold", asked, self.unavailable)
        if after.incoming < 0:
            return self._insufficient("on their way here", asked, self.quantities.incoming)
        if after.available_to_promise < 0:
            return self._insufficient("available", asked, self.available_to_promise)
        return None

    def _insufficient(self, what: str, asked: Asked, available: int) -> Refusal:
        return Refusal(
            RefusalCode.INSUFFICIENT_STOCK,
            f"{self.sku} at {self.location}: {asked.units} asked, {available} {what}.",
            (asked.field,),
            self.sku,
            self.location,
            requested=asked.units,
            available=available,
        )

    def _overflow(self, after: Quantities, asked: Asked) -> Refusal | None:
        if max(after.on_hand, after.incoming) <= LEVEL_MAX:
            return None
        return Refusal(
            RefusalCode.LIMIT_EXCEEDED,
            f"{self.sku} at {self.location} would hold more than {LEVEL_MAX}.",
            (asked.field,),
            self.sku,
            self.location,
            requested=asked.units,
            limit=LEVEL_MAX,
        )
