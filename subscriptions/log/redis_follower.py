"""Follows many channels' streams over one connection, whatever becomes of the connection."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any, TypeAlias

from broadcaster import Event
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from subscriptions import metrics
from subscriptions.log.broadcast_log import Delivery, Entry, Extent, Lost, Position, Reset, Restored, event
from subscriptions.log.redis_link import Link, Timing, dial_follower
from subscriptions.log.redis_scripts import LogScripts
from subscriptions.log.redis_tail import RedisTail
from subscriptions.task_end import end

logger = logging.getLogger(__name__)

ENTRIES_A_READ = 256
UNBLOCK_AGAIN_S = 0.02
CANCEL_AGAIN_S = 0.02

#: An entry's id, and its fields with their values in turn.
RawEntry: TypeAlias = tuple[bytes, list[bytes]]
Batches: TypeAlias = list[tuple[str, list[RawEntry]]]


class RedisFollower:
    """Pulls: nothing is read before `next()` is called, at most 256 entries a channel are held.

    A channel's cursor is the last position handed on. A new connection, and a check every few seconds (a flushed or
    trimmed stream breaks no connection), ask each channel's epoch and extent: a cursor it does not reach is a `Reset`.
    """

    def __init__(self, url: str, commands: Redis, scripts: LogScripts, link: Link, timing: Timing) -> None:
        self._url = url
        self._commands = commands
        self._scripts = scripts
        self._link = link
        self._timing = timing
        self._cursors: dict[str, Position] = {}
        self._delivered: dict[str, Position] = {}
        self._ready: deque[tuple[str, Delivery]] = deque()
        self._told_lost: set[str] = set()
        self._changed = asyncio.Event()
        self._client: Redis | None = None
        self._tail: RedisTail | None = None
        self._unblocking: asyncio.Task[None] | None = None
        self._client_id = 0
        self._checked_at = 0.0

    def follow(self, channel: str, position: Position) -> None:
        """From that position on; a channel already followed goes on from where it is."""
        if channel not in self._cursors:
            self._cursors[channel] = self._delivered[channel] = position
            self._changed.set()
            self._interrupt()

    def _interrupt(self) -> None:
        reading = None if self._tail is None else self._tail.reading
        if reading is not None and (self._unblocking is None or self._unblocking.done()):
            self._unblocking = asyncio.create_task(self._unblock(reading))

    def forget(self, channel: str) -> None:
        """Nothing of the channel is handed on any more."""
        self._cursors.pop(channel, None)
        self._delivered.pop(channel, None)
        self._told_lost.discard(channel)
        self._ready = deque(waiting for waiting in self._ready if waiting[0] != channel)

    def position(self, channel: str) -> Position:
        """Of the last entry or reset handed on, or where following began."""
        return self._delivered[channel]

    async def next(self) -> Event:
        """The next delivery of any channel. Raises nothing but cancellation: a reader must outlive every outage."""
        while not self._ready:
            asked_at = self._link.clock()
            try:
                await self._step()
            except Exception as error:  # noqa: BLE001 - a listener that died of whatever would be silence for ever
                self._link.failed(error, asked_at)
                await self.close()
                self._tell_lost()
        channel, delivery = self._ready.popleft()
        if isinstance(delivery, Entry | Reset):
            self._delivered[channel] = delivery.position
        return event(channel, delivery)

    async def close(self) -> None:
        """Give the connection up; the next call of `next()` makes a new one. Raises nothing but cancellation."""
        client, self._client, self._tail = self._client, None, None
        if self._unblocking is not None:
            await end(self._unblocking, again_s=CANCEL_AGAIN_S)
        if client is not None:
            try:
                await client.aclose()
            except Exception as error:  # noqa: BLE001 - a peer that is silent lets no TLS connection be closed
                logger.warning("a connection to Redis did not close, and is let go: %r", error)

    async def _step(self) -> None:
        if self._client is None:
            await asyncio.sleep(self._link.pause_s())
            await self._connect()
        elif self._link.clock() - self._checked_at >= self._timing.check_s:
            await self._check(self._client)
        elif self._cursors and self._tail is not None:
            await self._pull(self._tail)
        else:
            await self._idle(self._client)
        self._link.answered()

    async def _connect(self) -> None:
        self._scripts.identity.expire()
        self._client = dial_follower(self._url, self._timing)
        self._client_id = await self._client.client_id()
        extents = await self._check(self._client)
        self._tail = RedisTail(self._client)
        for channel in self._told_lost & extents.keys():
            self._ready.appendleft((channel, Restored(extents[channel].position)))
        self._told_lost.clear()

    async def _check(self, client: Redis) -> dict[str, Extent]:
        asked = dict(self._cursors)
        extents = await self._scripts.extents(client, asked)
        self._checked_at = self._link.clock()
        metrics.LOG_LAG.set(sum(max(0, extent.head - asked[channel].offset) for channel, extent in extents.items()))
        for channel, extent in extents.items():
            if self._cursors.get(channel) is asked[channel] and not extent.reaches(asked[channel]):
                self._reset(channel, extent)
        return extents

    async def _pull(self, tail: RedisTail) -> None:
        asked = dict(self._cursors)
        for channel, entries in await self._read(tail, asked):
            # A channel forgotten, or forgotten and followed anew, while the answer was under way: not this answer's.
            if self._cursors.get(channel) is asked[channel] and not self._take(channel, entries):
                self._reset(channel, await self._scripts.extent(channel))

    def _take(self, channel: str, entries: Sequence[RawEntry]) -> bool:
        """Hand the entries on as far as they follow the cursor without a break; false at a break."""
        for entry_id, fields in entries:
            told = dict(zip(fields[::2], fields[1::2], strict=True))
            position = Position(told[b"e"].decode(), int(entry_id.partition(b"-")[0]))
            last = self._cursors[channel]
            if position.epoch != last.epoch or position.offset != last.offset + 1:
                return False
            self._cursors[channel] = position
            self._ready.append((channel, Entry(position, told[b"b"])))
        return True

    def _reset(self, channel: str, extent: Extent) -> None:
        if channel in self._cursors:
            self._cursors[channel] = extent.position
            self._ready.append((channel, Reset(extent.position)))

    async def _read(self, tail: RedisTail, cursors: dict[str, Position]) -> Batches:
        """What follows the cursors, or nothing after `block_s`, or as soon as another channel is to be followed."""
        channels = {self._scripts.stream(channel).encode(): channel for channel in cursors}
        after = {stream: b"%d-1" % cursors[channel].offset for stream, channel in channels.items()}
        block_s = self._timing.block_s
        reply = await tail.read(
            after, count=ENTRIES_A_READ, block_ms=round(block_s * 1000), within_s=block_s + self._timing.reply_s
        )
        return [(channels[stream], entries) for stream, entries in reply or ()]

    async def _unblock(self, reading: asyncio.Future[Any]) -> None:
        """Have Redis end a read that still waits; again, since the read itself may not have got there yet."""
        try:
            while not reading.done():
                await self._commands.client_unblock(self._client_id)
                await asyncio.wait({reading}, timeout=UNBLOCK_AGAIN_S)
        except ResponseError:  # a Redis that does not permit it: the read ends by itself within block_s
            return
        except Exception as fault:  # noqa: BLE001 - as if the read itself had failed
            if not reading.done():
                reading.set_exception(fault)

    async def _idle(self, client: Redis) -> None:
        """Nothing to follow: wait for a channel, and see now and then whether Redis is there."""
        self._changed.clear()
        try:
            async with asyncio.timeout(self._timing.block_s):
                await self._changed.wait()
        except TimeoutError:
            await client.ping()

    def _tell_lost(self) -> None:
        if self._link.lag_s >= self._timing.lost_after_s:
            untold = self._cursors.keys() - self._told_lost
            self._ready.extend((channel, Lost(self._cursors[channel])) for channel in untold)
            self._told_lost |= untold
