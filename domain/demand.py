"""Demand: units that orders ask for, and those of them that were promised when they were asked for.

The fill rate is of it (`domain.health`): what was shipped cannot tell what was wanted. An order that is refused for
want of stock asked for all of its units and was served with none; one that is served in part, or queued for the rest,
with what it was promised at once. Orders refused for another reason (a SKU that is not there, a location that is
closed) ask for nothing that stock could serve. Who asks again asks once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.allocation import Allocation
from domain.orders import Unserved
from domain.refusals import RefusalCode
from domain.strategies import Want


class Demand(NamedTuple):
    """Units of a SKU that an order asked for at a moment. `location` is the one that serves them; of what none serves
    the one that the order named, None: whichever."""

    sku: str
    location: str | None
    asked: int
    served: int
    at: datetime


def demand_of(wants: Sequence[Want], outcome: Allocation | Unserved, at: datetime) -> Iterable[Demand]:
    """What an order asked for, by what became of it."""
    if isinstance(outcome, Unserved):
        if outcome.refusals[0].code is RefusalCode.INSUFFICIENT_STOCK:
            yield from (Demand(want.sku, want.location, want.units, 0, at) for want in wants)
        return
    for share in outcome.shares:
        yield Demand(wants[share.want].sku, share.location, share.units, share.units, at)
    for number, short in outcome.shortages.items():
        missing = short.requested - short.available
        yield Demand(wants[number].sku, wants[number].location, missing, 0, at)


def summed(asked: Iterable[Demand]) -> list[Demand]:
    """One of each SKU, location and moment."""
    units: Counter[tuple[str, str | None, datetime]] = Counter()
    served: Counter[tuple[str, str | None, datetime]] = Counter()
    for each in asked:
        units[each.sku, each.location, each.at] += each.asked
        served[each.sku, each.location, each.at] += each.served
    return [Demand(sku, location, count, served[sku, location, at], at) for (sku, location, at), count in units.items()]
