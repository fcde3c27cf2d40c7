"""Transfers as JSON: what events say of them, written and read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.events import TransferChanged
from domain.ledger import Cause
from domain.transfer_state import TransferState
from domain.transfers import Route, Transfer, TransferAct, TransferStatus
from services.picture_codec import item_json, location_json, read_item, read_location, time_of


def transfer_fields(event: TransferChanged) -> dict[str, Any]:
    """The transfer as it is after the change, and the units that this moved."""
    state, transfer = event.state, event.state.transfer
    return {
        "transferId": str(transfer.id),
        "version": transfer.version,
        "status": transfer.status.value,
        "statusBefore": event.status_before and event.status_before.value,
        "sku": transfer.route.sku,
        "productId": state.item.catalog_product_id,
        "quantity": transfer.quantity,
        "quantityReceived": transfer.received,
        "quantityMoved": event.moved,
        "reference": transfer.reference,
        "createdAt": time_of(transfer.created_at),
        "updatedAt": time_of(transfer.updated_at),
        "item": item_json(state.item),
        "from": location_json(state.origin),
        "to": location_json(state.destination),
    }


def read_transfer_event(raw: Mapping[str, Any], cause: Cause, at: datetime) -> TransferChanged:
    """An event from its envelope. Raises KeyError, TypeError or ValueError for what is none."""
    data = raw["data"]
    return TransferChanged(
        UUID(raw["id"]),
        TransferAct(raw["type"]),
        _read_state(data),
        data["statusBefore"] and TransferStatus(data["statusBefore"]),
        data["quantityMoved"],
        cause,
        at,
    )


def _read_state(raw: Mapping[str, Any]) -> TransferState:
    origin, destination = read_location(raw["from"]), read_location(raw["to"])
    transfer = Transfer(
        UUID(raw["transferId"]),
        Route(raw["sku"], origin.code, destination.code),
        raw["quantity"],
        datetime.fromisoformat(raw["createdAt"]),
        datetime.fromisoformat(raw["updatedAt"]),
        raw["quantityReceived"],
        TransferStatus(raw["status"]),
        raw["reference"],
        raw["version"],
    )
    return TransferState(transfer, read_item(raw["item"]), origin, destination)
