"""The envelope: how an event travels from the outbox over Kafka and the broadcast log to a screen, as JSON.

`tx` is the transaction that wrote the event (PostgreSQL's xid8), known only once the row is written: the relay puts it
in front of the stored body. `traceparent` is that of what caused the event, where that was traced. It has a fixed
place, so that who only hands the event on need not read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from domain.events import Event, StockLevelChanged
from domain.ledger import Stamp
from services import trace
from services.event_codec import READERS, cause_of, data_of
from services.picture_codec import time_of, written

SCHEMA_VERSION = 1

#: Where a stored body says that it has a `traceparent`, and which.
_NAMED, _TRACED = slice(44, 60), slice(60, 115)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event as it arrives: `event` is None for a type or schema version that this process does not know."""

    id: UUID
    type: str
    tenant: UUID
    key: str
    aggregate_id: UUID
    version: int
    previous_version: int
    tx: int
    occurred_at: datetime
    recorded_at: datetime
    traceparent: str | None
    event: Event | None


def encode(event: Event, tenant: UUID, traceparent: str | None = None) -> bytes:
    """The body kept in the outbox: the envelope without `tx`."""
    occurred_at, recorded_at = _times(event)
    return written(
        {
            "id": event.id,
            "traceparent": traceparent,
            "type": event.type,
            "schemaVersion": SCHEMA_VERSION,
            "tenant": tenant,
            "key": event.key,
            "aggregateId": event.aggregate_id,
            "aggregateVersion": event.version,
            "previousVersion": previous_version(event),
            "occurredAt": time_of(occurred_at),
            "recordedAt": time_of(recorded_at),
            "cause": cause_of(event),
            "data": data_of(event),
        }
    )


def with_tx(body: bytes, tx: int) -> bytes:
    """The envelope as it is sent: the stored body with the transaction that wrote it put in front."""
    return b'{"tx":%d,' % tx + body[1:]


def id_of(body: bytes) -> bytes:
    """The event's id, with which a stored body begins."""
    return body[7:43]


def traceparent_of(body: bytes) -> str | None:
    """That of a stored body; None also for one that was stored while it had another place."""
    return body[_TRACED].decode() if body[_NAMED] == b',"traceparent":"' else None


def previous_version(event: Event) -> int:
    return event.previous_version if isinstance(event, StockLevelChanged) else event.version - 1


def decode(message: bytes) -> Envelope:
    """Read a sent envelope. Raises ValueError for what is none."""
    try:
        return _envelope(orjson.loads(message))
    except (KeyError, TypeError, AttributeError, ArithmeticError, ValueError) as fault:
        raise ValueError(f"not an envelope: {fault!r}") from fault


def _envelope(raw: Mapping[str, Any]) -> Envelope:
    stamp = Stamp(datetime.fromisoformat(raw["occurredAt"]), datetime.fromisoformat(raw["recordedAt"]))
    known = raw["schemaVersion"] == SCHEMA_VERSION and raw["type"] in READERS
    return Envelope(
        UUID(raw["id"]),
        raw["type"],
        UUID(raw["tenant"]),
        raw["key"],
        UUID(raw["aggregateId"]),
        raw["aggregateVersion"],
        raw["previousVersion"],
        raw["tx"],
        stamp.occurred_at,
        stamp.recorded_at,
        None if raw["traceparent"] is None else trace.traceparent_of(raw["traceparent"]),
        READERS[raw["type"]](raw, stamp) if known else None,
    )


def _times(event: Event) -> tuple[datetime, datetime]:
    if isinstance(event, StockLevelChanged):
        return event.stamp.occurred_at, event.stamp.recorded_at
    return event.at, event.at
