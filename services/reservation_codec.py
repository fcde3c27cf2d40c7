"""Reservations as JSON: what events say of them, written and read.

The names that a source gives (reservationId, orderId, items, productId) stand beside ours. Lines name their item by its
SKU and their location by its code: each is described once, so that an event of a thousand lines stays well below what
Kafka takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.allocation import Shortage
from domain.events import ReservationChanged, ReservationRefused
from domain.items import Item
from domain.ledger import Cause
from domain.refusals import RefusalCode
from domain.reservation_lines import Moved, ReservationLine
from domain.reservation_state import LineState, ReservationState
from domain.reservations import Order, Reservation, ReservationAct, ReservationStatus
from domain.strategies import AllocationStrategy, Want
from services.picture_codec import item_json, location_json, read_item, read_location, time_of


def changed_fields(event: ReservationChanged) -> dict[str, Any]:
    """The reservation as it is after the change, and the units that moved."""
    reservation = event.state.reservation
    items = {each.item.sku: each.item for each in event.state.lines if each.item}
    locations = {each.location.code: each.location for each in event.state.lines if each.location}
    return {
        "reservationId": reservation.id,
        **_order(reservation.order),
        "version": reservation.version,
        "status": reservation.status.value,
        "statusBefore": event.status_before and event.status_before.value,
        "confirmed": reservation.confirmed,
        "expiresAt": reservation.expires_at and time_of(reservation.expires_at),
        "createdAt": time_of(reservation.created_at),
        "updatedAt": time_of(reservation.updated_at),
        "reason": reservation.failure and reservation.failure.value,
        "items": [
            {"sku": sku, "productId": _product(items.get(sku)), "location": location, "quantity": units}
            for sku, location, units in event.moved
        ],
        "lines": [_line(each) for each in event.state.lines],
        "itemsBySku": {sku: item_json(item) for sku, item in items.items()},
        "locationsByCode": {code: location_json(location) for code, location in locations.items()},
        "shortages": _shortages(reservation.shortages),
    }


def refused_fields(event: ReservationRefused) -> dict[str, Any]:
    """An order of which no reservation is kept: the same names, as far as there is anything to say."""
    return {
        "reservationId": None,
        **_order(event.order),
        "reason": event.reason.value,
        "items": [],
        "shortages": _shortages(event.shortages),
    }


def read_reservation_event(
    raw: Mapping[str, Any], cause: Cause, at: datetime
) -> ReservationChanged | ReservationRefused:
    """An event from its envelope. Raises KeyError, TypeError or ValueError for what is none."""
    data = raw["data"]
    if data["reservationId"] is None:
        reason, shortages = RefusalCode(data["reason"]), _read_shortages(data["shortages"])
        return ReservationRefused(UUID(raw["id"]), _read_order(data), reason, shortages, cause, at)
    return ReservationChanged(
        UUID(raw["id"]),
        ReservationAct(raw["type"]),
        _read_state(data),
        data["statusBefore"] and ReservationStatus(data["statusBefore"]),
        tuple(Moved(each["sku"], each["location"], each["quantity"]) for each in data["items"]),
        cause,
        at,
    )


def _order(order: Order) -> dict[str, Any]:
    return {
        "orderId": order.id,
        "channel": order.channel,
        "strategy": order.strategy.value,
        "zone": order.zone,
        "ttlSeconds": order.ttl_seconds,
        "wanted": [{"sku": want.sku, "location": want.location, "quantity": want.units} for want in order.wants],
    }


def _line(state: LineState) -> dict[str, Any]:
    line = state.line
    return {
        "id": state.id,
        "number": line.number,
        "sku": line.sku,
        "quantity": line.quantity,
        "quantityAllocated": line.allocated,
        "quantityBackordered": line.backordered,
        "quantityCommitted": line.committed,
        "quantityReleased": line.released,
        "location": line.location,
        "wantedLocation": line.wanted,
    }


def _product(item: Item | None) -> str | None:
    return item and item.catalog_product_id


def _shortages(shortages: Iterable[Shortage]) -> list[dict[str, Any]]:
    return [
        {"sku": each.sku, "location": each.location, "requested": each.requested, "available": each.available}
        for each in shortages
    ]


def _read_order(raw: Mapping[str, Any]) -> Order:
    return Order(
        raw["orderId"],
        tuple(Want(each["sku"], each["location"], each["quantity"]) for each in raw["wanted"]),
        AllocationStrategy(raw["strategy"]),
        raw["zone"],
        raw["channel"],
        raw["ttlSeconds"],
    )


def _read_state(raw: Mapping[str, Any]) -> ReservationState:
    items = {sku: read_item(item) for sku, item in raw["itemsBySku"].items()}
    locations = {code: read_location(location) for code, location in raw["locationsByCode"].items()}
    lines = tuple(_read_line(each) for each in raw["lines"])
    reservation = Reservation(
        UUID(raw["reservationId"]),
        _read_order(raw),
        ReservationStatus(raw["status"]),
        lines,
        datetime.fromisoformat(raw["createdAt"]),
        datetime.fromisoformat(raw["updatedAt"]),
        raw["expiresAt"] and datetime.fromisoformat(raw["expiresAt"]),
        raw["confirmed"],
        _read_shortages(raw["shortages"]),
        raw["reason"] and RefusalCode(raw["reason"]),
        raw["version"],
    )
    return ReservationState.of(reservation, items, locations)


def _read_line(raw: Mapping[str, Any]) -> ReservationLine:
    return ReservationLine(
        raw["number"],
        raw["sku"],
        raw["location"],
        raw["quantity"],
        raw["quantityAllocated"],
        raw["quantityBackordered"],
        raw["quantityCommitted"],
        raw["quantityReleased"],
        raw["wantedLocation"],
    )


def _read_shortages(raw: Iterable[Mapping[str, Any]]) -> tuple[Shortage, ...]:
    return tuple(Shortage(each["sku"], each["location"], each["requested"], each["available"]) for each in raw)
