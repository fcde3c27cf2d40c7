"""Outage: something this process depends on does not answer. Told once however long it lasts; tried on, with pauses."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

PAUSE_FIRST_S = 0.05
PAUSE_LAST_S = 2.0


class Outage:
    """Of one named thing. Pauses double up to a cap, less up to half of each by chance."""

    def __init__(
        self,
        name: str,
        randomness: random.Random,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._randomness = randomness
        self._clock = clock
        self._sleep = sleep
        self._failures = 0
        self._since = 0.0

    @property
    def lasting(self) -> bool:
        return self._failures > 0

    def over(self) -> None:
        """It answered."""
        if self._failures:
            logger.info("%s answers again after %.1f s", self._name, self._clock() - self._since)
        self._failures = 0

    async def pause(self, fault: BaseException) -> None:
        """It did not; returns when the next try is due."""
        if not self._failures:
            self._since = self._clock()
            logger.warning("%s does not answer, trying on: %s", self._name, sentence_of(fault))
        else:
            logger.debug("%s still does not answer: %s", self._name, sentence_of(fault))
        self._failures += 1
        full = min(PAUSE_LAST_S, PAUSE_FIRST_S * 2 ** min(self._failures - 1, 16))
        await self._sleep(full * (1 - self._randomness.random() / 2))


def sentence_of(fault: BaseException) -> str:
    """What it is, and what it says where it says anything: a TimeoutError is often silent."""
    return ": ".join(filter(None, (type(fault).__name__, str(fault))))
