"""Revocations: which tokens no longer count though they have not expired, as every process knows by itself.

The database is asked every second, never by a request. While it does not answer, what is known stays known.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from server import metrics
from subscriptions.task_end import end
from workers.ports import Patience

EVERY_S = 1.0
#: A database that takes longer is as good as away.
WITHIN_S = 3.0
#: What was written by a transaction that was committed so much later is still seen.
OVERLAP_S = 60.0
#: From time to time everything is read, so that what is forgotten there is forgotten here.
WHOLE_EVERY_S = 300.0

#: Stands for whichever tenant: a slug never gives this id.
ANY_TENANT = UUID(int=0)


class RevokedTokens(Protocol):
    """What the database keeps, as pairs of a tenant and a token's id. Raises Unavailable."""

    async def all(self) -> Sequence[tuple[UUID, str]]: ...

    async def lately(self, within: timedelta) -> Sequence[tuple[UUID, str]]: ...


class Revocations:
    """As many as the table holds. `added` is called where there are more than before."""

    def __init__(
        self,
        tokens: RevokedTokens,
        patience: Patience,
        *,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens, self._patience = tokens, patience
        self._every_s, self._clock = every_s, clock
        self._tenants: dict[str, frozenset[UUID]] = {}
        self._read_at = self._whole_at = float("-inf")
        self.added: Callable[[], None] = lambda: None

    def covers(self, tenant: UUID, token_id: str) -> bool:
        tenants = self._tenants.get(token_id)
        return tenants is not None and (tenant in tenants or ANY_TENANT in tenants)

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Entered: all is known that was revoked by then. Raises Unavailable."""
        await self._read_all()
        following = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            await end(following, again_s=1.0)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                async with asyncio.timeout(WITHIN_S):
                    await self._read()
            except Exception as fault:  # noqa: BLE001 - whatever it is: told once, tried on
                await self._lost(fault)
            else:
                self._patience.over()

    async def _lost(self, fault: Exception) -> None:
        """Another server may answer next, with a clock of its own: all is read anew."""
        self._whole_at = float("-inf")
        await self._patience.pause(fault)

    async def _read(self) -> None:
        began = self._clock()
        if began - self._whole_at >= WHOLE_EVERY_S:
            await self._read_all()
        else:
            within = timedelta(seconds=began - self._read_at + OVERLAP_S)
            self._learn(self._tenants, await self._tokens.lately(within), began)

    async def _read_all(self) -> None:
        began = self._clock()
        self._learn({}, await self._tokens.all(), began)
        self._whole_at = began

    def _learn(self, known: dict[str, frozenset[UUID]], pairs: Sequence[tuple[UUID, str]], began: float) -> None:
        more = False
        for tenant, token_id in pairs:
            more = more or not self.covers(tenant, token_id)
            known[token_id] = known.get(token_id, frozenset()) | {tenant}
        self._tenants, self._read_at = known, began
        metrics.REVOKED_TOKENS.set(len(known))
        metrics.REVOCATIONS_READ_AT.set_to_current_time()
        if more:
            self.added()
