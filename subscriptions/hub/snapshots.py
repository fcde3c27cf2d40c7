"""Snapshots: the states that streams begin with, read once for all who ask for the same at the same time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

from domain.access import Scope
from services.live import StreamEvent
from services.ports import Unavailable
from services.reads import Snapshot
from subscriptions.hub.kind import AnyKind
from subscriptions.hub.watch_group import GroupKey
from subscriptions.log.broadcast_log import Position
from subscriptions.outage import Outage

logger = logging.getLogger(__name__)

READS_AT_ONCE = 4
#: Of these for one vendor's people: their screens do not take the places of all others.
READS_OF_A_VENDOR = 2

#: The cursor of whoever has only part of a snapshot: no log reaches back to it, so a resumption there is a RESET.
UNFINISHED = Position("unfinished", 0).encode()


class State:
    """A snapshot as its streams tell it: each event is made once, by the first that comes to it."""

    def __init__(self, kind: AnyKind, snapshot: Snapshot[Any]) -> None:
        #: What the snapshot saw, without its things: a stream remembers it for life.
        self.seen = replace(snapshot, things=())
        self._kind = kind
        self._things = snapshot.things
        self._events: list[StreamEvent] = []
        self._last: dict[str, StreamEvent] = {}

    def told(self, cursor: str) -> Iterator[StreamEvent]:
        """An event for each thing. Whoever has the last one, which bears the cursor, has them all."""
        for number in range(len(self._things) - 1):
            if number == len(self._events):
                self._events.append(self._kind.shown(self._things[number], UNFINISHED))
            yield self._events[number]
        for thing in self._things[-1:]:
            yield self._last.setdefault(cursor, self._kind.shown(thing, cursor))


class SnapshotFailed(Exception):
    """It could not be read and will not be: a fault of ours, which the log has told."""


@dataclass(slots=True, eq=False)
class _Read:
    """One read on its way, and how many wait for it."""

    task: asyncio.Task[State] = field(init=False)
    readers: int = 0


class Snapshots:
    """A thousand screens that begin anew together cost two reads: one under way, one for all who came after it began.

    A read that had begun is not shared: who came later may have a later position in the log than it saw. It ends with
    the last who waits for it, and holds one of `READS_AT_ONCE` places while it asks the database, not in a pause; those
    of a vendor hold `READS_OF_A_VENDOR` at most.
    """

    def __init__(
        self,
        outage: Outage,
        randomness: random.Random,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._outage = outage
        self._randomness = randomness
        self._sleep = sleep
        self._places = asyncio.Semaphore(READS_AT_ONCE)
        #: Kept by those who hold or await one.
        self._places_of: WeakValueDictionary[Scope, asyncio.Semaphore] = WeakValueDictionary()
        self._waiting: dict[GroupKey, _Read] = {}
        self._under_way: dict[GroupKey, _Read] = {}

    async def read(self, key: GroupKey, *, within_s: float = 0.0) -> State:
        """Waits while the database is away. Begins within so many seconds, so that not all groups begin at once.

        Raises SnapshotFailed.
        """
        read = self._waiting.get(key)
        if read is None:
            read = self._waiting[key] = _Read()
            read.task = asyncio.create_task(self._read_in_turn(key, read, within_s))
        read.readers += 1
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
            return State(key.kind, await self._read(key, read))
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
