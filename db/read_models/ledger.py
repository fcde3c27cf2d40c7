"""What happened: ledger entries, newest first, and a level's past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db.ledger import COLUMNS as ENTRY_COLUMNS
from db.ledger import entry_from, is_entry_id, recorded_within
from db.locations import COLUMNS as LOCATION_COLUMNS
from db.locations import location_from
from db.pool import Database
from db.read_models.filters import listed, scoped, stated
from db.read_models.ledger_ways import FREQUENT, RARE_KINDS, rare, vendors_own, walked
from db.read_models.listing import UNFORESEEN, Listing, Order, bounded
from db.read_models.statements import (
    Statement,
    compiled,
    moment,
    moments,
    named,
    one,
    tenant,
    texts,
    uuids,
    within,
)
from db.read_models.then import THEN, check_told, id_behind
from db.tables import ledger as ledger_table
from db.tables import locations, stock_levels
from domain.access import Scope
from services.reads import LedgerFilter, LedgerRecord, Page, PageRequest, StockPoint

#: Above this the total is not told.
COUNT_MAX = 10_000
_MILLISECOND = timedelta(milliseconds=1)
_ENTRY_AT = 2
_LOCATION_AT = _ENTRY_AT + len(ENTRY_COLUMNS)

_entry = ledger_table.c


def _record_from(row: Sequence[Any]) -> LedgerRecord:
    location = location_from(row[_LOCATION_AT:])
    return LedgerRecord(row[0], row[1], location, entry_from(row[_ENTRY_AT:_LOCATION_AT]))


_COLUMNS = (_entry.id, _entry.sku, *named(ledger_table, ENTRY_COLUMNS), *named(locations, LOCATION_COLUMNS))
_LIES_THERE = sa.and_(locations.c.tenant_id == _entry.tenant_id, locations.c.code == _entry.location)

ENTRIES = Listing(
    sa.select(*_COLUMNS).join_from(ledger_table, locations, _LIES_THERE).where(_entry.tenant_id == tenant()),
    {
        "skus": within(_entry.sku, texts("skus")),
        "locations": within(_entry.location, texts("locations")),
        "kinds": within(_entry.kind, texts("kinds")),
        "since": _entry.occurred_at >= moment("since"),
        "until": _entry.occurred_at < moment("until"),
        "reference": _entry.reference == one("reference"),
        "reason_codes": within(_entry.reason_code, texts("reason_codes")),
        RARE_KINDS: rare(_entry.kind),
        "actor": _entry.actor == one("actor"),
        "vendor": vendors_own(_entry.sku),
    },
    _record_from,
    COUNT_MAX,
    walked,
)
NEWEST_FIRST = Order("LEDGER", (_entry.occurred_at, _entry.id), (datetime, UUID), falling=True)

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
    {"vendor": vendors_own(_entry.sku)},
    _record_from,
)


_level = stock_levels.c
_entries_of_level = Listing(
    ENTRIES.select.where(_entry.sku == _level.sku, _entry.location == _level.location), {}, _record_from
)


@lru_cache
def _pages(of_vendor: bool, ended: bool, backward: bool, continued: bool) -> Statement:
    """For each of `levels` its id, then the columns of a page of its own entries, of those up to `until` if `ended`."""
    every = _entries_of_level.select.add_columns(*NEWEST_FIRST.columns)
    every = every.where(_entry.occurred_at <= moment("until")) if ended else every
    own = bounded(every, NEWEST_FIRST, backward, continued, size=UNFORESEEN).correlate(stock_levels)
    columns = [column.label(f"c{n}") for n, column in enumerate(own.selected_columns)]
    page = own.with_only_columns(*columns, maintain_column_froms=True).lateral("page")
    order = [column.asc() if backward else column.desc() for column in list(page.c)[-len(NEWEST_FIRST.columns) :]]
    wanted = sa.select(_level.id, *page.c).join_from(stock_levels, page, sa.true())
    wanted = wanted.where(_level.tenant_id == tenant(), within(_level.id, uuids("levels")))
    if of_vendor:
        wanted = wanted.where(vendors_own(_level.sku))
    return compiled(wanted.order_by(_level.id, *order))


#: For each of `levels`, what there was at the first of the `instants`, and the changes from there on summed up to each
#: of them, in their order: an entry counts from the first instant not before it, whatever the order in which entries
#: were written. All are whole microseconds.
HISTORIES = f"""
WITH level AS MATERIALIZED (
    SELECT level.id, level.sku, level.location FROM stock_levels AS level
    JOIN items AS item ON item.tenant_id = :tenant AND item.sku = level.sku
    WHERE level.tenant_id = :tenant AND level.id = ANY (:levels) AND (:vendor IS NULL OR item.vendor = :vendor)
), begun AS (
    SELECT level.id, past.on_hand, past.on_hand - past.allocated - past.unavailable AS available, past.archived
    FROM level CROSS JOIN LATERAL ({THEN}) AS past
), change AS (
    SELECT level.id, width_bucket(entry.occurred_at - interval '1 microsecond', :instants) + 1 AS n,
        sum(entry.on_hand_change) AS on_hand,
        sum(entry.on_hand_change - entry.allocated_change - entry.unavailable_change) AS available
    FROM level CROSS JOIN LATERAL (
        SELECT occurred_at, on_hand_change, allocated_change, unavailable_change FROM ledger
        WHERE tenant_id = :tenant AND sku = level.sku AND location = level.location
            AND occurred_at > :at AND occurred_at <= :until
    ) AS entry
    GROUP BY 1, 2
)
SELECT begun.id, instant.at, begun.archived,
    begun.on_hand + sum(coalesce(change.on_hand, 0)) OVER counted,
    begun.available + sum(coalesce(change.available, 0)) OVER counted
