"""Nudge: wakes the relay right after a commit, in this process or through Redis. A lost nudge costs half a second."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Protocol, Self

from redis.asyncio import Redis

from subscriptions.log.redis_link import UNREACHABLE, Timing, dial_calls, dial_follower
from subscriptions.outage import Outage
from subscriptions.task_end import end

logger = logging.getLogger(__name__)

CHANNEL = "outbox:nudge"
SILENCE_S = 5.0
END_S = 1.0


class Nudging(Protocol):
    def __call__(self) -> None:
        """Something was committed. Returns at once, raises nothing."""
        ...


class Nudge:
    """Within one process. Any number of nudges before a wait end it once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> bool:
        """Until nudged, and True; or so many seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class RedisNudge:
    """Nudges relays of other processes, with one message under way however many commits there are. Use as a context."""

    def __init__(self, url: str, *, channel: str = CHANNEL) -> None:
        self._client: Redis = dial_calls(url, Timing())
        self._channel = channel
        self._local = Nudge()
        self._task: asyncio.Task[None] | None = None

    def __call__(self) -> None:
        self._local()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._publish())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end(self._task, again_s=END_S)
        await self._client.aclose()

    async def _publish(self) -> None:
        while True:
            if not await self._local.wait(SILENCE_S):
                continue
            try:
                await self._client.publish(self._channel, b"")
            except UNREACHABLE as fault:
                logger.debug("no relay was nudged: %r", fault)


class RedisNudged:
    """Hands on to a relay's nudge what other processes say through Redis. Use as a context."""

    def __init__(
        self, url: str, nudge: Nudging, *, channel: str = CHANNEL, randomness: random.Random | None = None
    ) -> None:
        self._url = url
        self._nudge = nudge
        self._channel = channel
        self._outage = Outage("Redis, asked for nudges,", randomness or random.Random())
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen_for_ever())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end(self._task, again_s=END_S)

    async def _listen_for_ever(self) -> None:
        while True:
            client = dial_follower(self._url, Timing(block_s=SILENCE_S))
            try:
                await self._listen(client)
            except UNREACHABLE as fault:
                await self._outage.pause(fault)
            finally:
                self.listening.clear()
                await client.aclose()

    async def _listen(self, client: Redis) -> None:
        """Until the connection breaks, or answers a ping with silence."""
        async with client.pubsub() as listener:
            await listener.subscribe(self._channel)
            asked = False
            while True:
                message = await listener.get_message(timeout=SILENCE_S)
                if message is None and asked:
                    raise TimeoutError("no answer to a ping")
                asked = message is None
                if message is None:
                    await listener.ping()
                elif message["type"] in ("subscribe", "message"):
                    self._outage.over()
                    self.listening.set()
                    self._nudge()
