"""Consumers as processes of their own, to be killed; and orders of which every message comes three times."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import RecordMetadata

from server.embedded.node import ROOT
from server.embedded.process import Child
from tests.integration.consuming import SKU, Sent, Shop, event, order
from tests.stack import FAULTS

TIMES = 3
DONE_S = 120
#: Who waits for a lock of ours.
HANGING = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
#: The dead go on in the server until they try to answer.
GHOSTS = """
SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'stockcast%' AND datname = current_database()
"""


@dataclass
class Consumers:
    """Two processes that share the topics; killed together, each comes back under its own name."""

    shop: Shop
    payments: str
    directory: Path
    kills: int = 0
    children: list[Child] = field(default_factory=list[Child])

    def start(self) -> None:
        topics = f"{self.shop.topic};tenant=acme,{self.payments};tenant=acme"
        given = {
            "DATABASE_URL": self.shop.addresses.application_url,
            "KAFKA_BOOTSTRAP_SERVERS": self.shop.kafka,
            "CONSUMED_TOPICS": topics,
            "CONSUMER_GROUP": f"{self.shop.topic}.group",
            "REDIS_URL": "",
            "METRICS_PORT": "",
            "PYTHONFAULTHANDLER": "1",
        }
        for name in ("one", "two"):
            environ = dict(os.environ) | given | {"CONSUMER_INSTANCE": name}
            command, log = [sys.executable, "-m", "server", "consume"], self.directory / f"{name}.log"
            self.children.append(Child.start(name, command, log, environ=environ, directory=ROOT))

    def kill(self) -> None:
        """Both, as `kill -9`."""
        assert all(child.running for child in self.children), self.log()
        for child in self.children:
            child.process.kill()
        for child in self.children:
            child.kill()
        self.kills += len(self.children)
        self.children.clear()

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait_or_kill(10)

    def log(self) -> str:
        return "\n".join(log.read_text(errors="replace")[-4_000:] for log in self.directory.glob("*.log"))

    def faults(self) -> list[str]:
        """Lines that no healthy process writes."""
        lines = [line for log in self.directory.glob("*.log") for line in log.read_text(errors="replace").splitlines()]
        return [line for line in lines if FAULTS.search(line)]


@dataclass
class Orders:
    """What was sent, and what must have come of it: each order takes a tent away for good."""

    shop: Shop
    consumers: Consumers
    chance: random.Random
    numbers: list[str] = field(default_factory=list[str])
    sent: int = 0
    poison: int = 0
    hits: Counter[str] = field(default_factory=Counter[str])

    def new(self) -> str:
        self.numbers.append(f"O-{len(self.numbers)}")
        return self.numbers[-1]

    async def send(self, *messages: Sent) -> RecordMetadata:
        """Each of them three times, in this order or the whole three times over; the place of the very last."""
        repeated = [each for each in messages for _ in range(TIMES)]
        places = await self.shop.send(*(repeated if self.chance.random() < 0.5 else [*messages] * TIMES))
        self.sent += len(places)
        return places[-1]

    def began(self, number: str) -> Sent:
        return order(number, 2, id_=f"{number}.1")

    def paid(self, number: str, topic: str | None = None) -> Sent:
        paid = event("PaymentSucceeded", number, id_=f"{number}.2")
        paid.topic = topic
        return paid

    def rest(self, number: str) -> list[Sent]:
        return [
            event("ItemPicked", number, id_=f"{number}.3", sku=SKU, quantity=1),
            event("ShipmentCreated", number, id_=f"{number}.4"),
            event("OrderDelivered", number, id_=f"{number}.5"),
            event("ItemReturned", number, id_=f"{number}.6", items=[{"sku": SKU, "quantity": 1}]),
        ]

    async def taken(self, number: str, step: int) -> None:
        """Until the inbox has this event of the order."""
        await self.shop.until("SELECT count(*) FROM inbox WHERE id LIKE '%/' || $1", 1, f"{number}.{step}")

    async def done(self) -> None:
        """Until the group is done with all that was sent."""
        async with asyncio.timeout(DONE_S):
            while sum((await self.shop.committed()).values()) < self.sent:
                assert all(child.running for child in self.consumers.children), self.consumers.log()
                await asyncio.sleep(0.1)
        await self.shop.parked(0)

    async def kill(self, point: str, place: RecordMetadata | None = None) -> None:
        """Here; a hit, unless Kafka knows already that the message at this place is done."""
        self.consumers.kill()
        done = None if place is None else (await self.shop.committed()).get(place.topic_partition, 0)
        if place is None or done is None or done <= place.offset:
            self.hits[point] += 1

    async def buried(self) -> None:
        """Until the dead have given up what they had begun."""
        await self.shop.until(GHOSTS, 0)

    @asynccontextmanager
    async def locked(self, statement: str) -> AsyncIterator[None]:
        async with self.shop.outside.transaction():
            await self.shop.outside.execute(statement)
            yield

    async def hanging(self) -> None:
        """Until a consumer waits for our lock."""
        await self.shop.until(HANGING, True)


async def letters(kafka: str, topic: str) -> int:
    """How many messages a topic of one partition holds."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        place = TopicPartition(topic, 0)
        return (await consumer.end_offsets([place]))[place]
    finally:
        await consumer.stop()


async def moment(chance: random.Random, up_to_s: float) -> None:
    """Any."""
    await asyncio.sleep(chance.random() * up_to_s)
