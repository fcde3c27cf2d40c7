"""RedisTail: one read after the other over a connection that is lent, however its replies come."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from subscriptions.log.redis_tail import RedisTail
from tests.unit.test_resp import ENTRIES, READ


class Lent:
    """A connection, as its transport and as the protocol that it was made with."""

    def __init__(self) -> None:
        self.protocol: Any = self
        self.written: list[bytes] = []
        self.aborted = False
        self.lost: list[Exception | None] = []
        self.reader = asyncio.StreamReader()
        connection = SimpleNamespace(_writer=SimpleNamespace(transport=self), _reader=self.reader)
        self.tail = RedisTail(cast(Any, SimpleNamespace(connection=connection)))

    def get_protocol(self) -> Any:
        return self.protocol

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def connection_lost(self, fault: Exception | None) -> None:
        self.lost.append(fault)

    async def read(self, within_s: float = 60) -> Any:
        return await self.tail.read({b"stream": b"0-1"}, count=256, block_ms=1000, within_s=within_s)

    async def reading(self) -> asyncio.Task[Any]:
        """A read that waits."""
        task = asyncio.create_task(self.read())
        while self.tail.reading is None:  # noqa: ASYNC110 - turn by turn
            await asyncio.sleep(0)
        return task


@pytest.fixture
async def lent() -> Lent:
    return Lent()


async def test_the_connection_is_given_back_with_the_reply(lent: Lent) -> None:
    reading = await lent.reading()
    lent.protocol.data_received(ENTRIES)
    assert await reading == READ
    assert lent.protocol is lent
    assert not lent.aborted
    assert lent.written == [
        b"*8\r\n$5\r\nXREAD\r\n$5\r\nCOUNT\r\n$3\r\n256\r\n$5\r\nBLOCK\r\n$4\r\n1000\r\n$7\r\nSTREAMS\r\n"
        b"$6\r\nstream\r\n$3\r\n0-1\r\n"
    ]


@pytest.mark.parametrize("size", [1, 2, 7, 50])
async def test_replies_that_come_in_pieces_are_read_one_after_the_other(lent: Lent, size: int) -> None:
    for _ in range(3):
        reading = await lent.reading()
        for at in range(0, len(ENTRIES), size):
            lent.protocol.data_received(ENTRIES[at : at + size])
        assert await reading == READ


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"-LOADING Redis is loading\r\n", ResponseError),
        (b"?\r\n", ValueError),
        (b":1\r\n:2\r\n", RedisConnectionError),
    ],
)
async def test_a_connection_that_says_what_is_no_answer_is_of_no_use_any_more(
    lent: Lent, said: bytes, fault: type[Exception]
) -> None:
    reading = await lent.reading()
    lent.protocol.data_received(said)
    with pytest.raises(fault):
        await reading
    assert lent.aborted
    with pytest.raises(RedisConnectionError):
        await lent.read()


async def test_a_connection_that_is_lost_ends_the_read_and_is_told_to_whoever_lent_it(lent: Lent) -> None:
    reading = await lent.reading()
    lent.protocol.connection_lost(None)
    with pytest.raises(RedisConnectionError):
        await reading
    assert lent.lost == [None]


async def test_a_connection_that_redis_ends_in_order_ends_the_read_at_once(lent: Lent) -> None:
    reading = await lent.reading()
    assert not lent.protocol.eof_received(), "it is closed"
    with pytest.raises(RedisConnectionError):
        await reading
    assert lent.aborted
    assert lent.reader.at_eof()


async def test_a_connection_that_redis_ended_between_two_reads_is_not_read_from(lent: Lent) -> None:
    lent.reader.feed_eof()
    with pytest.raises(RedisConnectionError):
        await lent.read()
    assert lent.written == []


async def test_a_redis_that_says_nothing_in_time_is_a_timeout(lent: Lent) -> None:
    with pytest.raises(TimeoutError):
        await lent.read(within_s=0.01)
    assert lent.aborted


async def test_one_timer_serves_many_reads_and_each_has_its_own_time(lent: Lent) -> None:
    first = await lent.reading()
    lent.protocol.data_received(b"*-1\r\n")
    assert await first is None
    second = await lent.reading()
    lent.tail._watch()  # that of the first
    assert lent.tail.reading is not None
    assert not lent.tail.reading.done()
    lent.tail._deadline = 0.0
    lent.tail._watch()
    with pytest.raises(TimeoutError):
        await second


async def test_a_read_that_is_given_up_takes_the_connection_along(lent: Lent) -> None:
    reading = await lent.reading()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert lent.aborted
    assert lent.protocol is lent
