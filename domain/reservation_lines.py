"""ReservationLine: units of one SKU that a reservation holds at one location, or waits for.

A line's id holds that of its reservation: the reservation's with the line's number in the last sixteen bits, which are
zero in every reservation's id. So a line is found by its id alone, without an index of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from domain.quantities import invalid_quantity
from domain.refusals import Refusal, RefusalCode
from domain.strategies import Share, Want
from domain.texts import CODE_LENGTH_MAX, SKU_LENGTH_MAX, invalid_identifier
from domain.value import value

#: Lines that one request may name.
LINES_MAX = 1_000
#: Lines that a reservation may come to have: those asked for, and those that were split between locations.
NUMBERS_MAX = 1 << 16
_NUMBER = NUMBERS_MAX - 1


def reservation_id(id_: UUID) -> UUID:
    """An id for a reservation, made from any other; or that of the reservation to which a line belongs."""
    return UUID(int=id_.int & ~_NUMBER)


def line_id(reservation: UUID, number: int) -> UUID:
    """Raises ValueError for a number that no line can have."""
    if not 0 <= number < NUMBERS_MAX:
        raise ValueError(f"a reservation has at most {NUMBERS_MAX} lines")
    return UUID(int=reservation.int | number)


def line_number(id_: UUID) -> int:
    return id_.int & _NUMBER


class Moved(NamedTuple):
    """Units of a SKU at a location that were promised, shipped or given back."""

    sku: str
    location: str
    units: int


@value
class ReservationLine:
    """`quantity` = allocated + backordered + committed + released. `location` is None while it waits for stock;
    `wanted` is the location that the order insisted on. `told` counts, for each kind of document, the units of which it
    said that they left."""

    number: int
    sku: str
    location: str | None
    quantity: int
    allocated: int = 0
    backordered: int = 0
    committed: int = 0
    released: int = 0
    wanted: str | None = None
    told: Mapping[str, int] | None = None

    @classmethod
    def held(cls, number: int, want: Want, share: Share) -> ReservationLine:
        return cls(number, want.sku, share.location, share.units, allocated=share.units, wanted=want.location)

    @classmethod
    def waiting(cls, number: int, want: Want, units: int) -> ReservationLine:
        return cls(number, want.sku, None, units, backordered=units, wanted=want.location)

    @property
    def open(self) -> int:
        """Units that are held or waited for."""
        return self.allocated + self.backordered

    def commit(self, units: int) -> ReservationLine:
        return replace(self, allocated=self.allocated - units, committed=self.committed + units)

    def release(self, units: int) -> ReservationLine:
        """A line waits or holds, never both."""
        waiting = min(units, self.backordered)
        held = units - waiting
        return replace(
            self,
            backordered=self.backordered - waiting,
            allocated=self.allocated - held,
            released=self.released + units,
        )

    def place(self, location: str) -> ReservationLine:
        """All that it waits for is held there now."""
        return replace(self, location=location, allocated=self.backordered, backordered=0)

    def shrink(self, units: int) -> ReservationLine:
        """Some of what it waits for is another line's now."""
        return replace(self, quantity=self.quantity - units, backordered=self.backordered - units)

    def grow(self, units: int) -> ReservationLine:
        return replace(self, quantity=self.quantity + units, allocated=self.allocated + units)

    def serves(self, waiting: ReservationLine, location: str) -> bool:
        """Whether it is the line at this location of the goods for which the other waits."""
        return (self.sku, self.location, self.wanted) == (waiting.sku, location, waiting.wanted)

    def tell(self, document: str, units: int) -> ReservationLine:
        """A kind of document says that units have left."""
        told = self.told or {}
        return replace(self, told={**told, document: told.get(document, 0) + units})

    def untold(self, document: str) -> int:
        """Held units that, by what this kind of document has told in all, have left too."""
        told = (self.told or {}).get(document, 0)
        return min(self.allocated, max(0, told - self.committed))


def filled(lines: Sequence[ReservationLine], number: int, share: Share) -> list[ReservationLine]:
    """The lines after the one of this number, which waits, was given a share: its own location where that is all of it;
    else the units go to the line of the same goods there, or to a new one."""
    by_number = {line.number: line for line in lines}
    waiting = by_number[number]
    if share.units == waiting.quantity:
        by_number[number] = waiting.place(share.location)
        return list(by_number.values())
    by_number[number] = waiting.shrink(share.units)
    there = next((line for line in lines if line.serves(waiting, share.location)), None)
    if there is None:
        there = ReservationLine(max(by_number) + 1, waiting.sku, share.location, 0, wanted=waiting.wanted)
    by_number[there.number] = there.grow(share.units)
    return list(by_number.values())


