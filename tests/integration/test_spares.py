"""Connections between two uses: lent again at once, warm for their tenant, in order, and to whoever waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import db.spares
from db.faults import DatabaseUnavailable
from db.one_moment import one_moment
from db.pool import Database
from db.spares import SPARES_MAX
from domain.identity import tenant_id
from server.embedded.database import Addresses
from tests.integration.commit_proxy import CommitProxy

ACME, GLOBEX = tenant_id("acme"), tenant_id("globex")
SIZE = SPARES_MAX + 2
PATIENCE_SECONDS = 30.0
PID = "SELECT pg_backend_pid()"
END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'stockcast' AND datname = current_database()"
)
WAITING = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
async def pool(database: Addresses) -> AsyncIterator[Database]:
    made = await Database.connect(database.application_url, size=SIZE)
    yield made
    await asyncio.wait_for(made.close(), PATIENCE_SECONDS)


@pytest.fixture
async def outside(database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    made = await asyncpg.connect(database.superuser_url)
    yield made
    await made.close()


async def pid(pool: Database, tenant: UUID | None = None) -> Any:
    async with pool.acquire(tenant) as connection:
        return await connection.fetchval(PID)


async def test_each_tenant_is_lent_the_connection_that_served_it_last(pool: Database) -> None:
    async with pool.acquire(ACME) as one, pool.acquire(GLOBEX) as other:
        acmes, globexs = await one.fetchval(PID), await other.fetchval(PID)
    for _ in range(3):
        assert [await pid(pool, ACME), await pid(pool, GLOBEX)] == [acmes, globexs]
    async with pool.turn(ACME) as connection:
        assert (await connection.fetchval(PID), connection.tenant) == (acmes, ACME)


async def test_few_are_kept_and_all_are_idle(pool: Database) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(SIZE):
            await stack.enter_async_context(pool.acquire())
        assert pool.idle == 0
    assert (len(pool._spares), pool.idle, pool.size) == (SPARES_MAX, SIZE, SIZE)


async def test_whoever_waits_is_given_what_comes_back(pool: Database) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(SIZE - 1):
            await stack.enter_async_context(pool.acquire())
        async with pool.acquire() as last:
            held = await last.fetchval(PID)
            waiting = asyncio.create_task(pid(pool))
            while not pool._spares._waiting:  # noqa: ASYNC110 - a number, which has no event to wait for
                await asyncio.sleep(0)
        assert await asyncio.wait_for(waiting, PATIENCE_SECONDS) == held


@pytest.mark.parametrize("fault", [None, RuntimeError("a bug"), asyncio.CancelledError()])
async def test_an_open_transaction_is_left_to_nobody(pool: Database, fault: BaseException | None) -> None:
    with suppress(RuntimeError, asyncio.CancelledError):
        async with pool.acquire(ACME) as connection:
            await connection.execute("BEGIN")
            if fault is not None:
                raise fault
    for _ in range(SIZE):
        async with pool.acquire(ACME) as connection:
            assert not connection.is_in_transaction()


async def test_what_was_given_up_in_the_midst_of_a_statement_is_not_lent_with_it(pool: Database) -> None:
    slow = asyncio.create_task(pool.fetch(ACME, "SELECT pg_sleep(60)"))
    while not pool.statements_sent:  # noqa: ASYNC110 - a number, which has no event to wait for
        await asyncio.sleep(0.01)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert not len(pool._spares), "the pool waits until the server has ended it"
    for _ in range(3):
        assert await pool.fetch(ACME, "SELECT 1") == [(1,)]


async def test_one_that_died_meanwhile_is_not_lent(pool: Database) -> None:
    async with pool.acquire() as one, pool.acquire() as other:
        own, ended = await one.fetchval(PID), await other.fetchval(PID)
    async with pool.acquire() as living:
        assert await living.fetchval(PID) == own, "what was given back last"
        await living.execute(f"SELECT pg_terminate_backend({ended})")
        while not other.is_closed():  # noqa: ASYNC110 - asyncpg's flag
            await asyncio.sleep(0.01)
        assert await pid(pool) != ended
        assert len(pool._spares) == 1, "the new one"


@pytest.fixture
async def far_pool(database: Addresses) -> AsyncIterator[tuple[Database, CommitProxy]]:
    """Its server's ends do not get to it."""
    proxy = CommitProxy(database.application_url)
    proxy.keeps_ends = True
    async with proxy.running():
        pool = await Database.connect(proxy.url, size=SIZE)
        async with AsyncExitStack() as stack:
            for _ in range(SIZE):
                await stack.enter_async_context(pool.acquire(ACME))
        yield pool, proxy
        proxy.cut()
        await pool.close()


