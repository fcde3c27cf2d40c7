"""Sealing: links what was written to the ledger into its tenant's chain, and keeps where the chain ends elsewhere.

Entries are sealed some seconds after their commit, never in the transaction that writes them: no sale waits for a hash.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from workers import metrics
from workers.ports import Heads, Seals

logger = logging.getLogger(__name__)

#: Entries wait so long for others to share a block with.
EVERY_S = 3.0
BREATH_S = 0.02
BLOCKS_AT_ONCE = 50
#: Of one tenant in one turn; then it is the next one's.
SEALS_AT_ONCE = 10


class Sealing:
    """One of all processes does it, as long as it lives. Without `heads` nothing is kept outside the database."""

    def __init__(self, seals: Seals, heads: Heads | None) -> None:
        self._seals = seals
        self._heads = heads
        self._amiss: set[UUID] = set()

    async def turn(self) -> bool:
        """Seal what waits, then keep what was sealed; whether more waits."""
        if not await self._seals.alone():
            return False
        more = [await self._seal(tenant) for tenant in await self._seals.waiting()]
        if self._heads is not None:
            await self._keep(self._heads)
        return any(more)

    async def _seal(self, tenant: UUID) -> bool:
        """Whether more of the tenant's may wait."""
        for _ in range(SEALS_AT_ONCE):
            sealed = await self._seals.seal(tenant)
            metrics.SEALED.inc(sealed)
            if not sealed:
                return False
        return True

    async def _keep(self, heads: Heads) -> None:
        """Also what an earlier process sealed and had no time to keep."""
        kept = await heads.last()
        there = await self._seals.heads()
        for tenant, number in there.items():
            after = kept.get(tenant, 0)
            while after < number and (blocks := await self._seals.blocks(tenant, after, BLOCKS_AT_ONCE)):
                await heads.keep(blocks)
                after = blocks[-1].number
        self._tell([tenant for tenant, number in kept.items() if there.get(tenant, 0) < number])

    def _tell(self, amiss: Sequence[UUID]) -> None:
        metrics.HEADS_AMISS.set(len(amiss))
        for tenant in set(amiss) - self._amiss:
            logger.error(
                "the ledger of tenant %s has lost blocks that are known outside the database: run `.venv/bin/python -m "
                "server verify-ledger`. After a restore from a backup begin another LEDGER_HEAD_FILE.",
                tenant,
            )
        self._amiss = set(amiss)
