"""LevelState: an unchanging picture of one level with what it is and where it lies.

Read models return it, events carry it, subscribers are sent it: one shape from the row to the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from domain.items import Item
from domain.ledger import NOTHING, Quantities
from domain.locations import Location
from domain.status import StockPolicy, StockStatus, stale_at, status_of, summed_status
from domain.stock import StockLevel
from domain.value import value

L = TypeVar("L")


@value
class LevelState:
    id: UUID
    item: Item
    location: Location
    quantities: Quantities
    policy: StockPolicy
    version: int
    created_at: datetime
    updated_at: datetime
    last_movement_at: datetime | None

    @classmethod
    def of(cls, level: StockLevel, item: Item, location: Location) -> LevelState:
        """The picture of a level that exists (its version is at least 1)."""
        return cls(
            level.id,
            item,
            location,
            level.quantities,
            level.policy,
            level.version,
            level.created_at,
            level.updated_at or level.created_at,
            level.last_movement_at,
        )

    @property
    def promisable(self) -> int:
        """Units that an order could be promised: none of an archived item, and none at a location that is closed."""
        return 0 if self.item.archived or not self.location.active else self.quantities.available_to_promise

    @property
    def status(self) -> StockStatus:
        return status_of(self.quantities, self.policy)

    def stale(self, at: datetime) -> bool:
        """Whether nothing has moved for as long as the policy allows, seen at `at`; never of an archived item."""
        days, archived_at = self.policy.stale_after_days, self.item.archived_at
        return stale_at(at, days, self.last_movement_at, self.created_at, archived_at)


@value
class PastLevel(LevelState):
    """A level as of a moment: its quantities are what had happened by then, as far as it is known today, late or not.

    `version` and `updated_at` are those of the newest of its ledger entries that count (0, and when it was made, where
    none does). Thresholds, item and location are those of today: no ledger tells of them.
    """

    as_of: datetime

    def stale(self, at: datetime) -> bool:
        return LevelState.stale(self, min(at, self.as_of))


@value
class SkuState:
    """One SKU over all locations where it has a level; an item that was never stocked has none."""

    item: Item
    levels: Sequence[LevelState] = ()

    @property
    def sku(self) -> str:
        return self.item.sku

    @property
    def quantities(self) -> Quantities:
        return sum((level.quantities for level in self.levels), NOTHING)

    @property
    def status(self) -> StockStatus:
        return summed_status(self.quantities.available_to_promise, {level.status for level in self.levels})


def only_level(levels: Sequence[L]) -> L | None:
    """The level meant where no location is named: the SKU's one level, none while it has several."""
    return levels[0] if len(levels) == 1 else None
