"""Webhooks: the addresses that are told of what happens, and what was told to them."""

from datetime import datetime

import strawberry
from strawberry import Parent

from domain.webhook_addresses import without_query
from domain.webhooks import ATTEMPTS_KEPT, MESSAGE_BYTES_MAX
from domain.webhooks import Webhook as WebhookPicture
from domain.webhooks import WebhookAttempt as AttemptPicture
from domain.webhooks import WebhookDelivery as DeliveryPicture
from domain.webhooks import WebhookDeliveryState as State
from schema.context import Context, Info
from schema.enums import WebhookDeliveryState, WebhookEventType
from schema.fields import attribute, derived, loaded, picture, seen
from schema.ids import global_id_of
from schema.scalars import BigInt
from schema.types.connection import Edge, PageInfo, page_info
from schema.types.node import Node

#: So that the payloads of a page are some 12 MB at most, and seldom a tenth of that.
PAYLOAD_COST = 200


def _url(webhook: WebhookPicture, context: Context) -> str:
    return webhook.url if context.signed_in.may("updateWebhook") else without_query(webhook.url)


@picture(
    WebhookPicture,
    "An address that is told of events of the tenant, signed as Standard Webhooks has it. Its secret is told in the "
    "answer that made it, and nowhere else.",
    name="Webhook",
)
class Webhook(Node):
    id: strawberry.ID = derived(global_id_of("Webhook"), "Global id.")
    version: BigInt = attribute("version", "Grows by 1 with each change of this webhook.")
    url: str = seen(_url, "Where messages are sent; its query, which may hold a secret, is shown to admins alone.")
    description: str | None = attribute("description", "What it is for, in somebody's words.")
    events: list[WebhookEventType] = derived(
        lambda webhook: list(webhook.events), "What it is told of, each once.", holds=len(WebhookEventType)
    )
    active: bool = attribute("active", "Whether it is told of what happens now.")
    disabled_reason: str | None = attribute(
        "disabled_reason", "Why it was switched off, where nobody did so by hand; null else."
    )
    created_by: str = attribute("created_by", "Subject of the token that made it.")
    created_at: datetime = attribute("created_at", "When it was made.")
    updated_at: datetime = attribute("updated_at", "When it last changed.")


@picture(AttemptPicture, "One try to deliver a message.")
class WebhookAttempt:
    at: datetime = attribute("at", "When it began.")
    status: int | None = attribute("status", "HTTP status of the answer; null where none came.")
    error: str | None = attribute("error", "What kept an answer from coming; null where one came.")
    duration_ms: int = attribute("duration_ms", "How long it took, in milliseconds.")
    answer: str | None = attribute("answer", "The beginning of what was answered.")


async def _payload(delivery: Parent[DeliveryPicture], info: Info) -> str | None:
    return await info.context.loaders.webhook_payloads.load(delivery.message_id)


async def _webhook(delivery: Parent[DeliveryPicture], info: Info) -> WebhookPicture | None:
    return await info.context.loaders.webhooks_by_id.load(delivery.webhook)


@picture(DeliveryPicture, "A message to one webhook, and what became of it.", name="WebhookDelivery")
class WebhookDelivery(Node):
    id: strawberry.ID = derived(global_id_of("WebhookDelivery"), "Global id.")
    message_id: str = derived(
        lambda delivery: str(delivery.message_id),
        "The header `webhook-id`: the same each time it is sent, and to each webhook; the id of the event on Kafka.",
    )
    webhook: Webhook | None = loaded(_webhook, "To which it is sent; null where that was deleted.")
    event: WebhookEventType = attribute("event", "What it tells of.")
    state: WebhookDeliveryState = attribute("state", "What became of it.")
    payload: str = loaded(
        _payload,
        f"The body as it is sent, to the byte the same each time: JSON, of at most {MESSAGE_BYTES_MAX:,} bytes. It "
        f"costs as much as {PAYLOAD_COST} other fields.",
        holds=PAYLOAD_COST,
    )
    attempts: list[WebhookAttempt] = derived(
        lambda delivery: list(delivery.attempts),
        f"The tries to deliver it, in order: the latest {ATTEMPTS_KEPT}.",
        holds=ATTEMPTS_KEPT,
    )
    next_attempt_at: datetime | None = derived(
        lambda delivery: delivery.next_attempt_at if delivery.state is State.PENDING else None,
        "When it is to be tried next; of one that is being tried, when it is tried again should nobody tell what came "
        "of it; null where it is not tried again.",
    )
    created_at: datetime = attribute("created_at", "When what it tells of was written down.")
    delivered_at: datetime | None = attribute("delivered_at", "When it was delivered; null where it was not.")


@strawberry.type(description="A page of what was told to webhooks, newest first.")
class WebhookDeliveryConnection:
    edges: list[Edge[WebhookDelivery]] = attribute("edges", "The deliveries of this page with their cursors, in order.")
    nodes: list[WebhookDelivery] = attribute("nodes", "The deliveries of this page, in order: `edges` without cursors.")
    page_info: PageInfo = page_info()
    total_count: int | None = attribute(
        "total", "How many deliveries the whole list holds; null where counting would cost too much."
    )
