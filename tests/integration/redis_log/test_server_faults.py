"""The broadcast log while Redis is killed, back from an older dump, flushed or evicting, or the database another."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from server.embedded.redis import RedisServer
from subscriptions.log.broadcast import BoundedBroadcast
from subscriptions.log.broadcast_log import Bounds, Entry, LogUnavailable, Lost, Reset
from subscriptions.log.redis_link import Timing
from subscriptions.log.redis_log import RedisLog
from tests.integration.redis_log.database import Database
from tests.integration.redis_log.deliveries import (
    CHANNEL,
    QUICK,
    append,
    bodies,
    body,
    kind,
    kinds,
    message,
    restart,
    until,
)
from tests.integration.redis_log.tcp_proxy import TcpProxy


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


async def test_connections_that_redis_ends_in_order_are_made_anew_before_anyone_is_told_that_it_is_lost(
    private_redis: RedisServer, writer: RedisLog, redis: Redis, behind: Database
) -> None:
    patient = RedisLog(private_redis.url, behind.identify)
    async with BoundedBroadcast(patient) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        await append(writer, 1, 1)
        await until(subscriber, body(1))
        await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await append(writer, 2, 2)
        assert kinds(await until(subscriber, body(2))) == ["Entry"]


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
    private_redis: RedisServer, writer: RedisLog, redis: Redis, behind: Database
) -> None:
    """The check is too far away to help: the entries' own epoch tells."""
    reader = RedisLog(private_redis.url, behind.identify, timing=Timing(check_s=3_600))
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


async def test_a_process_starts_while_redis_is_away(private_redis: RedisServer, behind: Database) -> None:
    await asyncio.to_thread(private_redis.kill)
    log = RedisLog(private_redis.url, behind.identify, timing=QUICK)
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


async def test_a_process_with_an_old_answer_of_the_database_does_not_throw_a_new_epoch_away(
    private_redis: RedisServer, behind: Database, writer: RedisLog
) -> None:
    await append(writer, 1, 1)
    behind.name = "second"
    newcomer = RedisLog(private_redis.url, behind.identify)
    begun = await newcomer.append(CHANNEL, [message(2)])
    assert (await writer.append(CHANNEL, [message(3)])).epoch == begun.epoch
    assert (await newcomer.append(CHANNEL, [message(4)])).offset == begun.offset + 2
    await newcomer.disconnect()


async def test_a_database_that_does_not_answer_is_still_the_same_database(
    writer: RedisLog, private_redis: RedisServer, behind: Database
) -> None:
    head = await append(writer, 1, 1)
    behind.away = True
    assert (await writer.append(CHANNEL, [message(2)])).epoch == head.epoch
    newcomer = RedisLog(private_redis.url, behind.identify)
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


async def test_an_append_costs_no_question_to_the_database(writer: RedisLog, behind: Database) -> None:
    for number in range(1, 51):
        await writer.append(CHANNEL, [message(number)])
    assert behind.asked == 1


async def test_the_keys_of_a_channel_share_one_hash_tag_and_the_versions_are_bounded(
    private_redis: RedisServer, behind: Database, redis: Redis
) -> None:
    log = RedisLog(private_redis.url, behind.identify, bounds=Bounds(entries_max=20))
    for number in range(1, 101):
        await log.append(CHANNEL, [message(number)])
    assert await redis.dbsize() == len(await redis.keys(f"broadcast:{{{CHANNEL}}}:*")) == 3
    assert await redis.hlen(f"broadcast:{{{CHANNEL}}}:versions") == 20
    assert await redis.xlen(f"broadcast:{{{CHANNEL}}}:stream") == 20
    await log.disconnect()
