"""The broadcast log while Redis is killed, back from an older dump, flushed, trimmed, cut off, swallowing or slow."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from broadcaster._base import Subscriber
from redis.asyncio import Redis

from server.embedded.redis import RedisServer
from subscriptions.broadcast import BoundedBroadcast
from subscriptions.log import Bounds, Delivery, Entry, LogUnavailable, Lost, Message, Position, Reset, Restored
from subscriptions.redis_link import Timing
from subscriptions.redis_log import RedisLog
from tests.integration.tcp_proxy import TcpProxy

CHANNEL = "tenant-a"
PATIENCE_S = 15
QUICK = Timing(block_s=0.5, reply_s=1.0, check_s=0.2, lost_after_s=0.3)


class Database:
    """What stands behind the log."""

    def __init__(self) -> None:
        self.name = "first"
        self.asked = 0
        self.away = False

    async def identify(self) -> str:
        self.asked += 1
        if self.away:
            raise ConnectionError("the database is away")
        return self.name


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
async def proxy(private_redis: RedisServer) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(private_redis.port).running() as proxy:
        yield proxy


@pytest.fixture
async def redis(private_redis: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(private_redis.url, protocol=2) as client:
        yield client


@pytest.fixture
async def writer(private_redis: RedisServer, database: Database) -> AsyncIterator[RedisLog]:
    log = RedisLog(private_redis.url, database.identify)
    yield log
    await log.disconnect()


@pytest.fixture
async def reader(proxy: TcpProxy, database: Database) -> RedisLog:
    """Reads through the proxy; a test disconnects it by leaving its `BoundedBroadcast`."""
    return RedisLog(proxy.url, database.identify, timing=QUICK)


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


async def test_a_cut_connection_costs_nothing_and_doubles_nothing(
    reader: RedisLog, writer: RedisLog, proxy: TcpProxy
) -> None:
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        for number in range(1, 201):
            if number % 20 == 0:
                proxy.cut()
            await append(writer, number, number)
        seen = await until(subscriber, body(200))
    entries = [delivery for delivery in seen if isinstance(delivery, Entry)]
    assert [entry.position.offset for entry in entries] == list(range(1, 201))
    assert "Reset" not in kinds(seen)


async def test_what_came_while_cut_off_is_filled_in(reader: RedisLog, writer: RedisLog, proxy: TcpProxy) -> None:
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 2)
        await until(subscriber, body(2))
        proxy.open.clear()
        proxy.cut()
        (lost,) = await until(subscriber, kind(Lost))
        assert not reader.connected
        assert reader.lag_s > 0
        assert isinstance(lost, Lost)
        assert lost.position.offset == 2
        head = await append(writer, 3, 900)
        proxy.open.set()
        seen = await until(subscriber, body(900))
    assert seen[0] == Restored(head)
    assert bodies(seen[1:]) == [b"body %d" % number for number in range(3, 901)]
    assert reader.connected
    assert reader.lag_s == 0


async def test_what_was_trimmed_while_cut_off_is_one_reset(
    private_redis: RedisServer, reader: RedisLog, database: Database, proxy: TcpProxy
) -> None:
    async with AsyncExitStack() as stack:
        writer = RedisLog(private_redis.url, database.identify, bounds=Bounds(entries_max=10))
        stack.push_async_callback(writer.disconnect)
        broadcast = await stack.enter_async_context(BoundedBroadcast(reader))
        subscriber = await stack.enter_async_context(broadcast.subscribe(CHANNEL))
        await append(writer, 1, 2)
        await until(subscriber, body(2))
        proxy.open.clear()
        proxy.cut()
        await until(subscriber, kind(Lost))
        head = await append(writer, 3, 50)
        proxy.open.set()
        assert await until(subscriber, kind(Reset)) == [Restored(head), Reset(head)]
        await append(writer, 51, 51)
        assert bodies(await until(subscriber, body(51))) == [b"body 51"]


async def test_a_killed_redis_that_comes_back_empty_is_one_reset_and_then_its_entries(
    reader: RedisLog, writer: RedisLog, private_redis: RedisServer
) -> None:
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        before = await append(writer, 1, 5)
        await until(subscriber, body(5))
        await asyncio.to_thread(private_redis.kill)
        with pytest.raises(LogUnavailable, match="Redis does not answer"):
            await writer.append(CHANNEL, [message(6)])
        assert not writer.connected
        await until(subscriber, kind(Lost))
        await asyncio.to_thread(private_redis.start)
        seen = await until(subscriber, kind(Reset))
        await append(writer, 6, 7)
        seen += await until(subscriber, body(7))
    assert kinds(seen) == ["Restored", "Reset", "Entry", "Entry"]
    assert seen[1].position.epoch != before.epoch
    assert writer.connected


async def test_a_redis_restarted_from_an_older_dump_reuses_no_position(
    reader: RedisLog, writer: RedisLog, redis: Redis, private_redis: RedisServer
) -> None:
    """Its offsets go back to 3 while the reader stands at 5: the entries 4 and 5 of the new epoch are others."""
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 3)
        await redis.save()
        before = await append(writer, 4, 5)
        await until(subscriber, body(5))
        await restart(private_redis)
        after = await append(writer, 6, 9)
        seen = await until(subscriber, kind(Reset))
        await append(writer, 10, 10)
        seen += await until(subscriber, body(10))
    assert after.epoch != before.epoch
    assert after.offset == 3 + 4
    resets = [delivery for delivery in seen if isinstance(delivery, Reset)]
    assert [reset.position.epoch for reset in resets] == [after.epoch]
    offsets = [delivery.position.offset for delivery in seen if isinstance(delivery, Entry)]
    assert offsets == list(range(resets[0].position.offset + 1, 9))


async def test_a_flushed_redis_is_noticed_without_a_lost_connection(
    reader: RedisLog, writer: RedisLog, redis: Redis
) -> None:
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 5)
        await until(subscriber, body(5))
        await redis.flushall()
        assert kinds(await until(subscriber, kind(Reset))) == ["Reset"]
        assert (await writer.head(CHANNEL)).offset == 0
        await append(writer, 1, 1)
        assert bodies(await until(subscriber, body(1))) == [b"body 1"]


async def test_a_flushed_redis_that_is_soon_ahead_of_the_cursor_is_still_a_reset(
    private_redis: RedisServer, writer: RedisLog, redis: Redis, database: Database
) -> None:
    """The check is too far away to help: the entries' own epoch tells."""
    reader = RedisLog(private_redis.url, database.identify, timing=Timing(check_s=3_600))
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 5)
        await until(subscriber, body(5))
        await redis.flushall()
        head = await append(writer, 11, 19)
        assert await until(subscriber, kind(Reset)) == [Reset(head)]


