"""What the use cases need from outside for webhooks, as `services.ports` has it of all else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.webhook_addresses import Network
from domain.webhook_retries import NextStep
from domain.webhooks import Webhook, WebhookAttempt, WebhookDeliveryState, WebhookSecrets


class WebhookKeys(Protocol):
    """Makes secrets, and seals them for the database."""

    def fresh(self) -> str:
        """A new secret, as its webhook's owner is shown it: whsec_ and 32 random bytes in base64."""
        ...

    def seal(self, secret: str, tenant: UUID, webhook: UUID) -> bytes:
        """The secret as it is kept. It opens for this webhook of this tenant alone."""
        ...

    def open(self, sealed: bytes, tenant: UUID, webhook: UUID) -> str:
        """What was sealed. Raises SecretLost."""
        ...


class SecretLost(Exception):
    """None of the keys opens it; the text tells the operator what to do."""


@dataclass(frozen=True, slots=True)
class WebhookPolicy:
    """What the installation allows: without keys no webhook is made, without networks none in a private one."""

    keys: WebhookKeys | None = None
    networks: tuple[Network, ...] = ()


NO_WEBHOOKS = WebhookPolicy()


class Webhooks(Protocol):
    async def lock(self) -> Mapping[UUID, Webhook]:
        """All of the tenant's, locked together: nobody else makes or changes one meanwhile."""
        ...

    async def make(self, webhook: Webhook, secrets: WebhookSecrets) -> None: ...

    async def save(self, read: Webhook, now: Webhook) -> None:
        """Write one as it has become; that it failed is forgotten of one that begins anew (`Webhook.begins_anew`)."""
        ...

    async def secrets(self, webhook: UUID) -> WebhookSecrets:
        """Of one that is there."""
        ...

    async def save_secrets(self, webhook: UUID, secrets: WebhookSecrets) -> None: ...

    async def delete(self, webhook: UUID) -> None:
        """What was sent to it, and was to be, stays to be looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many dead deliveries are to be sent again, and how many more there are of those that were asked for."""

    count: int
    remaining: int


class WebhookDeliveries(Protocol):
    """Deliveries are added by `Outbox.add`, one of each event to each active webhook that listens to it."""

    async def replay(
        self,
        webhook: UUID,
        ids: Sequence[UUID] | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> Replayed:
        """Send dead ones of a webhook again, at once and as if for the first time, the oldest first: those of these
        ids, made since (included) and until (excluded); None: any."""
        ...

    async def states(self, webhook: UUID, ids: Collection[UUID]) -> Mapping[UUID, WebhookDeliveryState]:
        """Of those of these deliveries that are the webhook's."""
        ...

    async def waiting(self, webhook: UUID) -> int:
        """How many of a webhook's are PENDING."""
        ...

    async def give_up(
        self, webhook: UUID, attempt: WebhookAttempt, *, newest: int = 0, limit: int | None = None
    ) -> int:
        """Make what waits for a webhook DEAD, with an attempt that says why, but for so many of the `newest`, and
        `limit` at once; how many these were. What is recorded in this moment may be left out."""
        ...

    async def record(self, claimed: Claimed, attempt: WebhookAttempt, step: NextStep, *, tried: bool) -> float | None:
        """As `workers.ports.DueDeliveries.record`."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is this process's to send for a while; `claim` is the number of its turn."""

    tenant: UUID
    webhook: UUID
    delivery: UUID
    claim: int
    #: For how long it was due.
    late_s: float


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, the same to every webhook each time. `traceparent`: of what happened; None: nobody traces it."""

    id: UUID
    payload: str
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A webhook as a worker sees it. Its `secrets` are sealed, the newest first."""

    url: str
    active: bool
    secrets: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is to be sent, and where to; None: it is gone, or the webhook is. `tries` were made before."""

    claimed: Claimed
    message: Message | None
    tries: int
    address: Address | None
