"""Consumer: takes messages from Kafka, those of a lane in order, those of different lanes side by side.

An offset is committed once all messages before it are done: kept in the inbox, put aside, or with the dead letters. So
whatever dies, everything comes again that may not be done, and what was done is known by the inbox. A group that is new
begins at the oldest message that Kafka has.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from services.parking import Lane, Message, Parking
from services.ports import Unavailable
from subscriptions import metrics
from subscriptions.consumers.dead_letters import DeadLetters
from subscriptions.consumers.intake import Fortune, Intake, reason_of
from subscriptions.consumers.progress import Progress, Track
from subscriptions.consumers.queues import Queues
from subscriptions.consumers.reader import Reader, Records
from subscriptions.consumers.reading import Reading, Unreadable, read
from subscriptions.consumers.retention import warn_of_topics
from subscriptions.consumers.retries import wait_s
from subscriptions.consumers.salvage import salvage
from subscriptions.consumers.topics import ConsumedTopic
from subscriptions.outage import Outage

logger = logging.getLogger(__name__)

UNDER_WAY_MAX = 1_000
COMMIT_EVERY_S = 0.5
END_S = 5.0
NEW_TOPICS_WITHIN_MS = 30_000
#: A member that waits for the database is alive: its heartbeats go on, nothing is won by giving its partitions away.
POLL_INTERVAL_MAX_MS = 24 * 60 * 60 * 1_000


@dataclass(frozen=True, slots=True)
class Group:
    """Consumers of one group share its partitions. One with an `instance` of its own keeps them over a restart."""

    name: str
    instance: str | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """A message under way."""

    message: Message
    reading: Reading | Unreadable
    track: Track

    @property
    def lane(self) -> Lane | tuple[str, int]:
        """What cannot be read has no lane; it keeps its order with the like of its partition."""
        if isinstance(self.reading, Reading):
            return self.reading.lane
        return self.message.topic, self.message.partition


class Consumer:
    """Runs for ever; any number may run, each with partitions of its own."""

    def __init__(
        self,
        bootstrap_servers: str,
        topics: Sequence[ConsumedTopic],
        intake: Intake,
        parking: Parking,
        dead_letters: DeadLetters,
        *,
        group: Group,
        inbox_days: int,
        randomness: Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topics = {topic.name: topic for topic in topics}
        self._intake = intake
        self._parking = parking
        self._dead_letters = dead_letters
        self._group = group
        self._inbox_days = inbox_days
        self._randomness = randomness or Random()
        self._clock = clock
        self._kafka_outage = Outage("Kafka, asked for events of others,", self._randomness, clock=clock)
        self._outage = Outage("the database or Kafka, given what others tell,", self._randomness, clock=clock)
        self._occupied: set[Lane] = set()
        self._looked = False
        #: Set while partitions are assigned.
        self.assigned = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; offsets of what is done are committed on the way out."""
        while True:
            try:
                await self._consume()
            except (KafkaError, OSError) as fault:
                metrics.CONSUMER_FAULTS.inc()
                await self._kafka_outage.pause(fault)

    # ------------------------------------------------------------------ from Kafka
    async def _consume(self) -> None:
        if not self._looked:
            await warn_of_topics(self._bootstrap_servers, sorted(self._topics), self._inbox_days)
            self._looked = True
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap_servers,
            group_id=self._group.name,
            group_instance_id=self._group.instance,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            metadata_max_age_ms=NEW_TOPICS_WITHIN_MS,
            max_poll_interval_ms=POLL_INTERVAL_MAX_MS,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=3_000,
        )
        ours = _Partitions(consumer, self._clock, self.assigned)
        queues = Queues(self._work, UNDER_WAY_MAX)
        consumer.subscribe(sorted(self._topics), listener=ours)
        reader = Reader(consumer, partial(salvage, self._bootstrap_servers), self._clock, self._randomness)
        try:
            await consumer.start()
            while True:
                records = await reader.next()
                self._kafka_outage.over()  # not before: who only starts well has not read anything yet
                await self._hand_out(records, queues, ours)
                await ours.commit_if_due()
        finally:
            self.assigned.clear()
            await queues.stop(END_S)
            await ours.commit()
            await consumer.stop()

    async def _hand_out(self, records: Records, queues: Queues[_Work], ours: _Partitions) -> None:
        works = [
            _Work(message, read(message, self._topics[partition.topic]), ours.progress.of(partition))
            for partition, messages in records.items()
            for message in map(_message_of, messages)
        ]
        await self._look_for_occupied(works, queues)
        for work in works:
            work.track.begin(work.message.offset)
            await queues.add(work.lane, work)
            await ours.commit_if_due()

    async def _look_for_occupied(self, works: Sequence[_Work], queues: Queues[_Work]) -> None:
        """What was learned of lanes is needed for messages under way alone: of the others the database is asked."""
        self._occupied.intersection_update(queues.lanes)
        lanes = {work.reading.lane for work in works if isinstance(work.reading, Reading)}
        while lanes:
            try:
                self._occupied.update(await self._parking.occupied(lanes))
                return
            except Unavailable as fault:
                metrics.CONSUMER_FAULTS.inc()
                await self._outage.pause(fault)

    # ------------------------------------------------------------------ to its end
    async def _work(self, work: _Work) -> None:
        """The same again and again, for nothing of the lane may follow before, unless the partition is another's."""
        while work.track.ours:
            try:
                await self._settle(work)
            except Exception as fault:  # noqa: BLE001 - whatever keeps it from its end, it is tried on
                metrics.CONSUMER_FAULTS.inc()
                await self._outage.pause(fault)
            else:
                self._outage.over()
                work.track.end(work.message.offset)
                return

    async def _settle(self, work: _Work) -> None:
        if isinstance(work.reading, Reading):
            await self._take(work.message, work.reading)
        elif not work.reading.skipped:
            await self._dead_letters.send(work.message, reason_of(work.reading.refusals))

    async def _take(self, message: Message, reading: Reading) -> None:
        lane = reading.lane
        if lane in self._occupied and await self._parking.park_behind(lane, message):
            metrics.PARKED.inc()
            return
        self._occupied.discard(lane)
        outcome = await self._intake.take(reading)
        if outcome.fortune is Fortune.EARLY:
            await self._parking.park(lane, message, outcome.reason, wait_s(0, self._randomness))
            self._occupied.add(lane)
            metrics.PARKED.inc()
        elif outcome.fortune is Fortune.DEAD:
            await self._dead_letters.send(message, outcome.reason)


