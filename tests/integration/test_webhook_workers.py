"""Workers that send to webhooks: none holds up another, and none sends twice what another has claimed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import asyncpg
import pytest

from db.faults import DatabaseUnavailable
from server.embedded.database import Addresses
from tests.fakes.receiver import answer
from tests.integration.webhook_post import (
    DELIVERED,
    PATIENCE_S,
    Post,
    open_post,
    turned,
)


@pytest.fixture
async def post(database: Addresses) -> AsyncIterator[Post]:
    async with open_post(database) as post:
        yield post


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

    async with post.worker(within_s=10 * PATIENCE_S) as hooks:
        await turned(hooks, quick_are_done)
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


async def test_what_is_recorded_after_its_claim_ran_out_is_not_taken(post: Post) -> None:
    entered, second, recorded = asyncio.Semaphore(0), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(handler: BaseHTTPRequestHandler) -> None:
        """The first try fails while the second is under way."""
        loop.call_soon_threadsafe(entered.release)
        if len(post.receiver.told) == 1:
            second.wait(10)
            answer(handler, 500)
        else:
            second.set()
            recorded.wait(10)
            answer(handler, 204)

    post.receiver.answering = hold
    await post.make()
    [message] = await post.happen()

    async with post.worker(claim_s=0.2) as late, post.worker() as other:

        async def told_twice() -> bool:
            return len(post.receiver.told) == 2

        async def late_is_done() -> bool:
            return late.under_way == 0

        async def settled() -> bool:
            return (await post.delivery()).state is DELIVERED

        await late.turn()
        await entered.acquire()
        await turned(other, told_twice)
        await turned(other, late_is_done)
        recorded.set()
        await turned(other, settled)

    assert post.receiver.messages == [message, message]
    assert [each.status for each in (await post.delivery()).attempts] == [204]


async def test_a_database_that_is_away_meanwhile_costs_no_delivery(post: Post) -> None:
    await post.make()
    [message] = await post.happen()
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name LIKE 'stockcast%' AND datname = current_database()"
    )

    async def settled() -> bool:
        return (await post.delivery()).state is DELIVERED

    async with post.worker(claim_s=0.2) as hooks:
        for _ in range(3):
            await post.shop.outside.execute(cut)
            with suppress(DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError):
                await hooks.turn()
        await turned(hooks, settled)
    assert set(post.receiver.messages) == {message}
