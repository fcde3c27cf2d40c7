"""Entries of the ledger as the keeper folds them: those of a block, and those since a moment that were folded already.

An entry counts when it happened. One that comes after the month in which it happened was archived cannot: it counts
when it was recorded, as `overdue_entries` remembers.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple
from uuid import UUID

import asyncpg

from db.rollup_books import RollupBooks
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

#: So much of the feed is looked through for entries that were found; where more waits, what comes late does so too.
FEED_ROWS_MAX = 2_000
#: Rows of a level that are read ahead.
_AHEAD = 500

_FIELDS = ", ".join(f"entry.{name}" for name in FIELDS)
_ORDER = "counted_at, recorded_at, level_version, id"
#: Of SKUs, each from a moment on: $4 of a level at most, in the order of `Told.order`. What is recorded is never
#: recorded before it happened, but for clocks that do not agree.
SINCE = f"""
WITH asked AS (SELECT * FROM unnest($2::text[], $3::timestamptz[]) AS asked (sku, since)),
told AS (
    SELECT {_FIELDS}, entry.occurred_at AS counted_at
    FROM asked JOIN stock_levels AS level ON level.tenant_id = $1 AND level.sku = asked.sku CROSS JOIN LATERAL (
        SELECT * FROM ledger WHERE tenant_id = $1 AND sku = level.sku AND location = level.location
        AND occurred_at >= asked.since AND recorded_at >= asked.since - interval '1 day'
        ORDER BY occurred_at, id LIMIT $4
    ) AS entry
    UNION ALL
    SELECT {_FIELDS}, overdue.counted_at
    FROM asked JOIN overdue_entries AS overdue
        ON overdue.tenant_id = $1 AND overdue.sku = asked.sku AND overdue.counted_at >= asked.since
    JOIN ledger AS entry
        ON entry.tenant_id = $1 AND entry.recorded_at = overdue.recorded_at AND entry.id = overdue.id
)
SELECT * FROM told ORDER BY {_ORDER}
"""
#: The same of one level, without end, and of what came too late to count where it happened.
OF_LEVEL = f"""
SELECT {_FIELDS}, occurred_at AS counted_at FROM ledger AS entry
WHERE tenant_id = $1 AND sku = $2 AND location = $3
AND occurred_at >= $4 AND recorded_at >= $4 - interval '1 day'
ORDER BY {_ORDER}
"""
OVERDUE = f"""
SELECT {_FIELDS}, overdue.counted_at
FROM overdue_entries AS overdue
JOIN ledger AS entry ON entry.tenant_id = $1 AND entry.recorded_at = overdue.recorded_at AND entry.id = overdue.id
WHERE overdue.tenant_id = $1 AND overdue.sku = $2 AND overdue.counted_at >= $3
ORDER BY {_ORDER.replace(", id", ", entry.id")}
"""
_FED = """
SELECT fed.id FROM ledger_feed AS row CROSS JOIN unnest(row.entries) AS fed (id)
WHERE row.tenant_id = $1 AND fed.id IS NOT NULL
"""
#: Of these entries those that wait in the feed.
WAITING = f"{_FED} AND fed.id IN (SELECT unnest($2::uuid[]))"
MANY_FED = "SELECT EXISTS (SELECT FROM ledger_feed WHERE tenant_id = $1 ORDER BY id OFFSET $2)"
_OVERDUE = """
INSERT INTO overdue_entries (tenant_id, sku, counted_at, recorded_at, id)
SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::uuid[])
"""
#: Of a SKU whose first rows are opening balances: what the ledger still tells of the time before, and was folded.
_ALL_OVERDUE = f"""
INSERT INTO overdue_entries (tenant_id, sku, counted_at, recorded_at, id)
SELECT $1, entry.sku, greatest(entry.recorded_at, $3), entry.recorded_at, entry.id
FROM stock_levels AS level CROSS JOIN LATERAL (
    SELECT * FROM ledger WHERE tenant_id = $1 AND sku = level.sku AND location = level.location AND occurred_at < $3
) AS entry
WHERE level.tenant_id = $1 AND level.sku = $2
AND entry.id NOT IN ({_FED})
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

    @property
    def at(self) -> datetime:
        """When it counts."""
        return self.order[0]


