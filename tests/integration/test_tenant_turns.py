"""Connections among tenants: whoever asks for much waits behind itself, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

import db.pool
from db.faults import DatabaseBusy, StatementTooLong
from db.pool import SERVER_SETTINGS, Database
from db.turns import Turns
from domain.identity import tenant_id
from server.embedded.database import Addresses

ACME, GLOBEX = tenant_id("acme"), tenant_id("globex")
AT_ONCE = 0.05
SLOW = "SELECT pg_sleep(0.02)"


@pytest.fixture
async def pool(database: Addresses) -> AsyncIterator[Database]:
    made = await Database.connect(database.application_url, size=3, tenant_max=2)
    yield made
    await made.close()


async def test_a_tenant_is_given_a_part_of_the_connections_and_another_the_rest(pool: Database) -> None:
    async with AsyncExitStack() as taken:
        for _ in range(2):
            await taken.enter_async_context(pool.turn(ACME))
        with pytest.raises(DatabaseBusy, match="A tenant asks for more"):
            async with pool.turn(ACME, wait_s=AT_ONCE):
                pass
        async with pool.turn(GLOBEX):
            pass
    async with pool.turn(ACME):
        pass


async def test_a_flood_of_one_tenants_reads_leaves_anothers_answered(pool: Database) -> None:
    async with pool.acquire(), pool.acquire(), pool.acquire():
        pass  # to connect takes as long as many reads
    flood = [asyncio.create_task(pool.fetch(ACME, SLOW)) for _ in range(60)]
    await asyncio.sleep(0)
    for _ in range(5):
        await pool.fetch(GLOBEX, SLOW)
    left = sum(not task.done() for task in flood)
    await asyncio.gather(*flood)
    assert left >= 20, "five reads of another tenant waited for more than forty of the flood's"


async def test_no_connection_in_time_is_told_as_busy_and_takes_no_turn(pool: Database) -> None:
    async with pool.acquire(), pool.acquire(), pool.acquire():
        for _ in range(3):
            with pytest.raises(DatabaseBusy, match="became free"):
                async with pool.turn(ACME, wait_s=AT_ONCE):
                    pass
    await asyncio.gather(*(pool.fetch(ACME, SLOW) for _ in range(3)))


async def test_turns_come_in_order_and_whoever_stops_waiting_lets_the_next_one_in() -> None:
    turns, came = Turns(1), list[int]()

    async def work(number: int) -> None:
        await turns.take(ACME, 10)
        came.append(number)
        turns.give(ACME)

    await turns.take(ACME, 10)
    waiting = [asyncio.create_task(work(number)) for number in range(4)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    turns.give(ACME)
    await asyncio.wait(waiting)
    assert came == [0, 2, 3]
    assert turns._queues == {}, "nobody is left, and nothing of the tenant"


async def test_a_read_that_takes_too_long_ends_at_the_server_too(
    database: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.pool, "SERVER_SETTINGS", SERVER_SETTINGS | {"statement_timeout": "100ms"})
    hasty = await Database.connect(database.application_url, size=1)
    try:
        with pytest.raises(StatementTooLong, match="ended after 25 s: SELECT pg_sleep"):
            await hasty.fetch(ACME, "SELECT pg_sleep(60)")
        assert (await hasty.fetch(ACME, "SELECT 1"))[0][0] == 1, "its connection serves the next"
    finally:
        await hasty.close()


async def test_reports_of_a_tenant_leave_its_other_reads_their_turn(database: Addresses) -> None:
    pool = await Database.connect(database.application_url, size=4, tenant_max=3)
    try:
        async with pool.acquire(), pool.acquire(), pool.acquire():
            pass
        reports = [asyncio.create_task(pool.report(ACME, "SELECT pg_sleep(0.3)")) for _ in range(8)]
        await asyncio.sleep(0)
        for _ in range(10):
            await pool.fetch(ACME, "SELECT 1")
        assert not any(task.done() for task in reports[2:])
        await asyncio.gather(*reports)
    finally:
        await pool.close()
