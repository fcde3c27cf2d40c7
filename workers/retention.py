"""Retention: deletes what is kept for a time only, a little at once, so that nobody waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from workers import metrics
from workers.ports import OldRows

EVERY_S = 60.0
BREATH_S = 0.05
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """For how long: what was decided under idempotency keys, what Kafka may deliver again, the audit log, and what was
    delivered to webhooks or could not be."""

    decisions: timedelta
    deliveries: timedelta
    audit: timedelta
    delivered: timedelta = timedelta(days=30)
    dead: timedelta = timedelta(days=90)


class Retention:
    """One of all processes does it, as long as it lives."""

    def __init__(self, old: OldRows, kept: Kept, *, rows_at_once: int = ROWS_AT_ONCE) -> None:
        self._old = old
        self._kept = kept
        self._rows_at_once = rows_at_once

    async def turn(self) -> bool:
        """Delete some; whether there may be more."""
        if not await self._old.alone():
            return False
        decisions = await self._old.forget_decisions(self._kept.decisions, self._rows_at_once)
        metrics.FORGOTTEN.labels("decisions").inc(decisions)
        deliveries = await self._old.forget_deliveries(self._kept.deliveries, self._rows_at_once)
        metrics.FORGOTTEN.labels("inbox").inc(deliveries)
        revocations = await self._old.forget_revocations(self._rows_at_once)
        metrics.FORGOTTEN.labels("revoked_tokens").inc(revocations)
        audit = await self._old.forget_audit(self._kept.audit, self._rows_at_once)
        metrics.FORGOTTEN.labels("audit_log").inc(audit)
        told = max(
            await self._forget_told("DELIVERED", self._kept.delivered), await self._forget_told("DEAD", self._kept.dead)
        )
        return max(decisions, deliveries, revocations, audit, told) >= self._rows_at_once

    async def _forget_told(self, state: str, age: timedelta) -> int:
        """What webhooks were told, or could not be."""
        count = await self._old.forget_webhook_deliveries(state, age, self._rows_at_once)
        metrics.FORGOTTEN.labels("webhook_deliveries").inc(count)
        return count
