"""Keeping: what becomes of a SKU's rows when changes follow on what is kept, rollups and layers alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from domain.days import LocalDays
from domain.flows import Change, Flow
from domain.layers import Layer, Shelf, SkuShelves
from domain.rollups import SkuDay, SkuTotals, continued

#: A change with its location.
Moved = tuple[str, Change]


@dataclass(slots=True)
class DaysFrom(LocalDays):
    """The days of a zone where those before `first` are closed: what falls on one of them counts on `first`."""

    first: date = date.min

    def of(self, at: datetime) -> date:
        return max(LocalDays.of(self, at), self.first)


class SkuRows(NamedTuple):
    """Days that have entries, in their order, and new layers, each with its location or its transfer."""

    days: Sequence[SkuDay]
    layers: Sequence[tuple[str, Layer]]
    travelling: Sequence[tuple[str, Layer]]


@dataclass(slots=True)
class SkuState:
    """Where a SKU stands. It may lack levels and transfers that no change is of, and layers that none asks for.

    On hand of a shelf is that of its level, or what is on its way.
    """

    totals: SkuTotals = field(default_factory=SkuTotals)
    shelves: SkuShelves = field(default_factory=SkuShelves)

    def follow(self, changes: Sequence[Moved], days: LocalDays) -> SkuRows:
        """Fold changes in, in the order of `domain.rollups.fold`; the rows that they add or change."""
        rows = list(continued(self.totals, changes, days))
        levels, transfers = _counted(self.shelves.levels), _counted(self.shelves.transfers)
        for location, change in changes:
            self.shelves.add(location, change)
        return SkuRows(rows, _new(self.shelves.levels, levels), _new(self.shelves.transfers, transfers))


def carried(changes: Iterable[Moved]) -> set[str]:
    """The transfers of which units leave or come."""
    return {change.transfer for _, change in changes if change.transfer is not None and change.on_hand}


def stacked(changes: Iterable[Moved]) -> dict[str, bool]:
    """The locations whose layers the changes ask for: all that remain (True) or the last one only."""
    asked: dict[str, bool] = {}
    for location, change in changes:
        sends = change.on_hand < 0 and change.flow is Flow.SENT and change.transfer is not None
        if sends or change.on_hand > 0:
            asked[location] = sends or asked.get(location, False)
    return asked


def _counted(shelves: Mapping[str, Shelf]) -> dict[str, int]:
    return {name: len(shelf.layers) for name, shelf in shelves.items()}


def _new(shelves: Mapping[str, Shelf], before: Mapping[str, int]) -> list[tuple[str, Layer]]:
    return [(name, layer) for name, shelf in shelves.items() for layer in shelf.layers[before.get(name, 0) :]]
