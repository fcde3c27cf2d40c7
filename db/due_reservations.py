"""Reservations whose time has come, of all tenants, as workers find them: by the database's clock and by one index.

Workers share the tenants out by advisory locks, each held while what is due of one tenant is seen to. The locks save
work and guard nothing: who expires a reservation holds its row and looks at the clock again, so that to do it twice
does no harm.

Looks begin and end near the present: what was paid for in time leaves entries in the index that only a vacuum removes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from db.pool import Database
from db.worker_session import WorkerSession

#: The class of the advisory locks, one a tenant.
DUE_CLASS = 0xD0E
#: Due reservations looked through for the tenants that they belong to.
WINDOW = 1_000

#: The tenants of what fell due within so many seconds, those named left out; in a last row the seconds until the next
#: one falls due, if that is soon. `statement_timestamp` is the one clock that an index can be asked by.
LOOK = """
SELECT tenant_id, min(expires_at) AS oldest, count(*) AS found,
    extract(epoch FROM clock_timestamp() - min(expires_at))::float8 AS late_s, NULL::float8 AS next_s
FROM (
    SELECT tenant_id, expires_at FROM reservations
    WHERE status = 'PENDING' AND expires_at <= statement_timestamp()
        AND expires_at > statement_timestamp() - make_interval(secs => $1)
        AND tenant_id <> ALL ($2::uuid[]) AND id <> ALL ($3::uuid[])
    ORDER BY expires_at LIMIT $4
) AS due
GROUP BY tenant_id
UNION ALL
SELECT NULL, NULL, 0, 0, extract(epoch FROM (
    SELECT expires_at FROM reservations
    WHERE status = 'PENDING' AND expires_at > statement_timestamp()
        AND expires_at <= statement_timestamp() + make_interval(secs => $5)
    ORDER BY expires_at LIMIT 1
) - clock_timestamp())::float8
"""

#: Who gets the lock of a tenant sees to it.
CLAIM = """
SELECT tenant_id FROM unnest($2::uuid[]) AS due (tenant_id)
WHERE pg_try_advisory_lock($1::int, hashtext(tenant_id::text))
"""
GIVE_BACK = "SELECT pg_advisory_unlock($1::int, hashtext($2::uuid::text))"

#: What is due of one tenant since a moment, the longest due first, with the seconds since then.
READ = """
SELECT id, extract(epoch FROM clock_timestamp() - expires_at)::float8 AS late_s FROM reservations
WHERE status = 'PENDING' AND expires_at <= statement_timestamp() AND expires_at >= $2
    AND tenant_id = $1 AND id <> ALL ($3::uuid[])
ORDER BY expires_at LIMIT $4
"""


class Due(NamedTuple):
    """A reservation whose time came so many seconds ago."""

    id: UUID
    late_s: float


@dataclass(frozen=True, slots=True)
class Look:
    """`tenants`: since when something of them is due, the longest due first, by `oldest_s` seconds. `next_s`: when
    something more falls due, None: nothing does soon. `more` may be due than was looked through.
    """

    tenants: Mapping[UUID, datetime]
    oldest_s: float
    next_s: float | None
    more: bool


class DueReservations:
    """Implements `workers.expiry.DueReservations`. Each call raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._session = WorkerSession(database)

    async def look(self, back_s: float, ahead_s: float, tenants: Collection[UUID], ids: Collection[UUID]) -> Look:
        """What fell due within `back_s` seconds, but for these tenants and reservations; what does in `ahead_s`."""
        *due, last = await self._session.fetch(LOOK, back_s, list(tenants), list(ids), WINDOW, ahead_s)
        by_age = sorted(due, key=lambda row: row["oldest"])
        more = sum(row["found"] for row in due) >= WINDOW
        oldest_s = by_age[0]["late_s"] if by_age else 0.0
        return Look({row["tenant_id"]: row["oldest"] for row in by_age}, oldest_s, last["next_s"], more)

    async def claim(self, tenants: Collection[UUID]) -> Collection[UUID]:
        """Those of the tenants that nobody else sees to now; each is to be given back."""
        return {row[0] for row in await self._session.fetch(CLAIM, DUE_CLASS, list(tenants))}

    async def give_back(self, tenant: UUID) -> None:
        await self._session.fetch(GIVE_BACK, DUE_CLASS, tenant)

    async def read(self, tenant: UUID, since: datetime, but_for: Collection[UUID], limit: int) -> Sequence[Due]:
        """What is due of a tenant since a moment, the longest due first."""
        return [Due(*row) for row in await self._session.fetch(READ, tenant, since, list(but_for), limit)]

    async def close(self) -> None:
        await self._session.close()
