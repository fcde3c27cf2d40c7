"""Adjustments with what they are of and where that lies: each question one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db.adjustments import COLUMNS, adjustment_from
from db.items import COLUMNS as ITEM_COLUMNS
from db.items import item_from
from db.locations import COLUMNS as LOCATION_COLUMNS
from db.locations import location_from
from db.pool import Database
from db.read_models.filters import listed, scoped, stated
from db.read_models.listing import Listing, Order
from db.read_models.statements import moment, named, one, tenant, texts, uuids, within
from db.tables import adjustments as adjustment_table
from db.tables import items, locations
from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from domain.adjustments import AdjustmentStatus
from services.reads import AdjustmentFilter, AdjustmentSort, Page, PageRequest

_ITEM_AT = len(COLUMNS)
_LOCATION_AT = _ITEM_AT + len(ITEM_COLUMNS)

_adjustment = adjustment_table.c
_IS_OF = sa.and_(items.c.tenant_id == _adjustment.tenant_id, items.c.sku == _adjustment.sku)
_LIES_THERE = sa.and_(locations.c.tenant_id == _adjustment.tenant_id, locations.c.code == _adjustment.location)

#: Said in so many words, so that the index of what waits leads to it.
WAITS = _adjustment.status == sa.literal_column(f"'{AdjustmentStatus.PENDING_APPROVAL}'")


def state_from(row: Sequence[Any]) -> AdjustmentState:
    """An adjustment from its own columns, its item's and its location's."""
    return AdjustmentState(
        adjustment_from(row[:_ITEM_AT]), item_from(row[_ITEM_AT:_LOCATION_AT]), location_from(row[_LOCATION_AT:])
    )


ADJUSTMENTS = Listing(
    sa.select(*named(adjustment_table, COLUMNS), *named(items, ITEM_COLUMNS), *named(locations, LOCATION_COLUMNS))
    .select_from(adjustment_table.join(items, _IS_OF).join(locations, _LIES_THERE))
    .where(_adjustment.tenant_id == tenant()),
    {
        "ids": within(_adjustment.id, uuids("ids")),
        "status": within(_adjustment.status, texts("status")),
        "waits": WAITS,
        "skus": within(_adjustment.sku, texts("skus")),
        "locations": within(_adjustment.location, texts("locations")),
        "reason_codes": within(_adjustment.reason_code, texts("reason_codes")),
        "requested_by": _adjustment.requested_by == one("requested_by"),
        "since": _adjustment.requested_at >= moment("since"),
        "ended": _adjustment.decided_at.is_not(None),
        "until": _adjustment.requested_at < moment("until"),
        "vendor": items.c.vendor == one("vendor"),
    },
    state_from,
)
NEWEST_FIRST = Order("ADJUSTMENT", (_adjustment.requested_at, _adjustment.id), (datetime, UUID), falling=True)
#: Of requests alone, which an index holds.
LAST_ENDED_FIRST = Order("ADJUSTMENT_ENDED", (_adjustment.decided_at, _adjustment.id), (datetime, UUID), falling=True)


class PostgresAdjustmentReads:
    """Implements `services.reads.AdjustmentReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self,
        scope: Scope,
        filter: AdjustmentFilter,
        page: PageRequest,
        by: AdjustmentSort = AdjustmentSort.REQUESTED_DESC,
    ) -> Page[AdjustmentState]:
        wanted = stated(
            ids=None if filter.ids is None else list(filter.ids),
            skus=listed(filter.skus),
            locations=listed(filter.locations),
            reason_codes=listed(filter.reason_codes),
            requested_by=filter.requested_by,
            since=filter.since,
            until=filter.until,
            **_with_status(filter.status),
        )
        wanted |= scoped(scope)
        if by is AdjustmentSort.ENDED_DESC:
            return await ADJUSTMENTS.page(
                self._database, scope.tenant, wanted | {"ended": True}, LAST_ENDED_FIRST, page
            )
        return await ADJUSTMENTS.page(self._database, scope.tenant, wanted, NEWEST_FIRST, page)

    async def adjustments_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, AdjustmentState]:
        found = await ADJUSTMENTS.all(self._database, scope.tenant, {"ids": list(ids), **scoped(scope)})
        return {state.id: state for state in found}


def _with_status(status: Sequence[AdjustmentStatus] | None) -> dict[str, object]:
    waiting = status is not None and set(status) == {AdjustmentStatus.PENDING_APPROVAL}
    return {"waits": True} if waiting else {"status": listed(status)}
