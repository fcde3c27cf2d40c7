"""Waiting: a sweep of those who wait for stock though there is some.

Who frees stock serves those who wait at once. The rare exception is told in `services.backorders`; the sweep ends it
within seconds, however many wait for what there is not.
"""

from __future__ import annotations

import asyncio
from itertools import groupby
from uuid import UUID

from domain.access import Caller, Role
from services.backorders import serve_waiting
from services.desk import BACKORDERS
from services.group_commit import GroupCommit
from workers import metrics
from workers.ports import Waiting

EVERY_S = 1.0
BREATH_S = 0.1
SKUS_AT_ONCE = 500


class Sweep:
    """One of all processes does it, as long as it lives."""

    def __init__(self, waiting: Waiting, commits: GroupCommit, *, skus_at_once: int = SKUS_AT_ONCE) -> None:
        self._waiting = waiting
        self._commits = commits
        self._skus_at_once = skus_at_once

    async def turn(self) -> bool:
        """Look at some of the SKUs; whether there may be others after them, or others who wait for these."""
        if not await self._waiting.alone():
            return False
        found = await self._waiting.skus(self._skus_at_once)
        served = 0
        for tenant, group in groupby(found, key=lambda each: each[0]):
            served += await self._serve(tenant, [sku for _, sku in group])
        metrics.SWEPT.inc(served)
        return len(found) >= self._skus_at_once or served > 0

    async def _serve(self, tenant: UUID, skus: list[str]) -> int:
        """How many of the SKUs somebody was given something of."""
        there = await self._waiting.to_be_had(tenant, skus)
        caller = Caller(tenant, "", BACKORDERS, frozenset({Role.SYSTEM}))
        return sum(await asyncio.gather(*(serve_waiting(sku, caller, self._commits) for sku in there)))
