"""The seam between the broadcast log and whoever listens in this process: `broadcaster.Broadcast`, with bounds."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self, cast
from weakref import WeakValueDictionary

from broadcaster import Broadcast, BroadcastBackend, Event
from broadcaster._base import Subscriber

from subscriptions.log.broadcast_log import BroadcastLog, Reset, event
from subscriptions.task_end import end

logger = logging.getLogger(__name__)

QUEUE_MAX = 1024
LISTENER_ENDS_S = 1.0
LISTENS_AGAIN_S = 0.5


class Deliveries(Subscriber):
    """A subscriber that knows how much there is to take at once."""

    @property
    def more(self) -> bool:
        return not self._queue.empty()


class BoundedBroadcast(Broadcast):
    """`Broadcast` over a `BroadcastLog`.

    Four things are stricter than in broadcaster 0.3.1: a subscriber's queue is bounded (when it is full the log is not
    read on, for anyone in this process, until it is drained: a subscriber does nothing slow), two who subscribe to one
    channel at the same moment both stay subscribed, `disconnect` waits for the listener to end, and whatever fails
    while it listens is a `Reset` to every subscriber, not silence for ever.
    """

    def __init__(self, backend: BroadcastBackend, *, queue_max: int = QUEUE_MAX) -> None:
        if queue_max < 2:
            raise ValueError("queue_max: at least 2, one delivery and the end of the subscription")
        super().__init__(backend=backend)
        self._queue_max = queue_max
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def disconnect(self) -> None:
        await end(self._listener_task, again_s=LISTENER_ENDS_S)
        await self._backend.disconnect()
        if not self._listener_task.cancelled():
            self._listener_task.result()

    async def _listener(self) -> None:
        """Until it is cancelled."""
        failed = False
        while True:
            try:
                if failed:
                    await self._tell_reset()
                await super()._listener()
            except Exception:
                failed = True
                logger.exception("listening to the broadcast log failed; it begins again, and its subscribers anew")
                await asyncio.sleep(LISTENS_AGAIN_S)

    async def _tell_reset(self) -> None:
        """What the log had handed on last may have been lost here."""
        log = cast(BroadcastLog, self._backend)
        resets = [
            (queue, event(channel, Reset(log.position(channel))))
            for channel, queues in self._subscribers.items()
            for queue in queues
        ]
        for queue, reset in resets:
            await queue.put(reset)

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[Deliveries]:
        """Entered: every later entry of the channel will come. `LogUnavailable` if the log does not answer."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(self._queue_max)
        lock = self._locks.setdefault(channel, asyncio.Lock())
        async with lock:
            if channel not in self._subscribers:
                await self._backend.subscribe(channel)
            self._subscribers.setdefault(channel, set()).add(queue)
        try:
            yield Deliveries(queue)
        finally:
            self._subscribers[channel].discard(queue)
            _end(queue)
            async with lock:
                await self._release(channel)

    async def _release(self, channel: str) -> None:
        if not self._subscribers.get(channel, True):
            del self._subscribers[channel]
            await self._backend.unsubscribe(channel)


def _end(queue: asyncio.Queue[Event | None]) -> None:
    """Emptied, so that a listener that waits for room goes on, and the end fits in."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
