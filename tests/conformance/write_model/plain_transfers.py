"""Transfers as the plain books have them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.write_model.plain_movements import PlainMovements
from tests.conformance.write_model.plain_stock import Answer, Level, Refused


@dataclass(slots=True)
class Way:
    """A transfer: the levels that it leads from and to, and how many units of how many have arrived."""

    origin: tuple[str, str]
    destination: tuple[str, str]
    units: int
    arrived: int = 0
    status: str = "IN_TRANSIT"
    changes: int = 1

    @property
    def open(self) -> int:
        return self.units - self.arrived if self.status == "IN_TRANSIT" else 0


class PlainTransfers(PlainMovements):
    """What the requirement says of transfers, for books that have levels, and tell and serve others."""

    ways: list[Way]
    told: list[tuple[str, int | None]]

    def send(self, sku: str, origin: str, destination: str, units: int) -> Answer:
        if origin == destination:
            raise Refused("INVALID_INPUT")
        self._quantity(units, 1)
        if sku not in self.goods:
            raise Refused("UNKNOWN_SKU")
        if not {origin, destination} <= self.sites.keys():
            raise Refused("UNKNOWN_LOCATION")
        for location in (origin, destination):
            self._place(sku, location)
        way = Way((sku, origin), (sku, destination), units)
        if units > self.levels.get(way.origin, Level()).available:
            raise Refused("INSUFFICIENT_STOCK")
        self.levels[way.origin].move(-units)
        self.levels.setdefault(way.destination, Level()).move(incoming=units)
        self.ways.append(way)
        self.told.append(("InventoryTransferred", None))
        return Answer(transfer=len(self.ways) - 1)

    def take_in(self, number: int | None, units: int) -> Answer:
        self._quantity(units, 1)
        if number is None:
            raise Refused("NOT_FOUND")
        self._place(*self.ways[number].destination)
        way = self._under_way(number)
        if units > way.open:
            raise Refused("INVALID_QUANTITY")
        self._examine_stock(way.destination, units)
        way.arrived += units
        way.status = "RECEIVED" if way.arrived == way.units else "IN_TRANSIT"
        self.levels[way.destination].move(units, incoming=-units)
        return self._moved(way, number, "InventoryTransferReceived")

    def call_off(self, number: int | None) -> Answer:
        """Also where it leads nowhere any more: the units have never been elsewhere."""
        way = self._under_way(number)
        self._examine_stock(way.origin, way.open)
        units, way.status = way.open, "CANCELLED"
        self.levels[way.origin].move(units)
        self.levels[way.destination].move(incoming=-units)
        return self._moved(way, number, "InventoryTransferCancelled")

    def _moved(self, way: Way, number: int | None, act: str) -> Answer:
        way.changes += 1
        self.told.append((act, None))
        self._serve_those_who_wait([way.origin[0]])
        return Answer(transfer=number)

    def _under_way(self, number: int | None) -> Way:
        if number is None:
            raise Refused("NOT_FOUND")
        if self.ways[number].status != "IN_TRANSIT":
            raise Refused("ILLEGAL_TRANSITION")
        return self.ways[number]
