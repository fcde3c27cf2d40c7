"""Alerts with what they are of and where that lies: each question one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db.alerts import COLUMNS, alert_from
from db.items import COLUMNS as ITEM_COLUMNS
from db.items import item_from
from db.locations import COLUMNS as LOCATION_COLUMNS
from db.locations import location_from
from db.pool import Database
from db.read_models.filters import listed, scoped, stated
from db.read_models.listing import Listing, Order
from db.read_models.statements import named, one, tenant, texts, uuids, within
from db.tables import alerts as alert_table
from db.tables import items, locations, stock_levels
from domain.access import Scope
from domain.alert_state import AlertState
from domain.alerts import AlertStatus
from services.alert_reads import AlertFilter
from services.pages import Page, PageRequest

_ITEM_AT = len(COLUMNS)
_LOCATION_AT = _ITEM_AT + len(ITEM_COLUMNS)
_STANDING = frozenset(AlertStatus) - {AlertStatus.RESOLVED}

_alert, _level = alert_table.c, stock_levels.c

#: Said in so many words, so that the index of what stands leads to it.
STANDS = _alert.status != sa.literal_column(f"'{AlertStatus.RESOLVED}'")

# Read for the rows of the page alone: PostgreSQL cuts off before it looks at what a row selects.
_AVAILABLE = (
    sa.select(_level.on_hand - _level.allocated - _level.unavailable)
    .where(_level.tenant_id == tenant(), _level.sku == _alert.sku, _level.location == _alert.location)
    .correlate(alert_table)
    .scalar_subquery()
)
#: Of an alert that stands what its level has now; of one that is resolved what it had then.
_REMAINING = sa.case((STANDS, _AVAILABLE), else_=_alert.remaining).label("remaining")

_IS_OF = sa.and_(items.c.tenant_id == _alert.tenant_id, items.c.sku == _alert.sku)
_LIES_THERE = sa.and_(locations.c.tenant_id == _alert.tenant_id, locations.c.code == _alert.location)


def state_from(row: Sequence[Any]) -> AlertState:
    """An alert from its own columns, its item's and its location's."""
    return AlertState(
        alert_from(row[:_ITEM_AT]), item_from(row[_ITEM_AT:_LOCATION_AT]), location_from(row[_LOCATION_AT:])
    )


ALERTS = Listing(
    sa.select(
        *(_REMAINING if column.name == "remaining" else column for column in named(alert_table, COLUMNS)),
        *named(items, ITEM_COLUMNS),
        *named(locations, LOCATION_COLUMNS),
    )
    .select_from(alert_table.join(items, _IS_OF).join(locations, _LIES_THERE))
    .where(_alert.tenant_id == tenant()),
    {
        "ids": within(_alert.id, uuids("ids")),
        "kinds": within(_alert.kind, texts("kinds")),
        "status": within(_alert.status, texts("status")),
        "stands": STANDS,
        "skus": within(_alert.sku, texts("skus")),
        "locations": within(_alert.location, texts("locations")),
        "categories": within(items.c.category, texts("categories")),
        "vendors": within(items.c.vendor, texts("vendors")),
        "vendor": items.c.vendor == one("vendor"),
    },
    state_from,
)
#: An id begins with the time at which it was made.
NEWEST_FIRST = Order("ALERT", (_alert.id,), (UUID,), falling=True)


class PostgresAlertReads:
    """Implements `services.alert_reads.AlertReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def matching(self, scope: Scope, filter: AlertFilter, page: PageRequest) -> Page[AlertState]:
        wanted = stated(
            kinds=listed(filter.kinds),
            skus=listed(filter.skus),
            locations=listed(filter.locations),
            categories=listed(filter.categories),
            vendors=listed(filter.vendors),
            **_with_status(filter.status),
        )
        return await ALERTS.page(self._database, scope.tenant, wanted | scoped(scope), NEWEST_FIRST, page)

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, AlertState]:
        found = await ALERTS.all(self._database, scope.tenant, {"ids": list(ids), **scoped(scope)})
        return {state.id: state for state in found}


def _with_status(status: Sequence[AlertStatus] | None) -> dict[str, object]:
    """Whoever names no resolved ones looks among those that stand."""
    if status is None or not _STANDING.issuperset(status):
        return {"status": listed(status)}
    return {"stands": True} if _STANDING.issubset(status) else {"stands": True, "status": listed(status)}
