"""Pictures as read models give them: items, locations, levels, entries of the ledger and reservations."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from domain.identity import tenant_id
from domain.items import Item
from domain.ledger import Cause, LedgerEntry, LedgerKind, Quantities, Stamp
from domain.levels import LevelState
from domain.locations import Location
from domain.reservation_lines import ReservationLine, reservation_id
from domain.reservation_state import ReservationState
from domain.reservations import Order, Reservation, ReservationStatus
from domain.status import StockPolicy
from domain.strategies import Share, Want
from domain.tenants import Tenant
from services.reads import LedgerRecord

NOON = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)
FIRM = Tenant(tenant_id("lumen"), "lumen", "Lumen Outdoor", "Europe/Berlin", "EUR", "MAIN")

_numbers = count(1)


def identity(name: str) -> UUID:
    return uuid5(FIRM.id, name)


def item(sku: str, **changes: Any) -> Item:
    described = {"name": f"{sku} by name", "vendor": "acme", "price": Decimal("12.50"), "currency": "EUR", "version": 1}
    return Item(identity(f"item {sku}"), sku, **{**described, **changes})


def location(code: str, **changes: Any) -> Location:
    return Location(identity(f"location {code}"), code, **{"name": f"{code} by name", "version": 1, **changes})


def level(of: Item, at: Location, on_hand: int = 10, **changes: Any) -> LevelState:
    return LevelState(
        identity(f"level {of.sku} {at.code}"),
        of,
        at,
        changes.get("quantities", Quantities(on_hand)),
        changes.get("policy", StockPolicy(reorder_point=3)),
        changes.get("version", 7),
        NOON,
        NOON,
        changes.get("last_movement_at", NOON),
    )


def record(of: LevelState, change: int, **cause: Any) -> LedgerRecord:
    entry = LedgerEntry(
        LedgerKind.ADJUSTMENT,
        Quantities(change),
        of.quantities,
        of.version,
        Cause(**{"actor": "manager", "reason_code": "found", **cause}),
        Stamp(NOON, NOON),
    )
    return LedgerRecord(identity(f"entry {next(_numbers)}"), of.item.sku, of.location, entry)


def reservation(order: str, *goods: tuple[Item, int], at: Location | None = None, **changes: Any) -> ReservationState:
    """A pending reservation of so many units of each item, held at one location."""
    there = at or location("MAIN")
    wants = tuple(Want(each.sku, None, units) for each, units in goods)
    lines = tuple(
        ReservationLine.held(number, want, Share(number, there.code, want.units)) for number, want in enumerate(wants)
    )
    described = {"status": ReservationStatus.PENDING, "expires_at": NOON, "version": 1}
    made = Reservation(
        reservation_id(identity(f"reservation {order}")),
        Order(order, wants),
        lines=lines,
        created_at=NOON,
        updated_at=NOON,
        **{**described, **changes},
    )
    return ReservationState.of(made, {each.sku: each for each, _ in goods}, {there.code: there})
