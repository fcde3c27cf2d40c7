"""Bridge: takes events from Kafka into the broadcast log, each tenant's into its channel, in the order of partitions.

A group that is new, or whose offsets were forgotten, begins at the oldest message that Kafka has: to begin at the
newest would drop, without a word, what was published before the group was there, while screens already watched. What
comes again that way is dropped by the log while it holds it, and by versions and snapshots beyond.

Where Kafka has let go of messages that the group was to read next (a bridge stood still for longer than Kafka keeps
them), every channel begins a new epoch: all screens begin anew with what the database knows.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from uuid import UUID

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from services import trace
from services.trace import TRACEPARENT, SpanKind, traceparent_of
from subscriptions import metrics
from subscriptions.log.broadcast_log import BroadcastLog, LogUnavailable, Message
from subscriptions.outage import Outage
from subscriptions.relay.topic import PARTITIONS, ensure_topic
from subscriptions.task_end import end

logger = logging.getLogger(__name__)

GROUP = "stockcast-bridge"
MESSAGES_A_TURN = 1_000
WAIT_MS = 500
COMMIT_EVERY_S = 0.5
COMMITTED_WITHIN_S = 1.0
#: A member that waits for Redis is alive: its heartbeats go on, and nothing is won by giving its partitions away.
POLL_INTERVAL_MAX_MS = 24 * 60 * 60 * 1_000

Records = Mapping[TopicPartition, Sequence[ConsumerRecord]]


class Bridge:
    """Runs for ever; any number may run, each with partitions of its own. What is appended is committed after."""

    def __init__(
        self,
        bootstrap_servers: str,
        topic: str,
        log: BroadcastLog,
        *,
        group: str = GROUP,
        partitions: int = PARTITIONS,
        clock: Callable[[], float] = time.monotonic,
        randomness: random.Random | None = None,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._log = log
        self._group = group
        self._partitions_if_made = partitions
        self._clock = clock
        randomness = randomness or random.Random()
        self._kafka_outage = Outage("Kafka, asked for events,", randomness, clock=clock)
        self._log_outage = Outage("the broadcast log, given events,", randomness, clock=clock)
        #: Set while partitions are assigned.
        self.assigned = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; offsets of what was appended are committed on the way out."""
        while True:
            try:
                await ensure_topic(self._bootstrap_servers, self._topic, self._partitions_if_made)
                await self._consume()
            except (KafkaError, OSError) as fault:
                metrics.BRIDGE_FAULTS.inc()
                await self._kafka_outage.pause(fault)

    async def _consume(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap_servers,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_interval_ms=POLL_INTERVAL_MAX_MS,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=3_000,
        )
        progress = Progress(consumer, self._clock, self.assigned)
        consumer.subscribe([self._topic], listener=progress)
        try:
            await consumer.start()
            self._kafka_outage.over()
            while True:
                records = await self._next(consumer)
                await self._append(records)
                progress.made(records)
        finally:
            self.assigned.clear()
            await progress.commit()
            await consumer.stop()

    async def _next(self, consumer: AIOKafkaConsumer) -> Records:
        """What came, nothing for a while. A place that Kafka no longer has becomes the oldest that it has."""
        try:
            return await consumer.getmany(timeout_ms=WAIT_MS, max_records=MESSAGES_A_TURN)
        except NoOffsetForPartitionError as new:
            [partition] = new.args
            # Nothing is known of what was read: where Kafka has let go of messages, some may never have been.
            if (await consumer.beginning_offsets([partition]))[partition]:
                await self._begin_anew(partition, 0)
        except OffsetOutOfRangeError as gap:
            [(partition, offset)] = gap.args[0].items()
            await self._begin_anew(partition, offset)
        if partition in consumer.assignment():
            await consumer.seek_to_beginning(partition)
        return {}

    async def _begin_anew(self, partition: TopicPartition, offset: int) -> None:
        where = f"{partition.topic}[{partition.partition}]@{offset}"
        logger.error("Kafka no longer has %s, which was to be read next: every stream begins anew", where)
        metrics.BRIDGE_GAPS.inc()
        await self._until_done(self._log.begin_epochs)

    async def _append(self, records: Records) -> None:
        given = (_traceparent_of(record) for messages in records.values() for record in messages)
        spans = trace.begin_each("append", SpanKind.CONSUMER, given)
        for channel, messages in self._by_channel(records).items():
            await self._append_to(channel, messages)
        trace.end_each(spans)

    def _by_channel(self, records: Records) -> dict[str, list[Message]]:
        channels: dict[str, list[Message]] = {}
        for messages in records.values():
            for record in messages:
                try:
                    channel, message = read_message(record.value)
                except ValueError as fault:
                    metrics.BRIDGE_SKIPPED.inc()
                    where = f"{record.topic}[{record.partition}]@{record.offset}"
                    logger.error("message %s is skipped, it is no envelope: %s", where, fault)
                else:
                    channels.setdefault(channel, []).append(message)
        return channels

    async def _append_to(self, channel: str, messages: Sequence[Message]) -> None:
        await self._until_done(lambda: self._log.append(channel, messages))
        metrics.BRIDGED.inc(len(messages))

    async def _until_done(self, change: Callable[[], Awaitable[object]]) -> None:
        """The same again and again: nothing may be committed, and nothing of the partition follow, before."""
        while True:
            try:
                await change()
            except LogUnavailable as fault:
                metrics.BRIDGE_FAULTS.inc()
                await self._log_outage.pause(fault)
            else:
                self._log_outage.over()
                return


