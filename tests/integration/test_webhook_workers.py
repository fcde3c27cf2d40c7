"""Workers that send to webhooks: none holds up another, and none sends twice what another has claimed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from uuid import UUID

import asyncpg
import pytest

from db.due_deliveries import DueDeliveries
from db.faults import DatabaseUnavailable
from db.webhook_deliveries import GIVE_UP, STATES
from server.embedded.database import Addresses
from services import trace
from tests.conformance.units_worlds import ACME
from tests.fakes.receiver import answer
from tests.integration.webhook_post import (
    DELIVERED,
    PATIENCE_S,
    Post,
    open_post,
    turned,
)

MANY = """
INSERT INTO webhook_deliveries (tenant_id, id, webhook_id, message_id, event, state, next_attempt_at)
SELECT $1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'STALE', 'PENDING', now()
FROM generate_series(1, 10000)
"""
LOSE = "DELETE FROM webhook_messages WHERE id = (SELECT id FROM webhook_messages ORDER BY id LIMIT 1)"


@pytest.fixture
async def post(database: Addresses) -> AsyncIterator[Post]:
    async with open_post(database) as post:
        yield post


async def test_a_webhook_that_hangs_delays_no_other(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.webhooks.SLOW_S", 1.0)  # one that is quick may take long to be connected to, too

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


async def test_what_is_due_is_found_by_its_time_whatever_waits_for_later(post: Post) -> None:
    webhooks = [(await post.make())[0] for _ in range(3)]
    await post.happen(4)
    outside, due = post.shop.outside, DueDeliveries(post.shop.database)
    await outside.execute("UPDATE webhook_deliveries SET next_attempt_at = now() + interval '1 day'")
    assert await due.look(10) == ([], False)

    late = "UPDATE webhook_deliveries SET next_attempt_at = now() - $2 * interval '1 minute' WHERE webhook_id = $1"
    for minutes, webhook in enumerate(webhooks[:2], 1):
        await outside.execute(late, webhook, minutes)
    assert await due.look(4) == ([(ACME.id, webhooks[1])], True)
    found, more = await due.look(10)
    assert (sorted(found), more) == ([(ACME.id, each) for each in sorted(webhooks[:2])], False)
    walked = await due.walk((UUID(int=0), UUID(int=0)), 10)
    assert {each.webhook: each.due for each in walked} == dict(zip(webhooks, [True, True, False], strict=True))
    await due.close()


@pytest.mark.parametrize("sql", [GIVE_UP, STATES], ids=["give up", "states"])
async def test_each_of_many_deliveries_is_found_by_its_id(post: Post, sql: str) -> None:
    """And not by its state, of which there may be a hundred thousand for each of ten thousand."""
    await post.shop.outside.execute(MANY, ACME.id)
    async with post.shop.database.acquire(ACME.id) as connection:
        await connection.begin(ACME.id)
        await connection.execute(f"PREPARE asked AS {sql}")
        more = "'[]', 0, 9" if sql == GIVE_UP else "'{}'"
        rows = await connection.fetch(f"EXPLAIN EXECUTE asked('{ACME.id}', '{ACME.id}', {more})")
        await connection.execute("DEALLOCATE asked; ROLLBACK")
    plan = "\n".join(row[0] for row in rows)
    assert "webhook_deliveries_pkey" in plan
    assert "webhook_deliveries_state " not in plan
    await post.shop.outside.execute("TRUNCATE webhook_deliveries")


async def test_a_delivery_whose_message_is_gone_is_given_up_and_the_others_are_sent(post: Post) -> None:
    outside = post.shop.outside
    await post.make()
    await post.happen(3)
    await outside.execute(LOSE)

    async def nothing_waits() -> bool:
        return not await outside.fetchval("SELECT count(*) FROM webhook_deliveries WHERE state = 'PENDING'")

    async with post.worker() as hooks:
        await turned(hooks, nothing_waits)

    assert len(post.receiver.told) == 2
    given_up = await outside.fetch("DELETE FROM webhook_deliveries WHERE state = 'DEAD' RETURNING attempts")
    assert ["given up: its message is no longer kept" in row[0] for row in given_up] == [True]


async def test_what_is_sent_is_kept_with_the_trace_of_what_it_tells(post: Post) -> None:
    await post.make()
    given = f"00-{'1' * 32}-{'2' * 16}-01"
    with trace.work("a change", given=given):
        await post.happen()
    assert await post.shop.outside.fetchval("SELECT traceparent FROM webhook_messages") == given


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
