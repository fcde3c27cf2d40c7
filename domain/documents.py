"""Documents: pick lists, shipments and confirmations of the warehouse, laid on the lines of a reservation.

A document names goods by SKU, and by location where it knows it; the same SKU may stand in it several times. Of a line
no kind of document can tell more units than the line holds or has let go (`ReservationLine.tell`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import LineQuantity, ReservationLine, spread
from domain.reservations import Reservation


def units_told(
    reservation: Reservation, document: str, told: Sequence[LineQuantity] | None
) -> dict[int, int] | list[Refusal]:
    """Units by line number that have left by this document; None: all that is held. Or a refusal for each entry that
    names no line, or more than there is: INSUFFICIENT_STOCK where the rest is only waited for, else INVALID_QUANTITY.

    Nothing, where this kind of document has told all of it before.
    """
    room = {line.number: _room(line, document) for line in reservation.lines}
    if told is None:
        return {number: units for number, units in room.items() if units}
    units: Counter[int] = Counter()
    refusals: list[Refusal] = []
    for number, entry in enumerate(told):
        outcome = _lay(reservation, entry, room, units)
        if isinstance(outcome, Refusal):
            refusals.append(outcome.at("lines", str(number)))
        else:
            units.update(outcome)
    return refusals or dict(units)


def _room(line: ReservationLine, document: str) -> int:
    """Units that a kind of document may still tell of a line."""
    return max(0, line.allocated + line.committed - (line.told or {}).get(document, 0))


def _lay(
    reservation: Reservation, entry: LineQuantity, room: Mapping[int, int], taken: Mapping[int, int]
) -> dict[int, int] | Refusal:
    lines = [line for line in reservation.lines if line.sku == entry.sku]
    there = [line for line in lines if entry.location in (None, line.location)]
    waiting = sum(line.backordered for line in lines if entry.location in (None, line.wanted) or line.wanted is None)
    open_ = [(line.number, room[line.number] - taken.get(line.number, 0)) for line in there]
    units = dict(spread(entry.quantity, open_))
    if (short := entry.quantity - sum(units.values())) == 0:
        return units
    if short <= waiting:
        return _refuse(RefusalCode.INSUFFICIENT_STOCK, entry, sum(units.values()), f", {waiting} wait for stock")
    if not there:
        where = f" at '{entry.location}'" if entry.location is not None else ""
        message = f"The reservation of order '{reservation.order.id}' has no line of '{entry.sku}'{where}."
        return Refusal(RefusalCode.NOT_FOUND, message, ("sku",), entry.sku, entry.location)
    return _refuse(RefusalCode.INVALID_QUANTITY, entry, sum(units.values()))


def _refuse(code: RefusalCode, entry: LineQuantity, available: int, waiting: str = "") -> Refusal:
    message = f"quantity is {entry.quantity}: {available} of '{entry.sku}' can have left{waiting}."
    field, requested = ("quantity",), entry.quantity
    return Refusal(code, message, field, entry.sku, entry.location, requested=requested, available=available)
