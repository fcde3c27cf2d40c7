"""Fed entries: what was written to the ledger and waits to be summed up, with what it is to be added to, at one moment.

Read are the first of the feed, `ENTRIES_MAX` at most: what is behind them, what came late, and SKUs that are summed up
anew are left to the worker, which is seconds behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from db.layers import COLUMNS as LAYER_COLUMNS
from db.layers import layer_from
from db.ledger import COLUMNS, entry_from
from db.one_moment import OneMoment
from db.pool import Database
from db.read_models.reports import SHAPES_CACHED, Shape, statement, wanted
from db.read_models.statements import Statement
from db.rollups import LEVEL_COLUMNS, TRANSIT_COLUMNS, totals_from, transit_from
from domain.access import Scope
from domain.flows import Change
from domain.layers import Layer, Shelf, SkuShelves
from domain.ledger import LedgerEntry
from domain.rollups import SkuTotals
from domain.transfers import DOCUMENT
from services.insight_ports import ReportFilter

ENTRIES_MAX = 2_000

_ENTRY_AT = 3
_LEVEL_AT = _ENTRY_AT + len(COLUMNS)
_TRANSIT_AT = _LEVEL_AT + len(LEVEL_COLUMNS)
_LAYERS_AT = _TRANSIT_AT + len(TRANSIT_COLUMNS)
_ON_HAND_AT = _LEVEL_AT + LEVEL_COLUMNS.index("on_hand")
_REFERENCE_AT = _ENTRY_AT + COLUMNS.index("reference")
_TRANSIT_LAST_AT = TRANSIT_COLUMNS.index("last_at")


def _named(table: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


_RECORDED = "timestamptz 'epoch' + ('x' || left(replace(fed.id::text, '-', ''), 12))::bit(48)::bigint * interval '1 ms'"
#: As `layer_from` takes them.
_LAYER = ", ".join(f"layer.{column}" for column in LAYER_COLUMNS)


def _layers(table: str, name: str, of: str, first: str, on_hand: str) -> str:
    """What remains on a shelf, and the last that came to it anyhow, in its order."""
    where = f"layer.tenant_id = :tenant AND layer.sku = entry.sku AND layer.{name} = {of}"
    return f"""
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array({_LAYER}) ORDER BY layer.number) AS layers FROM {table} AS layer
    WHERE {first} AND {where} AND layer.cumulative > greatest({on_hand}, 1) * -1 + (
        SELECT layer.cumulative FROM {table} AS layer WHERE {where} ORDER BY layer.cumulative DESC LIMIT 1
    )
) AS of_{name} ON true"""


_JOINS = (
    _layers("cost_layers", "location", "entry.location", "entry.of_level", "level.on_hand"),
    _layers("transit_layers", "transfer", "entry.reference", "entry.of_transfer", "transit.uncosted + transit.costed"),
)


@lru_cache(maxsize=SHAPES_CACHED)
def reading(filters: frozenset[str], *, layers: bool) -> Statement:
    """The entries of the SKUs that a report is of, of each SKU all: what arrives somewhere was sent from elsewhere.

    An id holds the millisecond in which its entry was recorded: both lead to it by the key, and LIMIT keeps the planner
    from reading the whole ledger for all of them at once. What a level, or a transfer, comes to so far stands in one
    row of it alone, however many entries of it wait. Whether more is left to the worker stands in every row, of which
    there is one also where no entry waits.
    """
    met = Shape(filters - {"locations"}).met
    here = "sku IN (SELECT sku FROM found WHERE location = ANY (:locations))" if "locations" in filters else "true"
    return statement(f"""
WITH fed AS MATERIALIZED (
    SELECT entry.id FROM (SELECT id, entries FROM ledger_feed WHERE tenant_id = :tenant ORDER BY id LIMIT :size) AS row
    CROSS JOIN unnest(row.entries) WITH ORDINALITY AS entry (id, n) ORDER BY row.id, entry.n LIMIT :size
), found AS MATERIALIZED (
    SELECT entry.* FROM fed CROSS JOIN LATERAL (
        SELECT * FROM ledger WHERE tenant_id = :tenant AND id = fed.id
            AND recorded_at >= {_RECORDED} AND recorded_at < {_RECORDED} + interval '1 ms' LIMIT 1
    ) AS entry JOIN items AS item ON item.tenant_id = :tenant AND item.sku = entry.sku
    WHERE true {met}
), entry AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY sku, location) = 1 AS of_level, reference_type = '{DOCUMENT}'
        AND row_number() OVER (PARTITION BY sku, reference_type, reference) = 1 AS of_transfer
    FROM found WHERE {here}
)
SELECT tail.waits, entry.sku, entry.location, queued.sku IS NOT NULL, {_named("entry", COLUMNS)},
    {_named("level", LEVEL_COLUMNS)}, {_named("transit", TRANSIT_COLUMNS)}
    {", of_location.layers, of_transfer.layers" if layers else ""}
