"""Standing: counts the alerts that stand, for whoever watches the system."""

from __future__ import annotations

from domain.alerts import AlertKind
from workers import metrics
from workers.ports import StandingAlerts

EVERY_S = 15.0


class Standing:
    """One of all processes does it, as long as it lives: what several told would be added up."""

    def __init__(self, alerts: StandingAlerts) -> None:
        self._alerts = alerts

    async def turn(self) -> bool:
        """Count them; nothing more is to be done."""
        if await self._alerts.alone():
            counts = await self._alerts.counts()
            metrics.STANDING_ALERTS.set({kind.value: counts.get(kind.value, 0) for kind in AlertKind})
        else:
            metrics.STANDING_ALERTS.forget()
        return False
