"""Strategies: which locations serve the wants of an order that name none.

PRIORITY       the lowest priority number first, then the code
NEAREST        locations of the given zone first, then by priority
MOST_STOCK     for each want, the location that holds most of it first
FEWEST_SPLITS  as few locations as possible: each time the one that serves most of the wants whole
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from domain.locations import Location
from domain.value import value


class AllocationStrategy(StrEnum):
    PRIORITY = "PRIORITY"
    NEAREST = "NEAREST"
    MOST_STOCK = "MOST_STOCK"
    FEWEST_SPLITS = "FEWEST_SPLITS"


@value
class Want:
    """Units of a SKU that an order asks for; `location` None: wherever the strategy finds them."""

    sku: str
    location: str | None
    units: int


@value
class Shelf:
    """A location from which units of a SKU may be promised, and how many."""

    location: Location
    available: int


@value
class Share:
    """Units of one want (its number in the order) that one location serves."""

    want: int
    location: str
    units: int


#: SKU -> its shelves, each location at most once.
Shelves = Mapping[str, Sequence[Shelf]]
#: Wants by their number in the order.
Wants = Mapping[int, Want]


class Stock:
    """What the shelves still hold while one order is served."""

    def __init__(self, shelves: Shelves, zone: str | None) -> None:
        self.zone = zone
        self._shelves = shelves
        self._left = {(sku, shelf.location.code): shelf.available for sku, row in shelves.items() for shelf in row}

    def shelves(self, sku: str) -> Sequence[Shelf]:
        return self._shelves.get(sku, ())

    def left(self, sku: str, location: str) -> int:
        return max(0, self._left.get((sku, location), 0))

    def take(self, want: int, sku: str, location: str, units: int) -> Share | None:
        """As many of the units as there are; None where there is nothing."""
        taken = min(units, self.left(sku, location))
        if not taken:
            return None
        self._left[sku, location] -= taken
        return Share(want, location, taken)


def _one_by_one(order: Callable[[str, Shelf, Stock], tuple[object, ...]]) -> Callable[[Wants, Stock], Iterator[Share]]:
    """A strategy that sorts the shelves of each want by itself."""

    def serve(wants: Wants, stock: Stock) -> Iterator[Share]:
        for number, want in wants.items():
            units = want.units
            for shelf in sorted(stock.shelves(want.sku), key=lambda shelf: order(want.sku, shelf, stock)):
                if units and (share := stock.take(number, want.sku, shelf.location.code, units)):
                    units -= share.units
                    yield share

    return serve


def _by_priority(_: str, shelf: Shelf, stock: Stock) -> tuple[object, ...]:
    return shelf.location.priority, shelf.location.code


def _nearest(sku: str, shelf: Shelf, stock: Stock) -> tuple[object, ...]:
    return stock.zone is None or shelf.location.zone != stock.zone, *_by_priority(sku, shelf, stock)


def _most_stock(sku: str, shelf: Shelf, stock: Stock) -> tuple[object, ...]:
    return -stock.left(sku, shelf.location.code), *_by_priority(sku, shelf, stock)


def _fewest_splits(wants: Wants, stock: Stock) -> Iterator[Share]:
    """Greedy set cover (Chvátal 1979): the location that serves most wants whole, until none is served whole by one;
    then the location with most units of the rest."""
    waiting = {number: want.units for number, want in wants.items()}
    while waiting and (best := _best(wants, waiting, stock)):
        location, whole = best
        for number in sorted(whole or waiting):
            if share := stock.take(number, wants[number].sku, location, waiting[number]):
                waiting[number] -= share.units
                yield share
        waiting = {number: units for number, units in waiting.items() if units}


def _best(wants: Wants, waiting: Mapping[int, int], stock: Stock) -> tuple[str, list[int]] | None:
    """The location to serve from next, and the wants that it serves whole."""
    whole: dict[str, list[int]] = {}
    units: dict[str, int] = {}
    order: dict[str, tuple[object, ...]] = {}
    for number, wanted in waiting.items():
        for shelf in stock.shelves(wants[number].sku):
            code = shelf.location.code
            there = min(wanted, stock.left(wants[number].sku, code))
            units[code] = units.get(code, 0) + there
            order[code] = _by_priority(wants[number].sku, shelf, stock)
            if there == wanted:
                whole.setdefault(code, []).append(number)
    best = min(units, key=lambda code: (-len(whole.get(code, ())), -units[code], order[code]), default=None)
    return None if best is None or not units[best] else (best, whole.get(best, []))


STRATEGIES: Mapping[AllocationStrategy, Callable[[Wants, Stock], Iterator[Share]]] = {
    AllocationStrategy.PRIORITY: _one_by_one(_by_priority),
    AllocationStrategy.NEAREST: _one_by_one(_nearest),
    AllocationStrategy.MOST_STOCK: _one_by_one(_most_stock),
    AllocationStrategy.FEWEST_SPLITS: _fewest_splits,
}
