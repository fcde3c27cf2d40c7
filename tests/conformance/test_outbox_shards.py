"""What every outbox promises its relays: in memory and on PostgreSQL alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from db.outbox import OutboxShards as PostgresOutboxShards
from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from domain.events import Event
from server.embedded.database import Addresses
from services.envelope import decode, with_tx
from subscriptions.relay.outbox import OutboxShards
from tests.conformance.units_worlds import ACME, on_postgres
from tests.factories.events import History, a_level
from tests.fakes.outbox import FakeOutbox, FakeOutboxShards

SKUS = [f"sku-{n}" for n in range(20)]


@dataclass(frozen=True, slots=True)
class Outbox:
    """An empty outbox, and two relays that may take shards of it."""

    write: Callable[[Event], Awaitable[None]]
    relays: tuple[OutboxShards[Any], OutboxShards[Any]]
    die: Callable[[OutboxShards[Any]], Awaitable[None]]

    async def tell(self, sku: str, changes: int = 1) -> None:
        history = History(a_level(sku))
        for on_hand in range(changes):
            await self.write(history.change(on_hand))


@asynccontextmanager
async def in_memory() -> AsyncIterator[Outbox]:
    outbox = FakeOutbox()
    shards = FakeOutboxShards(outbox, share=4), FakeOutboxShards(outbox, share=4)

    async def write(event: Event) -> None:
        outbox.write(event, tx=7)

    async def die(relay: OutboxShards[Any]) -> None:
        dying, living = shards if relay is shards[0] else shards[::-1]
        dying.die()
        living.share = 8

    yield Outbox(write, shards, die)


@asynccontextmanager
async def in_postgres(addresses: Addresses) -> AsyncIterator[Outbox]:
    async with on_postgres(addresses):
        database = await Database.connect(addresses.application_url, size=2)
        units = PostgresUnitOfWork(database, random=Random(1))
        shards = PostgresOutboxShards(database), PostgresOutboxShards(database)

        async def write(event: Event) -> None:
            await units.run(ACME.id, lambda unit: unit.outbox.add([event]))

        async def die(relay: OutboxShards[Any]) -> None:
            await shards[shards.index(relay)].close()  # pyright: ignore[reportArgumentType]

        yield Outbox(write, shards, die)
        for each in shards:
            await each.close()
        await database.close()


@pytest.fixture(params=["memory", "postgres"])
async def outbox(request: pytest.FixtureRequest) -> AsyncIterator[Outbox]:
    world = in_memory() if request.param == "memory" else in_postgres(request.getfixturevalue("database"))
    async with world as outbox:
        yield outbox


async def shared(outbox: Outbox) -> list[frozenset[int]]:
    """What each relay owns once both have claimed until nothing changes."""
    for relay in outbox.relays:
        await relay.claim_shards()
    return [frozenset(await relay.claim_shards()) for relay in outbox.relays]


async def waiting(relay: OutboxShards[Any], limit: int = 100) -> Sequence[Any]:
    return await relay.read(await relay.claim_shards(), limit)


async def test_a_row_tells_what_its_body_tells(outbox: Outbox) -> None:
    await outbox.tell("sku-1")

    await shared(outbox)
    [row] = [*await waiting(outbox.relays[0]), *await waiting(outbox.relays[1])]

    envelope = decode(with_tx(row.body, row.tx))
    assert (envelope.type, envelope.tenant, envelope.key) == (row.type, row.tenant, row.key)
    assert (envelope.aggregate_id, envelope.version, envelope.tx) == (row.aggregate_id, row.version, row.tx)


async def test_rows_stay_until_they_are_finished_and_are_counted_until_then(outbox: Outbox) -> None:
    await outbox.die(outbox.relays[1])
    for sku in SKUS[:3]:
        await outbox.tell(sku)
    relay = outbox.relays[0]

    first = await waiting(relay)
    assert {row.id for row in await waiting(relay)} == {row.id for row in first}
    await relay.finish([first[0].id])
    assert {row.id for row in await waiting(relay)} == {row.id for row in first[1:]}
    assert (await relay.lag()).rows == 2
    await relay.finish([row.id for row in first[1:]])
    assert await waiting(relay) == []
    assert (await relay.lag()).rows == 0


async def test_rows_put_aside_are_not_read_again_nor_counted_among_those_that_wait(outbox: Outbox) -> None:
    await outbox.die(outbox.relays[1])
    await outbox.tell(SKUS[0], changes=3)
    relay = outbox.relays[0]

    first, second, third = await waiting(relay)
    await relay.put_aside([second.id])
    assert [row.id for row in await waiting(relay)] == [first.id, third.id]
    lag = await relay.lag()
    assert (lag.rows, lag.put_aside) == (2, 1)
    await relay.finish([first.id, third.id])
    assert await waiting(relay) == []
    lag = await relay.lag()
    assert (lag.rows, lag.oldest_s, lag.put_aside) == (0, 0.0, 1)


async def test_at_most_so_many_are_read_and_each_things_in_the_order_of_its_versions(outbox: Outbox) -> None:
    await outbox.die(outbox.relays[1])
    for sku in SKUS[:4]:
        await outbox.tell(sku, changes=6)

    told: dict[str, list[int]] = {}
    while rows := await waiting(outbox.relays[0], 5):
        assert len(rows) <= 5
        for row in rows:
            told.setdefault(row.key, []).append(row.version)
        await outbox.relays[0].finish([row.id for row in rows])

    assert told == {sku: [1, 2, 3, 4, 5, 6] for sku in SKUS[:4]}


async def test_two_relays_share_all_rows_and_none_is_read_by_both(outbox: Outbox) -> None:
    for sku in SKUS:
        await outbox.tell(sku)

    mine, theirs = await shared(outbox)
    assert len(mine) == len(theirs) and not mine & theirs
    read = [row.key for relay in outbox.relays for row in await waiting(relay)]
    assert sorted(read) == sorted(SKUS)


async def test_a_relay_that_dies_leaves_what_it_did_not_finish_to_the_other(outbox: Outbox) -> None:
    for sku in SKUS:
        await outbox.tell(sku)
    await shared(outbox)
    dying, living = outbox.relays
    sent = [row.id for row in await waiting(dying)]
    await dying.finish(sent[:1])

    await outbox.die(dying)

    await living.claim_shards()
    assert len(await waiting(living)) == len(SKUS) - 1
