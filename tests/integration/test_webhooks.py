"""Webhooks on PostgreSQL, with a real receiver: what is told, how often, and what becomes of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import orjson
import pytest

from db.crowded_webhooks import CrowdedWebhooks
from db.worker_session import WorkerSession
from domain.movements import Adjust, Receive
from domain.refusals import RefusalCode
from domain.webhook_backlog import SURPLUS
from domain.webhook_retries import TRIES_MAX, WAITS_S
from domain.webhooks import FAILING_FOR, WebhookEventType
from server.embedded.database import Addresses
from services.policies import SetStockPolicy, set_stock_policy
from services.webhook_deliveries import ReplayDeliveries
from services.webhook_ports import Replayed
from services.webhooks import DeleteWebhook, delete_webhook
from tests.conformance.units_worlds import ACME, ids
from tests.factories import adjustment_events
from tests.fakes.receiver import answer
from tests.integration.small_shop import CALLER
from tests.integration.webhook_post import (
    DEAD,
    DELIVERED,
    LOW,
    PENDING,
    Post,
    open_post,
    turned,
    verified,
)
from workers import metrics
from workers.webhook_surplus import WebhookSurplus


@pytest.fixture
async def post(database: Addresses) -> AsyncIterator[Post]:
    async with open_post(database) as post:
        yield post


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
    assert (await post.payload(delivery)).encode() == told.body
    assert delivery.next_attempt_at is None and delivery.delivered_at is not None
    [attempt] = delivery.attempts
    assert (attempt.status, attempt.error, attempt.answer) == (200, None, "thanks")
    assert abs(attempt.at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_level_that_runs_low_is_told_from_the_change_that_made_it_so(post: Post) -> None:
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


async def test_a_webhook_that_only_fails_for_five_days_is_switched_off_with_a_message_that_is_given_up(
    post: Post,
) -> None:
    post.receiver.answering = lambda handler: answer(handler, 500)
    webhook, _ = await post.make()
    sql = "UPDATE webhooks SET failing_since = now() - $1::interval WHERE id = $2"
    await post.happen()
    await post.tries(TRIES_MAX - 1)
    await post.shop.outside.execute(sql, FAILING_FOR - timedelta(hours=1), webhook)
    await post.tries(1)
    assert (await post.webhook(webhook)).active, "not for so long yet"

    await post.happen()
    await post.shop.outside.execute(sql, FAILING_FOR, webhook)
    await post.tries(TRIES_MAX - 1)
    assert (await post.webhook(webhook)).active, "the message has a try left"
    await post.tries(1)

    now = await post.webhook(webhook)
    assert (now.active, now.disabled_reason) == (False, "nothing was delivered to it for 5 days, though it was tried")
    await post.update(webhook, active=True)
    await post.happen()
    await post.tries(TRIES_MAX)
    assert (await post.webhook(webhook)).active, "switched on again it has its time again"


async def test_a_hiccup_long_after_a_message_that_died_costs_a_rare_webhook_nothing(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 500)
    webhook, _ = await post.make()
    await post.happen()
    await post.tries(TRIES_MAX)
    await post.shop.outside.execute("UPDATE webhooks SET failing_since = now() - interval '10 days'")
    post.receiver.answering = lambda handler: answer(handler, 503 if len(post.receiver.told) < TRIES_MAX + 2 else 204)
    await post.happen()

    await post.tries(2)

    assert (await post.webhook(webhook)).active
    assert sorted(each.state for each in await post.deliveries()) == [DEAD, DELIVERED]


async def test_a_webhook_that_takes_something_now_and_then_stays_on(post: Post) -> None:
    webhook, _ = await post.make()
    await post.shop.outside.execute("UPDATE webhooks SET failing_since = now() - interval '30 days'")
    await post.happen()
    await post.send()
    post.receiver.answering = lambda handler: answer(handler, 500)
    await post.happen()
    await post.send()

    assert (await post.webhook(webhook)).active


async def test_what_waits_for_a_webhook_is_given_up_by_what_switches_it_off_or_deletes_it(post: Post) -> None:
    off, _ = await post.make()
    gone, _ = await post.make()
    await post.happen()

    await post.update(off, active=False)
    await delete_webhook("delete", DeleteWebhook(gone), CALLER, post.shop.units, ids)
    await post.happen()

    deliveries = await post.deliveries()
    assert {(each.webhook, each.state, each.attempts[0].error) for each in deliveries} == {
        (off, DEAD, "given up: the webhook is switched off"),
        (gone, DEAD, "given up: the webhook was deleted"),
    }
    assert len(deliveries) == 2
    await post.send()
    assert post.receiver.told == []


@pytest.mark.parametrize("change", ["active = false", None], ids=["off", "gone"])
async def test_what_came_to_wait_while_a_webhook_was_switched_off_or_deleted_is_given_up_in_its_turn(
    post: Post, change: str | None
) -> None:
    webhook, _ = await post.make()
    await post.happen()
    sql = f"UPDATE webhooks SET {change} WHERE id = $1" if change else "DELETE FROM webhooks WHERE id = $1"
    await post.shop.outside.execute(sql, webhook)

    await post.send()

    delivery = await post.delivery()
    assert (delivery.state, post.receiver.told) == (DEAD, [])
    assert (delivery.attempts[0].error or "").startswith("given up: the webhook")


async def test_what_waits_for_days_is_given_up_at_once_where_the_address_is_gone(post: Post) -> None:
    post.receiver.answering = lambda handler: answer(handler, 503, retry_after="86400")
    webhook, _ = await post.make()
    await post.happen(3)
    await post.send()
    assert {each.state for each in await post.deliveries()} == {PENDING}
    post.receiver.answering = lambda handler: answer(handler, 410)
    await post.happen()

    await post.send()

    assert (await post.webhook(webhook)).active is False
    errors = [each.attempts[-1].error for each in await post.deliveries(states=[DEAD])]
    assert sorted(errors, key=str) == [None, *["given up: the webhook is switched off"] * 3]


async def test_the_old_addresses_gone_does_not_switch_off_a_webhook_that_has_another_by_now(post: Post) -> None:
    webhook, _ = await post.make(path="/old")
    moved, answered = threading.Event(), threading.Event()

    def gone(handler: BaseHTTPRequestHandler) -> None:
        answered.set()
        moved.wait(20)
        answer(handler, 410)

    post.receiver.answering = gone
    await post.happen()
    async with post.worker() as hooks:
        await hooks.turn()
        await asyncio.to_thread(answered.wait, 20)
        await post.update(webhook, url=post.receiver.url("/new"))
        moved.set()

        async def recorded() -> bool:
            return hooks.under_way == 0

        await turned(hooks, recorded)

    now = await post.webhook(webhook)
    assert (now.active, now.url) == (True, post.receiver.url("/new"))
    assert (await post.delivery()).state is DEAD


async def test_of_what_waits_beyond_what_may_the_oldest_is_given_up(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.webhook_surplus.PENDING_MAX", 3)
    monkeypatch.setattr("services.webhook_deliveries.PENDING_MAX", 3)
    monkeypatch.setattr("workers.webhook_surplus.AT_ONCE", 2)
    await post.make()
    await post.make(LOW, WebhookEventType.STALE)
    for _ in range(6):
        await post.happen()
    session = WorkerSession(post.shop.database)
    surplus = WebhookSurplus(CrowdedWebhooks(session), post.shop.units)

    before = metrics.WEBHOOK_SURPLUS._value.get()
    assert [await surplus.turn() for _ in range(3)] == [True, False, False]
    assert metrics.WEBHOOK_SURPLUS._value.get() == before + 6

    kept = await post.deliveries(states=[PENDING])
    given_up = await post.deliveries(states=[DEAD])
    assert (len(kept), len(given_up)) == (6, 6)
    assert max(each.created_at for each in given_up) < min(each.created_at for each in kept)
    assert {each.attempts[-1].error for each in given_up} == {SURPLUS}
    await session.close()


# ---------------------------------------------------------------------- sending again
async def test_nothing_is_sent_again_to_a_webhook_that_is_off_until_it_is_switched_on(post: Post) -> None:
    webhook, _ = await post.make()
    await post.happen()
    await post.update(webhook, active=False)

    refused = await post.replay_of(ReplayDeliveries(webhook))
    assert [each.code for each in refused.refusals] == [RefusalCode.ILLEGAL_TRANSITION]
    assert (await post.delivery()).state is DEAD

    await post.update(webhook, active=True)
    assert await post.replay(webhook) == Replayed(1, 0)
    await post.send()
    assert (await post.delivery()).state is DELIVERED


async def test_what_cannot_be_sent_again_is_named_and_nothing_is(post: Post) -> None:
    webhook, _ = await post.make()
    other, _ = await post.make(WebhookEventType.STALE)
    await post.happen(2)
    await post.send()
    [one, two] = await post.deliveries()
    await post.shop.outside.execute("UPDATE webhook_deliveries SET state = 'DEAD' WHERE id = $1", one.id)
    named = (one.id, ids(), two.id, two.id)

    refused = await post.replay_of(ReplayDeliveries(webhook, named))
    assert [(each.code.value, each.field) for each in refused.refusals] == [
        ("NOT_FOUND", ("deliveryIds", "1")),
        ("ILLEGAL_TRANSITION", ("deliveryIds", "2")),
    ]
    [refusal] = (await post.replay_of(ReplayDeliveries(other, (one.id,)))).refusals
    assert refusal.code is RefusalCode.NOT_FOUND
    early = one.created_at - timedelta(days=1)
    [refusal] = (await post.replay_of(ReplayDeliveries(webhook, None, one.created_at, early))).refusals
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_INPUT, ("from",))
    assert len(await post.deliveries(states=[DEAD])) == 1
    assert (await post.replay_of(ReplayDeliveries(webhook, (one.id, one.id)))).replayed == Replayed(1, 0)


async def test_no_more_is_sent_again_at_once_than_may_wait(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.webhook_backlog.PENDING_MAX", 2)
    webhook, _ = await post.make()
    await post.happen(3)
    await post.shop.outside.execute(
        "UPDATE webhook_deliveries SET state = 'DEAD', next_attempt_at = NULL, settled_at = now()"
    )
    await post.happen()

    assert await post.replay(webhook) == Replayed(1, 2)
    refused = await post.replay_of(ReplayDeliveries(webhook))
    assert [(each.code, each.limit) for each in refused.refusals] == [(RefusalCode.LIMIT_EXCEEDED, 2)]
