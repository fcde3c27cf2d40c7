"""Webhooks on PostgreSQL, with a real receiver: what is told, how often, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from domain.movements import Adjust, Receive
from domain.webhook_retries import TRIES_MAX, WAITS_S
from domain.webhooks import FAILING_FOR, WebhookEventType
from server.embedded.database import Addresses
from services.policies import SetStockPolicy, set_stock_policy
from services.webhook_ports import Replayed
from services.webhooks import (
    DeleteWebhook,
    delete_webhook,
)
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
    verified,
)
from workers.webhooks import UNSENT


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
    assert delivery.payload.encode() == told.body
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
