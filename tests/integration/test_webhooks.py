"""Webhooks on PostgreSQL, with a real receiver: what is told, how often, and what becomes of it."""

from __future__ import annotations

import asyncio
import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from db.due_deliveries import DueDeliveries
from db.faults import DatabaseUnavailable
from db.read_models.webhooks import PostgresWebhookReads
from domain.refusals import RefusalCode
from domain.webhook_addresses import networks_from
from domain.webhook_retries import TRIES_MAX, WAITS_S
from domain.webhooks import FAILING_FOR, Webhook, WebhookDelivery, WebhookDeliveryState, WebhookEventType
from server.embedded.database import Addresses
from server.webhook_keys import FileKeys
from server.webhook_sender import WebhookSender
from services.decisions import Decision
from services.pages import PageRequest
from services.webhook_ports import NO_WEBHOOKS, Replayed, WebhookPolicy
from services.webhook_reads import WebhookDeliveryFilter
from services.webhooks import (
    CreateWebhook,
    DeleteWebhook,
    ReplayDeliveries,
    RotateWebhookSecret,
    UpdateWebhook,
    create_webhook,
    delete_webhook,
    replay_deliveries,
    rotate_webhook_secret,
    update_webhook,
)
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.factories import adjustment_events, alert_events
from tests.fakes.receiver import Receiver, answer, receiving
from tests.integration.small_shop import CALLER, Shop, open_shop
from workers.webhooks import UNSENT, Webhooks

HERE = networks_from("127.0.0.0/8")
KEYS = FileKeys([bytes(32)])
POLICY = WebhookPolicy(KEYS, HERE)
LOW = WebhookEventType.LOW_STOCK
DELIVERED, DEAD, PENDING = WebhookDeliveryState.DELIVERED, WebhookDeliveryState.DEAD, WebhookDeliveryState.PENDING
PATIENCE_S = 20.0


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
        request = ReplayDeliveries(webhook)
        return (await replay_deliveries(self.key, request, CALLER, self.shop.units, ids)).replayed

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
        assert time.monotonic() < deadline, "not within 20 seconds"
        await hooks.turn()
        await asyncio.sleep(0.005)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
async def post(database: Addresses, receiver: Receiver) -> AsyncIterator[Post]:
    async with open_shop(database) as shop:
        yield Post(shop, receiver, PostgresWebhookReads(shop.database))


def verified(secret: str, receiver: Receiver, place: int = 0) -> bool:
    """Whether one of a message's signatures is of this secret, as a receiver finds out."""
    told = receiver.told[place]
    signed = f"{told.message}.{told.headers['webhook-timestamp']}.".encode() + told.body
    key = b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
    return wanted in told.headers["webhook-signature"].split(" ")


