"""Stock status: a plain function of a level's quantities and thresholds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.ledger import Quantities
from domain.quantities import LEVEL_MAX
from domain.refusals import Refusal, RefusalCode
from domain.value import value

STALE_AFTER_DAYS_MAX = 3_650


class StockStatus(StrEnum):
    IN_STOCK = "IN_STOCK"
    LOW = "LOW"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    OVERSTOCK = "OVERSTOCK"


@value
class StockPolicy:
    """Thresholds of one SKU at one location, in base units and days; None: that rule does not apply."""

    reorder_point: int | None = None
    safety_stock: int = 0
    low_stock_threshold: int | None = None
    overstock_threshold: int | None = None
    stale_after_days: int | None = None

    def describe(self, changes: Mapping[str, int | None]) -> StockPolicy | Refusal:
        """The policy with `changes` made: a threshold that is left out stays, one that is None is cleared."""
        if refusal := invalid_thresholds(changes):
            return refusal
        policy = self._with(changes)
        return policy._upside_down(changes) or policy

    def expects(self, seen: Mapping[str, int | None]) -> Refusal | None:
        """Compare-and-set: refuse when the caller saw other thresholds than these; None: that there was none."""
        expected = self._with(seen)
        moved = [name for name in seen if getattr(self, name) != getattr(expected, name)]
        if not moved:
            return None
        told = "; ".join(
            f"{_in_api(name)} is {_said(getattr(self, name))}, you expected {_said(getattr(expected, name))}"
            for name in moved
        )
        message = f"The thresholds changed meanwhile: {told}. Look at them and decide anew."
        return Refusal(RefusalCode.STALE_VERSION, message, ("expected", _in_api(moved[0])))

    def _with(self, changes: Mapping[str, int | None]) -> StockPolicy:
        return replace(
            self, **{name: _CLEARED.get(name) if value is None else value for name, value in changes.items()}
        )

    def _upside_down(self, changes: Mapping[str, int | None]) -> Refusal | None:
        over, low_at = self.overstock_threshold, self.low_at or 0
        if over is None or over > low_at:
            return None
        must = f"must be above {low_at}, where stock counts as low"
        sent = "overstock_threshold" in changes
        return _invalid(
            "overstock_threshold", must if sent else f"is {over} and {must}: send a higher one, or null, too"
        )

    @property
    def low_at(self) -> int | None:
        """Available-to-promise at or below this is low: the low-stock threshold, else the reorder point, else never."""
        return self.low_stock_threshold if self.low_stock_threshold is not None else self.reorder_point


NO_POLICY = StockPolicy()

_BOUNDS = {
    "reorder_point": (0, LEVEL_MAX),
    "safety_stock": (0, LEVEL_MAX),
    "low_stock_threshold": (0, LEVEL_MAX),
    "overstock_threshold": (0, LEVEL_MAX),
    "stale_after_days": (1, STALE_AFTER_DAYS_MAX),
}
_CLEARED = {"safety_stock": 0}


def invalid_thresholds(changes: Mapping[str, int | None]) -> Refusal | None:
    """A threshold out of its bounds, whatever the rest of the policy."""
    for name, set_to in changes.items():
        lowest, highest = _BOUNDS[name]
        if set_to is not None and not lowest <= set_to <= highest:
            return _invalid(name, f"must lie between {lowest} and {highest}")
    return None


def _invalid(name: str, remedy: str) -> Refusal:
    field = _in_api(name)
    return Refusal(RefusalCode.INVALID_INPUT, f"{field} {remedy}.", (field,))


def _in_api(name: str) -> str:
    """What a threshold is called where it is sent."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _said(threshold: int | None) -> str:
    return "not set" if threshold is None else str(threshold)


def status_of(quantities: Quantities, policy: StockPolicy) -> StockStatus:
    """Told in this order: OUT_OF_STOCK before LOW before OVERSTOCK (on hand above the threshold) before IN_STOCK."""
    available = quantities.available_to_promise
    if available <= 0:
        return StockStatus.OUT_OF_STOCK
    if policy.low_at is not None and available <= policy.low_at:
        return StockStatus.LOW
    if policy.overstock_threshold is not None and quantities.on_hand > policy.overstock_threshold:
        return StockStatus.OVERSTOCK
    return StockStatus.IN_STOCK


def summed_status(available_to_promise: int, statuses: Collection[StockStatus]) -> StockStatus:
    """Of a SKU over its locations: out when nothing is available anywhere, else the first that asks for work."""
    if available_to_promise <= 0:
        return StockStatus.OUT_OF_STOCK
    if StockStatus.LOW in statuses or StockStatus.OUT_OF_STOCK in statuses:
        return StockStatus.LOW
    return StockStatus.OVERSTOCK if StockStatus.OVERSTOCK in statuses else StockStatus.IN_STOCK


def stale_from(
    stale_after_days: int | None, last_movement_at: datetime | None, created_at: datetime
) -> datetime | None:
    """From when on a level without further movement counts as stale; None: never."""
    return None if stale_after_days is None else (last_movement_at or created_at) + timedelta(days=stale_after_days)


def stale_at(
    at: datetime,
    stale_after_days: int | None,
    last_movement_at: datetime | None,
    created_at: datetime,
    archived_at: datetime | None,
) -> bool:
    """Whether a level counts as stale, seen at `at`; never one of an archived item."""
    due = stale_from(stale_after_days, last_movement_at, created_at) if archived_at is None else None
    return due is not None and at >= due
