"""WatchQueue: what one stream has still to be sent, bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, replace

from services.live import StreamEvent, StreamEventType
from subscriptions import metrics
from subscriptions.hub.backlog import Backlog, TooSlow


@dataclass(frozen=True, slots=True)
class _Pending:
    event: StreamEvent
    #: Of the state before, also for an event that tells none.
    previous_version: int | None


class WatchQueue:
    """In order of arrival. From `lagging_at` waiting events on, a later one of a thing takes the place of the last that
    waits: the older is removed and the newer goes to the tail, so cursors never go backwards. None: each one counts.

    Where it has a `backlog`, what waits here is a part of that.
    """

    def __init__(self, events_max: int = 256, lagging_at: int | None = 32) -> None:
        self._events_max = events_max
        self._lagging_at = events_max + 1 if lagging_at is None else lagging_at
        self._pending: dict[int, _Pending] = {}
        #: Of each thing; from when it lags until nothing waits.
        self._latest: dict[Hashable, int] | None = None
        self._number = 0
        self._waiter: asyncio.Future[None] | None = None
        self.backlog: Backlog | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, event: StreamEvent, previous_version: int | None, size: int = 0) -> None:
        """An event, and the bytes of its envelope. Raises TooSlow when this, or the backlog, is full."""
        if len(self._pending) >= self._lagging_at:
            event, previous_version = self._merged(event, previous_version)
        if len(self._pending) >= self._events_max:
            raise TooSlow
        if self.backlog is not None:
            self.backlog.add(event.cursor, size)
        self._number += 1
        self._pending[self._number] = _Pending(event, previous_version)
        if self._latest is not None:
            self._latest[event.thing_id] = self._number
        self.wake()

    def _merged(self, event: StreamEvent, previous_version: int | None) -> tuple[StreamEvent, int | None]:
        if self._latest is None:
            self._latest = {pending.event.thing_id: number for number, pending in self._pending.items()}
        skipped = self._pending.pop(self._latest.get(event.thing_id, 0), None)
        if skipped is None:
            return event, previous_version
        self._gone(skipped)
        metrics.COALESCED.inc()
        if event.type is StreamEventType.CHANGE:
            event = replace(event, previous_version=skipped.previous_version)
        return event, skipped.previous_version

    def take(self) -> StreamEvent | None:
        """The oldest, None if nothing waits."""
        if not self._pending:
            return None
        number = next(iter(self._pending))
        pending = self._pending.pop(number)
        self._gone(pending)
        if not self._pending:
            self._latest = None
        elif self._latest is not None and self._latest[pending.event.thing_id] == number:
            del self._latest[pending.event.thing_id]
        return pending.event

    def _gone(self, pending: _Pending) -> None:
        if self.backlog is not None:
            self.backlog.remove(pending.event.cursor)

    def clear(self) -> None:
        for pending in self._pending.values():
            self._gone(pending)
        self._pending.clear()
        self._latest = None

    def wake(self) -> None:
        """End a wait."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Until something is put or `wake` is called; one at a time."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
