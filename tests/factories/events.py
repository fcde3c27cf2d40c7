"""Events and what they are made of: levels of a tenant whose every later version says so."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from domain.events import Before, ItemChanged, LocationChanged, StockLevelChanged
from domain.identity import tenant_id, uuid7
from domain.items import Item
from domain.ledger import Cause, LedgerKind, Quantities, Stamp
from domain.levels import LevelState
from domain.locations import Location
from domain.status import StockPolicy
from services.envelope import encode, with_tx
from subscriptions.log.broadcast_log import Message

TENANT = tenant_id("acme")
OTHER_TENANT = tenant_id("globex")
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

_numbers = count(1)


def event_id() -> UUID:
    return uuid7(next(_numbers), 2**74 - 1)


def a_level(sku: str = "TENT", location: str = "MAIN", on_hand: int = 10, **item: Any) -> LevelState:
    """Version 1 of a level; `item` overrides the item's attributes."""
    described: dict[str, Any] = {"category": "tents", "vendor": "Peak", "condition": "new"} | item
    made = Item(uuid5(TENANT, sku), sku, sku.title(), version=1, **described)
    place = Location(uuid5(TENANT, location), location, location.title(), version=1)
    identity = uuid5(TENANT, f"{sku}@{location}")
    policy = StockPolicy(low_stock_threshold=3)
    return LevelState(identity, made, place, Quantities(on_hand=on_hand), policy, 1, START, START, START)


def changed(
    level: LevelState, before: LevelState | None, *, kind: LedgerKind | None = LedgerKind.RECEIPT
) -> StockLevelChanged:
    cause = None if kind is None else Cause("manager@acme", "found", None, "order", "O-1")
    return StockLevelChanged(
        event_id(),
        level,
        0 if before is None else before.version,
        before and _before(before),
        kind,
        cause,
        Stamp(level.updated_at, level.updated_at),
    )


def _before(level: LevelState) -> Before:
    item = level.item
    available = level.quantities.available_to_promise
    return Before(available, level.status, item.category, item.vendor, item.condition)


def item_changed(item: Item) -> ItemChanged:
    return ItemChanged(event_id(), item, "manager@acme", START)


def location_changed(location: Location) -> LocationChanged:
    return LocationChanged(event_id(), location, "manager@acme", START)


@dataclass(slots=True)
class History:
    """One level through its changes; `tx` numbers the transactions that made them."""

    level: LevelState
    tx: int = 100
    events: list[StockLevelChanged] = field(default_factory=list[StockLevelChanged])

    def change(self, on_hand: int, **item: Any) -> StockLevelChanged:
        """The event of the next version."""
        before = self.level if self.events else None
        if before is not None:
            self.level = replace(
                before, version=before.version + 1, updated_at=before.updated_at + timedelta(seconds=1)
            )
        described = replace(self.level.item, **item) if item else self.level.item
        self.level = replace(self.level, quantities=Quantities(on_hand=on_hand), item=described)
        self.events.append(changed(self.level, before))
        self.tx += 1
        return self.events[-1]

    def message(self, on_hand: int, **item: Any) -> Message:
        """The next version, as the log keeps it."""
        event = self.change(on_hand, **item)
        return message_of(event, self.tx)


def message_of(event: StockLevelChanged | ItemChanged | LocationChanged, tx: int, tenant: UUID = TENANT) -> Message:
    key = f"{type(event).__name__}:{event.aggregate_id}"
    return Message(key, event.version, with_tx(encode(event, tenant), tx))
