"""The broadcast log in one process's memory: for a process that runs without Redis, and for tests."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from broadcaster import BroadcastBackend, Event

from subscriptions.log.broadcast_log import (
    Bounds,
    Delivery,
    Entry,
    Extent,
    Message,
    Position,
    Reset,
    Truncated,
    check_request,
    event,
    random_epoch,
)


class _Channel:
    """The stored messages of one channel and the last version of each key among them."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.offset = 0
        self._bytes = 0
        self._stored: deque[Message] = deque()
        self._versions: dict[str, int] = {}

    @property
    def extent(self) -> Extent:
        return Extent(self.epoch, self.offset - len(self._stored) + 1, self.offset)

    def begin(self, epoch: str) -> None:
        self.epoch, self._bytes = epoch, 0
        self._stored.clear()
        self._versions.clear()

    def add(self, message: Message, bounds: Bounds) -> None:
        if message.version <= self._versions.get(message.key, -1):
            return
        self._stored.append(message)
        self._versions[message.key] = message.version
        self._bytes += _size(message)
        self.offset += 1
        while len(self._stored) > bounds.entries_max or (self._bytes > bounds.bytes_max and len(self._stored) > 1):
            self._drop(self._stored.popleft())

    def _drop(self, message: Message) -> None:
        self._bytes -= _size(message)
        if self._versions[message.key] == message.version:
            del self._versions[message.key]

    def after(self, offset: int, limit: int) -> list[Entry]:
        first = self.extent.oldest
        numbers = range(offset + 1, min(offset + limit, self.offset) + 1)
        return [Entry(Position(self.epoch, number), self._stored[number - first].body) for number in numbers]


def _size(message: Message) -> int:
    return len(message.key.encode()) + len(str(message.version)) + len(message.body)


class MemoryStore:
    """What several `MemoryLog`s of one process share, as several `RedisLog`s share a Redis."""

    def __init__(self, *, bounds: Bounds | None = None, new_epoch: Callable[[], str] = random_epoch) -> None:
        self._bounds = bounds or Bounds()
        self._new_epoch = new_epoch
        self._channels: dict[str, _Channel] = {}
        self._woken: set[asyncio.Event] = set()

    def channel(self, name: str) -> _Channel:
        if name not in self._channels:
            self._channels[name] = _Channel(self._new_epoch())
        return self._channels[name]

    def append(self, name: str, messages: Sequence[Message]) -> Position:
        channel = self.channel(name)
        for message in messages:
            channel.add(message, self._bounds)
        self._wake()
        return channel.extent.position

    def begin_epoch(self) -> None:
        """Forget every message, as when the database behind the log has become another one."""
        for channel in self._channels.values():
            channel.begin(self._new_epoch())
        self._wake()

    def attach(self, woken: asyncio.Event) -> None:
        """Set that event whenever something may have become readable."""
        self._woken.add(woken)

    def detach(self, woken: asyncio.Event) -> None:
        self._woken.discard(woken)

    def _wake(self) -> None:
        for woken in self._woken:
            woken.set()


class MemoryLog(BroadcastBackend):
    """A `BroadcastLog` that is never away. It holds no queue: a reader's place is a number in the store."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self._store = store or MemoryStore()
        self._cursors: dict[str, Position] = {}
        self._woken = asyncio.Event()

    @property
    def connected(self) -> bool:
        return True

    @property
    def lag_s(self) -> float:
        return 0.0

    async def append(self, channel: str, messages: Sequence[Message]) -> Position:
        check_request(channel)
        return self._store.append(channel, messages)

    async def read(self, channel: str, after: Position, limit: int) -> list[Entry]:
        check_request(channel, limit)
        found = self._store.channel(channel)
        if not found.extent.reaches(after):
            raise Truncated(channel, after, found.extent.position)
        return found.after(after.offset, limit)

    async def head(self, channel: str) -> Position:
        check_request(channel)
        return self._store.channel(channel).extent.position

    async def begin_epochs(self) -> None:
        self._store.begin_epoch()

    def position(self, channel: str) -> Position:
        return self._cursors[channel]

    async def connect(self) -> None:
        self._store.attach(self._woken)

    async def disconnect(self) -> None:
        self._store.detach(self._woken)

    async def subscribe(self, group: str) -> None:
        if group not in self._cursors:
            self._cursors[group] = await self.head(group)

    async def unsubscribe(self, group: str) -> None:
        self._cursors.pop(group, None)

    async def publish(self, channel: str, message: Any) -> None:
        await self.append(channel, [message])

    async def next_published(self) -> Event:
        while True:
            self._woken.clear()
            for channel in list(self._cursors):
                delivery = self._deliver(channel)
                if delivery is not None:
                    return event(channel, delivery)
            await self._woken.wait()

    def _deliver(self, channel: str) -> Delivery | None:
        """The next of a channel, which then goes to the end of the row: a busy one does not starve the others."""
        found, cursor = self._store.channel(channel), self._cursors[channel]
        if cursor == found.extent.position:
            return None
        reached = found.extent.reaches(cursor)
        delivery = found.after(cursor.offset, 1)[0] if reached else Reset(found.extent.position)
        del self._cursors[channel]
        self._cursors[channel] = delivery.position
        return delivery
