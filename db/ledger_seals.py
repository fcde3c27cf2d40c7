"""Seals: a tenant's chain of blocks, and the transaction that seals what its feed tells.

Who seals deletes rows of the feed and adds their blocks in one transaction. Of two who do it at once the second waits
for the first one's rows and finds others, or adds a block of a number that is there, and is undone.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg

from db.faults import BooksHeld, DatabaseUnavailable, connection_lost
from db.keeper import Keeper
from db.ledger import Unplaced, is_entry_id, recorded_within
from db.pool import Database
from db.rollup_books import BEGINNING, RollupBooks, RollupQueue, held
from db.tenant_connection import TenantConnection
from db.worker_session import WorkerSession
from services.seals import ENTRY_FIELDS, GONE, Block, BlockKind, Head, entry_hash, month_of

logger = logging.getLogger(__name__)

#: The advisory lock of the one process that seals.
SEAL_CLASS = 0x5EA1
NO_ENTRIES = (
    "%d ids in the ledger_feed of tenant %s are of no entry that there ever was: they are left out of its chain"
)
FEED_ROWS_AT_ONCE = 200
ENTRIES_AT_ONCE = 2_000
_MILLISECOND = timedelta(milliseconds=1)

#: Tenants with rows in a table, after a given one: a step in the index for each.
TENANTS = """
WITH RECURSIVE found AS (
    (SELECT tenant_id FROM {table} ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT tenant_id FROM {table} WHERE tenant_id > found.tenant_id ORDER BY tenant_id LIMIT 1)
    FROM found WHERE found.tenant_id IS NOT NULL
)
SELECT tenant_id FROM found WHERE tenant_id IS NOT NULL
"""
FED_TENANTS = TENANTS.format(table="ledger_feed")
#: Each tenant with a chain, and its last number.
HEADS = f"""
SELECT tenant_id, number FROM ({TENANTS.format(table="ledger_seals")}) AS chain CROSS JOIN LATERAL (
    SELECT number FROM ledger_seals AS seal WHERE seal.tenant_id = chain.tenant_id ORDER BY number DESC LIMIT 1
) AS last
"""

#: Take rows of the feed, as many as hold $3 entries, $2 at most.
TAKE = """
DELETE FROM ledger_feed USING (
    SELECT id, sum(cardinality(entries)) OVER (ORDER BY id) - cardinality(entries) AS before
    FROM (SELECT id, entries FROM ledger_feed WHERE tenant_id = $1 ORDER BY id LIMIT $2) AS row
) AS first
WHERE ledger_feed.tenant_id = $1 AND ledger_feed.id = first.id AND first.before < $3
RETURNING ledger_feed.entries
"""
HEAD = """
SELECT number, kind, first, cardinality(ids), hash FROM ledger_seals WHERE tenant_id = $1 ORDER BY number DESC LIMIT 1
"""


def holdable(moment: str) -> str:
    """A time as a datetime can hold it: who rules the database may have written others, which no hash bears out."""
    return f"least(greatest({moment}, '0001-01-01 00:00Z'), '9999-12-31 00:00Z')"


#: What is hashed of all entries that were recorded in these milliseconds, each looked up by itself, by the primary key:
#: with `BY_INDEX` nothing else gives the order, whatever the statistics of a month say that was empty a moment ago.
RECORDED = f"""
SELECT {", ".join(f"entry.{name}" for name in ENTRY_FIELDS)}
FROM unnest($2::timestamptz[], $3::timestamptz[]) AS asked (since, until) CROSS JOIN LATERAL (
    SELECT * FROM ledger WHERE tenant_id = $1 AND recorded_at >= asked.since AND recorded_at < asked.until
    ORDER BY recorded_at, id OFFSET 0
) AS entry
"""
#: The same to be compared with what was sealed, whatever became of it since.
COMPARABLE = RECORDED.replace("entry.occurred_at", f"{holdable('entry.occurred_at')} AS occurred_at")
BLOCK_COLUMNS = ("number", "kind", "month", "first", "sealed_at", "ids", "hashes", "document", "previous", "hash")
_BLOCK = {
    **{name: name for name in BLOCK_COLUMNS},
    "sealed_at": holdable("sealed_at"),
    "ids": f"ARRAY(SELECT coalesce(id, '{UUID(int=0)}') FROM unnest(ids) AS id)",
}
#: A block as `block_from` takes it, whatever became of it.
BLOCK = ", ".join(_BLOCK.values())
ADD = f"""
INSERT INTO ledger_seals (tenant_id, {", ".join(BLOCK_COLUMNS)}, until)
VALUES ($1, {", ".join(f"${n}" for n in range(2, len(BLOCK_COLUMNS) + 3))})
"""
BLOCKS = f"SELECT {BLOCK} FROM ledger_seals WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT $3"
LEVELS = "SELECT id, version FROM stock_levels WHERE tenant_id = $1"
_CLOCK = "SELECT clock_timestamp()"
_WAYS = ("enable_seqscan", "enable_bitmapscan", "enable_sort")
#: For a session, and for a transaction: the feed, too, is empty at one moment and full at the next.
BY_INDEX = "; ".join(f"SET {way} = off" for way in _WAYS)
BY_INDEX_NOW = "; ".join(f"SET LOCAL {way} = off" for way in _WAYS)
ANY_WAY = "; ".join(f"SET {way} = on" for way in _WAYS)


async def entries_found(
    connection: asyncpg.Connection, tenant: UUID, ids: Sequence[UUID], statement: str = COMPARABLE
) -> Mapping[UUID, asyncpg.Record]:
    """Those of the entries that are there: the values of ENTRY_FIELDS, found by the millisecond that each id holds.

    For a session, or a transaction, that goes by the indexes.
    """
    wanted = {id_ for id_ in ids if is_entry_id(id_)}
    since = sorted(map(recorded_within, {id_.int >> 80: id_ for id_ in wanted}.values()))
    rows = await connection.fetch(statement, tenant, since, [moment + _MILLISECOND for moment in since])
    return {row[0]: row for row in rows if row[0] in wanted}


async def blocks_after(connection: asyncpg.Connection, tenant: UUID, number: int, limit: int) -> list[Block]:
    """Blocks of the chain behind a number, in their order."""
    return [block_from(tenant, row) for row in await connection.fetch(BLOCKS, tenant, number, limit)]


async def head_of(connection: asyncpg.Connection, tenant: UUID) -> Head:
    """Where the chain ends."""
    row = await connection.fetchrow(HEAD, tenant)
    if row is None:
        return Head()
    number, kind, first, count, hash_ = row
    return Head(number, first - 1 + (count if kind == BlockKind.ENTRIES else 0), hash_)


async def add_block(connection: asyncpg.Connection, block: Block, until: datetime) -> None:
    values = (block.number, block.kind.value, block.month, block.first, block.sealed_at, block.ids, block.hashes)
    await connection.execute(ADD, block.tenant, *values, block.document, block.previous, block.hash, until)


def block_from(tenant: UUID, row: Sequence[Any]) -> Block:
    """A block from the values of BLOCK."""
    number, kind, month, first, sealed_at, ids, *rest = row
    return Block(tenant, number, BlockKind(kind), month, first, sealed_at, ids, *rest)


async def _taken_out(connection: asyncpg.Connection, tenant: UUID, missing: Collection[UUID]) -> set[UUID]:
    """Of ids that were fed and lead to no entry, those that changes of stock have had: their entries are gone.

    Whoever may write the feed could have made up the others; nothing was ever taken away that they tell of.
    """
    if not missing:
        return set()
    unplaced = Unplaced(missing)
    levels = connection.cursor(LEVELS, tenant, prefetch=500)
    return {id_ async for level, version in levels for id_ in unplaced.of(level, version)}


async def _seal(
    connection: asyncpg.Connection, tenant: UUID, ids: Sequence[UUID], found: Mapping[UUID, asyncpg.Record]
) -> None:
    """Add a block for each month of these entries, of which some may be gone."""
    head, name = await head_of(connection, tenant), str(tenant)
    sealed_at: datetime = await connection.fetchval(_CLOCK)  # type: ignore[assignment]
    placed = sorted(((found[id_]["recorded_at"] if id_ in found else recorded_within(id_)), id_) for id_ in ids)
    for month, group in groupby(placed, key=lambda each: month_of(each[0])):
        sealed = list(group)
        hashes = [entry_hash(name, found[id_]) if id_ in found else GONE for _, id_ in sealed]
        block = Block(
            tenant,
            head.number + 1,
            BlockKind.ENTRIES,
            month,
            head.sequence + 1,
            sealed_at,
            [id_ for _, id_ in sealed],
            b"".join(hashes),
            None,
            head.hash,
        ).closed()
        await add_block(connection, block, sealed[-1][0])
        head = block.head


async def _fold(connection: asyncpg.Connection, books: RollupBooks, entries: Sequence[asyncpg.Record]) -> None:
    """Let the reports count them. What cannot be folded is put down to be folded by itself: the chain goes on."""
    try:
        async with connection.transaction():
            await Keeper(connection, books).keep(entries)
    except Exception as fault:
        if connection_lost(fault, connection.is_closed()) or isinstance(fault, TimeoutError):
            raise
        logger.exception("%d entries of tenant %s cannot be folded into its rollups now", len(entries), books.tenant)
        skus = {entry["sku"]: BEGINNING for entry in entries}
        await RollupQueue(connection, books.tenant).put(skus)


class Seals:
    """Implements `workers.ports.Seals`. Raises DatabaseUnavailable; `seal`, BooksHeld too."""

    def __init__(self, database: Database, session: WorkerSession) -> None:
        self._database = database
        self._session = session

    async def alone(self) -> bool:
        return await self._session.holds(SEAL_CLASS, 0)

    async def waiting(self) -> Sequence[UUID]:
        return [row[0] for row in await self._session.fetch(FED_TENANTS)]

    async def heads(self) -> Mapping[UUID, int]:
        return {row[0]: row[1] for row in await self._session.fetch(HEADS)}

    async def seal(self, tenant: UUID, entries: int = ENTRIES_AT_ONCE) -> int:
        async with self._transaction(tenant) as connection:
            books = await held(connection, tenant)
            rows = await connection.fetch(TAKE, tenant, FEED_ROWS_AT_ONCE, entries)
            fed = [id_ for row in rows for id_ in row[0]]
            ids = [id_ for id_ in fed if id_ is not None and is_entry_id(id_)]
            found = await entries_found(connection, tenant, ids, RECORDED)
            gone = await _taken_out(connection, tenant, {id_ for id_ in ids if id_ not in found})
            ids = [id_ for id_ in ids if id_ in found or id_ in gone]
            if ids:
                await _seal(connection, tenant, ids, found)
            if books is not None and found:
                await _fold(connection, books, [found[id_] for id_ in ids if id_ in found])
        if len(ids) < len(fed):
            logger.error(NO_ENTRIES, len(fed) - len(ids), tenant)
        return len(fed)

    async def blocks(self, tenant: UUID, after: int, limit: int) -> Sequence[Block]:
        async with self._database.acquire(tenant) as connection:
            return await blocks_after(connection, tenant, after, limit)

    @asynccontextmanager
    async def _transaction(self, tenant: UUID) -> AsyncIterator[TenantConnection]:
        async with self._database.acquire(tenant) as connection:
            try:
                async with connection.transaction():
                    await connection.execute(BY_INDEX_NOW)
                    yield connection
            except asyncpg.LockNotAvailableError as fault:
                raise BooksHeld(f"Somebody else folds or archives for the tenant: {fault}") from fault
            except asyncpg.UniqueViolationError as fault:
                raise DatabaseUnavailable("Another process seals this ledger too; its block stays.") from fault
            except Exception as fault:
                if connection_lost(fault, connection.is_closed()):
                    raise DatabaseUnavailable(f"The connection was lost while entries were sealed: {fault}") from fault
                raise
