"""Health: how well stock does over a span of time, from sums over its levels.

`HealthTotals` of levels add up, of demand too, whatever the group; ratios are of the sums, never averages of ratios.
All sums are whole numbers (`domain.level_totals` says of what), so that no order of adding changes a figure; each is
divided once and rounded where it is shown. A figure whose denominator is 0 is None: nothing can be said.

What counts where something is missing:

- Levels count from their first entry on. A book below zero counts as nothing there.
- Figures of value cover the units whose cost is known, above and below the line alike. Where none is known at all they
  are None, and turnover and days of inventory are those of units: the missing value says so.
- Sales whose cost comes later (told before the receipt they were taken from) cost in the span in which it comes.
- `units_sold` and its cost are gross: returns do not lower them, they are told beside.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from domain.days import DAY_US, Span, lapsed, whole_days
from domain.level_totals import LevelTotals, Times
from domain.money import AMOUNT_PLACES, AVERAGE_PLACES, RATIO_PLACES, TICKS, amount_of, quotient

#: Days without a movement until stock is dead, unless asked for otherwise.
DEAD_AFTER_DAYS = 90


@dataclass(frozen=True, slots=True)
class HealthTotals:
    """Sums over levels in a span: units there when it begins and of each flow, ticks of cost, times (`Times`), and the
    microseconds that the levels existed; and units of demand, asked for and of them served at once."""

    opening: int = 0
    received: int = 0
    returned: int = 0
    arrived: int = 0
    gained: int = 0
    sold: int = 0
    sold_costed: int = 0
    sent: int = 0
    shrunk: int = 0
    cost_sold: int = 0
    cost_returned: int = 0
    unit_time: int = 0
    uncosted_time: int = 0
    value_time: int = 0
    out_time: int = 0
    existed: int = 0
    asked: int = 0
    served: int = 0

    def __add__(self, other: HealthTotals) -> HealthTotals:
        return HealthTotals(*(getattr(self, name) + getattr(other, name) for name in _SUMS))

    @classmethod
    def between(cls, before: LevelTotals, end: LevelTotals, span: Span) -> HealthTotals:
        """Those of one level: its totals `before` the span and at its `end`, each fresh where it had no entry yet."""
        if end.began_at is None:
            return cls()
        first = Times() if before.began_at is None else before.times_at(span.since)
        flows = {name: getattr(end, name) - getattr(before, name) for name in _FLOWS}
        times = {
            name: late - early for name, early, late in zip(Times._fields, first, end.times_at(span.until), strict=True)
        }
        existed = lapsed(max(span.since, end.began_at), span.until)
        return cls(opening=before.there, **flows, **times, existed=existed)

    @property
    def supplied(self) -> int:
        """Units that were there to sell: on hand at first, received, arrived here net of what was sent away, found."""
        return self.opening + self.received + self.arrived - self.sent + self.gained

    @property
    def costed(self) -> bool:
        """Whether the cost of any unit was known."""
        return self.unit_time > self.uncosted_time or self.sold_costed > 0


_SUMS = tuple(field.name for field in fields(HealthTotals))
#: Those that are differences of a level's totals.
_FLOWS = _SUMS[_SUMS.index("received") : _SUMS.index("unit_time")]


@dataclass(frozen=True, slots=True)
class HealthMetrics:
    """What is shown: amounts of the tenant's currency and averages with 2 decimal places, ratios with 4."""

    inventory_turnover: Decimal | None
    days_of_inventory: Decimal | None
    average_inventory_units: Decimal
    average_inventory_value: Decimal | None
    units_sold: int
    units_returned: int
    cost_of_goods_sold: Decimal | None
    sell_through_rate: Decimal | None
    stock_out_rate: Decimal | None
    fill_rate: Decimal | None
    shrinkage_units: int
    shrinkage_rate: Decimal | None


def metrics(totals: HealthTotals, span: Span) -> HealthMetrics:
    """All figures of a group over a span that is not empty."""
    return HealthMetrics(
        inventory_turnover=inventory_turnover(totals, span),
        days_of_inventory=days_of_inventory(totals),
        average_inventory_units=average_inventory_units(totals, span),
        average_inventory_value=average_inventory_value(totals, span),
        units_sold=totals.sold,
        units_returned=totals.returned,
        cost_of_goods_sold=cost_of_goods_sold(totals),
        sell_through_rate=sell_through_rate(totals),
        stock_out_rate=stock_out_rate(totals),
        fill_rate=fill_rate(totals),
        shrinkage_units=totals.shrunk,
        shrinkage_rate=shrinkage_rate(totals),
    )


