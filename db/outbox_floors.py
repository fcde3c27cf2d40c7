"""Floors: below which id a shard's rows are all finished, so that a read need not pass over what vacuum has not
cleared away yet.

A transaction draws its own id before it draws one for a row (`db.outbox_events.ADD`). So when a read finds a row to be
the lowest of its shard, each lower row still to come belongs to a transaction that had its id by then, below the xmax
of the read's snapshot. Once a later read, of the rows above the old floor, has a snapshot whose xmin has reached that
xmax, all of them have ended: what they left is in this read, and nothing lower can come any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Seen:
    """What one read told of a shard: its lowest and highest row, if any, and the snapshot that saw them."""

    lowest: int | None
    highest: int | None
    xmin: int
    xmax: int


@dataclass(slots=True)
class Floor:
    """Of one shard; `above` is what the next read passes: rows with a higher id."""

    above: int = 0
    _highest: int = 0
    _candidate: tuple[int, int] | None = field(default=None)

    def learn(self, seen: Seen) -> None:
        """Take in the latest read of the rows above the floor."""
        self._highest = max(self._highest, seen.highest or 0)
        lowest = self._highest + 1 if seen.lowest is None else seen.lowest
        if self._candidate is None:
            self._candidate = (lowest, seen.xmax)
            return
        first, xmax = self._candidate
        if xmax <= seen.xmin:
            self.above = max(self.above, min(first, lowest) - 1)
            self._candidate = None
