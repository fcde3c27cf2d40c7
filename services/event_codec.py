"""Events as JSON: the cause and the data of each type, written and read.

A field that a source names stands beside ours (`available_to_promise`, `productId`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.events import Before, Event, ItemChanged, LocationChanged, StockLevelChanged
from domain.items import Item
from domain.ledger import Cause, LedgerKind, Quantities, Stamp
from domain.levels import LevelState
from domain.locations import Location
from domain.status import StockPolicy, StockStatus


def cause_of(event: Event) -> dict[str, Any] | None:
    """Why it happened; None where nobody's act caused it."""
    if isinstance(event, StockLevelChanged):
        return None if event.cause is None or event.kind is None else _cause(event.kind, event.cause)
    return {
        "kind": None,
        "referenceType": None,
        "reference": None,
        "reasonCode": None,
        "note": None,
        "actor": event.actor,
    }


def _cause(kind: LedgerKind, cause: Cause) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "referenceType": cause.reference_type,
        "reference": cause.reference,
        "reasonCode": cause.reason_code,
        "note": cause.note,
        "actor": cause.actor,
    }


def data_of(event: Event) -> dict[str, Any]:
    """The thing that changed, as it is after the change."""
    if isinstance(event, StockLevelChanged):
        return _level(event.level) | {"previous": event.before and _before(event.before)}
    return _item(event.item) if isinstance(event, ItemChanged) else _location(event.location)


def _level(level: LevelState) -> dict[str, Any]:
    available = level.quantities.available_to_promise
    return {
        "id": str(level.id),
        "version": level.version,
        "sku": level.item.sku,
        "productId": level.item.catalog_product_id,
        "quantityOnHand": level.quantities.on_hand,
        "quantityAllocated": level.quantities.allocated,
        "quantityUnavailable": level.quantities.unavailable,
        "quantityIncoming": level.quantities.incoming,
        "availableToPromise": available,
        "available_to_promise": available,
        "status": level.status.value,
        "reorderPoint": level.policy.reorder_point,
        "safetyStock": level.policy.safety_stock,
        "lowStockThreshold": level.policy.low_stock_threshold,
        "overstockThreshold": level.policy.overstock_threshold,
        "staleAfterDays": level.policy.stale_after_days,
        "createdAt": time_of(level.created_at),
        "updatedAt": time_of(level.updated_at),
        "lastMovementAt": level.last_movement_at and time_of(level.last_movement_at),
        "item": _item(level.item),
        "location": _location(level.location),
    }


def _before(before: Before) -> dict[str, Any]:
    return {
        "availableToPromise": before.available_to_promise,
        "status": before.status.value,
        "category": before.category,
        "vendor": before.vendor,
        "condition": before.condition,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "sku": item.sku,
        "name": item.name,
        "category": item.category,
        "catalogProductId": item.catalog_product_id,
        "vendor": item.vendor,
        "condition": item.condition,
        "language": item.language,
        "price": None if item.price is None else f"{item.price:f}",
        "unitCost": None if item.unit_cost is None else f"{item.unit_cost:f}",
        "currency": item.currency,
        "unitOfMeasure": item.unit_of_measure,
        "quantityScale": item.quantity_scale,
        "barcodes": list(item.barcodes),
        "leadTimeDays": item.lead_time_days,
        "archivedAt": item.archived_at and time_of(item.archived_at),
        "version": item.version,
    }


def _location(location: Location) -> dict[str, Any]:
    return {
        "id": str(location.id),
        "code": location.code,
        "name": location.name,
        "kind": location.kind,
        "zone": location.zone,
        "priority": location.priority,
        "parent": location.parent,
        "active": location.active,
        "version": location.version,
    }


def _read_level_changed(raw: Mapping[str, Any], stamp: Stamp) -> StockLevelChanged:
    data, cause, previous = raw["data"], raw["cause"], raw["data"]["previous"]
    return StockLevelChanged(
        UUID(raw["id"]),
        _read_level(data),
        raw["previousVersion"],
        previous and _read_before(previous),
        cause and LedgerKind(cause["kind"]),
        cause and _read_cause(cause),
        stamp,
    )


def _read_cause(raw: Mapping[str, Any]) -> Cause:
    return Cause(raw["actor"], raw["reasonCode"], raw["note"], raw["referenceType"], raw["reference"])


def _read_before(raw: Mapping[str, Any]) -> Before:
    return Before(
        raw["availableToPromise"], StockStatus(raw["status"]), raw["category"], raw["vendor"], raw["condition"]
    )


def _read_level(raw: Mapping[str, Any]) -> LevelState:
    return LevelState(
        UUID(raw["id"]),
        _read_item(raw["item"]),
        _read_location(raw["location"]),
        Quantities(
            raw["quantityOnHand"], raw["quantityAllocated"], raw["quantityUnavailable"], raw["quantityIncoming"]
        ),
        StockPolicy(
            raw["reorderPoint"],
            raw["safetyStock"],
            raw["lowStockThreshold"],
            raw["overstockThreshold"],
            raw["staleAfterDays"],
        ),
        raw["version"],
        datetime.fromisoformat(raw["createdAt"]),
        datetime.fromisoformat(raw["updatedAt"]),
        raw["lastMovementAt"] and datetime.fromisoformat(raw["lastMovementAt"]),
    )


def _read_item(raw: Mapping[str, Any]) -> Item:
    return Item(
        UUID(raw["id"]),
        raw["sku"],
        raw["name"],
        raw["category"],
        raw["catalogProductId"],
        raw["vendor"],
        raw["condition"],
        raw["language"],
        None if raw["price"] is None else Decimal(raw["price"]),
        None if raw["unitCost"] is None else Decimal(raw["unitCost"]),
        raw["currency"],
        raw["unitOfMeasure"],
        raw["quantityScale"],
        tuple(raw["barcodes"]),
        raw["leadTimeDays"],
        raw["archivedAt"] and datetime.fromisoformat(raw["archivedAt"]),
        raw["version"],
    )


def _read_location(raw: Mapping[str, Any]) -> Location:
    return Location(
        UUID(raw["id"]),
        raw["code"],
        raw["name"],
        raw["kind"],
        raw["zone"],
        raw["priority"],
        raw["parent"],
        raw["active"],
        raw["version"],
    )


def _read_item_changed(raw: Mapping[str, Any], stamp: Stamp) -> ItemChanged:
    return ItemChanged(UUID(raw["id"]), _read_item(raw["data"]), raw["cause"]["actor"], stamp.occurred_at)


def _read_location_changed(raw: Mapping[str, Any], stamp: Stamp) -> LocationChanged:
    return LocationChanged(UUID(raw["id"]), _read_location(raw["data"]), raw["cause"]["actor"], stamp.occurred_at)


#: Type -> what reads an event of it from an envelope.
READERS: Mapping[str, Callable[[Mapping[str, Any], Stamp], Event]] = {
    "StockLevelChanged": _read_level_changed,
    "ItemChanged": _read_item_changed,
    "LocationChanged": _read_location_changed,
}


def time_of(at: datetime) -> str:
    """A moment as it is written: in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
