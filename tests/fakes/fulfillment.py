"""A house that is told of orders, payments and parcels: messages read, made commands and carried out in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson

from domain.access import Caller, Role
from domain.items import Item
from domain.ledger import Cause, Stamp
from domain.locations import Location
from domain.reservations import Reservation
from domain.stock import StockLevel
from services.group_commit import GroupCommit
from services.parking import Message
from services.settlement import ReleaseReservation, settle_reservation
from subscriptions.consumers.intake import Intake, Outcome, dead
from subscriptions.consumers.reading import Unreadable, read
from subscriptions.consumers.topics import ConsumedTopic
from tests.conformance.units_worlds import ACME, ids
from tests.fakes.house import House
from tests.fakes.reads import FakeReads
from tests.fakes.units import FakeUnitOfWork

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TOPIC = ConsumedTopic("shop.v1", tenant=ACME.slug)
MANAGER = Caller(ACME.id, ACME.slug, "manager@acme", frozenset({Role.MANAGER}))
TTL = timedelta(seconds=900)


def an_item(sku: str, product: str | None = None) -> Item:
    return Item(ids(), sku, f"Goods {sku}", catalog_product_id=product, version=1)


def a_message(body: object, headers: Mapping[str, str] | None = None, offset: int = 0, **more: Any) -> Message:
    value = body if isinstance(body, bytes) else orjson.dumps(body)
    named = tuple((name, text.encode()) for name, text in (headers or {}).items())
    given: dict[str, Any] = {"topic": "shop.v1", "partition": 0, "sent_at_ms": 1, "key": None, **more}
    return Message(offset=offset, value=value, headers=named, **given)


@dataclass
class Fulfillment:
    """Tents lie at A (9) and B (4), stoves at A (5); the product P-STOVE is the stove, P-TENT two items."""

    now: datetime = NOON
    house: House = field(default_factory=lambda: House(ACME))
    numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        house = self.house
        for item in (an_item("TENT", "P-TENT"), an_item("TENT-XL", "P-TENT"), an_item("STOVE", "P-STOVE")):
            house.items[item.sku] = item
        for priority, code in enumerate(("MAIN", "A", "B")):
            house.locations[code] = Location(ids(), code, code, priority=priority, version=1)
        for sku, location, units in (("TENT", "A", 9), ("TENT", "B", 4), ("STOVE", "A", 5)):
            house.levels[sku, location] = a_level(sku, location, units)
        self.units = FakeUnitOfWork(house, now=lambda: self.now)
        self.commits = GroupCommit(self.units, ids)
        self.reads = FakeReads(ACME, NOON, all_items=list(house.items.values()))
        self.intake = Intake(self.reads, self.commits, lambda: self.now)

    async def tell(
        self, type_: str, order: str = "O-1", headers: Mapping[str, str] | None = None, **body: Any
    ) -> Outcome:
        """One event, each call another; `headers` may say that it is the same."""
        return await self.take(a_message({"orderId": order, "type": type_, **body}, headers, next(self.numbers)))

    async def take(self, message: Message) -> Outcome:
        reading = read(message, TOPIC)
        if isinstance(reading, Unreadable):
            return dead(reading.refusals)
        return await self.intake.take(reading)

    async def order(self, order: str = "O-1", sku: str = "TENT", quantity: int = 5, **more: Any) -> Outcome:
        return await self.tell("OrderCreated", order, items=[{"sku": sku, "quantity": quantity}], **more)

    async def release(self, order: str = "O-1") -> None:
        """By hand."""
        request = ReleaseReservation(self.reservation(order).id)
        assert not (await settle_reservation("release", request, MANAGER, self.commits)).refusals

    def books(self) -> House:
        return self.units.houses[ACME.id]

    def reservation(self, order: str = "O-1") -> Reservation:
        """The order's newest."""
        return max((each for each in self.books().reservations.values() if each.order.id == order), key=lambda e: e.id)

    def on_hand(self, sku: str = "TENT", location: str = "A") -> int:
        return self.books().levels[sku, location].on_hand

    def allocated(self, sku: str = "TENT", location: str = "A") -> int:
        return self.books().levels[sku, location].allocated

    def outcomes(self) -> list[str]:
        return list(self.books().outcomes.values())


def a_level(sku: str, location: str, units: int) -> StockLevel:
    level = StockLevel(ids(), sku, location, NOON - timedelta(days=1))
    stamp = Stamp(NOON - timedelta(hours=1), NOON - timedelta(hours=1))
    level.receive(units, Cause("manager@acme"), stamp)
    level.entries.clear()
    return level
