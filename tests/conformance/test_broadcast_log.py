"""What every broadcast log promises to who appends and reads, shown once for each backend."""

from contextlib import AsyncExitStack

import pytest

from subscriptions.log.broadcast_log import Position, Truncated
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
)


class BroadcastLogSuite(LogSuite):
    async def test_a_new_channel_is_empty_and_has_a_head(self, log: Log) -> None:
        head = await log.head(CHANNEL)
        assert head.offset == 0
        assert await log.read(CHANNEL, head, 10) == []

    async def test_entries_are_read_in_the_order_they_were_appended_with_contiguous_offsets(self, log: Log) -> None:
        start = await log.head(CHANNEL)
        head = await log.append(CHANNEL, messages(1, 3))
        again = await log.append(CHANNEL, messages(4, 5))
        entries = await log.read(CHANNEL, start, 10)
        assert [entry.body for entry in entries] == [b"body %d" % number for number in range(1, 6)]
        assert [entry.position.offset for entry in entries] == [1, 2, 3, 4, 5]
        assert {entry.position.epoch for entry in entries} == {start.epoch}
        assert (head.offset, again) == (3, entries[-1].position)
        assert await log.head(CHANNEL) == again

    async def test_a_body_is_any_bytes(self, log: Log) -> None:
        start = await log.head(CHANNEL)
        odd = [b"", bytes(range(256)), "dépôt ✓ \r\n".encode()]
        await log.append(CHANNEL, [message(number, body=body) for number, body in enumerate(odd)])
        assert [entry.body for entry in await log.read(CHANNEL, start, 10)] == odd

    async def test_a_read_begins_after_its_position_and_ends_at_its_limit(self, log: Log) -> None:
        start = await log.head(CHANNEL)
        await log.append(CHANNEL, messages(1, 6))
        entries = await log.read(CHANNEL, Position(start.epoch, 2), 3)
        assert [entry.position.offset for entry in entries] == [3, 4, 5]

    async def test_an_append_of_nothing_adds_nothing(self, log: Log) -> None:
        head = await log.append(CHANNEL, messages(1, 2))
        assert await log.append(CHANNEL, []) == head

    async def test_a_message_appended_twice_is_there_once(self, log: Log) -> None:
        start = await log.head(CHANNEL)
        first = await log.append(CHANNEL, messages(1, 3))
        assert await log.append(CHANNEL, messages(1, 3)) == first
        assert len(await log.read(CHANNEL, start, 10)) == 3

    async def test_an_older_version_than_the_last_of_its_key_is_dropped(self, log: Log) -> None:
        start = await log.head(CHANNEL)
        await log.append(CHANNEL, [message(2, "sku"), message(1, "sku"), message(9, "other"), message(10, "sku")])
        assert bodies(list(await log.read(CHANNEL, start, 10))) == [b"body 2", b"body 9", b"body 10"]

    async def test_large_versions_are_compared_exactly(self, log: Log) -> None:
        top = 2**53 - 1
        start = await log.head(CHANNEL)
        await log.append(CHANNEL, [message(top - 1, "sku"), message(top, "sku"), message(top - 1, "sku")])
        assert bodies(list(await log.read(CHANNEL, start, 10))) == [b"body %d" % (top - 1), b"body %d" % top]

    async def test_channels_do_not_see_each_other(self, log: Log) -> None:
        start, other = await log.head(CHANNEL), await log.head(OTHER)
        await log.append(CHANNEL, messages(1, 2))
        await log.append(OTHER, [message(1, body=b"theirs")])
        assert len(await log.read(CHANNEL, start, 10)) == 2
        assert [entry.body for entry in await log.read(OTHER, other, 10)] == [b"theirs"]

    async def test_only_the_newest_entries_are_kept(self, log: Log) -> None:
        start = await log.head(CHANNEL)
        head = await log.append(CHANNEL, messages(1, 25))
        assert head.offset == 25
        kept = await log.read(CHANNEL, Position(start.epoch, 15), 100)
        assert [entry.position.offset for entry in kept] == list(range(16, 26))
        with pytest.raises(Truncated) as refusal:
            await log.read(CHANNEL, Position(start.epoch, 14), 100)
        assert refusal.value.head == head

    async def test_a_long_batch_is_appended_whole(self, log: Log) -> None:
        head = await log.append(CHANNEL, messages(1, 1_500))
        assert head.offset == 1_500
        assert len(await log.read(CHANNEL, Position(head.epoch, 1_490), 100)) == 10

    async def test_bytes_are_bounded_too_but_the_newest_entry_stays(self, log: Log) -> None:
        head = await log.append(CHANNEL, [message(number, body=b"x" * 4_000) for number in range(3)])
        assert len(await log.read(CHANNEL, Position(head.epoch, 1), 10)) == 2
        head = await log.append(CHANNEL, [message(7, body=b"y" * 50_000)])
        assert [len(entry.body) for entry in await log.read(CHANNEL, Position(head.epoch, 3), 10)] == [50_000]
        head = await log.append(CHANNEL, messages(8, 9))
        assert len(await log.read(CHANNEL, Position(head.epoch, 4), 10)) == 2

    async def test_a_version_is_forgotten_with_its_entry_but_not_while_the_key_is_still_kept(self, log: Log) -> None:
        await log.append(CHANNEL, [message(1, "gone"), message(1, "stays"), message(2, "stays")])
        await log.append(CHANNEL, messages(100, 108))  # the window of ten now begins at the second version of `stays`
        before = await log.head(CHANNEL)
        assert await log.append(CHANNEL, [message(2, "stays")]) == before
        assert (await log.append(CHANNEL, [message(1, "gone")])).offset == before.offset + 1

    async def test_a_position_ahead_of_the_head_is_truncated(self, log: Log) -> None:
        head = await log.append(CHANNEL, messages(1, 3))
        with pytest.raises(Truncated):
            await log.read(CHANNEL, Position(head.epoch, 4), 10)

    async def test_a_position_of_another_epoch_is_truncated(self, log: Log) -> None:
        await log.append(CHANNEL, messages(1, 3))
        with pytest.raises(Truncated):
            await log.read(CHANNEL, Position("another", 1), 10)

    async def test_another_database_begins_an_epoch_whose_offsets_go_on(self, log: Log, world: World) -> None:
        before = await log.append(CHANNEL, messages(1, 3))
        await world.replace_database()
        async with AsyncExitStack() as stack:
            later = world.attach()
            stack.push_async_callback(later.disconnect)
            after = await later.append(CHANNEL, messages(1, 1))
            assert after.epoch != before.epoch
            assert after.offset == 4
            with pytest.raises(Truncated):
                await later.read(CHANNEL, before, 10)

    async def test_a_log_that_answers_is_connected_without_lag(self, log: Log) -> None:
        await log.append(CHANNEL, messages(1, 1))
        assert log.connected
        assert log.lag_s == 0

    async def test_a_channel_without_a_name_and_a_read_of_nothing_are_refused(self, log: Log) -> None:
        with pytest.raises(ValueError, match="channel"):
            await log.append("", messages(1, 1))
        with pytest.raises(ValueError, match="limit"):
            await log.read(CHANNEL, Position("any", 0), 0)


class TestMemoryLog(BroadcastLogSuite):
    @pytest.fixture
    def world(self) -> World:
        return MemoryWorld()


class TestRedisLog(BroadcastLogSuite):
    @pytest.fixture
    def world(self, redis_url: str) -> World:
        return RedisWorld(redis_url)
