"""The bridge between a real Kafka and the broadcast log: nothing lost, order kept, whatever is away or in the way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from server.embedded.redis import RedisServer
from services.envelope import decode
from subscriptions.hub.hub import HubLimits
from subscriptions.hub.watch import Watch
from subscriptions.log.broadcast_log import BroadcastLog, LogUnavailable, Message, Position
from subscriptions.log.memory_log import MemoryLog
from subscriptions.log.redis_log import RedisLog
from subscriptions.relay import bridge as bridge_module
from subscriptions.relay.bridge import Bridge
from subscriptions.relay.nudge import Nudge
from subscriptions.relay.relay import Relay
from subscriptions.relay.sinks import KafkaSink
from tests.factories.events import OTHER_TENANT, TENANT, History, a_level
from tests.fakes.live import EVERYTHING, SCOPE, World, a_world, eventually, told
from tests.fakes.outbox import FakeOutbox, FakeOutboxShards
from tests.unit.test_relay import running

pytestmark = pytest.mark.kafka

SKUS = [f"SKU-{number}" for number in range(10)]
CHANNEL = str(TENANT)

ALMOST = b'{"tenant":"%s","aggregateId":"%s",' % (CHANNEL.encode(), CHANNEL.encode())
RUBBISH = [
    *(None, b"", b"null", b"[]", b"{}", b"\xff", b'{"tenant":1}', b'{"tenant":"x"}', b"{" * 5000),
    ALMOST + b'"type":1,"aggregateVersion":1,"tx":1}',
    ALMOST + b'"type":"X","aggregateVersion":-1,"tx":1}',
    ALMOST + b'"type":"X","aggregateVersion":true,"tx":1}',
    ALMOST + b'"type":"X","aggregateVersion":1}',
]


async def publish(kafka: str, topic: str, outbox: FakeOutbox) -> None:
    async with running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, topic), Nudge())):
        await eventually(lambda: not outbox.rows)


def changes(histories: Sequence[History], number: int, outbox: FakeOutbox | None = None) -> FakeOutbox:
    outbox = outbox or FakeOutbox()
    for _ in range(number):
        for history in histories:
            outbox.write(history.change(history.level.version), history.tx)
    return outbox


@asynccontextmanager
async def bridging(bridge: Bridge) -> AsyncIterator[Bridge]:
    task = asyncio.create_task(bridge.run())
    try:
        yield bridge
    finally:
        task.cancel()
        await asyncio.wait({task})


async def versions(log: BroadcastLog, channel: str = CHANNEL) -> dict[str, list[int]]:
    """Of each key, as the log tells them."""
    head = await log.head(channel)
    entries = await log.read(channel, Position(head.epoch, 0), 100_000)
    found: dict[str, list[int]] = {}
    for entry in entries:
        envelope = decode(entry.body)
        found.setdefault(envelope.key, []).append(envelope.version)
    return found


async def bridged(log: BroadcastLog, number: int, channel: str = CHANNEL) -> None:
    async with asyncio.timeout(60):
        while (await log.head(channel)).offset < number:  # noqa: ASYNC110 - a log tells its head when asked
            await asyncio.sleep(0.01)


async def test_a_new_bridge_takes_what_kafka_has_and_what_comes_each_tenants_into_its_channel(
    kafka: str, topic: str
) -> None:
    log, histories = MemoryLog(), [History(a_level(sku)) for sku in SKUS]
    await publish(kafka, topic, changes(histories, 20))
    theirs = FakeOutbox()
    theirs.write(History(a_level("THEIRS")).change(1), 5, OTHER_TENANT)
    async with bridging(Bridge(kafka, topic, log, group=f"{topic}.bridge")):
        await bridged(log, 200)
        await publish(kafka, topic, changes(histories, 5))
        await publish(kafka, topic, theirs)
        await bridged(log, 250)
        await bridged(log, 1, str(OTHER_TENANT))
    assert await versions(log) == {sku: list(range(1, 26)) for sku in SKUS}
    assert await versions(log, str(OTHER_TENANT)) == {"THEIRS": [1]}


async def test_a_bridge_that_is_killed_is_followed_by_one_that_repeats_and_loses_nothing(
    kafka: str, topic: str
) -> None:
    histories = [History(a_level(sku)) for sku in SKUS]
    await publish(kafka, topic, changes(histories, 10))
    async with a_world(HubLimits(queue_max=1_000, lagging_at=1_000)) as world:
        watch = await world.live()
        dying = NeverAnswering(world.log)
        async with bridging(Bridge(kafka, topic, dying, group=f"{topic}.bridge")):
            await dying.appended.wait()
        async with bridging(Bridge(kafka, topic, world.log, group=f"{topic}.bridge")):
            events = await told(watch, 100)
            await publish(kafka, topic, changes(histories, 1))
            events += await told(watch, 10)
        told_of = {sku: [e.level.version for e in events if e.level and e.level.item.sku == sku] for sku in SKUS}
        assert told_of == {sku: list(range(1, 12)) for sku in SKUS}


class NeverAnswering(MemoryLog):
    """Appends, and does not say so."""

    def __init__(self, log: BroadcastLog) -> None:
        super().__init__()
        self._log = log
        self.appended = asyncio.Event()

    async def append(self, channel: str, messages: Sequence[Message]) -> Position:
        await self._log.append(channel, messages)
        self.appended.set()
        return await asyncio.Future[Position]()


@pytest.mark.parametrize("commits", [True, False], ids=["that-is-answered-late", "that-is-never-answered"])
async def test_what_comes_waits_for_no_commit_of_offsets_and_a_bridge_ends_without_one(
    kafka: str, topic: str, monkeypatch: pytest.MonkeyPatch, commits: bool
) -> None:
    asked, answer, commit = asyncio.Event(), asyncio.Event(), AIOKafkaConsumer.commit

    async def slow(consumer: AIOKafkaConsumer, offsets: Any = None) -> None:
        asked.set()
        await answer.wait()
        await commit(consumer, offsets)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", slow)
    monkeypatch.setattr(bridge_module, "COMMIT_EVERY_S", 0.0)
    monkeypatch.setattr(bridge_module, "COMMITTED_WITHIN_S", 0.01)
    log, histories = MemoryLog(), [History(a_level(sku)) for sku in SKUS]
    async with bridging(Bridge(kafka, topic, log, group=f"{topic}.bridge")):
        await publish(kafka, topic, changes(histories, 1))
        await asked.wait()
        await publish(kafka, topic, changes(histories, 1))
        await bridged(log, 20)
        if commits:
            answer.set()


async def test_two_bridges_share_the_partitions_and_one_takes_over_from_the_other(kafka: str, topic: str) -> None:
    log, histories = MemoryLog(), [History(a_level(sku)) for sku in SKUS]
    group = f"{topic}.bridge"
    async with bridging(Bridge(kafka, topic, log, group=group)) as staying:
        await staying.assigned.wait()
        async with bridging(Bridge(kafka, topic, log, group=group)) as leaving:
            await leaving.assigned.wait()
            await publish(kafka, topic, changes(histories, 10))
            await bridged(log, 100)
        await publish(kafka, topic, changes(histories, 10))
        await bridged(log, 200)
    assert await versions(log) == {sku: list(range(1, 21)) for sku in SKUS}


async def test_what_is_no_envelope_is_skipped_and_does_not_stop_its_partition(
    kafka: str, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    for partition in range(4):
        for value in RUBBISH:
            await producer.send_and_wait(topic, value, key=b"rubbish", partition=partition)
    await producer.stop()
    await publish(kafka, topic, changes([History(a_level(sku)) for sku in SKUS], 2))
    log = MemoryLog()
    async with bridging(Bridge(kafka, topic, log, group=f"{topic}.bridge")):
        await bridged(log, 20)
    assert caplog.text.count("is skipped") == 4 * len(RUBBISH)


async def test_a_log_that_is_away_holds_the_batch_back_and_nothing_overtakes_it(kafka: str, topic: str) -> None:
    log, histories = MemoryLog(), [History(a_level(sku)) for sku in SKUS]
    away = [LogUnavailable("away") for _ in range(3)]
    append = log.append

    async def failing(channel: str, messages: Sequence[Message]) -> Position:
        if away:
            raise away.pop()
        return await append(channel, messages)

    log.append = failing  # pyright: ignore[reportAttributeAccessIssue]
    await publish(kafka, topic, changes(histories, 10))
    async with bridging(Bridge(kafka, topic, log, group=f"{topic}.bridge")):
        await bridged(log, 100)
    assert await versions(log) == {sku: list(range(1, 11)) for sku in SKUS}


@pytest.mark.parametrize("known", [True, False], ids=["where-it-had-read-to-is-known", "that-is-forgotten-too"])
async def test_what_kafka_no_longer_has_resets_every_stream_instead_of_being_left_out(
    kafka: str, topic: str, known: bool
) -> None:
    histories, group = [History(a_level(sku)) for sku in SKUS], f"{topic}.bridge"
    await publish(kafka, topic, changes(histories, 2))
    async with a_world() as world:
        async with bridging(Bridge(kafka, topic, world.log, group=group)):
            await bridged(world.log, 20)
        watch = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
        picture: dict[str, int] = {}
        show(world, histories)
        await see(watch, picture, dict.fromkeys(SKUS, 2))
        await publish(kafka, topic, changes(histories, 3))
        await forget_all(kafka, topic)
        show(world, histories)
        async with bridging(Bridge(kafka, topic, world.log, group=group if known else f"{topic}.nobody-knows")):
            await see(watch, picture, dict.fromkeys(SKUS, 5))
            following = changes(histories, 1)
            show(world, histories)  # each partition's gap resets, and one may be met after these changes
            await publish(kafka, topic, following)
            await see(watch, picture, dict.fromkeys(SKUS, 6))


async def forget_all(kafka: str, topic: str) -> None:
    """As retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, number): RecordsToDelete(-1) for number in range(4)})
    finally:
        await admin.close()


