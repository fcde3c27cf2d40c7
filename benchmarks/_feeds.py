"""Feeds: how a change comes to the server that is measured, for each kind of server the way that is its own."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

import orjson
from redis.asyncio import Redis

from benchmarks._live_events import LiveEvents
from benchmarks._our_shelf import TENANT
from db.identity import identity
from db.pool import Database
from subscriptions.log.broadcast_log import BroadcastLog
from subscriptions.log.redis_log import RedisLog

#: Of the peers, in Redis' publish and subscribe.
CHANNEL = str(TENANT.id)


class Feed(Protocol):
    async def publish(self, numbers: Iterable[int]) -> None:
        """Changes that nobody committed, as fast as they are given."""
        ...

    async def committed(self, number: int) -> None:
        """Called when PostgreSQL has acknowledged this change."""
        ...


class OurFeed:
    """Changes that were committed come through the outbox and the relay; others are appended to the broadcast log, as
    the relay does, since they are to saturate the API and not the database."""

    def __init__(self, log: BroadcastLog, events: LiveEvents) -> None:
        self._log, self._events = log, events

    async def publish(self, numbers: Iterable[int]) -> None:
        await self._log.append(CHANNEL, [self._events.message(number) for number in numbers])

    async def committed(self, number: int) -> None:
        """Nothing: the relay takes it from the outbox."""


class PeerFeed:
    """Published in Redis by whoever commits, at once."""

    def __init__(self, redis: Redis, encode: Callable[[int], bytes]) -> None:
        self._redis, self._encode = redis, encode

    async def publish(self, numbers: Iterable[int]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for number in numbers:
                pipeline.publish(CHANNEL, self._encode(number))
            await pipeline.execute()

    async def committed(self, number: int) -> None:
        await self.publish([number])


@asynccontextmanager
async def our_feed(database_url: str, redis_url: str, events: LiveEvents) -> AsyncIterator[Feed]:
    database = await Database.connect(database_url, size=1)
    log = RedisLog(redis_url, partial(identity, database))
    try:
        yield OurFeed(log, events)
    finally:
        await log.disconnect()
        await database.close()


@asynccontextmanager
async def peer_feed(redis_url: str, encode: Callable[[int], bytes]) -> AsyncIterator[Feed]:
    async with Redis.from_url(redis_url) as redis:
        yield PeerFeed(redis, encode)


def mercurius_message(events: LiveEvents, number: int) -> bytes:
    """As `mqemitter-redis` publishes it: MessagePack with an id by which it drops what came twice."""
    message = {"topic": CHANNEL, "payload": {"stockLevelChanged": events.picture(number)}}
    return packed({"id": f"benchmark-{number}", "msg": message})


def json_message(events: LiveEvents, number: int) -> bytes:
    return orjson.dumps(events.picture(number))


def packed(value: Any) -> bytes:
    """MessagePack of mappings, texts of less than 65,536 bytes, whole numbers below 2**32, and None."""
    match value:
        case None:
            return b"\xc0"
        case int():
            return bytes([value]) if value < 128 else b"\xce" + value.to_bytes(4, "big")
        case str():
            text = value.encode()
            return b"\xda" + len(text).to_bytes(2, "big") + text
        case dict():
            pairs = b"".join(packed(key) + packed(each) for key, each in value.items())
            return b"\xde" + len(value).to_bytes(2, "big") + pairs
    raise TypeError(f"no MessagePack here for {type(value).__name__}")