async def test_a_stream_that_was_evicted_is_a_reset_for_who_had_not_read_it_all(
    reader: RedisLog, writer: RedisLog, redis: Redis, proxy: TcpProxy
) -> None:
    stream = f"broadcast:{{{CHANNEL}}}:stream"
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 5)
        await until(subscriber, body(5))
        await redis.delete(stream)
        await append(writer, 6, 6)
        assert bodies(await until(subscriber, body(6))) == [b"body 6"]
        proxy.open.clear()
        proxy.cut()
        head = await append(writer, 7, 7)
        await redis.delete(stream)
        proxy.open.set()
        assert (await until(subscriber, kind(Reset)))[-1] == Reset(head)
        await append(writer, 7, 7)  # nothing is kept that could tell it has been there
        assert bodies(await until(subscriber, body(7))) == [b"body 7"]


async def test_a_redis_that_swallows_everything_is_told_within_five_seconds(
    writer: RedisLog, proxy: TcpProxy, database: Database
) -> None:
    reader = RedisLog(proxy.url, database.identify)
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 1)
        await until(subscriber, body(1))
        proxy.open.clear()
        async with asyncio.timeout(5):
            assert kinds(await until(subscriber, kind(Lost))) == ["Lost"]
        with pytest.raises(LogUnavailable):
            await reader.append(CHANNEL, [message(2)])
        await append(writer, 3, 3)
        proxy.open.set()
        seen = await until(subscriber, body(3))
        assert kinds(seen)[0] == "Restored"
        assert "Reset" not in kinds(seen)


async def test_a_slow_redis_is_late_but_not_lost(writer: RedisLog, proxy: TcpProxy, database: Database) -> None:
    proxy.delay_s = 0.25  # each way
    reader = RedisLog(proxy.url, database.identify)
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        for number in range(1, 31):
            await append(writer, number, number)
        seen = await until(subscriber, body(30))
        assert kinds(seen) == ["Entry"] * 30
        assert reader.connected


async def test_an_append_whose_answer_was_lost_can_be_repeated(
    proxy: TcpProxy, writer: RedisLog, database: Database
) -> None:
    log = RedisLog(proxy.url, database.identify, timing=Timing(reply_s=0.3))
    head = await log.append(CHANNEL, [message(1)])
    proxy.open.clear()
    with pytest.raises(LogUnavailable):
        await log.append(CHANNEL, [message(2), message(3)])
    proxy.open.set()  # what was sent arrives after all
    await append(log, 2, 3)
    assert bodies(list(await writer.read(CHANNEL, head, 10))) == [b"body 2", b"body 3"]
    await log.disconnect()