@pytest.mark.slow
async def test_a_redis_killed_under_the_whole_line_resets_its_watchers_who_then_see_everything(
    kafka: str, topic: str, private_redis: RedisServer
) -> None:
    async def identify() -> str:
        return "one database"

    log = RedisLog(private_redis.url, identify)
    outbox, histories = FakeOutbox(), [History(a_level(sku)) for sku in SKUS]
    relay = Relay(FakeOutboxShards(outbox), KafkaSink(kafka, topic), Nudge())
    bridge = Bridge(kafka, topic, log, group=f"{topic}.bridge")
    async with a_world(log=log) as world, bridging(bridge), running(relay):
        watch = world.hub.watch(SCOPE, EVERYTHING, snapshot=True)
        picture: dict[str, int] = {}
        await told(watch, 1)
        changes(histories, 5, outbox)
        await see(watch, picture, dict.fromkeys(SKUS, 5))
        private_redis.kill()
        changes(histories, 5, outbox)
        show(world, histories)
        await asyncio.sleep(0)
        private_redis.start()
        await see(watch, picture, dict.fromkeys(SKUS, 10))
        changes(histories, 5, outbox)
        await see(watch, picture, dict.fromkeys(SKUS, 15))


def show(world: World, histories: Sequence[History]) -> None:
    for history in histories:
        world.stock.show(history)


async def see(watch: Watch, picture: dict[str, int], wanted: dict[str, int]) -> None:
    """Follow until the picture is the wanted one; a version never falls but through a RESET."""
    async with asyncio.timeout(60):
        while picture != wanted:
            event = await anext(watch)
            if event.type == "RESET":
                picture.clear()
            elif event.level is not None:
                assert event.level.version > picture.get(event.level.item.sku, 0)
                picture[event.level.item.sku] = event.level.version
