"""Sinks of the relay: Kafka, or the broadcast log itself where there is no Kafka."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from services.envelope import SCHEMA_VERSION, id_of, with_tx
from subscriptions.log.broadcast_log import BroadcastLog, LogUnavailable, Message
from subscriptions.relay.event_names import EventNames
from subscriptions.relay.outbox import NotAllSent, OutboxRow
from subscriptions.relay.topic import PARTITIONS, ensure_topic

BATCH_BYTES_MAX = 512 * 1024
REQUEST_TIMEOUT_MS = 10_000

_SCHEMA_VERSION = str(SCHEMA_VERSION).encode()


class KafkaSink:
    """One record batch a partition at a time: Kafka takes it whole or not at all, and the next is sent only after it.

    So a failure, also one of which nobody knows what Kafka did with it, never lets a later event of a key overtake an
    earlier one; within the producer's life Kafka drops its repetitions (idempotence), beyond it versions tell.
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
        acknowledged: list[int] = []
        faults: list[BaseException] = []
        try:
            producer = await self._started()
            waiting = await self._by_partition(producer, rows)
            while waiting:
                sent = {partition: self._batch(producer, queue) for partition, queue in waiting.items()}
                outcome = await self._send_batches(
                    producer, {partition: batch for partition, (batch, _) in sent.items()}
                )
                for partition, fault in outcome.items():
                    if fault is None:
                        acknowledged.extend(sent[partition][1])
                    else:
                        faults.append(fault)
                        waiting[partition].clear()
                waiting = {partition: queue for partition, queue in waiting.items() if queue}
        except Exception as fault:  # noqa: BLE001 - aiokafka lets through what its sockets and parsers raise
            faults.append(fault)
        if faults:
            await self.close()  # its sequence may be broken: the next turn begins with a new one
            raise NotAllSent(acknowledged) from faults[0]

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
                max_batch_size=BATCH_BYTES_MAX,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _by_partition(
        self, producer: AIOKafkaProducer, rows: Iterable[OutboxRow]
    ) -> dict[int, deque[tuple[bytes, OutboxRow]]]:
        partitions = sorted(await producer.partitions_for(self._topic))
        waiting: dict[int, deque[tuple[bytes, OutboxRow]]] = {}
        for row in rows:
            key = f"{row.tenant}:{row.key}".encode()
            partition = partitions[(murmur2(key) & 0x7FFFFFFF) % len(partitions)]  # as every Kafka client chooses it
            waiting.setdefault(partition, deque()).append((key, row))
        return waiting

    def _batch(
        self, producer: AIOKafkaProducer, queue: deque[tuple[bytes, OutboxRow]]
    ) -> tuple[BatchBuilder, list[int]]:
        """As many of the waiting rows as fit, and their ids; always at least one."""
        batch, ids = producer.create_batch(), list[int]()
        while queue:
            key, row = queue[0]
            value = with_tx(row.body, row.tx)
            if batch.append(key=key, value=value, timestamp=None, headers=self._headers(row)) is None:
                break
            ids.append(row.id)
            queue.popleft()
        if not ids:
            raise ValueError(f"outbox row {queue[0][1].id} is longer than a record batch")
        batch.close()
        return batch, ids

    def _headers(self, row: OutboxRow) -> list[tuple[str, bytes]]:
        type_ = self._names.told(row.type).encode()
        return [("id", id_of(row.body)), ("type", type_), ("schemaVersion", _SCHEMA_VERSION)]

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
