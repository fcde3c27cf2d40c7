"""Nudging: how a process that committed wakes the relays."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from server.settings import Settings


@asynccontextmanager
async def nudging(settings: Settings) -> AsyncIterator[Callable[[], None]]:
    """A function that wakes the relays and returns at once; where it cannot, their slow poll finds the events."""
    yield lambda: None
