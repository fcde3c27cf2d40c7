"""Retention: deleting what nobody can ask for any more, of all tenants, a bounded number of rows in one statement."""

from __future__ import annotations

from datetime import timedelta

from db.worker_session import WorkerSession

#: The advisory lock of the one process that deletes.
RETENTION_CLASS = 0x0E7E

#: Decisions that were kept longest, by their age alone.
FORGET_DECISIONS = """
DELETE FROM decisions USING (
    SELECT tenant_id, subject, operation, key FROM decisions
    WHERE claimed_at < statement_timestamp() - $1::interval ORDER BY claimed_at LIMIT $2
) AS old
WHERE decisions.tenant_id = old.tenant_id AND decisions.subject = old.subject
    AND decisions.operation = old.operation AND decisions.key = old.key
RETURNING 1
"""

#: Deliveries that came the longest ago.
FORGET_DELIVERIES = """
DELETE FROM inbox USING (
    SELECT tenant_id, id FROM inbox
    WHERE received_at < statement_timestamp() - $1::interval ORDER BY received_at LIMIT $2
) AS old
WHERE inbox.tenant_id = old.tenant_id AND inbox.id = old.id
RETURNING 1
"""

#: Revoked tokens that have expired; an hour more than that, for clocks differ.
FORGET_REVOCATIONS = """
DELETE FROM revoked_tokens USING (
    SELECT tenant_id, token_id FROM revoked_tokens
    WHERE expires_at < statement_timestamp() - interval '1 hour' ORDER BY expires_at LIMIT $1
) AS old
WHERE revoked_tokens.tenant_id = old.tenant_id AND revoked_tokens.token_id = old.token_id
RETURNING 1
"""


#: Entries of the audit log that were written the longest ago.
FORGET_AUDIT = """
DELETE FROM audit_log USING (
    SELECT tenant_id, id FROM audit_log
    WHERE recorded_at < statement_timestamp() - $1::interval ORDER BY recorded_at LIMIT $2
) AS old
WHERE audit_log.tenant_id = old.tenant_id AND audit_log.id = old.id
RETURNING 1
"""


#: Deliveries to webhooks that came to this end the longest ago, unless somebody has just had them sent again; and the
#: messages of which no delivery is left: those that had as many, seen as they were before, as are deleted here.
FORGET_WEBHOOK_DELIVERIES = """
WITH old AS MATERIALIZED (
    SELECT tenant_id, id FROM webhook_deliveries
    WHERE state = $3 AND state <> 'PENDING' AND settled_at < statement_timestamp() - $1::interval
    ORDER BY settled_at LIMIT $2
), gone AS (
    DELETE FROM webhook_deliveries AS delivery USING old
    WHERE delivery.tenant_id = old.tenant_id AND delivery.id = old.id AND delivery.state <> 'PENDING'
    RETURNING delivery.tenant_id, delivery.message_id
), untold AS (
    DELETE FROM webhook_messages AS message
    USING (SELECT tenant_id, message_id, count(*) AS deliveries FROM gone GROUP BY tenant_id, message_id) AS told
    WHERE message.tenant_id = told.tenant_id AND message.id = told.message_id AND told.deliveries = (
        SELECT count(*) FROM webhook_deliveries AS delivery
        WHERE delivery.tenant_id = told.tenant_id AND delivery.message_id = told.message_id
    )
)
SELECT FROM gone
"""


class OldRows:
    """Implements `workers.ports.OldRows`."""

    def __init__(self, session: WorkerSession) -> None:
        self._session = session

    async def alone(self) -> bool:
        return await self._session.holds(RETENTION_CLASS, 0)

    async def forget_decisions(self, age: timedelta, limit: int) -> int:
        return len(await self._session.fetch(FORGET_DECISIONS, age, limit))

    async def forget_deliveries(self, age: timedelta, limit: int) -> int:
        return len(await self._session.fetch(FORGET_DELIVERIES, age, limit))

    async def forget_revocations(self, limit: int) -> int:
        return len(await self._session.fetch(FORGET_REVOCATIONS, limit))

    async def forget_audit(self, age: timedelta, limit: int) -> int:
        return len(await self._session.fetch(FORGET_AUDIT, age, limit))

    async def forget_webhook_deliveries(self, state: str, age: timedelta, limit: int) -> int:
        return len(await self._session.fetch(FORGET_WEBHOOK_DELIVERIES, age, limit, state))
