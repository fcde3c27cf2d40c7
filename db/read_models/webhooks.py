"""Webhooks, and what was and is to be sent to them: each question one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from db.pool import Database
from db.read_models.filters import listed, stated
from db.read_models.listing import UNFORESEEN, Listing, Order, bounded
from db.read_models.statements import moment, named, one, tenant, texts, uuids, within
from db.tables import webhook_deliveries, webhook_messages, webhooks
from db.webhook_deliveries import COLUMNS as DELIVERY_COLUMNS
from db.webhook_deliveries import delivery_from
from db.webhooks import COLUMNS, webhook_from
from domain.webhooks import Webhook, WebhookDelivery, WebhookDeliveryState
from services.pages import Page, PageRequest
from services.webhook_reads import WebhookDeliveryFilter

#: Above this the total of deliveries is not told.
COUNT_MAX = 10_000

_webhook, _delivery = webhooks.c, webhook_deliveries.c

_webhooks = Listing(
    sa.select(*named(webhooks, COLUMNS)).where(_webhook.tenant_id == tenant()),
    {"ids": within(_webhook.id, uuids("ids"))},
    webhook_from,
)
#: An id begins with the time at which it was made.
_NEWEST_WEBHOOK_FIRST = Order("WEBHOOK", (_webhook.id,), (UUID,), falling=True)


def _walked(
    listing: Listing[WebhookDelivery], names: frozenset[str], order: Order, backward: bool, continued: bool
) -> sa.Select[tuple[object, ...]]:
    """A page of each state, and of these the newest: an index holds each state's in order, of one webhook and of all,
    so that a page costs what it shows however many were delivered."""
    values = sa.func.unnest(texts("states")).table_valued("state").render_derived("given")
    keys = sa.select(sa.collate(values.c.state, "C").label("state")).distinct().subquery("keys")
    inner = listing.narrowed(names - {"states"}).where(_delivery.state == keys.c.state).correlate(keys)
    each = bounded(inner, order, backward, continued, size=UNFORESEEN).lateral("each")
    shown = sa.select(each, *(each.c[key.name].label(f"key_{key.name}") for key in order.columns))
    return bounded(shown.join_from(keys, each, sa.true()), order, backward, False, of=each)


_deliveries = Listing(
    sa.select(*named(webhook_deliveries, DELIVERY_COLUMNS)).where(_delivery.tenant_id == tenant()),
    {
        "webhook": _delivery.webhook_id == one("webhook", sa.UUID()),
        "states": within(_delivery.state, texts("states")),
        "events": within(_delivery.event, texts("events")),
        "since": _delivery.created_at >= moment("since"),
        "until": _delivery.created_at < moment("until"),
        "ids": within(_delivery.id, uuids("ids")),
    },
    delivery_from,
    COUNT_MAX,
    _walked,
)
_NEWEST_FIRST = Order("WEBHOOK_DELIVERY", (_delivery.created_at, _delivery.id), (datetime, UUID), falling=True)


_messages = Listing(
    sa.select(*named(webhook_messages, ("id", "payload"))).where(webhook_messages.c.tenant_id == tenant()),
    {"ids": within(webhook_messages.c.id, uuids("ids"))},
    tuple[UUID, str],
)


class PostgresWebhookReads:
    """Implements `services.webhook_reads.WebhookReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def webhooks(self, tenant: UUID, page: PageRequest) -> Page[Webhook]:
        return await _webhooks.page(self._database, tenant, {}, _NEWEST_WEBHOOK_FIRST, page)

    async def webhooks_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Webhook]:
        return {each.id: each for each in await _webhooks.all(self._database, tenant, {"ids": list(ids)})}

    async def deliveries(self, tenant: UUID, filter: WebhookDeliveryFilter, page: PageRequest) -> Page[WebhookDelivery]:
        wanted = stated(
            webhook=filter.webhook,
            states=listed(filter.states if filter.states is not None else tuple(WebhookDeliveryState)),
            events=listed(filter.events),
            since=filter.since,
            until=filter.until,
        )
        return await _deliveries.page(self._database, tenant, wanted, _NEWEST_FIRST, page)

    async def payloads(self, tenant: UUID, messages: Sequence[UUID]) -> Mapping[UUID, str]:
        return dict(await _messages.all(self._database, tenant, {"ids": list(messages)}))

    async def deliveries_by_id(self, tenant: UUID, ids: Sequence[UUID]) -> Mapping[UUID, WebhookDelivery]:
        found = await _deliveries.all(self._database, tenant, {"ids": list(ids)})
        return {each.id: each for each in found}
