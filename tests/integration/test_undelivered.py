"""What waits for webhooks is told, by workers that send none too."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY

from db import waiting_deliveries
from db.waiting_deliveries import WaitingDeliveries
from db.worker_session import WorkerSession
from server.embedded.database import Addresses
from tests.fakes.receiver import answer
from tests.integration.webhook_post import Post, open_post
from workers.undelivered import NO_KEY, Undelivered


@pytest.fixture
async def post(database: Addresses) -> AsyncIterator[Post]:
    async with open_post(database) as post:
        yield post


@pytest.fixture
async def deliveries(post: Post) -> AsyncIterator[WaitingDeliveries]:
    session = WorkerSession(post.shop.database)
    yield WaitingDeliveries(session)
    await session.close()


async def due_since(post: Post, minutes: int) -> None:
    """All that waits."""
    sql = "UPDATE webhook_deliveries SET next_attempt_at = now() - $1 * interval '1 minute' WHERE state = 'PENDING'"
    await post.shop.outside.execute(sql, minutes)


def told(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"stockcast_webhook_{name}")


async def test_what_waits_is_told_with_the_age_of_what_was_due_first_of_whichever_webhook(
    post: Post, deliveries: WaitingDeliveries
) -> None:
    backlog = Undelivered(deliveries, sends=True)
    await backlog.turn()
    assert (told("deliveries_waiting"), told("oldest_due_seconds")) == (0, 0)

    for _ in range(3):
        await post.make()
    await post.happen(2)
    oldest = "UPDATE webhook_deliveries SET next_attempt_at = now() - interval '7 minutes' WHERE id = $1"
    for each in await post.deliveries():
        await due_since(post, 5)
        await post.shop.outside.execute(oldest, each.id)
        await backlog.turn()
        assert told("deliveries_waiting") == 6
        assert 420 <= (told("oldest_due_seconds") or 0) < 450


async def test_what_is_tried_again_later_waits_and_is_not_due_and_what_was_delivered_does_neither(
    post: Post, deliveries: WaitingDeliveries
) -> None:
    post.receiver.answering = lambda handler: answer(handler, 500)
    await post.make()
    await post.happen()
    await post.tries(2)
    assert await deliveries.waiting() == (1, 0)

    post.receiver.answering = lambda handler: answer(handler, 204)
    await post.tries(1)
    assert await deliveries.waiting() == (0, 0)


async def test_of_very_many_not_all_are_counted(
    post: Post, deliveries: WaitingDeliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = f"LIMIT {waiting_deliveries.COUNTED_MAX}"
    assert limit in waiting_deliveries.WAITING
    monkeypatch.setattr(waiting_deliveries, "WAITING", waiting_deliveries.WAITING.replace(limit, "LIMIT 3"))
    await post.make()
    await post.happen(5)
    assert (await deliveries.waiting()).deliveries == 3


async def test_a_worker_without_the_key_warns_once_while_deliveries_are_stuck(
    post: Post, deliveries: WaitingDeliveries, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    idle, busy = Undelivered(deliveries, sends=False), Undelivered(deliveries, sends=True)
    await post.make()
    await post.happen()
    await idle.turn()
    assert NO_KEY not in caplog.messages, "what has just become due is another's to send"

    for _ in range(2):
        await due_since(post, 1)
        for _ in range(3):
            await idle.turn()
            await busy.turn()
        await post.send()
        await idle.turn()
        await post.happen()

    warned = [each.levelno for each in caplog.records if each.getMessage() == NO_KEY]
    assert warned == [logging.WARNING] * 2, "once each time"
