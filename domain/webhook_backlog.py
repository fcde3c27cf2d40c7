"""What waits for a webhook: how much may, what becomes of it where nobody listens, and what of it is sent again.

What waits for a webhook that is switched off or deleted is given up with that very change, and whatever came to wait
meanwhile when its turn comes. Of more than PENDING_MAX the oldest are given up: of stock that changes the newest
messages are worth most. What is given up is DEAD, says why, and may be replayed as all that is DEAD.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.refusals import Refusal, RefusalCode
from domain.webhook_retries import NextStep
from domain.webhooks import Webhook, WebhookDeliveryState

#: Deliveries that may wait for one webhook; of more, which may come together within seconds, the oldest are given up.
PENDING_MAX = 10_000
#: Dead deliveries that one call makes PENDING again.
REPLAY_MAX = 10_000
#: Of more ids that cannot be replayed so many are told.
UNFIT_TOLD_MAX = 20

GIVEN_UP = NextStep(WebhookDeliveryState.DEAD)
SURPLUS = f"given up: {PENDING_MAX:,} newer messages wait for this webhook"


def unheard(active: bool | None, *, kept: bool) -> str | None:
    """Why what waits for a webhook is given up; None: it is to be sent. `active`: whether the webhook is on, None: it
    is gone. `kept`: whether what is to be told is still there."""
    if active is None:
        return "given up: the webhook was deleted"
    if not active:
        return "given up: the webhook is switched off"
    return None if kept else "given up: its message is no longer kept"


def invalid_period(since: datetime | None, until: datetime | None) -> Refusal | None:
    if since is None or until is None or since <= until:
        return None
    message = "from lies after to, so that nothing lies between them: give the earlier moment as from."
    return Refusal(RefusalCode.INVALID_INPUT, message, ("from",))


def not_to_be_replayed(webhook: Webhook) -> Refusal | None:
    """Why nothing of a webhook is sent again."""
    if webhook.active:
        return None
    message = (
        "The webhook is switched off, and what is sent to it would be given up again: switch it on first, with "
        "updateWebhook(active: true)."
    )
    return Refusal(RefusalCode.ILLEGAL_TRANSITION, message, ("webhookId",))


def unfit_deliveries(ids: Sequence[UUID], states: Mapping[UUID, WebhookDeliveryState]) -> tuple[Refusal, ...]:
    """What is wrong with deliveries that are to be replayed, each by its first place in `ids`: `states` has those that
    the webhook has. The first UNFIT_TOLD_MAX are told."""
    places: dict[UUID, int] = {}
    for place, id_ in enumerate(ids):
        places.setdefault(id_, place)
    found = ((place, _unfit(id_, states.get(id_))) for id_, place in places.items())
    refusals = [refusal.at("deliveryIds", str(place)) for place, refusal in found if refusal]
    return tuple(refusals[:UNFIT_TOLD_MAX])


def _unfit(id_: UUID, state: WebhookDeliveryState | None) -> Refusal | None:
    if state is None:
        message = (
            "The webhook has no such delivery: see the query webhookDeliveries(filter: {webhookId, states: [DEAD]})."
        )
        return Refusal(RefusalCode.NOT_FOUND, message)
    if state is WebhookDeliveryState.DEAD:
        return None
    message = f"Delivery {id_} is {state}: only what is DEAD is sent again. Leave it out."
    return Refusal(RefusalCode.ILLEGAL_TRANSITION, message)


def replayed_at_once(waiting: int) -> int:
    """How many dead deliveries may be made PENDING where so many are; 0: none."""
    return max(0, min(REPLAY_MAX, PENDING_MAX - waiting))


def too_much_waits() -> Refusal:
    message = (
        f"{PENDING_MAX:,} messages wait for this webhook, and no more may: ask again once some of them were delivered."
    )
    return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("webhookId",), limit=PENDING_MAX)
