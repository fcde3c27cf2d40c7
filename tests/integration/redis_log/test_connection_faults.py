"""The broadcast log while the way to Redis is cut, swallows everything or is slow."""

import asyncio
import logging
import socket
import struct
import threading
from contextlib import AsyncExitStack, closing

import pytest
import uvloop

from server.embedded.redis import RedisServer
from subscriptions.log.broadcast import BoundedBroadcast
from subscriptions.log.broadcast_log import Bounds, Entry, LogUnavailable, Lost, Reset, Restored
from subscriptions.log.redis_link import Timing
from subscriptions.log.redis_log import RedisLog
from tests.integration.redis_log.database import Database
from tests.integration.redis_log.deliveries import CHANNEL, append, bodies, body, kind, kinds, message, until
from tests.integration.redis_log.tcp_proxy import TcpProxy


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
    private_redis: RedisServer, reader: RedisLog, behind: Database, proxy: TcpProxy
) -> None:
    async with AsyncExitStack() as stack:
        writer = RedisLog(private_redis.url, behind.identify, bounds=Bounds(entries_max=10))
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


async def test_a_redis_that_swallows_everything_is_told_within_five_seconds(
    writer: RedisLog, proxy: TcpProxy, behind: Database
) -> None:
    reader = RedisLog(proxy.url, behind.identify)
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


async def test_a_slow_redis_is_late_but_not_lost(writer: RedisLog, proxy: TcpProxy, behind: Database) -> None:
    proxy.delay_s = 0.25  # each way
    reader = RedisLog(proxy.url, behind.identify)
    async with BoundedBroadcast(reader) as broadcast, broadcast.subscribe(CHANNEL) as subscriber:
        for number in range(1, 31):
            await append(writer, number, number)
        seen = await until(subscriber, body(30))
        assert kinds(seen) == ["Entry"] * 30
        assert reader.connected


async def test_an_append_whose_answer_was_lost_can_be_repeated(
    proxy: TcpProxy, writer: RedisLog, behind: Database
) -> None:
    log = RedisLog(proxy.url, behind.identify, timing=Timing(reply_s=0.3))
    head = await log.append(CHANNEL, [message(1)])
    proxy.open.clear()
    with pytest.raises(LogUnavailable):
        await log.append(CHANNEL, [message(2), message(3)])
    proxy.open.set()  # what was sent arrives after all
    await append(log, 2, 3)
    assert bodies(list(await writer.read(CHANNEL, head, 10))) == [b"body 2", b"body 3"]
    await log.disconnect()


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


def test_a_connection_lost_while_it_is_made_is_an_outage_on_uvloop_too() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_lost_at_once(server))


async def _lost_at_once(server: socket.socket) -> None:
    """uvloop raises a RuntimeError on writing to a connection that its peer has closed by then."""
    ending = threading.Thread(target=_end_all, args=(server,), daemon=True)
    ending.start()
    log = RedisLog(f"redis://127.0.0.1:{server.getsockname()[1]}/0", Database().identify)
    for _ in range(200):
        with pytest.raises(LogUnavailable):
            await asyncio.gather(*(log.head(CHANNEL) for _ in range(8)))
    await log.disconnect()


def _end_all(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
