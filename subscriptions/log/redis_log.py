"""The broadcast log on Redis (6.2 or newer): one capped stream per channel, written by one atomic script."""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from broadcaster import BroadcastBackend, Event

from subscriptions.log.broadcast_log import (
    Bounds,
    Entry,
    Identify,
    LogUnavailable,
    Message,
    Position,
    Truncated,
    check_request,
    random_epoch,
)
from subscriptions.log.database_identity import DatabaseIdentity
from subscriptions.log.redis_follower import RedisFollower
from subscriptions.log.redis_link import UNREACHABLE, Link, Timing, dial_calls
from subscriptions.log.redis_scripts import LogScripts

Answer = TypeVar("Answer")


class RedisLog(BroadcastBackend):
    """One process's `BroadcastLog` on Redis: one connection that follows, a small pool for everything else.

    `identify` names the database behind the log (see `Identify`); another name, or another Redis, begins an epoch.
    `connect()` does not wait for Redis: a process starts, and writes to its database, without it.
    """

    def __init__(
        self,
        url: str,
        identify: Identify,
        *,
        bounds: Bounds | None = None,
        timing: Timing | None = None,
        prefix: str = "broadcast",
        new_epoch: Callable[[], str] = random_epoch,
        randomness: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        timing, randomness = timing or Timing(), randomness or random.Random()
        identity = DatabaseIdentity(identify, clock=clock)
        self._commands = dial_calls(url, timing)
        self._calls = Link("the broadcast log, for calls,", timing, randomness, clock)
        self._following = Link("the broadcast log, for reading on,", timing, randomness, clock)
        self._scripts = LogScripts(self._commands, identity, new_epoch, bounds or Bounds(), prefix)
        self._follower = RedisFollower(url, self._commands, self._scripts, self._following, timing)
        self._follows = False

    @property
    def connected(self) -> bool:
        """Whether Redis answered last: as the follower sees it where there is one, else as of the last call."""
        return self._link.connected

    @property
    def lag_s(self) -> float:
        """Seconds since Redis stopped answering; 0 while it answers."""
        return self._link.lag_s

    @property
    def _link(self) -> Link:
        return self._following if self._follows else self._calls

    async def append(self, channel: str, messages: Sequence[Message]) -> Position:
        check_request(channel)
        return (await self._call(self._scripts.append(channel, messages))).position

    async def read(self, channel: str, after: Position, limit: int) -> list[Entry]:
        check_request(channel, limit)
        extent, entries = await self._call(self._scripts.read(channel, after, limit))
        if not extent.reaches(after):
            raise Truncated(channel, after, extent.position)
        return entries

    async def head(self, channel: str) -> Position:
        check_request(channel)
        return (await self._call(self._scripts.extent(channel))).position

    async def begin_epochs(self) -> None:
        await self._call(self._scripts.begin_epochs())

    def position(self, channel: str) -> Position:
        return self._follower.position(channel)

    async def connect(self) -> None:
        """Nothing yet: the follower dials when it is first asked for a delivery, a call when it is made."""

    async def disconnect(self) -> None:
        await self._follower.close()
        await self._commands.aclose()

    async def subscribe(self, group: str) -> None:
        self._follower.follow(group, await self.head(group))

    async def unsubscribe(self, group: str) -> None:
        self._follower.forget(group)

    async def publish(self, channel: str, message: Any) -> None:
        await self.append(channel, [message])

    async def next_published(self) -> Event:
        self._follows = True
        return await self._follower.next()

    async def _call(self, call: Awaitable[Answer]) -> Answer:
        asked_at = self._calls.clock()
        try:
            answer = await call
        except UNREACHABLE as error:
            self._calls.failed(error, asked_at)
            self._scripts.identity.expire()
            if isinstance(error, LogUnavailable):
                raise
            raise LogUnavailable(f"Redis does not answer: {type(error).__name__}: {error}") from error
        self._calls.answered()
        return answer
