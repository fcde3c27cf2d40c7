"""Payloads of what is done with webhooks."""

import strawberry
from strawberry import Parent

from domain.webhooks import Webhook as WebhookPicture
from schema.context import Info
from schema.fields import attribute, derived, loaded
from schema.ids import global_id
from schema.types.errors import UserError
from schema.types.webhook import Webhook
from services.decisions import Decision


def _user_errors() -> list[UserError]:
    return derived(
        lambda decision: list(decision.refusals), "Why nothing was changed; empty where the change was made."
    )


async def _webhook(decision: Parent[Decision], info: Info) -> WebhookPicture | None:
    return await info.context.loaders.webhooks_by_id.load(decision.webhook) if decision.webhook else None


def _deleted(decision: Decision) -> str | None:
    return global_id("Webhook", decision.webhook) if decision.webhook else None


@strawberry.type(description="What became of `createWebhook` or `rotateWebhookSecret`.")
class WebhookSecretPayload:
    webhook: Webhook | None = loaded(_webhook, "The webhook as it is now; null where there is no such one.")
    secret: str | None = attribute(
        "secret",
        "By which the receiver knows that a message is ours: `whsec_` and 32 bytes in base64. Told in the first answer "
        "alone; null in that to a repeat, and where it was refused. Whoever lost it asks for another with "
        "`rotateWebhookSecret`.",
    )
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `updateWebhook`.")
class WebhookPayload:
    webhook: Webhook | None = loaded(
        _webhook, "The webhook as it is now, also where the change was refused; null where there is no such one."
    )
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `deleteWebhook`.")
class DeleteWebhookPayload:
    deleted_webhook_id: strawberry.ID | None = derived(
        _deleted, "Global id of the webhook that is no more; null where it was refused."
    )
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="What became of `replayWebhookDeliveries`.")
class ReplayWebhookDeliveriesPayload:
    count: int = derived(
        lambda decision: decision.replayed.count if decision.replayed else 0, "How many are sent again."
    )
    remaining: int = derived(
        lambda decision: decision.replayed.remaining if decision.replayed else 0,
        "How many more were asked for than are sent again at once: ask for them under another key.",
    )
    user_errors: list[UserError] = _user_errors()
