"""Deliveries to webhooks: how they end, and what was given up sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.access import Caller
from domain.webhook_backlog import (
    PENDING_MAX,
    SURPLUS,
    invalid_period,
    not_to_be_replayed,
    replayed_at_once,
    too_much_waits,
    unfit_deliveries,
)
from domain.webhook_retries import NextStep, leads_nowhere
from domain.webhooks import Webhook, WebhookAttempt, unknown_webhook
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork
from services.webhook_ports import Claimed
from services.webhooks import audit, give_up_unheard

#: Who switches off a webhook that leads nowhere.
DELIVERY = "stockcast:webhooks"


@dataclass(frozen=True, slots=True)
class ReplayDeliveries:
    """Which dead deliveries of a webhook; None: any. `since` is included, `until` is not."""

    name: ClassVar[str] = "ReplayDeliveries"
    webhook: UUID
    deliveries: tuple[UUID, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


async def replay_deliveries(
    key: str, request: ReplayDeliveries, caller: Caller, units: UnitOfWork, ids: Ids
) -> Decision:
    """Send dead deliveries again, as many at once as may wait; the decision says how many (`replayed`)."""

    async def decide(unit: Unit) -> Decision:
        if refusal := invalid_period(request.since, request.until):
            return Decision((refusal,))
        read = (await unit.webhooks.lock()).get(request.webhook)
        if read is None:
            return Decision((unknown_webhook(),))
        refused = await _refused(unit, read, request)
        return refused or await _replay(unit, ids, caller, request)

    return await decide_once(caller, "replayWebhookDeliveries", key, request, units, decide)


async def _refused(unit: Unit, webhook: Webhook, request: ReplayDeliveries) -> Decision | None:
    if refusal := not_to_be_replayed(webhook):
        return Decision((refusal,), webhook=webhook.id)
    if request.deliveries:
        states = await unit.webhook_deliveries.states(webhook.id, request.deliveries)
        if refusals := unfit_deliveries(request.deliveries, states):
            return Decision(refusals, webhook=webhook.id)
    return None


async def _replay(unit: Unit, ids: Ids, caller: Caller, request: ReplayDeliveries) -> Decision:
    at_once = replayed_at_once(await unit.webhook_deliveries.waiting(request.webhook))
    if not at_once:
        return Decision((too_much_waits(),), webhook=request.webhook)
    wanted = request.deliveries, request.since, request.until
    replayed = await unit.webhook_deliveries.replay(request.webhook, *wanted, at_once)
    if replayed.count:
        told = {"count": replayed.count, "from": request.since, "to": request.until}
        await audit(unit, ids, caller, "replayWebhookDeliveries", request.webhook, **told)
    return Decision(webhook=request.webhook, replayed=replayed)


async def end_delivery(
    claimed: Claimed, url: str, attempt: WebhookAttempt, step: NextStep, caller: Caller, units: UnitOfWork, ids: Ids
) -> bool:
    """Record the last try of a delivery, at this address, with what follows for its webhook: one that leads nowhere is
    switched off, unless it has another address by now; whether it was."""

    async def work(unit: Unit) -> bool:
        read = (await unit.webhooks.lock()).get(claimed.webhook)
        failing_s = await unit.webhook_deliveries.record(claimed, attempt, step, tried=True)
        reason = leads_nowhere(step, failing_s)
        if read is None or read.url != url or reason is None:
            return False
        return await _switch_off(unit, ids, caller, read, reason)

    return await units.run(claimed.tenant, work)


async def _switch_off(unit: Unit, ids: Ids, caller: Caller, read: Webhook, reason: str) -> bool:
    now = read.switch_off(reason, unit.levels.stamp(None).recorded_at)
    if now is read:
        return False
    await give_up_unheard(unit, now.id, now)
    await unit.webhooks.save(read, now)
    await audit(unit, ids, caller, "switchOffWebhook", now.id, reason=reason)
    return True


async def give_up_surplus(tenant: UUID, webhook: UUID, units: UnitOfWork, limit: int) -> int:
    """Give up what waits for a webhook beyond what may, the oldest first, `limit` at once; how many these were."""

    async def work(unit: Unit) -> int:
        await unit.webhooks.lock()
        attempt = WebhookAttempt(unit.levels.stamp(None).recorded_at, 0, error=SURPLUS)
        return await unit.webhook_deliveries.give_up(webhook, attempt, newest=PENDING_MAX, limit=limit)

    return await units.run(tenant, work)
