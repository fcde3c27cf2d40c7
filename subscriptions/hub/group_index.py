"""GroupIndex: which groups of streams a change may concern, found without asking the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
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
        self._wanted = {name: shelf.wanted for name, shelf in shelves.items()}
        self._values: list[tuple[_Groups, Callable[[Any], Collection[Hashable]]]] = []
        self._groups: dict[str, _Groups] = {}
        for name, shelf in shelves.items():
            self._groups[name] = {}
            self._values.append((self._groups[name], shelf.values))

    def add(self, group: WatchGroup) -> None:
        found = self._place(group)
        if found is None:
            self._unfiltered.add(group)
            return
        groups, wanted = found
        for value in wanted:
            groups.setdefault(value, set()).add(group)

    def remove(self, group: WatchGroup) -> None:
        found = self._place(group)
        if found is None:
            self._unfiltered.discard(group)
            return
        groups, wanted = found
        for value in wanted:
            groups[value].discard(group)
            if not groups[value]:
                del groups[value]

    def concerned(self, event: object) -> Iterator[WatchGroup]:
        """Each at most once."""
        yield from tuple(self._unfiltered)
        for groups, values_of in self._values:
            if groups:
                yield from _found(groups, values_of(event))

    def _place(self, group: WatchGroup) -> tuple[_Groups, set[Hashable]] | None:
        """The shelf and the values there; None for a group that wants everything."""
        _, scope, filter = group.key
        for name, wanted_by in self._wanted.items():
            wanted = wanted_by(scope, filter)
            if wanted is not None:
                return self._groups[name], set(wanted)
        return None


def _found(groups: _Groups, values: Collection[Hashable]) -> set[WatchGroup]:
    return set[WatchGroup]().union(*(groups[value] for value in values if value in groups))
