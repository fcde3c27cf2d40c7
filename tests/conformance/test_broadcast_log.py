"""What every broadcast log promises, shown once for each backend."""

import asyncio
import base64
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

import pytest
from broadcaster import Broadcast
from broadcaster._base import Subscriber
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.broadcast import BoundedBroadcast
from subscriptions.log import Bounds, Entry, Message, Position, Reset, Truncated
from subscriptions.memory_log import MemoryLog, MemoryStore
from subscriptions.redis_link import Timing
from subscriptions.redis_log import RedisLog

CHANNEL = "tenant-a"
OTHER = "tenant-b"
BOUNDS = Bounds(entries_max=10, bytes_max=10_000)
PATIENCE_S = 10

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


class BroadcastLogSuite:
    """Inherit, and give a `world`."""

    @pytest.fixture
    async def log(self, world: World) -> AsyncIterator[Log]:
        log = world.attach()
        await log.connect()
        yield log
        await log.disconnect()

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


EPOCHS = st.from_regex(r"[0-9A-Za-z_-]{1,64}", fullmatch=True)
POSITIONS = st.builds(Position, EPOCHS, st.integers(0, 2**53 - 1))
NEARLY = st.from_regex(r"[0-9a-z:_-]{0,20}:-?[0-9]{0,20}", fullmatch=True).map(
    lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
)


@given(POSITIONS)
def test_a_cursor_decodes_to_the_position_it_was_made_of(position: Position) -> None:
    cursor = position.encode()
    assert Position.decode(cursor) == position
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert cursor.isascii()


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")) | NEARLY)
def test_rubbish_as_a_cursor_is_a_value_error_or_the_cursor_of_a_position(rubbish: str) -> None:
    try:
        position = Position.decode(rubbish)
    except ValueError as refusal:
        assert "cursor" in str(refusal)
    else:
        assert position.encode() == rubbish


@given(POSITIONS, st.integers(0, 127), st.characters())
def test_a_cursor_with_one_character_changed_is_refused_or_another_position(
    position: Position, place: int, character: str
) -> None:
    cursor = position.encode()
    changed = cursor[: place % len(cursor)] + character + cursor[place % len(cursor) + 1 :]
    try:
        assert (Position.decode(changed) == position) == (changed == cursor)
    except ValueError:
        assert changed != cursor


@pytest.mark.parametrize(("epoch", "offset"), [("", 1), ("a b", 1), ("a" * 65, 1), ("a", -1), ("a", 2**53)])
def test_a_position_that_no_cursor_could_carry_cannot_be_made(epoch: str, offset: int) -> None:
    with pytest.raises(ValueError, match=r"epoch|offset"):
        Position(epoch, offset)


@pytest.mark.parametrize("version", [-1, 2**53])
def test_a_version_that_cannot_be_compared_exactly_cannot_be_made(version: int) -> None:
    with pytest.raises(ValueError, match="version"):
        Message("key", version, b"")
