"""Events: what happened, told in the past tense to whoever listens outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.items import Item
from domain.ledger import Cause, LedgerKind, Stamp
from domain.levels import LevelState
from domain.locations import Location
from domain.status import StockStatus


@dataclass(frozen=True, slots=True)
class Before:
    """What a filter or a screen needs to know of a level's state before the change."""

    available_to_promise: int
    status: StockStatus
    category: str | None
    vendor: str | None
    condition: str | None


@dataclass(frozen=True, slots=True)
class StockLevelChanged:
    """One level changed in one transaction. `before` is None for a level that is new; `previous_version` is then 0.

    `kind` and `cause` are those of the last movement, None where nothing moved (a policy, the item's own attributes).
    """

    id: UUID
    level: LevelState
    previous_version: int
    before: Before | None
    kind: LedgerKind | None
    cause: Cause | None
    stamp: Stamp

    @property
    def key(self) -> str:
        """Chooses where the event travels, the same way for all levels of a SKU; order is kept for each level alone."""
        return self.level.item.sku

    @property
    def aggregate_id(self) -> UUID:
        return self.level.id

    @property
    def version(self) -> int:
        return self.level.version


@dataclass(frozen=True, slots=True)
class ItemChanged:
    """An item was made, described anew or archived."""

    id: UUID
    item: Item
    actor: str
    at: datetime

    @property
    def key(self) -> str:
        return str(self.item.id)

    @property
    def aggregate_id(self) -> UUID:
        return self.item.id

    @property
    def version(self) -> int:
        return self.item.version


@dataclass(frozen=True, slots=True)
class LocationChanged:
    """A location was made, described anew or closed."""

    id: UUID
    location: Location
    actor: str
    at: datetime

    @property
    def key(self) -> str:
        return str(self.location.id)

    @property
    def aggregate_id(self) -> UUID:
        return self.location.id

    @property
    def version(self) -> int:
        return self.location.version


Event = StockLevelChanged | ItemChanged | LocationChanged
