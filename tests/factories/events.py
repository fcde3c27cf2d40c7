"""Events and what they are made of: levels and reservations of a tenant whose every later version says so."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from domain.events import Before, Event, ItemBefore, ItemChanged, LocationChanged, ReservationChanged, StockLevelChanged
from domain.identity import tenant_id, uuid7
from domain.items import Item
from domain.ledger import Cause, LedgerKind, Quantities, Stamp
from domain.levels import LevelState
from domain.locations import Location
from domain.reservation_lines import ReservationLine, reservation_id
from domain.reservation_state import ReservationState
from domain.reservations import Changed, Order, Reservation, ReservationAct, ReservationStatus
from domain.status import StockPolicy
from domain.strategies import Want
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


def item_changed(item: Item, before: Item | None = None) -> ItemChanged:
    return ItemChanged(event_id(), item, "manager@acme", START, before and ItemBefore(before.vendor))


def handed_over(item: Item, vendor: str | None, tx: int) -> Message:
    """The item goes to another vendor, as the log keeps it."""
    return message_of(item_changed(replace(item, vendor=vendor, version=item.version + 1), item), tx)


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


@dataclass(slots=True)
class Life:
    """One reservation of an order through its life, by the domain's own verbs; each makes the event of the next
    version. `waiting` names the SKUs of which nothing is there yet.
    """

    order: str = "O-1"
    skus: tuple[str, ...] = ("TENT",)
    waiting: tuple[str, ...] = ()
    tx: int = 100
    vendors: dict[str, str] = field(default_factory=dict[str, str])
    events: list[ReservationChanged] = field(default_factory=list[ReservationChanged])
    reservation: Reservation = field(init=False)

    def __post_init__(self) -> None:
        wants = tuple(Want(sku, None, 2) for sku in self.skus)
        lines = tuple(self._line(number, want) for number, want in enumerate(wants))
        status = ReservationStatus.BACKORDERED if self.waiting else ReservationStatus.PENDING
        expires_at = None if self.waiting else START + timedelta(minutes=15)
        id_ = reservation_id(uuid7(next(_numbers), 2**70))
        self.reservation = Reservation(id_, Order(self.order, wants), status, lines, START, START, expires_at)

    def _line(self, number: int, want: Want) -> ReservationLine:
        if want.sku in self.waiting:
            return ReservationLine.waiting(number, want, want.units)
        return ReservationLine(number, want.sku, "MAIN", want.units, allocated=want.units)

    @property
    def state(self) -> ReservationState:
        levels = {sku: a_level(sku, vendor=self.vendors.get(sku, "Peak")) for sku in self.skus}
        items = {sku: level.item for sku, level in levels.items()}
        return ReservationState.of(self.reservation, items, {"MAIN": levels[self.skus[0]].location})

    def reserve(self) -> Message:
        return self._tell(ReservationAct.RESERVED, None)

    def extend(self) -> Message:
        return self._done(ReservationAct.EXTENDED, self.reservation.extend(900, self._later))

    def confirm(self) -> Message:
        return self._done(ReservationAct.CONFIRMED, self.reservation.confirm(self._later))

    def commit(self) -> Message:
        return self._done(ReservationAct.COMMITTED, self.reservation.commit(None, self._later))

    def release(self) -> Message:
        return self._done(ReservationAct.RELEASED, self.reservation.release(None, self._later))

    def expire(self) -> Message:
        return self._done(ReservationAct.EXPIRED, self.reservation.expire(START + timedelta(days=1)))

    def hear(self) -> None:
        """A document told nothing new: a version without an event."""
        self.reservation = replace(self.reservation, version=self.reservation.version + 1)

    @property
    def _later(self) -> datetime:
        return self.reservation.updated_at + timedelta(seconds=1)

    def _done(self, act: ReservationAct, changed: object) -> Message:
        assert isinstance(changed, Changed), changed
        before, self.reservation = self.reservation.status, changed.reservation
        return self._tell(act, before)

    def _tell(self, act: ReservationAct, before: ReservationStatus | None) -> Message:
        cause = Cause("checkout@acme", reference_type="order", reference=self.order)
        at = self.reservation.updated_at
        self.events.append(ReservationChanged(event_id(), act, self.state, before, (), cause, at))
        self.tx += 1
        return message_of(self.events[-1], self.tx)


def message_of(event: Event, tx: int, tenant: UUID = TENANT) -> Message:
    return Message.about(event.aggregate_id, event.version, with_tx(encode(event, tenant), tx))
