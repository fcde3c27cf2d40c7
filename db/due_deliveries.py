"""What is to be sent to webhooks, of all tenants, as workers find it: by the database's clock.

A worker looks at what has been due the longest: what waits for later costs it nothing. Where more is due than that, it
goes from webhook to webhook besides, so that what is due of one, however much, hides nothing of another. It claims a
delivery by moving it into the future: where it dies the delivery falls due again, and is sent once more under the same
id. Each claim has a number, and what is recorded under an older one is no longer taken.

Looks and claims are the worker's role's; what is sent, where to and under which secret is read in the session of the
tenant whose it is, and so is recorded what became of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from db.pool import Database
from db.waiting_deliveries import WEBHOOKS_WAITING
from db.webhook_deliveries import RECORD, failing_s, recorded
from db.worker_session import WorkerSession
from domain.webhook_retries import NextStep
from domain.webhooks import WebhookAttempt, WebhookSecrets
from services.webhook_ports import Address, Claimed, Message, Outgoing

#: Webhooks of the deliveries that have been due the longest, so many of these, with how many are each one's.
LOOK = """
SELECT tenant_id, webhook_id, count(*) AS deliveries FROM (
    SELECT tenant_id, webhook_id FROM webhook_deliveries
    WHERE state = 'PENDING' AND next_attempt_at <= statement_timestamp() ORDER BY next_attempt_at LIMIT $1
) AS soonest GROUP BY tenant_id, webhook_id
"""

#: Webhooks of which something waits, from one webhook on, each with whether something of it is due; so many at most.
WALK = f"""
{WEBHOOKS_WAITING}
SELECT tenant_id, webhook_id, EXISTS (
    SELECT FROM webhook_deliveries AS delivery
    WHERE delivery.tenant_id = waiting.tenant_id AND delivery.webhook_id = waiting.webhook_id
        AND delivery.state = 'PENDING' AND delivery.next_attempt_at <= statement_timestamp()
) AS due
FROM waiting LIMIT $3
"""

#: So many of each webhook's, the longest due first, for so many seconds. They are found in a step of their own, before
#: any of them is changed.
CLAIM = """
WITH due AS MATERIALIZED (
    SELECT found.* FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS wanted (tenant_id, webhook_id, room)
    CROSS JOIN LATERAL (
        SELECT tenant_id, id, extract(epoch FROM clock_timestamp() - next_attempt_at)::float8 AS late_s
        FROM webhook_deliveries AS delivery
        WHERE delivery.tenant_id = wanted.tenant_id AND delivery.webhook_id = wanted.webhook_id
            AND delivery.state = 'PENDING' AND delivery.next_attempt_at <= statement_timestamp()
        ORDER BY next_attempt_at LIMIT wanted.room FOR NO KEY UPDATE SKIP LOCKED
    ) AS found
)
UPDATE webhook_deliveries AS delivery
SET next_attempt_at = clock_timestamp() + make_interval(secs => $4), claims = claims + 1
FROM due WHERE delivery.tenant_id = due.tenant_id AND delivery.id = due.id
RETURNING delivery.tenant_id, delivery.webhook_id, delivery.id, delivery.claims, due.late_s
"""

#: What was claimed, unless somebody settled it meanwhile; also where what it tells, or its webhook, is gone.
READ = """
SELECT delivery.id, delivery.claims, delivery.message_id, delivery.tries, message.payload, message.traceparent,
    webhook.url, webhook.active, webhook.secret, webhook.previous_secret, webhook.previous_until,
    clock_timestamp() AS now
FROM webhook_deliveries AS delivery
LEFT JOIN webhook_messages AS message ON message.tenant_id = $1 AND message.id = delivery.message_id
LEFT JOIN webhooks AS webhook ON webhook.tenant_id = $1 AND webhook.id = delivery.webhook_id
WHERE delivery.tenant_id = $1 AND delivery.id = ANY ($2::uuid[]) AND delivery.state = 'PENDING'
"""


class Candidate(NamedTuple):
    """A webhook of which something waits."""

    tenant: UUID
    webhook: UUID
    due: bool


class DueDeliveries:
    """Implements `workers.ports.DueDeliveries`. Each call raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session = WorkerSession(database)

    async def look(self, limit: int) -> tuple[Sequence[tuple[UUID, UUID]], bool]:
        rows = await self._session.fetch(LOOK, limit)
        return [(tenant, webhook) for tenant, webhook, _ in rows], sum(row["deliveries"] for row in rows) >= limit

    async def walk(self, after: tuple[UUID, UUID], limit: int) -> Sequence[Candidate]:
        return [Candidate(*row) for row in await self._session.fetch(WALK, *after, limit)]

    async def claim(self, rooms: Mapping[tuple[UUID, UUID], int], for_s: float) -> Sequence[Claimed]:
        tenants, webhooks = [tenant for tenant, _ in rooms], [webhook for _, webhook in rooms]
        rows = await self._session.fetch(CLAIM, tenants, webhooks, list(rooms.values()), for_s)
        return [Claimed(*row) for row in rows]

    async def read(self, claimed: Sequence[Claimed]) -> Sequence[Outgoing]:
        by_tenant: defaultdict[UUID, dict[UUID, Claimed]] = defaultdict(dict)
        for each in claimed:
            by_tenant[each.tenant][each.delivery] = each
        return [
            outgoing
            for tenant, mine in by_tenant.items()
            for row in await self._database.fetch(tenant, READ, [tenant, list(mine)])
            if (outgoing := _outgoing(mine[row["id"]], row)) is not None
        ]

    async def record(self, claimed: Claimed, attempt: WebhookAttempt, step: NextStep, *, tried: bool) -> float | None:
        rows = await self._database.fetch(claimed.tenant, RECORD, recorded(claimed, attempt, step, tried=tried))
        return failing_s(rows, step, tried=tried)

    async def close(self) -> None:
        await self._session.close()


def _outgoing(claimed: Claimed, row: asyncpg.Record) -> Outgoing | None:
    """None where the claim has run out meanwhile, and another has it."""
    if row["claims"] != claimed.claim:
        return None
    message = None if row["payload"] is None else Message(row["message_id"], row["payload"], row["traceparent"])
    if row["active"] is None:
        return Outgoing(claimed, message, row["tries"], None)
    secrets = WebhookSecrets(row["secret"], row["previous_secret"], row["previous_until"])
    address = Address(row["url"], row["active"], secrets.valid(row["now"]))
    return Outgoing(claimed, message, row["tries"], address)
