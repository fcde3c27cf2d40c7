"""The outbox as a relay reads it; `db.outbox_events` tells how it is written, and why that keeps order.

Each shard is owned by one relay at a time, with a session's advisory lock that ends with its connection; all reads and
deletes go over that connection, so that who lost a shard can no longer touch it.

Relays share evenly: each counts those alive and holds its part of the shards, rounded up. One that sends to itself
alone tolerates no other: it would lose the changes that the other takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import asyncpg

from db.faults import DatabaseFault, DatabaseUnavailable, connection_lost
from db.outbox_events import SHARDS
from db.outbox_floors import Floor, Seen
from db.pool import Database

#: The two classes of advisory locks: one a relay, held together by all that are alive, and one a shard.
ALIVE_CLASS = 0x0A11
SHARD_CLASS = 0x54A2

BE_ALIVE = "SELECT pg_try_advisory_lock_shared($1::int, 0)"
BE_ALONE = "SELECT pg_try_advisory_lock($1::int, 0)"
COUNT_ALIVE = """
SELECT count(DISTINCT pid) FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1::int::oid AND objid = 0 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
TAKE = "SELECT shard FROM unnest($2::int[]) AS free (shard) WHERE pg_try_advisory_lock($1::int, shard) LIMIT $3"
GIVE_BACK = "SELECT pg_advisory_unlock($1::int, shard) FROM unnest($2::int[]) AS surplus (shard)"

#: Rows of the shards, each shard's in the order of ids, above its floor; a row without id for a shard that has none.
READ = """
SELECT wanted.shard, row.id, row.tenant_id, row.key, row.aggregate_id, row.version, row.type, row.tx, row.body,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin
FROM unnest($1::smallint[], $2::bigint[]) AS wanted (shard, floor)
LEFT JOIN LATERAL (
    SELECT id, tenant_id, key, aggregate_id, version, type, tx::text::bigint AS tx, body
    FROM outbox WHERE outbox.shard = wanted.shard AND outbox.id > wanted.floor AND put_aside_at IS NULL
    ORDER BY outbox.id LIMIT $3
) AS row ON true
LIMIT $3 + $4
"""
#: Tells the transaction's own id (`db.outbox_floors`), as does PUT_ASIDE.
FINISH = """
WITH finished AS (
    DELETE FROM outbox USING unnest($1::smallint[], $2::bigint[]) AS sent (shard, id)
    WHERE outbox.shard = sent.shard AND outbox.id = sent.id
)
SELECT pg_current_xact_id()::text::bigint
"""
#: What cannot be sent stays: docs/running.md says how it is seen and sent again. It is then given a new id, which its
#: transaction draws after its own, as `db.outbox_events.ADD` does: floors rest on that.
PUT_ASIDE = """
WITH put_aside AS (
    UPDATE outbox SET put_aside_at = clock_timestamp() FROM unnest($1::smallint[], $2::bigint[]) AS given (shard, id)
    WHERE outbox.shard = given.shard AND outbox.id = given.id
)
SELECT pg_current_xact_id()::text::bigint
"""
#: Nobody waits for the disk to forget what was sent: what a crash brings back is sent again, and known by its version.
SET_LAZY = "SET synchronous_commit = off"
LAG = """
SELECT count(*) - count(put_aside_at),
    coalesce(extract(epoch FROM clock_timestamp() - min(written_at) FILTER (WHERE put_aside_at IS NULL)), 0)::float8,
    count(put_aside_at)
FROM outbox
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event to be sent. `tx` is the transaction that wrote it, `body` the envelope without it."""

    id: int
    shard: int
    tenant: UUID
    key: str
    aggregate_id: UUID
    version: int
    type: str
    tx: int
    body: bytes


class Lag(NamedTuple):
    """How far the relays are behind: rows waiting, the age of the oldest in seconds, and rows put aside."""

    rows: int
    oldest_s: float
    put_aside: int


class OutboxTaken(DatabaseFault):
    """Another relay is alive, and one of both tolerates no other; the text names the remedy."""