def moved(before: Sequence[ReservationLine], after: Sequence[ReservationLine]) -> tuple[Moved, ...]:
    """The units by which what is held has fallen, line by line."""
    return tuple(
        Moved(line.sku, line.location, line.allocated - later.allocated)
        for line, later in zip(before, after, strict=True)
        if line.location is not None and line.allocated != later.allocated
    )


@value
class LineQuantity:
    """Units of a line, named by its id, or by SKU (and location): then of the lines of it that have
    any left for this, in line order."""

    quantity: int
    line_id: UUID | None = None
    sku: str | None = None
    location: str | None = None


def invalid_lines(lines: Sequence[LineQuantity] | None) -> Refusal | None:
    """What is wrong with a list of lines, whatever the reservation: its length, else the first line that is wrong."""
    if lines is None:
        return None
    if 0 < len(lines) <= LINES_MAX:
        wrong = ((number, refusal) for number, line in enumerate(lines) if (refusal := _invalid_line(line)))
        return next((refusal.at("lines", str(number)) for number, refusal in wrong), None)
    if not lines:
        message = "lines is empty: leave it out for everything."
        return Refusal(RefusalCode.INVALID_INPUT, message, ("lines",))
    message = f"lines has {len(lines)}: give at most {LINES_MAX}."
    return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("lines",), requested=len(lines), limit=LINES_MAX)


def _invalid_line(line: LineQuantity) -> Refusal | None:
    return (
        _invalid_name(line)
        or invalid_identifier("sku", line.sku, SKU_LENGTH_MAX)
        or invalid_identifier("location", line.location, CODE_LENGTH_MAX)
        or invalid_quantity(line.quantity, line.sku, line.location)
    )


def _invalid_name(line: LineQuantity) -> Refusal | None:
    if (line.line_id is None) == (line.sku is None):
        message = "A line is named by lineId or by sku: give one of them."
        return Refusal(RefusalCode.INVALID_INPUT, message, ("lineId",))
    if line.line_id is not None and line.location is not None:
        message = "location goes with sku: leave it out, a lineId names one line already."
        return Refusal(RefusalCode.INVALID_INPUT, message, ("location",))
    return None


def chosen(
    reservation: UUID, lines: Sequence[ReservationLine], asked: Sequence[LineQuantity], *, waiting: bool
) -> dict[int, int] | list[Refusal]:
    """Units by line number; or a refusal for each entry that names no line, a line twice, or more than is open.

    `waiting`: whether units that wait for stock are open for this, as they are for a release.
    """
    left = {line.number: line.open if waiting else line.allocated for line in lines}
    units: dict[int, int] = {}
    refusals: list[Refusal] = []
    for number, entry in enumerate(asked):
        outcome = _choose(reservation, lines, entry, left, units)
        if isinstance(outcome, Refusal):
            refusals.append(outcome.at("lines", str(number)))
        else:
            units |= outcome
    return refusals or units


def _choose(
    reservation: UUID,
    lines: Sequence[ReservationLine],
    entry: LineQuantity,
    left: Mapping[int, int],
    taken: Mapping[int, int],
) -> dict[int, int] | Refusal:
    if refusal := _invalid_line(entry):
        return refusal
    named = _named(entry, reservation, lines)
    if not named:
        return _unknown(entry)
    if any(line.number in taken for line in named):
        field = "lineId" if entry.line_id is not None else "sku"
        return Refusal(RefusalCode.DUPLICATE_LINE, "This line is named twice: name each once.", (field,), entry.sku)
    open_ = sum(left[line.number] for line in named)
    if entry.quantity > open_:
        return Refusal(
            RefusalCode.INVALID_QUANTITY,
            f"quantity is {entry.quantity}: {open_} of '{named[0].sku}' are open.",
            ("quantity",),
            named[0].sku,
            entry.location,
            requested=entry.quantity,
            available=open_,
        )
    return dict(spread(entry.quantity, [(line.number, left[line.number]) for line in named]))


def spread(units: int, open_: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Units given to lines (number, open units) in their order, as much to each as it takes."""
    for number, room in open_:
        if taken := min(units, room):
            units -= taken
            yield number, taken


def _named(entry: LineQuantity, reservation: UUID, lines: Sequence[ReservationLine]) -> list[ReservationLine]:
    if entry.line_id is None:
        return [line for line in lines if line.sku == entry.sku and entry.location in (None, line.location)]
    number = line_number(entry.line_id) if reservation_id(entry.line_id) == reservation else None
    return [line for line in lines if line.number == number]


def _unknown(entry: LineQuantity) -> Refusal:
    field = "lineId" if entry.line_id is not None else "sku"
    what = "line" if entry.line_id is not None else f"line of '{entry.sku}'"
    where = f" at '{entry.location}'" if entry.location is not None else ""
    message = f"The reservation has no such {what}{where}: name one of those that it shows."
    return Refusal(RefusalCode.NOT_FOUND, message, (field,), entry.sku, entry.location)
