"""Shelves at four locations in two zones."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from domain.locations import Location
from domain.strategies import Shelf

Held = Mapping[str, int]
#: Location -> (zone, priority). By code they stand in another order than by priority.
SITES = {"A": ("south", 30), "B": ("north", 20), "C": ("south", 10), "D": ("north", 20)}


def shelf(code: str, available: int) -> Shelf:
    zone, priority = SITES[code]
    return Shelf(Location(UUID(int=ord(code)), code, code, zone=zone, priority=priority), available)


def shelves(**stock: Held) -> dict[str, list[Shelf]]:
    """SKU -> units by location."""
    return {sku: [shelf(code, units) for code, units in held.items()] for sku, held in stock.items()}
