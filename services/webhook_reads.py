"""What the API reads of webhooks and of what was sent to them, as `services.reads` has it of all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.webhooks import Webhook, WebhookDelivery, WebhookDeliveryState, WebhookEventType
from services.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class WebhookDeliveryFilter:
    """None: any. An empty sequence matches nothing. `since` (included) and `until` (excluded) compare with when it was
    made."""

    webhook: UUID | None = None
    states: Sequence[WebhookDeliveryState] | None = None
    events: Sequence[WebhookEventType] | None = None
    since: datetime | None = None
    until: datetime | None = None


class WebhookReads(Protocol):
    """Secrets are never read here."""

    async def webhooks(self, tenant: UUID, page: PageRequest) -> Page[Webhook]:
        """Newest first."""
        ...

    async def webhooks_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Webhook]: ...

    async def deliveries(self, tenant: UUID, filter: WebhookDeliveryFilter, page: PageRequest) -> Page[WebhookDelivery]:
        """Newest first. `Page.total` is None where counting would cost too much."""
        ...

    async def payloads(self, tenant: UUID, messages: Sequence[UUID]) -> Mapping[UUID, str]:
        """What is sent, by the ids of messages: of those of which a delivery is kept."""
        ...

    async def deliveries_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, WebhookDelivery]: ...
