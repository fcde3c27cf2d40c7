"""RedisTail: waits for what streams are given, over a connection of a client's, without a task or a timer for a read.

Most of what a change costs a process that tells screens of it is the way here, if the client goes it: a dozen
coroutines for each reply. So the connection that it has dialled is borrowed while a read waits, and given back with the
reply: between two reads the client may ask what it likes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from subscriptions.log.resp import Coming, Incomplete, command, reply


class RedisTail(asyncio.Protocol):
    """One read at a time. `client` has one connection, made already, that nobody else reads from meanwhile."""

    def __init__(self, client: Redis) -> None:
        connection = cast(Any, client.connection)
        self._transport: asyncio.Transport = connection._writer.transport
        self._lent_reader: asyncio.StreamReader = connection._reader
        self._lender = self._transport.get_protocol()
        self._loop = asyncio.get_running_loop()
        self._reply: asyncio.Future[Any] | None = None
        #: What came of a reply that comes in pieces.
        self._pieces = bytearray()
        self._coming = Coming()
        self._deadline = 0.0
        self._watching: asyncio.TimerHandle | None = None

    @property
    def reading(self) -> asyncio.Future[Any] | None:
        """The read that waits."""
        return self._reply

    async def read(self, after: Mapping[bytes, bytes], *, count: int, block_ms: int, within_s: float) -> Any:
        """What XREAD answers, None where nothing came in time. Raises TimeoutError where Redis does not even say that,
        and as the client does what else goes wrong; the connection is of no use then."""
        options = (b"COUNT", b"%d" % count, b"BLOCK", b"%d" % block_ms)
        self._reply = self._loop.create_future()
        self._transport.set_protocol(self)
        try:
            if self._transport.is_closing() or self._lent_reader.at_eof():
                raise RedisConnectionError("Redis has closed the connection")
            self._transport.write(command(b"XREAD", *options, b"STREAMS", *after, *after.values()))
            self._expect(within_s)
            return await self._reply
        except BaseException:
            self._transport.abort()
            raise
        finally:
            self._reply = None
            self._transport.set_protocol(self._lender)

    # ------------------------------------------------------------------ how long it takes
    def _expect(self, within_s: float) -> None:
        """One timer for many reads: it looks whether the latest is late."""
        self._deadline = self._loop.time() + within_s
        if self._watching is None:
            self._watching = self._loop.call_at(self._deadline, self._watch)

    def _watch(self) -> None:
        self._watching = None
        if self._reply is None:
            return
        if self._loop.time() < self._deadline:
            self._watching = self._loop.call_at(self._deadline, self._watch)
        else:
            self._fail(TimeoutError("Redis does not answer"))

    # ------------------------------------------------------------------ what the connection says
    def data_received(self, data: bytes) -> None:
        try:
            if self._pieces:
                self._add(data)
            else:
                self._answer(data)
        except Incomplete:
            self._coming = Coming()
            self._pieces += data
        except Exception as fault:  # noqa: BLE001 - whatever it is, whoever reads is told
            self._fail(fault)

    def _add(self, data: bytes) -> None:
        self._pieces += data
        if self._coming.is_whole(self._pieces):
            text, self._pieces = bytes(self._pieces), bytearray()
            self._answer(text)

    def _answer(self, text: bytes) -> None:
        told, length = reply(text)
        if length < len(text):
            raise RedisConnectionError("Redis said more than it was asked")
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(told)

    def eof_received(self) -> None:
        """The lender would keep it half open, which is of no use to either."""
        self._lent_reader.feed_eof()
        self._fail(RedisConnectionError("Redis has closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lender.connection_lost(exc)
        self._fail(exc or RedisConnectionError("Redis has closed the connection"))

    def pause_writing(self) -> None:
        """A command is small, and another goes only after its reply."""

    def _fail(self, fault: Exception) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(fault)
