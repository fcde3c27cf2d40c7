"""Unanswered: ends requests for adjustments that nobody has decided in time.

Nobody can approve one whose time has come, noticed or not, so that a few seconds more do no harm. Who ends a request
holds its row and looks at the clock again: of two who do, the second finds it ended.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from uuid import UUID

from domain.access import Caller, Role
from domain.refusals import RefusalCode
from services.adjustments import expire_adjustment
from services.desk import EXPIRY
from services.group_commit import GroupCommit
from services.ports import Overloaded, Unavailable
from workers import metrics
from workers.ports import DueAdjustments
from workers.set_aside import FOR_S, SetAside

logger = logging.getLogger(__name__)

EVERY_S = 1.0
BREATH_S = 0.05
AT_ONCE = 200


class Unanswered:
    """One of all processes does it, as long as it lives."""

    def __init__(
        self,
        due: DueAdjustments,
        commits: GroupCommit,
        *,
        clock: Callable[[], float] = time.monotonic,
        at_once: int = AT_ONCE,
    ) -> None:
        self._due = due
        self._commits = commits
        self._at_once = at_once
        self._set_aside = SetAside(clock)

    async def turn(self) -> bool:
        """End some; whether there may be more."""
        if not await self._due.alone():
            return False
        due = await self._due.due(self._set_aside.now(), self._at_once)
        ended = await asyncio.gather(*(self._end(*each) for each in due), return_exceptions=True)
        for fault in ended:
            if isinstance(fault, BaseException):
                raise fault
        return len(due) >= self._at_once

    async def _end(self, tenant: UUID, adjustment: UUID) -> None:
        caller = Caller(tenant, "", EXPIRY, frozenset({Role.SYSTEM}))
        try:
            decision = await expire_adjustment(adjustment, caller, self._commits)
        except Unavailable:
            raise
        except Exception:
            if self._set_aside.full:
                raise
            logger.exception("adjustment %s cannot be ended; it is tried again in %.0f s", adjustment, FOR_S)
            metrics.UNANSWERED_FAILED.inc()
            self._set_aside.put(adjustment)
        else:
            if decision.refusals and decision.refusals[0].code is RefusalCode.OVERLOADED:
                raise Overloaded(decision.refusals[0].message)
            if decision.adjustment is not None:
                metrics.UNANSWERED.inc()
