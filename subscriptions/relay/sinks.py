"""Sinks of the relay: Kafka, or the broadcast log itself where there is no Kafka."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch

from services.envelope import SCHEMA_VERSION, id_of, traceparent_of, with_tx
from services.trace import TRACEPARENT
from subscriptions.log.broadcast_log import BroadcastLog, LogUnavailable, Message
from subscriptions.relay.event_names import EventNames
from subscriptions.relay.outbox import NotAllSent, OutboxRow
from subscriptions.relay.topic import PARTITIONS, ensure_topic

BATCH_BYTES_MAX = 512 * 1024
#: An event from this length on is compressed, to a tenth or less. Below, it would cost more time than it saves.
COMPRESSED_FROM_BYTES = 128 * 1024
#: A longer event is not even offered: a broker ends the connection on a request above 100 MiB, without saying why.
EVENT_BYTES_MAX = 64 * 1024 * 1024
REQUEST_TIMEOUT_MS = 10_000

_SCHEMA_VERSION = str(SCHEMA_VERSION).encode()
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class KafkaSink:
    """One record batch a partition at a time: Kafka takes it whole or not at all, and the next is sent only after it.

    So a failure, also one of which nobody knows what Kafka did with it, never lets a later event of a key overtake an
    earlier one; within the producer's life Kafka drops its repetitions (idempotence), beyond it versions tell. Only an
    event that Kafka refuses for its size alone is passed by those behind it.
    """

    def __init__(
        self, bootstrap_servers: str, topic: str, *, partitions: int = PARTITIONS, names: EventNames | None = None
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._partitions_if_made = partitions
        self._names = names or EventNames()
        self._producer: AIOKafkaProducer | None = None

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        told = _Told()
        try:
            waiting = await self._by_partition(told.offered(rows))
            while waiting:
                await self._send_first(waiting, told)
                waiting = {partition: queue for partition, queue in waiting.items() if queue.rows}
        except Exception as fault:  # noqa: BLE001 - aiokafka lets through what its sockets and parsers raise
            told.faults.append(fault)
        if told.faults:
            await self.close()  # its sequence may be broken: the next turn begins with a new one
        if told.faults or told.too_large:
            raise NotAllSent(told.acknowledged, told.too_large) from next(iter(told.faults), None)

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            await ensure_topic(self._bootstrap_servers, self._topic, self._partitions_if_made)
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                enable_idempotence=True,
                acks="all",
                linger_ms=0,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _by_partition(self, rows: Iterable[OutboxRow]) -> dict[int, _Queue]:
        producer = await self._started()
        partitions = sorted(await producer.partitions_for(self._topic))
        waiting: dict[int, _Queue] = {}
        for row in rows:
            partition = partitions[(murmur2(_key(row)) & 0x7FFFFFFF) % len(partitions)]  # as every Kafka client chooses
            waiting.setdefault(partition, _Queue()).rows.append(row)
        return waiting

    async def _send_first(self, waiting: Mapping[int, _Queue], told: _Told) -> None:
        """The next batch of each partition."""
        producer = await self._started()
        sent = {partition: self._batch(queue) for partition, queue in waiting.items()}
        outcome = await self._send_batches(producer, {partition: batch for partition, (batch, _) in sent.items()})
        for partition, fault in outcome.items():
            queue, (_, rows) = waiting[partition], sent[partition]
            if fault is None:
                told.acknowledged.extend(row.id for row in rows)
            elif isinstance(fault, _TOO_LARGE):
                told.too_large.extend(queue.refused(rows))
            else:
                told.faults.append(fault)
                queue.rows.clear()
        if any(isinstance(fault, _TOO_LARGE) for fault in outcome.values()):
            await self.close()  # Kafka did not count the refused rows, the producer did

    def _batch(self, queue: _Queue) -> tuple[BatchBuilder, list[OutboxRow]]:
        """As many of the waiting rows as fit, and these rows; always at least one."""
        batch, rows = BatchBuilder(BATCH_BYTES_MAX, queue.codec, is_transactional=False), list[OutboxRow]()
        while queue.rows and len(rows) < queue.rows_max:
            row = queue.rows[0]
            value = with_tx(row.body, row.tx)
            if batch.append(key=_key(row), value=value, timestamp=None, headers=self._headers(row)) is None:
                break
            rows.append(queue.rows.popleft())
        batch.close()
        return batch, rows

    def _headers(self, row: OutboxRow) -> list[tuple[str, bytes]]:
        type_ = self._names.told(row.type).encode()
        headers = [("id", id_of(row.body)), ("type", type_), ("schemaVersion", _SCHEMA_VERSION)]
        traceparent = traceparent_of(row.body)
        return headers if traceparent is None else [*headers, (TRACEPARENT, traceparent.encode())]

    async def _send_batches(
        self, producer: AIOKafkaProducer, batches: Mapping[int, BatchBuilder]
    ) -> dict[int, BaseException | None]:
        futures = [
            await producer.send_batch(batch, self._topic, partition=partition) for partition, batch in batches.items()
        ]
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
        return {
            partition: outcome if isinstance(outcome, BaseException) else None
            for partition, outcome in zip(batches, outcomes, strict=True)
        }


@dataclass(slots=True)
class _Told:
    """What became of the rows of one call: the ids of those that Kafka has, and of those that it refused."""

    acknowledged: list[int] = field(default_factory=list[int])
    too_large: list[int] = field(default_factory=list[int])
    faults: list[BaseException] = field(default_factory=list[BaseException])

    def offered(self, rows: Iterable[OutboxRow]) -> list[OutboxRow]:
        """Those that can be offered at all."""
        self.too_large.extend(row.id for row in rows if len(row.body) > EVENT_BYTES_MAX)
        return [row for row in rows if len(row.body) <= EVENT_BYTES_MAX]


@dataclass(slots=True)
class _Queue:
    """The rows that wait for one partition, and how many of them go together: fewer after a batch was too large."""

    rows: deque[OutboxRow] = field(default_factory=deque[OutboxRow])
    rows_max: int = sys.maxsize

    @property
    def codec(self) -> int:
        large = self.rows_max < sys.maxsize or len(self.rows[0].body) >= COMPRESSED_FROM_BYTES
        return DefaultRecordBatch.CODEC_GZIP if large else DefaultRecordBatch.CODEC_NONE

    def refused(self, rows: Sequence[OutboxRow]) -> list[int]:
        """A batch of several is tried again by halves; the id of one that was too large alone."""
        if len(rows) == 1 and self.rows_max < sys.maxsize:
            self.rows_max = sys.maxsize
            return [rows[0].id]
        self.rows.extendleft(reversed(rows))
        self.rows_max = max(1, len(rows) // 2)
        return []


def _key(row: OutboxRow) -> bytes:
    return f"{row.tenant}:{row.key}".encode()


class LogSink:
    """Without Kafka: the same envelopes in the same order, straight into each tenant's channel."""

    def __init__(self, log: BroadcastLog) -> None:
        self._log = log

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        channels: dict[str, list[OutboxRow]] = {}
        for row in rows:
            channels.setdefault(str(row.tenant), []).append(row)
        acknowledged: list[int] = []
        for channel, waiting in channels.items():
            try:
                await self._log.append(channel, [message_of(row) for row in waiting])
            except LogUnavailable as fault:
                raise NotAllSent(acknowledged) from fault
            acknowledged.extend(row.id for row in waiting)

    async def close(self) -> None:
        """Nothing: the log belongs to whoever made it."""


def message_of(row: OutboxRow) -> Message:
    return Message.about(row.aggregate_id, row.version, with_tx(row.body, row.tx))