class Stretch(NamedTuple):
    """What was folded of a SKU up to a moment, in order; None: to its end."""

    changes: Sequence[Moved]
    until: datetime | None


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

    def __init__(self, connection: asyncpg.Connection, books: RollupBooks) -> None:
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
        asked = self._books.tenant, list(skus), list(skus.values())
        rows = await self._connection.fetch(SINCE, *asked, limit + 1)
        waiting = await self._waiting([row["id"] for row in rows])
        found: dict[str, list[Moved]] = {sku: [] for sku in skus}
        counts: dict[tuple[str, str], int] = {}
        for row in rows:
            place = row["sku"], row["location"]
            counts[place] = counts.get(place, 0) + 1
            if row["id"] not in waiting:
                found[row["sku"]].append(self._told(row).moved)
        over = {sku for (sku, _), count in counts.items() if count > limit}
        return {sku: None if sku in over else changes for sku, changes in found.items()}

    async def many_wait(self) -> bool:
        """Whether so much waits to be sealed that it is not to be looked through now."""
        return bool(await self._connection.fetchval(MANY_FED, self._books.tenant, FEED_ROWS_MAX))

    async def stream(
        self, sku: str, since: datetime, locations: Collection[str], at_once: int
    ) -> AsyncIterator[Sequence[Moved]]:
        """The same of one SKU with these locations, however many, some at a time."""
        some: list[Told] = []
        async for each in self._each(sku, since, locations):
            some.append(each)
            if len(some) == at_once:
                yield await self._folded(some)
                some = []
        if some:
            yield await self._folded(some)

    async def stretch(self, sku: str, since: datetime, locations: Collection[str], limit: int) -> Stretch:
        """Of one SKU from a moment on so many or some more: none that comes later happened at the same moment as the
        last. To the end of a whole day, where so many are more than a day's."""
        read: list[Told] = []
        async with aclosing(self._each(sku, since, locations)) as entries:
            async for each in entries:
                if len(read) >= limit and each.at > read[-1].at:
                    day = self._books.whole_since(self._books.days.of(each.at))
                    until = day if day > read[0].at else each.at
                    return Stretch(await self._folded([one for one in read if one.at < until]), until)
                read.append(each)
        return Stretch(await self._folded(read), None)

    async def _each(self, sku: str, since: datetime, locations: Collection[str]) -> AsyncGenerator[Told]:
        """Entries in order, those that wait in the feed too: of each level no more are read than come next."""
        of_sku = self._books.tenant, sku
        asked = [(OF_LEVEL, (*of_sku, location, since)) for location in locations]
        sources = [self._read(sql, *arguments) for sql, arguments in [*asked, (OVERDUE, (*of_sku, since))]]
        heads = [(each, place) for place, source in enumerate(sources) if (each := await anext(source, None))]
        heapify(heads)
        while heads:
            each, place = heads[0]
            yield each
            following = await anext(sources[place], None)
            if following is None:
                heappop(heads)
            else:
                heapreplace(heads, (following, place))

    async def _read(self, sql: str, *arguments: object) -> AsyncGenerator[Told]:
        async for row in self._connection.cursor(sql, *arguments, prefetch=_AHEAD):
            yield self._told(row)

    async def _folded(self, entries: Sequence[Told]) -> Sequence[Moved]:
        """Those that wait in no feed."""
        waiting = await self._waiting([each.order[-1] for each in entries])
        return [each.moved for each in entries if each.order[-1] not in waiting]

    async def _waiting(self, ids: Sequence[UUID]) -> set[UUID]:
        return {row[0] for row in await self._connection.fetch(WAITING, self._books.tenant, ids)} if ids else set()

    def _told(self, row: asyncpg.Record) -> Told:
        return told(row, row["counted_at"], self._books.currency)

    async def openings(self, sku: str) -> list[Moved]:
        """What is known of a SKU's levels by the balances of archived months, in order. Nobody knows what it cost."""
        rows = await self._connection.fetch(_OPENINGS, self._books.tenant, sku)
        changes = [(row["location"], _opening(*row[1:])) for row in rows]
        await self._connection.execute(_ALL_OVERDUE, self._books.tenant, sku, self._books.first)
        return sorted(changes, key=lambda moved: moved[1].occasion)


def _opening(at: datetime, version: int, on_hand: int, allocated: int, unavailable: int, incoming: int) -> Change:
    flow = Flow.RECEIVED if on_hand else None
    return Change(at, version, flow, on_hand, allocated, unavailable, incoming)
