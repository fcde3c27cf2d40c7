"""Parcels: what is held for the orders of a day until it leaves in the evening. So long an order can be called off."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from server.replay.documents import Order


@dataclass(slots=True)
class Parcel:
    """One order's reservation; `units` are those that it holds of each SKU."""

    order: Order
    reservation: UUID
    units: dict[str, int]

    @property
    def lines(self) -> int:
        """How many of its lines hold anything."""
        return sum(1 for units in self.units.values() if units)


class Parcels:
    """Those of one day."""

    def __init__(self) -> None:
        self._parcels: list[Parcel] = []

    def pack(self, parcel: Parcel) -> None:
        self._parcels.append(parcel)

    def unpack(self, customer: str, sku: str, units: int) -> Iterator[tuple[Parcel, int]]:
        """Take up to so many units of a SKU out of the customer's parcels, the latest order first."""
        own = [each for each in self._parcels if customer and each.order.customer == customer and each.units.get(sku)]
        for parcel in sorted(own, key=lambda parcel: parcel.order.line, reverse=True):
            if taken := min(units, parcel.units[sku]):
                units -= taken
                parcel.units[sku] -= taken
                yield parcel, taken

    def send(self) -> list[Parcel]:
        """All that still hold something, by the file; none is left behind."""
        sent = sorted((parcel for parcel in self._parcels if parcel.lines), key=lambda parcel: parcel.order.line)
        self._parcels = []
        return sent
