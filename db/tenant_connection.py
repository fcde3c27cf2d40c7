"""TenantConnection: a connection that knows whose rows its session sees.

Row-level security reads the tenant from the session's `app.tenant`. Setting it costs a round trip, so a connection
remembers it and it is set only when the tenant changes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

#: Changes look up what they need row by row, each by a key. The way by the index is right for that however many rows
#: there are, and whatever the statistics of a table say that was empty a moment ago.
#: So one plan serves every batch and is made once; with a batch's arrays before it, the planner would make another.
BEGIN = (
    "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; "
    "SET LOCAL plan_cache_mode = force_generic_plan"
)


class TenantConnection(asyncpg.Connection):
    """A connection that knows for which tenant its session is set."""

    __slots__ = ("tenant",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant: UUID | None = None

    def get_reset_query(self) -> str:
        """Nothing: no statement of ours leaves anything in the session but the tenant."""
        return ""

    async def serve(self, tenant: UUID) -> None:
        """Make the session see this tenant's rows and no others."""
        if self.tenant != tenant:
            await self._set(f"SELECT set_config('app.tenant', '{tenant}', false)", tenant)

    async def begin(self, tenant: UUID) -> None:
        """`serve` and BEGIN in one round trip; the setting is committed first, so that no rollback takes it back."""
        if self.tenant == tenant:
            await self.execute(BEGIN)
        else:
            await self._set(f"BEGIN; SELECT set_config('app.tenant', '{tenant}', false); COMMIT; {BEGIN}", tenant)

    async def _set(self, statements: str, tenant: UUID) -> None:
        self.tenant = None
        await self.execute(statements)
        self.tenant = tenant
