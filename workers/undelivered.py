"""Undelivered: tells how many deliveries to webhooks wait, and for how long, whether or not this process sends any."""

from __future__ import annotations

import logging

from workers import metrics
from workers.ports import Backlog, WaitingDeliveries

logger = logging.getLogger(__name__)

EVERY_S = 15.0

NO_KEY = (
    "deliveries to webhooks are due and nobody sends them. WEBHOOK_KEY_FILE is not set, so this worker does not: give "
    "it the API's file, or start a worker that has it."
)


class Undelivered:
    """`sends`: whether this process sends any."""

    def __init__(self, deliveries: WaitingDeliveries[Backlog], *, sends: bool) -> None:
        self._deliveries, self._sends = deliveries, sends
        self._warned = False

    async def turn(self) -> bool:
        """Count them; nothing more is to be done."""
        backlog = await self._deliveries.waiting()
        metrics.WEBHOOKS_WAITING.set(backlog.deliveries)
        metrics.WEBHOOKS_OLDEST_DUE.set(backlog.oldest_due_s)
        if not self._sends:
            self._warn(stuck=backlog.oldest_due_s >= EVERY_S)
        return False

    def _warn(self, *, stuck: bool) -> None:
        """Once, however long it lasts."""
        if stuck and not self._warned:
            logger.warning(NO_KEY)
        self._warned = stuck
