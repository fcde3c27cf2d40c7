"""LevelIndex: which groups of streams a change may concern, found without asking the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from domain.events import StockLevelChanged
from subscriptions.hub.watch_group import WatchGroup

Shelf = dict[str | None, set[WatchGroup]]


class LevelIndex:
    """A group stands on one shelf, under each value its filter names there: the first shelf that its filter knows.

    A change is looked up under what the level is and what it was, since what leaves a filter is told too.
    """

    def __init__(self) -> None:
        self._unfiltered: set[WatchGroup] = set()
        self._shelves: dict[str, Shelf] = {name: {} for name in _VALUES}

    def add(self, group: WatchGroup) -> None:
        name, wanted = _place(group)
        if name is None:
            self._unfiltered.add(group)
            return
        for value in wanted:
            self._shelves[name].setdefault(value, set()).add(group)

    def remove(self, group: WatchGroup) -> None:
        name, wanted = _place(group)
        if name is None:
            self._unfiltered.discard(group)
            return
        shelf = self._shelves[name]
        for value in wanted:
            shelf[value].discard(group)
            if not shelf[value]:
                del shelf[value]

    def concerned(self, event: StockLevelChanged) -> Iterator[WatchGroup]:
        """Each at most once."""
        yield from tuple(self._unfiltered)
        for name, shelf in self._shelves.items():
            if shelf:
                yield from _found(shelf, _VALUES[name](event))


def _found(shelf: Shelf, values: set[str | None]) -> set[WatchGroup]:
    return set[WatchGroup]().union(*(shelf[value] for value in values if value in shelf))


def _place(group: WatchGroup) -> tuple[str | None, Collection[str]]:
    """The shelf and the values there; no shelf for a group that wants everything."""
    filter, vendor = group.filter, group.scope.vendor
    for name, wanted in (
        ("sku", filter.skus),
        ("location", filter.locations),
        ("vendor", filter.vendors if vendor is None else [vendor]),
        ("category", filter.categories),
        ("condition", filter.conditions),
        ("status", filter.status),
    ):
        if wanted is not None:
            return name, set(wanted)
    return None, ()


#: Shelf -> what a change is looked up under there.
_VALUES: dict[str, Callable[[StockLevelChanged], set[str | None]]] = {
    "sku": lambda event: {event.level.item.sku},
    "location": lambda event: {event.level.location.code},
    "vendor": lambda event: {event.level.item.vendor, event.before and event.before.vendor},
    "category": lambda event: {event.level.item.category, event.before and event.before.category},
    "condition": lambda event: {event.level.item.condition, event.before and event.before.condition},
    "status": lambda event: {event.level.status, event.before and event.before.status},
}
