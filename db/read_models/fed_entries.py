"""Fed entries: what was written to the ledger and waits to be summed up, with what it is to be added to, at one moment.

Read are the first of the feed, `ENTRIES_MAX` at most: what is behind them, what came late, and SKUs that are summed up
anew are left to the worker, which is seconds behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from db.layers import COLUMNS as LAYER_COLUMNS
from db.layers import layer_from
from db.ledger import COLUMNS, entry_from
from db.pool import Database
from db.rollups import LEVEL_COLUMNS, TRANSIT_COLUMNS, totals_from, transit_from
from domain.flows import Change
from domain.layers import Layer, Shelf, SkuShelves
from domain.ledger import LedgerEntry
from domain.rollups import SkuTotals
from domain.transfers import DOCUMENT

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
#: An id holds the millisecond in which its entry was recorded: both lead to it by the key. Whether SKUs are summed up
#: anew stands in every row, of which there is one also where no entry waits.
_FED = f"""
SELECT anew.waits, entry.sku, entry.location, queued.sku IS NOT NULL, {_named("entry", COLUMNS)},
    {_named("level", LEVEL_COLUMNS)}, {_named("transit", TRANSIT_COLUMNS)}{{columns}}
FROM (SELECT EXISTS (SELECT FROM rollup_queue WHERE tenant_id = $1) AS waits) AS anew LEFT JOIN (
    SELECT entry.id FROM (SELECT id, entries FROM ledger_feed WHERE tenant_id = $1 ORDER BY id LIMIT $2) AS row
    CROSS JOIN unnest(row.entries) WITH ORDINALITY AS entry (id, n) ORDER BY row.id, entry.n LIMIT $2
) AS fed ON true
LEFT JOIN LATERAL (
    SELECT * FROM ledger WHERE tenant_id = $1 AND id = fed.id
        AND recorded_at >= {_RECORDED} AND recorded_at < {_RECORDED} + interval '1 ms'
) AS entry ON true
LEFT JOIN rollup_queue AS queued ON queued.tenant_id = $1 AND queued.sku = entry.sku
LEFT JOIN LATERAL (
    SELECT * FROM movement_daily WHERE tenant_id = $1 AND sku = entry.sku AND location = entry.location
    ORDER BY day DESC LIMIT 1
) AS level ON true
LEFT JOIN LATERAL (
    SELECT * FROM transit_daily WHERE tenant_id = $1 AND sku = entry.sku AND transfer = entry.reference
        AND entry.reference_type = '{DOCUMENT}' ORDER BY day DESC LIMIT 1
) AS transit ON true
{{joins}}
ORDER BY entry.sku, entry.occurred_at, entry.recorded_at, entry.level_version
"""
#: As `layer_from` takes them.
_LAYER = ", ".join(f"layer.{column}" for column in LAYER_COLUMNS)


def _layers(table: str, name: str, of: str, on_hand: str) -> str:
    """What remains on a shelf, and the last that came to it anyhow, in its order."""
    where = f"layer.tenant_id = $1 AND layer.sku = entry.sku AND layer.{name} = {of}"
    return f"""
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array({_LAYER}) ORDER BY layer.number) AS layers FROM {table} AS layer
    WHERE {where} AND layer.cumulative > greatest({on_hand}, 1) * -1 + (
        SELECT layer.cumulative FROM {table} AS layer WHERE {where} ORDER BY layer.cumulative DESC LIMIT 1
    )
) AS of_{name} ON true"""


_JOINS = (
    _layers("cost_layers", "location", "entry.location", "level.on_hand"),
    _layers("transit_layers", "transfer", "entry.reference", "transit.uncosted + transit.costed"),
)
FED = _FED.format(columns="", joins="")
FED_WITH_LAYERS = _FED.format(columns=", of_location.layers, of_transfer.layers", joins="".join(_JOINS))


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


async def fed_entries(database: Database, tenant: UUID, currency: str, *, layers: bool = False) -> Fed:
    rows = await database.fetch(tenant, FED_WITH_LAYERS if layers else FED, [tenant, ENTRIES_MAX])
    found = list(_skus([row[1:] for row in rows if row[1] is not None]))
    following = [each for each in found if each is not None and _follows(each, currency)]
    return Fed(following, len(rows) < ENTRIES_MAX and not rows[0][0] and len(following) == len(found))


def _skus(rows: Sequence[Any]) -> Iterator[FedSku | None]:
    """None: it is summed up anew."""
    for sku, group in groupby(rows, key=lambda row: row[0]):
        each = list(group)
        entries = [(row[1], entry_from(row[_ENTRY_AT:_LEVEL_AT])) for row in each]
        yield None if each[0][2] else FedSku(sku, entries, _kept(each), _shelves(each))


def _kept(rows: Sequence[Any]) -> SkuTotals:
    kept = SkuTotals()
    for row in rows:
        location, entry = row[1], entry_from(row[_ENTRY_AT:_LEVEL_AT])
        if row[_LEVEL_AT] is not None:
            kept.levels[location] = totals_from(row[_LEVEL_AT:_TRANSIT_AT])
        if row[_TRANSIT_AT + _TRANSIT_LAST_AT] is not None and entry.cause.reference is not None:
            kept.transfers[entry.cause.reference] = transit_from(row[_TRANSIT_AT:_LAYERS_AT])
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
