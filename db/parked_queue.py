"""Messages that wait, as they are tried again: those of every tenant, in the worker's role.

Who tries a message has claimed it by an advisory lock of its session; others pass over it, and the next of its lane is
not due before it is gone. So one process at a time works on a lane, and one that dies leaves it at once, as it was. No
transaction is open while a message is tried, however long that takes: each is settled as soon as it is finished.

A claim ends with its connection and guards nothing: a message that two processes tried has one effect, by the inbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg

from db.faults import DatabaseUnavailable
from db.parked_messages import LANE_LOCK, decode_headers
from db.pool import Database
from db.worker_session import WorkerSession
from services.parking import Lane, Message, ParkedMessage, Waiting

#: The class of the advisory locks, one a message.
PARKED_CLASS = 0x9A6

#: Claim what is due, the longest due first. `statement_timestamp` is the one clock that an index can be asked by. A
#: lock taken of a row that is not returned does no harm: all are given back together.
CLAIM = """
SELECT tenant_id, id FROM parked_messages
WHERE next_try_at <= statement_timestamp() AND topic = ANY ($1::text[])
    AND pg_try_advisory_lock($3::int, hashint8(id))
ORDER BY next_try_at LIMIT $2
"""
#: What was claimed, unless somebody settled it a moment before.
READ = """
SELECT parked.id, parked.tenant_id, topic, key, partition, message_offset, sent_at_ms, message_key, value, headers,
    reason, attempts, extract(epoch FROM clock_timestamp() - parked_at)::float8 AS age_s
FROM unnest($1::uuid[], $2::bigint[]) AS claimed (tenant_id, id)
JOIN parked_messages AS parked ON parked.tenant_id = claimed.tenant_id AND parked.id = claimed.id
WHERE next_try_at <= statement_timestamp()
"""
GIVE_BACK = "SELECT pg_advisory_unlock_all()"

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
#: How many messages wait of each topic but for these.
FORGOTTEN = "SELECT topic, count(*) FROM parked_messages WHERE topic <> ALL ($1::text[]) GROUP BY topic ORDER BY topic"


class DueMessages:
    """Implements `services.parking.Due`. What is settled while others are being settled goes together after them."""

    def __init__(self, messages: Sequence[ParkedMessage], session: WorkerSession) -> None:
        self.messages = messages
        self._session = session
        self._settling = asyncio.Lock()
        self._unsettled: dict[int, _Settled] = {}

    async def finish(self, message: ParkedMessage) -> None:
        await self._settle(_Settled(message))

    async def postpone(self, message: ParkedMessage, reason: str, wait_s: float) -> None:
        await self._settle(_Settled(message, reason, wait_s))

    async def _settle(self, settled: _Settled) -> None:
        self._unsettled[settled.message.id] = settled
        async with self._settling:
            if settled.message.id in self._unsettled:
                together, self._unsettled = list(self._unsettled.values()), {}
                await self._session.execute(*_statements(together))


class ParkedQueue:
    """Implements `services.parking.ParkedQueue`; one task uses it."""

    def __init__(self, database: Database) -> None:
        self._session = WorkerSession(database)

    @asynccontextmanager
    async def due(self, topics: Collection[str], limit: int) -> AsyncIterator[DueMessages]:
        try:
            claimed = await self._session.fetch(CLAIM, sorted(topics), limit, PARKED_CLASS)
            rows = await self._session.fetch(READ, *_columns(map(tuple, claimed), 2)) if claimed else []
            yield DueMessages([_message_of(row) for row in rows], self._session)
        finally:
            with suppress(DatabaseUnavailable):  # the connection is gone, and the claims with it
                await self._session.fetch(GIVE_BACK)

    async def waiting(self) -> Waiting:
        [row] = await self._session.fetch(WAITING)
        return Waiting(*row)

    async def forgotten(self, topics: Collection[str]) -> Mapping[str, int]:
        return {row[0]: row[1] for row in await self._session.fetch(FORGOTTEN, sorted(topics))}

    async def close(self) -> None:
        await self._session.close()


@dataclass(frozen=True, slots=True)
class _Settled:
    """What was tried; with a reason it waits on."""

    message: ParkedMessage
    reason: str | None = None
    wait_s: float = 0.0


def _statements(settled: Sequence[_Settled]) -> list[tuple[str, Sequence[object]]]:
    statements: list[tuple[str, Sequence[object]]] = []
    if finished := [each.message for each in settled if each.reason is None]:
        lanes = _columns([each.lane for each in finished], 3)
        statements += [(LOCK, lanes), (FINISH, [lanes[0], [each.id for each in finished]]), (ADVANCE, lanes)]
    if late := [each for each in settled if each.reason is not None]:
        rows = [(each.message.lane.tenant, each.message.id, each.reason, each.wait_s) for each in late]
        statements.append((POSTPONE, _columns(rows, 4)))
    return statements


def _columns(rows: Iterable[Sequence[object]], number: int) -> list[list[object]]:
    rows = list(rows)
    return [[row[at] for row in rows] for at in range(number)]


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
