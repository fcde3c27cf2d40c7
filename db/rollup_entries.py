"""Entries of the ledger as the keeper folds them: those of a block, and those since a moment that were folded already.

An entry counts when it happened. One that comes after the month in which it happened was archived cannot: it counts
when it was recorded, as `overdue_entries` remembers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from db.rollup_books import Books
from db.writes import columns_of
from domain.flows import Change, Flow, cost_of, flow_of, transfer_of
from domain.keeping import Moved
from domain.ledger import LedgerKind

#: What the keeper reads of an entry.
FIELDS = (
    *("id", "sku", "location", "level_version", "kind", "recorded_at", "reason_code", "reference_type", "reference"),
    *("on_hand_change", "allocated_change", "unavailable_change", "incoming_change", "unit_cost", "currency"),
)
_KINDS = {kind.value: kind for kind in LedgerKind}

#: Of SKUs, each from a moment on: $4 of a level at most, in the order of `Told.order`; and whether they still wait in
#: the feed. What is recorded is never recorded before it happened, but for clocks that do not agree.
_SINCE = f"""
WITH asked AS (SELECT * FROM unnest($2::text[], $3::timestamptz[]) AS asked (sku, since)),
fed AS MATERIALIZED (SELECT unnest(entries) AS id FROM ledger_feed WHERE tenant_id = $1),
told AS (
    SELECT {", ".join(f"entry.{name}" for name in FIELDS)}, entry.occurred_at AS counted_at
    FROM asked JOIN stock_levels AS level ON level.tenant_id = $1 AND level.sku = asked.sku CROSS JOIN LATERAL (
        SELECT * FROM ledger WHERE tenant_id = $1 AND sku = level.sku AND location = level.location
        AND occurred_at >= asked.since AND recorded_at >= asked.since - interval '1 day'
        ORDER BY occurred_at, id LIMIT $4
    ) AS entry
    UNION ALL
    SELECT {", ".join(f"entry.{name}" for name in FIELDS)}, overdue.counted_at
    FROM asked JOIN overdue_entries AS overdue
        ON overdue.tenant_id = $1 AND overdue.sku = asked.sku AND overdue.counted_at >= asked.since
    JOIN ledger AS entry
        ON entry.tenant_id = $1 AND entry.recorded_at = overdue.recorded_at AND entry.id = overdue.id
)
SELECT told.*, fed.id IS NOT NULL AS waits FROM told LEFT JOIN fed ON fed.id = told.id
ORDER BY counted_at, recorded_at, level_version, told.id
"""
_OVERDUE = """
INSERT INTO overdue_entries (tenant_id, sku, counted_at, recorded_at, id)
SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::uuid[])
"""
#: Of a SKU whose first rows are opening balances: what the ledger still tells of the time before, and was folded.
_ALL_OVERDUE = """
INSERT INTO overdue_entries (tenant_id, sku, counted_at, recorded_at, id)
SELECT $1, entry.sku, greatest(entry.recorded_at, $3), entry.recorded_at, entry.id
FROM stock_levels AS level CROSS JOIN LATERAL (
    SELECT * FROM ledger WHERE tenant_id = $1 AND sku = level.sku AND location = level.location AND occurred_at < $3
) AS entry
WHERE level.tenant_id = $1 AND level.sku = $2
AND NOT EXISTS (SELECT FROM ledger_feed WHERE tenant_id = $1 AND entry.id = ANY (entries))
ON CONFLICT DO NOTHING
"""
_OPENINGS = """
SELECT DISTINCT ON (location) location, recorded_at, level_version, on_hand, allocated, unavailable, incoming
FROM ledger_openings WHERE tenant_id = $1 AND sku = $2 ORDER BY location, month DESC
"""


class Told(NamedTuple):
    """An entry: what orders it among all of its SKU, and what it changes where."""

    order: tuple[datetime, datetime, int, UUID]
    sku: str
    moved: Moved


def told(entry: asyncpg.Record, at: datetime, currency: str) -> Told:
    """From the values of FIELDS, by name; `at` is when it counts."""
    change = Change(
        at,
        entry["level_version"],
        flow_of(_KINDS[entry["kind"]], entry["reason_code"], entry["on_hand_change"]),
        entry["on_hand_change"],
        entry["allocated_change"],
        entry["unavailable_change"],
        entry["incoming_change"],
        cost_of(entry["unit_cost"], entry["currency"], currency),
        transfer_of(entry["reference_type"], entry["reference"]),
    )
    order = (at, entry["recorded_at"], entry["level_version"], entry["id"])
    return Told(order, entry["sku"], (entry["location"], change))


class PostgresEntries:
    """The tenant's, in a transaction of who holds its books."""

    def __init__(self, connection: asyncpg.Connection, books: Books) -> None:
        self._connection = connection
        self._books = books

    async def taken(self, entries: Sequence[asyncpg.Record]) -> list[Told]:
        """Those of a block, in order; what is overdue is remembered."""
        floor = self._books.first
        late = {entry["id"]: max(entry["recorded_at"], floor) for entry in entries if entry["occurred_at"] < floor}
        if late:
            rows = [
                (each["sku"], late[each["id"]], each["recorded_at"], each["id"])
                for each in entries
                if each["id"] in late
            ]
            await self._connection.execute(_OVERDUE, self._books.tenant, *columns_of(rows, 4))
        moments = ((entry, late.get(entry["id"], entry["occurred_at"])) for entry in entries)
        return sorted(told(entry, at, self._books.currency) for entry, at in moments)

    async def since(self, skus: Mapping[str, datetime], limit: int) -> dict[str, list[Moved] | None]:
        """What was folded of SKUs from a moment on, in order; None: more than `limit` of a level."""
        rows = await self._connection.fetch(_SINCE, *self._asked(skus), limit + 1)
        found: dict[str, list[Moved]] = {sku: [] for sku in skus}
        counts: dict[tuple[str, str], int] = {}
        for row in rows:
            place = row["sku"], row["location"]
            counts[place] = counts.get(place, 0) + 1
            if not row["waits"]:
                found[row["sku"]].append(told(row, row["counted_at"], self._books.currency).moved)
        over = {sku for (sku, _), count in counts.items() if count > limit}
        return {sku: None if sku in over else changes for sku, changes in found.items()}

    async def stream(self, sku: str, since: datetime, at_once: int) -> AsyncIterator[list[Moved]]:
        """The same of one SKU, however many, some at a time."""
        some: list[Moved] = []
        async for row in self._connection.cursor(_SINCE, *self._asked({sku: since}), None, prefetch=at_once):
            if not row["waits"]:
                some.append(told(row, row["counted_at"], self._books.currency).moved)
            if len(some) == at_once:
                yield some
                some = []
        if some:
            yield some

    async def openings(self, sku: str) -> list[Moved]:
        """What is known of a SKU's levels by the balances of archived months, in order. Nobody knows what it cost."""
        rows = await self._connection.fetch(_OPENINGS, self._books.tenant, sku)
        changes = [(row["location"], _opening(*row[1:])) for row in rows]
        await self._connection.execute(_ALL_OVERDUE, self._books.tenant, sku, self._books.first)
        return sorted(changes, key=lambda moved: moved[1].occasion)

    def _asked(self, skus: Mapping[str, datetime]) -> tuple[UUID, list[str], list[datetime]]:
        return self._books.tenant, list(skus), list(skus.values())


def _opening(at: datetime, version: int, on_hand: int, allocated: int, unavailable: int, incoming: int) -> Change:
    flow = Flow.RECEIVED if on_hand else None
    return Change(at, version, flow, on_hand, allocated, unavailable, incoming)
