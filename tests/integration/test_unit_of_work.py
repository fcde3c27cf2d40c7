"""The unit of work on PostgreSQL: what it costs, what it survives, and what it never lets through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID

import asyncpg
import orjson
import pytest

from db import bulk, pool
from db.faults import DatabaseUnavailable
from db.invariants import violations
from db.levels import PostgresLevels
from db.pool import Database
from db.transaction import Transaction
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.items import Item
from domain.ledger import LedgerEntry
from domain.movements import Adjust, Allocate, Receive
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.status import StockPolicy
from server.embedded.database import Addresses
from services.items import UpsertItem, upsert_item
from services.ports import Unit
from services.stock import MoveStock, level_changed, move_stock
from tests.conformance.test_unit_of_work import CAUSE, look, receive
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids
from tests.integration.commit_proxy import Break, CommitProxy

CALLER = Caller(ACME.id, ACME.slug, "mia@acme", frozenset({Role.ADMIN}))
SKUS = [f"sku-{n:02}" for n in range(30)]


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant with thirty items on the way that a test chose to its database."""

    database: Database
    units: PostgresUnitOfWork
    nudges: list[int]
    outside: asyncpg.Connection

    async def move(self, key: str, *movements: Receive | Adjust | Allocate) -> UUID | None:
        decision = await move_stock(MoveStock(key, movements), "moveStock", CALLER, self.units, ids)
        assert decision.refusals == ()
        return decision.adjustment

    async def on_hand(self, place: Place) -> int:
        return (await self.units.run(ACME.id, lambda unit: look(unit, place))).on_hand

    async def bodies(self) -> list[bytes]:
        return [row[0] for row in await self.outside.fetch("SELECT body FROM outbox ORDER BY id")]


@asynccontextmanager
async def open_shop(addresses: Addresses, url: str | None = None, size: int = 6) -> AsyncIterator[Shop]:
    database = await Database.connect(url or addresses.application_url, size=size)
    outside = await asyncpg.connect(addresses.superuser_url)
    items = [Item(ids(), sku, f"Goods {sku}", version=1) for sku in SKUS]
    for tenant in (ACME, GLOBEX):
        await bulk.load(database, tenant, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=items)
    nudges: list[int] = []
    units = PostgresUnitOfWork(database, random=Random(7), nudge=lambda: nudges.append(1))
    try:
        yield Shop(database, units, nudges, outside)
        assert await violations(outside) == []
    finally:
        await outside.close()
        await database.close()


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


@pytest.fixture
async def proxy(database: Addresses) -> AsyncIterator[CommitProxy]:
    async with CommitProxy(database.application_url).running() as proxy:
        yield proxy


@pytest.fixture
async def distant(database: Addresses, proxy: CommitProxy) -> AsyncIterator[Shop]:
    """A shop whose database lies behind the proxy."""
    async with open_shop(database, proxy.url) as shop:
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


# ---------------------------------------------------------------------- what it costs


