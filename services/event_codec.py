"""Events as JSON: the cause and the data of each type, written and read.

A field that a source names stands beside ours (`available_to_promise`, `productId`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.adjustments import AdjustmentAct, AdjustmentStatus
from domain.alerts import AlertAct
from domain.events import (
    AdjustmentApproved,
    AdjustmentChanged,
    AlertChanged,
    Before,
    Event,
    ItemBefore,
    ItemChanged,
    LocationChanged,
    ReservationChanged,
    ReservationRefused,
    StockLevelChanged,
    TransferChanged,
)
from domain.ledger import Cause, LedgerKind, Quantities, Stamp
from domain.levels import LevelState
from domain.reservations import ReservationAct
from domain.status import StockPolicy, StockStatus
from domain.transfers import TransferAct
from services.adjustment_codec import adjustment_fields, read_adjustment_approved, read_adjustment_changed
from services.alert_codec import alert_fields, read_alert_changed
from services.picture_codec import (
    item_fields,
    item_json,
    location_fields,
    location_json,
    read_item,
    read_location,
    time_of,
)
from services.reservation_codec import changed_fields, read_reservation_event, refused_fields
from services.transfer_codec import read_transfer_event, transfer_fields


def cause_of(event: Event) -> dict[str, Any] | None:
    """Why it happened; None where nobody's act caused it."""
    if isinstance(event, StockLevelChanged):
        return None if event.cause is None or event.kind is None else _cause(event.kind, event.cause)
    return _cause(None, Cause(event.actor) if isinstance(event, ItemChanged | LocationChanged) else event.cause)


def _cause(kind: LedgerKind | None, cause: Cause) -> dict[str, Any]:
    return {
        "kind": kind and kind.value,
        "referenceType": cause.reference_type,
        "reference": cause.reference,
        "reasonCode": cause.reason_code,
        "note": cause.note,
        "actor": cause.actor,
    }


def data_of(event: Event) -> dict[str, Any]:
    """The thing that changed, as it is after the change."""
    match event:
        case StockLevelChanged():
            return _level(event.level) | {"previous": event.before and _before(event.before)}
        case ReservationChanged():
            return changed_fields(event)
        case ReservationRefused():
            return refused_fields(event)
        case TransferChanged():
            return transfer_fields(event)
        case AdjustmentChanged():
            return adjustment_fields(event.state, event.status_before)
        case AdjustmentApproved():
            return adjustment_fields(event.state, AdjustmentStatus.PENDING_APPROVAL)
        case AlertChanged():
            return alert_fields(event)
        case ItemChanged():
            return item_fields(event.item) | {"previous": event.before and {"vendor": event.before.vendor}}
        case LocationChanged():
            return location_fields(event.location)


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
        "item": item_json(level.item),
        "location": location_json(level.location),
    }


def _before(before: Before) -> dict[str, Any]:
    return {
        "availableToPromise": before.available_to_promise,
        "status": before.status.value,
        "category": before.category,
        "vendor": before.vendor,
        "condition": before.condition,
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
        read_item(raw["item"]),
        read_location(raw["location"]),
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


def _read_item_changed(raw: Mapping[str, Any], stamp: Stamp) -> ItemChanged:
    previous = raw["data"].get("previous")  # which older events do not tell
    before = previous and ItemBefore(previous["vendor"])
    return ItemChanged(UUID(raw["id"]), read_item(raw["data"]), raw["cause"]["actor"], stamp.occurred_at, before)


def _read_location_changed(raw: Mapping[str, Any], stamp: Stamp) -> LocationChanged:
    return LocationChanged(UUID(raw["id"]), read_location(raw["data"]), raw["cause"]["actor"], stamp.occurred_at)


def _read_reservation_event(raw: Mapping[str, Any], stamp: Stamp) -> ReservationChanged | ReservationRefused:
    return read_reservation_event(raw, _read_cause(raw["cause"]), stamp.occurred_at)


def _read_transfer_event(raw: Mapping[str, Any], stamp: Stamp) -> TransferChanged:
    return read_transfer_event(raw, _read_cause(raw["cause"]), stamp.occurred_at)


def _read_adjustment_changed(raw: Mapping[str, Any], stamp: Stamp) -> AdjustmentChanged:
    return read_adjustment_changed(raw, _read_cause(raw["cause"]), stamp.occurred_at)


def _read_adjustment_approved(raw: Mapping[str, Any], stamp: Stamp) -> AdjustmentApproved:
    return read_adjustment_approved(raw, _read_cause(raw["cause"]), stamp.occurred_at)


def _read_alert_changed(raw: Mapping[str, Any], stamp: Stamp) -> AlertChanged:
    return read_alert_changed(raw, _read_cause(raw["cause"]), stamp.occurred_at)


#: Type -> what reads an event of it from an envelope.
READERS: Mapping[str, Callable[[Mapping[str, Any], Stamp], Event]] = {
    "StockLevelChanged": _read_level_changed,
    "ItemChanged": _read_item_changed,
    "LocationChanged": _read_location_changed,
    **{act.value: _read_reservation_event for act in ReservationAct},
    **{act.value: _read_transfer_event for act in TransferAct},
    **{act.value: _read_adjustment_changed for act in AdjustmentAct},
    "AdjustmentApproved": _read_adjustment_approved,
    **{act.value: _read_alert_changed for act in AlertAct},
}
