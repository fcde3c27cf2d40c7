"""What is to be sent to webhooks: added with the events that it tells of, and sent again where somebody asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.events import Event
from domain.webhooks import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEventType,
    listened_to,
)
from services.webhook_messages import body_of
from services.webhook_ports import Replayed

#: Columns in the order that `delivery_from` takes.
COLUMNS = (
    "id",
    "message_id",
    "webhook_id",
    "event",
    "state",
    "payload",
    "created_at",
    "attempts",
    "next_attempt_at",
    "settled_at",
)
_TOLD = (("message_id", "uuid"), ("event", "text"), ("payload", "text"))

#: A delivery of each message to each active webhook that listens. Its id begins with the time at which its message's
#: was made, as every id of ours does, and goes on at random.
QUEUE = Kind(
    "webhook_deliveries_queued",
    f"""
    INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, payload, next_attempt_at)
    SELECT $1, (left(message_id::text, 15) || substr(gen_random_uuid()::text, 16))::uuid, webhook.id, message_id, event,
        'PENDING', payload, clock_timestamp()
    FROM webhooks AS webhook, {unnested(_TOLD)} AS told ({", ".join(name for name, _ in _TOLD)})
    WHERE webhook.tenant_id = $1 AND webhook.active AND told.event = ANY (webhook.events)
    """,
    len(_TOLD),
)

#: The dead ones that were asked for.
_ASKED = """
SELECT id FROM webhook_deliveries
WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'DEAD' AND ($3::uuid[] IS NULL OR id = ANY ($3::uuid[]))
    AND ($4::timestamptz IS NULL OR created_at >= $4) AND ($5::timestamptz IS NULL OR created_at < $5)
"""

#: Dead ones, to be sent anew: those that were made first. They are found in a step of their own, before any of them is
#: changed.
REPLAY = f"""
WITH asked AS MATERIALIZED ({_ASKED} ORDER BY created_at, id LIMIT $6 FOR NO KEY UPDATE)
UPDATE webhook_deliveries AS delivery
SET state = 'PENDING', tries = 0, claims = claims + 1, next_attempt_at = clock_timestamp(), settled_at = NULL
FROM asked WHERE delivery.tenant_id = $1 AND delivery.id = asked.id RETURNING delivery.id
"""
LEFT = f"SELECT count(*) FROM ({_ASKED}) AS asked"


@dataclass(frozen=True, slots=True)
class PostgresWebhookDeliveries:
    """Implements `services.webhook_ports.WebhookDeliveries`."""

    transaction: Transaction

    async def replay(
        self,
        webhook: UUID,
        ids: Sequence[UUID] | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> Replayed:
        asked = webhook, None if ids is None else list(ids), since, until
        replayed = await self.transaction.read(REPLAY, *asked, limit)
        [left] = await self.transaction.read(LEFT, *asked)
        return Replayed(len(replayed), left[0])


async def queue(transaction: Transaction, events: Sequence[Event]) -> None:
    """Keep what webhooks are to be told, in the transaction that makes the events; of all others nothing is asked."""
    told = [[event.id, type_.value, body_of(event, type_)] for event in events if (type_ := listened_to(event))]
    if told:
        await transaction.write(QUEUE, columns_of(told, len(_TOLD)))


def delivery_from(values: Sequence[Any] | Record) -> WebhookDelivery:
    """A delivery from its columns in the order of COLUMNS."""
    id_, message, webhook, event, state, payload, created_at, attempts, next_attempt_at, settled_at = values
    state = WebhookDeliveryState(state)
    return WebhookDelivery(
        id_,
        message,
        webhook,
        WebhookEventType(event),
        state,
        payload,
        created_at,
        tuple(_attempt_from(each) for each in orjson.loads(attempts)),
        next_attempt_at,
        settled_at if state is WebhookDeliveryState.DELIVERED else None,
    )


def _attempt_from(kept: dict[str, Any]) -> WebhookAttempt:
    return WebhookAttempt(**{**kept, "at": datetime.fromisoformat(kept["at"])})


def attempt_json(attempt: WebhookAttempt) -> str:
    """An attempt as it is kept, which `delivery_from` reads."""
    told = {
        "at": attempt.at.isoformat(),
        "duration_ms": attempt.duration_ms,
        "status": attempt.status,
        "error": attempt.error,
        "answer": attempt.answer,
    }
    return orjson.dumps({name: value for name, value in told.items() if value is not None}).decode()