async def test_a_process_starts_while_redis_is_away(private_redis: RedisServer, database: Database) -> None:
    await asyncio.to_thread(private_redis.kill)
    log = RedisLog(private_redis.url, database.identify, timing=QUICK)
    async with BoundedBroadcast(log) as broadcast:
        with pytest.raises(LogUnavailable):
            async with broadcast.subscribe(CHANNEL):
                pass
        assert not log.connected
        await asyncio.to_thread(private_redis.start)
        await append(log, 1, 1)
        async with broadcast.subscribe(CHANNEL) as subscriber:
            await append(log, 2, 2)
            assert bodies(await until(subscriber, body(2))) == [b"body 2"]
            assert log.connected


async def test_scripts_that_redis_forgot_are_loaded_again(reader: RedisLog, writer: RedisLog, redis: Redis) -> None:
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 1)
        await redis.script_flush()
        await writer.append(CHANNEL, [message(2)])
        assert kinds(await until(subscriber, body(2))) == ["Entry", "Entry"]


async def test_an_outage_is_logged_once_and_so_is_its_end(
    reader: RedisLog, writer: RedisLog, proxy: TcpProxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "subscriptions")
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 1)
        await until(subscriber, body(1))
        proxy.open.clear()
        proxy.cut()
        await until(subscriber, kind(Lost))
        proxy.open.set()
        await until(subscriber, kind(Restored))
        await append(writer, 2, 2)
        await until(subscriber, body(2))
    told = [(record.levelname, "unreachable" in record.message) for record in caplog.records]
    assert told == [("WARNING", True), ("INFO", False)]


async def test_a_process_with_an_old_answer_of_the_database_does_not_throw_a_new_epoch_away(
    private_redis: RedisServer, database: Database, writer: RedisLog
) -> None:
    await append(writer, 1, 1)
    database.name = "second"
    newcomer = RedisLog(private_redis.url, database.identify)
    begun = await newcomer.append(CHANNEL, [message(2)])
    assert (await writer.append(CHANNEL, [message(3)])).epoch == begun.epoch
    assert (await newcomer.append(CHANNEL, [message(4)])).offset == begun.offset + 2
    await newcomer.disconnect()


async def test_a_database_that_does_not_answer_is_still_the_same_database(
    writer: RedisLog, private_redis: RedisServer, database: Database
) -> None:
    head = await append(writer, 1, 1)
    database.away = True
    assert (await writer.append(CHANNEL, [message(2)])).epoch == head.epoch
    newcomer = RedisLog(private_redis.url, database.identify)
    with pytest.raises(LogUnavailable, match="identity"):
        await newcomer.head(CHANNEL)
    await newcomer.disconnect()


async def test_one_connection_follows_all_channels_of_a_process(
    reader: RedisLog, writer: RedisLog, redis: Redis
) -> None:
    channels = [f"tenant-{number}" for number in range(100)]
    async with BoundedBroadcast(reader) as broadcast, AsyncExitStack() as stack:
        subscribers = [await stack.enter_async_context(broadcast.subscribe(channel)) for channel in channels]
        for channel in channels:
            await writer.append(channel, [message(1)])
        for subscriber in subscribers:
            assert bodies(await until(subscriber, body(1))) == [b"body 1"]
        clients = await redis.client_list()
        assert len([client for client in clients if client["cmd"] == "xread"]) == 1
        assert len(clients) <= 8  # it and a few for calls, the writer's, this test's


async def test_an_append_costs_no_question_to_the_database(writer: RedisLog, database: Database) -> None:
    for number in range(1, 51):
        await writer.append(CHANNEL, [message(number)])
    assert database.asked == 1


async def test_the_keys_of_a_channel_share_one_hash_tag_and_the_versions_are_bounded(
    private_redis: RedisServer, database: Database, redis: Redis
) -> None:
    log = RedisLog(private_redis.url, database.identify, bounds=Bounds(entries_max=20))
    for number in range(1, 101):
        await log.append(CHANNEL, [message(number)])
    assert await redis.dbsize() == len(await redis.keys(f"broadcast:{{{CHANNEL}}}:*")) == 3
    assert await redis.hlen(f"broadcast:{{{CHANNEL}}}:versions") == 20
    assert await redis.xlen(f"broadcast:{{{CHANNEL}}}:stream") == 20
    await log.disconnect()
