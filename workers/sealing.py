"""Sealing: links what was written to the ledger into its tenant's chain, and keeps where the chain ends elsewhere.

Entries are sealed some seconds after their commit, never in the transaction that writes them: no sale waits for a hash.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from services.ports import Held, Unavailable
from services.seal_check import linked
from services.seals import Block, Head
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
        self._failing: set[UUID] = set()
        #: Those whose books somebody else has held: nothing fails there.
        self._held: set[UUID] = set()
        self._amiss: set[UUID] = set()

    async def turn(self) -> bool:
        """Seal what waits, then keep what was sealed; whether more waits."""
        if not await self._seals.alone():
            return False
        try:
            # Who failed comes last, so that not even a statement that never ends holds up the others.
            last = self._failing | self._held
            waiting = sorted(await self._seals.waiting(), key=lambda tenant: tenant in last)
            more = [await self._tried(tenant) for tenant in waiting]
        finally:
            if self._heads is not None:
                await self._keep(self._heads)
        return any(more)

    async def _tried(self, tenant: UUID) -> bool:
        """Whether more of the tenant's may wait; not where they cannot be sealed, whatever its rows hold."""
        try:
            more = await self._seal(tenant)
        except Held as held:
            if tenant not in self._held:
                logger.info("the ledger of tenant %s is sealed when its books are free: %s", tenant, held)
            self._held.add(tenant)
            return False
        except Unavailable:
            self._failing.add(tenant)
            raise
        except Exception:
            metrics.SEALING_FAILED.inc()
            if tenant not in self._failing:
                logger.exception("the ledger of tenant %s cannot be sealed; it is tried again and again", tenant)
            self._failing.add(tenant)
            return False
        self._failing.discard(tenant)
        self._held.discard(tenant)
        return more

    async def _seal(self, tenant: UUID) -> bool:
        """Whether more of the tenant's may wait."""
        for _ in range(SEALS_AT_ONCE):
            sealed = await self._seals.seal(tenant)
            metrics.SEALED.inc(sealed)
            if not sealed:
                return False
        return True

    async def _keep(self, heads: Heads) -> None:
        """Also what an earlier process sealed and had no time to keep. Nothing is signed that does not follow from what
        is known, from the first block where nothing is."""
        known = await heads.last()
        there = await self._seals.heads()
        amiss = [tenant for tenant, head in known.items() if there.get(tenant, 0) < head.number]
        for tenant, number in there.items():
            if not await self._kept(heads, tenant, known.get(tenant, Head()), number):
                amiss.append(tenant)
        self._tell(amiss)

    async def _kept(self, heads: Heads, tenant: UUID, head: Head, number: int) -> bool:
        """Whether all of the tenant's blocks are, up to this number."""
        while head.number < number:
            blocks = await self._following(tenant, head)
            if not blocks:
                return False
            await heads.keep(blocks)
            head = blocks[-1].head
        return True

    async def _following(self, tenant: UUID, head: Head) -> Sequence[Block]:
        """Some blocks that follow from a head; none where the next one does not, or cannot even be read."""
        try:
            return linked(await self._seals.blocks(tenant, head.number, BLOCKS_AT_ONCE), head)
        except Unavailable:
            raise
        except Exception:
            logger.debug("a block of tenant %s behind %d cannot be read", tenant, head.number, exc_info=True)
            return ()

    def _tell(self, amiss: Sequence[UUID]) -> None:
        metrics.HEADS_AMISS.set(len(amiss))
        for tenant in set(amiss) - self._amiss:
            logger.error(
                "the chain of tenant %s does not hold, or not go on from what is known of it outside the database: no "
                "more of it is signed. Run `.venv/bin/python -m server verify-ledger`. After a restore from a backup "
                "begin another LEDGER_HEAD_FILE.",
                tenant,
            )
        self._amiss = set(amiss)
