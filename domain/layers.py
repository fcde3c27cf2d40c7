"""Layers: what came in together, numbered in the order in which it came to a level. What is on hand is the newest.

FIFO (IAS 2, 27): what came first leaves first. So what remains at any moment follows from the layers that had come by
then and from how much is on hand then: of a total that ever came, as much has left as is not there. Nothing is written
when goods leave, and no layer is ever changed.

- Goods are numbered by when they came to this level (`entered_at`), not by when they were received anywhere: with an
  old transfer that comes to a shelf of newer goods, the older ones of that shelf have left before it came.
- A transfer carries the sender's oldest units along, with when they were received and what they cost; part by part,
  the oldest first; what never arrives is the sender's again, as old as it was. It travels on a shelf of its own.
- A return and what a count found are received when they come: nobody knows which units they are. `origin` tells.
- The books may fall below zero where a sale is told before its receipt: the next units to come are then gone already.
  A transfer of units that the books do not have carries no age: they are received when they arrive.

Quantities are units, costs ticks of the tenant's currency for one unit (`domain.money`), None where not known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.flows import Change, Flow


class Origin(StrEnum):
    """How units came into stock at all; a transfer does not change it."""

    RECEIPT = "RECEIPT"
    RETURN = "RETURN"
    GAIN = "GAIN"
    TRANSFER = "TRANSFER"  # from where the books had none


_ORIGINS = {
    Flow.RECEIVED: Origin.RECEIPT,
    Flow.RETURNED: Origin.RETURN,
    Flow.GAINED: Origin.GAIN,
    Flow.ARRIVED: Origin.TRANSFER,
    Flow.SENT: Origin.TRANSFER,
}


class Parcel(NamedTuple):
    """Units of one age, one origin and one cost."""

    quantity: int
    received_at: datetime
    origin: Origin
    cost: int | None


class Layer(NamedTuple):
    """A parcel that came to a level. `cumulative` is what came there up to and with it; numbers begin with 1."""

    number: int
    entered_at: datetime
    cumulative: int
    parcel: Parcel


@dataclass(slots=True)
class Shelf:
    """Layers of a level, or of what travels with a transfer, in the order of their numbers, and what is there of them.

    Those of which nothing remains may be left out, but for the last. `on_hand` may be below zero.
    """

    layers: list[Layer] = field(default_factory=list[Layer])
    on_hand: int = 0

    @property
    def gone(self) -> int:
        """Of all units that ever came, how many have left; more than all while the books are below zero.

        What remains is what came above that. This is the rule wherever layers are read by SQL, too: above the last
        layer's `cumulative` less what is on hand.
        """
        return (self.layers[-1].cumulative if self.layers else 0) - self.on_hand

    def remaining(self) -> list[Parcel]:
        """What is there, in the order in which it came."""
        return self._between(self.gone, self.gone + self.on_hand)

    def put(self, parcel: Parcel, at: datetime) -> None:
        last = self.layers[-1] if self.layers else None
        number, before = (1, 0) if last is None else (last.number + 1, last.cumulative)
        self.layers.append(Layer(number, at, before + parcel.quantity, parcel))
        self.on_hand += parcel.quantity

    def take(self, quantity: int) -> list[Parcel]:
        """Let units leave; those of them that were there, in the order in which they came."""
        taken = self._between(self.gone, self.gone + min(quantity, max(self.on_hand, 0)))
        self.on_hand -= quantity
        return taken

    def _between(self, first: int, end: int) -> list[Parcel]:
        """Units by their place among all that ever came."""
        start = bisect_right(self.layers, first, key=lambda layer: layer.cumulative)
        return list(_cut(self.layers[start:], first, end))


def _cut(layers: Iterable[Layer], first: int, end: int) -> Iterator[Parcel]:
    for _, _, cumulative, parcel in layers:
        begin = cumulative - parcel.quantity
        if begin >= end:
            return
        yield parcel._replace(quantity=min(cumulative, end) - max(begin, first))


def remaining(layers: Sequence[Layer], on_hand: int) -> list[Parcel]:
    """What remains as of a moment: of the layers that had entered by then, with this on hand then."""
    return Shelf(list(layers), on_hand).remaining()


@dataclass(slots=True)
class SkuShelves:
    """The shelves of one SKU, by location, and those of its transfers, by what the ledger calls them.

    Changes of all locations are folded in the order in which they happened (`at`), then were recorded: what arrives
    must find what was sent.
    """

    levels: defaultdict[str, Shelf] = field(default_factory=lambda: defaultdict(Shelf))
    transfers: defaultdict[str, Shelf] = field(default_factory=lambda: defaultdict(Shelf))

    def add(self, location: str, change: Change) -> None:
        shelf = self.levels[location]
        if change.on_hand < 0:
            self._leave(shelf, change)
        elif change.on_hand > 0:
            for parcel in self._arriving(change):
                shelf.put(parcel, change.at)

    def _leave(self, shelf: Shelf, change: Change) -> None:
        if change.flow is Flow.SENT and change.transfer is not None:
            for parcel in shelf.take(-change.on_hand):
                self.transfers[change.transfer].put(parcel, change.at)
        else:
            shelf.on_hand += change.on_hand

    def _arriving(self, change: Change) -> list[Parcel]:
        """What travelled first, then what nobody knows to be older than this."""
        parcels = self._travelled(change)
        rest = change.on_hand - sum(parcel.quantity for parcel in parcels) if parcels else change.on_hand
        if rest and change.flow is not None:
            parcels.append(Parcel(rest, change.at, _ORIGINS[change.flow], change.cost))
        return parcels

    def _travelled(self, change: Change) -> list[Parcel]:
        if change.transfer is None or change.flow not in (Flow.ARRIVED, Flow.SENT):
            return []
        shelf = self.transfers[change.transfer]
        return shelf.take(min(change.on_hand, shelf.on_hand))
