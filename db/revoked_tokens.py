"""Revoked tokens: their ids, kept until they would have expired anyway; each process reads those of every tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from db.audit_log import audited
from db.pool import Database
from db.worker_session import WorkerSession
from services.audit import AuditEntry

#: Revoked once more: told again to those who read what is new, and kept for as long as either says. `as_before`:
#: whether it was kept for as long already.
REVOKE = """
WITH was AS (SELECT expires_at FROM revoked_tokens WHERE tenant_id = $1 AND token_id = $2)
INSERT INTO revoked_tokens (tenant_id, token_id, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, token_id) DO UPDATE SET
    revoked_at = clock_timestamp(),
    expires_at = CASE WHEN revoked_tokens.expires_at IS NOT NULL AND excluded.expires_at IS NOT NULL
        THEN greatest(revoked_tokens.expires_at, excluded.expires_at) END
RETURNING EXISTS (SELECT FROM was WHERE was.expires_at IS NOT DISTINCT FROM revoked_tokens.expires_at) AS as_before
"""

ALL = "SELECT tenant_id, token_id FROM revoked_tokens"

#: By the database's clock, for the readers' may differ.
LATELY = "SELECT tenant_id, token_id FROM revoked_tokens WHERE revoked_at > statement_timestamp() - $1::interval"


async def revoke(
    database: Database, tenant: UUID, token_id: str, expires_at: datetime | None, told: AuditEntry
) -> None:
    """Keep an id of a tenant until `expires_at`, or for ever; told where it was not. Raises DatabaseUnavailable."""
    await audited(database, tenant, lambda row: None if row["as_before"] else told, REVOKE, token_id, expires_at)


class RevokedTokens:
    """Implements `server.revocations.RevokedTokens`. Raises DatabaseUnavailable."""

    def __init__(self, session: WorkerSession) -> None:
        self._session = session

    async def all(self) -> Sequence[tuple[UUID, str]]:
        return _pairs(await self._session.fetch(ALL))

    async def lately(self, within: timedelta) -> Sequence[tuple[UUID, str]]:
        return _pairs(await self._session.fetch(LATELY, within))


def _pairs(rows: Sequence[asyncpg.Record]) -> Sequence[tuple[UUID, str]]:
    return [(row[0], row[1]) for row in rows]