async def test_a_single_adjustment_takes_six_round_trips(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.move("first", Receive(sku=SKUS[0], quantity=10))

    with counted(monkeypatch) as sent:
        assert await shop.move("second", Adjust(sku=SKUS[0], change=-2, reason_code="damaged"))

    assert len(sent) == 6, sent


async def test_thirty_lines_take_as_many_round_trips_as_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.move("stock", *(Receive(sku=sku, quantity=10) for sku in SKUS))

    with counted(monkeypatch) as sent:
        await shop.move("order", *(Allocate(sku=sku, quantity=1) for sku in SKUS))

    assert len(sent) == 6, sent


async def test_levels_that_are_new_cost_one_round_trip_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as sent:
        await shop.move("stock", *(Receive(sku=sku, quantity=10) for sku in SKUS))

    assert len(sent) == 7, sent


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


# ---------------------------------------------------------------------- what it survives


async def test_of_two_units_in_a_deadlock_both_come_through(shop: Shop) -> None:
    await shop.move("stock", *(Receive(sku=sku, quantity=10) for sku in SKUS[:2]))
    places = [(sku, "MAIN") for sku in SKUS[:2]]
    both_hold_one = asyncio.Barrier(2)
    tries: list[int] = []

    async def lock_both(unit: Unit, order: list[Place]) -> None:
        tries.append(1)
        await unit.levels.sites(SKUS, [])
        for place in order:
            await receive(unit, place, 1)
            if len(tries) <= 2 and place == order[0]:
                await both_hold_one.wait()

    await asyncio.gather(
        shop.units.run(ACME.id, lambda unit: lock_both(unit, places)),
        shop.units.run(ACME.id, lambda unit: lock_both(unit, places[::-1])),
    )

    assert len(tries) > 2
    assert [await shop.on_hand(place) for place in places] == [12, 12]


async def test_a_connection_lost_on_the_way_runs_the_work_again(distant: Shop, proxy: CommitProxy) -> None:
    tries: list[int] = []

    async def interrupted(unit: Unit) -> None:
        await receive(unit, (SKUS[0], "MAIN"))
        tries.append(1)
        if len(tries) == 1:
            proxy.cut()

    await distant.units.run(ACME.id, interrupted)

    assert len(tries) == 2
    assert await distant.on_hand((SKUS[0], "MAIN")) == 5


@pytest.mark.parametrize("how", [Break.CARRIED_OUT, Break.NEVER_ARRIVES])
async def test_an_answer_to_commit_that_is_lost_is_found_out(distant: Shop, proxy: CommitProxy, how: Break) -> None:
    await distant.move("stock", Receive(sku=SKUS[0], quantity=10))
    proxy.next_commit = how

    made = await distant.move("correct", Adjust(sku=SKUS[0], change=-3, reason_code="damaged"))

    assert proxy.broken.is_set()
    assert await distant.on_hand((SKUS[0], "MAIN")) == 7
    assert await distant.outside.fetchval("SELECT array_agg(id) FROM adjustments") == [made]
    assert distant.nudges == [1, 1]


async def test_a_commit_still_on_its_way_is_waited_for(distant: Shop, proxy: CommitProxy) -> None:
    await distant.move("stock", Receive(sku=SKUS[0], quantity=10))
    proxy.next_commit = Break.LATE

    moving = asyncio.ensure_future(distant.move("correct", Adjust(sku=SKUS[0], change=-3, reason_code="damaged")))
    await proxy.broken.wait()
    await waits_for_a_lock(distant.outside)
    proxy.arrive()
    made = await moving

    assert await distant.on_hand((SKUS[0], "MAIN")) == 7
    assert await distant.outside.fetchval("SELECT array_agg(id) FROM adjustments") == [made]


async def test_a_commit_that_nobody_answers_is_given_up_and_found_out(
    database: Addresses, proxy: CommitProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 0.5)
    async with open_shop(database, proxy.url) as distant:
        proxy.next_commit = Break.SWALLOWED

        await distant.move("stock", Receive(sku=SKUS[0], quantity=10))

        assert proxy.broken.is_set()
        assert await distant.on_hand((SKUS[0], "MAIN")) == 10


async def test_a_read_that_nobody_answers_is_given_up(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 0.2)
    distant = await Database.connect(database.application_url)
    with pytest.raises(DatabaseUnavailable, match="no answer in time"):
        await distant.fetch(ACME.id, "SELECT pg_sleep(5)")
    assert (await distant.fetch(ACME.id, "SELECT 1"))[0][0] == 1
    await distant.close()


async def test_who_gives_up_leaves_nothing_behind_and_a_usable_connection(database: Addresses) -> None:
    async with open_shop(database, size=1) as shop:
        begun = asyncio.Event()

        async def linger(unit: Unit) -> None:
            await receive(unit, (SKUS[0], "MAIN"))
            await unit.locations.path("A")
            begun.set()
            await asyncio.Event().wait()

        lingering = asyncio.ensure_future(shop.units.run(ACME.id, linger))
        await begun.wait()
        lingering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lingering
        assert await shop.on_hand((SKUS[0], "MAIN")) == 0


async def waits_for_a_lock(outside: asyncpg.Connection) -> None:
    """Until some session waits for another's transaction to end."""
    while not await outside.fetchval(  # noqa: ASYNC110 - nobody tells; it is looked for
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    ):
        await asyncio.sleep(0.01)


async def test_a_commit_without_a_key_whose_end_is_unknown_is_a_fault(distant: Shop, proxy: CommitProxy) -> None:
    proxy.next_commit = Break.LATE

    with pytest.raises(DatabaseUnavailable, match="no idempotency key"):
        await distant.units.run(ACME.id, lambda unit: receive(unit, (SKUS[0], "MAIN")))


@pytest.mark.parametrize("stocked", [True, False])
async def test_an_item_described_anew_meanwhile_is_told_as_it_is_now(shop: Shop, stocked: bool) -> None:
    place = (SKUS[0], "MAIN")
    if stocked:
        await shop.move("stock", Receive(sku=place[0], quantity=10))
    tries: list[int] = []

    async def receive_while_renamed(unit: Unit) -> None:
        sites = await unit.levels.sites([place[0]], [place[1]])
        tries.append(1)
        if len(tries) == 1:
            await upsert_item(UpsertItem("rename", place[0], {"name": "Renamed"}), CALLER, shop.units, ids)
        level = await receive(unit, place)
        await unit.outbox.add([level_changed(ids(), level, sites)])

    await shop.units.run(ACME.id, receive_while_renamed)

    body = orjson.loads((await shop.bodies())[-1])
    assert len(tries) == 2
    assert body["data"]["item"]["name"] == "Renamed"


async def test_writers_of_many_levels_at_once_lose_nothing(shop: Shop) -> None:
    orders = [Random(n).sample(SKUS, 8) for n in range(12)]

    await asyncio.gather(
        *(shop.move(f"order-{n}", *(Receive(sku=sku, quantity=1) for sku in order)) for n, order in enumerate(orders))
    )

    expected = {sku: sum(sku in order for order in orders) for sku in SKUS}
    found = await shop.outside.fetch("SELECT sku, on_hand FROM stock_levels WHERE tenant_id = $1", ACME.id)
    assert {row["sku"]: row["on_hand"] for row in found} == {sku: count for sku, count in expected.items() if count}
    told = await shop.outside.fetch("SELECT key, version FROM outbox WHERE type = 'StockLevelChanged' ORDER BY id")
    versions = {sku: [version for key, version in told if key == sku] for sku in SKUS}
    assert all(versions[sku] == list(range(1, expected[sku] + 1)) for sku in SKUS)


# ---------------------------------------------------------------------- what it never lets through


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

    await move_stock(MoveStock("key", (movement,)), "receiveStock", CALLER, units, ids)

    assert await shop.on_hand((SKUS[0], "MAIN")) == 4
    assert "relay was not woken" in caplog.text


async def test_a_full_pool_is_told_as_unavailable(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.05)
    async with open_shop(database, size=1) as shop, shop.database.acquire():
        with pytest.raises(DatabaseUnavailable, match="No database connection became free"):
            await shop.on_hand((SKUS[0], "MAIN"))


async def test_a_database_that_is_not_there_is_told_as_unavailable(database: Addresses) -> None:
    with pytest.raises(DatabaseUnavailable, match="DATABASE_URL") as told:
        await Database.connect("postgresql://stockcast_app:secret@127.0.0.1:1/nowhere")
    assert "secret" not in str(told.value)
