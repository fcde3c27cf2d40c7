"""Redis, relay, bridge and API killed under a stream of changes: nothing is lost, and no screen is told a lie."""

import asyncio
import json
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from db.invariants import violations
from server.embedded.database import Addresses
from server.embedded.redis import RedisServer
from tests import servers
from tests.factories.shop import Shop, fresh
from tests.faults.changes import Changes
from tests.faults.screens import assert_honest, assert_shows_the_database, connections
from tests.live import LiveSocket, NodeWatcher
from tests.stack import Stack, assert_healthy, eventually, running_stack

pytestmark = [pytest.mark.kafka, pytest.mark.node]
SKUS = 4
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
END_WAITING = WAITING.replace("*", "pg_terminate_backend(pid)")
KILLS = 3


@pytest.fixture(scope="module")
def database(postgres: servers.Postgres) -> Iterator[Addresses]:
    with postgres.clone() as addresses:
        yield addresses


@pytest.fixture(scope="module")
def private_redis() -> Iterator[RedisServer]:
    with servers.running(servers.redis_server) as server:
        yield server


@pytest.fixture(scope="module")
def line(database: Addresses, private_redis: RedisServer, kafka: str) -> Iterator[Stack]:
    """One for all tests: each starts again what it kills, and looks at goods of its own."""
    with running_stack(database, private_redis.url, kafka, servers.create_topic(kafka)) as stack:
        yield stack


@pytest.fixture
def stack(line: Stack) -> Iterator[Stack]:
    """A test fails with what its processes complained of meanwhile."""
    yield line
    assert_healthy(line)


@pytest.fixture
def skus(shop: Shop) -> list[str]:
    vendor = fresh("vendor")
    return [shop.stocked(1, vendor=vendor) for _ in range(SKUS)]


@contextmanager
def screens(shop: Shop, skus: list[str]) -> Iterator[list[NodeWatcher]]:
    """One over WebSocket and one over SSE, caught up."""
    token = shop.analyst.token
    assert token is not None
    with (
        NodeWatcher.of(shop.stack, token, filter={"skus": skus}) as websocket,
        NodeWatcher.of(shop.stack, token, sse=True, filter={"skus": skus}) as sse,
    ):
        websocket.caught_up()
        sse.caught_up()
        yield [websocket, sse]


async def test_redis_killed_and_back_costs_no_write_and_no_screen_a_change(
    stack: Stack, shop: Shop, skus: list[str], private_redis: RedisServer
) -> None:
    with screens(shop, skus) as watchers:
        with Changes(shop, skus) as changes:
            for _ in range(2):
                changes.more(30)
                private_redis.kill()
                changes.more(30)  # losing Redis never stops a write
                private_redis.start()
            changes.more(30)
        assert changes.retried == 0
        for watcher in watchers:
            assert_shows_the_database(watcher, shop, changes.acknowledged)
            held: dict[str, int] = {}
            for events in connections(watcher):
                held = assert_honest(events, held)


def test_relay_and_bridge_killed_at_any_moment_lose_nothing_and_show_nothing_twice(
    stack: Stack, shop: Shop, skus: list[str], database: Addresses
) -> None:
    with screens(shop, skus) as watchers:
        with Changes(shop, skus) as changes:
            for kill in range(KILLS):
                changes.more(17 + 7 * kill)  # another point of the work each time
                stack.restart(("relay", "bridge")[kill % 2])
                changes.more(20)
                stack.restart("relay")
        for watcher in watchers:
            assert_shows_the_database(watcher, shop, changes.acknowledged)
            [_, events] = connections(watcher)
            assert "RESET" not in {event["type"] for event in events}
            assert_honest(events)
    told = asyncio.run(published(stack))
    for sku in skus:
        versions = told[sku]
        first_told = list(dict.fromkeys(versions))
        assert first_told == list(range(1, changes.acknowledged[sku] + 2)), "each once at least, in order per key"
    eventually(lambda: outbox_is_empty(database), "the outbox is drained")


async def test_a_relay_killed_between_publishing_and_marking_publishes_again_and_no_screen_sees_it_twice(
    stack: Stack, shop: Shop, skus: list[str], database: Addresses
) -> None:
    sku = skus[0]
    with screens(shop, skus) as watchers:
        relay = stack.children["relay"].process
        relay.send_signal(signal.SIGSTOP)
        last = [shop.adjust(sku, 1)["version"] for _ in range(5)][-1]
        async with rows_held(database) as holder:
            relay.send_signal(signal.SIGCONT)
            for watcher in watchers:  # published, bridged and shown, but the rows cannot be removed
                watcher.change(sku, last)
            while not await holder.fetchval(WAITING):
                assert relay.poll() is None
            stack.kill("relay")
            # Its client is dead, but PostgreSQL would carry the statement out before it notices.
            assert await holder.fetchval(END_WAITING)
        stack.start("relay")
        last = shop.adjust(sku, 1)["version"]
        for watcher in watchers:
            watcher.change(sku, last)
            [_, events] = connections(watcher)
            assert_honest(events)
            assert len(watcher.versions(sku)) == len(set(watcher.versions(sku)))
    versions = (await published(stack))[sku]
    assert sorted(set(versions)) == list(range(1, last + 1))
    assert len(versions) > last, "the second relay sent again what the first had not marked"


