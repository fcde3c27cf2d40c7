"""Webhooks: making and changing them, their secrets, and sending again what was given up.

A secret is told by the decision that made it, once: what is kept under the idempotency key holds none, so that a repeat
shows the webhook alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from domain.access import Caller
from domain.refusals import Refusal
from domain.texts import said
from domain.webhooks import (
    REPLAY_MAX,
    Webhook,
    WebhookEventType,
    WebhookSecrets,
    in_order,
    invalid_webhook,
    no_secrets_kept,
    too_many_webhooks,
    unknown_webhook,
)
from services.audit import differences, entry_of
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork
from services.webhook_ports import WebhookPolicy

#: Who switches off a webhook that leads nowhere.
DELIVERY = "stockcast:webhooks"


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    name: ClassVar[str] = "CreateWebhook"
    url: str
    events: tuple[WebhookEventType, ...]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateWebhook:
    """`changes` holds those of `url`, `events`, `description` and `active` that were sent."""

    name: ClassVar[str] = "UpdateWebhook"
    webhook: UUID
    changes: Mapping[str, Any]
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    name: ClassVar[str] = "DeleteWebhook"
    webhook: UUID


@dataclass(frozen=True, slots=True)
class RotateWebhookSecret:
    name: ClassVar[str] = "RotateWebhookSecret"
    webhook: UUID


@dataclass(frozen=True, slots=True)
class ReplayDeliveries:
    """Which dead deliveries of a webhook; None: any. `since` is included, `until` is not."""

    name: ClassVar[str] = "ReplayDeliveries"
    webhook: UUID
    deliveries: tuple[UUID, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


async def create_webhook(
    key: str, request: CreateWebhook, caller: Caller, units: UnitOfWork, ids: Ids, policy: WebhookPolicy
) -> Decision:
    """Make a webhook; the decision names it (`webhook`) and tells its `secret`."""

    async def decide(unit: Unit) -> Decision:
        sent = {"url": request.url, "events": request.events, "description": request.description}
        if refusal := invalid_webhook(sent, policy.networks):
            return Decision((refusal,))
        if policy.keys is None:
            return Decision((no_secrets_kept(),))
        if refusal := too_many_webhooks(len(await unit.webhooks.lock())):
            return Decision((refusal,))
        made = _made(request, caller, unit, ids())
        secret = policy.keys.fresh()
        await unit.webhooks.make(made, WebhookSecrets(policy.keys.seal(secret, caller.tenant, made.id)))
        await _audit(unit, ids, caller, "createWebhook", made.id, changes=differences(None, made))
        return Decision(webhook=made.id, secret=secret)

    return await decide_once(caller, "createWebhook", key, request, units, decide)


def _made(request: CreateWebhook, caller: Caller, unit: Unit, id_: UUID) -> Webhook:
    at = unit.levels.stamp(None).recorded_at
    return Webhook(id_, request.url, in_order(request.events), caller.subject, at, at, said(request.description))


async def update_webhook(
    key: str, request: UpdateWebhook, caller: Caller, units: UnitOfWork, ids: Ids, policy: WebhookPolicy
) -> Decision:
    """Change what was sent; the decision names the webhook where there is one."""

    async def decide(unit: Unit) -> Decision:
        if refusal := invalid_webhook(request.changes, policy.networks):
            return Decision((refusal,))
        read = (await unit.webhooks.lock()).get(request.webhook)
        if read is None:
            return Decision((unknown_webhook(),))
        at = unit.levels.stamp(None).recorded_at
        now = read.describe(request.changes, request.expected_version, at)
        if isinstance(now, Refusal):
            return Decision((now,), webhook=read.id)
        if now is not read:
            await unit.webhooks.save(read, now)
            await _audit(unit, ids, caller, "updateWebhook", now.id, changes=differences(read, now))
        return Decision(webhook=now.id)

    return await decide_once(caller, "updateWebhook", key, request, units, decide)


async def delete_webhook(key: str, request: DeleteWebhook, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Make it no more; the decision names the webhook, of which nothing can be read then."""

    async def decide(unit: Unit) -> Decision:
        read = (await unit.webhooks.lock()).get(request.webhook)
        if read is None:
            return Decision((unknown_webhook(),))
        await unit.webhooks.delete(read.id)
        await _audit(unit, ids, caller, "deleteWebhook", read.id, url=read.url)
        return Decision(webhook=read.id)

    return await decide_once(caller, "deleteWebhook", key, request, units, decide)


async def rotate_webhook_secret(
    key: str, request: RotateWebhookSecret, caller: Caller, units: UnitOfWork, ids: Ids, policy: WebhookPolicy
) -> Decision:
    """Give it another secret, which the decision tells; the one before signs beside it for a day."""

    async def decide(unit: Unit) -> Decision:
        if policy.keys is None:
            return Decision((no_secrets_kept(),))
        read = (await unit.webhooks.lock()).get(request.webhook)
        if read is None:
            return Decision((unknown_webhook(),))
        at = unit.levels.stamp(None).recorded_at
        secret = policy.keys.fresh()
        sealed = policy.keys.seal(secret, caller.tenant, read.id)
        await unit.webhooks.save_secrets(read.id, (await unit.webhooks.secrets(read.id)).rotate(sealed, at))
        await unit.webhooks.save(read, read.rotated(at))
        await _audit(unit, ids, caller, "rotateWebhookSecret", read.id)
        return Decision(webhook=read.id, secret=secret)

    return await decide_once(caller, "rotateWebhookSecret", key, request, units, decide)


async def replay_deliveries(
    key: str, request: ReplayDeliveries, caller: Caller, units: UnitOfWork, ids: Ids
) -> Decision:
    """Send dead deliveries again, REPLAY_MAX at once; the decision says how many (`replayed`)."""

    async def decide(unit: Unit) -> Decision:
        if request.webhook not in await unit.webhooks.lock():
            return Decision((unknown_webhook(),))
        wanted = request.deliveries, request.since, request.until
        replayed = await unit.webhook_deliveries.replay(request.webhook, *wanted, REPLAY_MAX)
        if replayed.count:
            told = {"count": replayed.count, "from": request.since, "to": request.until}
            await _audit(unit, ids, caller, "replayWebhookDeliveries", request.webhook, **told)
        return Decision(webhook=request.webhook, replayed=replayed)

    return await decide_once(caller, "replayWebhookDeliveries", key, request, units, decide)


async def switch_off_webhook(webhook: UUID, reason: str, caller: Caller, units: UnitOfWork, ids: Ids) -> bool:
    """Switch off a webhook that leads nowhere; whether it was on."""

    async def work(unit: Unit) -> bool:
        read = (await unit.webhooks.lock()).get(webhook)
        now = read and read.switch_off(reason, unit.levels.stamp(None).recorded_at)
        if read is None or now is None or now is read:
            return False
        await unit.webhooks.save(read, now)
        await _audit(unit, ids, caller, "switchOffWebhook", webhook, reason=reason)
        return True

    return await units.run(caller.tenant, work)


async def _audit(unit: Unit, ids: Ids, caller: Caller, action: str, webhook: UUID, **told: object) -> None:
    await unit.audit.add([entry_of(ids(), caller, action, "Webhook", str(webhook), **told)])
