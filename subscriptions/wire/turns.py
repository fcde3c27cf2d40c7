"""Turns: work of this process done in slices, so that whoever waits for an answer meanwhile has one.

A change may concern ten thousand groups of screens; each is told in a moment, all of them in seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

#: What is begun within it is finished; then others have their turn.
SLICE_S = 0.005


class Turns:
    """What is called `soon` is called in the order in which it came, by one loop."""

    def __init__(self, slice_s: float = SLICE_S, clock: Callable[[], float] = time.perf_counter) -> None:
        self._slice_s, self._clock = slice_s, clock
        self._waiting: deque[Callable[[], None]] = deque()

    def soon(self, call: Callable[[], None]) -> None:
        """`call` raises nothing."""
        self._waiting.append(call)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._slice)

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
