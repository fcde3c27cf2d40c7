"""Floors: below which id a shard's rows are all finished, so that a read need not pass over what vacuum has not
cleared away yet.

A transaction draws its own id before it draws one for a row (`db.outbox_events.ADD`). So when a read finds a row to be
the lowest of its shard, each lower row still to come belongs to a transaction that had its id by then: below the id
that the relay's own transaction draws afterwards, to finish what was read. The xmax of the read's snapshot is no such
bound: it is one past the latest transaction that has *ended*, and one under way may have had a higher id for long.

Once a later read, of the rows above the old floor, has a snapshot whose xmin has reached that bound, all of them have
ended: what they left is in this read, and nothing lower can come any more.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """What one read told of a shard: its lowest and highest row, if any, and its snapshot's oldest transaction."""

    lowest: int | None
    highest: int | None
    xmin: int


@dataclass(slots=True)
class Floor:
    """Of one shard; `above` is what the next read passes: rows with a higher id."""

    above: int = 0
    _highest: int = 0
    #: The lowest row of an earlier read, and a transaction that drew its id after that read.
    _lowest: int | None = None
    _drawn_after: int | None = None

    def learn(self, seen: Seen) -> None:
        """Take in the latest read of the rows above the floor."""
        self._highest = max(self._highest, seen.highest or 0)
        lowest = self._highest + 1 if seen.lowest is None else seen.lowest
        if self._lowest is None:
            self._lowest = lowest
        elif self._drawn_after is not None and self._drawn_after <= seen.xmin:
            self.above = max(self.above, min(self._lowest, lowest) - 1)
            self._lowest = self._drawn_after = None

    def drawn(self, transaction: int) -> None:
        """A transaction has drawn this id since the latest read."""
        if self._lowest is not None and self._drawn_after is None:
            self._drawn_after = transaction
