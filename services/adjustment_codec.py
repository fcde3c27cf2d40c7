"""Adjustments as JSON: what events say of them, written and read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.adjustment_state import AdjustmentState
from domain.adjustments import Adjustment, AdjustmentAct, AdjustmentStatus
from domain.events import AdjustmentApproved, AdjustmentChanged
from domain.ledger import Cause
from services.picture_codec import item_json, location_json, read_item, read_location, time_of


def adjustment_fields(state: AdjustmentState, before: AdjustmentStatus | None) -> dict[str, Any]:
    """The adjustment as it is after the change."""
    adjustment = state.adjustment
    return {
        "adjustmentId": str(adjustment.id),
        "version": adjustment.version,
        "sku": adjustment.sku,
        "productId": state.item.catalog_product_id,
        "quantityChange": adjustment.quantity_change,
        "quantityCounted": adjustment.quantity_counted,
        "reasonCode": adjustment.reason_code,
        "note": adjustment.note,
        "reference": adjustment.reference,
        "referenceType": adjustment.reference_type,
        "status": adjustment.status.value,
        "statusBefore": before and before.value,
        "requestedBy": adjustment.requested_by,
        "requestedAt": time_of(adjustment.requested_at),
        "expiresAt": adjustment.expires_at and time_of(adjustment.expires_at),
        "decidedBy": adjustment.decided_by,
        "decidedAt": adjustment.decided_at and time_of(adjustment.decided_at),
        "decisionNote": adjustment.decision_note,
        "item": item_json(state.item),
        "location": location_json(state.location),
    }


def read_adjustment_changed(raw: Mapping[str, Any], cause: Cause, at: datetime) -> AdjustmentChanged:
    """An event from its envelope. Raises KeyError, TypeError or ValueError for what is none."""
    data = raw["data"]
    before = data["statusBefore"] and AdjustmentStatus(data["statusBefore"])
    return AdjustmentChanged(UUID(raw["id"]), AdjustmentAct(raw["type"]), _read_state(data), before, cause, at)


def read_adjustment_approved(raw: Mapping[str, Any], cause: Cause, at: datetime) -> AdjustmentApproved:
    """The same of an approval."""
    return AdjustmentApproved(UUID(raw["id"]), _read_state(raw["data"]), cause, at)


def _read_state(raw: Mapping[str, Any]) -> AdjustmentState:
    location = read_location(raw["location"])
    adjustment = Adjustment(
        UUID(raw["adjustmentId"]),
        raw["sku"],
        location.code,
        raw["quantityChange"],
        raw["quantityCounted"],
        raw["reasonCode"],
        raw["note"],
        raw["requestedBy"],
        datetime.fromisoformat(raw["requestedAt"]),
        AdjustmentStatus(raw["status"]),
        raw["decidedBy"],
        raw["decidedAt"] and datetime.fromisoformat(raw["decidedAt"]),
        raw["decisionNote"],
        raw["version"],
        raw["expiresAt"] and datetime.fromisoformat(raw["expiresAt"]),
        raw["reference"],
        # Left out by who told of adjustments before it was known.
        raw.get("referenceType"),
    )
    return AdjustmentState(adjustment, read_item(raw["item"]), location)