@asynccontextmanager
async def rows_held(database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    """Nobody can remove what lies in the outbox; yields the session that holds it."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        async with connection.transaction():
            assert await connection.fetch("SELECT 1 FROM outbox FOR UPDATE")
            yield connection
    finally:
        await connection.close()


async def published(stack: Stack) -> dict[str, list[int]]:
    """SKU -> the versions of its level in the order in which Kafka keeps them, repeats included."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stack.settings.kafka_bootstrap_servers or "",
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # or it may settle for the end before it is sent to the beginning
    )
    await consumer.start()
    found: defaultdict[str, list[int]] = defaultdict(list)
    ids: set[str] = set()
    try:
        numbers = await partitions_of(consumer, stack.settings.topic)
        parts = [TopicPartition(stack.settings.topic, number) for number in numbers]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        while any([await consumer.position(part) < ends[part] for part in parts]):
            batch = await consumer.getmany(timeout_ms=200)
            for message in (message for messages in batch.values() for message in messages):
                event = json.loads(message.value or b"")
                ids.add(event["id"])
                if event["type"] == "StockLevelChanged":
                    found[event["data"]["sku"]].append(event["aggregateVersion"])
    finally:
        await consumer.stop()
    return found


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    while not (numbers := consumer.partitions_for_topic(topic)):
        await consumer._client.force_metadata_update()
        consumer._client.add_topic(topic)
    return numbers


def outbox_is_empty(database: Addresses) -> bool:
    async def count() -> int:
        connection = await asyncpg.connect(database.superuser_url)
        try:
            return await connection.fetchval("SELECT count(*) FROM outbox")
        finally:
            await connection.close()

    return asyncio.run(count()) == 0


def test_the_api_killed_under_its_clients_is_found_again_and_resumed(stack: Stack, shop: Shop, skus: list[str]) -> None:
    with screens(shop, skus) as watchers:
        with Changes(shop, skus) as changes:
            for cut in (1, 2):
                changes.more(30)
                stack.restart("serve")
                for watcher in watchers:
                    watcher.wait(lambda: len(connections(watcher)) >= cut + 2, "a new connection")  # noqa: B023
            changes.more(30)
        assert changes.retried > 0
        for watcher in watchers:
            assert_shows_the_database(watcher, shop, changes.acknowledged)
            assert len(connections(watcher)) >= 4
            assert "RESET" not in {event["type"] for event in watcher.events}
            for events in connections(watcher):
                assert_honest(events)
            assert_resumed(watcher)


def assert_resumed(watcher: NodeWatcher) -> None:
    """Over all connections no version is left out, though across a resume one may come again."""
    seen: defaultdict[str, set[int]] = defaultdict(set)
    for event in watcher.events:
        if event["level"]:
            seen[event["nodeId"]].add(event["level"]["version"])
    for versions in seen.values():
        assert sorted(versions) == list(range(min(versions), max(versions) + 1))


def test_a_cursor_older_than_the_log_is_told_reset_and_then_a_snapshot(
    stack: Stack, shop: Shop, skus: list[str], private_redis: RedisServer
) -> None:
    with LiveSocket(stack, shop.analyst.token) as socket:
        stream = socket.watch(filter={"skus": skus}, snapshot=True)
        stream.until_caught_up()
        cursor = stream.cursor
    private_redis.kill()
    private_redis.start()
    shop.adjust(skus[0], 5)
    with LiveSocket(stack, shop.analyst.token) as socket:
        stream = socket.watch(filter={"skus": skus}, snapshot=True, after=cursor)
        told = stream.until_caught_up()
        assert told[0]["type"] == "RESET"
        after = [event for event in told if event["type"] == "SNAPSHOT"]
        assert {event["level"]["sku"] for event in after} == set(skus)
        held = {event["nodeId"]: event["level"]["version"] for event in after}
        last = shop.adjust(skus[0], 1)
        event = stream.next_change()
        while event["level"]["version"] < last["version"]:
            event = stream.next_change()
        assert held[last["id"]] < last["version"]


async def test_the_books_are_right_after_a_storm_of_kills(
    stack: Stack, shop: Shop, skus: list[str], database: Addresses, private_redis: RedisServer
) -> None:
    with Changes(shop, skus) as changes:
        for name in ("serve", "relay", "bridge"):
            changes.more(15)
            stack.restart(name)
        private_redis.kill()
        private_redis.start()
        changes.more(15)
    for sku, times in changes.acknowledged.items():
        level: dict[str, Any] | None = shop.level(sku)
        assert level is not None
        assert level["quantityOnHand"] == times + 1
    connection = await asyncpg.connect(database.superuser_url)
    try:
        assert await violations(connection) == []
    finally:
        await connection.close()
