"""The retailer's shelves as the replay sees them: what is left, what is on order, and when to buy again.

The picture is made of the replay's own decisions alone, which a repeated run is given again: so it buys the same goods
on the same days, and nothing happens twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import NamedTuple

from server.replay.survey import OPENING_DAYS, SkuSurvey, Survey

#: Goods ordered in the evening are on the shelf on the second morning.
LEAD_DAYS = 2
#: A shelf is filled up again when less than this is left on it or on its way; a delivery covers OPENING_DAYS.
REORDER_DAYS = 7
DELIVERY_HOUR = time(6, tzinfo=UTC)


class Delivery(NamedTuple):
    """Units of one SKU that arrive at `at`, under a purchase order's number."""

    at: datetime
    sku: str
    quantity: int
    reference: str


@dataclass(slots=True)
class Shelf:
    """One SKU. `demand_a_day` is the file's average: sold and written off."""

    sku: str
    demand_a_day: float
    available: int = 0
    on_order: int = 0
    #: Of order lines that could not be served in full: what was ordered -> what was missing, line by line.
    missing: dict[int, list[int]] = field(default_factory=dict[int, list[int]])

    @property
    def reorder_point(self) -> int:
        return max(1, ceil(self.demand_a_day * REORDER_DAYS))

    def cover(self) -> int:
        """Units for the weeks that one delivery should last."""
        return max(self.reorder_point + 1, ceil(self.demand_a_day * OPENING_DAYS))

    def lack(self, quantity: int, units: int) -> None:
        """So many units of a line of `quantity` were not there."""
        self.missing.setdefault(quantity, []).append(units)

    def never_left(self, quantity: int) -> int:
        """Units that a cancellation of `quantity` cannot bring back, for they were missing; each undoes one line."""
        lines = self.missing.get(quantity)
        return lines.pop(0) if lines else 0


class Shelves:
    """All SKUs of the file."""

    def __init__(self, survey: Survey) -> None:
        first, last = survey.first_at, survey.last_at
        days = 1 if first is None or last is None else (last - first).days + 1
        self._shelves = {sku: Shelf(sku, (item.demand + item.written_off) / days) for sku, item in survey.skus.items()}
        self._due: dict[date, list[Delivery]] = {}

    def __getitem__(self, sku: str) -> Shelf:
        return self._shelves[sku]

    def opening(self, item: SkuSurvey) -> int:
        """Units to begin with: what the first weeks take, and no less than a usual delivery."""
        return max(item.opening_need, self._shelves[item.sku].cover())

    def review(self, day: date, skus: Iterable[str]) -> None:
        """At the end of a day: order what sank too low among the SKUs that moved."""
        arrival = day + timedelta(days=LEAD_DAYS)
        for shelf in (self._shelves[sku] for sku in sorted(skus)):
            if shelf.available + shelf.on_order < shelf.reorder_point:
                quantity = shelf.cover() - shelf.available - shelf.on_order
                delivery = Delivery(datetime.combine(arrival, DELIVERY_HOUR), shelf.sku, quantity, f"PO-{day:%Y%m%d}")
                shelf.on_order += quantity
                self._due.setdefault(arrival, []).append(delivery)

    def deliveries(self, day: date) -> list[Delivery]:
        """What has arrived by the morning of that day and was not yet told, by date of arrival, then SKU."""
        arrived = [delivery for due in sorted(self._due) if due <= day for delivery in self._due.pop(due)]
        for delivery in arrived:
            self._shelves[delivery.sku].on_order -= delivery.quantity
        return arrived
