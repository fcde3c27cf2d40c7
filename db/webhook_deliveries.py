"""What is to be sent to webhooks: added with the events that it tells of, and sent again where somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.events import Event
from domain.webhook_retries import NextStep
from domain.webhooks import (
    ATTEMPTS_KEPT,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEventType,
    listened_to,
)
from services.webhook_messages import body_of
from services.webhook_ports import Claimed, Replayed

#: Columns in the order that `delivery_from` takes.
COLUMNS = (
    "id",
    "message_id",
    "webhook_id",
    "event",
    "state",
    "created_at",
    "attempts",
    "next_attempt_at",
    "settled_at",
)
_TOLD = (("message_id", "uuid"), ("event", "text"), ("payload", "text"), ("traceparent", "text"))
_QUEUED = _TOLD[:2]
_LISTENS = "webhook.tenant_id = $1 AND webhook.active AND told.event = ANY (webhook.events)"

#: What is sent, once for all webhooks that listen; of what none listens to, nothing.
KEEP = Kind(
    "webhook_messages_kept",
    f"""
    INSERT INTO webhook_messages (tenant_id, id, payload, traceparent)
    SELECT $1, message_id, payload, traceparent
    FROM {unnested(_TOLD)} AS told ({", ".join(name for name, _ in _TOLD)})
    WHERE EXISTS (SELECT FROM webhooks AS webhook WHERE {_LISTENS})
    """,
    len(_TOLD),
)

#: A delivery of each message to each active webhook that listens. Its id begins with the time at which its message's
#: was made, as every id of ours does, and goes on at random.
QUEUE = Kind(
    "webhook_deliveries_queued",
    f"""
    INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, next_attempt_at)
    SELECT $1, (left(message_id::text, 15) || substr(gen_random_uuid()::text, 16))::uuid, webhook.id, message_id, event,
        'PENDING', clock_timestamp()
    FROM webhooks AS webhook, {unnested(_QUEUED)} AS told ({", ".join(name for name, _ in _QUEUED)})
    WHERE {_LISTENS}
    """,
    len(_QUEUED),
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
#: Of each by its id, however many its webhook has.
STATES = """
SELECT found.id, found.state FROM unnest($3::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT id, state, webhook_id FROM webhook_deliveries WHERE tenant_id = $1 AND id = wanted.id LIMIT 1
) AS found WHERE found.webhook_id = $2
"""
WAITING = "SELECT count(*) FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'PENDING'"

_ATTEMPTS = f"""
CASE WHEN jsonb_array_length(attempts) < {ATTEMPTS_KEPT} THEN attempts ELSE attempts - 0 END || """

#: What waits is given up, but for so many of the newest, and so much at once. Of what somebody records just now he
#: decides: to wait for him, who may wait for the webhook that is changed here, would be to wait for each other.
#: What is not settled is PENDING, said in the one way that tempts nobody to look for each by an index of the states.
GIVE_UP = f"""
WITH waiting AS MATERIALIZED (
    SELECT delivery.id FROM (
        SELECT id FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'PENDING'
        ORDER BY created_at DESC, id DESC OFFSET $4 LIMIT $5
    ) AS old JOIN webhook_deliveries AS delivery
        ON delivery.tenant_id = $1 AND delivery.id = old.id AND delivery.settled_at IS NULL
    FOR NO KEY UPDATE OF delivery SKIP LOCKED
)
UPDATE webhook_deliveries AS delivery
SET state = 'DEAD', attempts = {_ATTEMPTS} $3::jsonb, next_attempt_at = NULL, settled_at = clock_timestamp()
FROM waiting WHERE delivery.tenant_id = $1 AND delivery.id = waiting.id RETURNING delivery.id
"""

#: A try and what follows from it. A webhook to which something was delivered fails no longer; of one that fails it is
#: told for how many seconds nothing was.
RECORD = f"""
WITH recorded AS (
    UPDATE webhook_deliveries SET
        state = $4, tries = tries + CASE WHEN $8 THEN 1 ELSE 0 END, claims = claims + 1,
        attempts = {_ATTEMPTS} $5::jsonb,
        next_attempt_at = CASE WHEN $4 = 'PENDING' THEN clock_timestamp() + make_interval(secs => $6) END,
        settled_at = CASE WHEN $4 <> 'PENDING' THEN clock_timestamp() END
    WHERE tenant_id = $1 AND id = $2 AND claims = $3 AND state = 'PENDING'
    RETURNING webhook_id
), turned AS (
    UPDATE webhooks SET failing_since = CASE WHEN $7 THEN clock_timestamp() END FROM recorded
    WHERE webhooks.tenant_id = $1 AND webhooks.id = recorded.webhook_id AND $8
        AND (failing_since IS NULL) = $7
)
SELECT extract(epoch FROM clock_timestamp() - webhook.failing_since)::float8 AS failing_s
FROM recorded LEFT JOIN webhooks AS webhook ON webhook.tenant_id = $1 AND webhook.id = recorded.webhook_id
"""


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

    async def states(self, webhook: UUID, ids: Collection[UUID]) -> Mapping[UUID, WebhookDeliveryState]:
        rows = await self.transaction.read(STATES, webhook, list(ids))
        return {row["id"]: WebhookDeliveryState(row["state"]) for row in rows}

    async def waiting(self, webhook: UUID) -> int:
        [row] = await self.transaction.read(WAITING, webhook)
        return row[0]

    async def give_up(
        self, webhook: UUID, attempt: WebhookAttempt, *, newest: int = 0, limit: int | None = None
    ) -> int:
        given_up = await self.transaction.read(GIVE_UP, webhook, f"[{attempt_json(attempt)}]", newest, limit)
        return len(given_up)

    async def record(self, claimed: Claimed, attempt: WebhookAttempt, step: NextStep, *, tried: bool) -> float | None:
        _, *values = recorded(claimed, attempt, step, tried=tried)
        return failing_s(await self.transaction.read(RECORD, *values), step, tried=tried)


async def queue(transaction: Transaction, events: Sequence[Event], traces: Mapping[UUID, str | None]) -> None:
    """Keep what webhooks are to be told, in the transaction that makes the events; of all others nothing is asked.
    `traces`: to which trace an event belongs, by its id."""
    told = [
        [event.id, type_.value, body_of(event, type_), traces.get(event.id)]
        for event in events
        if (type_ := listened_to(event))
    ]
    if told:
        await transaction.write(KEEP, columns_of(told, len(_TOLD)))
        await transaction.write(QUEUE, columns_of([each[: len(_QUEUED)] for each in told], len(_QUEUED)))


def recorded(claimed: Claimed, attempt: WebhookAttempt, step: NextStep, *, tried: bool) -> list[object]:
    """What RECORD takes."""
    return [
        claimed.tenant,
        claimed.delivery,
        claimed.claim,
        step.state.value,
        f"[{attempt_json(attempt)}]",
        step.wait_s or 0.0,
        step.state is not WebhookDeliveryState.DELIVERED,
        tried,
    ]


def failing_s(rows: Sequence[Record], step: NextStep, *, tried: bool) -> float | None:
    """For how long nothing was delivered, by what RECORD told; None: something was, or nothing was tried."""
    failed = tried and step.state is not WebhookDeliveryState.DELIVERED
    return rows[0][0] if rows and failed else None


def delivery_from(values: Sequence[Any] | Record) -> WebhookDelivery:
    """A delivery from its columns in the order of COLUMNS."""
    id_, message, webhook, event, state, created_at, attempts, next_attempt_at, settled_at = values
    state = WebhookDeliveryState(state)
    return WebhookDelivery(
        id_,
        message,
        webhook,
        WebhookEventType(event),
        state,
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
