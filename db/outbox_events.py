"""The outbox as it is written: events kept in the transaction that caused them, until the relay has sent them.

Order. Events of one thing (`aggregate_id`: a level, an item, a location) are written by transactions that hold its row
lock until they commit. So of two such transactions the second draws its ids after the first has committed: in the order
of ids, the events of one thing are in the order of their commits, and whoever sees the later event sees the earlier one
too. Of different things nothing is promised, the levels of one SKU included: a lower id may become visible after a
higher one. The key (a level's is its SKU) only chooses the shard: it always falls into the same one, and one relay at a
time owns a shard (`db.outbox.OutboxShards`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID
from zlib import crc32

from db.transaction import Transaction
from db.webhook_deliveries import queue
from db.writes import Kind, columns_of, unnested
from domain.events import Event
from domain.webhooks import listened_to
from services import trace
from services.envelope import encode

SHARDS = 64

_TYPES = (
    ("shard", "smallint"),
    ("key", "text"),
    ("aggregate_id", "uuid"),
    ("version", "bigint"),
    ("type", "text"),
    ("body", "bytea"),
)
_NAMES = ", ".join(name for name, _ in _TYPES)

#: Add events; ids are drawn in the order given, after the transaction has drawn its own (`db.outbox_floors`).
ADD = Kind(
    "events_added",
    f"""
    INSERT INTO outbox (tenant_id, tx, {_NAMES}) SELECT $1, own.tx, {_NAMES}
    FROM pg_current_xact_id() AS own (tx), {unnested(_TYPES)} WITH ORDINALITY AS given ({_NAMES}, n) ORDER BY n
    """,
    len(_TYPES),
)


def shard_of(tenant: UUID, key: str) -> int:
    """The same for a key for ever, in every process."""
    return crc32(tenant.bytes + key.encode()) % SHARDS


class PostgresOutbox:
    """Implements `services.ports.Outbox`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, events: Sequence[Event], traces: Mapping[UUID, str] | None = None) -> None:
        if not events:
            return
        tenant = self._transaction.tenant
        current = trace.current() if traces is None else None
        told = traces or {}
        rows = [_row(event, tenant, told.get(event.id, current)) for event in events]
        self._transaction.told = True
        await self._transaction.write(ADD, columns_of(rows, len(_TYPES)))
        if listened := [event for event in events if listened_to(event)]:
            await queue(self._transaction, listened, {event.id: told.get(event.id, current) for event in listened})


def _row(event: Event, tenant: UUID, traceparent: str | None) -> list[object]:
    key = event.key
    body = encode(event, tenant, traceparent)
    return [shard_of(tenant, key), key, event.aggregate_id, event.version, event.type, body]
