"""Queues: work of one lane is done one after the other, that of different lanes side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Queues(Generic[T]):
    """`work` must raise nothing. Who adds waits while `limit` things are under way or wait."""

    def __init__(self, work: Callable[[T], Awaitable[None]], limit: int) -> None:
        self._work = work
        self._room = asyncio.Semaphore(limit)
        self._waiting: dict[Hashable, deque[T]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def lanes(self) -> Collection[Hashable]:
        """Those in which something is under way or waits."""
        return self._waiting.keys()

    async def add(self, lane: Hashable, thing: T) -> None:
        await self._room.acquire()
        if lane in self._waiting:
            self._waiting[lane].append(thing)
            return
        self._waiting[lane] = deque([thing])
        task = asyncio.create_task(self._run(lane))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self, within_s: float) -> None:
        """Begin nothing more; what is under way has so long, and is then given up."""
        self._stopped = True
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=within_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _run(self, lane: Hashable) -> None:
        queue = self._waiting[lane]
        try:
            while queue and not self._stopped:
                await self._work(queue.popleft())
                self._room.release()
        finally:
            del self._waiting[lane]
