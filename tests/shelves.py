"""What lies on shelves, unit by unit: first in, first out, reckoned from the raw entries without `domain.layers`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from domain.ledger import LedgerEntry


class Piece(NamedTuple):
    """One unit: since when it is there, and what it cost."""

    since: datetime
    cost: Decimal | None


@dataclass
class Pile:
    """Pieces, the first that came in front, and how many have been taken that were not there."""

    pieces: list[Piece] = field(default_factory=list[Piece])
    owed: int = 0

    def lay(self, piece: Piece) -> None:
        if self.owed:
            self.owed -= 1
        else:
            self.pieces.append(piece)

    def take(self, count: int) -> list[Piece]:
        taken, self.pieces = self.pieces[:count], self.pieces[count:]
        self.owed += count - len(taken)
        return taken


def lying(levels: Mapping[str, Sequence[LedgerEntry]], at: datetime, currency: str) -> dict[str, list[Piece]]:
    """The pieces of a SKU at each location at a moment."""
    piles, roads = defaultdict[str, Pile](Pile), defaultdict[str, list[Piece]](list)
    told = [(location, entry) for location, entries in levels.items() for entry in entries]
    for location, entry in sorted(told, key=lambda each: (each[1].stamp.occurred_at, each[1].level_version)):
        if entry.stamp.occurred_at <= at:
            _write(piles[location], roads, entry, currency)
    return {location: piles[location].pieces for location in levels}


def _write(pile: Pile, roads: dict[str, list[Piece]], entry: LedgerEntry, currency: str) -> None:
    units, transfer = entry.change.on_hand, entry.cause.reference
    road = roads[transfer] if transfer and entry.kind.value.startswith("TRANSFER") else []
    if units < 0:
        road += pile.take(-units)
    new = Piece(entry.stamp.occurred_at, entry.unit_cost if entry.currency == currency else None)
    for _ in range(units):
        pile.lay(road.pop(0) if road else new)
