"""Stale: opens the alerts of levels on which nothing moves any more.

What is due may have moved meanwhile: who looks at a level holds it and asks again, and of two who do, the second finds
it settled. Days went by until then, so that a few seconds more do no harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from uuid import UUID

from domain.places import Place
from services.alerts import open_stale
from services.ports import Ids, Unavailable, UnitOfWork
from workers import metrics
from workers.ports import DueLevels
from workers.set_aside import FOR_S, SetAside

logger = logging.getLogger(__name__)

EVERY_S = 1.0
BREATH_S = 0.05
AT_ONCE = 200

_Due = tuple[UUID, Place]


class Stale:
    """One of all processes does it, as long as it lives."""

    def __init__(
        self,
        due: DueLevels,
        units: UnitOfWork,
        ids: Ids,
        *,
        clock: Callable[[], float] = time.monotonic,
        at_once: int = AT_ONCE,
    ) -> None:
        self._due = due
        self._units = units
        self._ids = ids
        self._at_once = at_once
        self._set_aside = SetAside(clock)

    async def turn(self) -> bool:
        """Look at some, those of a tenant in one transaction; whether there may be more."""
        if not await self._due.alone():
            return False
        due = await self._due.due(self._set_aside.now(), self._at_once)
        for tenant, group in groupby(sorted(due), key=lambda each: each[0]):
            await self._settle(tenant, [(level, place) for _, level, place in group])
        return len(due) >= self._at_once

    async def _settle(self, tenant: UUID, due: Sequence[_Due]) -> None:
        """All of them, or where that cannot be, in halves, until what cannot be settled is alone."""
        fault = await self._open(tenant, [place for _, place in due])
        if fault is None:
            return
        if len(due) == 1:
            self._put_aside(*due[0], fault)
            return
        half = len(due) // 2
        await self._settle(tenant, due[:half])
        await self._settle(tenant, due[half:])

    async def _open(self, tenant: UUID, places: Sequence[Place]) -> Exception | None:
        """What is wrong with some of them, where none was settled."""
        try:
            metrics.STALE.inc(await open_stale(tenant, places, self._units, self._ids))
        except Unavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is told of once it is known whose it is
            return fault
        return None

    def _put_aside(self, level: UUID, place: Place, fault: Exception) -> None:
        if self._set_aside.full:
            raise fault
        logger.error("%s at %s cannot be settled; it is tried again in %.0f s", *place, FOR_S, exc_info=fault)
        metrics.STALE_FAILED.inc()
        self._set_aside.put(level)
