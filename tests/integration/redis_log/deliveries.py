"""How the tests of this folder write to a log and read what it delivers."""

import asyncio
from collections.abc import Callable

from broadcaster._base import Subscriber

from server.embedded.redis import RedisServer
from subscriptions.log.broadcast_log import Delivery, Entry, LogUnavailable, Message, Position
from subscriptions.log.redis_link import Timing
from subscriptions.log.redis_log import RedisLog

CHANNEL = "tenant-a"
PATIENCE_S = 60
QUICK = Timing(block_s=0.5, reply_s=1.0, check_s=0.2, lost_after_s=0.3)


def message(number: int) -> Message:
    return Message(f"key-{number}", number, b"body %d" % number)


async def append(log: RedisLog, first: int, last: int) -> Position:
    """As every writer does: again until it is in."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await log.append(CHANNEL, [message(number) for number in range(first, last + 1)])
            except LogUnavailable:
                await asyncio.sleep(0.02)


async def until(subscriber: Subscriber, wanted: Callable[[Delivery], bool]) -> list[Delivery]:
    """Everything up to the first delivery that is wanted."""
    seen: list[Delivery] = []
    async with asyncio.timeout(PATIENCE_S):
        while not seen or not wanted(seen[-1]):
            seen.append((await subscriber.get()).message)  # type: ignore[arg-type]
    return seen


def body(number: int) -> Callable[[Delivery], bool]:
    return lambda delivery: isinstance(delivery, Entry) and delivery.body == b"body %d" % number


def kind(wanted: type[Delivery]) -> Callable[[Delivery], bool]:
    return lambda delivery: isinstance(delivery, wanted)


def kinds(deliveries: list[Delivery]) -> list[str]:
    return [type(delivery).__name__ for delivery in deliveries]


def bodies(deliveries: list[Delivery]) -> list[bytes]:
    return [delivery.body for delivery in deliveries if isinstance(delivery, Entry)]


async def restart(server: RedisServer) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
