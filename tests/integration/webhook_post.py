"""A tenant's post on PostgreSQL: its webhooks, the workers that send to them, and a real receiver."""

from __future__ import annotations

import asyncio
import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from db.due_deliveries import DueDeliveries
from db.read_models.webhooks import PostgresWebhookReads
from domain.webhook_addresses import networks_from
from domain.webhooks import Webhook, WebhookDelivery, WebhookDeliveryState, WebhookEventType
from server.embedded.database import Addresses
from server.webhook_keys import FileKeys
from server.webhook_sender import WebhookSender
from services.decisions import Decision
from services.pages import PageRequest
from services.webhook_deliveries import ReplayDeliveries, replay_deliveries
from services.webhook_ports import Replayed, WebhookPolicy
from services.webhook_reads import WebhookDeliveryFilter
from services.webhooks import (
    CreateWebhook,
    UpdateWebhook,
    create_webhook,
    update_webhook,
)
from tests.conformance.units_worlds import ACME, ids
from tests.factories import alert_events
from tests.fakes.receiver import Receiver, receiving
from tests.integration.small_shop import CALLER, Shop, open_shop
from workers.webhooks import Webhooks

HERE = networks_from("127.0.0.0/8")
KEYS = FileKeys([bytes(32)])
POLICY = WebhookPolicy(KEYS, HERE)
LOW = WebhookEventType.LOW_STOCK
DELIVERED, DEAD, PENDING = WebhookDeliveryState.DELIVERED, WebhookDeliveryState.DEAD, WebhookDeliveryState.PENDING
PATIENCE_S = 60.0


@dataclass(slots=True)
class Post:
    """A tenant that has webhooks, workers that send to them, and a receiver."""

    shop: Shop
    receiver: Receiver
    reads: PostgresWebhookReads
    keys: int = field(default=0)

    @property
    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    async def make(self, *events: WebhookEventType, path: str = "/hooks", url: str | None = None) -> tuple[UUID, str]:
        """Its id and its secret."""
        request = CreateWebhook(url or self.receiver.url(path), events or (LOW,))
        made = await create_webhook(self.key, request, CALLER, self.shop.units, ids, POLICY)
        assert made.refusals == () and made.webhook and made.secret
        return made.webhook, made.secret

    async def update(self, webhook: UUID, **changes: Any) -> Decision:
        return await update_webhook(self.key, UpdateWebhook(webhook, changes), CALLER, self.shop.units, ids, POLICY)

    async def happen(self, count: int = 1) -> list[str]:
        """So many alerts open; the ids of their messages."""
        events = [alert_events.told(alert_events.alert(name=self.key)) for _ in range(count)]
        await self.shop.units.run(ACME.id, lambda unit: unit.outbox.add(events))
        return [str(event.id) for event in events]

    async def replay(self, webhook: UUID) -> Replayed | None:
        return (await self.replay_of(ReplayDeliveries(webhook))).replayed

    async def replay_of(self, request: ReplayDeliveries) -> Decision:
        return await replay_deliveries(self.key, request, CALLER, self.shop.units, ids)

    async def payload(self, delivery: WebhookDelivery) -> str:
        return (await self.reads.payloads(ACME.id, [delivery.message_id]))[delivery.message_id]

    async def webhook(self, id_: UUID) -> Webhook:
        return (await self.reads.webhooks_by_id(ACME.id, [id_]))[id_]

    async def deliveries(self, **wanted: Any) -> list[WebhookDelivery]:
        page = await self.reads.deliveries(ACME.id, WebhookDeliveryFilter(**wanted), PageRequest(250))
        return [edge.node for edge in page.edges]

    async def delivery(self) -> WebhookDelivery:
        [found] = await self.deliveries()
        return found

    async def due_now(self) -> None:
        """What waits is due."""
        await self.shop.outside.execute(
            "UPDATE webhook_deliveries SET next_attempt_at = now() - interval '1 second' WHERE state = 'PENDING'"
        )

    async def actions(self) -> list[str]:
        rows = await self.shop.outside.fetch("SELECT action FROM audit_log ORDER BY recorded_at, id")
        return [row[0] for row in rows]

    @asynccontextmanager
    async def worker(self, *, claim_s: float = 60.0, within_s: float = 5.0) -> AsyncIterator[Webhooks]:
        due, sender = DueDeliveries(self.shop.database), WebhookSender(HERE, within_s=within_s)
        hooks = Webhooks(due, sender, KEYS, self.shop.units, ids, Random(1), claim_s=claim_s)
        try:
            yield hooks
        finally:
            await hooks.finish()
            await sender.close()
            await due.close()

    async def send(self) -> None:
        """Send all that is due, whatever comes of it."""
        async with self.worker() as hooks:
            while True:
                if not (await hooks.turn() or hooks.under_way):
                    return
                await asyncio.sleep(0.005)

    async def tries(self, count: int) -> None:
        """Try what waits so many times, each as soon as the one before has failed."""
        for _ in range(count):
            await self.due_now()
            await self.send()


async def turned(hooks: Webhooks, until: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await until():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S:g} seconds"
        await hooks.turn()
        await asyncio.sleep(0.005)


@asynccontextmanager
async def open_post(addresses: Addresses) -> AsyncIterator[Post]:
    with receiving() as receiver:
        async with open_shop(addresses) as shop:
            yield Post(shop, receiver, PostgresWebhookReads(shop.database))


def verified(secret: str, receiver: Receiver, place: int = 0) -> bool:
    """Whether one of a message's signatures is of this secret, as a receiver finds out."""
    told = receiver.told[place]
    signed = f"{told.message}.{told.headers['webhook-timestamp']}.".encode() + told.body
    key = b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
    return wanted in told.headers["webhook-signature"].split(" ")