class Progress(ConsumerRebalanceListener):
    """What was appended and not yet committed. A commit that fails costs a repetition, which the log drops.

    Now and then it is committed beside what comes next, which waits for no answer of Kafka's.
    """

    def __init__(self, consumer: AIOKafkaConsumer, clock: Callable[[], float], assigned: asyncio.Event) -> None:
        self._consumer = consumer
        self._clock = clock
        self._assigned = assigned
        self._offsets: dict[TopicPartition, int] = {}
        #: How far each is appended, committed or not.
        self._appended: dict[TopicPartition, int] = {}
        self._committed_at = clock()
        self._committing: asyncio.Task[None] | None = None

    def made(self, records: Records) -> None:
        """Raises what the last commit did, if that was none of Kafka's faults."""
        for partition, messages in records.items():
            if messages:
                self._offsets[partition] = self._appended[partition] = messages[-1].offset + 1
        if self._committing is not None:
            if not self._committing.done():
                return
            if not self._committing.cancelled():
                self._committing.result()
        if self._clock() - self._committed_at >= COMMIT_EVERY_S:
            self._committing = asyncio.create_task(self._commit())

    async def commit(self) -> None:
        """All of it, after the commit under way: that one must not come later. Kafka is given a second for each."""
        await self._committed()
        self._committing = asyncio.create_task(self._commit())
        await self._committed()

    async def _committed(self) -> None:
        if self._committing is not None:
            await asyncio.wait({self._committing}, timeout=COMMITTED_WITHIN_S)
            await end(self._committing, again_s=COMMITTED_WITHIN_S)

    async def _commit(self) -> None:
        held = self._consumer.assignment()
        self._measure(held)
        offsets = {partition: offset for partition, offset in self._offsets.items() if partition in held}
        self._offsets.clear()
        self._committed_at = self._clock()
        if offsets:
            try:
                await self._consumer.commit(offsets)
            except KafkaError as fault:
                logger.warning("offsets were not committed, some events will come again: %r", fault)

    def _measure(self, held: Collection[TopicPartition]) -> None:
        ends = {each: self._consumer.highwater(each) for each in held if each in self._appended}
        metrics.BRIDGE_LAG.set(sum(end - self._appended[each] for each, end in ends.items() if end is not None))

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: set[TopicPartition]
    ) -> None:
        self._assigned.clear()
        await self.commit()

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: set[TopicPartition]
    ) -> None:
        self._offsets.clear()
        if assigned:
            self._assigned.set()


def _traceparent_of(record: ConsumerRecord) -> str | None:
    given = next((value for name, value in record.headers if name == TRACEPARENT), None)
    return None if given is None else traceparent_of(given.decode("latin-1"))


def read_message(value: bytes | None) -> tuple[str, Message]:
    """The channel and the message of an envelope. Raises ValueError for what is none."""
    try:
        raw = orjson.loads(value or b"")
        channel, aggregate = str(UUID(raw["tenant"])), UUID(raw["aggregateId"])
        kind, version = raw["type"], raw["aggregateVersion"]
        if not isinstance(kind, str) or type(version) is not int or type(raw["tx"]) is not int:
            raise ValueError("type, aggregateVersion or tx is of another type")
        return channel, Message.about(aggregate, version, value or b"")
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise ValueError(f"{type(fault).__name__}: {fault}") from fault
