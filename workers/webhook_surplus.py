"""Webhook surplus: of what waits for one webhook beyond what may, the oldest is given up."""

from __future__ import annotations

from domain.webhook_backlog import PENDING_MAX
from services.ports import UnitOfWork
from services.webhook_deliveries import give_up_surplus
from workers import metrics
from workers.ports import CrowdedWebhooks

EVERY_S = 10.0
BREATH_S = 0.05
#: Given up in one transaction.
AT_ONCE = 5_000


class WebhookSurplus:
    """One of all processes does it, as long as it lives."""

    def __init__(self, crowded: CrowdedWebhooks, units: UnitOfWork) -> None:
        self._crowded, self._units = crowded, units

    async def turn(self) -> bool:
        """Give up some of each; whether there may be more."""
        if not await self._crowded.alone():
            return False
        given_up = [
            await give_up_surplus(tenant, webhook, self._units, AT_ONCE)
            for tenant, webhook in await self._crowded.find(PENDING_MAX)
        ]
        metrics.WEBHOOK_SURPLUS.inc(sum(given_up))
        return max(given_up, default=0) >= AT_ONCE