class _Partitions(ConsumerRebalanceListener):
    """The partitions that are ours, and how far each is done. A commit that fails costs repetitions."""

    def __init__(self, consumer: AIOKafkaConsumer, clock: Callable[[], float], assigned: asyncio.Event) -> None:
        self.progress = Progress()
        self._consumer = consumer
        self._clock = clock
        self._assigned = assigned
        self._committed_at = clock()

    async def commit_if_due(self) -> None:
        if self._clock() - self._committed_at >= COMMIT_EVERY_S:
            await self.commit()
            self._measure()

    async def commit(self) -> None:
        self._committed_at = self._clock()
        held = self._consumer.assignment()
        offsets = {each: offset for each, offset in self.progress.to_commit().items() if each in held}
        if offsets:
            try:
                await self._consumer.commit(offsets)
            except KafkaError as fault:
                logger.warning("offsets were not committed, some events will come again: %r", fault)
            else:
                self.progress.committed(offsets)

    def _measure(self) -> None:
        ends = {each: self._consumer.highwater(each) for each in self._consumer.assignment()}
        done = {each: self.progress.of(each).finished for each in ends}
        lag = sum(end - at for each, end in ends.items() if end is not None and (at := done[each]) is not None)
        metrics.CONSUMER_LAG.set(lag)

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: set[TopicPartition]
    ) -> None:
        self._assigned.clear()
        await self.commit()
        self.progress.lose(revoked)

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: set[TopicPartition]
    ) -> None:
        if assigned:
            self._assigned.set()


def _message_of(record: ConsumerRecord) -> Message:
    return Message(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers),
    )
