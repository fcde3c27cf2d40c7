"""Reader: what comes from Kafka, of each partition for itself: one that cannot be read stops no other.

A batch that the client gives up is read by hand (`salvage`). Where that fails too, its partition stands still, is told
of and tried again, more and more seldom: nothing is passed over that somebody might still make readable.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from gzip import BadGzipFile
from random import Random

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    UnsupportedCodecError,
)

from subscriptions import metrics
from subscriptions.consumers.salvage import Salvaged

logger = logging.getLogger(__name__)

MESSAGES_A_FETCH = 500
WAIT_S = 0.5
#: After a batch that cannot be read, partitions are asked one by one for so long, to learn which one has it.
WARY_FOR_S = 5.0
WARY_BREATH_S = 0.05
STILL_FIRST_S = 1.0
STILL_LAST_S = 60.0

Records = Mapping[TopicPartition, Sequence[ConsumerRecord]]
Salvage = Callable[[TopicPartition, int], Awaitable[Salvaged]]


@dataclass(slots=True)
class _Still:
    """A partition that stands still: how often it was tried, and when it is next."""

    tries: int
    again_at: float


class Reader:
    """Of one consumer; it gives no message twice while a partition stays ours, and leaves none out."""

    def __init__(
        self, consumer: AIOKafkaConsumer, salvage: Salvage, clock: Callable[[], float], randomness: Random
    ) -> None:
        self._consumer = consumer
        self._salvage = salvage
        self._clock = clock
        self._randomness = randomness
        self._wary_until = clock()
        self._still: dict[TopicPartition, _Still] = {}

    async def next(self) -> Records:
        """What came, nothing for a while. Raises KafkaError or OSError where it is not the fault of a partition."""
        self._try_again()
        found: dict[TopicPartition, list[ConsumerRecord]] = {}
        if first := await self._first():
            found[TopicPartition(first.topic, first.partition)] = [first]
        room = MESSAGES_A_FETCH
        ours = list(self._consumer.assignment())
        for partition in self._randomness.sample(ours, len(ours)):
            records = await self._read(partition, room)
            if records:
                found.setdefault(partition, []).extend(records)
                room = max(1, room - len(records))
        return found

    # ------------------------------------------------------------------ what can be read
    async def _first(self) -> ConsumerRecord | None:
        """Waits for a message of any partition: where it cannot be read, the client does not tell whose it was."""
        if self._clock() < self._wary_until:
            await asyncio.sleep(WARY_BREATH_S)
            return None
        try:
            async with asyncio.timeout(WAIT_S):
                return await self._consumer.getone()
        except TimeoutError:
            return None
        except (NoOffsetForPartitionError, OffsetOutOfRangeError) as fault:
            await self._from_the_oldest(fault)
        except Exception as fault:
            if not _of_a_batch(fault):
                raise
            self._wary_until = self._clock() + WARY_FOR_S
        return None

    async def _read(self, partition: TopicPartition, limit: int) -> Sequence[ConsumerRecord]:
        """What is there already."""
        try:
            records = (await self._consumer.getmany(partition, max_records=limit)).get(partition, ())
        except IllegalStateError:  # it has become another's
            return ()
        except (NoOffsetForPartitionError, OffsetOutOfRangeError) as fault:
            await self._from_the_oldest(fault)
            return ()
        except Exception as fault:
            if not _of_a_batch(fault):
                raise
            return await self._read_by_hand(partition, fault)
        if records:
            self._goes_on(partition)
        return records

    async def _from_the_oldest(self, fault: NoOffsetForPartitionError | OffsetOutOfRangeError) -> None:
        """A place that Kafka no longer has becomes the oldest that it has."""
        if isinstance(fault, NoOffsetForPartitionError):
            [partition] = fault.args
        else:
            [(partition, offset)] = fault.args[0].items()
            where = f"{partition.topic}[{partition.partition}]@{offset}"
            logger.error("Kafka no longer has %s, which was to be read next: what lies between is lost to us", where)
            metrics.CONSUMER_GAPS.inc()
        if partition in self._consumer.assignment():
            await self._consumer.seek_to_beginning(partition)

    # ------------------------------------------------------------------ what cannot
    async def _read_by_hand(self, partition: TopicPartition, fault: Exception) -> Sequence[ConsumerRecord]:
        """The client keeps its place before the batch."""
        metrics.CONSUMER_FAULTS.inc()
        try:
            offset = await self._consumer.position(partition)
        except IllegalStateError:
            return ()
        try:
            salvaged = await self._salvage(partition, offset)
        except Exception as unreadable:  # noqa: BLE001 - whatever it is, the others go on
            self._stand_still(partition, offset, unreadable)
            return ()
        if partition not in self._consumer.assignment():
            return ()
        if salvaged.next == offset:
            self._stand_still(partition, offset, fault)
            return ()
        where = f"{partition.topic}[{partition.partition}]@{offset}"
        logger.error("Kafka's client cannot read a batch at or after %s, which was read without it: %s", where, fault)
        self._consumer.seek(partition, salvaged.next)
        self._goes_on(partition)
        return salvaged.records

    def _stand_still(self, partition: TopicPartition, offset: int, fault: Exception) -> None:
        if partition not in self._consumer.assignment():
            return
        still = self._still.setdefault(partition, _Still(0, 0.0))
        if not still.tries:
            logger.error(
                "%s[%d]@%d cannot be read: %s: %s. This partition stands still, the others go on. Install the library "
                "of a codec that is missing (pip install 'aiokafka[lz4,snappy,zstd]'), or end the consumers and move "
                "the group's offset behind a batch that is damaged (kafka-consumer-groups.sh --reset-offsets).",
                *(partition.topic, partition.partition, offset, type(fault).__name__, fault),
            )
        wait_s = min(STILL_LAST_S, STILL_FIRST_S * 2 ** min(still.tries, 16))
        still.tries += 1
        still.again_at = self._clock() + wait_s * (1 - self._randomness.random() / 2)
        self._consumer.pause(partition)
        metrics.CONSUMER_UNREADABLE.set(len(self._still))

    def _try_again(self) -> None:
        """Those whose time has come; others than ours are another's matter."""
        ours, now = self._consumer.assignment(), self._clock()
        self._still = {partition: still for partition, still in self._still.items() if partition in ours}
        metrics.CONSUMER_UNREADABLE.set(len(self._still))
        due = [partition for partition in self._consumer.paused() if self._still[partition].again_at <= now]
        if due:
            self._wary_until = now + WARY_FOR_S
            self._consumer.resume(*due)

    def _goes_on(self, partition: TopicPartition) -> None:
        if self._still.pop(partition, None):
            logger.warning("%s[%d] can be read again", partition.topic, partition.partition)


def _of_a_batch(fault: Exception) -> bool:
    """Whether it is not Kafka that fails, but what lies there."""
    known = (CorruptRecordException, UnsupportedCodecError, BadGzipFile)
    return isinstance(fault, known) or not isinstance(fault, (KafkaError, OSError))
