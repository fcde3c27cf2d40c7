"""Dead letters: messages of which nothing can be made, kept on a topic beside their own with the reason why.

Key, value and headers are the message's own; `reason`, `original-topic`, `original-partition`, `original-offset` and
`dead-lettered-at` are added. A message may come twice: what it came to is not recorded before it lies there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from services.parking import Message
from subscriptions import metrics
from subscriptions.consumers.reading import readable
from subscriptions.relay.topic import ensure_topic

logger = logging.getLogger(__name__)

PARTITIONS = 1
REASON_LENGTH_MAX = 2_000
REQUEST_TIMEOUT_MS = 10_000
MESSAGE_BYTES_MAX = 64 * 1024 * 1024

#: Tells the bytes of a value that is too long for the topic, and has to be read at its original place.
LEFT_OUT = "value-left-out"

Headers = list[tuple[str, bytes | None]]


class DeadLetters:
    def __init__(self, bootstrap_servers: str, suffix: str, now: Callable[[], datetime]) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._suffix = suffix
        self._now = now
        self._producer: AIOKafkaProducer | None = None
        self._known: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    async def send(self, message: Message, reason: str) -> None:
        """Returns when Kafka has it. Raises KafkaError or OSError."""
        topic = message.topic + self._suffix
        headers = [*((readable(name), value) for name, value in message.headers), *self._why(message, reason)]
        async with self._one_at_a_time:
            try:
                await self._send(topic, message, headers)
            except BaseException:
                await self._close()  # its sequence may be broken: the next one begins anew
                raise
        metrics.DEAD_LETTERS.labels(message.topic).inc()
        logger.warning("%s[%d]@%d is a dead letter: %s", message.topic, message.partition, message.offset, reason)

    async def close(self) -> None:
        async with self._one_at_a_time:
            await self._close()

    async def _send(self, topic: str, message: Message, headers: Headers) -> None:
        producer = await self._started(topic)
        try:
            await producer.send_and_wait(topic, message.value, key=message.key, headers=headers)
        except MessageSizeTooLargeError:
            await self._close()
            producer = await self._started(topic)
            length = str(len(message.value or b"")).encode()
            await producer.send_and_wait(topic, None, key=message.key, headers=[*headers, (LEFT_OUT, length)])

    async def _started(self, topic: str) -> AIOKafkaProducer:
        if topic not in self._known:
            await ensure_topic(self._bootstrap_servers, topic, PARTITIONS)
            self._known.add(topic)
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                enable_idempotence=True,
                acks="all",
                max_request_size=MESSAGE_BYTES_MAX,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    def _why(self, message: Message, reason: str) -> Headers:
        text = reason if len(reason) <= REASON_LENGTH_MAX else f"{reason[:REASON_LENGTH_MAX]}…"
        told = {
            "reason": text,
            "original-topic": message.topic,
            "original-partition": str(message.partition),
            "original-offset": str(message.offset),
            "dead-lettered-at": self._now().isoformat(),
        }
        return [(name, value.encode("utf-8", "backslashreplace")) for name, value in told.items()]