FROM (
    SELECT (SELECT count(*) FROM fed) >= :size OR EXISTS (
        SELECT FROM rollup_queue AS queued JOIN items AS item ON item.tenant_id = :tenant AND item.sku = queued.sku
        WHERE queued.tenant_id = :tenant {met}
    ) OR EXISTS (
        SELECT FROM rollup_books AS books JOIN tenants AS tenant ON tenant.tenant_id = :tenant
        WHERE books.tenant_id = :tenant
            AND (books.time_zone, books.currency) IS DISTINCT FROM (tenant.time_zone, tenant.currency)
    ) AS waits
) AS tail LEFT JOIN entry ON true
LEFT JOIN rollup_queue AS queued ON queued.tenant_id = :tenant AND queued.sku = entry.sku
LEFT JOIN LATERAL (
    SELECT * FROM movement_daily
    WHERE entry.of_level AND tenant_id = :tenant AND sku = entry.sku AND location = entry.location
    ORDER BY day DESC LIMIT 1
) AS level ON true
LEFT JOIN LATERAL (
    SELECT * FROM transit_daily
    WHERE entry.of_transfer AND tenant_id = :tenant AND sku = entry.sku AND transfer = entry.reference
    ORDER BY day DESC LIMIT 1
) AS transit ON true
{"".join(_JOINS) if layers else ""}
ORDER BY entry.sku, entry.occurred_at, entry.recorded_at, entry.level_version
""")


@dataclass(frozen=True, slots=True)
class FedSku:
    """Entries of a SKU, each with its location, in the order in which they are summed up, and what is so far."""

    sku: str
    entries: Sequence[tuple[str, LedgerEntry]]
    kept: SkuTotals
    #: The layers of its levels and of its transfers, where they were asked for.
    shelves: SkuShelves

    def changes(self, currency: str) -> list[tuple[str, Change]]:
        return [(location, Change.of(entry, currency)) for location, entry in self.entries]


@dataclass(frozen=True, slots=True)
class Fed:
    """SKUs whose entries all follow what is summed up of them, and whether that is all that waits."""

    skus: Sequence[FedSku]
    complete: bool


class Tail(NamedTuple):
    """What fed entries make of a table's rows, as JSON; None where there are none. `complete`: it is all that waits."""

    told: str | None
    complete: bool

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], fed: Fed) -> Tail:
        return cls(json.dumps(rows, default=_text) if rows else None, fed.complete)


async def fed_entries(
    database: Database | OneMoment, scope: Scope, filter: ReportFilter, currency: str, *, layers: bool = False
) -> Fed:
    """Of the SKUs that a report is of."""
    narrowed = wanted(scope, filter)
    asked = reading(frozenset(narrowed), layers=layers)
    values = narrowed | {"tenant": scope.tenant, "size": ENTRIES_MAX}
    rows = await database.fetch(scope.tenant, asked.sql, asked.arguments(values))
    found = list(_skus([row[1:] for row in rows if row[1] is not None]))
    following = [each for each in found if each is not None and _follows(each, currency)]
    return Fed(following, not rows[0][0] and len(following) == len(found))


def _skus(rows: Sequence[Any]) -> Iterator[FedSku | None]:
    """None: it is summed up anew."""
    for sku, group in groupby(rows, key=lambda row: row[0]):
        each = list(group)
        entries = [(row[1], entry_from(row[_ENTRY_AT:_LEVEL_AT])) for row in each]
        yield None if each[0][2] else FedSku(sku, entries, _kept(each), _shelves(each))


def _kept(rows: Sequence[Any]) -> SkuTotals:
    kept = SkuTotals()
    for row in rows:
        if row[_LEVEL_AT] is not None:
            kept.levels[row[1]] = totals_from(row[_LEVEL_AT:_TRANSIT_AT])
        if row[_TRANSIT_AT + _TRANSIT_LAST_AT] is not None:
            kept.transfers[row[_REFERENCE_AT]] = transit_from(row[_TRANSIT_AT:_LAYERS_AT])
    return kept


def _shelves(rows: Sequence[Any]) -> SkuShelves:
    shelves = SkuShelves()
    for row in rows:
        if len(row) == _LAYERS_AT:
            break
        of_level, of_transfer = (_layers_from(told) for told in row[_LAYERS_AT:])
        if of_level:
            shelves.levels[row[1]] = Shelf(of_level, row[_ON_HAND_AT])
        if of_transfer:
            transit = transit_from(row[_TRANSIT_AT:_LAYERS_AT])
            shelves.transfers[row[_REFERENCE_AT]] = Shelf(of_transfer, transit.uncosted + transit.costed)
    return shelves


def _layers_from(told: str | None) -> list[Layer]:
    return [layer_from(_with_moments(values)) for values in json.loads(told)] if told else []


def _with_moments(values: Sequence[Any]) -> list[Any]:
    return [
        datetime.fromisoformat(value) if column in ("entered_at", "received_at") else value
        for column, value in zip(LAYER_COLUMNS, values, strict=True)
    ]


def _follows(fed: FedSku, currency: str) -> bool:
    return not any(fed.kept.late(location, change) for location, change in fed.changes(currency))


def _text(value: Any) -> str:
    return value.isoformat()
