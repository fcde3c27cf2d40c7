"""Turns: work of this process done in slices, so that whoever waits for an answer meanwhile has one.

A change may concern ten thousand groups of screens; each is told in a moment, all of them in seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")

#: What is begun within it is finished; then others have their turn.
SLICE_S = 0.005


class Turns:
    """What is called `soon` is called in the order in which it came, by one loop."""

    def __init__(self, slice_s: float = SLICE_S, clock: Callable[[], float] = time.perf_counter) -> None:
        self._slice_s, self._clock = slice_s, clock
        self._waiting: deque[Callable[[], None]] = deque()

    @property
    def waiting(self) -> int:
        """How many have not had their turn."""
        return len(self._waiting)

    def soon(self, call: Callable[[], None]) -> None:
        """`call` raises nothing."""
        self._waiting.append(call)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._slice)

    async def given(self, call: Callable[[], T]) -> T:
        """What it returns or raises when its turn has come. Who is cancelled before has none."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.soon(partial(_settle, future, call))
        return await future

    def _slice(self) -> None:
        until = self._clock() + self._slice_s
        try:
            while self._waiting and self._clock() < until:
                self._waiting[0]()
                self._waiting.popleft()
        except BaseException:
            self._waiting.popleft()
            raise
        finally:
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._slice)


class SingleFile:
    """Who waits for a turn goes on in the order of coming, one in each round of the loop.

    A thousand streams that have much to tell would else all go on in every round.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append(future)
        if len(self._waiting) == 1:
            loop.call_soon(self._next)
        await future

    def _next(self) -> None:
        if not self._waiting[0].done():  # who was cancelled waits no longer
            self._waiting[0].set_result(None)
        self._waiting.popleft()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)


def _settle(future: asyncio.Future[T], call: Callable[[], T]) -> None:
    if future.done():
        return
    try:
        future.set_result(call())
    except Exception as fault:  # noqa: BLE001 - it is raised where it is waited for
        future.set_exception(fault)
