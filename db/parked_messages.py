"""Messages that wait, as consumers put them aside: in the role and the session of their tenant.

The lock of a lane keeps who puts a message behind others from missing that the last of them is taken away
(`db.parked_queue`). No other lock is held with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

import asyncpg
import orjson

from db.faults import DatabaseUnavailable, connection_lost
from db.pool import WRITE_WAIT_SECONDS, Database
from db.tenant_connection import TenantConnection
from services.parking import Lane, Message

#: The lock of a lane, of its tenant, topic and key.
LANE_LOCK = "pg_advisory_xact_lock(hashtextextended({}::text || 'lane' || {} || ' ' || {}, 0))"

#: Lanes in which something waits.
OCCUPIED = """
SELECT topic, key FROM unnest($2::text[], $3::text[]) AS wanted (topic, key)
WHERE EXISTS (
    SELECT FROM parked_messages AS parked
    WHERE parked.tenant_id = $1 AND parked.topic = wanted.topic AND parked.key = wanted.key
)
"""

LOCK = f"SELECT {LANE_LOCK.format('$1::uuid', '$2::text', '$3::text')}"

#: Put a message at the end of its lane; with $10, behind others only. Whether it waits now.
PARK = """
WITH lane AS (
    SELECT EXISTS (SELECT FROM parked_messages WHERE tenant_id = $1 AND topic = $2 AND key = $3) AS occupied
), parked AS (
    INSERT INTO parked_messages (
        tenant_id, topic, key, partition, message_offset, sent_at_ms, message_key, headers, value, reason, next_try_at
    )
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $11,
        CASE WHEN NOT occupied THEN clock_timestamp() + $12 * interval '1 second' END
    FROM lane WHERE occupied OR NOT $10
    ON CONFLICT DO NOTHING
)
SELECT occupied OR NOT $10 FROM lane
"""

BEHIND = "waits behind others of its key"


class ParkedMessages:
    """Implements `services.parking.Parking`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def occupied(self, lanes: Collection[Lane]) -> Collection[Lane]:
        by_tenant: defaultdict[UUID, list[Lane]] = defaultdict(list)
        for lane in lanes:
            by_tenant[lane.tenant].append(lane)
        found: set[Lane] = set()
        for tenant, wanted in by_tenant.items():
            arguments = [tenant, [lane.topic for lane in wanted], [lane.key for lane in wanted]]
            found.update(Lane(tenant, *row) for row in await self._database.fetch(tenant, OCCUPIED, arguments))
        return found

    async def park(self, lane: Lane, message: Message, reason: str, wait_s: float) -> None:
        await self._park(lane, message, reason, wait_s, behind=False)

    async def park_behind(self, lane: Lane, message: Message) -> bool:
        return await self._park(lane, message, BEHIND, 0, behind=True)

    async def _park(self, lane: Lane, message: Message, reason: str, wait_s: float, *, behind: bool) -> bool:
        values = (
            *lane,
            message.partition,
            message.offset,
            message.sent_at_ms,
            message.key,
            encode_headers(message.headers),
            message.value,
        )
        async with self._database.turn(lane.tenant, wait_s=WRITE_WAIT_SECONDS) as connection:
            try:
                await connection.begin(lane.tenant)
                await connection.execute(LOCK, *lane)
                waits = await connection.fetchval(PARK, *values, behind, reason, wait_s)
                await connection.execute("COMMIT")
            except BaseException as fault:
                await _undo(connection, fault)
                raise
        return bool(waits)


async def _undo(connection: TenantConnection, fault: BaseException) -> None:
    """Leave nothing behind; the same may be done again, whatever became of it. Raises DatabaseUnavailable."""
    lost = connection_lost(fault, connection.is_closed())
    if lost or not isinstance(fault, asyncpg.PostgresError):
        connection.terminate()
    else:
        await connection.execute("ROLLBACK")
    if lost or isinstance(fault, asyncpg.LockNotAvailableError):
        raise DatabaseUnavailable(f"The message was not put aside: {fault}") from fault


def encode_headers(headers: tuple[tuple[str, bytes | None], ...]) -> bytes:
    """As JSON: names as they are, values in hexadecimal digits."""
    return orjson.dumps([(name, None if value is None else value.hex()) for name, value in headers])


def decode_headers(text: bytes) -> tuple[tuple[str, bytes | None], ...]:
    return tuple((name, None if value is None else bytes.fromhex(value)) for name, value in orjson.loads(text))
