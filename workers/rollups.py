"""Rollups: folds what the sealing left for later, and adds up what orders asked for.

SKUs are left after an upgrade, a change of the tenant's time zone or currency, or very many late entries. Each is
folded step by step, in a transaction for each, so whoever stops at any moment goes on with the next one. SKUs take
turns, so that a very large one holds up no other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from services.ports import Held, Unavailable
from workers import metrics
from workers.ports import Folding

logger = logging.getLogger(__name__)

#: Of one tenant in one turn: until then the sealing waits.
TURN_S = 1.0
#: Between two lines in the log that tell how many SKUs are left.
TOLD_EVERY_S = 30.0


class Rollups:
    """The process that seals does it, between two turns of that."""

    def __init__(self, folding: Folding, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._folding = folding
        self._clock = clock
        #: Of each tenant with SKUs that are left: the last one that was tried.
        self._after: dict[UUID, str] = {}
        #: Tenants with a SKU of which more can be folded when it has its turn again.
        self._begun: set[UUID] = set()
        self._told_at: dict[UUID, float] = {}
        self._failing: set[tuple[UUID, str]] = set()
        #: Tenants whose demand cannot be added up, and those whose books somebody else has held.
        self._failing_tenants: set[UUID] = set()
        self._held: set[UUID] = set()

    async def turn(self) -> bool:
        """Whether there may be more to do now."""
        if not await self._folding.alone():
            return False
        asked = sorted(await self._folding.asked(), key=self._comes_last)
        more = [await self._unless_held(tenant, self._add_up) for tenant in asked]
        queued = sorted(await self._folding.queued(), key=self._comes_last)
        for tenant in set(self._told_at) - set(queued):
            logger.info("rollups of tenant %s: every SKU is folded", tenant)
            del self._told_at[tenant]
        return any([*more, *[await self._unless_held(tenant, self._fold) for tenant in queued]])

    def _comes_last(self, tenant: UUID) -> bool:
        return tenant in self._held

    async def _unless_held(self, tenant: UUID, work: Callable[[UUID], Awaitable[bool]]) -> bool:
        """Whether there is more to do; not while somebody else folds for the tenant, which holds up no other."""
        try:
            more = await work(tenant)
        except Held as held:
            if tenant not in self._held:
                logger.info("rollups of tenant %s go on when its books are free: %s", tenant, held)
            self._held.add(tenant)
            return False
        self._held.discard(tenant)
        return more

    async def _add_up(self, tenant: UUID) -> bool:
        """Demand of a tenant, for a turn at most; whether there may be more. What fails holds up no other tenant."""
        end, more = self._clock() + TURN_S, True
        try:
            while more and self._clock() < end:
                more = await self._folding.add_demand(tenant)
        except Unavailable:
            raise
        except Exception:
            metrics.FOLDING_FAILED.inc()
            if tenant not in self._failing_tenants:
                logger.exception("demand of tenant %s cannot be added up; it is tried again", tenant)
            self._failing_tenants.add(tenant)
            return False
        self._failing_tenants.discard(tenant)
        return more

    async def _fold(self, tenant: UUID) -> bool:
        """Some of a tenant's SKUs; whether more can be folded."""
        if self._clock() - self._told_at.get(tenant, float("-inf")) >= TOLD_EVERY_S:
            self._told_at[tenant] = self._clock()
            logger.info("rollups of tenant %s: %d SKUs to be folded anew", tenant, await self._folding.left(tenant))
        end = self._clock() + TURN_S
        while self._clock() < end:
            if not await self._next(tenant):
                return False
        return True

    async def _next(self, tenant: UUID) -> bool:
        """A step of the SKU behind the last; whether there is one to go on with."""
        sku = await self._folding.next(tenant, self._after.get(tenant, ""))
        if sku is None:
            self._after.pop(tenant, None)
            begun = tenant in self._begun
            self._begun.discard(tenant)
            return begun
        self._after[tenant] = sku
        if await self._tried(tenant, sku):
            self._begun.add(tenant)
        return True

    async def _tried(self, tenant: UUID, sku: str) -> bool:
        """Whether there is more of it. One that cannot be folded holds up no other; it is tried again with the next
        round."""
        try:
            entries, more = await self._folding.fold(tenant, sku)
        except Unavailable:
            raise
        except Exception:
            metrics.FOLDING_FAILED.inc()
            if (tenant, sku) not in self._failing:
                logger.exception("rollups of %s of tenant %s cannot be folded; it is tried again", sku, tenant)
            self._failing.add((tenant, sku))
            return False
        metrics.FOLDED_ANEW.inc(entries)
        self._failing.discard((tenant, sku))
        return more
