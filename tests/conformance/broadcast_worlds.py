"""The broadcast logs that the conformance suites run on, and how a test talks to them."""

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from broadcaster import Broadcast
from broadcaster._base import Subscriber

from subscriptions.log.broadcast import BoundedBroadcast
from subscriptions.log.broadcast_log import Bounds, Entry, Message, Reset
from subscriptions.log.memory_log import MemoryLog, MemoryStore
from subscriptions.log.redis_link import Timing
from subscriptions.log.redis_log import RedisLog

CHANNEL = "tenant-a"
OTHER = "tenant-b"
BOUNDS = Bounds(entries_max=10, bytes_max=10_000)
PATIENCE_S = 30

Log = MemoryLog | RedisLog


class World(ABC):
    """A log's store, the processes attached to it, and the database behind it."""

    @abstractmethod
    def attach(self) -> Log:
        """One more process."""

    @abstractmethod
    async def replace_database(self) -> None:
        """Another database stands behind the log from now on."""

    @asynccontextmanager
    async def broadcast(self) -> AsyncIterator[Broadcast]:
        async with BoundedBroadcast(self.attach()) as broadcast:
            yield broadcast

    @asynccontextmanager
    async def subscriber(self, channel: str = CHANNEL) -> AsyncIterator[Subscriber]:
        """Subscribed by a process of its own."""
        async with self.broadcast() as broadcast, broadcast.subscribe(channel) as subscriber:
            yield subscriber


class MemoryWorld(World):
    def __init__(self) -> None:
        self.store = MemoryStore(bounds=BOUNDS)

    def attach(self) -> Log:
        return MemoryLog(self.store)

    async def replace_database(self) -> None:
        self.store.begin_epoch()


class RedisWorld(World):
    def __init__(self, url: str) -> None:
        self.url = url
        self.database = "first"

    async def identify(self) -> str:
        return self.database

    def attach(self) -> Log:
        return RedisLog(self.url, self.identify, bounds=BOUNDS, timing=Timing(check_s=0.2))

    async def replace_database(self) -> None:
        """The next writer to arrive notices."""
        self.database = f"later-{secrets.token_hex(4)}"
        log = self.attach()
        await log.head(CHANNEL)
        await log.disconnect()


def message(number: int, key: str = "", body: bytes | None = None) -> Message:
    return Message(key or f"key-{number}", number, body if body is not None else f"body {number}".encode())


def messages(first: int, last: int) -> list[Message]:
    return [message(number) for number in range(first, last + 1)]


async def take(subscriber: Subscriber, count: int) -> list[Entry | Reset]:
    async with asyncio.timeout(PATIENCE_S):
        return [(await subscriber.get()).message for _ in range(count)]  # type: ignore[misc]


def bodies(deliveries: list[Entry | Reset]) -> list[bytes]:
    return [delivery.body for delivery in deliveries if isinstance(delivery, Entry)]


class LogSuite:
    """Inherit, and give a `world`."""

    @pytest.fixture
    async def log(self, world: World) -> AsyncIterator[Log]:
        log = world.attach()
        await log.connect()
        yield log
        await log.disconnect()
