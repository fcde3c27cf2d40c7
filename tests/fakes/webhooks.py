"""Webhooks and what is to be sent to them, as the fake unit of work and the fake read models have them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from domain.events import Event
from domain.webhook_retries import NextStep
from domain.webhooks import (
    ATTEMPTS_KEPT,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookSecrets,
    listened_to,
)
from services.pages import Edge, Page, PageRequest
from services.webhook_messages import body_of
from services.webhook_ports import Claimed, Replayed
from services.webhook_reads import WebhookDeliveryFilter
from tests.fakes.house import Clock, House


class FakeWebhooks:
    """Implements `services.webhook_ports.Webhooks`."""

    def __init__(self, house: House, clock: Clock) -> None:
        self._house = house
        self._clock = clock

    async def lock(self) -> Mapping[UUID, Webhook]:
        self._clock.locked()
        return dict(self._house.webhooks)

    async def make(self, webhook: Webhook, secrets: WebhookSecrets) -> None:
        self._house.webhooks[webhook.id] = webhook
        self._house.webhook_secrets[webhook.id] = secrets

    async def save(self, read: Webhook, now: Webhook) -> None:
        if self._house.webhooks[read.id].version != read.version:
            raise RuntimeError(f"{read.id} is not at version {read.version}")
        self._house.webhooks[read.id] = now

    async def secrets(self, webhook: UUID) -> WebhookSecrets:
        return self._house.webhook_secrets[webhook]

    async def save_secrets(self, webhook: UUID, secrets: WebhookSecrets) -> None:
        self._house.webhook_secrets[webhook] = secrets

    async def delete(self, webhook: UUID) -> None:
        del self._house.webhooks[webhook], self._house.webhook_secrets[webhook]


class FakeWebhookDeliveries:
    """Implements `services.webhook_ports.WebhookDeliveries`."""

    def __init__(self, house: House, clock: Clock) -> None:
        self._house = house
        self._clock = clock

    async def replay(
        self,
        webhook: UUID,
        ids: Sequence[UUID] | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> Replayed:
        dead = [
            each
            for each in self._house.deliveries.values()
            if each.webhook == webhook
            and each.state is WebhookDeliveryState.DEAD
            and (ids is None or each.id in ids)
            and (since is None or each.created_at >= since)
            and (until is None or each.created_at < until)
        ]
        again = sorted(dead, key=lambda each: (each.created_at, each.id))[:limit]
        now = self._clock.now()
        for each in again:
            self._house.deliveries[each.id] = replace(each, state=WebhookDeliveryState.PENDING, next_attempt_at=now)
        return Replayed(len(again), len(dead) - len(again))

    async def states(self, webhook: UUID, ids: Collection[UUID]) -> Mapping[UUID, WebhookDeliveryState]:
        return {each.id: each.state for each in self._of(webhook) if each.id in ids}

    async def waiting(self, webhook: UUID) -> int:
        return len(self._pending(webhook))

    async def give_up(
        self, webhook: UUID, attempt: WebhookAttempt, *, newest: int = 0, limit: int | None = None
    ) -> int:
        falling = sorted(self._pending(webhook), key=lambda each: (each.created_at, each.id), reverse=True)
        given_up = falling[newest:][:limit]
        for each in given_up:
            self._settle(each, attempt, WebhookDeliveryState.DEAD)
        return len(given_up)

    async def record(self, claimed: Claimed, attempt: WebhookAttempt, step: NextStep, *, tried: bool) -> float | None:
        found = self._house.deliveries.get(claimed.delivery)
        if found is None or found.state is not WebhookDeliveryState.PENDING:
            return None
        self._settle(found, attempt, step.state)
        failed = step.state is not WebhookDeliveryState.DELIVERED
        before = claimed.webhook in self._house.failing
        if tried:
            (self._house.failing.add if failed else self._house.failing.discard)(claimed.webhook)
        return 0.0 if tried and failed and before else None

    def _of(self, webhook: UUID) -> list[WebhookDelivery]:
        return [each for each in self._house.deliveries.values() if each.webhook == webhook]

    def _pending(self, webhook: UUID) -> list[WebhookDelivery]:
        return [each for each in self._of(webhook) if each.state is WebhookDeliveryState.PENDING]

    def _settle(self, delivery: WebhookDelivery, attempt: WebhookAttempt, state: WebhookDeliveryState) -> None:
        attempts = (*delivery.attempts, attempt)[-ATTEMPTS_KEPT:]
        self._house.deliveries[delivery.id] = replace(delivery, state=state, attempts=attempts, next_attempt_at=None)


def queue(house: House, events: Sequence[Event], now: datetime) -> None:
    """What `Outbox.add` keeps for webhooks."""
    for event in events:
        type_ = listened_to(event)
        for webhook in house.webhooks.values():
            if type_ is not None and webhook.active and type_ in webhook.events:
                state = WebhookDeliveryState.PENDING
                made = WebhookDelivery(uuid4(), event.id, webhook.id, type_, state, now, next_attempt_at=now)
                house.deliveries[made.id] = made
                house.messages[event.id] = body_of(event, type_)


@dataclass
class FakeWebhookReads:
    """Both out of plain lists; it neither filters nor sorts."""

    all_webhooks: list[Webhook] = field(default_factory=list[Webhook])
    all_deliveries: list[WebhookDelivery] = field(default_factory=list[WebhookDelivery])
    all_messages: dict[UUID, str] = field(default_factory=dict[UUID, str])
    filters: list[WebhookDeliveryFilter] = field(default_factory=list[WebhookDeliveryFilter])

    async def webhooks(self, tenant: UUID, page: PageRequest) -> Page[Webhook]:
        edges = [Edge(str(place), each) for place, each in enumerate(self.all_webhooks[: page.size])]
        return Page(edges, total=len(edges) if page.counted else None)

    async def webhooks_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Webhook]:
        return {each.id: each for each in self.all_webhooks if each.id in ids}

    async def deliveries(self, tenant: UUID, filter: WebhookDeliveryFilter, page: PageRequest) -> Page[WebhookDelivery]:
        self.filters.append(filter)
        edges = [Edge(str(place), each) for place, each in enumerate(self.all_deliveries[: page.size])]
        return Page(edges, total=len(edges) if page.counted else None)

    async def payloads(self, tenant: UUID, messages: Sequence[UUID]) -> Mapping[UUID, str]:
        return {id_: self.all_messages[id_] for id_ in messages if id_ in self.all_messages}

    async def deliveries_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, WebhookDelivery]:
        return {each.id: each for each in self.all_deliveries if each.id in ids}
