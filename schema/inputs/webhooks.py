"""Inputs about webhooks: what is told to whom, what is sent again, and which deliveries are listed."""

from datetime import datetime

import strawberry

from domain.texts import NOTE_LENGTH_MAX
from domain.webhook_addresses import URL_LENGTH_MAX
from domain.webhook_backlog import PENDING_MAX, REPLAY_MAX
from domain.webhooks import WEBHOOKS_MAX
from schema.enums import WebhookDeliveryState, WebhookEventType
from schema.fields import given, optional, required
from schema.ids import uuid_named
from schema.inputs.mutations import KEY, sent
from schema.inputs.texts import entries
from schema.scalars import BigInt
from services.webhook_deliveries import ReplayDeliveries
from services.webhook_reads import WebhookDeliveryFilter as DeliveriesWanted
from services.webhooks import CreateWebhook, DeleteWebhook, RotateWebhookSecret, UpdateWebhook

_WEBHOOK = "Global id of the webhook, or its UUID, as the audit log names it."
_URL = (
    f"Where to send: https, at most {URL_LENGTH_MAX:,} characters, on port 443 or one from 1024 up, without user or "
    "fragment, on the public internet."
)
_DESCRIPTION = f"What it is for, at most {NOTE_LENGTH_MAX:,} characters."


@strawberry.input(description=f"An address to be told of events. A tenant has at most {WEBHOOKS_MAX}.")
class CreateWebhookInput:
    idempotency_key: str = required(KEY)
    url: str = required(_URL)
    events: list[WebhookEventType] = required("What to tell it, at least one.")
    description: str | None = optional(_DESCRIPTION)

    def request(self) -> CreateWebhook:
        return CreateWebhook(self.url, tuple(self.events), given(self.description))


@strawberry.input(
    description="A webhook described anew: a field that is left out stays as it is, and so does one that is null, but "
    "for the description, which is cleared."
)
class UpdateWebhookInput:
    idempotency_key: str = required(KEY)
    webhook_id: strawberry.ID = required(_WEBHOOK)
    url: str | None = optional(_URL)
    events: list[WebhookEventType] | None = optional("What to tell it from now on, at least one: all of it.")
    description: str | None = optional(_DESCRIPTION)
    active: bool | None = optional(
        "False: it is told nothing from now on, and what waits for it is given up. True: it is told again, also where "
        "it was switched off for failing; `replayWebhookDeliveries` sends what it missed."
    )
    expected_version: BigInt | None = optional("Refuse with STALE_VERSION unless the webhook is at this version.")

    def request(self) -> UpdateWebhook:
        changes = sent(self, "url", "events", "description", "active")
        return UpdateWebhook(uuid_named("Webhook", self.webhook_id), changes, given(self.expected_version))


@strawberry.input(description="A webhook that is no longer wanted.")
class DeleteWebhookInput:
    idempotency_key: str = required(KEY)
    webhook_id: strawberry.ID = required(_WEBHOOK)

    def request(self) -> DeleteWebhook:
        return DeleteWebhook(uuid_named("Webhook", self.webhook_id))


@strawberry.input(description="A webhook that is to have another secret.")
class RotateWebhookSecretInput:
    idempotency_key: str = required(KEY)
    webhook_id: strawberry.ID = required(_WEBHOOK)

    def request(self) -> RotateWebhookSecret:
        return RotateWebhookSecret(uuid_named("Webhook", self.webhook_id))


@strawberry.input(
    description="Which DEAD deliveries of a webhook to send again: those that meet each condition that is stated, the "
    f"oldest first, at most {REPLAY_MAX:,} at once, and as many as make {PENDING_MAX:,} that wait for it. Refused "
    "for one that is switched off."
)
class ReplayWebhookDeliveriesInput:
    idempotency_key: str = required(KEY)
    webhook_id: strawberry.ID = required(_WEBHOOK)
    delivery_ids: list[strawberry.ID] | None = optional(
        "These, by global id or UUID, however often each is named; refused where one is not the webhook's, or not DEAD."
    )
    from_: datetime | None = optional("Of this moment or later, by `createdAt`.", name="from")
    to: datetime | None = optional("Of before this moment, by `createdAt`; not before `from`.")

    def request(self) -> ReplayDeliveries:
        named = given(self.delivery_ids)
        deliveries = None if named is None else tuple(uuid_named("WebhookDelivery", id_) for id_ in named)
        webhook = uuid_named("Webhook", self.webhook_id)
        return ReplayDeliveries(webhook, deliveries, given(self.from_), given(self.to))


@strawberry.input(
    description="Which deliveries. Every field that is sent must match; a list matches any of its entries, an empty "
    "list matches nothing. At most 1,000 entries a list."
)
class WebhookDeliveryFilter:
    webhook_id: strawberry.ID | None = optional("To this webhook, by its global id or UUID, also a deleted one's.")
    states: list[WebhookDeliveryState] | None = optional("In one of these states; DEAD: the dead-letter list.")
    events: list[WebhookEventType] | None = optional("That tell of one of these.")
    from_: datetime | None = optional("Of this moment or later, by `createdAt`.", name="from")
    to: datetime | None = optional("Of before this moment, by `createdAt`.")

    def wanted(self) -> DeliveriesWanted:
        named = given(self.webhook_id)
        return DeliveriesWanted(
            webhook=None if named is None else uuid_named("Webhook", named),
            states=entries("filter.states", given(self.states)),
            events=entries("filter.events", given(self.events)),
            since=given(self.from_),
            until=given(self.to),
        )
