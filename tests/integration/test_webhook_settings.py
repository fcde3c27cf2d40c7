"""Webhooks on PostgreSQL: what is said of them, of their secrets, and of what was sent to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import orjson
import pytest

from domain.refusals import RefusalCode
from domain.webhook_retries import TRIES_MAX
from domain.webhooks import WebhookEventType
from server.embedded.database import Addresses
from services.pages import PageRequest
from services.webhook_ports import NO_WEBHOOKS
from services.webhook_reads import WebhookDeliveryFilter
from services.webhooks import (
    CreateWebhook,
    DeleteWebhook,
    RotateWebhookSecret,
    create_webhook,
    delete_webhook,
    rotate_webhook_secret,
)
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.fakes.receiver import answer
from tests.integration.small_shop import CALLER
from tests.integration.webhook_post import (
    DEAD,
    DELIVERED,
    KEYS,
    LOW,
    PENDING,
    POLICY,
    Post,
    open_post,
    verified,
)
from workers.webhooks import UNSIGNED


@pytest.fixture
async def post(database: Addresses) -> AsyncIterator[Post]:
    async with open_post(database) as post:
        yield post


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
    webhook, secret = await post.make()
    kept = await post.shop.outside.fetchval("SELECT secret FROM webhooks")
    await post.shop.outside.execute("UPDATE webhooks SET secret = 'lost'")
    await post.happen()

    await post.tries(TRIES_MAX + 1)

    delivery = await post.delivery()
    assert post.receiver.told == []
    assert delivery.state is PENDING
    assert {each.error for each in delivery.attempts} == {UNSIGNED}
    assert await post.shop.outside.fetchval("SELECT failing_since FROM webhooks") is None
    post.receiver.answering = lambda handler: answer(handler, 500 if len(post.receiver.told) < 2 else 204)
    await post.shop.outside.execute("UPDATE webhooks SET secret = $1 WHERE id = $2", kept, webhook)
    await post.tries(2)
    assert (await post.delivery()).state is DELIVERED, "it had all its tries"
    assert verified(secret, post.receiver)


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
