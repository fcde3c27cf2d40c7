"""What is kept of a ledger for the reports, held against two reckonings: the ledger folded again, and raw entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from db.ledger import COLUMNS, entry_from
from db.pool import Database
from db.rollup_check import RollupCheck
from db.rollups import LEVEL_COLUMNS, totals_from
from domain.ledger import LedgerEntry
from domain.level_totals import LevelTotals
from domain.money import TICKS
from tests.reckoning import Reckoning, reckoned

_ENTRIES = f"SELECT sku, location, {', '.join(COLUMNS)} FROM ledger WHERE tenant_id = $1"
_NEWEST = f"""
SELECT DISTINCT ON (sku, location) sku, location, {", ".join(LEVEL_COLUMNS)}
FROM movement_daily WHERE tenant_id = $1 ORDER BY sku, location, day DESC
"""
_BEGIN = datetime(1, 1, 1, tzinfo=UTC)
#: Flows, and what the reckoning calls them.
_WORDS = {
    "received": "receipt",
    "returned": "return",
    "arrived": "arrival",
    "gained": "find",
    "sold": "sale",
    "sent": "dispatch",
    "shrunk": "loss",
    "used": "use",
}
_MICROSECONDS = 1_000_000


async def rollup_faults(database: Database, outside: asyncpg.Connection, tenant: UUID, currency: str) -> list[str]:
    """What is wrong with the rollups of a tenant all of whose entries are sealed."""
    check, faults = RollupCheck(database), list[str]()
    for sku in await check.skus(tenant):
        checked = await check.check(tenant, sku)
        faults += [checked.fault or f"{sku} waits"] if checked.fault or checked.waits else []
    entries: defaultdict[str, defaultdict[str, list[LedgerEntry]]] = defaultdict(lambda: defaultdict(list))
    for sku, location, *values in await outside.fetch(_ENTRIES, tenant):
        entries[sku][location].append(entry_from(values))
    rows = {(row[0], row[1]): totals_from(tuple(row)[2:]) for row in await outside.fetch(_NEWEST, tenant)}
    return faults + _disagreements(rows, entries, currency)


def _disagreements(
    rows: Mapping[tuple[str, str], LevelTotals],
    entries: Mapping[str, Mapping[str, Sequence[LedgerEntry]]],
    currency: str,
) -> list[str]:
    right = {
        (sku, location): reckoning
        for sku, levels in entries.items()
        for location, reckoning in reckoned(levels, currency).items()
    }
    faults = [f"levels {sorted(rows.keys() ^ right.keys())}"] if rows.keys() != right.keys() else []
    for place in rows.keys() & right.keys():
        kept, come_to = _kept(rows[place]), _come_to(right[place])
        faults += [f"{place} {name}: {kept[name]}, not {come_to[name]}" for name in kept if kept[name] != come_to[name]]
    return faults


def _kept(level: LevelTotals) -> dict[str, object]:
    names = (*_WORDS, "sold_costed", "cost_sold", "cost_returned", "unit_time", "uncosted_time", "value_time")
    return {name: getattr(level, name) for name in (*names, "out_time", "on_hand", "value", "uncosted")}


def _come_to(right: Reckoning) -> dict[str, object]:
    end = max(entry.stamp.occurred_at for entry in right.entries)
    after = datetime(9999, 1, 1, tzinfo=UTC)
    units, cost = right.cost_sold(_BEGIN, after)
    sweep = right.sweep(_BEGIN, end)
    books = right.books
    return {
        **{name: right.moved(word, _BEGIN, after) for name, word in _WORDS.items()},
        "sold_costed": units,
        "cost_sold": int(cost * TICKS),
        "cost_returned": int(right.cost_returned(_BEGIN, after) * TICKS),
        "unit_time": sweep["there"] * _MICROSECONDS,
        "uncosted_time": sweep["unknown"] * _MICROSECONDS,
        "value_time": sweep["worth"] * _MICROSECONDS * TICKS,
        "out_time": sweep["out"] * _MICROSECONDS,
        "on_hand": books.on_hand,
        "value": int(books.worth * TICKS),
        "uncosted": books.unknown,
    }
