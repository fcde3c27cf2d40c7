"""Webhooks: who is told of what, what was told, and telling it again."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import argument

from domain.webhooks import Webhook as WebhookPicture
from domain.webhooks import WebhookDelivery as DeliveryPicture
from resolvers.admission import admitted
from schema.context import Context, Info
from schema.inputs.webhooks import (
    CreateWebhookInput,
    DeleteWebhookInput,
    ReplayWebhookDeliveriesInput,
    RotateWebhookSecretInput,
    UpdateWebhookInput,
    WebhookDeliveryFilter,
)
from schema.pages import page_of
from schema.types.connection import Connection
from schema.types.webhook import Webhook, WebhookDeliveryConnection
from schema.webhook_payloads import (
    DeleteWebhookPayload,
    ReplayWebhookDeliveriesPayload,
    WebhookPayload,
    WebhookSecretPayload,
)
from services.decisions import Decision
from services.pages import Page
from services.webhook_deliveries import replay_deliveries
from services.webhook_reads import WebhookDeliveryFilter as DeliveriesWanted
from services.webhooks import (
    create_webhook,
    delete_webhook,
    rotate_webhook_secret,
    update_webhook,
)

First = Annotated[int | None, argument(description="How many, 1 to 250; 50 if left out.")]
After = Annotated[str | None, argument(description="Those after this cursor.")]
_ADDRESS = argument(description="Whom to tell of what.")
_CHANGES = argument(description="What to change.")
_WHICH = argument(description="Which webhook.")
_AGAIN = argument(description="What to send again.")


@strawberry.type
class WebhookQueries:
    @strawberry.field(
        graphql_type=Connection[Webhook] | None, description="The addresses that are told of events, newest first."
    )
    async def webhooks(self, info: Info, first: First = None, after: After = None) -> Page[WebhookPicture]:
        context = admitted(info)
        with page_of(info, first, after) as page:
            return await context.reads.webhooks.webhooks(context.scope.tenant, page)

    @strawberry.field(
        graphql_type=WebhookDeliveryConnection | None,
        description="What was told to webhooks, or is to be told, newest first. Those given up are the dead-letter "
        "list: `filter: {states: [DEAD]}`.",
    )
    async def webhook_deliveries(
        self,
        info: Info,
        filter: Annotated[WebhookDeliveryFilter | None, argument(description="Which; all if left out.")] = None,
        first: First = None,
        after: After = None,
    ) -> Page[DeliveryPicture]:
        context = admitted(info)
        wanted = filter.wanted() if filter else DeliveriesWanted()
        with page_of(info, first, after) as page:
            return await context.reads.webhooks.deliveries(context.scope.tenant, wanted, page)


@strawberry.type
class WebhookMutations:
    @strawberry.field(
        graphql_type=WebhookSecretPayload | None, description="Let an address be told of events from now on."
    )
    async def create_webhook(self, info: Info, input: Annotated[CreateWebhookInput, _ADDRESS]) -> Decision:
        context = _changing(info)
        key, request = input.idempotency_key, input.request()
        return await create_webhook(key, request, context.acting, context.units, context.ids, context.webhooks)

    @strawberry.field(
        graphql_type=WebhookPayload | None,
        description="Change the fields of a webhook that are sent; its secret stays.",
    )
    async def update_webhook(self, info: Info, input: Annotated[UpdateWebhookInput, _CHANGES]) -> Decision:
        context = _changing(info)
        key, request = input.idempotency_key, input.request()
        decision = await update_webhook(key, request, context.acting, context.units, context.ids, context.webhooks)
        return _named(decision, request.webhook)

    @strawberry.field(
        graphql_type=DeleteWebhookPayload | None,
        description="Take a webhook away: nothing more is sent to it, and what waits for it is given up. What was sent "
        "stays in `webhookDeliveries`.",
    )
    async def delete_webhook(self, info: Info, input: Annotated[DeleteWebhookInput, _WHICH]) -> Decision:
        context = _changing(info)
        return await delete_webhook(input.idempotency_key, input.request(), context.acting, context.units, context.ids)

    @strawberry.field(
        graphql_type=WebhookSecretPayload | None,
        description="Give a webhook another secret. For 24 hours messages are signed by the one before too.",
    )
    async def rotate_webhook_secret(self, info: Info, input: Annotated[RotateWebhookSecretInput, _WHICH]) -> Decision:
        context = _changing(info)
        key, request = input.idempotency_key, input.request()
        decision = await rotate_webhook_secret(
            key, request, context.acting, context.units, context.ids, context.webhooks
        )
        return _named(decision, request.webhook)

    @strawberry.field(
        graphql_type=ReplayWebhookDeliveriesPayload | None,
        description="Send deliveries again that were given up, at once and as if for the first time, each under its "
        "`messageId`.",
    )
    async def replay_webhook_deliveries(
        self, info: Info, input: Annotated[ReplayWebhookDeliveriesInput, _AGAIN]
    ) -> Decision:
        context = _changing(info)
        return await replay_deliveries(
            input.idempotency_key, input.request(), context.acting, context.units, context.ids
        )


def _changing(info: Info) -> Context:
    context = admitted(info)
    context.forget()
    return context


def _named(decision: Decision, webhook: UUID) -> Decision:
    """What is named is shown too where it was not looked for."""
    return replace(decision, webhook=decision.webhook or webhook)
