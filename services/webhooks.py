"""Webhooks: making and changing them, and their secrets.

A secret is told by the decision that made it, once: what is kept under the idempotency key holds none, so that a repeat
shows the webhook alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from domain.access import Caller
from domain.refusals import Refusal
from domain.texts import said
from domain.webhook_addresses import without_query
from domain.webhook_backlog import unheard
from domain.webhooks import (
    Webhook,
    WebhookAttempt,
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
        await audit(unit, ids, caller, "createWebhook", made.id, changes=_changes(None, made))
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
            await give_up_unheard(unit, now.id, now)
            await unit.webhooks.save(read, now)
            await audit(unit, ids, caller, "updateWebhook", now.id, changes=_changes(read, now))
        return Decision(webhook=now.id)

    return await decide_once(caller, "updateWebhook", key, request, units, decide)


async def delete_webhook(key: str, request: DeleteWebhook, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Make it no more; the decision names the webhook, of which nothing can be read then."""

    async def decide(unit: Unit) -> Decision:
        read = (await unit.webhooks.lock()).get(request.webhook)
        if read is None:
            return Decision((unknown_webhook(),))
        await give_up_unheard(unit, read.id, None)
        await unit.webhooks.delete(read.id)
        await audit(unit, ids, caller, "deleteWebhook", read.id, url=without_query(read.url))
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
        await audit(unit, ids, caller, "rotateWebhookSecret", read.id)
        return Decision(webhook=read.id, secret=secret)

    return await decide_once(caller, "rotateWebhookSecret", key, request, units, decide)


def _changes(before: Webhook | None, now: Webhook) -> dict[str, Any]:
    """As the audit log tells them: what a URL's query holds, often a secret, is for admins alone."""
    changes = differences(before, now)
    if url := changes.get("url"):
        changes["url"] = {end: address and without_query(address) for end, address in url.items()}
    return changes


async def give_up_unheard(unit: Unit, webhook: UUID, now: Webhook | None) -> None:
    """Give up what waits for a webhook that is off or gone (None) now: before it is changed, for workers lock first
    what they record and then the webhook."""
    if reason := unheard(now and now.active, kept=True):
        at = unit.levels.stamp(None).recorded_at
        await unit.webhook_deliveries.give_up(webhook, WebhookAttempt(at, 0, error=reason))


async def audit(unit: Unit, ids: Ids, caller: Caller, action: str, webhook: UUID, **told: object) -> None:
    await unit.audit.add([entry_of(ids(), caller, action, "Webhook", str(webhook), **told)])
