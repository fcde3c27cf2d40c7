"""Nudging: how a process that committed wakes the relays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.settings import Settings
from subscriptions.relay.nudge import Nudging, RedisNudge


@asynccontextmanager
async def nudging(settings: Settings) -> AsyncIterator[Nudging]:
    """Wakes the relays and returns at once; without Redis their slow poll finds the events."""
    if not settings.redis_url:
        yield lambda: None
        return
    async with RedisNudge(settings.redis_url) as nudge:
        yield nudge
