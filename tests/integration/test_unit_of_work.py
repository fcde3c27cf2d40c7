"""The unit of work on PostgreSQL: what it costs, what it survives, and what it never lets through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import asyncpg
import pytest

from db import pool, unit_of_work
from db.faults import DatabaseBusy, DatabaseUnavailable
from db.levels import PostgresLevels
from db.pool import Database
from db.transaction import Transaction
from db.unit_of_work import PostgresUnitOfWork
from domain.ledger import LedgerEntry
from domain.movements import Adjust, Receive
from domain.status import StockPolicy
from domain.strategies import Want
from server.embedded.database import Addresses
from services.group_commit import GroupCommit
from services.ports import Unit
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ACME, CAUSE, GLOBEX, ids, look, receive
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements sent meanwhile, each of them a round trip."""
    sent: list[str] = []

    def listening(name: str) -> Callable[..., object]:
        send = getattr(asyncpg.Connection, name)

        async def listen(self: asyncpg.Connection, query: str, *arguments: object, **options: object) -> object:
            sent.append(" ".join(query.split())[:60])
            return await send(self, query, *arguments, **options)

        return listen

    with monkeypatch.context() as patched:
        for name in ("execute", "fetch", "fetchrow"):
            patched.setattr(pool.TenantConnection, name, listening(name), raising=False)
        yield sent


async def test_a_single_adjustment_takes_seven_round_trips(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.move("first", Receive(sku=SKUS[0], quantity=10))

    with counted(monkeypatch) as sent:
        assert await shop.move("second", Adjust(sku=SKUS[0], change=-2, reason_code="damaged"))

    assert len(sent) == 7, sent


async def test_thirty_lines_take_as_many_round_trips_as_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.move("stock", *(Receive(sku=sku, quantity=10) for sku in SKUS))

    with counted(monkeypatch) as sent:
        await shop.move("damage", *(Adjust(sku=sku, change=-1, reason_code="damaged") for sku in SKUS))

    assert len(sent) == 7, sent


@pytest.mark.parametrize("lines", [1, 30])
async def test_reserving_takes_seven_round_trips_however_many_lines(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    await shop.move("stock", *(Receive(sku=sku, quantity=10) for sku in SKUS))

    with counted(monkeypatch) as sent:
        await shop.reserve("order", *(Want(sku, None, 1) for sku in SKUS[:lines]))

    assert len(sent) == 7, sent


async def test_levels_that_are_new_cost_one_round_trip_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as sent:
        await shop.move("stock", *(Receive(sku=sku, quantity=10) for sku in SKUS))

    assert len(sent) == 8, sent


async def test_changing_the_tenant_costs_no_round_trip(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(database, size=1) as shop:
        with counted(monkeypatch) as sent:
            for tenant in (ACME, GLOBEX, ACME):
                await shop.units.run(tenant.id, lambda unit: unit.locations.path("A-1"))

    assert len([statement for statement in sent if statement.startswith("BEGIN")]) == 3
    assert len(sent) == 9, sent


async def test_a_movement_changes_no_index(shop: Shop) -> None:
    place = (SKUS[0], "MAIN")

    async def with_policy(unit: Unit) -> None:
        level = await look(unit, place)
        level.receive(50, CAUSE, unit.levels.stamp(None))
        level.set_policy(StockPolicy(stale_after_days=30, low_stock_threshold=3), unit.levels.stamp(None))
        await unit.levels.save([level])

    await shop.units.run(ACME.id, with_policy)
    async with shop.database.acquire() as connection:
        await connection.begin(ACME.id)
        transaction = Transaction(connection, ACME.id)
        levels = PostgresLevels(transaction)
        level = (await levels.lock([place], ids))[place]
        level.allocate(1, CAUSE, levels.stamp(None))
        await levels.save([level])
        await transaction.flush()
        sql = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'stock_levels'"
        assert tuple((await connection.fetch(sql))[0]) == (1, 1)
        await connection.execute("ROLLBACK")


async def test_who_never_gets_through_is_told_to_come_again(shop: Shop) -> None:
    tries: list[int] = []

    async def collide(unit: Unit) -> None:
        tries.append(1)
        raise asyncpg.DeadlockDetectedError("deadlock detected")

    with pytest.raises(DatabaseUnavailable, match="same idempotency key"):
        await shop.units.run(ACME.id, collide)
    assert len(tries) == 6


async def test_a_failed_statement_cannot_be_swallowed(shop: Shop) -> None:
    async def swallow(unit: Unit) -> None:
        level = await receive(unit, (SKUS[0], "MAIN"))
        impossible = replace(level, id=ids(), sku="no such item", entries=[])
        impossible.version_read, impossible.version = 0, 1
        await unit.levels.save([impossible])
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await unit.locations.path("A")

    with pytest.raises(RuntimeError, match="rolled back"):
        await shop.units.run(ACME.id, swallow)
    assert await shop.on_hand((SKUS[0], "MAIN")) == 0


async def test_a_level_that_changed_under_the_lock_is_not_overwritten(shop: Shop) -> None:
    place = (SKUS[0], "MAIN")
    await shop.move("stock", Receive(sku=place[0], quantity=10))
    old = await shop.units.run(ACME.id, lambda unit: look(unit, place))
    await shop.move("more", Receive(sku=place[0], quantity=10))

    async def save_old(unit: Unit) -> None:
        await look(unit, place)
        assert isinstance(old.receive(1, CAUSE, unit.levels.stamp(None)), LedgerEntry)
        await unit.levels.save([old])

    with pytest.raises(RuntimeError, match="levels_changed: 0 rows instead of 1"):
        await shop.units.run(ACME.id, save_old)
    assert await shop.on_hand(place) == 20


async def test_a_nudge_that_fails_fails_no_write(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise OSError("no relay")

    units = PostgresUnitOfWork(shop.database, random=Random(7), nudge=fail)
    movement = Receive(sku=SKUS[0], quantity=4)

    await move_stock(MoveStock("key", (movement,), "receiveStock"), CALLER, GroupCommit(units, ids))

    assert await shop.on_hand((SKUS[0], "MAIN")) == 4
    assert "relay was not woken" in caplog.text


async def test_a_full_pool_is_told_as_busy(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_of_work, "WRITE_WAIT_SECONDS", 0.05)
    async with open_shop(database, size=1) as shop, shop.database.acquire():
        with pytest.raises(DatabaseBusy, match="No database connection became free"):
            await shop.on_hand((SKUS[0], "MAIN"))


async def test_a_database_that_is_not_there_is_told_as_unavailable(database: Addresses) -> None:
    with pytest.raises(DatabaseUnavailable, match="DATABASE_URL") as told:
        await Database.connect("postgresql://stockcast_app:secret@127.0.0.1:1/nowhere")
    assert "secret" not in str(told.value)
