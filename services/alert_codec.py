"""Alerts as JSON: what events say of them, written and read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.alert_state import AlertState
from domain.alerts import Alert, AlertAct, AlertKind, AlertStatus
from domain.events import AlertChanged
from domain.ledger import Cause
from services.picture_codec import item_json, location_json, read_item, read_location, time_of


def alert_fields(event: AlertChanged) -> dict[str, Any]:
    """The alert as it is after the change."""
    state, alert = event.state, event.state.alert
    return {
        "alertId": str(alert.id),
        "version": alert.version,
        "kind": alert.kind.value,
        "kindBefore": event.kind_before and event.kind_before.value,
        "status": alert.status.value,
        "statusBefore": event.status_before and event.status_before.value,
        "sku": alert.sku,
        "productId": state.item.catalog_product_id,
        "remainingQuantity": alert.remaining,
        "threshold": alert.threshold,
        "openedAt": time_of(alert.opened_at),
        "updatedAt": time_of(alert.updated_at),
        "acknowledgedBy": alert.acknowledged_by,
        "acknowledgedAt": alert.acknowledged_at and time_of(alert.acknowledged_at),
        "resolvedAt": alert.resolved_at and time_of(alert.resolved_at),
        "item": item_json(state.item),
        "location": location_json(state.location),
    }


def read_alert_changed(raw: Mapping[str, Any], cause: Cause, at: datetime) -> AlertChanged:
    """An event from its envelope. Raises KeyError, TypeError or ValueError for what is none."""
    data = raw["data"]
    state = AlertState(_read_alert(data), read_item(data["item"]), read_location(data["location"]))
    kind_before = data["kindBefore"] and AlertKind(data["kindBefore"])
    status_before = data["statusBefore"] and AlertStatus(data["statusBefore"])
    return AlertChanged(UUID(raw["id"]), AlertAct(raw["type"]), state, kind_before, status_before, cause, at)


def _read_alert(raw: Mapping[str, Any]) -> Alert:
    return Alert(
        UUID(raw["alertId"]),
        AlertKind(raw["kind"]),
        raw["sku"],
        raw["location"]["code"],
        raw["remainingQuantity"],
        raw["threshold"],
        datetime.fromisoformat(raw["openedAt"]),
        datetime.fromisoformat(raw["updatedAt"]),
        AlertStatus(raw["status"]),
        raw["acknowledgedBy"],
        raw["acknowledgedAt"] and datetime.fromisoformat(raw["acknowledgedAt"]),
        raw["resolvedAt"] and datetime.fromisoformat(raw["resolvedAt"]),
        raw["version"],
    )
