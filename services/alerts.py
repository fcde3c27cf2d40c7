"""Alerts: what changes of levels make of them, who has seen one, and levels that nobody changes.

`settled` is asked by whoever changes levels, in the same transaction: an alert opens and ends under the lock of its
level. Alerts are locked after their levels, so that whoever holds a level may have those of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.access import Caller
from domain.alert_state import AlertState
from domain.alerts import Alert, AlertAct, unknown_alert
from domain.events import AlertChanged
from domain.items import Item
from domain.ledger import Cause
from domain.locations import Location
from domain.places import Place, Sites
from domain.refusals import Refusal
from domain.stock import StockLevel
from domain.watching import Settled, settle, unsettled
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork

#: Who opens alerts and ends them.
WATCH = Cause("stockcast:watch")


async def settled(
    levels: Iterable[StockLevel],
    items: Mapping[str, Item],
    locations: Mapping[str, Location],
    unit: Unit,
    ids: Ids,
) -> list[AlertChanged]:
    """Settle the alerts of levels that are locked, before they are saved; what is to be told of it."""
    at = unit.levels.stamp(None).recorded_at
    turning = [level for level in levels if unsettled(level, items[level.sku], at)]
    if not turning:
        return []
    standing = await _standing(turning, unit)
    changes = [each for level in turning for each in settle(level, items[level.sku], standing, ids, at)]
    await _save(changes, unit)
    return [
        _told(ids(), each, items[each.alert.sku], locations[each.alert.location], each.alert.told_as, WATCH)
        for each in changes
    ]


async def _standing(levels: Sequence[StockLevel], unit: Unit) -> Mapping[UUID, Alert]:
    ids = [id_ for level in levels for id_ in level.alerts.ids]
    return {alert.id: alert for alert in await unit.alerts.lock(ids)} if ids else {}


async def _save(changes: Sequence[Settled], unit: Unit) -> None:
    made = [alert for before, alert in changes if before is None]
    await unit.alerts.save(made, [(before, alert) for before, alert in changes if before is not None])


def _told(id_: UUID, change: Settled, item: Item, location: Location, act: AlertAct, cause: Cause) -> AlertChanged:
    before, alert = change
    kind, status = (None, None) if before is None else (before.kind, before.status)
    return AlertChanged(id_, act, AlertState(alert, item, location), kind, status, cause, alert.updated_at)


async def acknowledge_alert(key: str, alert: UUID, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Say that somebody has seen it. Its level is held, so that its item stays as it is told."""

    async def decide(unit: Unit) -> Decision:
        found = await unit.alerts.find(alert)
        if found is None:
            return Decision((unknown_alert(),))
        sites = await unit.levels.sites([found.sku], [found.location])
        levels = await unit.levels.lock([found.place], ids)
        (read,) = await unit.alerts.lock([alert])
        now = read.left(levels[found.place].available_to_promise)
        seen = now.acknowledge(caller.subject, unit.levels.stamp(None).recorded_at)
        if isinstance(seen, Refusal):
            return Decision((seen,), alert=alert)
        if seen is not now:
            change = Settled(read, seen)
            item, location = sites.items[seen.sku], sites.locations[seen.location]
            await _save([change], unit)
            await unit.outbox.add([_told(ids(), change, item, location, AlertAct.ACKNOWLEDGED, Cause(caller.subject))])
        return Decision(alert=alert)

    return await decide_once(caller, "acknowledgeAlert", key, {"alertId": alert}, units, decide)


async def open_stale(tenant: UUID, places: Collection[Place], units: UnitOfWork, ids: Ids) -> int:
    """Open the alerts of levels on which nothing has moved for as long as their policies allow; how many were opened.

    Levels that are not stale after all, or of archived items, are looked at again when they may be. What their stock
    calls for, where nobody has looked since there are alerts, is settled with it.
    """

    async def look(unit: Unit) -> int:
        sites = await unit.levels.sites({sku for sku, _ in places}, {location for _, location in places})
        levels = await unit.levels.lock(places, ids)
        known = {place: level for place, level in levels.items() if level.version > 0}
        told = await settled(known.values(), sites.items, sites.locations, unit, ids)
        await unit.levels.watch({place: (level, _next_look(level, sites)) for place, level in known.items()})
        await unit.outbox.add(told)
        return sum(each.act is AlertAct.STALE for each in told)

    return await units.run(tenant, look)


def _next_look(level: StockLevel, sites: Sites) -> datetime | None:
    return None if sites.items[level.sku].archived else level.stale_due
