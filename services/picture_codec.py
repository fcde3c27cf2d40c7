"""Items and locations as JSON, as every event that speaks of one carries it.

Most events speak of an item that an event has spoken of before, so what is written of one is kept for a while.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from domain.items import Item
from domain.locations import Location

PICTURES_KEPT = 20_000


@lru_cache(PICTURES_KEPT)
def item_json(item: Item) -> orjson.Fragment:
    return orjson.Fragment(written(item_fields(item)))


@lru_cache(PICTURES_KEPT)
def location_json(location: Location) -> orjson.Fragment:
    return orjson.Fragment(written(location_fields(location)))


def item_fields(item: Item) -> dict[str, Any]:
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


def location_fields(location: Location) -> dict[str, Any]:
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


def read_item(raw: Mapping[str, Any]) -> Item:
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


def read_location(raw: Mapping[str, Any]) -> Location:
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


def written(told: object) -> bytes:
    """As JSON; moments as they are in UTC, with a Z."""
    return orjson.dumps(told, _uuid, orjson.OPT_UTC_Z)


def _uuid(told: object) -> str:
    """orjson knows `uuid.UUID` alone, not the driver's own kind of it."""
    if isinstance(told, UUID):
        return str(told)
    raise TypeError


def time_of(at: datetime) -> datetime:
    """A moment as `written` takes it: in UTC."""
    return at if at.tzinfo is UTC else at.astimezone(UTC)
