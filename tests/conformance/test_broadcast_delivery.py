"""What every broadcast log promises to who subscribes, shown once for each backend."""

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from subscriptions.log.broadcast import BoundedBroadcast
from subscriptions.log.broadcast_log import Entry, Position, Reset, Truncated
from tests.conformance.broadcast_worlds import (
    CHANNEL,
    OTHER,
    Log,
    LogSuite,
    MemoryWorld,
    RedisWorld,
    World,
    bodies,
    message,
    messages,
    take,
)


class BroadcastDeliverySuite(LogSuite):
    async def test_a_subscriber_gets_what_comes_after_it_subscribed(self, log: Log, world: World) -> None:
        await log.append(CHANNEL, messages(1, 3))
        async with world.subscriber() as subscriber:
            await log.append(CHANNEL, messages(4, 5))
            await log.append(CHANNEL, messages(5, 6))
            deliveries = await take(subscriber, 3)
        assert bodies(deliveries) == [b"body 4", b"body 5", b"body 6"]
        assert [delivery.position.offset for delivery in deliveries] == [4, 5, 6]

    async def test_nothing_is_missed_while_subscribing(self, log: Log, world: World) -> None:
        """Appends run on all the while; each subscriber sees all from its first to the last, without a gap."""
        stopped = asyncio.Event()

        async def append() -> int:
            number = 0
            while not stopped.is_set():
                number += 1
                await log.append(CHANNEL, [message(number)])
                await asyncio.sleep(0)
            return (await log.append(CHANNEL, [message(number + 1)])).offset

        appending = asyncio.create_task(append())
        async with world.broadcast() as broadcast, AsyncExitStack() as stack:
            joined = [
                (await stack.enter_async_context(broadcast.subscribe(channel)), await log.head(channel))
                for channel in (OTHER, CHANNEL, CHANNEL)
            ]
            for subscriber, _ in joined[1:]:
                await take(subscriber, 5)
            stopped.set()
            last = await appending
            for subscriber, head in joined[1:]:
                seen: list[int] = []
                while not seen or seen[-1] < last:
                    seen += [delivery.position.offset for delivery in await take(subscriber, 1)]
                assert seen == list(range(seen[0], last + 1))
                assert seen[0] <= head.offset + 6

    async def test_two_processes_both_get_every_entry(self, log: Log, world: World) -> None:
        async with world.subscriber() as one, world.subscriber() as two:
            await log.append(CHANNEL, messages(1, 5))
            assert await take(one, 5) == await take(two, 5)

    async def test_two_who_subscribe_at_the_same_moment_both_get_every_entry(self, log: Log, world: World) -> None:
        async with world.broadcast() as broadcast, AsyncExitStack() as stack:
            joining = (stack.enter_async_context(broadcast.subscribe(CHANNEL)) for _ in range(2))
            one, two = await asyncio.gather(*joining)
            await log.append(CHANNEL, messages(1, 5))
            assert bodies(await take(one, 5)) == bodies(await take(two, 5))

    async def test_a_channel_added_later_is_followed_too(self, log: Log, world: World) -> None:
        async with world.broadcast() as broadcast, broadcast.subscribe(CHANNEL) as first:
            await log.append(CHANNEL, messages(1, 1))
            await take(first, 1)
            async with broadcast.subscribe(OTHER) as second:
                await log.append(OTHER, messages(1, 2))
                assert bodies(await take(second, 2)) == [b"body 1", b"body 2"]
            await log.append(CHANNEL, messages(2, 2))
            assert bodies(await take(first, 1)) == [b"body 2"]

    async def test_who_subscribes_again_gets_only_what_came_since(self, log: Log, world: World) -> None:
        async with world.broadcast() as broadcast:
            async with broadcast.subscribe(CHANNEL) as subscriber:
                await log.append(CHANNEL, messages(1, 2))
                await take(subscriber, 1)
            await log.append(CHANNEL, messages(3, 4))
            async with broadcast.subscribe(CHANNEL) as subscriber:
                await log.append(CHANNEL, messages(5, 6))
                assert bodies(await take(subscriber, 2)) == [b"body 5", b"body 6"]

    async def test_the_position_of_a_subscription_is_known_from_its_start(self, world: World) -> None:
        log = world.attach()
        head = await log.append(CHANNEL, messages(1, 3))
        async with BoundedBroadcast(log) as broadcast:
            async with broadcast.subscribe(CHANNEL) as subscriber:
                assert log.position(CHANNEL) == head
                head = await log.append(CHANNEL, messages(4, 5))
                await take(subscriber, 2)
                assert log.position(CHANNEL) == head
            with pytest.raises(KeyError):
                log.position(CHANNEL)

    async def test_a_stalled_subscriber_stops_the_reading_instead_of_filling_memory(
        self, log: Log, world: World
    ) -> None:
        reading = world.attach()
        async with (
            BoundedBroadcast(reading, queue_max=2) as broadcast,
            broadcast.subscribe(CHANNEL) as subscriber,
            broadcast.subscribe(OTHER) as other,
        ):
            await log.append(CHANNEL, messages(1, 6))
            await log.append(OTHER, messages(1, 1))
            assert bodies(await take(subscriber, 3)) == [b"body 1", b"body 2", b"body 3"]
            assert reading.position(CHANNEL).offset <= 3 + 2 + 1  # taken, queued, and the one that waits for room
            assert bodies(await take(subscriber, 3)) == [b"body 4", b"body 5", b"body 6"]
            assert bodies(await take(other, 1)) == [b"body 1"]

    async def test_a_stalled_subscriber_that_leaves_lets_the_others_go_on(self, log: Log, world: World) -> None:
        async with (
            BoundedBroadcast(world.attach(), queue_max=2) as broadcast,
            broadcast.subscribe(OTHER) as other,
        ):
            async with broadcast.subscribe(CHANNEL):
                await log.append(CHANNEL, messages(1, 9))
            await log.append(OTHER, messages(1, 1))
            assert bodies(await take(other, 1)) == [b"body 1"]

    async def test_a_new_epoch_is_one_reset_at_its_head_and_then_its_entries(self, world: World) -> None:
        log = world.attach()
        async with world.subscriber() as subscriber:
            await log.append(CHANNEL, messages(1, 3))
            await take(subscriber, 3)
            await world.replace_database()
            later = world.attach()
            (reset,) = await take(subscriber, 1)
            assert reset == Reset(await later.head(CHANNEL))
            await later.append(CHANNEL, messages(1, 2))
            after = await take(subscriber, 2)
            assert bodies(after) == [b"body 1", b"body 2"]
            assert [entry.position for entry in after] == [
                Position(reset.position.epoch, reset.position.offset + 1),
                Position(reset.position.epoch, reset.position.offset + 2),
            ]
            await later.disconnect()
        await log.disconnect()

    async def test_epochs_begun_on_purpose_are_a_reset_for_every_channel(self, log: Log, world: World) -> None:
        async with world.subscriber() as subscriber, world.subscriber(OTHER) as other:
            for channel, each in ((CHANNEL, subscriber), (OTHER, other)):
                await log.append(channel, messages(1, 3))
                await take(each, 3)
            old = await log.head(CHANNEL)
            await log.begin_epochs()
            for channel, each in ((CHANNEL, subscriber), (OTHER, other)):
                assert await take(each, 1) == [Reset(await log.head(channel))]
            await log.append(CHANNEL, messages(2, 2))
            assert bodies(await take(subscriber, 1)) == [b"body 2"]
            with pytest.raises(Truncated):
                await log.read(CHANNEL, old, 10)

    async def test_a_subscriber_left_behind_by_the_bound_gets_one_reset(self, log: Log, world: World) -> None:
        async with (
            BoundedBroadcast(world.attach(), queue_max=2) as broadcast,
            broadcast.subscribe(CHANNEL) as subscriber,
        ):
            deliveries: list[Entry | Reset] = []
            await log.append(CHANNEL, messages(1, 5))
            deliveries += await take(subscriber, 1)
            for first in range(6, 700, 20):
                await log.append(CHANNEL, messages(first, first + 19))
            while deliveries[-1].position.offset < (await log.head(CHANNEL)).offset:
                deliveries += await take(subscriber, 1)
            assert sum(isinstance(delivery, Reset) for delivery in deliveries) == 1
            for before, after in pairwise(deliveries):
                assert isinstance(after, Reset) or after.position.offset == before.position.offset + 1

    async def test_publishing_through_the_seam_appends(self, log: Log, world: World) -> None:
        async with world.broadcast() as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
            await broadcast.publish(CHANNEL, message(1))
            assert bodies(await take(subscriber, 1)) == [b"body 1"]
            assert (await log.head(CHANNEL)).offset == 1


class TestMemoryLog(BroadcastDeliverySuite):
    @pytest.fixture
    def world(self) -> World:
        return MemoryWorld()


class TestRedisLog(BroadcastDeliverySuite):
    @pytest.fixture
    def world(self, redis_url: str) -> World:
        return RedisWorld(redis_url)
