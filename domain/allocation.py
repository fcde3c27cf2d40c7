"""Allocation: from which shelves an order is served, as pure functions of what it wants and of what there is.

Wants that name a location are served before those that leave it open, so that the open ones take of what is left. A
strategy (`domain.strategies`) chooses locations for the open ones; nothing promises more than a shelf holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import islice
from operator import attrgetter

from domain.refusals import Refusal, RefusalCode
from domain.strategies import STRATEGIES, AllocationStrategy, Share, Shelves, Stock, Want
from domain.value import value

#: Parts into which an order may be split between locations; who allocates stops at the first beyond.
SHARES_MAX = 5_000


class FulfillmentPolicy(StrEnum):
    """What becomes of an order for which there is not enough: refused, served in part, or served and queued."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    PARTIAL = "PARTIAL"
    BACKORDER = "BACKORDER"


@value
class Shortage:
    """A want that could not be served in full: `available` units of it could."""

    sku: str
    location: str | None
    requested: int
    available: int

    def refusal(self, line: int) -> Refusal:
        return Refusal(
            RefusalCode.INSUFFICIENT_STOCK,
            f"{self.sku}{f' at {self.location}' if self.location else ''}: "
            f"{self.requested} asked, {self.available} available.",
            ("lines", str(line), "quantity"),
            self.sku,
            self.location,
            requested=self.requested,
            available=self.available,
        )


@value
class Allocation:
    """Which location serves what, want by want; and of the wants that are short, by their place in the order, what."""

    shares: tuple[Share, ...]
    shortages: dict[int, Shortage]


def summed(wants: Iterable[Want]) -> tuple[Want, ...]:
    """One want for each SKU and location, in the order in which they are first named."""
    wants = tuple(wants)
    if len(wants) == 1:
        return wants
    units: Counter[tuple[str, str | None]] = Counter()
    for want in wants:
        units[want.sku, want.location] += want.units
    return tuple(Want(sku, location, total) for (sku, location), total in units.items())


def allocate(
    wants: Sequence[Want], shelves: Shelves, strategy: AllocationStrategy, zone: str | None = None
) -> Allocation:
    """The most that can be served of each want."""
    stock = Stock(shelves, zone)
    shares = [
        share
        for number, want in enumerate(wants)
        if want.location is not None and (share := stock.take(number, want.sku, want.location, want.units))
    ]
    open_ = {number: want for number, want in enumerate(wants) if want.location is None}
    shares += islice(STRATEGIES[strategy](open_, stock), SHARES_MAX + 1)
    served: dict[int, int] = {}
    for share in shares:
        served[share.want] = served.get(share.want, 0) + share.units
    shortages = {
        number: Shortage(want.sku, want.location, want.units, served.get(number, 0))
        for number, want in enumerate(wants)
        if served.get(number, 0) < want.units
    }
    return Allocation(tuple(sorted(shares, key=attrgetter("want"))), shortages)