FROM begun CROSS JOIN unnest(:instants) WITH ORDINALITY AS instant (at, n)
LEFT JOIN change ON change.id = begun.id AND change.n = instant.n
WINDOW counted AS (PARTITION BY begun.id ORDER BY instant.n) ORDER BY begun.id, instant.n
"""
_histories = compiled(
    sa.text(HISTORIES).bindparams(
        *(tenant(), uuids("levels"), one("vendor"), moments("instants")),
        *(moment("at"), moment("until"), one("at_id", sa.UUID())),
    )
)


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
        if filter.kinds and not set(filter.kinds) & set(FREQUENT):
            wanted[RARE_KINDS] = True
        return await ENTRIES.page(self._database, scope.tenant, wanted | scoped(scope), NEWEST_FIRST, page)

    async def entries_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, LedgerRecord]:
        known = [id_ for id_ in ids if is_entry_id(id_)]
        since = [recorded_within(id_) for id_ in known]
        wanted = {"ids": known, "ids_since": since, "ids_until": [start + _MILLISECOND for start in since]}
        found = await _entries_by_id.all(self._database, scope.tenant, wanted | scoped(scope))
        return {record.id: record for record in found}

    async def entries_of(
        self, scope: Scope, levels: Sequence[UUID], page: PageRequest, until: datetime | None = None
    ) -> Mapping[UUID, Page[LedgerRecord]]:
        statement = _pages(scope.vendor is not None, until is not None, page.backward, page.cursor is not None)
        values = {"levels": list(levels), "tenant": scope.tenant, "size": page.size + 1, **scoped(scope)}
        values["until"] = until
        arguments = statement.arguments(values | NEWEST_FIRST.keys_of(page))
        rows = await self._database.fetch(scope.tenant, statement.sql, arguments)
        found = {level: [row[1:] for row in each] for level, each in groupby(rows, itemgetter(0))}
        return {level: _entries_of_level.page_of(each, NEWEST_FIRST, page) for level, each in found.items()}

    async def histories(
        self, scope: Scope, levels: Sequence[UUID], since: datetime, until: datetime, points: int
    ) -> Mapping[UUID, Sequence[StockPoint]]:
        instants = [since + (until - since) * n / (points - 1) for n in range(points - 1)] + [until]
        values = {"tenant": scope.tenant, "levels": list(levels), "vendor": scope.vendor, "instants": instants}
        values |= {"at": instants[0], "until": until, "at_id": id_behind(instants[0])}
        rows = await self._database.fetch(scope.tenant, _histories.sql, _histories.arguments(values))
        if rows:
            check_told(rows[0]["archived"], instants[0])
        return {
            level: [StockPoint(at, int(on_hand), int(available)) for _, at, _, on_hand, available in each]
            for level, each in groupby(rows, itemgetter(0))
        }
