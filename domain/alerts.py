"""Alerts: what somebody must look at, opened once and closed by the stock itself.

A level has at most one alert of its stock (LOW_STOCK or OUT_OF_STOCK, one alert whose kind changes) and one of its age
(STALE). Both are of what can be promised and of what last moved, by the level's policy; an archived item has none.

The alert of stock has hysteresis, so that a level that goes up and down around its threshold opens one alert:

    opens      available <= threshold (LOW_STOCK), available <= 0 (OUT_OF_STOCK); without a threshold only where units
               ran out, so that a level that was never filled alarms nobody
    closes     available > threshold + max(1, 10% of the threshold); no threshold counts as 0
    turns back from OUT_OF_STOCK to LOW_STOCK once available > 1, by the same rule with 0 as the threshold

Units are whole base units of the item. Who acknowledges an alert has seen it; one that then runs out is open again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.places import Place
from domain.refusals import Refusal, RefusalCode
from domain.value import value


class AlertKind(StrEnum):
    LOW_STOCK = "LOW_STOCK"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    STALE = "STALE"


class AlertStatus(StrEnum):
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


class AlertAct(StrEnum):
    """What became of an alert; each has its own type of event. LOW tells of OUT_OF_STOCK too: nothing remains."""

    LOW = "LowStockAlert"
    STALE = "StaleStockAlert"
    ACKNOWLEDGED = "AlertAcknowledged"
    RESOLVED = "AlertResolved"


@value
class StandingAlerts:
    """Which alerts of a level stand, acknowledged or not: that of its stock with its kind, and that of its age."""

    stock: UUID | None = None
    kind: AlertKind | None = None
    stale: UUID | None = None

    @property
    def ids(self) -> tuple[UUID, ...]:
        return tuple(id_ for id_ in (self.stock, self.stale) if id_ is not None)


NONE_STAND = StandingAlerts()


@value
class Alert:
    """`remaining` is what could be promised, and `threshold` the units at which the policy calls it low, when the alert
    last changed."""

    id: UUID
    kind: AlertKind
    sku: str
    location: str
    remaining: int
    threshold: int | None
    opened_at: datetime
    updated_at: datetime
    status: AlertStatus = AlertStatus.OPEN
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    version: int = 1

    @property
    def place(self) -> Place:
        return self.sku, self.location

    @property
    def standing(self) -> bool:
        return self.status is not AlertStatus.RESOLVED

    @property
    def ends_above(self) -> int | None:
        """Units available to promise above which it ends; None where not stock ends it but a movement."""
        return None if self.kind is AlertKind.STALE else _clear_above(self.threshold or 0)

    @property
    def told_as(self) -> AlertAct:
        """The event of its opening, of its turning and of its end."""
        if not self.standing:
            return AlertAct.RESOLVED
        return AlertAct.STALE if self.kind is AlertKind.STALE else AlertAct.LOW

    def left(self, remaining: int) -> Alert:
        """As it is, with what can be promised now."""
        return replace(self, remaining=remaining)

    def acknowledge(self, by: str, at: datetime) -> Alert | Refusal:
        """Somebody has seen it. The first who says so is kept; to say it again changes nothing."""
        if self.status is AlertStatus.RESOLVED:
            message = "This alert is RESOLVED: there is nothing to acknowledge any more."
            return Refusal(RefusalCode.ILLEGAL_TRANSITION, message, ("alertId",))
        if self.status is AlertStatus.ACKNOWLEDGED:
            return self
        return self._changed(at, status=AlertStatus.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=at)

    def turn(self, kind: AlertKind, remaining: int, threshold: int | None, at: datetime) -> Alert:
        """Of another kind now, or by another threshold. What gets worse wants to be seen again."""
        if kind is AlertKind.OUT_OF_STOCK and self.kind is not kind:
            opened = {"status": AlertStatus.OPEN, "acknowledged_by": None, "acknowledged_at": None}
            return self._changed(at, kind=kind, remaining=remaining, threshold=threshold, **opened)
        return self._changed(at, kind=kind, remaining=remaining, threshold=threshold)

    def resolve(self, remaining: int, at: datetime) -> Alert:
        return self._changed(at, status=AlertStatus.RESOLVED, remaining=remaining, resolved_at=max(at, self.opened_at))

    def _changed(self, at: datetime, **changes: object) -> Alert:
        return replace(self, version=self.version + 1, updated_at=max(at, self.updated_at), **changes)  # type: ignore[arg-type]


def stock_alert(
    available: int, threshold: int | None, standing: AlertKind | None, available_before: int
) -> AlertKind | None:
    """Which alert the stock of a level calls for, None for none, by what can be promised now and could before."""
    if available <= 0:
        called_for = threshold is not None or standing is not None or available_before > 0
        return AlertKind.OUT_OF_STOCK if called_for else None
    if standing is AlertKind.OUT_OF_STOCK and available <= _clear_above(0):
        return standing
    if threshold is None:
        return None
    if available <= threshold or (standing is not None and available <= _clear_above(threshold)):
        return AlertKind.LOW_STOCK
    return None


def _clear_above(threshold: int) -> int:
    """The most that is still no more than a flutter above the threshold: max(1, 10%) of it, in whole units."""
    return threshold + max(10, threshold) // 10


def unknown_alert() -> Refusal:
    message = "There is no such alert: see the query alerts."
    return Refusal(RefusalCode.NOT_FOUND, message, ("alertId",))