async def end_all(outside: asyncpg.Connection, proxy: CommitProxy, ends: int = SIZE) -> None:
    await outside.execute(END_ALL)
    while proxy.ends < ends:  # noqa: ASYNC110 - a number, which has no event to wait for
        await asyncio.sleep(0.01)
    for _ in range(2):  # what was passed on is read
        await asyncio.sleep(0)


@pytest.mark.parametrize("keeps_farewells", [False, True])
async def test_a_read_outlives_all_that_died_in_their_rest_though_nobody_knows_yet(
    far_pool: tuple[Database, CommitProxy], outside: asyncpg.Connection, keeps_farewells: bool
) -> None:
    pool, proxy = far_pool
    proxy.keeps_farewells = keeps_farewells
    await end_all(outside, proxy)
    async with one_moment(pool, ACME) as moment:
        assert await moment.fetch(ACME, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("keeps_farewells", [False, True])
async def test_a_read_whose_connection_died_under_it_outlives_those_that_died_in_their_rest(
    far_pool: tuple[Database, CommitProxy], outside: asyncpg.Connection, keeps_farewells: bool
) -> None:
    pool, proxy = far_pool
    proxy.keeps_farewells = keeps_farewells
    await outside.execute("SELECT pg_advisory_lock(7)")
    read = asyncio.create_task(pool.fetch(ACME, "SELECT 'read' FROM pg_advisory_lock_shared(7)"))
    while not await outside.fetchval(WAITING):  # noqa: ASYNC110 - a row, which has no event to wait for
        await asyncio.sleep(0.01)
    await outside.execute(END_ALL + f" AND pid NOT IN ({WAITING})")
    while proxy.ends < SIZE - 1:  # noqa: ASYNC110 - a number, which has no event to wait for
        await asyncio.sleep(0.01)
    proxy.keeps_farewells = proxy.keeps_ends = False
    await outside.execute(END_ALL)
    await outside.execute("SELECT pg_advisory_unlock(7)")
    assert await read == [("read",)]


async def test_a_read_that_kills_its_connection_is_sent_twice_at_most(pool: Database) -> None:
    for _ in range(3):
        await pid(pool, ACME)
    before = pool.statements_sent
    with pytest.raises(DatabaseUnavailable):
        await pool.fetch(ACME, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert pool.statements_sent == before + 2


async def test_those_that_rested_for_long_go_back_to_the_pool(pool: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.spares, "REST_SECONDS", 0.2)
    async with pool.acquire(), pool.acquire():
        pass
    assert len(pool._spares) == 2
    while len(pool._spares) > 1:
        await pid(pool)
        await asyncio.sleep(0.01)
    while pool.idle < 2:  # noqa: ASYNC110 - a number, which has no event to wait for
        await asyncio.sleep(0.01)
    while len(pool._spares):  # noqa: ASYNC110 - a number, which has no event to wait for
        await asyncio.sleep(0.01)
    while pool.idle < 2:  # noqa: ASYNC110 - a number, which has no event to wait for
        await asyncio.sleep(0.01)


async def test_one_that_is_worn_is_left_to_the_pool(pool: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await pid(pool)
    assert len(pool._spares) == 1
    monkeypatch.setattr(db.spares, "QUERIES_MAX", 1)
    await pid(pool)
    assert (len(pool._spares), pool.idle) == (0, 1)


async def test_what_comes_back_after_the_end_is_closed_too(database: Addresses) -> None:
    pool = await Database.connect(database.application_url, size=2)
    async with pool.acquire():
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0)
    await asyncio.wait_for(closing, PATIENCE_SECONDS)


async def test_a_statement_that_does_not_end_holds_up_no_process_that_does(database: Addresses) -> None:
    pool = await Database.connect(database.application_url, size=1)
    slow = asyncio.create_task(pool.fetch(ACME, "SELECT pg_sleep(60)"))
    while not pool.statements_sent:  # noqa: ASYNC110 - a number, which has no event to wait for
        await asyncio.sleep(0.01)
    await asyncio.wait_for(pool.close(0.01), PATIENCE_SECONDS)
    with pytest.raises(DatabaseUnavailable, match="pool is closed"):
        await slow
