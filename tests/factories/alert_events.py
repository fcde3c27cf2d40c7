"""Events of alerts: each act as the domain's own verbs lead to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid5

from domain.alert_state import AlertState
from domain.alerts import Alert, AlertAct, AlertKind
from domain.events import AlertChanged
from domain.ledger import Cause
from domain.refusals import Refusal
from services.alerts import WATCH
from tests.factories.events import START, TENANT, a_level, event_id

LEVEL = a_level("TENT", vendor="Peak")
SOON = START + timedelta(minutes=5)
LOW, OUT, STALE = AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK, AlertKind.STALE


def alert(kind: AlertKind = LOW, remaining: int = 3, threshold: int | None = 5, name: str = "alert") -> Alert:
    """Opened a moment ago."""
    id_ = uuid5(TENANT, f"{name} of {kind}")
    return Alert(id_, kind, LEVEL.item.sku, LEVEL.location.code, remaining, threshold, START, START)


def seen(it: Alert, by: str = "manager@acme") -> Alert:
    acknowledged = it.acknowledge(by, SOON)
    assert not isinstance(acknowledged, Refusal), acknowledged
    return acknowledged


def told(now: Alert, before: Alert | None = None, product: str | None = None) -> AlertChanged:
    """As whoever settles it tells of it, or who has seen it."""
    act, cause = now.told_as, WATCH
    if before is not None and now.acknowledged_by is not None and before.acknowledged_by is None:
        act, cause = AlertAct.ACKNOWLEDGED, Cause(now.acknowledged_by)
    state = AlertState(now, replace(LEVEL.item, catalog_product_id=product), LEVEL.location)
    kind, status = (None, None) if before is None else (before.kind, before.status)
    return AlertChanged(event_id(), act, state, kind, status, cause, now.updated_at)


def life() -> list[AlertChanged]:
    """Events of each type: low, out and stale, by a threshold and by none, seen by somebody and not."""
    low, out, stale = alert(), alert(OUT, 0, None), alert(STALE, 100_000_000, None)
    later = SOON + timedelta(hours=1)
    return [
        told(low),
        told(out, product="P-1"),
        told(low.turn(OUT, 0, 5, SOON), low),
        told(seen(low).turn(OUT, 0, 5, later), seen(low)),
        told(seen(out).turn(LOW, 2, 7, later), seen(out)),
        told(low.turn(LOW, 3, 4, SOON), low),
        told(stale),
        *(told(seen(each), each) for each in (low, out, stale)),
        *(told(each.resolve(90, later), each) for each in (low, seen(low), out, seen(stale))),
    ]
