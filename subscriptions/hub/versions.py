"""Versions: how far each thing was told, so that what comes again long after is known."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

VERSIONS_MAX = 50_000


class Versions:
    """The last version of each of the things that were told last."""

    def __init__(self, things_max: int = VERSIONS_MAX) -> None:
        self._things_max = things_max
        self._last: OrderedDict[UUID, int] = OrderedDict()

    def take(self, thing: UUID, version: int) -> bool:
        """Whether the version is news."""
        if version <= self._last.get(thing, 0):
            return False
        self._last[thing] = version
        self._last.move_to_end(thing)
        if len(self._last) > self._things_max:
            self._last.popitem(last=False)
        return True

    def clear(self) -> None:
        self._last.clear()
