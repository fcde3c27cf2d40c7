"""Snapshots: the states that streams begin with, read once for all who ask for the same at the same time."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from domain.access import Scope
from services.ports import Unavailable
from services.reads import Snapshot
from subscriptions.hub.states import State, States
from subscriptions.hub.watch_group import GroupKey
from subscriptions.log.broadcast_log import Position
from subscriptions.outage import Outage

logger = logging.getLogger(__name__)

READS_AT_ONCE = 4
#: Of these for one vendor's people: their screens do not take the places of all others.
READS_OF_A_VENDOR = 2


class SnapshotFailed(Exception):
    """It could not be read and will not be: a fault of ours, which the log has told."""


@dataclass(slots=True, eq=False)
class _Read:
    """One read on its way, and how many wait for it."""

    task: asyncio.Task[State] = field(init=False)
    readers: int = 0
    #: Where in the log the last was who joined them.
    position: Position | None = None


class Snapshots:
    """A thousand screens that begin anew together cost two reads: one under way, one for all who came after it began.

    A read that had begun is not shared: who came later may have a later position in the log than it saw. What it gave
    is, as long as nobody's position can be later (`States`). It ends with the last who waits for it, and holds one of
    `READS_AT_ONCE` places while it asks the database, not in a pause; those of a vendor hold `READS_OF_A_VENDOR` at
    most.
    """

    def __init__(
        self,
        outage: Outage,
        randomness: random.Random,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._outage = outage
        self._randomness = randomness
        self._sleep = sleep
        self._states = States(clock)
        self._places = asyncio.Semaphore(READS_AT_ONCE)
        #: Kept by those who hold or await one.
        self._places_of: WeakValueDictionary[Scope, asyncio.Semaphore] = WeakValueDictionary()
        self._waiting: dict[GroupKey, _Read] = {}
        self._under_way: dict[GroupKey, _Read] = {}

    def let_go(self) -> None:
        """Of what is told, what nobody takes; to be called now and then."""
        self._states.let_go()

    async def read(self, key: GroupKey, position: Position | None = None, *, within_s: float = 0.0) -> State:
        """For a stream at this place in the log. Waits while the database is away. Begins within so many seconds, so
        that not all groups begin at once.

        Raises SnapshotFailed.
        """
        if (state := self._states.shared(key, position)) is not None:
            return state
        read = self._waiting.get(key)
        if read is None:
            read = self._waiting[key] = _Read()
            read.task = asyncio.create_task(self._read_in_turn(key, read, within_s))
        read.readers += 1
        read.position = position
        try:
            return await asyncio.shield(read.task)
        finally:
            read.readers -= 1
            if not read.readers:
                self._end(key, read)

    def _end(self, key: GroupKey, read: _Read) -> None:
        """Nobody waits for it; who comes now needs another."""
        if self._waiting.get(key) is read:
            del self._waiting[key]
        read.task.cancel()

    async def close(self) -> None:
        tasks = {read.task for read in (*self._waiting.values(), *self._under_way.values())}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_in_turn(self, key: GroupKey, read: _Read, within_s: float) -> State:
        if within_s:
            await self._sleep(within_s * self._randomness.random())
        if key in self._under_way:
            await asyncio.wait({self._under_way[key].task})
        try:
            return self._states.of(key, await self._read(key, read), read.position)
        finally:
            if self._under_way.get(key) is read:
                del self._under_way[key]

    async def _read(self, key: GroupKey, read: _Read) -> Snapshot[Any]:
        vendors = self._vendors_places(key.scope)
        while True:
            try:
                async with vendors, self._places:
                    self._begin(key, read)
                    snapshot = await _asked(key)
            except Unavailable as fault:
                await self._outage.pause(fault)
            else:
                self._outage.over()
                return snapshot

    def _vendors_places(self, scope: Scope) -> AbstractAsyncContextManager[object]:
        if scope.vendor is None:
            return nullcontext()
        return self._places_of.setdefault(scope, asyncio.Semaphore(READS_OF_A_VENDOR))

    def _begin(self, key: GroupKey, read: _Read) -> None:
        """It is shared no longer."""
        if self._waiting.get(key) is read:
            self._under_way[key] = self._waiting.pop(key)


async def _asked(key: GroupKey) -> Snapshot[Any]:
    kind, scope, filter = key
    try:
        return await kind.snapshot(scope, filter)
    except Unavailable:
        raise
    except Exception as fault:
        what = f"what streams with a {type(filter).__name__} begin with"
        logger.exception("tenant %s: %s could not be read; the streams end", scope.tenant, what)
        raise SnapshotFailed(f"{what} could not be read") from fault
