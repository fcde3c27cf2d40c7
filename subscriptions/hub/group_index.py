"""GroupIndex: which groups of streams a change may concern, found without asking the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, TypeAlias

from subscriptions.hub.kind import Shelf
from subscriptions.hub.watch_group import WatchGroup

_Groups: TypeAlias = dict[Hashable, set[WatchGroup]]


class GroupIndex:
    """A group stands on one shelf, under each value its filter names there: the first shelf that its filter knows.

    A change is looked up under what the thing is and what it was, since what leaves a filter is told too.
    """

    def __init__(self, shelves: Mapping[str, Shelf]) -> None:
        self._unfiltered: set[WatchGroup] = set()
        self._values: list[tuple[_Groups, Callable[[Any], Collection[Hashable]]]] = []
        self._groups: dict[str, _Groups] = {}
        for name, shelf in shelves.items():
            self._groups[name] = {}
            self._values.append((self._groups[name], shelf.values))

    def add(self, group: WatchGroup) -> None:
        place = group.place
        if place is None:
            self._unfiltered.add(group)
            return
        groups = self._groups[place.shelf]
        for value in place.values:
            groups.setdefault(value, set()).add(group)

    def remove(self, group: WatchGroup) -> None:
        place = group.place
        if place is None:
            self._unfiltered.discard(group)
            return
        groups = self._groups[place.shelf]
        for value in place.values:
            groups[value].discard(group)
            if not groups[value]:
                del groups[value]

    def concerned(self, event: object) -> list[WatchGroup]:
        """Each at most once."""
        found = list(self._unfiltered)
        for groups, values_of in self._values:
            if groups:
                found += _found(groups, values_of(event))
        return found


def _found(groups: _Groups, values: Collection[Hashable]) -> Collection[WatchGroup]:
    sets = [groups[value] for value in values if value in groups]
    return sets[0] if len(sets) == 1 else set[WatchGroup]().union(*sets)
