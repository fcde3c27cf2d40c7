"""The outbox between its writers and the relays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from db.faults import DatabaseUnavailable
from db.outbox import OutboxShards
from db.outbox_events import SHARDS, shard_of
from db.outbox_floors import Floor, Seen
from domain.movements import Receive
from server.embedded.database import Addresses
from services.envelope import decode, with_tx
from tests.conformance.units_worlds import ACME, ids
from tests.integration.small_shop import SKUS, Shop, open_shop

ALL = range(SHARDS)
INSERT = """
    INSERT INTO outbox (tenant_id, tx, shard, key, aggregate_id, version, type, body)
    SELECT $1, own.tx, $2, $3, $4, 1, 'Test', '' FROM pg_current_xact_id() AS own (tx)
"""


@pytest.fixture
async def shop(database: Addresses) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


@asynccontextmanager
async def relays(shop: Shop, number: int) -> AsyncIterator[list[OutboxShards]]:
    made = [OutboxShards(shop.database) for _ in range(number)]
    try:
        yield made
    finally:
        for shards in made:
            await shards.close()


async def test_rows_tell_what_the_envelope_tells(shop: Shop) -> None:
    await shop.move("stock", Receive(sku=SKUS[0], quantity=10, reference="PO-1"))

    async with relays(shop, 1) as [relay]:
        [row] = await relay.read(await relay.claim_shards(), 10)

    envelope = decode(with_tx(row.body, row.tx))
    assert (row.type, row.key, row.version, row.tenant) == ("StockLevelChanged", SKUS[0], 1, ACME.id)
    assert (envelope.aggregate_id, envelope.version, envelope.tenant) == (row.aggregate_id, 1, ACME.id)
    assert row.shard == shard_of(ACME.id, SKUS[0])
    assert await shop.outside.fetchval("SELECT pg_xact_status($1::text::xid8)", str(row.tx)) == "committed"


async def test_rows_stay_until_they_are_finished(shop: Shop) -> None:
    for n in range(3):
        await shop.move(f"key-{n}", Receive(sku=SKUS[n], quantity=1))

    async with relays(shop, 1) as [relay]:
        owned = await relay.claim_shards()
        first = await relay.read(owned, 10)
        assert len(first) == 3
        assert sorted(await relay.read(owned, 10), key=lambda row: row.id) == sorted(first, key=lambda row: row.id)
        await relay.finish([first[0].id])
        again = await relay.read(owned, 10)
        assert {row.id for row in again} == {row.id for row in first[1:]}
        lag = await relay.lag()
        assert lag.rows == 2 and 0 < lag.oldest_s < 60
        await relay.finish([row.id for row in again])
        assert await relay.lag() == (0, 0.0, 0)


async def test_what_was_sent_is_forgotten_without_waiting_for_the_disk_and_what_is_written_is_not(shop: Shop) -> None:
    async with relays(shop, 1) as [relay]:
        await relay.claim_shards()
        connection = relay._connection
        assert connection is not None
        assert await connection.fetchval("SHOW synchronous_commit") == "off"
    async with shop.database.turn(ACME.id) as writing:
        assert await writing.fetchval("SHOW synchronous_commit") == "on"


async def test_events_of_a_key_are_read_in_the_order_of_their_versions(shop: Shop) -> None:
    await asyncio.gather(
        *(shop.move(f"key-{n}", *(Receive(sku=sku, quantity=1) for sku in SKUS[:4])) for n in range(8))
    )

    told: dict[UUID, list[int]] = {}
    async with relays(shop, 1) as [relay]:
        owned = await relay.claim_shards()
        while rows := await relay.read(owned, 5):
            assert len(rows) <= 5
            for row in rows:
                told.setdefault(row.aggregate_id, []).append(row.version)
            await relay.finish([row.id for row in rows])

    assert len(told) == 4
    assert all(versions == list(range(1, 9)) for versions in told.values())


async def test_relays_share_all_shards_evenly_and_no_shard_has_two(shop: Shop) -> None:
    async with relays(shop, 3) as all_three:
        for _ in range(2):  # who came first gives back, then the others take
            for relay in all_three:
                await relay.claim_shards()
        owned = [relay.owned for relay in all_three]

        assert sorted(len(shards) for shards in owned) == [20, 22, 22]
        assert sorted(shard for shards in owned for shard in shards) == list(ALL)


async def test_a_relay_that_dies_leaves_its_shards_to_the_others(shop: Shop) -> None:
    await shop.move("stock", *(Receive(sku=sku, quantity=1) for sku in SKUS))
    async with relays(shop, 2) as [dying, living]:
        await living.claim_shards()
        await dying.claim_shards()
        await living.claim_shards()
        await dying.claim_shards()
        assert len(dying.owned) == len(living.owned) == SHARDS // 2
        theirs = await dying.read(dying.owned, 100)
        assert theirs

        assert dying._connection is not None
        await shop.outside.execute("SELECT pg_terminate_backend($1, 5000)", dying._connection.get_server_pid())

        assert len(await living.claim_shards()) == SHARDS
        assert len(await living.read(living.owned, 100)) == len(SKUS)
        with pytest.raises(DatabaseUnavailable):
            await dying.finish([row.id for row in theirs])
        assert dying.owned == frozenset()
        with pytest.raises(DatabaseUnavailable):
            await dying.read([theirs[0].shard], 10)
        await dying.claim_shards()
        await dying.finish([row.id for row in theirs])  # no longer its own: they stay with their new owner
        assert (await living.lag()).rows == len(SKUS)


async def test_a_row_committed_late_is_not_lost(shop: Shop, database: Addresses) -> None:
    """Ids are drawn before commit: a higher one may be read, sent and deleted while a lower one is not visible yet."""
    late_sku, early_sku = _two_of_one_shard()
    shard = shard_of(ACME.id, late_sku)
    slow = await asyncpg.connect(database.superuser_url)
    transaction = slow.transaction()
    try:
        async with relays(shop, 1) as [relay]:
            owned = await relay.claim_shards()
            await transaction.start()
            await slow.execute(INSERT, ACME.id, shard, late_sku, ids())
            for _ in range(4):
                await shop.outside.execute(INSERT, ACME.id, shard, early_sku, ids())
                rows = await relay.read(owned, 10)
                assert [row.key for row in rows] == [early_sku]
                await relay.finish([row.id for row in rows])
                assert await relay.read(owned, 10) == []
            await transaction.commit()
            assert [row.key for row in await relay.read(owned, 10)] == [late_sku]
            assert [row.key for row in await relay.read(owned, 10)] == [late_sku]
    finally:
        await slow.close()


async def test_a_row_is_not_lost_whose_transaction_is_younger_than_one_that_has_drawn_a_higher_id(
    shop: Shop, database: Addresses
) -> None:
    """The snapshot that sees the higher id knows nothing yet of the transaction that holds the lower one."""
    late_sku, early_sku = _two_of_one_shard()
    shard = shard_of(ACME.id, late_sku)
    slow, quick = [await asyncpg.connect(database.superuser_url) for _ in range(2)]
    under_way = slow.transaction(), quick.transaction()
    try:
        async with relays(shop, 1) as [relay]:
            owned = await relay.claim_shards()
            for transaction in under_way:
                await transaction.start()
            older = await quick.fetchval("SELECT pg_current_xact_id()")
            await slow.execute(INSERT, ACME.id, shard, late_sku, ids())
            assert older < await slow.fetchval("SELECT pg_current_xact_id()")
            await quick.execute(INSERT, ACME.id, shard, early_sku, ids())
            await under_way[1].commit()
            for _ in range(3):
                await relay.finish([row.id for row in await relay.read(owned, 10)])
            await under_way[0].commit()

            assert [row.key for row in await relay.read(owned, 10)] == [late_sku]
    finally:
        await slow.close()
        await quick.close()


async def test_finished_rows_are_not_passed_over_again(shop: Shop) -> None:
    floors: list[int] = []
    async with relays(shop, 1) as [relay]:
        owned = await relay.claim_shards()
        for n in range(6):
            await shop.move(f"key-{n}", Receive(sku=SKUS[0], quantity=1))
            rows = await relay.read(owned, 10)
            await relay.finish([row.id for row in rows])
            floors.append(relay._floors[rows[0].shard].above)

    assert floors == sorted(floors)
    assert floors[-1] > floors[0]


def test_a_floor_never_rises_over_a_row_that_may_still_come() -> None:
    floor = Floor()
    floor.learn(Seen(lowest=7, highest=9, xmin=100))
    floor.learn(Seen(lowest=7, highest=9, xmin=102))  # who drew an id below 7 may be of any transaction under way
    floor.drawn(105)  # of one before 105
    floor.learn(Seen(lowest=8, highest=9, xmin=104))  # 104 still runs
    assert floor.above == 0
    floor.learn(Seen(lowest=5, highest=9, xmin=105))  # it wrote 5, which is not finished
    assert floor.above == 4
    floor.learn(Seen(lowest=None, highest=None, xmin=111))
    floor.drawn(112)
    floor.learn(Seen(lowest=None, highest=None, xmin=112))
    assert floor.above == 9


def _two_of_one_shard() -> tuple[str, str]:
    seen: dict[int, str] = {}
    for n in range(SHARDS + 1):
        sku = f"key-{n}"
        shard = shard_of(ACME.id, sku)
        if shard in seen:
            return seen[shard], sku
        seen[shard] = sku
    raise AssertionError("more keys than shards must share one")


def test_the_shard_of_a_key_never_changes() -> None:
    assert shard_of(UUID(int=1), "blue") == 21
    assert {shard_of(ACME.id, f"sku-{n}") for n in range(2_000)} == set(ALL)
