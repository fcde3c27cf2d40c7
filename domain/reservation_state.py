"""ReservationState: an unchanging picture of a reservation with what its lines are and where they lie.

Read models return it, events carry it, subscribers are sent it: one shape from the row to the screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from domain.items import Item
from domain.locations import Location
from domain.reservation_lines import ReservationLine, line_id
from domain.reservations import Reservation, ReservationStatus
from domain.value import value


@value
class LineState:
    """`item` is None for a SKU that does not exist, `location` while the line waits for stock."""

    id: UUID
    line: ReservationLine
    item: Item | None
    location: Location | None


@value
class ReservationState:
    reservation: Reservation
    lines: tuple[LineState, ...]

    @classmethod
    def of(
        cls, reservation: Reservation, items: Mapping[str, Item], locations: Mapping[str, Location]
    ) -> ReservationState:
        lines = [
            LineState(
                line_id(reservation.id, line.number),
                line,
                items.get(line.sku),
                None if line.location is None else locations.get(line.location),
            )
            for line in reservation.lines
        ]
        return cls(reservation, tuple(lines))

    @property
    def id(self) -> UUID:
        return self.reservation.id

    @property
    def version(self) -> int:
        return self.reservation.version

    @property
    def status(self) -> ReservationStatus:
        return self.reservation.status

    def seen_by(self, vendor: str | None) -> ReservationState | None:
        """What a vendor may see of it: the lines and shortages of its own items; None where it has none.

        With no vendor, the tenant's own people see all of it.
        """
        if vendor is None:
            return self
        lines = tuple(each for each in self.lines if each.item is not None and each.item.vendor == vendor)
        skus = {each.line.sku for each in lines}
        if not lines:
            return None
        shortages = tuple(short for short in self.reservation.shortages if short.sku in skus)
        return replace(self, reservation=replace(self.reservation, shortages=shortages), lines=lines)