class OutboxShards:
    """One relay's shards, or all of them where it is `alone`.

    Whatever fails because of the connection raises DatabaseUnavailable, and nothing is owned any more: forget what was
    read and claim again.
    """

    def __init__(self, database: Database, *, alone: bool = False) -> None:
        self._database = database
        self._alone = alone
        self._connection: asyncpg.Connection | None = None
        self._owned: set[int] = set()
        self._floors: dict[int, Floor] = {}
        self._unfinished: dict[int, int] = {}
        self._turn = 0
        self._counted = False
        self._one_at_a_time = asyncio.Lock()

    @property
    def owned(self) -> frozenset[int]:
        """The shards that are ours now; none once the connection is gone."""
        alive = self._connection is not None and not self._connection.is_closed()
        return frozenset(self._owned) if alive else frozenset()

    async def claim_shards(self) -> frozenset[int]:
        """Take a fair share of the shards and give back what is above it; the shards owned now. Raises OutboxTaken.

        To be called from time to time, and only while nothing that was read is still to be sent: a shard given back is
        another relay's at once.
        """
        async with self._one_at_a_time:
            if not self.owned:
                await self._connect()
            async with self._connected() as connection:
                await self._balance(connection)
            return self.owned

    async def read(self, shards: Collection[int], limit: int) -> list[OutboxRow]:
        """The next rows of owned shards, at most `limit`, each shard's in the order of ids; they stay until finished.

        Where there are more, shards take turns in coming first.
        """
        async with self._one_at_a_time:
            if not self.owned.issuperset(shards):
                raise DatabaseUnavailable("The relay's database connection was lost, and its shards with it.")
            if not shards:
                return []
            async with self._connected() as connection:
                order = self._in_turn(shards)
                floors = [self._floors.setdefault(shard, Floor()).above for shard in order]
                found = await connection.fetch(READ, order, floors, limit, len(order))
            return self._taken(found, limit)

    async def finish(self, ids: Collection[int]) -> None:
        """Delete rows that were read and sent. Rows of a connection that was lost since are the next owner's."""
        await self._settle(FINISH, ids)

    async def put_aside(self, ids: Collection[int]) -> None:
        """Keep rows that were read and cannot be sent, and read them no more. Rows as of `finish`."""
        await self._settle(PUT_ASIDE, ids)

    async def lag(self) -> Lag:
        """Of all shards, whoever owns them."""
        async with self._one_at_a_time:
            if self._connection is None or self._connection.is_closed():
                await self._connect()
            async with self._connected() as connection:
                row = await connection.fetchrow(LAG)
                assert row is not None
                return Lag(*row)

    async def close(self) -> None:
        """Give everything back."""
        connection, self._connection = self._connection, None
        self._owned.clear()
        if connection is not None:
            await connection.close()

    async def _connect(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        self._owned.clear()
        self._floors.clear()
        self._unfinished.clear()
        self._counted = False
        self._connection = await self._database.worker()
        async with self._connected() as connection:
            await connection.execute(SET_LAZY)

    async def _settle(self, statement: str, ids: Collection[int]) -> None:
        async with self._one_at_a_time:
            ours = {id_: self._unfinished[id_] for id_ in ids if id_ in self._unfinished}
            if not ours:
                return
            async with self._connected() as connection:
                own = await connection.fetchval(statement, list(ours.values()), list(ours))
            assert own is not None
            for id_ in ours:
                del self._unfinished[id_]
            for floor in self._floors.values():
                floor.drawn(own)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        """The connection that holds the locks. A fault of it ends it."""
        connection = self._connection
        if connection is None or connection.is_closed():
            raise DatabaseUnavailable("The relay's database connection was lost, and its shards with it.")
        try:
            yield connection
        except Exception as fault:
            if not connection_lost(fault, connection.is_closed()):
                raise
            connection.terminate()
            raise DatabaseUnavailable(f"The relay's database connection was lost: {fault}") from fault

    async def _balance(self, connection: asyncpg.Connection) -> None:
        if not self._counted:
            await self._register(connection)
        alive = int(await connection.fetchval(COUNT_ALIVE, ALIVE_CLASS) or 1)
        share = -(-SHARDS // alive)
        if surplus := sorted(self._owned)[share:]:
            await connection.execute(GIVE_BACK, SHARD_CLASS, surplus)
            self._forget(surplus)
        elif missing := share - len(self._owned):
            others = [shard for shard in range(SHARDS) if shard not in self._owned]
            taken = await connection.fetch(TAKE, SHARD_CLASS, others, missing)
            self._owned.update(row["shard"] for row in taken)

    async def _register(self, connection: asyncpg.Connection) -> None:
        """Be counted by the others, or hold them off."""
        self._counted = await connection.fetchval(BE_ALONE if self._alone else BE_ALIVE, ALIVE_CLASS)
        if not self._counted:
            who = "Another relay works" if self._alone else "A process without REDIS_URL serves alone"
            raise OutboxTaken(
                f"{who} on this database, and would take changes away from this one: stop it, or give REDIS_URL to "
                "every process, so that they share them."
            )

    def _forget(self, shards: Sequence[int]) -> None:
        self._owned.difference_update(shards)
        for shard in shards:
            self._floors.pop(shard, None)
        self._unfinished = {id_: shard for id_, shard in self._unfinished.items() if shard in self._owned}

    def _in_turn(self, shards: Collection[int]) -> list[int]:
        """The shards, beginning with another one each time."""
        order = sorted(shards)
        self._turn = (self._turn + 1) % SHARDS
        start = self._turn % len(order)
        return order[start:] + order[:start]

    def _taken(self, found: Sequence[asyncpg.Record], limit: int) -> list[OutboxRow]:
        by_shard: dict[int, list[asyncpg.Record]] = {}
        for row in found:
            by_shard.setdefault(row["shard"], []).append(row)
        for shard, rows in by_shard.items():
            seen = Seen(rows[0]["id"], rows[-1]["id"], rows[0]["xmin"])
            self._floors[shard].learn(seen)
        taken = [OutboxRow(row["id"], row["shard"], *row[2:9]) for row in found if row["id"] is not None][:limit]
        self._unfinished.update((row.id, row.shard) for row in taken)
        return taken
