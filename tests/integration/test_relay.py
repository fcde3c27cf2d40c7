"""Relay and sink against a real Kafka: order per key, keys, headers, and a broker that dies in between."""

import asyncio
import logging
from collections import defaultdict

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from server.embedded.kafka import KafkaServer
from services.envelope import decode
from subscriptions.relay.nudge import Nudge, RedisNudge, RedisNudged
from subscriptions.relay.relay import Relay
from subscriptions.relay.sinks import KafkaSink
from tests.factories.events import TENANT, History, a_level, item_changed
from tests.fakes.live import eventually
from tests.fakes.outbox import FakeOutbox, FakeOutboxShards
from tests.fakes.tracer import a_traceparent, taking_spans
from tests.unit.test_relay import FakeSink, running

pytestmark = pytest.mark.kafka

SKUS = [f"SKU-{number}" for number in range(20)]


def write(outbox: FakeOutbox, histories: list[History], changes: int) -> None:
    for _ in range(changes):
        for history in histories:
            outbox.write(history.change(history.level.version), history.tx)


async def everything(kafka: str, topic: str) -> list[ConsumerRecord]:
    """Each record of the topic, partition by partition, in the order that Kafka keeps."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = consumer.partitions_for_topic(topic) or set()
        ends = await consumer.end_offsets([TopicPartition(topic, partition) for partition in partitions])
        found: list[ConsumerRecord] = []
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(records)
        return found
    finally:
        await consumer.stop()


def versions(records: list[ConsumerRecord]) -> dict[str, list[int]]:
    told: dict[str, list[int]] = defaultdict(list)
    for record in records:
        envelope = decode(record.value or b"")
        told[envelope.key].append(envelope.version)
    return told


def distinct(numbers: list[int]) -> list[int]:
    """Without what comes again."""
    return list(dict.fromkeys(numbers))


async def test_an_event_that_has_a_trace_names_it_in_a_header_too(kafka: str, topic: str) -> None:
    outbox, traced, history = FakeOutbox(), a_traceparent(), History(a_level())
    for traceparent in (traced, None):
        outbox.write(history.change(1), history.tx, traceparent=traceparent)
    with taking_spans() as tracer:
        async with running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, topic), Nudge())):
            await eventually(lambda: not outbox.rows)
    first, second = await everything(kafka, topic)
    assert dict(first.headers)["traceparent"].decode() == decode(first.value or b"").traceparent == traced
    assert "traceparent" not in dict(second.headers)
    assert [(span.name, span.parent, span.ended) for span in tracer.spans] == [("publish", traced, 1)]


async def test_events_reach_kafka_in_order_under_their_key_with_headers(kafka: str, topic: str) -> None:
    outbox, sink = FakeOutbox(), KafkaSink(kafka, topic)
    histories = [History(a_level(sku)) for sku in SKUS]
    write(outbox, histories, 50)
    changed = item_changed(histories[0].level.item)
    outbox.write(changed, 7)
    async with running(Relay(FakeOutboxShards(outbox), sink, Nudge())):
        await eventually(lambda: not outbox.rows)
    records = await everything(kafka, topic)
    assert versions(records) == {sku: list(range(1, 51)) for sku in SKUS} | {changed.key: [1]}
    assert len({record.partition for record in records}) > 1
    partitions = [0, 1, 2, 3]
    for record in records:
        envelope = decode(record.value or b"")
        assert record.key == f"{TENANT}:{envelope.key}".encode()
        assert record.partition == DefaultPartitioner()(record.key, partitions, partitions)
        kind = envelope.type.encode()
        assert dict(record.headers) == {"id": str(envelope.id).encode(), "type": kind, "schemaVersion": b"1"}
        assert orjson.loads(record.value or b"")["tx"] == envelope.tx


async def test_a_missing_topic_is_made_with_the_partitions_asked_for(kafka: str, topic: str) -> None:
    made = f"{topic}.made"
    outbox = FakeOutbox()
    write(outbox, [History(a_level())], 1)
    async with running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, made, partitions=3), Nudge())):
        await eventually(lambda: not outbox.rows)
    assert {record.partition for record in await everything(kafka, made)} <= {0, 1, 2}


async def test_more_than_one_batch_a_partition_keeps_its_order(kafka: str, topic: str) -> None:
    outbox, history = FakeOutbox(), History(a_level("BIG"))
    for number in range(900):
        outbox.write(history.change(number, name=f"{number} " * 400), history.tx)
    async with running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, topic), Nudge(), rows_a_turn=900)):
        await eventually(lambda: not outbox.rows)
    assert versions(await everything(kafka, topic)) == {"BIG": list(range(1, 901))}


async def test_two_relays_and_one_that_dies_keep_the_order_of_every_key(kafka: str, topic: str) -> None:
    outbox = FakeOutbox()
    histories = [History(a_level(sku)) for sku in SKUS]
    write(outbox, histories, 30)
    dying, living = FakeOutboxShards(outbox, share=4), FakeOutboxShards(outbox)
    first = Relay(dying, KafkaSink(kafka, topic), Nudge(), rows_a_turn=11)
    second = Relay(living, KafkaSink(kafka, topic), Nudge(), rows_a_turn=13)
    async with running(first) as killed, running(second):
        await eventually(lambda: len(outbox.rows) < 500)
        killed.cancel()
        await asyncio.wait({killed})
        dying.die()
        write(outbox, histories, 10)
        await eventually(lambda: not outbox.rows)
    told = versions(await everything(kafka, topic))
    assert {sku: distinct(numbers) for sku, numbers in told.items()} == {sku: list(range(1, 41)) for sku in SKUS}


@pytest.mark.slow
async def test_a_broker_that_dies_and_comes_back_loses_nothing_and_reorders_nothing(
    kafka_server: KafkaServer, kafka: str, topic: str
) -> None:
    outbox = FakeOutbox()
    histories = [History(a_level(sku)) for sku in SKUS]
    write(outbox, histories, 20)
    async with running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, topic), Nudge(), rows_a_turn=50)):
        await eventually(lambda: len(outbox.rows) < 350)
        kafka_server.kill()
        write(outbox, histories, 20)
        await asyncio.sleep(0)
        kafka_server.start()  # here and in no other thread: a server ends with the thread that started it
        await eventually(lambda: not outbox.rows, patience_s=60)
    told = versions(await everything(kafka, topic))
    assert {sku: distinct(numbers) for sku, numbers in told.items()} == {sku: list(range(1, 41)) for sku in SKUS}


async def test_a_commit_in_another_process_wakes_the_relay_through_redis(redis_url: str) -> None:
    woken = Nudge()
    async with RedisNudged(redis_url, woken) as listener, RedisNudge(redis_url) as nudge:
        async with asyncio.timeout(30):
            await listener.listening.wait()
            assert await woken.wait(30), "listening is a reason to look"
            for _ in range(100):
                nudge()
            assert await woken.wait(30)


async def test_a_redis_that_is_away_costs_a_nudge_and_the_relay_looks_by_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "subscriptions")
    outbox, sink, away = FakeOutbox(), FakeSink(), "redis://127.0.0.1:1"
    woken = Nudge()
    async with RedisNudged(away, woken), RedisNudge(away) as nudge:
        async with running(Relay(FakeOutboxShards(outbox), sink, woken, poll_s=0.01)):
            write(outbox, [History(a_level())], 1)
            nudge()
            await eventually(lambda: not outbox.rows)
        await eventually(lambda: "does not answer" in caplog.text and "no relay was nudged" in caplog.text)
    assert len(sink.sent) == 1
