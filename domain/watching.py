"""Watching: what a change of a level makes of its alerts. An archived item's level calls for none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.alerts import Alert, AlertKind, StandingAlerts
from domain.items import Item
from domain.stock import StockLevel


class Settled(NamedTuple):
    """An alert as it was, None for one that is new, and as it is."""

    before: Alert | None
    alert: Alert


def unsettled(level: StockLevel, item: Item, at: datetime) -> bool:
    """Whether any alert of the level opens, turns or ends."""
    standing = level.alerts
    stock, stale = _called_for(level, item, at)
    if stock is not standing.kind or stale is not (standing.stale is not None):
        return True
    return stock is not None and level.policy.low_at != level.policy_before.low_at


def settle(
    level: StockLevel, item: Item, standing: Mapping[UUID, Alert], ids: Callable[[], UUID], at: datetime
) -> list[Settled]:
    """Open, turn and end the alerts of the level, of which `standing` holds those that stand."""
    stock, stale = _called_for(level, item, at)
    settled = [
        *_settled(level, _known(standing, level.alerts.stock), stock, level.policy.low_at, ids, at),
        *_settled(level, _known(standing, level.alerts.stale), AlertKind.STALE if stale else None, None, ids, at),
    ]
    for _, alert in settled:
        level.alerts = _after(level.alerts, alert)
    return settled


def first_alerts(
    levels: Collection[StockLevel], items: Mapping[str, Item], ids: Callable[[], UUID], at: datetime
) -> list[Alert]:
    """The alerts of levels that were never watched, opened with the level's last change or when it became stale."""
    opened = [each.alert for level in levels for each in settle(level, items[level.sku], {}, ids, at)]
    since = {(level.sku, level.location): level for level in levels}
    return [_since(alert, since[alert.place], at) for alert in opened]


def _since(alert: Alert, level: StockLevel, at: datetime) -> Alert:
    began = level.stale_due if alert.kind is AlertKind.STALE else level.updated_at
    began = min(began or at, at)
    return replace(alert, opened_at=began, updated_at=began)


def _called_for(level: StockLevel, item: Item, at: datetime) -> tuple[AlertKind | None, bool]:
    return (None, False) if item.archived else (level.stock_alert, level.stale(at))


def _known(standing: Mapping[UUID, Alert], id_: UUID | None) -> Alert | None:
    return None if id_ is None else standing[id_]


def _settled(
    level: StockLevel,
    before: Alert | None,
    kind: AlertKind | None,
    threshold: int | None,
    ids: Callable[[], UUID],
    at: datetime,
) -> list[Settled]:
    remaining = level.available_to_promise
    if before is None:
        if kind is None:
            return []
        return [Settled(None, Alert(ids(), kind, level.sku, level.location, remaining, threshold, at, at))]
    if kind is None:
        return [Settled(before, before.resolve(remaining, at))]
    if (kind, threshold) == (before.kind, before.threshold):
        return []
    return [Settled(before, before.turn(kind, remaining, threshold, at))]


def _after(standing: StandingAlerts, alert: Alert) -> StandingAlerts:
    id_ = alert.id if alert.standing else None
    if alert.kind is AlertKind.STALE:
        return StandingAlerts(standing.stock, standing.kind, id_)
    return StandingAlerts(id_, alert.kind if alert.standing else None, standing.stale)
