"""What happened: ledger entries, newest first, a level's past, adjustments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db.adjustments import COLUMNS as ADJUSTMENT_COLUMNS
from db.adjustments import adjustment_from
from db.ledger import COLUMNS as ENTRY_COLUMNS
from db.ledger import entry_from, is_entry_id, recorded_within
from db.locations import COLUMNS as LOCATION_COLUMNS
from db.locations import location_from
from db.pool import Database
from db.read_models.filters import listed, scoped, stated
from db.read_models.listing import Listing, Order
from db.read_models.statements import moment, moments, named, one, tenant, texts, uuids, within
from db.tables import adjustments as adjustment_table
from db.tables import items, locations
from db.tables import ledger as ledger_table
from domain.access import Scope
from domain.adjustments import Adjustment
from services.reads import LedgerFilter, LedgerRecord, Page, PageRequest, StockPoint

#: Above this the total is not told.
COUNT_MAX = 10_000
_MILLISECOND = timedelta(milliseconds=1)
_ENTRY_AT = 2
_LOCATION_AT = _ENTRY_AT + len(ENTRY_COLUMNS)

_entry, _adjustment = ledger_table.c, adjustment_table.c


def _vendors_own(sku: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether the item of a SKU is the asking vendor's."""
    own = sa.select(items.c.sku).where(items.c.tenant_id == tenant(), items.c.vendor == one("vendor"))
    return sku.in_(own)


def _record_from(row: Sequence[Any]) -> LedgerRecord:
    location = location_from(row[_LOCATION_AT:])
    return LedgerRecord(row[0], row[1], location, entry_from(row[_ENTRY_AT:_LOCATION_AT]))


_COLUMNS = (_entry.id, _entry.sku, *named(ledger_table, ENTRY_COLUMNS), *named(locations, LOCATION_COLUMNS))
_LIES_THERE = sa.and_(locations.c.tenant_id == _entry.tenant_id, locations.c.code == _entry.location)

_entries = Listing(
    sa.select(*_COLUMNS).join_from(ledger_table, locations, _LIES_THERE).where(_entry.tenant_id == tenant()),
    {
        "skus": within(_entry.sku, texts("skus")),
        "locations": within(_entry.location, texts("locations")),
        "kinds": within(_entry.kind, texts("kinds")),
        "since": _entry.occurred_at >= moment("since"),
        "until": _entry.occurred_at < moment("until"),
        "reference": _entry.reference == one("reference"),
        "reason_codes": within(_entry.reason_code, texts("reason_codes")),
        "actor": _entry.actor == one("actor"),
        "vendor": _vendors_own(_entry.sku),
    },
    _record_from,
    COUNT_MAX,
)
_NEWEST_FIRST = Order("LEDGER", (_entry.occurred_at, _entry.id), (datetime, UUID), falling=True)

# An id holds the millisecond in which its entry was recorded: both lead to the row by the primary key.
_asked = (
    sa.func.unnest(uuids("ids"), moments("ids_since"), moments("ids_until"))
    .table_valued("id", "since", "until")
    .render_derived("asked")
)
_entries_by_id = Listing(
    sa.select(*_COLUMNS)
    .select_from(_asked)
    .join(
        ledger_table,
        sa.and_(
            _entry.tenant_id == tenant(),
            _entry.recorded_at >= _asked.c.since,
            _entry.recorded_at < _asked.c.until,
            _entry.id == _asked.c.id,
        ),
    )
    .join(locations, _LIES_THERE),
    {"vendor": _vendors_own(_entry.sku)},
    _record_from,
)

_adjustments = Listing(
    sa.select(*named(adjustment_table, ADJUSTMENT_COLUMNS)).where(_adjustment.tenant_id == tenant()),
    {"ids": within(_adjustment.id, uuids("ids")), "vendor": _vendors_own(_adjustment.sku)},
    adjustment_from,
)

#: Changes summed up to each of the instants $3, in their order: an entry counts from the first instant not before it,
#: whatever the order in which entries were written. Instants and entries are whole microseconds.
HISTORY = """
SELECT instant.at, sum(coalesce(change.on_hand, 0)) OVER counted, sum(coalesce(change.available, 0)) OVER counted
FROM unnest($3::timestamptz[]) WITH ORDINALITY AS instant (at, n)
LEFT JOIN (
    SELECT width_bucket(entry.occurred_at - interval '1 microsecond', $3::timestamptz[]) + 1 AS n,
        sum(entry.on_hand_change) AS on_hand,
        sum(entry.on_hand_change - entry.allocated_change - entry.unavailable_change) AS available
    FROM stock_levels AS level
    JOIN items AS item ON item.tenant_id = $1 AND item.sku = level.sku
    JOIN ledger AS entry ON entry.tenant_id = $1 AND entry.sku = level.sku AND entry.location = level.location
    WHERE level.tenant_id = $1 AND level.id = $2 AND ($4::text IS NULL OR item.vendor = $4)
    GROUP BY 1
) AS change ON change.n = instant.n
WINDOW counted AS (ORDER BY instant.n) ORDER BY instant.n
"""


class PostgresLedgerReads:
    """Implements `services.reads.LedgerReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(self, scope: Scope, filter: LedgerFilter, page: PageRequest) -> Page[LedgerRecord]:
        wanted = stated(
            skus=listed(filter.skus),
            locations=listed(filter.locations),
            kinds=listed(filter.kinds),
            since=filter.since,
            until=filter.until,
            reference=filter.reference,
            reason_codes=listed(filter.reason_codes),
            actor=filter.actor,
        )
        return await _entries.page(self._database, scope.tenant, wanted | scoped(scope), _NEWEST_FIRST, page)

    async def entries_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, LedgerRecord]:
        known = [id_ for id_ in ids if is_entry_id(id_)]
        since = [recorded_within(id_) for id_ in known]
        wanted = {"ids": known, "ids_since": since, "ids_until": [start + _MILLISECOND for start in since]}
        found = await _entries_by_id.all(self._database, scope.tenant, wanted | scoped(scope))
        return {record.id: record for record in found}

    async def history(
        self, scope: Scope, level: UUID, since: datetime, until: datetime, points: int
    ) -> Sequence[StockPoint]:
        instants = [since + (until - since) * n / (points - 1) for n in range(points - 1)] + [until]
        rows = await self._database.fetch(scope.tenant, HISTORY, [scope.tenant, level, instants, scope.vendor])
        return [StockPoint(at, int(on_hand), int(available)) for at, on_hand, available in rows]

    async def adjustments_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Adjustment]:
        found = await _adjustments.all(self._database, scope.tenant, {"ids": list(ids), **scoped(scope)})
        return {adjustment.id: adjustment for adjustment in found}