# ---------------------------------------------------------------------- what is told
async def test_what_happens_is_told_once_signed_and_recorded(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 200, b"thanks")
    webhook, secret = await post.make()
    [message] = await post.happen()

    await post.send()
    await post.send()

    assert post.receiver.messages == [message]
    assert verified(secret, post.receiver)
    told = post.receiver.told[0]
    assert abs(int(told.headers["webhook-timestamp"]) - time.time()) < 60
    assert orjson.loads(told.body)["type"] == "inventory.low_stock"
    delivery = await post.delivery()
    assert (str(delivery.message_id), delivery.webhook, delivery.state) == (message, webhook, DELIVERED)
    assert delivery.payload.encode() == told.body
    assert delivery.next_attempt_at is None and delivery.delivered_at is not None
    [attempt] = delivery.attempts
    assert (attempt.status, attempt.error, attempt.answer) == (200, None, "thanks")
    assert abs(attempt.at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_level_that_runs_low_is_told_from_the_change_that_made_it_so(post: Post) -> None:
    from domain.movements import Adjust, Receive
    from services.policies import SetStockPolicy, set_stock_policy

    await post.make(LOW, WebhookEventType.OUT_OF_STOCK)
    await post.shop.move("in", Receive(sku="sku-00", location="MAIN", quantity=10))
    low = SetStockPolicy("policy", "sku-00", "MAIN", {"low_stock_threshold": 4})
    await set_stock_policy(low, CALLER, post.shop.units, ids)
    for number, change in enumerate((-7, +1, -4)):
        await post.shop.move(f"out-{number}", Adjust(sku="sku-00", change=change, reason_code="correction"))

    await post.send()

    told = sorted((orjson.loads(each.body) for each in post.receiver.told), key=lambda each: each["timestamp"])
    assert [(each["type"], each["data"]["remainingQuantity"]) for each in told] == [
        ("inventory.low_stock", 3),
        ("inventory.out_of_stock", 0),
    ]
    assert {each["data"]["sku"] for each in told} == {"sku-00"}


async def test_each_webhook_is_told_of_what_it_listens_to_under_one_id(post: Post) -> None:
    await post.make(path="/low")
    await post.make(*WebhookEventType, path="/all")
    await post.make(WebhookEventType.STALE, path="/stale")
    [message] = await post.happen()
    requested = [each for each in adjustment_events.life() if each.type == "AdjustmentRequested"][:1]
    await post.shop.units.run(ACME.id, lambda unit: unit.outbox.add(requested))

    await post.send()

    assert sorted((each.path, each.message) for each in post.receiver.told) == sorted(
        [("/low", message), ("/all", message), ("/all", str(requested[0].id))]
    )


# ---------------------------------------------------------------------- trying again
async def test_what_fails_is_sent_again_the_same_until_it_is_taken(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 500 if len(post.receiver.told) < 3 else 204)
    _, secret = await post.make()
    await post.happen()

    await post.tries(4)

    assert len({(each.message, each.body) for each in post.receiver.told}) == 1
    assert all(verified(secret, post.receiver, place) for place in range(3))
    delivery = await post.delivery()
    assert delivery.state is DELIVERED
    assert [each.status for each in delivery.attempts] == [500, 500, 204]


async def test_between_tries_it_waits_as_long_as_the_convention_says(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 500)
    await post.make()
    await post.happen()

    for wait_s in WAITS_S:
        before = datetime.now(UTC)
        await post.tries(1)
        delivery = await post.delivery()
        assert delivery.state is PENDING and delivery.next_attempt_at is not None
        waits_s = (delivery.next_attempt_at - before).total_seconds()
        assert 0.8 * wait_s <= waits_s <= 1.2 * wait_s + 30
        await post.send()  # before its time nothing is sent
        assert len(post.receiver.told) == len(delivery.attempts)
    await post.tries(2)

    delivery = await post.delivery()
    assert (delivery.state, len(delivery.attempts)) == (DEAD, TRIES_MAX)
    assert len(post.receiver.told) == TRIES_MAX


async def test_who_asks_for_time_is_given_it(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 429, retry_after="7000")
    await post.make()
    await post.happen()

    await post.send()

    delivery = await post.delivery()
    assert delivery.next_attempt_at is not None
    assert 6_900 < (delivery.next_attempt_at - datetime.now(UTC)).total_seconds() <= 7_000


async def test_of_many_tries_the_latest_twenty_are_kept(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 500, f"try {len(post.receiver.told)}".encode())
    webhook, _ = await post.make()
    await post.happen()
    await post.tries(TRIES_MAX)
    for _ in range(2):
        assert await post.replay(webhook) == Replayed(1, 0)
        await post.tries(TRIES_MAX)

    delivery = await post.delivery()
    assert [each.answer for each in delivery.attempts] == [f"try {number}" for number in range(11, 31)]


# ---------------------------------------------------------------------- dead letters
async def test_a_dead_delivery_is_sent_again_under_its_id_when_somebody_asks(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 500)
    webhook, _ = await post.make()
    [message] = await post.happen()
    await post.tries(TRIES_MAX)
    assert [each.state for each in await post.deliveries(states=[DEAD])] == [DEAD]
    post.receiver.answering = lambda handler: answer(handler, 204)

    replayed = await post.replay(webhook)
    again = await post.replay(webhook)
    await post.send()

    assert (replayed, again) == (Replayed(1, 0), Replayed(0, 0))
    assert set(post.receiver.messages) == {message}
    assert (await post.delivery()).state is DELIVERED
    assert (await post.actions()).count("replayWebhookDeliveries") == 1


async def test_gone_switches_the_webhook_off_and_says_so(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 410)
    webhook, _ = await post.make()
    await post.happen(2)

    await post.send()
    await post.happen()

    now = await post.webhook(webhook)
    assert now.active is False
    assert now.disabled_reason is not None and "410" in now.disabled_reason
    assert {each.state for each in await post.deliveries()} == {DEAD}
    assert len(await post.deliveries()) == 2
    assert (await post.actions()) == ["createWebhook", "switchOffWebhook"]


async def test_a_webhook_that_only_fails_for_five_days_is_switched_off(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 500)
    webhook, _ = await post.make()
    await post.happen()
    await post.tries(2)
    age = FAILING_FOR - timedelta(hours=1)
    sql = "UPDATE webhooks SET failing_since = now() - $1::interval WHERE id = $2"
    await post.shop.outside.execute(sql, age, webhook)
    await post.tries(1)
    assert (await post.webhook(webhook)).active

    await post.shop.outside.execute(sql, FAILING_FOR, webhook)
    await post.tries(1)

    now = await post.webhook(webhook)
    assert (now.active, now.disabled_reason) == (False, "nothing was delivered to it for 5 days, though it was tried")
    await post.update(webhook, active=True)
    await post.tries(1)
    assert (await post.webhook(webhook)).active, "switched on again it has its time again"


async def test_a_webhook_that_takes_something_now_and_then_stays_on(post: Post) -> None:
    webhook, _ = await post.make()
    await post.shop.outside.execute("UPDATE webhooks SET failing_since = now() - interval '30 days'")
    await post.happen()
    await post.send()
    post.receiver.answering = lambda handler: answer(handler, 500)
    await post.happen()
    await post.send()

    assert (await post.webhook(webhook)).active


async def test_what_waits_for_a_webhook_that_is_off_or_gone_is_given_up_unsent(post: Post) -> None:
    off, _ = await post.make()
    gone, _ = await post.make()
    await post.happen()
    await post.update(off, active=False)
    await delete_webhook("delete", DeleteWebhook(gone), CALLER, post.shop.units, ids)
    await post.happen()

    await post.send()

    assert post.receiver.told == []
    deliveries = await post.deliveries()
    assert {(each.webhook, each.state) for each in deliveries} == {(off, DEAD), (gone, DEAD)}
    assert {each.attempts[0].error for each in deliveries} == {UNSENT}
    assert len(deliveries) == 2


# ---------------------------------------------------------------------- one beside the other
async def test_a_webhook_that_hangs_delays_no_other(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.webhooks.SLOW_S", 0.2)

    def slow(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/hanging":
            handler.rfile.read(1)  # until the sender has gone
        else:
            answer(handler, 204)

    post.receiver.answering = slow
    for _ in range(20):
        await post.make(path="/hanging")
    await post.make(path="/quick")
    await post.happen(30)

    async def quick_are_done() -> bool:
        return [each.path for each in post.receiver.told].count("/quick") == 30

    async with post.worker(within_s=60.0) as hooks:
        began = time.monotonic()
        await turned(hooks, quick_are_done)
        assert time.monotonic() - began < PATIENCE_S
        hanging = [each for each in post.receiver.told if each.path == "/hanging"]
        assert len(hanging) <= 20, "each has one under way, at most"
        for task in hooks._under_way:
            task.cancel()


async def test_two_workers_send_each_message_once(post: Post) -> None:
    await post.make()
    messages = await post.happen(60)

    async def done() -> bool:
        return len(post.receiver.told) >= 60

    async with post.worker() as one, post.worker() as other:
        await asyncio.gather(turned(one, done), turned(other, done))

    assert sorted(post.receiver.messages) == sorted(messages)


async def test_one_that_takes_longer_than_a_claim_is_told_twice_and_recorded_once(post: Post) -> None:
    entered = asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()

    def hold(handler: BaseHTTPRequestHandler) -> None:
        loop.call_soon_threadsafe(entered.release)
        if len(post.receiver.told) == 1:
            while len(post.receiver.told) < 2:
                time.sleep(0.01)
            time.sleep(0.2)
        answer(handler, 204)

    post.receiver.answering = hold
    await post.make()
    [message] = await post.happen()

    async def settled() -> bool:
        return (await post.delivery()).state is DELIVERED

    async with post.worker(claim_s=0.2) as dying, post.worker() as other:
        await dying.turn()
        await entered.acquire()
        await turned(other, settled)

    assert post.receiver.messages == [message, message]
    assert len((await post.delivery()).attempts) == 1


async def test_a_database_that_is_away_meanwhile_costs_no_delivery(post: Post) -> None:
    await post.make()
    [message] = await post.happen()
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'stockcast%'"

    async def settled() -> bool:
        return (await post.delivery()).state is DELIVERED

    async with post.worker(claim_s=0.2) as hooks:
        for _ in range(3):
            await post.shop.outside.execute(cut)
            with suppress(DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError):
                await hooks.turn()
        await turned(hooks, settled)
    assert set(post.receiver.messages) == {message}


# ---------------------------------------------------------------------- what is said of them
async def test_a_secret_is_told_once_and_kept_sealed(post: Post) -> None:
    request = CreateWebhook(post.receiver.url(), (LOW,))
    first = await create_webhook("once", request, CALLER, post.shop.units, ids, POLICY)
    again = await create_webhook("once", request, CALLER, post.shop.units, ids, POLICY)

    assert first.secret is not None and first.webhook is not None
    assert (again.webhook, again.secret) == (first.webhook, None)
    kept = await post.shop.outside.fetchval("SELECT secret FROM webhooks")
    assert isinstance(kept, bytes)
    assert KEYS.open(kept, ACME.id, first.webhook) == first.secret
    for table in ("webhooks", "decisions", "audit_log", "webhook_deliveries"):
        rows = await post.shop.outside.fetch(f"SELECT t::text FROM {table} AS t")
        assert not any(first.secret in row[0] for row in rows), table


async def test_while_a_secret_is_replaced_both_sign(post: Post) -> None:
    webhook, old = await post.make()
    turned_ = await rotate_webhook_secret("turn", RotateWebhookSecret(webhook), CALLER, post.shop.units, ids, POLICY)
    assert turned_.secret is not None and turned_.secret != old
    await post.happen()
    await post.send()
    await post.shop.outside.execute("UPDATE webhooks SET previous_until = now()")
    await post.happen()
    await post.send()

    assert verified(turned_.secret, post.receiver) and verified(old, post.receiver)
    assert verified(turned_.secret, post.receiver, 1) and not verified(old, post.receiver, 1)
    assert (await post.webhook(webhook)).version == 2
    assert await post.actions() == ["createWebhook", "rotateWebhookSecret"]


async def test_a_message_whose_secret_cannot_be_opened_waits_for_the_key(post: Post) -> None:
    await post.make()
    await post.shop.outside.execute("UPDATE webhooks SET secret = 'lost'")
    await post.happen()

    await post.send()

    delivery = await post.delivery()
    assert post.receiver.told == []
    assert delivery.state is PENDING
    assert delivery.attempts[0].error is not None and "secret" in delivery.attempts[0].error


async def test_without_a_key_none_is_made_and_the_operator_is_told_what_to_set(post: Post) -> None:
    request = CreateWebhook("https://example.com/hooks", (LOW,))

    decision = await create_webhook("key", request, CALLER, post.shop.units, ids, NO_WEBHOOKS)

    [refusal] = decision.refusals
    assert refusal.code is RefusalCode.INVALID_INPUT and "WEBHOOK_KEY_FILE" in refusal.message


async def test_a_tenant_has_fifty_at_most(post: Post) -> None:
    for _ in range(50):
        await post.make()

    request = CreateWebhook(post.receiver.url(), (LOW,))
    decision = await create_webhook("one more", request, CALLER, post.shop.units, ids, POLICY)

    assert [each.code for each in decision.refusals] == [RefusalCode.LIMIT_EXCEEDED]


async def test_changes_are_audited_with_what_became_of_each_field(post: Post) -> None:
    webhook, _ = await post.make()
    await post.update(webhook, active=False, description="the ERP")
    await post.update(webhook, active=False)  # changes nothing
    await delete_webhook("delete", DeleteWebhook(webhook), CALLER, post.shop.units, ids)
    missing = await post.update(webhook, active=True)

    assert [each.code for each in missing.refusals] == [RefusalCode.NOT_FOUND]
    assert await post.actions() == ["createWebhook", "updateWebhook", "deleteWebhook"]
    detail = await post.shop.outside.fetchval("SELECT detail::text FROM audit_log WHERE action = 'updateWebhook'")
    assert isinstance(detail, str)
    assert orjson.loads(detail)["changes"]["active"] == {"from": True, "to": False}


# ---------------------------------------------------------------------- what is read
async def test_deliveries_are_listed_newest_first_by_what_is_asked_of_them(post: Post) -> None:
    first, _ = await post.make()
    second, _ = await post.make(LOW, WebhookEventType.STALE)
    await post.happen(3)
    await post.send()
    await post.happen(2)
    everything = await post.deliveries()

    assert len(everything) == 10
    assert [each.created_at for each in everything] == sorted((each.created_at for each in everything), reverse=True)
    assert len(await post.deliveries(webhook=first)) == 5
    assert len(await post.deliveries(webhook=second, states=[PENDING])) == 2
    assert len(await post.deliveries(states=[PENDING, DEAD])) == 4
    assert await post.deliveries(states=[]) == []
    assert await post.deliveries(events=[WebhookEventType.STALE]) == []
    assert len(await post.deliveries(events=[LOW])) == 10
    middle = everything[4].created_at
    assert len(await post.deliveries(since=middle)) + len(await post.deliveries(until=middle)) == 10
    found = await post.reads.deliveries_by_id(ACME.id, [everything[0].id, uuid4()])
    assert found == {everything[0].id: everything[0]}


async def test_pages_of_deliveries_go_on_where_the_last_one_ended(post: Post) -> None:
    await post.make()
    await post.happen(4)
    await post.send()
    await post.happen(3)
    wanted = WebhookDeliveryFilter()

    pages, cursor = [], None
    while True:
        page = await post.reads.deliveries(ACME.id, wanted, PageRequest(3, cursor, counted=True))
        assert page.total == 7
        pages.append([edge.node.id for edge in page.edges])
        if not page.has_next:
            break
        cursor = page.edges[-1].cursor

    assert pages == [[each.id for each in (await post.deliveries())][n : n + 3] for n in (0, 3, 6)]


async def test_another_tenant_reads_none_of_it(post: Post) -> None:
    webhook, _ = await post.make()
    await post.happen()
    delivery = await post.delivery()

    assert (await post.reads.webhooks(GLOBEX.id, PageRequest(10))).edges == []
    assert (await post.reads.deliveries(GLOBEX.id, WebhookDeliveryFilter(), PageRequest(10))).edges == []
    assert await post.reads.webhooks_by_id(GLOBEX.id, [webhook]) == {}
    assert await post.reads.deliveries_by_id(GLOBEX.id, [delivery.id]) == {}
