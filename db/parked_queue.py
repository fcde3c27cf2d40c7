"""Messages that wait, as they are tried again: those of every tenant, in the worker's role.

Who tries a message holds its row; others pass over it, and the next of its lane is not due before it is gone. So one
process at a time works on a lane, and one that dies leaves it at once, as it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import asyncpg

from db.faults import DatabaseUnavailable, connection_lost
from db.parked_messages import LANE_LOCK, decode_headers
from db.pool import Database
from services.parking import Lane, Message, ParkedMessage, Waiting

#: What is due, the longest due first. `statement_timestamp` is the one clock that an index can be asked by.
DUE = """
SELECT id, tenant_id, topic, key, partition, message_offset, sent_at_ms, message_key, value, headers, reason, attempts,
    extract(epoch FROM clock_timestamp() - parked_at)::float8 AS age_s
FROM parked_messages
WHERE next_try_at <= statement_timestamp() AND topic = ANY ($1::text[])
ORDER BY next_try_at LIMIT $2
FOR UPDATE SKIP LOCKED
"""

#: Hold lanes against those who would put messages behind others in them.
LOCK = f"""
SELECT {LANE_LOCK.format("tenant_id", "topic", "key")}
FROM (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS lane (tenant_id, topic, key)
    ORDER BY tenant_id, topic COLLATE "C", key COLLATE "C"
) AS lane
"""
FINISH = """
DELETE FROM parked_messages AS parked USING unnest($1::uuid[], $2::bigint[]) AS done (tenant_id, id)
WHERE parked.tenant_id = done.tenant_id AND parked.id = done.id
"""
#: The next of each lane is due.
ADVANCE = """
UPDATE parked_messages AS parked SET next_try_at = clock_timestamp()
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS lane (tenant_id, topic, key) CROSS JOIN LATERAL (
    SELECT id FROM parked_messages AS waiting
    WHERE waiting.tenant_id = lane.tenant_id AND waiting.topic = lane.topic AND waiting.key = lane.key
    ORDER BY id LIMIT 1
) AS first
WHERE parked.tenant_id = lane.tenant_id AND parked.id = first.id AND parked.next_try_at IS NULL
"""
POSTPONE = """
UPDATE parked_messages AS parked
SET attempts = attempts + 1, reason = late.reason, next_try_at = clock_timestamp() + late.wait_s * interval '1 second'
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::float8[]) AS late (tenant_id, id, reason, wait_s)
WHERE parked.tenant_id = late.tenant_id AND parked.id = late.id
"""
WAITING = """
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(parked_at)), 0)::float8 FROM parked_messages
"""


class DueMessages:
    """Implements `services.parking.Due`."""

    def __init__(self, messages: Sequence[ParkedMessage]) -> None:
        self.messages = messages
        self.finished: list[ParkedMessage] = []
        self.postponed: list[tuple[ParkedMessage, str, float]] = []

    def finish(self, message: ParkedMessage) -> None:
        self.finished.append(message)

    def postpone(self, message: ParkedMessage, reason: str, wait_s: float) -> None:
        self.postponed.append((message, reason, wait_s))


class ParkedQueue:
    """Implements `services.parking.ParkedQueue`; one task uses it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: asyncpg.Connection | None = None

    @asynccontextmanager
    async def due(self, topics: Collection[str], limit: int) -> AsyncIterator[DueMessages]:
        async with self._transaction() as connection:
            rows = await connection.fetch(DUE, sorted(topics), limit)
            due = DueMessages([_message_of(row) for row in rows])
            yield due
            await _settle(connection, due)

    async def waiting(self) -> Waiting:
        async with self._transaction() as connection:
            row = await connection.fetchrow(WAITING)
            assert row is not None
            return Waiting(*row)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """Whatever ends it early ends the connection: nothing of it is left, and nothing of it is held."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.worker()
        connection = self._connection
        try:
            await connection.execute("BEGIN")
            yield connection
            await connection.execute("COMMIT")
        except BaseException as fault:
            lost = connection_lost(fault, connection.is_closed())
            connection.terminate()
            if lost or isinstance(fault, asyncpg.LockNotAvailableError):
                raise DatabaseUnavailable(f"What waits could not be tried again: {fault}") from fault
            raise


async def _settle(connection: asyncpg.Connection, due: DueMessages) -> None:
    if due.finished:
        lanes = [list(column) for column in zip(*(each.lane for each in due.finished), strict=True)]
        await connection.execute(LOCK, *lanes)
        await connection.execute(FINISH, lanes[0], [each.id for each in due.finished])
        await connection.execute(ADVANCE, *lanes)
    if due.postponed:
        tenants = [each.lane.tenant for each, _, _ in due.postponed]
        reasons, waits = ([row[at] for row in due.postponed] for at in (1, 2))
        await connection.execute(POSTPONE, tenants, [each.id for each, _, _ in due.postponed], reasons, waits)


def _message_of(row: asyncpg.Record) -> ParkedMessage:
    lane = Lane(row["tenant_id"], row["topic"], row["key"])
    message = Message(
        row["topic"],
        row["partition"],
        row["message_offset"],
        row["sent_at_ms"],
        row["message_key"],
        row["value"],
        decode_headers(row["headers"]),
    )
    return ParkedMessage(row["id"], lane, message, row["reason"], row["attempts"], row["age_s"])
