"""LevelTotals: what happened to one level since its first entry, summed up entry by entry.

A level is one SKU at one location. Totals are cumulative and can be extended exactly to any moment before the next
entry.

What is summed, all in whole numbers (PostgreSQL: bigint for units, numeric without fraction for the rest):

    units    base units of the item
    ticks    ten-thousandths of the tenant's currency (`domain.money`)
    times    units x microseconds, ticks x microseconds, microseconds

Cost is the moving weighted average (IAS 2, 27: recalculated as each shipment is received). A level holds a `value` in
ticks, never an average: what leaves takes its share of it along, rounded to a tick, so that no tick is lost.

- Goods received bring the cost of a unit that their entry says. Where it says none they are on hand without cost
  (`uncosted`), in no value, and leave first: they are the ones from before costs were kept.
- A transfer brings what its units were worth to the sender (`domain.transit`); what the sender's books did not have
  comes like goods received.
- What comes back or is found enters at the average of what is on hand; where nothing costed is, at the last average
  there was; where there never was one, at the cost its entry says.
- The books may fall below zero where a sale is told before the receipt it was taken from. Then nothing lies there:
  no units, no value. What was sold so is costed when the goods come, at their cost (`sold_short` until then).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from domain.days import lapsed
from domain.flows import OUTWARD, Change, Flow, Occasion
from domain.money import divided
from domain.transit import Load

_NO_LOAD = Load()
#: These bring a cost of their own, or none.
_COSTED_ANEW = frozenset({Flow.RECEIVED, Flow.ARRIVED})


class _Price(NamedTuple):
    """So many ticks for so many units, never reduced: a share of it is divided once."""

    ticks: int
    units: int

    def of(self, units: int) -> int:
        return divided(self.ticks * units, self.units)


class Times(NamedTuple):
    """What a level summed up over time: units there, those of them without cost, value there, and being out of stock.

    In units x microseconds, ticks x microseconds, and microseconds.
    """

    unit_time: int = 0
    uncosted_time: int = 0
    value_time: int = 0
    out_time: int = 0


@dataclass(slots=True)
class LevelTotals:
    """Totals of one level since its first entry (`began_at`, None before it) up to its last (`last_at`).

    Of the four quantities and `value`, `uncosted`, `sold_short`, `last_cost` it says how they are at the end.
    `moved_at` is when what is on hand last changed. `sold_costed` are the units of `sold` whose cost is in `cost_sold`.
    """

    began_at: datetime | None = None
    last_at: datetime | None = None
    last_version: int = 0
    moved_at: datetime | None = None

    # Units, as they are at the end.
    on_hand: int = 0
    allocated: int = 0
    unavailable: int = 0
    incoming: int = 0
    uncosted: int = 0
    sold_short: int = 0

    # Units, by flow.
    received: int = 0
    returned: int = 0
    arrived: int = 0
    gained: int = 0
    sold: int = 0
    sent: int = 0
    shrunk: int = 0
    used: int = 0
    sold_costed: int = 0

    # Ticks: of what is there at the end, of one unit of what was there last, and by flow.
    value: int = 0
    last_cost: int | None = None
    cost_sold: int = 0
    cost_returned: int = 0
    cost_shrunk: int = 0

    # Times: of units there, of those without cost, of value there, and with nothing available to promise.
    unit_time: int = 0
    uncosted_time: int = 0
    value_time: int = 0
    out_time: int = 0

    # ------------------------------------------------------------------ facts
    @property
    def occasion(self) -> Occasion | None:
        """That of the last entry."""
        return None if self.last_at is None else Occasion(self.last_at, self.last_version)

    @property
    def there(self) -> int:
        """Units on hand; none while the books are below zero."""
        return max(self.on_hand, 0)

    @property
    def costed(self) -> int:
        """Units on hand whose cost is in `value`."""
        return self.there - self.uncosted

    @property
    def out(self) -> bool:
        """Whether nothing is available to promise."""
        return self.on_hand - self.allocated - self.unavailable <= 0

    def times_at(self, at: datetime) -> Times:
        """Times up to a moment that no later entry comes before. Raises ValueError for one before the last entry."""
        time = 0 if self.last_at is None else lapsed(self.last_at, at)
        if time < 0:
            raise ValueError(f"Totals up to {self.last_at} say nothing of {at}: read those of an earlier day.")
        return Times(
            self.unit_time + self.there * time,
            self.uncosted_time + self.uncosted * time,
            self.value_time + self.value * time,
            self.out_time + (time if self.out else 0),
        )

    def copied(self) -> LevelTotals:
        """The same, to be changed apart."""
        return LevelTotals(*_all_of(self))

    # ------------------------------------------------------------------ the fold
    def add(self, change: Change, load: Load = _NO_LOAD) -> Load:
        """Fold the next entry in, with what a transfer brings; gives what left of what was there.

        Raises ValueError where the entry does not come behind the last.
        """
        if self.last_at is None:
            self.began_at = change.at
        elif (change.at, change.version) <= (self.last_at, self.last_version):
            raise ValueError(
                f"{change.occasion} does not come behind {self.occasion}: fold the level anew from its day on."
            )
        else:
            self.unit_time, self.uncosted_time, self.value_time, self.out_time = self.times_at(change.at)
        self.last_at, self.last_version = change.at, change.version
        left = _NO_LOAD if change.flow is None else self._move(change, change.flow, load)
        self.allocated += change.allocated
        self.unavailable += change.unavailable
        self.incoming += change.incoming
        return left

    def _move(self, change: Change, flow: Flow, load: Load) -> Load:
        signed = -change.on_hand if flow in OUTWARD else change.on_hand
        name = flow.value
        setattr(self, name, getattr(self, name) + signed)
        self.moved_at = change.at
        if change.on_hand < 0:
            return self._leave(-change.on_hand, flow)
        if load.units:
            self._enter(load.uncosted, flow, None)
            self._enter(load.costed, flow, _Price(load.value, load.costed))
        self._enter(change.on_hand - load.units, flow, self._price(flow, change.cost))
        return _NO_LOAD

    def _price(self, flow: Flow, cost: int | None) -> _Price | None:
        """At what cost units enter; None: without."""
        if flow not in _COSTED_ANEW:
            if self.costed > 0:
                return _Price(self.value, self.costed)
            cost = cost if self.last_cost is None else self.last_cost
        return None if cost is None else _Price(cost, 1)

    def _enter(self, units: int, flow: Flow, price: _Price | None) -> None:
        """First what left before it came is settled, the rest is there."""
        if units == 0:
            return
        settled = min(units, max(-self.on_hand, 0))
        settled_sold = min(settled, self.sold_short)
        self.sold_short -= settled_sold
        self.on_hand += units
        if price is None:
            self.uncosted += units - settled
            return
        self.sold_costed += settled_sold
        self.cost_sold += price.of(settled_sold)
        self.value += price.of(units) - price.of(settled)
        self.cost_returned += price.of(units) if flow is Flow.RETURNED else 0

    def _leave(self, units: int, flow: Flow) -> Load:
        there = min(units, self.there)
        uncosted = min(there, self.uncosted)
        costed, cost = there - uncosted, self._take(there - uncosted)
        self.uncosted -= uncosted
        self.on_hand -= units
        if flow is Flow.SOLD:
            self.sold_short += units - there
            self.sold_costed += costed
            self.cost_sold += cost
        elif flow is Flow.SHRUNK:
            self.cost_shrunk += cost
        return Load(uncosted, costed, cost)

    def _take(self, units: int) -> int:
        """Take costed units' share of the value."""
        if units == 0:
            return 0
        price = _Price(self.value, self.costed)
        cost, self.last_cost = price.of(units), price.of(1)
        self.value -= cost
        return cost


_all_of = attrgetter(*(field.name for field in fields(LevelTotals)))
