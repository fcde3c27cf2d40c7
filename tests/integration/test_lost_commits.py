"""What a unit of work survives: deadlocks, connections lost on the way, a COMMIT whose answer never comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from random import Random

import asyncpg
import orjson
import pytest

from db import pool
from db.faults import DatabaseUnavailable
from db.levels import PostgresLevels
from db.pool import Database
from domain.movements import Adjust, Receive
from domain.places import Place
from domain.refusals import RefusalCode
from domain.stock import StockLevel
from server.embedded.database import Addresses
from services.batch import level_changed
from services.decisions import Decision
from services.items import UpsertItem, upsert_item
from services.locations import UpsertLocation, upsert_location
from services.ports import Ids, Unit
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ACME, ids, receive
from tests.integration.commit_proxy import Break, CommitProxy
from tests.integration.small_shop import CALLER, SKUS, Shop, open_shop


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
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 1)
    async with open_shop(database, proxy.url) as distant:
        proxy.next_commit = Break.SWALLOWED

        await distant.move("stock", Receive(sku=SKUS[0], quantity=10))

        assert proxy.broken.is_set()
        assert await distant.on_hand((SKUS[0], "MAIN")) == 10


async def test_a_read_that_nobody_answers_is_given_up(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 1)
    distant = await Database.connect(database.application_url)
    with pytest.raises(DatabaseUnavailable, match="no answer in time"):
        await distant.fetch(ACME.id, "SELECT pg_sleep(60)")
    assert (await distant.fetch(ACME.id, "SELECT 1"))[0][0] == 1
    await distant.close()


async def test_a_write_that_nobody_answers_is_tried_once(database: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 1)
    tries: list[int] = []

    async def wait_in_vain(unit: Unit) -> None:
        tries.append(1)
        await receive(unit, (SKUS[0], "MAIN"))

    async with open_shop(database) as shop:
        await shop.move("stock", Receive(sku=SKUS[0], quantity=10))
        async with shop.outside.transaction():
            await shop.outside.execute("SELECT FROM stock_levels FOR UPDATE")
            with pytest.raises(DatabaseUnavailable, match="did not answer in time"):
                await shop.units.run(ACME.id, wait_in_vain)
        assert len(tries) == 1
        assert await shop.on_hand((SKUS[0], "MAIN")) == 10


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


@pytest.mark.parametrize("stocked", [True, False])
async def test_a_location_closed_meanwhile_takes_no_stock(
    shop: Shop, stocked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = (SKUS[0], "SHOP")
    if stocked:
        await shop.move("stock", Receive(sku=place[0], location="SHOP", quantity=10))
    closed: list[Decision] = []
    lock = PostgresLevels.lock

    async def lock_late(self: PostgresLevels, places: Collection[Place], ids: Ids) -> Mapping[Place, StockLevel]:
        if not closed:
            command = UpsertLocation("close", "SHOP", {"active": False})
            closed.append(await upsert_location(command, CALLER, shop.units, ids))
        return await lock(self, places, ids)

    movement = Receive(sku=place[0], location="SHOP", quantity=5)
    with monkeypatch.context() as patched:
        patched.setattr(PostgresLevels, "lock", lock_late)
        decision = await move_stock(MoveStock("more", (movement,), "receiveStock"), CALLER, shop.commits)

    assert [refusal.code for refusal in decision.refusals] == [RefusalCode.LOCATION_INACTIVE]
    assert await shop.on_hand(place) == (10 if stocked else 0)


async def test_who_describes_a_location_waits_for_those_who_move_stock_there(shop: Shop) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], location="SHOP", quantity=10))
    closing: list[asyncio.Task[object]] = []

    async def receive_while_closing(unit: Unit) -> None:
        sites = await unit.levels.sites([SKUS[0]], ["SHOP"])
        level = await receive(unit, (SKUS[0], "SHOP"))
        command = UpsertLocation("close", "SHOP", {"active": False})
        closing.append(asyncio.ensure_future(upsert_location(command, CALLER, shop.units, ids)))
        await waits_for_a_lock(shop.outside)
        await unit.outbox.add([level_changed(ids(), level, sites)])

    await shop.units.run(ACME.id, receive_while_closing)
    await asyncio.gather(*closing)

    told = [orjson.loads(body) for body in (await shop.bodies())[-2:]]
    assert [event["type"] for event in told] == ["StockLevelChanged", "LocationChanged"]
    assert told[0]["data"]["location"]["active"] is True and told[1]["data"]["active"] is False


async def test_an_item_described_anew_tells_its_locations_as_they_are_now(shop: Shop) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], location="SHOP", quantity=10))
    tries: list[int] = []

    async def describe_while_renamed(unit: Unit) -> None:
        sites = await unit.levels.sites([SKUS[0]], ["SHOP"])
        tries.append(1)
        if len(tries) == 1:
            await upsert_location(UpsertLocation("rename", "SHOP", {"name": "Renamed"}), CALLER, shop.units, ids)
        [level] = (await unit.levels.lock_all_of(SKUS[0])).values()
        level.describe_anew(unit.levels.stamp(None))
        await unit.levels.save([level])
        await unit.outbox.add([level_changed(ids(), level, sites)])

    await shop.units.run(ACME.id, describe_while_renamed)

    assert len(tries) == 2
    assert orjson.loads((await shop.bodies())[-1])["data"]["location"]["name"] == "Renamed"


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