def cost_of_goods_sold(totals: HealthTotals) -> Decimal | None:
    """Cost of the units sold, each at the moving weighted average of its level when it was sold (IAS 2, 25 and 27).

    Gross of returns. Units without a known cost are left out.
    """
    return amount_of(totals.cost_sold) if totals.costed else None


def average_inventory_units(totals: HealthTotals, span: Span) -> Decimal:
    """Units on hand on average over time: the integral of units on hand ÷ the length of the span.

    The time average of inventory theory (Silver, Pyke and Thomas, Inventory and Production Management in Supply
    Chains), which the mean of opening and closing stock only approximates.
    """
    return quotient(totals.unit_time, span.lapsed, AVERAGE_PLACES)


def average_inventory_value(totals: HealthTotals, span: Span) -> Decimal | None:
    """Value on hand on average over time, at moving weighted average cost: its integral ÷ the length of the span."""
    return quotient(totals.value_time, span.lapsed * TICKS, AMOUNT_PLACES) if totals.costed else None


def inventory_turnover(totals: HealthTotals, span: Span) -> Decimal | None:
    """How often stock was sold and replaced in the span: cost of goods sold ÷ average inventory at cost.

    APICS Dictionary, "inventory turnover" (there of a year: here of the span, not scaled to a year). In units, units
    sold ÷ average units, where no cost is known.
    """
    sold, held = _turned(totals)
    return _ratio(sold * span.lapsed, held, RATIO_PLACES)


def days_of_inventory(totals: HealthTotals) -> Decimal | None:
    """Days that the average stock lasts as it sold: days in the span ÷ turnover; None where nothing was sold.

    The inverse of turnover (Silver, Pyke and Thomas; Little's law: time in stock = stock ÷ throughput). A day is 24
    hours, whatever the clocks did.
    """
    sold, held = _turned(totals)
    return _ratio(held, sold * DAY_US, AVERAGE_PLACES)


def sell_through_rate(totals: HealthTotals) -> Decimal | None:
    """Share sold of what was there to sell: units sold ÷ (on hand at first + received), as retailers count it.

    Received counts what came from outside, what arrived from other locations net of what was sent to them, and what
    counts found. Above 1 where returned units were sold again.
    """
    return _ratio(totals.sold, totals.supplied, RATIO_PLACES)


def stock_out_rate(totals: HealthTotals) -> Decimal | None:
    """Share of time with nothing available to promise: time out ÷ time that the levels existed in the span.

    1 - ready rate, the measure P3 of Silver, Pyke and Thomas: the fraction of time with stock that is free.
    """
    return _ratio(totals.out_time, totals.existed, RATIO_PLACES)


def fill_rate(totals: HealthTotals) -> Decimal | None:
    """Share of demand met from stock: units promised when they were asked for ÷ units asked for, by reservations.

    The measure P2 of Silver, Pyke and Thomas: the fraction of demand that is satisfied from the shelf.
    """
    return _ratio(totals.served, totals.asked, RATIO_PLACES)


def shrinkage_rate(totals: HealthTotals) -> Decimal | None:
    """Share that shrank of what was there to sell (as of sell-through): shrinkage units ÷ (at first + received).

    APICS Dictionary, "shrinkage": reductions of actual quantities by scrap, theft, deterioration and the like: damage,
    theft, loss, waste, counts and corrections that found less. Gross: what counts found elsewhere does not lower it.
    """
    return _ratio(totals.shrunk, totals.supplied, RATIO_PLACES)


def days_without_movement(moved_at: datetime, at: datetime) -> int:
    """Times of 24 hours since what is on hand last changed."""
    return whole_days(moved_at, at)


def dead(on_hand: int, moved_at: datetime | None, at: datetime, after_days: int = DEAD_AFTER_DAYS) -> bool:
    """Whether stock is dead: units on hand, none of which moved for so many days.

    APICS Dictionary, "inactive inventory": stocks of items that have not been used for a defined period. Of a SKU at
    several locations: the sum on hand, and the last movement anywhere.
    """
    return on_hand > 0 and moved_at is not None and days_without_movement(moved_at, at) >= after_days


def _turned(totals: HealthTotals) -> tuple[int, int]:
    """What was sold, and the integral of what was held: ticks, or units where no cost is known."""
    return (totals.cost_sold, totals.value_time) if totals.costed else (totals.sold, totals.unit_time)


def _ratio(numerator: int, denominator: int, places: int) -> Decimal | None:
    return quotient(numerator, denominator, places) if denominator > 0 else None
