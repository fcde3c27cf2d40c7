"""A shop that is told of orders, payments and parcels on a real Kafka: what is sent there, and what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import RecordMetadata

from db import bulk
from db.invariants import violations
from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from domain.items import Item
from domain.ledger import Cause, Stamp
from domain.reasons import DEFAULT_REASON_CODES
from domain.stock import StockLevel
from server.consuming import consume
from server.embedded.database import Addresses
from server.settings import Settings
from services.group_commit import GroupCommit
from tests import servers
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS, ids
from tests.fakes.fulfillment import NOON

SKU, UNITS = "TENT", 10_000
PATIENCE_S = 60


@dataclass
class Sent:
    """A message to be sent. `key` None: without a key."""

    body: Any
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    topic: str | None = None


def event(type_: str, order: str, *, id_: str | None = None, key: str | None = "", **body: Any) -> Sent:
    """Keyed by its order unless told otherwise."""
    headers = {} if id_ is None else {"id": id_}
    return Sent({"type": type_, "orderId": order, **body}, order if key == "" else key, headers)


def order(number: str, quantity: int = 1, **more: Any) -> Sent:
    return event("OrderCreated", number, items=[{"sku": SKU, "quantity": quantity}], **more)


class Shop:
    """One tenant with ten thousand tents, and another beside it."""

    def __init__(self, addresses: Addresses, kafka: str, topic: str, outside: asyncpg.Connection) -> None:
        self.addresses = addresses
        self.kafka = kafka
        self.topic = topic
        self.outside = outside

    @classmethod
    @asynccontextmanager
    async def open(cls, addresses: Addresses, kafka: str, topic: str) -> AsyncIterator[Shop]:
        """The books are right when it is left."""
        await stock(addresses)
        outside = await asyncpg.connect(addresses.superuser_url)
        try:
            yield cls(addresses, kafka, topic, outside)
            assert await violations(outside) == []
        finally:
            await outside.close()

    def settings(self, **environ: str) -> Settings:
        given = {"CONSUMED_TOPICS": f"{self.topic};tenant=acme", "CONSUMER_GROUP": f"{self.topic}.group"} | environ
        return Settings.from_environment({"DATABASE_URL": self.addresses.application_url, **given})

    @asynccontextmanager
    async def database_away(self) -> AsyncIterator[None]:
        """Nobody but `outside` has a connection or gets one."""
        name = await self.outside.fetchval("SELECT current_database()")
        await self.outside.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
        await self.outside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        yield
        await self.outside.execute(f'GRANT CONNECT ON DATABASE "{name}" TO PUBLIC')

    @asynccontextmanager
    async def consuming(self, **environ: str) -> AsyncIterator[None]:
        """A consumer as the command `consume` puts it together."""
        settings = self.settings(**environ)
        database = await Database.connect(settings.database_url, size=8)
        commits = GroupCommit(PostgresUnitOfWork(database, random=SystemRandom()), ids)
        task = asyncio.create_task(consume(settings, self.kafka, database, commits))
        try:
            yield
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.wait({task})
            await commits.finish()
            await database.close()

    async def send(self, *messages: Sent) -> list[RecordMetadata]:
        """In this order; the place of each."""
        places: list[RecordMetadata] = []
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, max_request_size=2_000_000)
        await producer.start()
        try:
            for each in messages:
                place = await producer.send_and_wait(
                    each.topic or self.topic,
                    each.body if isinstance(each.body, bytes) else json.dumps(each.body).encode(),
                    key=None if each.key is None else each.key.encode(),
                    headers=[(name, text.encode()) for name, text in each.headers.items()],
                )
                places.append(place)
        finally:
            await producer.stop()
        return places

    async def until(self, sql: str, wanted: object, *arguments: object) -> None:
        """Until a question of one value has this answer."""
        found: object = None

        async def asked() -> bool:
            nonlocal found
            found = await self.outside.fetchval(sql, *arguments)
            return found == wanted

        try:
            await eventually(asked)
        except TimeoutError:
            raise AssertionError(f"{sql}: {found!r}, not {wanted!r}") from None

    async def taken(self, number: int) -> None:
        await self.until("SELECT count(*) FROM inbox", number)

    async def parked(self, number: int, order: str | None = None) -> None:
        """Until so many messages wait to be tried again; of one order, where others may still wait too."""
        question = "SELECT count(*) FROM parked_messages WHERE $1::text IS NULL OR message_key = convert_to($1, 'UTF8')"
        await self.until(question, number, order)

    async def outcomes(self) -> dict[str, str]:
        """Event and order -> what the inbox says."""
        rows = await self.outside.fetch("SELECT type || ' ' || coalesce(order_id, ''), outcome FROM inbox")
        return {row[0]: row[1] for row in rows}

    async def level(self) -> tuple[int, int]:
        """On hand and allocated."""
        row = await self.outside.fetchrow("SELECT on_hand, allocated FROM stock_levels WHERE tenant_id = $1", ACME.id)
        assert row is not None
        return row[0], row[1]

    async def told(self, order_id: str) -> list[str]:
        """The events of an order's reservations, in the order in which they are published."""
        sql = "SELECT type FROM outbox WHERE key IN (SELECT id::text FROM reservations WHERE order_id = $1) ORDER BY id"
        return [row[0] for row in await self.outside.fetch(sql, order_id)]

    async def committed(self) -> dict[TopicPartition, int]:
        """The offsets up to which the group is done."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            offsets = await admin.list_consumer_group_offsets(f"{self.topic}.group")
        except GroupCoordinatorNotAvailableError:  # the first group of a new broker
            return {}
        finally:
            await admin.close()
        return {each: at.offset for each, at in offsets.items() if at.offset >= 0}

    async def done(self, number: int) -> None:
        """Until so many messages are done for the group."""

        async def asked() -> bool:
            return sum((await self.committed()).values()) == number

        await eventually(asked)

    async def dead_letters(self, number: int) -> Sequence[ConsumerRecord]:
        """The first so many, in their order."""
        return await messages(self.kafka, f"{self.topic}.dead-letter", number)


async def stock(addresses: Addresses) -> None:
    pool = await Database.connect(addresses.application_url, size=1)
    for tenant in (ACME, GLOBEX):
        level = StockLevel(ids(), SKU, "MAIN", NOON)
        level.receive(UNITS, Cause("manager@acme"), Stamp(NOON, NOON))
        items = [Item(ids(), SKU, "Tent", version=1)]
        await bulk.load(
            pool, tenant, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=items, levels=[level]
        )
    await pool.close()


async def messages(kafka: str, topic: str, number: int) -> Sequence[ConsumerRecord]:
    """The first so many messages of a topic of one partition, once it is there: to ask for it would make it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()

    async def there() -> bool:
        return topic in await admin.list_topics()

    try:
        await eventually(there)
    finally:
        await admin.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        async with asyncio.timeout(PATIENCE_S):
            return [await consumer.getone() for _ in range(number)]
    finally:
        await consumer.stop()


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():  # noqa: ASYNC110 - the servers tell when asked
            await asyncio.sleep(0.02)


async def logged(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return text in caplog.text


def fresh_topic(kafka: str) -> str:
    return servers.create_topic(kafka)
